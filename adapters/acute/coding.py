"""What a sender's name for a code system means, and whether the code can be of that system at all."""

from __future__ import annotations

import re

from carehub.terms.codes import ICD10, LOINC, OPCS4, SNOMED

from .tables import table

_SYSTEMS = {row["sent"].upper(): row["system"] for row in table("coding_systems").values()}
_V2_TABLE = re.compile(r"HL7(\d{4})\Z", re.ASCII)
_LOINC = re.compile(r"(?:LP|LA)?\d{1,7}-\d\Z", re.ASCII)
# National ICD-10 practice drops the point and fills three-character categories with X (NHS Data Dictionary, "PRIMARY DIAGNOSIS (ICD)").
_ICD10 = re.compile(r"([A-Z]\d\d)(?:\.?(\d)(\d)?|X)?\Z", re.ASCII)
# OPCS-4: a letter (I is not one) and two digits, then one more digit, with or without the point.
_OPCS4 = re.compile(r"([A-HJ-Z]\d\d)(?:\.?(\d))?\Z", re.ASCII)

# Verhoeff's tables: products in the dihedral group D5, and the permutation applied by place (SNOMED CT Release File Specification).
_TURN = (1, 5, 7, 6, 2, 8, 3, 0, 9, 4)


def coding(code: str, display: str, sent_system: str) -> dict[str, str] | None:
    """A FHIR Coding, or None when the system is not known or the code cannot belong to it.

    SNM3 is SNOMED International 3, whose codes have letters; senders put SNOMED CT ids under it, and one that passes its check digit is
    taken for that.
    """
    system = _SYSTEMS.get(sent_system.upper(), "")
    if not system and (match := _V2_TABLE.match(sent_system.upper())):
        system = f"http://terminology.hl7.org/CodeSystem/v2-{match[1]}"
    told = " ".join(code.split())
    if system == SNOMED and not snomed_id(told):
        return None
    if system == LOINC and not _LOINC.match(told):
        return None
    if system == ICD10:
        told = icd10(told)
    if system == OPCS4:
        told = opcs4(told)
    if not system or not told:
        return None
    return {"system": system, "code": told, "display": display} if display else {"system": system, "code": told}


def icd10(code: str) -> str:
    """ "I639" and "I63.9" to "I63.9", "I10X" to "I10"; "" for what cannot be ICD-10."""
    match = _ICD10.match(code.upper())
    if not match:
        return ""
    return f"{match[1]}.{match[2]}{match[3] or ''}" if match[2] else match[1]


def opcs4(code: str) -> str:
    """ "W381" and "W38.1" to "W38.1", "W38" as it is; "" for what cannot be OPCS-4."""
    match = _OPCS4.match(code.upper())
    if not match:
        return ""
    return f"{match[1]}.{match[2]}" if match[2] else match[1]


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


def _times(a: int, b: int) -> int:
    if a < 5:
        return (a + b) % 5 if b < 5 else (a + b) % 5 + 5
    return (a - b) % 5 + 5 if b < 5 else (a - b) % 5
