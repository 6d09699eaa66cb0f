"""NHS numbers: the modulus 11 check, the placeholders senders type, and the 3-3-4 display.

Source: NHS Data Model and Dictionary, "NHS NUMBER" (ten digits, modulus 11 check digit). The arithmetic is the nhs-number package's.
"""

from __future__ import annotations

import re
from functools import lru_cache

from nhs_number.validate import calculate_checksum

SYSTEM = "https://fhir.nhs.uk/Id/nhs-number"

_NOT_DIGITS = re.compile(r"[\s\-  ]+")


def valid(text: str | None) -> str | None:
    """The ten digits of a usable NHS number, or None.

    None for a failed check digit, a placeholder (all digits the same, "1234567890"), words, template text or blank. Spaces and
    hyphens are removed. A ten-digit number that passes modulus 11 but repeats one digit is a placeholder, not a person. Which nation issued
    it is not asked: the rule is the check digit.
    """
    if not text:
        return None
    digits = text.replace(" ", "").replace("-", "")
    if not digits.isdigit():
        digits = _NOT_DIGITS.sub("", text)
    if len(digits) != 10 or not digits.isascii() or not digits.isdigit():
        return None
    if len(set(digits)) == 1:
        return None
    return digits if _passes(digits) else None


# Asked when a message is split, when it is mapped and when its person is linked.
@lru_cache(maxsize=16_384)
def _passes(digits: str) -> bool:
    return calculate_checksum(digits[:9]) == int(digits[9])


def display(number: str) -> str:
    """ "9991234567" as "999 123 4567", the way NHS CUI guidance prints it."""
    return f"{number[:3]} {number[3:6]} {number[6:]}" if len(number) == 10 else number


def in_test_range(number: str) -> bool:
    """True for numbers starting 999, which are never issued to a person (NHS England test data guidance)."""
    return number.startswith("999")
