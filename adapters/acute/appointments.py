"""Appointments (SIU: SCH, TQ1, RGS with AIS, AIG, AIL, AIP) to Appointments.

Source: HL7 v2.5.1 chapter 10 (events S12 to S26; tables 0276 to 0278). An appointment is known by the filler's number (SCH-2),
else by the placer's (SCH-1).
"""

from __future__ import annotations

import re
from datetime import timedelta
from typing import Any

from carehub.feeds.formats.hl7v2 import Field, Segment
from carehub.fhir.resource import Resource
from carehub.terms.codes import DATA_ABSENT_REASON
from carehub.terms.moments import instant, iso

from . import people
from .draft import Draft
from .places import in_words
from .source import address
from .tables import table

EVENTS = frozenset((*(f"S{number}" for number in range(12, 23)), "S26"))
_STATUSES = table("appointment_statuses")
_OF_EVENT = {"S15": "cancelled", "S16": "cancelled", "S26": "noshow"}
_DELETED = "S17"
_UNIT_MINUTES = {"MIN": 1.0, "MINUTES": 1.0, "M": 1.0, "S": 1 / 60, "SEC": 1 / 60, "H": 60.0, "HR": 60.0, "HOURS": 60.0}
_WHOLE = re.compile(r"\d{1,6}\Z", re.ASCII)
_ROLE = "http://terminology.hl7.org/CodeSystem/v3-ParticipationType"
_REASON_SYSTEM = "http://terminology.hl7.org/CodeSystem/v2-0276"
_REASONS = frozenset(("ROUTINE", "WALKIN", "CHECKUP", "FOLLOWUP", "EMERGENCY"))
# R4 rule app-3: only these statuses may stand without times. Where the sender gives none, that is said, not made up.
_TIMELESS = frozenset(("proposed", "cancelled", "waitlist"))
_ABSENT: dict[str, Any] = {"extension": [{"url": DATA_ABSENT_REASON, "valueCode": "unknown"}]}

_KINDS = {"AIS": "serviceType", "AIP": "participant.PPRF", "AIL": "participant.LOC", "AIG": "participant.DEV"}
_SCH = frozenset((1, 2, 6, 7, 9, 10, 11, 25))
_AIS, _RESOURCE = frozenset((1, 2, 3, 4, 7, 8)), frozenset((1, 2, 3, 4))


def tell(draft: Draft, event: str) -> None:
    """Put the appointment of the message into the draft. One without a number cannot be filed (MAP-004); S17 takes it back."""
    sch = draft.message.first("SCH")
    local = (sch.text(2) or (f"placer|{sch.text(1)}" if sch.text(1) else "")) if sch else ""
    if not sch or not local:
        draft.note("MAP-004", sch.place if sch else "SCH", "Appointment")
        return
    if event == _DELETED:
        draft.withdraw("Appointment", local, at="SCH")
        return
    told: dict[str, Any] = {"status": _status(draft, sch, event)}
    numbers = (("appointment", sch.text(2)), ("appointment-placer", sch.text(1)))
    told["identifier"] = [{"system": address(draft.source, space), "value": value} for space, value in numbers if value]
    _when(draft, sch, told)
    _why(draft, sch, told)
    services = [concept for ais in _booked(draft, "AIS") if (concept := draft.concept(ais.first(3), "AIS-3", "Appointment"))]
    if services:
        told["serviceType"] = services
    told["participant"] = _participants(draft)
    comment = _comment(draft)
    if comment:
        told["comment"] = comment
    draft.left_out(sch, _SCH, "Appointment")
    draft.add("Appointment", local, told, at="SCH", change="update", clears=tuple(_taken_out(draft)))


def settle(state: Resource) -> None:
    """Say that a start or end is not known where R4 asks for one, and no more once it is known. Booked again, it has no reason to be cancelled."""
    needed = state.get("status") not in _TIMELESS
    for name in ("start", "end"):
        state.pop(f"_{name}", None)
        if name not in state and (needed or ("start" in state or "end" in state)):
            state[f"_{name}"] = _ABSENT
    if state.get("status") not in ("cancelled", "noshow"):
        state.pop("cancelationReason", None)


def _status(draft: Draft, sch: Segment, event: str) -> str:
    """By the event where it decides, else SCH-25, else booked."""
    sent = sch.text(25).upper()
    if event in _OF_EVENT:
        return _OF_EVENT[event]
    row = _STATUSES.get(sent)
    if sent and not row:
        draft.note("MAP-006", "SCH-25", "Appointment")
    return row["status"] if row else "booked"


def _when(draft: Draft, sch: Segment, told: dict[str, Any]) -> None:
    """TQ1-7 and 8, else the service (AIS-4), else SCH-11. The end is told, or follows from the length; else it is not known."""
    tq1, services = draft.message.first("TQ1"), _booked(draft, "AIS")
    start = _instant(draft, tq1, 7) or next((at for ais in services if (at := _instant(draft, ais, 4))), "") or _instant(draft, sch, 11, 4)
    end = _instant(draft, tq1, 8) or _instant(draft, sch, 11, 5)
    minutes = next((found for ais in services if (found := _minutes(ais, 7, 8))), 0) or _minutes(sch, 9, 10)
    if start and not end and minutes:
        began = instant(start)
        end = iso(began + timedelta(minutes=minutes)) if began else ""
    if end and (not start or end < start):
        draft.note("MAP-010", "SCH-11", "Appointment")
        end = ""
    for name, value in (("start", start), ("end", end), ("minutesDuration", minutes)):
        if value:
            told[name] = value


def _instant(draft: Draft, segment: Segment | None, number: int, component: int = 1) -> str:
    value = instant(draft.time(segment, number, "Appointment", component)) if segment else None
    return iso(value) if value else ""


def _minutes(segment: Segment, number: int, unit: int) -> int:
    length, per = segment.text(number), _UNIT_MINUTES.get(segment.text(unit).upper() or "MIN")
    return round(int(length) * per) if per and _WHOLE.match(length) else 0


def _why(draft: Draft, sch: Segment, told: dict[str, Any]) -> None:
    """SCH-7: why it was booked; SCH-6: why it is told of, which for one that is cancelled is why."""
    field = sch.first(7)
    code = field.text(1).upper()
    if code in _REASONS:
        told["reasonCode"] = [{"coding": [{"system": _REASON_SYSTEM, "code": code}], "text": field.text(2) or field.text(1)}]
    elif concept := draft.concept(field, "SCH-7", "Appointment"):
        told["reasonCode"] = [concept]
    event = sch.first(6)
    if told["status"] in ("cancelled", "noshow") and (words := event.text(2) or event.text(1)):
        told["cancelationReason"] = {"text": words}


def _booked(draft: Draft, name: str) -> list[Segment]:
    """The segments of one kind of resource, without those that are taken out of the appointment (action code D)."""
    return [segment for segment in draft.message.all(name) if segment.text(2).upper() != "D"]


def _taken_out(draft: Draft) -> list[str]:
    """What loses one of its kind (action code D): it goes with all of its kind, as the message tells those that stay."""
    return [path for name, path in _KINDS.items() if any(segment.text(2).upper() == "D" for segment in draft.message.all(name))]


def _participants(draft: Draft) -> list[dict[str, Any]]:
    found = [_participant("SBJ", draft.subject)]
    for aip in _booked(draft, "AIP"):
        for field in aip.repeats(3):
            reference = people.practitioner(draft, field, "AIP-3")
            if reference:
                found.append(_participant("PPRF", {"reference": reference}))
        draft.left_out(aip, _RESOURCE, "Appointment")
    for ail in _booked(draft, "AIL"):
        words = in_words(ail.first(3))
        if words:
            found.append(_participant("LOC", {"display": words}))
        draft.left_out(ail, _RESOURCE, "Appointment")
    for aig in _booked(draft, "AIG"):
        words = _name(aig.first(3))
        if words:
            found.append(_participant("DEV", {"display": words}))
        draft.left_out(aig, _RESOURCE, "Appointment")
    for ais in draft.message.all("AIS"):
        draft.left_out(ais, _AIS, "Appointment")
    return found


def _name(field: Field) -> str:
    return field.text(2) or field.text(1)


def _participant(role: str, actor: dict[str, str]) -> dict[str, Any]:
    return {"type": [{"coding": [{"system": _ROLE, "code": role}]}], "actor": actor, "status": "accepted"}


def _comment(draft: Draft) -> str:
    """The notes of the appointment and of what is booked with it, in order."""
    notes = [field.whole() for nte in draft.message.all("NTE") for field in nte.repeats(3)]
    return "\n".join(dict.fromkeys(note for note in notes if note.strip()))
