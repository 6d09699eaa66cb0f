"""Which patient a CX list names: the source's key for the patient, the NHS number, and every identifier kept.

Source: HL7 v2.5.1 chapter 2A (CX); the UK forms are listed in this adapter's README.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache
from typing import Any

from carehub.feeds.formats.hl7v2 import Field, Segment
from carehub.feeds.formats.hl7v2_text import Delimiters
from carehub.terms import nhs_number
from carehub.terms.codes import ukcore
from carehub.terms.organisations import SourceOrganisation

from .source import address
from .tables import table

_NHS_TYPES = frozenset(("NH", "NHSNMBR", "NHSNBR", "NHS"))
_NHS_AUTHORITIES = frozenset(("NHS", "NHSNBR", "NHSNMBR"))
_HOSPITAL_TYPES = frozenset(("MR", "MRN"))
_NO_NUMBER = frozenset(("UNKNOWN", "UNK", "NONE", "NULL", "N/A", "NA", "NIL", "TBC"))
_STATUSES = table("verification_statuses")
_STATUS_SYSTEM = "https://fhir.hl7.org.uk/CodeSystem/UKCore-NHSNumberVerificationStatusEngland"
_STATUS = ukcore("Extension:NHSNumberVerificationStatus")
_MR = {"coding": [{"system": "http://terminology.hl7.org/CodeSystem/v2-0203", "code": "MR", "display": "Medical record number"}]}


@dataclass(frozen=True, slots=True)
class Identity:
    """key: the source's key, "authority|value" or "nhs|<number>", "" when there is none. authority: of the hospital number.

    identifiers: FHIR Identifiers. nhs: the ten digits, or "". refused: how many NHS numbers are not fit for use.
    """

    key: str
    authority: str
    identifiers: list[dict[str, Any]]
    nhs: str
    refused: int


def identity(pid: Segment, source: SourceOrganisation, delimiters: Delimiters) -> Identity:
    """Whose PID it is: PID-3, PID-2 and PID-32."""
    return _of_pid(pid.raw(2), pid.raw(3), pid.raw(32), source, delimiters)


@lru_cache(maxsize=4096)
def _of_pid(spare: str, listed: str, status: str, source: SourceOrganisation, delimiters: Delimiters) -> Identity:
    pid = Segment("PID", 1, ["PID", spare, listed, status], delimiters)
    return named(pid.repeats(2), pid.repeats(1), source, status=pid.text(3))


def named(listed: list[Field], spare: list[Field], source: SourceOrganisation, *, status: str = "", authority: str = "") -> Identity:
    """PID-3 (listed) and PID-2 (spare, read only where PID-3 has no usable number), or MRG-1, to who that is.

    status: NHS number status code from outside the list (PID-32). authority: taken for a hospital number that names none. An NHS number
    that fails its check is kept without the NHS system and is never a key: placeholders are shared by many people.
    """
    numbers = [field for field in listed if _usable(field.text(1))] or [field for field in spare if _usable(field.text(1))]
    national = [field for field in numbers if _is_nhs(field)]
    local = [field for field in numbers if not _is_nhs(field)]
    hospital = next((field for field in local if field.text(5).upper() in _HOSPITAL_TYPES), local[0] if local else None)
    if hospital is None and listed and spare:
        hospital = next((field for field in spare if _usable(field.text(1)) and not _is_nhs(field)), None)
        local = [hospital] if hospital else []
    kept: list[dict[str, Any]] = []
    mine = ""
    if hospital:
        mine = _authority(hospital) or authority
        kept.append(_hospital_number(hospital, mine, source))
    checked = [(field, nhs_number.valid(field.text(1))) for field in national]
    valid = {number: field for field, number in reversed(checked) if number}
    nhs = next(iter(valid)) if len(valid) == 1 else ""
    if nhs:
        stated = valid[nhs].text(2)
        kept.append(_nhs_number(nhs, stated if stated in _STATUSES else status))
    # Two different numbers cannot both be the patient's, and nothing says which is: neither may link.
    refused = [field for field, number in checked if not (nhs and number)]
    if refused:
        space = address(source, "id", "nhs-number-not-fit-for-use")
        kept.extend({"type": {"text": "NHS number as sent, not fit for use"}, "system": space, "value": field.text(1)} for field in refused)
    kept.extend(_other_number(field, source) for field in local if field is not hospital)
    key = f"{mine}|{hospital.text(1)}" if hospital else f"nhs|{nhs}" if nhs else ""
    return Identity(key, mine, kept, nhs, len(refused))


def _usable(number: str) -> bool:
    return bool(number.strip("0 -")) and number.upper() not in _NO_NUMBER and any(c.isalnum() for c in number)


def _is_nhs(field: Field) -> bool:
    return field.text(5).upper() in _NHS_TYPES or field.text(4).upper() in _NHS_AUTHORITIES


def _authority(field: Field) -> str:
    return field.text(4) or field.text(4, 2)


def _hospital_number(field: Field, authority: str, source: SourceOrganisation) -> dict[str, Any]:
    told: dict[str, Any] = {"type": _MR, "system": address(source, "mrn"), "value": field.text(1)}
    if authority:
        told["assigner"] = {"display": authority}
    return told


def _nhs_number(number: str, status: str) -> dict[str, Any]:
    told: dict[str, Any] = {"system": nhs_number.SYSTEM, "value": number}
    if status in _STATUSES:
        concept = {"coding": [{"system": _STATUS_SYSTEM, "code": status}], "text": _STATUSES[status]["words"]}
        told["extension"] = [{"url": _STATUS, "valueCodeableConcept": concept}]
    return told


def _other_number(field: Field, source: SourceOrganisation) -> dict[str, Any]:
    space = _authority(field) or field.text(5) or "local"
    told: dict[str, Any] = {"system": address(source, "id", space), "value": field.text(1)}
    if field.text(5):
        told["type"] = {"text": field.text(5)}
    return told
