"""Draft: an entry with what folding and conflict finding look at, which the finished record does not carry."""

from __future__ import annotations

from collections.abc import Iterable
from functools import lru_cache
from typing import Literal, NamedTuple

from carehub.careplan.plan import Entry, Fact, SourceRecord
from carehub.careplan.reading.shelf import Shelf
from carehub.careplan.reading.wording import comparable
from carehub.fhir.resource import codings, words
from carehub.terms.attribution import Attribution


class Traits(NamedTuple):
    """What makes an entry the same as another, or not.

    concept: "system|code" of the codings that name the thing; two entries that share one name the same thing. Empty: never folded.
    exact: details that must be equal, silence included. quiet: details that must be equal where both speak. begins, ends: FHIR dates, ""
    unknown; ends is "" for what still goes on. title_only: the title says nothing that the codes do not say. name: the words of the thing for
    conflict finding ("penicillin", "bisoprolol"). stopped: date it stopped, when a status says it stopped. amount: the dose as told.
    """

    concept: frozenset[str] = frozenset()
    exact: tuple[str, ...] = ()
    quiet: tuple[str, ...] = ()
    begins: str = ""
    ends: str = ""
    title_only: bool = True
    name: str = ""
    state: str = ""
    amount: str = ""
    frequency: str = ""
    structured: bool = False
    scope: str = ""


class Draft(NamedTuple):
    """One entry before folding."""

    entry: Entry
    traits: Traits


_NOTHING = Traits()


def draft(
    shelf: Shelf,
    record: SourceRecord,
    section: str,
    title: str,
    *,
    status: str = "",
    active: bool = True,
    when: str = "",
    facts: Iterable[Fact] = (),
    concepts: Iterable[object] = (),
    codes: tuple[str, ...] = (),
    also: Iterable[SourceRecord] = (),
    kind: Literal["statement", "stated_none"] = "statement",
    part: str = "",
    traits: Traits = _NOTHING,
) -> Draft:
    """A draft for one record. codes: as read from the concepts already.

    also: further records of the same source that say part of it. part: names one of several entries of a record."""
    own = shelf.attribution(record)
    seen = {own.record}
    attributions: list[Attribution] = [own]
    for other in also:
        told = shelf.attribution(other)
        if told.record not in seen:
            seen.add(told.record)
            attributions.append(told)
    codes = codes or tuple(dict.fromkeys(code for concept in concepts for code in coded(concept).codes))
    return Draft(
        Entry(
            key=f"{own.record}#{part}" if part else own.record,
            section=section,
            kind=kind,
            title=title or f"{record.resource.get('resourceType') or 'Record'} without a description",
            status=status,
            active=active,
            when=when,
            facts=tuple(facts),
            codes=codes,
            attributions=tuple(attributions),
            labels=shelf.labels(record),
            ends=traits.ends,
        ),
        traits,
    )


# GP2GP "Transfer-degraded …" (SNOMED CT): record, medication, plan, referral, request and allergy entries whose own code did not come through.
_DEGRADED = frozenset(
    f"1964{middle}" for middle in ("01000000100", "11000000103", "21000000109", "31000000106", "41000000102", "51000000104", "61000000101")
)
LOST, _NULL = "transfer-degraded", "NullFlavor"


class Coded(NamedTuple):
    """What is read from a concept. codes: "system|code" of its codings. names: of those that name the thing; a code lost on transfer between GP
    systems names only that loss. only: whether the words shown are one of its own displays, so that an equal code means an equal statement."""

    codes: tuple[str, ...]
    names: frozenset[str]
    only: bool


def coded(concept: object) -> Coded:
    """Worked out once for all concepts that say the same: of a long record most do."""
    return _coded(tuple(codings(concept)), words(concept))


@lru_cache(maxsize=8192)
def _coded(told: tuple[tuple[str, str, str], ...], shown: str) -> Coded:
    title = comparable(shown)
    return Coded(
        tuple(dict.fromkeys(f"{system}|{code}" for system, code, _ in told if code)),
        frozenset(
            f"{system}|{code}"
            for system, code, display in told
            if system and code and code not in _DEGRADED and not display.casefold().startswith(LOST) and not system.rstrip().endswith(_NULL)
        ),
        any(comparable(display) == title for _, _, display in told if display),
    )
