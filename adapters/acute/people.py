"""HL7 v2 names, addresses and telephone numbers (XPN, XAD, XTN) to FHIR; people named by their work (XCN) to Practitioners.

Source: HL7 v2.5.1 chapter 2A; tables 0200 (name type), 0190 (address type), 0201 and 0202 (telecommunication).
"""

from __future__ import annotations

import re
from functools import lru_cache
from typing import Any

from carehub.feeds.formats.hl7v2 import Field, Hl7Message
from carehub.feeds.formats.hl7v2_text import Delimiters
from carehub.terms.organisations import SourceOrganisation
from carehub.terms.refs import RecordRef

from .draft import Draft, Portion
from .source import address as owned

_NAME_USE = {"L": "official", "CURRENT": "official", "D": "usual", "M": "maiden", "N": "nickname", "PREVIOUS": "old", "T": "temp"}
_ADDRESS_USE = {"H": "home", "HOME": "home", "": "home", "P": "home", "B": "work", "O": "work", "C": "temp", "TEMP": "temp", "BA": "old"}
_SYSTEM = {"": "phone", "PH": "phone", "CP": "phone", "MD": "phone", "SAT": "phone", "FX": "fax", "BP": "pager", "INTERNET": "email"}
_GMC, _GMP, _SDS = re.compile(r"[0-9]{7}\Z"), re.compile(r"G[0-9]{7}\Z"), re.compile(r"[0-9]{12}\Z")


def name(field: Field, start: int = 1) -> dict[str, Any] | None:
    """An XPN, or an XCN from its second component, to a HumanName; None when it names nobody."""
    text = field.text
    family, suffix, prefix = text(start), text(start + 3), text(start + 4)
    given = [part for part in (text(start + 1), text(start + 2)) if part]
    if not family and not given:
        return None
    told: dict[str, Any] = {}
    if start == 1:
        use = _NAME_USE.get(text(7).upper() or "L")
        if use:
            told["use"] = use
    if family:
        told["family"] = family
    if given:
        told["given"] = given
    if prefix:
        told["prefix"] = [prefix]
    suffixes = [part for part in (suffix, text(6) if start == 1 else "") if part]
    if suffixes:
        told["suffix"] = suffixes
    return told


def address(field: Field) -> dict[str, Any] | None:
    """An XAD to an Address; None when it is empty or a place of birth. The fourth component is the county, FHIR's district."""
    kind = field.text(7).upper()
    if kind in ("N", "BDL", "BR", "F"):
        return None
    street = " ".join(part for part in field.subs(1) if part)
    lines = [part for part in (street, field.text(2)) if part]
    told: dict[str, Any] = {}
    if kind in _ADDRESS_USE:
        told["use"] = _ADDRESS_USE[kind]
    for element, value in (("city", field.text(3)), ("district", field.text(4)), ("postalCode", field.text(5)), ("country", field.text(6))):
        if value:
            told[element] = value
    if lines:
        told["line"] = lines
    return told if told.keys() - {"use", "country"} else None


def telecom(field: Field, use: str) -> dict[str, str] | None:
    """An XTN to a ContactPoint; None when it is empty. use: "home" or "work", by the field it came in; a mobile says so."""
    kind = field.text(3).upper()
    email = field.text(4) if "@" in field.part(4) else field.text(1) if "@" in field.part(1) else ""
    number = field.text(12) or field.text(1) or " ".join(part for part in (field.text(5), field.text(6), field.text(7)) if part)
    value = email or number
    if not value:
        return None
    system = "email" if email else _SYSTEM.get(kind, "other")
    if not email and system == "email":
        system = "other"
    return {"system": system, "value": value, "use": "mobile" if kind == "CP" and use == "home" else use}


def practitioner(draft: Draft, field: Field, at: str) -> str:
    """An XCN to a Practitioner in the draft: "Practitioner/id", or "" when it carries neither an id nor a name.

    Of an NDL (OBR-32) the person is the first component, with the id and names as its sub-components.
    """
    if not field.raw:
        return ""
    told = _practitioner(draft.source, draft.patient, draft.message.delimiters, field.raw, at)
    draft.take(told)
    return told.records[0].ref.reference if told.records else ""


# The same few people look after a patient through a stay.
@lru_cache(maxsize=4096)
def _practitioner(source: SourceOrganisation, patient: RecordRef, delimiters: Delimiters, raw: str, at: str) -> Portion:
    draft = Draft(Hl7Message([], delimiters, ()), source, patient)
    _put(draft, Field(raw, delimiters), at)
    return draft.portion()


def _put(draft: Draft, field: Field, at: str) -> None:
    nested = field.subs(1)
    if len(nested) > 1:
        number, names = nested[0], nested[1:4]
        told = _plain_name(names)
    else:
        number, told = field.text(1), name(field, 2)
        names = [field.text(2), field.text(3), field.text(4)]
    if not number and not told:
        return
    local = number or "|".join(("name", *names))
    elements: dict[str, Any] = {}
    if number:
        elements["identifier"] = [{"system": _staff_system(draft, number, field.text(9), field.text(13)), "value": number}]
    if told:
        elements["name"] = [told]
    draft.add("Practitioner", local, elements, at=at)


def _plain_name(names: list[str]) -> dict[str, Any] | None:
    given = [part for part in names[1:] if part]
    told: dict[str, Any] = {"family": names[0]} if names[0] else {}
    if given:
        told["given"] = given
    return told or None


def _staff_system(draft: Draft, number: str, authority: str, kind: str) -> str:
    told = {authority.upper(), kind.upper()}
    if "GMC" in told and _GMC.match(number):
        return "https://fhir.hl7.org.uk/Id/gmc-number"
    if _GMP.match(number):
        return "https://fhir.hl7.org.uk/Id/gmp-number"
    if told & {"SDS", "SDSUSER"} and _SDS.match(number):
        return "https://fhir.nhs.uk/Id/sds-user-id"
    return owned(draft.source, "practitioner")
