"""Two Demographics → a named level for each field, and a sentence a nurse understands. Sentences never contain a value."""

from __future__ import annotations

from functools import lru_cache

from carehub.identity import standardising
from carehub.identity.closeness import alike, known_forms
from carehub.identity.demographics import Demographics
from carehub.identity.links import Evidence

FIELDS = ("nhs_number", "birth_date", "family", "given", "gender", "postcode", "phone", "deceased")

_MISSING = "missing"
_SENTENCES: dict[tuple[str, str], str] = {
    ("nhs_number", "agree"): "The NHS numbers agree.",
    ("nhs_number", "agree-unverified"): "The NHS numbers agree, but at least one of them has not been verified.",
    ("nhs_number", "agree-void"): "The NHS numbers agree, but PDS has marked this number as not valid.",
    ("nhs_number", "superseded"): "An NHS number of one record is an earlier number of the other.",
    ("nhs_number", "differ"): "The NHS numbers differ, and both are verified or not doubted by their source.",
    ("nhs_number", "differ-unverified"): "The NHS numbers differ, and at least one of them has not been verified.",
    ("nhs_number", "missing"): "At least one record has no usable NHS number.",
    ("birth_date", "agree"): "The dates of birth agree.",
    ("birth_date", "agree-default"): "The dates of birth agree, but on a date that is often entered when the real one is not known.",
    ("birth_date", "swapped"): "The dates of birth agree when day and month of one are exchanged.",
    ("birth_date", "similar"): "The dates of birth differ in one digit.",
    ("birth_date", "partial"): "The dates of birth agree as far as the less exact one goes.",
    ("birth_date", "differ"): "The dates of birth differ.",
    ("birth_date", "missing"): "At least one record has no usable date of birth.",
    ("family", "agree"): "The family names agree.",
    ("family", "part"): "The family names share one half of a double-barrelled name.",
    ("family", "similar"): "The family names are spelt alike.",
    ("family", "swapped"): "The family name of one record is the first name of the other.",
    ("family", "differ"): "The family names differ.",
    ("family", "missing"): "At least one record has no usable family name.",
    ("given", "agree"): "The first names agree, or are forms of one name.",
    ("given", "similar"): "The first names are spelt alike, or one may be a short form of the other.",
    ("given", "initial"): "One record has only an initial, and it fits the first name of the other.",
    ("given", "swapped"): "The first name of one record is the family name of the other.",
    ("given", "differ"): "The first names differ.",
    ("given", "missing"): "At least one record has no first name, or only a word such as baby or twin.",
    ("gender", "agree"): "The genders agree.",
    ("gender", "differ"): "The genders differ.",
    ("gender", "missing"): "At least one record does not say the gender.",
    ("postcode", "agree"): "The postcodes agree.",
    ("postcode", "sector"): "The postcodes are of the same neighbourhood.",
    ("postcode", "differ"): "The postcodes differ.",
    ("postcode", "missing"): "At least one record has no usable postcode.",
    ("phone", "agree"): "A telephone number agrees.",
    ("phone", "differ"): "The telephone numbers differ.",
    ("phone", "missing"): "At least one record has no usable telephone number.",
    ("deceased", "agree"): "Both records say that the person has died.",
    ("deceased", "one"): "Only one of the records says that the person has died.",
    ("deceased", "differ"): "The dates of death differ.",
    ("deceased", "missing"): "Neither record says that the person has died.",
}


def levels(a: Demographics, b: Demographics) -> dict[str, str]:
    """The level of each field of FIELDS. Symmetric: levels(a, b) == levels(b, a)."""
    swapped = bool(a.family_key and a.family_key != b.family_key and _crossed(a, b) and _crossed(b, a))
    return {
        "nhs_number": _nhs_number(a, b),
        "birth_date": _birth_date(a.birth_date, b.birth_date),
        "family": "swapped" if swapped else _family(a, b),
        "given": "swapped" if swapped else _given(a.given_key, b.given_key),
        "gender": _MISSING if not (a.gender and b.gender) else "agree" if a.gender == b.gender else "differ",
        "postcode": _postcode(a.postcode, b.postcode),
        "phone": _MISSING if not (a.phones and b.phones) else "agree" if set(a.phones) & set(b.phones) else "differ",
        "deceased": _deceased(a.deceased, b.deceased),
    }


def evidence(found: dict[str, str]) -> tuple[Evidence, ...]:
    """The levels with their sentences, in the order of FIELDS."""
    return tuple(Evidence(field, found[field], _SENTENCES[field, found[field]]) for field in FIELDS if field in found)


def compare(a: Demographics, b: Demographics) -> tuple[Evidence, ...]:
    """Every field of two records compared, with a sentence each. Symmetric."""
    return evidence(levels(a, b))


def _nhs_number(a: Demographics, b: Demographics) -> str:
    if a.nhs_number and a.nhs_number == b.nhs_number:
        return "agree-void" if a.void or b.void else "agree" if a.trusted and b.trusted else "agree-unverified"
    numbers_a, numbers_b = {a.nhs_number, *a.superseded} - {""}, {b.nhs_number, *b.superseded} - {""}
    if numbers_a & numbers_b:
        return "superseded"
    if not a.nhs_number or not b.nhs_number:
        return _MISSING
    return "differ" if a.trusted and b.trusted else "differ-unverified"


def _birth_date(a: str, b: str) -> str:
    if not a or not b or standardising.is_no_birth_date(a) or standardising.is_no_birth_date(b):
        return _MISSING
    if a == b and len(a) == 10:
        return "agree-default" if standardising.is_default_birth_date(a) else "agree"
    if len(a) != 10 or len(b) != 10:
        short = min(len(a), len(b))
        return "partial" if a[:short] == b[:short] else "differ"
    if a[:4] == b[:4] and a[5:7] == b[8:] and a[8:] == b[5:7]:
        return "swapped"
    # A year apart by more than ten is father and son before it is a slip of the finger.
    apart = sum(x != y for x, y in zip(a, b, strict=True))
    return "similar" if apart == 1 and abs(int(a[:4]) - int(b[:4])) <= 10 else "differ"


def _crossed(a: Demographics, b: Demographics) -> bool:
    first = standardising.name_words(b.given)[:1]
    return bool(first) and a.family_key in (b.given_key, standardising.family_key(first[0]))


def _family(a: Demographics, b: Demographics) -> str:
    if not a.family_key or not b.family_key:
        return _MISSING
    if a.family_key == b.family_key:
        return "agree"
    if standardising.family_parts(a.family) & standardising.family_parts(b.family):
        return "part"
    return "similar" if alike(a.family_key, b.family_key) else "differ"


@lru_cache(maxsize=65536)
def _given(a: str, b: str) -> str:
    if not a or not b:
        return _MISSING
    if a == b or standardising.spelling_code(a) == standardising.spelling_code(b):
        return "agree" if len(a) > 1 else "initial"
    if len(a) == 1 or len(b) == 1:
        return "initial" if a[0] == b[0] else "differ"
    first_a, first_b = a.split()[0], b.split()[0]
    if first_a == first_b and (" " not in a or " " not in b):
        return "similar"  # "mohammed" and "mohammed ali"
    return "similar" if alike(a, b) or b in known_forms(a) or a in known_forms(b) else "differ"


def _postcode(a: str, b: str) -> str:
    if not a or not b:
        return _MISSING
    return "agree" if a == b else "sector" if a[:-2] == b[:-2] else "differ"


def _deceased(a: str, b: str) -> str:
    if not a and not b:
        return _MISSING
    if not a or not b:
        return "one"
    short = min(len(a), len(b))
    return "agree" if "true" in (a, b) or a[:short] == b[:short] else "differ"
