"""Record features: one record's fields in the form that comparing wants, worked out once when the record is read."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from functools import lru_cache

from carehub.identity import standardising

_NOT_WORDS = re.compile(r"[\W_]+")
_NOT_DIGITS = re.compile(r"\D+")


@dataclass(slots=True, eq=False)
class Features:
    """One record as comparing sees it; "" or () where nothing usable was said.

    number: the identifier that should be one person's (NHS number), verified: it may be trusted; traced: its source itself says that it was
    verified (status 01); former: numbers that are no longer the record's, or not valid. given, family: folded
    and joined; first: the first word of the given name; root: its root form; unnamed: only a word such as baby was said, order: and which of
    a birth. others: further given names. parts: halves of the family name. generation: junior or senior. born: "YYYY-MM-DD", also where no
    calendar has that day (a slip is still comparable), or as much as was told. address: the door (standardising.Address). extras: one folded
    value for each further field of the set. source: who keeps the record. died: date of death. apart: ids the source or a steward says are
    other persons. bits: how rare each value is, in the order of weights.RARE and then the extras; filled by a model.
    """

    record: str
    number: str = ""
    verified: bool = False
    traced: bool = False
    former: tuple[str, ...] = ()
    given: str = ""
    first: str = ""
    root: str = ""
    unnamed: bool = False
    order: int = 0
    others: tuple[str, ...] = ()
    family: str = ""
    parts: frozenset[str] = frozenset()
    generation: str = ""
    born: str = ""
    sex: str = ""
    postcode: str = ""
    address: str = ""
    phone: str = ""
    email: str = ""
    source: str = ""
    died: str = ""
    extras: tuple[str, ...] = ()
    apart: frozenset[str] = frozenset()
    bits: tuple[float, ...] = ()


def read(record: str, told: Mapping[str, str | None], extras: tuple[str, ...] = ()) -> Features:
    """Features of one record; never raises.

    told: number, number_status (code of the NHS data dictionary), former (earlier numbers), given, middle, family, full, born, sex, postcode,
    address, phone, email, source, died, and the names in `extras`; whatever is absent counts as not said. full: a whole name, used for the words
    that given and family leave out, and for the first name where given is only a title.
    """
    given = told.get("given") or ""
    family = told.get("family") or ""
    if standardising.is_only_title(given):
        given = _after_title(told.get("full") or "", family) or given
    given_words = _given_words(given)
    family_words = standardising.words(family)
    others = [*given_words[1:], *standardising.words(told.get("middle") or "")]
    full = [word for word in _untitled(told.get("full") or "") if word not in given_words and word not in family_words]
    number, verified = _number(told.get("number") or "", told.get("number_status") or "")
    return Features(
        record=record,
        number=number,
        verified=verified,
        traced=verified,
        former=tuple(sorted(set((told.get("former") or "").split()))),
        given="".join(given_words),
        first=given_words[0] if given_words else "",
        root=standardising.given_key(given),
        unnamed=bool(given) and not given_words and not standardising.is_only_title(given),
        order=standardising.birth_order(given),
        others=tuple(dict.fromkeys(others + full)),
        family=standardising.family_key(family),
        parts=standardising.family_parts(family),
        generation=standardising.generation(family) or standardising.generation(given),
        born=_born(told.get("born") or ""),
        sex=(told.get("sex") or "").strip().lower()[:1],
        postcode=_postcode(told.get("postcode") or ""),
        address=_address(told.get("address") or ""),
        phone=_phone(told.get("phone") or ""),
        email=_email(told.get("email") or ""),
        source=told.get("source") or "",
        died=_born(told.get("died") or ""),
        extras=tuple(standardising.fold((told.get(name) or "").strip()) for name in extras),
    )


@lru_cache(maxsize=65536)
def _given_words(text: str) -> tuple[str, ...]:
    """The given names without titles; () for a placeholder."""
    joined, found = standardising.given_joined(text), standardising.words(text)
    while len(found) > 1 and not joined.startswith(found[0]):
        found = found[1:]
    return found if joined else ()


@lru_cache(maxsize=65536)
def _after_title(full: str, family: str) -> str:
    """The first name of a whole name that begins with a title, "John" of "Sir John Smith"; "" where the word after it may be the family name."""
    named = standardising.words(family)
    found = [word for word in _untitled(full) if word not in named]
    return found[0] if len(found) > (not named) else ""


@lru_cache(maxsize=65536)
def _untitled(full: str) -> tuple[str, ...]:
    return tuple(word for word in standardising.words(full) if not standardising.is_only_title(word))


def _number(text: str, status: str) -> tuple[str, bool]:
    """(the identifier, verified). A number that fails its check stays: it may be a slip of the other's. Other identifiers keep their letters."""
    found = standardising.read_number(text, status)
    return (found.number or found.told or ("" if found.kind else _NOT_WORDS.sub("", text).upper())), found.verified


@lru_cache(maxsize=65536)
def _born(text: str) -> str:
    found = standardising.read_born(text)
    return found.date or found.told


@lru_cache(maxsize=65536)
def _postcode(text: str) -> str:
    """A full postcode, or whatever a place abroad has; "" for a part of one and for ZZ99."""
    found = standardising.read_postcode(text)
    return found.full if found.full or found.area or found.pseudo else _NOT_WORDS.sub("", text).upper()


@lru_cache(maxsize=65536)
def _address(text: str) -> str:
    """The door: "flat|number|street"."""
    return standardising.read_address(text).door


def _phone(text: str) -> str:
    return standardising.phone(text) or (said if len(set(said := _NOT_DIGITS.sub("", text)[-9:])) > 2 else "")


def _email(text: str) -> str:
    return standardising.email(text) or (said if not standardising.email(said := text.strip().lower()) and "@" in said[1:] else "")
