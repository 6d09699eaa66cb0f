"""How close two values of one field are: two values in, the number of a level out (0 is the closest). Symmetric; cached, as values recur."""

from __future__ import annotations

from functools import lru_cache

from nicknames import NickNamer
from rapidfuzz.distance import DamerauLevenshtein, JaroWinkler

from carehub.identity import standardising

_MANY = 1 << 17


@lru_cache(maxsize=1)
def _nicknames() -> NickNamer:
    return NickNamer()  # reads its table once, 40 ms


@lru_cache(maxsize=1 << 16)
def known_forms(name: str) -> frozenset[str]:
    """What the nicknames package knows a given name by and for: it joins Ian with John, good enough to ask a person and never to link."""
    forms = _nicknames()
    return frozenset(forms.nicknames_of(name) | forms.canonicals_of(name))


@lru_cache(maxsize=1 << 16)
def sound(name: str) -> str:
    """A sound code for finding and comparing: Soundex of the spelling code, so that Philip and Filip sound alike."""
    return standardising.sound_code(standardising.spelling_code(name)) if name else ""


def alike(a: str, b: str) -> bool:
    """One typing slip in four letters or more, or Jaro-Winkler of at least 0.92 (the level "similar" of IDENTITY 2)."""
    if min(len(a), len(b)) >= 4 and DamerauLevenshtein.distance(a, b, score_cutoff=1) <= 1:
        return True
    return JaroWinkler.similarity(a, b, score_cutoff=0.92) >= 0.92


_KEYS = ("qwertyuiop", "asdfghjkl", "zxcvbnm")
_VOWELS = frozenset("aeiouy")
_NEIGHBOURS = frozenset(
    frozenset((one, other))
    for row, below in zip(_KEYS, (*_KEYS[1:], ""), strict=True)
    for at, one in enumerate(row)
    for other in row[at + 1 : at + 2] + below[max(at - 1, 0) : at + 1]
)


@lru_cache(maxsize=_MANY)
def slip(a: str, b: str) -> bool:
    """True where fingers make one word of the other: two letters exchanged, one left out or doubled inside, a neighbouring key struck. Parents
    make Jane and June, Kamal and Jamal, Louis and Louise: a vowel for a vowel, another first letter, a vowel at the end are no such slip.
    """
    if min(len(a), len(b)) < 3 or a[0] != b[0] or DamerauLevenshtein.distance(a, b, score_cutoff=1) != 1:
        return False
    if len(a) == len(b):
        changed = frozenset(letter for pair in zip(a, b, strict=True) if pair[0] != pair[1] for letter in pair)
        return sorted(a) == sorted(b) or (changed in _NEIGHBOURS and not changed <= _VOWELS)
    longer, shorter = (a, b) if len(a) > len(b) else (b, a)
    return not (longer.startswith(shorter) and longer[-1] in _VOWELS)


def _spelt(a: str, b: str) -> str:
    """alike / sounds-alike / near / differ, of two unequal names."""
    if alike(a, b):
        return "alike"
    closeness = JaroWinkler.similarity(a, b)
    if closeness >= 0.85 or sound(a) == sound(b):
        return "sounds-alike"
    return "near" if closeness >= 0.75 else "differ"


GIVEN = ("equal", "same-name", "alike", "sounds-alike", "initial", "near", "differ", "short-form")


@lru_cache(maxsize=_MANY)
def given(a: str, b: str, root_a: str, root_b: str) -> int:
    """equal / same-name (one root or spelling) / alike / sounds-alike / initial / near / differ / short-form (perhaps: the nicknames
    package joins Ian with John).
    """
    if a == b:
        return 0 if len(a) > 1 else 4
    if len(a) == 1 or len(b) == 1:
        return 4 if a[0] == b[0] else 6
    if (root_a and root_a == root_b) or standardising.spelling_code(a) == standardising.spelling_code(b):
        return 1
    if root_a.partition(" ")[0] == root_b.partition(" ")[0] and root_a and " " in root_a + root_b:
        return 6 if " " in root_a and " " in root_b else 7  # Mohammed Ali, Mohammed Hassan, and Mohammed, who may be either
    if b in known_forms(a) or a in known_forms(b):
        return 7
    return GIVEN.index(_spelt(a, b))


FAMILY = ("equal", "part", "alike", "sounds-alike", "near", "differ")


@lru_cache(maxsize=_MANY)
def family(a: str, b: str) -> int:
    """equal / alike / sounds-alike / near / differ; `part` (a half of a double-barrelled name) is the caller's, who knows the halves."""
    return 0 if a == b else FAMILY.index(_spelt(a, b))


BORN = ("equal", "turned", "one-slip", "first-of-january", "two-slips", "two-parts", "year", "differ", "default-slip")


def born(a: str, b: str) -> int:
    """equal / turned (day and month exchanged, or two digits of one part) / one-slip / first-of-january (one says 1 January of that year, or
    only the year) / two-slips / two-parts of the three / year / differ / default-slip (both say 1 January, of years one slip apart: two defaults,
    or one).
    """
    if a == b:
        return 0 if len(a) == 10 else 3
    # Two slips do not change three parts; and as nearly all dates of two people are so, these are not worth remembering.
    if a[4:5] == "-" == b[4:5] and a[:4] != b[:4] and a[5:7] != b[5:7] and a[8:] != b[8:]:
        return 7
    return _born(a, b)


@lru_cache(maxsize=_MANY)
def _born(a: str, b: str) -> int:
    if len(a) != 10 or len(b) != 10:
        short = min(len(a), len(b))
        return 3 if a[:short] == b[:short] and short >= 4 else 7
    same_year = a[:4] == b[:4]
    if same_year and a[5:7] == b[8:] and a[8:] == b[5:7]:
        return 1
    if same_year and (a[5:] == "01-01" or b[5:] == "01-01"):
        return 3
    distance = DamerauLevenshtein.distance(a, b, score_cutoff=2)
    if a[5:] == b[5:] == "01-01":
        return 8 if distance == 1 else 7
    if distance == 1:
        return 1 if sorted(a) == sorted(b) else 2
    if same_year + (a[5:7] == b[5:7]) + (a[8:] == b[8:]) == 2:
        return 5
    return 4 if distance == 2 else 6 if same_year else 7


# Years between the births of a parent and a child, at least.
_GENERATION = 14


def generation_apart(a: str, b: str) -> bool:
    """True for two birth dates so far apart that they may be a parent's and a child's, though one digit makes one of the other."""
    return a[:4].isdecimal() and b[:4].isdecimal() and abs(int(a[:4]) - int(b[:4])) >= _GENERATION


def address(a: str, b: str) -> int:
    """Two doors ("flat|number|street"): equal / alike (one slip; a flat left out; the number and nearly the street) / differ."""
    if a == b:
        return 0
    flat_a, number_a, street_a = a.split("|", 2)
    flat_b, number_b, street_b = b.split("|", 2)
    if flat_a != flat_b and flat_a and flat_b:
        return 2
    if number_a == number_b:
        return 1 if _one_street(street_a, street_b) else 2
    return 1 if street_a == street_b and not (number_a and number_b) else 2


@lru_cache(maxsize=_MANY)
def _one_street(a: str, b: str) -> bool:
    return alike(a, b) or JaroWinkler.similarity(a, b) >= 0.88


@lru_cache(maxsize=_MANY)
def postcode(a: str, b: str) -> int:
    """equal / near (one slip, or the same sector) / area (the same outward part) / differ."""
    if a == b:
        return 0
    if a[:-2] == b[:-2] or DamerauLevenshtein.distance(a, b, score_cutoff=1) <= 1:
        return 1
    return 2 if len(a) > 4 and a[:-3] == b[:-3] else 3


IDENTIFIER = ("equal", "one-slip", "two-slips", "differ")


def identifier(a: str, b: str) -> int:
    """equal / one-slip / two-slips / differ, for numbers and telephone numbers."""
    if a == b:
        return 0
    return min(DamerauLevenshtein.distance(a, b, score_cutoff=2), 3)


EMAIL = ("equal", "alike", "same-local", "differ")


@lru_cache(maxsize=1 << 14)
def email(a: str, b: str) -> int:
    """equal / alike / same-local (the part before the @) / differ."""
    if a == b:
        return 0
    if DamerauLevenshtein.distance(a, b, score_cutoff=4) <= 3 or JaroWinkler.similarity(a, b) >= 0.92:
        return 1
    return 2 if a.partition("@")[0] == b.partition("@")[0] else 3


WORDS = ("equal", "alike", "differ")


@lru_cache(maxsize=1 << 16)
def words(a: str, b: str) -> int:
    """equal / alike / differ, for any other field."""
    return 0 if a == b else 1 if alike(a, b) or JaroWinkler.similarity(a, b) >= 0.88 else 2
