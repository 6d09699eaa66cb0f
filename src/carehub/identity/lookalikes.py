"""Does a set hold people who could be taken for each other? Found without labels; where it holds none, a number proves more than elsewhere.

A twin under the other twin's number and a person whose first name was replaced look the same; so do a father under his son's number and a wrong
birth date. One pair cannot say which it is, but a population can: where families live, its members mostly have numbers of their own, so records
of one home and family with other first names or birth dates mostly bear two numbers. A population without such pairs has nobody to be taken for.
"""

from __future__ import annotations

from collections.abc import Mapping

from carehub.identity.pairing import EQUAL_BORN, FIRM_BORN, FIRM_GIVEN, MISSING, Levels, flags_of
from carehub.identity.weights import APART, BORN, CORE, FAMILY, GIVEN, NUMBER

_DIFFER = CORE["number"].index("differ")
_ONE_FAMILY = frozenset(CORE["family"].index(level) for level in ("equal", "part", "alike", "swapped"))
# So often a record is taken to carry the number of somebody who lives with its person. Stated far above what is reported, and not learnt.
MISTAKEN = 0.05
# Of the pairs that a number would join against another first name or birth date, so many may be two people's.
RISK = 0.01
# In so few records nothing is learnt.
LEAST = 1_000
# Where more of the pairs of one number differ than slips explain, several people bear one number.
MOST_DIFFER = 0.25
# Where fewer of the pairs that agree say a home, families could not be seen.
LEAST_HOME = 0.5
# So many pairs may be there though none was met, 95 times in 100 (the rule of three).
UNSEEN = 3.0


def alone(records: int, pairs: Mapping[Levels, float]) -> bool:
    """True when nobody of a set could be taken for somebody else of one home and family. records: how many the set has. pairs: how many pairs of
    records show each pattern, of those that blocking finds (`training.patterns`).
    """
    same = same_home = other = own_number = family = 0.0
    for pattern, count in pairs.items():
        setting, number, given, born = pattern[0], pattern[1 + NUMBER], pattern[1 + GIVEN], pattern[1 + BORN]
        told = flags_of(pattern)
        agrees = bool(told & FIRM_GIVEN and told & FIRM_BORN)
        if number == 0 and agrees:
            same += count
            same_home += count if setting != APART else 0.0
        elif min(given, born) == MISSING:
            continue
        elif number == 0:
            other += count
        elif number in (MISSING, _DIFFER) and pattern[1 + FAMILY] in _ONE_FAMILY:
            if not agrees and (setting != APART or told & EQUAL_BORN):
                family += count
            elif agrees and number == _DIFFER and setting != APART:
                own_number += count
    if records < LEAST or same_home < LEAST_HOME * same or other > MOST_DIFFER * (other + same):
        return False
    # One person's number is replaced as often where the first name is replaced too as where it is not: so many of these are nobody's family.
    explained = other * own_number / same if same else 0.0
    return MISTAKEN * (max(family - explained, 0.0) + UNSEEN) <= RISK * other
