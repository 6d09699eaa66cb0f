"""Two records' features → the level of each field, and its weight in bits under a model."""

from __future__ import annotations

from collections.abc import Sequence
from math import log2

from carehub.identity import closeness
from carehub.identity.features import Features
from carehub.identity.weights import (
    APART,
    BORN,
    CORE,
    DAY_FLOOR,
    FAMILY,
    FLOORED,
    GIVEN,
    HOME,
    KNOWN_NAME,
    NUMBER,
    PHONE,
    PLACE,
    RARE,
    SETTING_M,
    SETTING_U,
    SEX,
    SLIP_OF,
    STREET,
    TERM_FLOOR,
    Model,
)

MISSING = -1
# (setting, then a level for each field in the order of Model.fields()); MISSING where one of the two says nothing.
Levels = tuple[int, ...]
# A weight for each field in the same order; None where the level is missing.
Weights = Sequence[float | None]

# (field, level) → which of Features.bits says how rare the agreeing value is
_BITS_OF = {
    **{(at, 0): RARE.index(field) for at, field in enumerate(CORE) if field in RARE},
    (PLACE, 0): RARE.index("address"),
    (PLACE, 2): RARE.index("postcode"),
    (PLACE, 3): RARE.index("postcode"),
}
_GIVEN, _FAMILY, _BORN = CORE["given"], CORE["family"], CORE["born"]
_SWAPPED, _CROSSED, _OTHER = _GIVEN.index("swapped"), _GIVEN.index("crossed"), _GIVEN.index("other-given")
_PLACEHOLDER, _TWO_NAMES = _GIVEN.index("placeholder"), _GIVEN.index("two-names")
_ALIKE, _SAME = _GIVEN.index("alike"), _GIVEN.index("same-name")
_SWAPPED_FAMILY = _FAMILY.index("swapped")
_NEARLY = {_GIVEN.index(level) for level in ("alike", "sounds-alike", "near")}
_DEFAULT_SLIP, _TWO_PARTS, _DIFFER_BORN = (_BORN.index(level) for level in ("default-slip", "two-parts", "differ"))
_TWO_NUMBERS = CORE["number"].index("differ")
_SHARE_GIVEN = RARE.index("given")

# What guards ask of a pair, beside its weights: one home, one street; given names that are one name, or may well be; equal full birth dates, or
# such as one slip makes; a word such as baby for a name; equal numbers that both sources verified; one address; one street of which a record says
# the house; a number that proves the person, see `Model.alone`; birth dates that no slip makes of each other. SPELT: see `Comparer.pair`.
AT_HOME, ON_STREET, FIRM_GIVEN, NEAR_GIVEN, EQUAL_BORN, FIRM_BORN, UNNAMED, SURE_NUMBER, SPELT, ONE_DOOR, HOUSE_SAID, PROVEN, BORN_APART = (
    1 << bit for bit in range(13)
)
_FIRM = {_GIVEN.index(level) for level in ("equal", "same-name", "alike", "swapped")}
_NEAR = {_GIVEN.index(level) for level in ("sounds-alike", "initial", "short-form")}
_FIRM_BORN = {_BORN.index(level) for level in ("equal", "turned", "one-slip", "first-of-january")}
# From so many of one person's pairs that differ altogether, birth dates part nobody. The gate refuses a model that says it of real people.
_DATES_TELL = 0.1
# Weights, and the flags above.
Pair = tuple[Weights, int]


def levels(a: Features, b: Features) -> Levels:
    """The setting and every level of two records. Symmetric."""
    number = closeness.identifier(a.number, b.number) if a.number and b.number else MISSING
    phone = closeness.identifier(a.phone, b.phone) if a.phone and b.phone else MISSING
    where = place(a, b)
    setting = setting_of(where, phone)
    given, family = _names(a, b)
    return (
        setting,
        number,
        given,
        others_level(a, b) if a.others and b.others else MISSING,
        family,
        closeness.born(a.born, b.born) if a.born and b.born else MISSING,
        (0 if a.sex == b.sex else 1) if a.sex and b.sex else MISSING,
        where,
        phone,
        closeness.email(a.email, b.email) if a.email and b.email else MISSING,
        0 if a.source == b.source else 1,
        *(closeness.words(x, y) if x and y else MISSING for x, y in zip(a.extras, b.extras, strict=True)),
    )


def setting_of(where: int, phone: int) -> int:
    """The setting of two records by the levels of place and telephone."""
    return HOME if 0 <= where <= 1 or phone == 0 else STREET if 2 <= where <= 3 else APART


def _names(a: Features, b: Features) -> tuple[int, int]:
    given = family = MISSING
    if a.family and b.family:
        family = closeness.family(a.family, b.family)
        if family > 1 and a.parts & b.parts:
            family = 1
    if a.given and b.given:
        given = closeness.given(a.given, b.given, a.root, b.root)
        if a.first == b.first and given not in (0, 1) and " " not in a.root + b.root:
            given = 1
    if (given < 0 or given > 2) and (family < 0 or family > 2):
        ours, theirs = bool(a.given and b.family), bool(b.given and a.family)
        crossed = (ours and closeness.alike(a.given, b.family), theirs and closeness.alike(b.given, a.family))
        if all(crossed):
            return _SWAPPED, _SWAPPED_FAMILY
        if any(crossed) and not (ours and theirs):
            return _CROSSED, _SWAPPED_FAMILY if family >= 0 else MISSING
    if a.unnamed or b.unnamed:
        return _PLACEHOLDER, family
    if given > 2 and (a.first in b.others or b.first in a.others):
        return _OTHER, family
    if a.bits and (given in _NEARLY or (given == _SAME and not _shortened(a.given, b.given) and closeness.alike(a.given, b.given))):
        common, rarer = sorted((a.bits[_SHARE_GIVEN], b.bits[_SHARE_GIVEN]))
        if rarer <= KNOWN_NAME and rarer - common <= SLIP_OF:
            given = _TWO_NAMES
    return given, family


def _shortened(a: str, b: str) -> bool:
    """Pete and Peter, John and Johnny: of two forms of one name that begin alike, one is what the other is called."""
    return a.startswith(b) or b.startswith(a)


def others_level(a: Features, b: Features) -> int:
    """Further given names: one of them equal / alike / the same initial / none."""
    level = 3
    for x in a.others:
        for y in b.others:
            if x == y and len(x) > 1:
                return 0
            if x[0] == y[0]:
                if len(x) == 1 or len(y) == 1:
                    level = min(level, 2)
                elif level > 1 and closeness.alike(x, y):
                    level = 1
    return level


def place(a: Features, b: Features) -> int:
    """The level of address and postcode together."""
    postcode = closeness.postcode(a.postcode, b.postcode) if a.postcode and b.postcode else MISSING
    if a.address and b.address:
        address = closeness.address(a.address, b.address)
        if address == 0:
            return 0 if postcode <= 0 else 1
        if address == 1 and postcode <= 1:
            return 1
        if postcode == 0:
            return 3
    elif postcode == 0:
        return 2
    elif postcode < 0:
        return MISSING
    return 4 if postcode == 1 else 5 if postcode == 2 else 6


class Comparer:
    """Weighs pairs under one model. The features must carry the bits of the same model."""

    __slots__ = ("_apart", "_patterns", "_rarity", "_tables", "_wrong", "compared", "model")

    def __init__(self, model: Model) -> None:
        self.model = model
        self.compared = 0
        self._patterns: dict[Levels, tuple[Weights, tuple[tuple[int, int, float, float], ...], int]] = {}
        self._apart = BORN_APART if model.m["born"][0][_DIFFER_BORN] < _DATES_TELL else 0
        self._wrong = {source: [told.get(name, 0.0) for name in model.fields()] for source, told in model.wrong.items()}
        # setting → field → weight of each level; setting → field → (log2 m of equal, most that rarity may add)
        self._tables: list[list[list[float]]] = []
        self._rarity: list[list[tuple[float, float]]] = []
        for setting in range(3):
            rows = [(m_of(model, field, setting), u_of(model, field, setting)) for field in model.fields()]
            self._tables.append([[log2(x / y) for x, y in zip(m, u, strict=True)] for m, u in rows])
            # Being of one sex proves nothing; names in each other's place are one thing that happened, counted with the given name.
            self._tables[-1][SEX][0] = min(self._tables[-1][SEX][0], 0.0)
            self._tables[-1][FAMILY][_SWAPPED_FAMILY] = self._tables[-1][GIVEN][_PLACEHOLDER] = 0.0
            # Two made-up firsts of January are no nearer to each other for being of near years.
            self._tables[-1][BORN][_DEFAULT_SLIP] = min(self._tables[-1][BORN][_DEFAULT_SLIP], 0.0)
            # Telephone numbers that nearly agree are given out in rows.
            self._tables[-1][PHONE][1:3] = [min(weight, 0.0) for weight in self._tables[-1][PHONE][1:3]]
            floors = [_floor(field, setting, u[0]) for field, (_, u) in zip(model.fields(), rows, strict=True)]
            self._rarity.append([(log2(m[0]), -log2(floor)) for (m, _), floor in zip(rows, floors, strict=True)])

    def pair(self, a: Features, b: Features) -> Pair:
        """A weight in bits for each field, None where one of the two says nothing (the prior is not in it), and the flags of the pair."""
        self.compared += 1
        pattern = levels(a, b)
        known = self._patterns.get(pattern)
        if known is None:
            known = self._patterns[pattern] = self._weigh(pattern)
        plain, rare, flags = known
        if pattern[1] == 0 and a.verified and b.verified:
            flags |= SURE_NUMBER
        if self.model.alone and 0 <= pattern[1 + NUMBER] <= 1 and pattern[1 + SEX] <= 0:
            flags |= PROVEN
        if flags & SPELT and not _typed(a, b):
            flags ^= FIRM_GIVEN | SPELT
        if flags & ON_STREET and (a.address or b.address):
            flags |= HOUSE_SAID
        if flags & FIRM_BORN and not flags & EQUAL_BORN and closeness.generation_apart(a.born, b.born):
            flags ^= FIRM_BORN
        elif pattern[1 + BORN] == _DIFFER_BORN or (pattern[1 + BORN] == _TWO_PARTS and a.born[:4] != b.born[:4]):
            flags |= self._apart
        if not rare:
            return self._trusted(plain, a, b) if self._wrong else plain, flags
        bits = a.bits
        found = list(plain)
        for at, which, agreed, most in rare:
            told = bits[which]
            found[at] = agreed + (told if told < most else most)
        return self._trusted(found, a, b) if self._wrong else found, flags

    @property
    def wary(self) -> bool:
        """True where some source is known to have wrong values, so that weights are not those of the tables alone."""
        return bool(self._wrong)

    def most(self, setting: int, at: int, level: int) -> float:
        """The most that the level of the field at this place can weigh in the setting."""
        pattern = [setting, *[MISSING] * len(self.model.fields())]
        pattern[1 + at] = level
        plain, rare, _ = self._weigh(tuple(pattern))
        return sum(rare[0][2:]) if rare else plain[at] or 0.0

    def rarity(self, setting: int, at: int) -> tuple[float, float]:
        """What equal values of a field with term frequencies weigh in the setting: so much, and as many bits as the value is rare up to a most."""
        return self._rarity[setting][at]

    def _trusted(self, told: Weights, a: Features, b: Features) -> Weights:
        """The weights where a source is known to have wrong values in a share of its records: those agree or differ as two people's do, so
        that (1 - share) m / u + share takes the place of m / u."""
        ours, theirs = self._wrong.get(a.source), self._wrong.get(b.source)
        if ours is None and theirs is None:
            return told
        found: list[float | None] = []
        for at, weight in enumerate(told):
            right = (1 - ours[at] if ours else 1.0) * (1 - theirs[at] if theirs else 1.0)
            found.append(weight if weight is None or right == 1.0 else log2(right * 2.0**weight + 1 - right))
        return found

    def _weigh(self, pattern: Levels) -> tuple[Weights, tuple[tuple[int, int, float, float], ...], int]:
        table, rarity = self._tables[pattern[0]], self._rarity[pattern[0]]
        plain = [None if level < 0 else table[at][level] for at, level in enumerate(pattern[1:])]
        rare = []
        for at, level in enumerate(pattern[1:]):
            which = _BITS_OF.get((at, level)) if at < len(CORE) else len(RARE) + at - len(CORE) if level == 0 else None
            if which is not None:
                agreed, most = rarity[at]
                if at == PLACE and level:  # another level than the closest one: its own m and u
                    m, u = m_of(self.model, "place", 0)[level], u_of(self.model, "place", 0)[level]
                    agreed, most = log2(m), -log2(u)
                rare.append((at, which, agreed, most))
        return plain, tuple(rare), flags_of(pattern)


def _typed(a: Features, b: Features) -> bool:
    """True when given names that are alike, straight or in each other's place, differ by nothing but the fingers."""
    return closeness.slip(a.given, b.given) or all(x == y or closeness.slip(x, y) for x, y in ((a.given, b.family), (a.family, b.given)))


def flags_of(pattern: Levels) -> int:
    """The flags that the levels alone give."""
    setting, number, given, born = pattern[0], pattern[1 + NUMBER], pattern[1 + GIVEN], pattern[1 + BORN]
    return (
        (AT_HOME if setting == HOME else ON_STREET if setting == STREET else 0)
        | (FIRM_GIVEN if given in _FIRM or (given == _OTHER and setting == HOME and born == 0 and number < _TWO_NUMBERS) else 0)
        | (NEAR_GIVEN if given in _NEAR or given == _ALIKE else 0)
        | (SPELT if given in (_ALIKE, _SWAPPED) else 0)
        | (EQUAL_BORN if born == 0 else 0)
        | (FIRM_BORN if born in _FIRM_BORN else 0)
        | (ONE_DOOR if 0 <= pattern[1 + PLACE] <= 1 else 0)
        | (UNNAMED if given == _PLACEHOLDER else 0)
    )


def _floor(field: str, setting: int, average: float) -> float:
    """The least u of an equal value: surnames and given names of a home agree more often than chance says, whatever their rarity."""
    if field == "born":
        return min(average, DAY_FLOOR) if setting == APART else average
    if field in FLOORED or field not in CORE:
        return TERM_FLOOR if setting == APART else max(TERM_FLOOR, average)
    return average


def m_of(model: Model, field: str, setting: int) -> Sequence[float]:
    """m of each level of the field in the setting."""
    return model.m[field][setting if field in SETTING_M else 0]


def u_of(model: Model, field: str, setting: int) -> Sequence[float]:
    """u of each level of the field in the setting."""
    return model.u[field][setting if field in SETTING_U else 0]
