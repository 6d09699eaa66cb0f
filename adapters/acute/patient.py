"""The patient (PID) and their practice (PD1).

Source: HL7 v2.5.1 chapter 3; NHS Data Model and Dictionary for sex, ethnic category and marital status. An empty field says nothing and
leaves what was known; `""` deletes it.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import Any

from carehub.feeds.formats.hl7v2 import DELETED, Field, Segment
from carehub.terms.codes import ukcore
from carehub.terms.organisations import ODS_SYSTEM

from . import labels, people
from .draft import Draft, Label
from .identity import identity
from .source import address
from .tables import table
from .timing import day

ETHNIC_CATEGORY = ukcore("Extension:EthnicCategory")
_ETHNIC_SYSTEM = "https://fhir.hl7.org.uk/CodeSystem/UKCore-EthnicCategoryEngland"
_MAIDEN = "http://hl7.org/fhir/StructureDefinition/patient-mothersMaidenName"
_MARITAL = "http://terminology.hl7.org/CodeSystem/v3-MaritalStatus"

SEXES, _ETHNICITIES, _MARITAL_STATUSES = table("sexes"), table("ethnic_categories"), table("marital_statuses")
_ODS_PRACTICE = re.compile(r"[A-Z][0-9]{5}\Z")

_PID = frozenset((1, 2, 3, 5, 6, 7, 8, 10, 11, 13, 14, 16, 22, 29, 30, 32))
_PD1 = frozenset((3, 4, 12))
_DELETED: dict[int, tuple[str, ...]] = {
    5: ("name",),
    7: ("birthDate",),
    8: ("gender",),
    11: ("address",),
    13: ("telecom.home",),
    14: ("telecom.work",),
}
_DELETED |= {
    16: ("maritalStatus",),
    22: (f"extension.{ETHNIC_CATEGORY}",),
    10: (f"extension.{ETHNIC_CATEGORY}",),
    6: (f"extension.{_MAIDEN}",),
}
_DELETED |= {29: ("deceasedDateTime",), 30: ("deceasedBoolean", "deceasedDateTime")}
# Events by which the patient register itself speaks: PID-3 is its full list, so a number that is missing has been taken away.
_REGISTER_EVENTS = frozenset(("A08", "A28", "A31", "A47"))


def as_register(event: str) -> str:
    """The event as far as it says more of the patient than PID and PD1 do; "" for most."""
    return event if event in _REGISTER_EVENTS or event == "A29" else ""


def tell(
    draft: Draft,
    event: str,
    died: bool,
    revived: bool,
    restricted: tuple[Label, ...] = (),
    links: Sequence[dict[str, Any]] = (),
    superseded: Sequence[dict[str, Any]] = (),
) -> None:
    """Put the Patient of PID and PD1 into the draft. event: see as_register.

    died: the visit ended in death (discharge method). revived: that end was cancelled, so a death known from nothing else is withdrawn.
    restricted: labels from segments beside these two. links: to the records merged into this one. superseded: numbers the patient had
    before. A29 takes a person off the register: the record stays, not active, and A28 puts them back.
    """
    pid = draft.message.all("PID")[0]
    who = identity(pid, draft.source, draft.message.delimiters)
    if who.refused:
        draft.note("MAP-009", "PID-3", "Patient", who.refused)
    told: dict[str, Any] = {"identifier": [*who.identifiers, *superseded]}
    clears: list[str] = []
    if DELETED in pid.fields:
        clears.extend(path for number, paths in _DELETED.items() if pid.deleted(number) for path in paths)
    if event in _REGISTER_EVENTS:
        clears.append("identifier")
    if event == "A29":
        told["active"] = False
    elif event == "A28":
        clears.append("active")
    _demographics(draft, pid, told)
    _death(draft, pid, told, clears, died=died, revived=revived)
    practice = draft.message.first("PD1")
    protected = list(restricted)
    if practice:
        _general_practice(draft, practice, told, clears)
        protected += labels.yes_or_no(draft, practice, 12, "Patient", clears)
    if links:
        told["link"] = list(links)
    draft.left_out(pid, _PID, "Patient")
    draft.add("Patient", "", told, at="PID", change="update", clears=tuple(clears), labels=protected)


def _demographics(draft: Draft, pid: Segment, told: dict[str, Any]) -> None:
    names = [named for field in pid.repeats(5) if (named := people.name(field))]
    if names:
        told["name"] = names
    born = pid.text(7)
    if born:
        date = day(born)
        if date:
            told["birthDate"] = date
        else:
            draft.note("MAP-010", "PID-7", "Patient")
    sex = pid.text(8)
    if sex:
        row = SEXES.get(sex.upper())
        if row:
            told["gender"] = row["gender"]
        else:
            draft.note("MAP-006", "PID-8", "Patient")
    places = [place for field in pid.repeats(11) if (place := people.address(field))]
    if places:
        told["address"] = places
    reached = [point for field in pid.repeats(13) if (point := people.telecom(field, "home"))]
    reached += [point for field in pid.repeats(14) if (point := people.telecom(field, "work"))]
    if reached:
        told["telecom"] = reached
    married = pid.first(16)
    if married.text(1):
        told["maritalStatus"] = _marital(draft, married)
    extensions = [found for found in (_ethnicity(draft, pid), _maiden_name(pid)) if found]
    if extensions:
        told["extension"] = extensions


def _marital(draft: Draft, field: Field) -> dict[str, Any]:
    code, words = field.text(1), field.text(2)
    row = _MARITAL_STATUSES.get(code.upper())
    if not row:
        # P is separated in one national list and partner in the standard's own: kept as sent.
        draft.note("MAP-006", "PID-16", "Patient")
        return {"coding": [draft.local_coding(code, words, "marital-status")], "text": words or code}
    return {"coding": [{"system": _MARITAL, "code": row["code"]}], "text": words or row["words"]}


def _ethnicity(draft: Draft, pid: Segment) -> dict[str, Any] | None:
    """PID-22 or PID-10, whichever holds a national letter; otherwise what was sent, in the sender's words."""
    other: tuple[int, Field] | None = None
    for number in (22, 10):
        for field in pid.repeats(number):
            code = field.text(1)
            if row := _ETHNICITIES.get(code.upper()):
                concept = {"coding": [{"system": _ETHNIC_SYSTEM, "code": row["sent"]}], "text": field.text(2) or row["words"]}
                return {"url": ETHNIC_CATEGORY, "valueCodeableConcept": concept}
            if other is None and (code or field.text(2)):
                other = (number, field)
    sent = draft.concept(other[1], f"PID-{other[0]}", "Patient") if other else None
    return {"url": ETHNIC_CATEGORY, "valueCodeableConcept": sent} if sent else None


def _maiden_name(pid: Segment) -> dict[str, Any] | None:
    family = pid.text(6)
    return {"url": _MAIDEN, "valueString": family} if family else None


def _death(draft: Draft, pid: Segment, told: dict[str, Any], clears: list[str], *, died: bool, revived: bool) -> None:
    when, indicator = draft.time(pid, 29, "Patient"), pid.text(30).upper()
    if when:
        told["deceasedDateTime"] = when
    elif indicator in ("Y", "YES") or died:
        told["deceasedBoolean"] = True
    elif indicator in ("N", "NO"):
        told["deceasedBoolean"] = False
    elif revived:
        clears.append("deceasedBoolean")


def _general_practice(draft: Draft, pd1: Segment, told: dict[str, Any], clears: list[str]) -> None:
    for number, kind in ((3, "Organization"), (4, "Practitioner")):
        if pd1.deleted(number):
            clears.append(f"generalPractitioner.{kind}")
    found = []
    practice = pd1.first(3)
    title, code = practice.text(1), practice.text(3) or practice.text(10)
    if title or code:
        elements: dict[str, Any] = {}
        if code:
            system = ODS_SYSTEM if _ODS_PRACTICE.match(code) else address(draft.source, "organisation")
            elements["identifier"] = [{"system": system, "value": code}]
        elements["name"] = title or code
        found.append({"reference": draft.add("Organization", code or f"name|{title}", elements, at="PD1-3"), "display": title or code})
    doctor = people.practitioner(draft, pd1.first(4), "PD1-4")
    if doctor:
        found.append({"reference": doctor})
    if found:
        told["generalPractitioner"] = found
    draft.left_out(pd1, _PD1, "Patient")
