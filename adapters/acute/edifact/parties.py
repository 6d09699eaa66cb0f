"""Who asked and who answered (NAD with SPR and RFF+AHI) to Practitioner, PractitionerRole and Organization.

Qualifiers: PO the requester, MR the one the message is for, SLA the laboratory, SRA and RRP the radiology department and its reporters.
Lists: 900 the general practitioners' numbers, 901 and 903 organisation codes.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Any

from carehub.terms.organisations import ODS_SYSTEM

from ..draft import Draft
from ..source import address
from .groups import Group, Report
from .words import NAME_WIDTH, joined

PERSON, ORGANISATION, DEPARTMENT = "PRO", "ORG", "DPT"
ASKED, TOLD = ("PO",), ("MR",)
ANSWERED, REPORTED = ("SLA", "SRA"), ("RRP",)
_ORGANISATION_LISTS = frozenset(("901", "902", "903"))
_GMP = re.compile(r"G[0-9]{7}\Z")
_ODS = re.compile(r"[0-9A-Z]{3,12}\Z")
_NOTHING = frozenset(("", "UNKNOWN", "UNK", "N/A", "NONE"))
_TYPE = "http://terminology.hl7.org/CodeSystem/organization-type"


@dataclass(frozen=True, slots=True)
class Party:
    """One NAD. role: PRO, ORG or DPT. code_list: of the code. also: another number (RFF+AHI)."""

    qualifier: str
    role: str
    code: str
    code_list: str
    name: str
    also: str
    place: str

    @property
    def local(self) -> str:
        return self.code or f"name|{self.name}"


def parties(report: Report, draft: Draft | None = None) -> list[Party]:
    """Every party that has a code or a name. One with nothing behind its qualifier is noted (MAP-004); "UNKNOWN" is nobody."""
    found: list[Party] = []
    for group in report.named("NAD"):
        one = _party(group)
        if one.code or one.name:
            found.append(one)
        elif draft and group.segments[0].filled()[1:] == []:
            draft.note("MAP-004", one.place, "Practitioner" if one.role == PERSON else "Organization")
    return found


def _party(group: Group) -> Party:
    nad = group.segments[0]
    code, code_list = nad.text(2), nad.text(2, 2)
    if code.upper() in _NOTHING:
        code = ""
    spr = group.first("SPR")
    role = (spr.text(1) if spr else "") or (PERSON if code_list == "900" else ORGANISATION)
    also = group.reference("AHI")
    name = joined(nad.parts(4), NAME_WIDTH) or joined(nad.parts(3), NAME_WIDTH)
    if name.upper() in _NOTHING:
        name = ""
    return Party(nad.text(1), role, code, code_list, name, "" if also.upper() in _NOTHING else also, nad.place)


def of(found: list[Party], qualifiers: tuple[str, ...], role: str) -> list[Party]:
    """The parties of these qualifiers in this role, each once; where one is named twice, by its fullest name."""
    kept: dict[str, Party] = {}
    for one in found:
        if one.qualifier in qualifiers and one.role == role:
            before = kept.get(one.local)
            if before is None or len(one.name) > len(before.name):
                kept[one.local] = one
    return list(kept.values())


def practitioner(draft: Draft, one: Party) -> dict[str, str]:
    """The person as a Reference."""
    told: dict[str, Any] = {}
    numbers = []
    if one.code:
        national = _GMP.match(one.code) and one.code_list in ("900", "")
        numbers.append(
            {"system": "https://fhir.hl7.org.uk/Id/gmp-number" if national else _local(draft, "practitioner"), "value": one.code}
        )
    if one.also:
        numbers.append({"system": _local(draft, "practitioner-other"), "value": one.also})
    if numbers:
        told["identifier"] = numbers
    if one.name:
        told["name"] = [{"text": one.name}]
    return _reference(draft.add("Practitioner", one.local, told, at=one.place), one.name)


def organisation(draft: Draft, one: Party, part_of: dict[str, str] | None = None) -> dict[str, str]:
    """The organisation or department as a Reference. part_of: the organisation a department belongs to."""
    told: dict[str, Any] = {}
    numbers = []
    if one.code:
        national = one.code_list in _ORGANISATION_LISTS and _ODS.match(one.code)
        numbers.append({"system": ODS_SYSTEM if national else _local(draft, "organisation"), "value": one.code})
    if one.also:
        numbers.append({"system": _local(draft, "organisation-other"), "value": one.also})
    if numbers:
        told["identifier"] = numbers
    if one.role == DEPARTMENT:
        told["type"] = [{"coding": [{"system": _TYPE, "code": "dept", "display": "Hospital Department"}]}]
    if one.name:
        told["name"] = one.name
    if part_of:
        told["partOf"] = part_of
    local = f"{one.local}|{part_of['reference']}" if part_of else one.local
    return _reference(draft.add("Organization", local, told, at=one.place), one.name)


def requester(draft: Draft, found: list[Party]) -> dict[str, str] | None:
    """Who asked: the person in their organisation where both are named (PractitionerRole), else whichever is."""
    people, places = of(found, ASKED, PERSON), of(found, ASKED, ORGANISATION)
    if not people and not places:
        departments = of(found, ASKED, DEPARTMENT)
        return organisation(draft, departments[0]) if departments else None
    if not people:
        return organisation(draft, places[0])
    person = practitioner(draft, people[0])
    if not places:
        return person
    place = organisation(draft, places[0])
    told = {"practitioner": person, "organization": place}
    role = draft.add("PractitionerRole", f"{people[0].local}|{places[0].local}", told, at=people[0].place)
    return _reference(role, people[0].name)


def performers(draft: Draft, found: list[Party]) -> list[dict[str, str]]:
    """Who answered: the departments, in their organisation, else the organisations; then the people of the laboratory."""
    places = [organisation(draft, one) for one in of(found, ANSWERED, ORGANISATION)]
    house = places[0] if places else None
    departments = [organisation(draft, one, house) for one in of(found, ANSWERED, DEPARTMENT)]
    people = [practitioner(draft, one) for one in of(found, ANSWERED, PERSON)]
    return [*departments, *places, *people]


def reporters(draft: Draft, found: list[Party]) -> list[dict[str, str]]:
    """Who read the images and who verified the reading."""
    return [practitioner(draft, one) for one in of(found, REPORTED, PERSON)]


def _local(draft: Draft, space: str) -> str:
    return address(draft.source, space)


def _reference(reference: str, name: str) -> dict[str, str]:
    return {"reference": reference, "display": name} if name else {"reference": reference}
