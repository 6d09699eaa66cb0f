"""What two records can weigh at most, seen before their names are compared: most candidates are clearly two people, and most of those at once."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Protocol, TypeVar

from carehub.identity import closeness
from carehub.identity.features import Features
from carehub.identity.pairing import MISSING, Comparer, others_level, place, setting_of
from carehub.identity.weights import BORN, CORE, EMAIL, FAMILY, GIVEN, NUMBER, OTHERS, PHONE, PLACE, RARE, SETTINGS, SEX, SOURCE

_SWAPPED = CORE["given"].index("swapped")
_GIVEN_BITS, _FAMILY_BITS = RARE.index("given"), RARE.index("family")
# Sums of a few weights in another order differ by less.
_ROUNDING = 1e-6

Name = TypeVar("Name")
Key = TypeVar("Key", contravariant=True)


class Records(Protocol[Key]):
    """Features by name."""

    def __getitem__(self, name: Key, /) -> Features: ...


class Outlook:
    """Bounds from the tables of one model. Where a source is known to have wrong values they say nothing."""

    __slots__ = ("_comparer", "_settings")

    def __init__(self, comparer: Comparer) -> None:
        self._comparer = comparer
        fields = comparer.model.fields().values()
        self._settings = []
        for setting in range(len(SETTINGS)):
            # field → the most each level can weigh; 0 at the end, where MISSING finds it
            most = [[*(comparer.most(setting, at, level) for level in range(len(levels))), 0.0] for at, levels in enumerate(fields)]
            # Telephone numbers are only looked at for being equal.
            most[PHONE][1] = max(most[PHONE][1:])
            # Given names and family names that are not equal, and both; names in each other's place count once.
            given = max(0.0, *(weight for level, weight in enumerate(most[GIVEN]) if level not in (0, _SWAPPED)))
            family = max(0.0, *most[FAMILY][1:])
            names = given, family, max(given + family, most[GIVEN][_SWAPPED])
            self._settings.append((most, names, comparer.rarity(setting, GIVEN), comparer.rarity(setting, FAMILY)))

    def promising(self, a: Features, names: Iterable[Name], records: Records[Name], least: float) -> list[Name]:
        """The names of those records that may weigh `least` bits with this one, the prior in it, or bear its number; all others surely weigh less."""
        if self._comparer.wary:
            return list(names)
        number, given, family, born, phone, email, sex = a.number, a.given, a.family, a.born, a.phone, a.email, a.sex
        least -= self._comparer.model.prior + _ROUNDING
        found = []
        for name in names:
            b = records[name]
            if number and number == b.number:
                found.append(name)
                continue
            called = MISSING if not (phone and b.phone) else 0 if phone == b.phone else 1
            where = place(a, b)
            most, (given_most, family_most, total), given_equal, family_equal = self._settings[setting_of(where, called)]
            if family and family == b.family:
                family_most = family_equal[0] + min(a.bits[_FAMILY_BITS], family_equal[1])
                total = given_most + family_most
            if given == b.given and len(given) > 1:
                total = family_most + given_equal[0] + min(a.bits[_GIVEN_BITS], given_equal[1])
            total += most[PLACE][where] + most[PHONE][called] + most[SOURCE][a.source != b.source]
            if born and b.born:
                total += most[BORN][closeness.born(born, b.born)]
            if sex and b.sex:
                total += most[SEX][sex != b.sex]
            if number and b.number:
                total += most[NUMBER][closeness.identifier(number, b.number)]
            if email and b.email:
                total += most[EMAIL][closeness.email(email, b.email)]
            if a.others and b.others:
                total += most[OTHERS][others_level(a, b)]
            for at, (x, y) in enumerate(zip(a.extras, b.extras, strict=True), len(CORE)):
                total += most[at][closeness.words(x, y) if x and y else MISSING]
            if total >= least:
                found.append(name)
        return found
