"""What a code can be: SNOMED CT by its check digit, ICD-10 by its shape. A code that cannot be of its system is the sender's own."""

from __future__ import annotations

import re
from functools import lru_cache

_ICD10 = re.compile(r"([A-Z]\d\d)(?:\.?(\d)(\d)?|X)?[DA*+]?\Z", re.ASCII)

# Verhoeff's tables: products in the dihedral group D5, and the permutation applied by place (SNOMED CT Release File Specification).
_TURN = (1, 5, 7, 6, 2, 8, 3, 0, 9, 4)


@lru_cache(maxsize=16384)
def snomed_id(code: str) -> bool:
    """True for 6 to 18 digits of a concept's partition (00 or 10) that pass the Verhoeff check."""
    if not (6 <= len(code) <= 18 and code.isascii() and code.isdigit() and code[0] != "0" and code[-3:-1] in ("00", "10")):
        return False
    check = 0
    for place, digit in enumerate(reversed(code)):
        turned = int(digit)
        for _ in range(place % 8):
            turned = _TURN[turned]
        check = _times(check, turned)
    return check == 0


def icd10(code: str) -> str:
    """ "I639" and "I63.9" to "I63.9", "I10X" to "I10"; "" for what cannot be ICD-10."""
    match = _ICD10.match(code.strip().upper())
    if not match:
        return ""
    return f"{match[1]}.{match[2]}{match[3] or ''}" if match[2] else match[1]


def _times(a: int, b: int) -> int:
    if a < 5:
        return (a + b) % 5 if b < 5 else (a + b) % 5 + 5
    return (a - b) % 5 + 5 if b < 5 else (a - b) % 5
