"""NHS numbers as a feed tells them: whose system a number is of, whether it can be one person's, how far it was verified.

Sources: NHS Data Model and Dictionary, "NHS NUMBER" and "NHS NUMBER STATUS INDICATOR CODE"; the ranges are those of IDENTITY 6.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from functools import lru_cache
from string import digits
from typing import NamedTuple

from carehub.terms import nhs_number

_NOT_DIGITS = re.compile(r"[\s\-–   ]+")

# First number of each range, and whose it is. 5xx is not to be issued; 9xx is for test and synthetic patients.
_RANGES = (
    ("9000000000", "test"),
    ("8600000000", "unissued"),
    ("8000000000", "ihi"),
    ("6000000000", "nhs"),
    ("5000000000", "unissued"),
    ("4000000000", "nhs"),
    ("3200000000", "hcn"),
    ("3113000000", "unissued"),
    ("0100000000", "chi"),
    ("0000000000", "unissued"),
)
# NHS NUMBER STATUS INDICATOR CODE.
STATUSES = {
    "01": "present and verified",
    "02": "present but not traced",
    "03": "trace required",
    "04": "trace attempted, no match or several",
    "05": "trace needs to be resolved",
    "06": "trace in progress",
    "07": "not present, trace not required",
    "08": "trace postponed, a baby under six weeks",
}


class PersonNumber(NamedTuple):
    """number: ten digits that can be one person's in the NHS of England and Wales or in its test range, else "".

    told: the digits as told, "" for a placeholder and for words: a number that fails its check may still be a slip of the right one.
    kind: "nhs", "test" (9…), "chi" (Scotland), "hcn" (Northern Ireland), "ihi" (Ireland), "unissued", "invalid" (fails its check or its
    length), "placeholder", or "" for none. verified: number is there and its status is 01; only that deserves the deterministic route.
    """

    number: str = ""
    told: str = ""
    kind: str = ""
    verified: bool = False


_NONE = PersonNumber()
_PLACEHOLDER = PersonNumber(kind="placeholder")
_SEQUENCES = (digits * 2, digits[::-1] * 2)


def counted(told: str) -> bool:
    """Digits counted up or down from any digit, as an idle hand types: "4567890123". Of a number, telephone or other."""
    return any(told in sequence for sequence in _SEQUENCES)


@lru_cache(maxsize=65536)
def read_number(text: str, status: str = "", *, test_numbers: bool = True) -> PersonNumber:
    """A told number and its status code (01 to 08, "" where the feed has none). Never raises.

    test_numbers: false in a live hub, where a number beginning 9 is nobody's. A status of 07 or 08 says that no number is there.
    """
    found = _read(text)
    if status.strip().lstrip("0") in ("7", "8") or (found.kind == "test" and not test_numbers):
        return PersonNumber("", found.told, found.kind)
    return PersonNumber(found.number, found.told, found.kind, bool(found.number) and status.strip().lstrip("0") == "1")


def _read(text: str) -> PersonNumber:
    told = _NOT_DIGITS.sub("", text)
    if not told.isascii() or not told.isdigit():
        return _NONE
    if len(set(told)) == 1 or counted(told):
        return _PLACEHOLDER
    if nhs_number.valid(told) is None:
        return PersonNumber("", told, "invalid")
    kind = next(name for start, name in _RANGES if told >= start)
    if kind == "chi" and not ("01" <= told[:2] <= "31" and "01" <= told[2:4] <= "12"):
        kind = "unissued"  # a CHI number begins with a birth date, day first
    return PersonNumber(told if kind in ("nhs", "test") else "", told, kind)


def retained(number: str, replaced_by: Mapping[str, str]) -> str:
    """The number that stands for this one after all replacements: superseded numbers are resolved to the retained one, over any chain.

    replaced_by: superseded → retained, as PDS or a source says. A circle is nobody's answer: the number itself is given back.
    """
    seen = {number}
    current = number
    while current in replaced_by:
        current = replaced_by[current]
        if current in seen:
            return number
        seen.add(current)
    return current
