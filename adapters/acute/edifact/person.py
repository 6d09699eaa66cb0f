"""Whose report it is (PNA, with DTM+329, PDI, ADR and the laboratory's own number RFF+SSI or RFF+RPI), and the Patient.

Key: the laboratory's number under the laboratory's name; else a valid NHS number with the birth date, since a laboratory was seen to send two
people under one number; else the report's own number with name and birth date: somebody without a number is known by that report alone, so
that two people of one name are never made one here.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from carehub.feeds.formats.edifact import Segment
from carehub.terms import nhs_number
from carehub.terms.errors import Unmappable
from carehub.terms.issue_catalogue import issue
from carehub.terms.organisations import SourceOrganisation

from ..draft import Draft
from ..source import address
from ..tables import table
from ..timing import day
from .groups import Report

_SEXES = table("sexes")
_MR = {"coding": [{"system": "http://terminology.hl7.org/CodeSystem/v2-0203", "code": "MR", "display": "Medical record number"}]}
_GROUPS = ("S05", "S06", "S07")
_NOTHING = frozenset(("UNKNOWN", "UNK", "NONE", "NULL", "N/A", "NA", "NIL", "TBC"))


@dataclass(frozen=True, slots=True)
class Person:
    """key: the source's key. identifiers: FHIR Identifiers. refused: how many NHS numbers are not fit for use."""

    key: str
    identifiers: tuple[dict[str, Any], ...]
    refused: int
    pna: Segment


def person(report: Report, source: SourceOrganisation, authority: str) -> Person:
    """authority: whose numbers SSI are, the laboratory's code or name.

    Raises Unmappable: MAP-002 when nothing says who it is, MAP-013 when two patients are named.
    """
    named = list(report.every("PNA", "PAT", *_GROUPS, "S00"))
    if not named:
        raise Unmappable(issue("MAP-002", at="PNA"))
    pna = named[0]
    if any(_names(other) != _names(pna) or other.text(2) != pna.text(2) for other in named[1:]):
        raise Unmappable(issue("MAP-013", at=named[1].place))
    sent = pna.text(2)
    nhs = nhs_number.valid(sent) or ""
    numbers = [one.text(1, 2) for name in ("SSI", "RPI") for one in report.every("RFF", name, *_GROUPS)]
    usable = [one for one in dict.fromkeys(numbers) if _usable(one)]
    kept: list[dict[str, Any]] = [_own(one, source, authority) for one in usable]
    refused = 0
    if nhs:
        kept.append({"system": nhs_number.SYSTEM, "value": nhs})
    elif sent:
        refused = 1
        space = address(source, "id", "nhs-number-not-fit-for-use")
        kept.append({"type": {"text": "NHS number as sent, not fit for use"}, "system": space, "value": sent})
    born = _born(report)
    if usable:
        key = f"{authority}|{usable[0]}"
    elif nhs:
        key = f"nhs|{nhs}|{born}" if born else f"nhs|{nhs}"
    else:
        key = _by_report(report, pna, born)
    return Person(key, tuple(kept), refused, pna)


def _usable(number: str) -> bool:
    return bool(number.strip("0 -")) and number.upper() not in _NOTHING and any(character.isalnum() for character in number)


def _own(number: str, source: SourceOrganisation, authority: str) -> dict[str, Any]:
    told: dict[str, Any] = {"type": _MR, "system": address(source, "mrn"), "value": number}
    if authority:
        told["assigner"] = {"display": authority}
    return told


def _by_report(report: Report, pna: Segment, born: str) -> str:
    name = "|".join(" ".join(part.casefold().split()) for part in _names(pna))
    number = report.one("S02").reference("SRI")
    if not number or not name.strip("|") or not born:
        raise Unmappable(issue("MAP-002", at=pna.place))
    return f"report|{number}|{name}|{born}"


def _born(report: Report) -> str:
    return next((one.text(1, 2) for one in report.every("DTM", "329", *_GROUPS)), "")


def _named(pna: Segment, qualifier: str) -> str:
    parts = [one for one in pna.elements[5:] if one[0].strip() == qualifier and len(one) > 1]
    return "".join(parts[0][1:]).strip() if parts else ""


def _names(pna: Segment) -> tuple[str, str]:
    return _named(pna, "SU"), _named(pna, "FO")


def tell(draft: Draft, report: Report, who: Person) -> None:
    """Put the patient into the draft. A report says what the laboratory knows, not all of it: what is absent stays as it was."""
    told: dict[str, Any] = {}
    if who.identifiers:
        told["identifier"] = list(who.identifiers)
    if who.refused:
        draft.note("MAP-009", "PNA-2", "Patient", who.refused)
    name = _human_name(draft, who.pna)
    if name:
        told["name"] = [name]
    for group in report.groups:
        if group.name in _GROUPS:
            for segment in group.segments:
                _detail(draft, segment, told)
    draft.add("Patient", "", told, at="PNA", change="update")


def _detail(draft: Draft, segment: Segment, told: dict[str, Any]) -> None:
    name, qualifier = segment.name, segment.text(1)
    if name == "DTM" and qualifier == "329":
        born = day(segment.text(1, 2))
        if born:
            told["birthDate"] = born
        elif segment.text(1, 2):
            draft.note("MAP-010", "DTM-329", "Patient")
    elif name == "PDI":
        row = _SEXES.get(qualifier.upper())
        if row:
            told["gender"] = row["gender"]
        elif qualifier:
            draft.note("MAP-006", "PDI-1", "Patient")
    elif name == "ADR":
        place = _address(segment)
        if place:
            told.setdefault("address", []).append(place)
    elif not (name == "PNA" or (name == "RFF" and qualifier in ("SSI", "RPI"))):
        draft.note("MAP-017", name, "Patient")


def _human_name(draft: Draft, pna: Segment) -> dict[str, Any] | None:
    family, first, middle, title = (_named(pna, qualifier) for qualifier in ("SU", "FO", "MI", "TI"))
    told: dict[str, Any] = {"use": "official"}
    if family:
        told["family"] = family
    given = [part for part in (first, middle) if part]
    if given:
        told["given"] = given
    if title:
        told["prefix"] = [title]
    if any(one[0].strip() not in ("", "SU", "FO", "MI", "TI") for one in pna.elements[5:]):
        draft.note("MAP-017", "PNA-5", "Patient")
    return told if family or given else None


def _address(adr: Segment) -> dict[str, Any] | None:
    lines = [part.strip() for part in adr.parts(2)[1:] if part.strip()]
    told: dict[str, Any] = {"line": lines} if lines else {}
    for element, value in (("city", adr.text(3)), ("postalCode", adr.text(4)), ("country", adr.text(5))):
        if value:
            told[element] = value
    return told or None
