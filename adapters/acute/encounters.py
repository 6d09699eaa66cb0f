"""The visit (PV1, PV2) as each event tells it: an Encounter that is opened, moved, closed, cancelled.

Source: HL7 v2.5.1 chapter 3 (events A01 to A13, PV1, PV2); NHS Data Model and Dictionary for admission and discharge codes.
"""

from __future__ import annotations

from typing import Any

from carehub.feeds.formats.hl7v2 import DELETED, Segment
from carehub.terms.codes import ukcore

from . import people
from .draft import Draft
from .source import address, as_reference
from .tables import table
from .timing import moment

ADMISSION_METHOD, DISCHARGE_METHOD = ukcore("Extension:AdmissionMethod"), ukcore("Extension:DischargeMethod")
_ENGLAND = "https://fhir.hl7.org.uk/CodeSystem/UKCore-"
_V3_ACT = "http://terminology.hl7.org/CodeSystem/v3-ActCode"
_PARTICIPATION = "http://terminology.hl7.org/CodeSystem/v3-ParticipationType"
_SERVICE = "http://terminology.hl7.org/CodeSystem/v2-0069"
_PARTICIPANTS = ((7, "ATND", "attender"), (8, "REF", "referrer"), (9, "CON", "consultant"), (17, "ADM", "admitter"))

_CLASSES, _SERVICES = table("patient_classes"), table("hospital_services")
_ADMISSION_METHODS, _ADMISSION_SOURCES = table("admission_methods"), table("admission_sources")
_DISCHARGE_METHODS, _DESTINATIONS = table("discharge_methods"), table("discharge_destinations")

_PV1 = frozenset((1, 2, 3, 4, 6, 7, 8, 9, 10, 14, 17, 19, 36, 37, 44, 45, 50))
_PV2 = frozenset((3,))
_OPENS = frozenset(("A01", "A04"))
# What these events say about the stay's end is the end that they cancel, or no end at all.
_CANCELS = frozenset(("A11", "A12", "A13"))
_VISIT_EVENTS = frozenset(("A01", "A02", "A03", "A04", "A11", "A12", "A13"))
_CANCELLED_END = ("period.end", "hospitalization.dischargeDisposition", f"extension.{DISCHARGE_METHOD}")
_DELETED = {10: "serviceType", 14: "hospitalization.admitSource", 37: "hospitalization.dischargeDisposition", 44: "period.start"}
_DELETED |= {4: f"hospitalization.extension.{ADMISSION_METHOD}", 36: f"extension.{DISCHARGE_METHOD}", 45: "period.end"}


def died(pv1: Segment | None) -> bool:
    """True where the discharge method (PV1-36) is a death: national codes 4 and 5."""
    row = _DISCHARGE_METHODS.get(pv1.text(36)) if pv1 else None
    return bool(row and row["died"])


def tell(draft: Draft, pv1: Segment, event: str) -> None:
    """Put the Encounter of PV1 into the draft, as far as this event tells it; draft.encounter is its reference.

    A visit that cannot be told from the patient's others (no visit number, no admission time) is not filed: noted as MAP-004 where the
    event is about the visit, or where PV1 says more than that there is none.
    """
    local = _visit(pv1) or (_opening(draft, event) if event in _OPENS else "")
    if not local:
        if event in _VISIT_EVENTS or pv1.text(2).upper() not in ("", "N", "U"):
            draft.note("MAP-004", pv1.place, "Encounter")
        return
    told: dict[str, Any] = {"subject": draft.subject, "serviceProvider": as_reference(draft.source)}
    clears = [path for number, path in _DELETED.items() if pv1.deleted(number)] if DELETED in pv1.fields else []
    number = pv1.text(19) or pv1.text(50)
    if number:
        told["identifier"] = [{"system": address(draft.source, "visit"), "value": number}]
    _status(draft, pv1, event, told, clears)
    _class(draft, pv1, told)
    _hospital_service(draft, pv1, told)
    _participants(draft, pv1, told)
    _stay(draft, pv1, event, told)
    _locations(draft, pv1, event, told, clears)
    _reason(draft, told)
    draft.left_out(pv1, _PV1, "Encounter")
    draft.encounter = draft.add("Encounter", local, told, at="PV1", change="update", clears=tuple(clears))


def _visit(pv1: Segment) -> str:
    number = pv1.text(19) or pv1.text(50)
    started = moment(pv1.text(44))
    return number or (f"from|{started}" if started else "")


def _opening(draft: Draft, event: str) -> str:
    started = _event_time(draft)
    return f"from|{started}" if started else ""


def _event_time(draft: Draft) -> str:
    evn = draft.message.first("EVN")
    return (moment(evn.text(6)) or moment(evn.text(2)) if evn else "") or moment(draft.message.header.text(7))


def _status(draft: Draft, pv1: Segment, event: str, told: dict[str, Any], clears: list[str]) -> None:
    start, end = draft.time(pv1, 44, "Encounter"), "" if event in _CANCELS else draft.time(pv1, 45, "Encounter")
    if event in _OPENS:
        start = start or _event_time(draft)
    elif event == "A03":
        end = end or _event_time(draft)
    if event == "A11":
        told["status"] = "cancelled"
    elif event == "A13":
        told["status"] = "in-progress"
        clears.extend(_CANCELLED_END)
    elif event == "A03" or end:
        told["status"] = "finished"
    elif event in _OPENS:
        told["status"] = "in-progress"
    period = {name: value for name, value in (("start", start), ("end", end)) if value}
    if period:
        told["period"] = period


def _class(draft: Draft, pv1: Segment, told: dict[str, Any]) -> None:
    code = pv1.text(2)
    if not code:
        return
    row = _CLASSES.get(code.upper())
    if row:
        told["class"] = {"system": _V3_ACT, "code": row["class"], "display": row["words"]}
    else:
        draft.note("MAP-006", "PV1-2", "Encounter")
        told["class"] = draft.local_coding(code, pv1.text(2, 2), "patient-class")


def _hospital_service(draft: Draft, pv1: Segment, told: dict[str, Any]) -> None:
    field = pv1.first(10)
    row = _SERVICES.get(field.text(1).upper())
    if row:
        # The national treatment function codes have no address in UK Core, so they stay the sender's, in words everybody reads.
        national = row["list"] == "treatment-function"
        listed = draft.local_coding(row["sent"], row["words"], row["list"]) if national else {"system": _SERVICE, "code": row["sent"]}
        told["serviceType"] = {"coding": [listed], "text": field.text(2) or row["words"]}
    elif concept := draft.concept(field, "PV1-10", "Encounter"):
        told["serviceType"] = concept


def _participants(draft: Draft, pv1: Segment, told: dict[str, Any]) -> None:
    found = []
    for number, code, words in _PARTICIPANTS:
        for field in pv1.repeats(number):
            reference = people.practitioner(draft, field, f"PV1-{number}")
            if reference:
                role = {"coding": [{"system": _PARTICIPATION, "code": code, "display": words}]}
                found.append({"type": [role], "individual": {"reference": reference}})
    if found:
        told["participant"] = found


def _stay(draft: Draft, pv1: Segment, event: str, told: dict[str, Any]) -> None:
    stay: dict[str, Any] = {}
    method = _national(draft, pv1, 4, _ADMISSION_METHODS, "AdmissionMethodEngland")
    if method:
        stay["extension"] = [{"url": ADMISSION_METHOD, "valueCodeableConcept": method}]
    came_from = _national(draft, pv1, 14, _ADMISSION_SOURCES, "SourceOfAdmissionEngland")
    if came_from:
        stay["admitSource"] = came_from
    if event not in _CANCELS:
        went_to = _national(draft, pv1, 37, _DESTINATIONS, "DischargeDestinationEngland")
        if went_to:
            stay["dischargeDisposition"] = went_to
        left = _national(draft, pv1, 36, _DISCHARGE_METHODS, "DischargeMethodEngland")
        if left:
            told["extension"] = [{"url": DISCHARGE_METHOD, "valueCodeableConcept": left}]
    if stay:
        told["hospitalization"] = stay


def _national(draft: Draft, pv1: Segment, number: int, codes: dict[str, dict[str, str]], system: str) -> dict[str, Any] | None:
    if not pv1.raw(number):
        return None
    field = pv1.first(number)
    row = codes.get(field.text(1).upper())
    if row:
        return {"coding": [{"system": f"{_ENGLAND}{system}", "code": row["sent"]}], "text": field.text(2) or row["words"]}
    return draft.concept(field, f"PV1-{number}", "Encounter")


def _locations(draft: Draft, pv1: Segment, event: str, told: dict[str, Any], clears: list[str]) -> None:
    """PV1-3, and on a transfer where from (PV1-6). See folding.py for the history that these build."""
    if event == "A12":
        clears.append("location.last")
    here = _place(pv1, 3)
    if not here:
        return
    entry: dict[str, Any] = {"location": {"display": here}}
    since = _event_time(draft) if event in ("A01", "A02", "A04") else ""
    if since:
        entry["period"] = {"start": since}
    before = _place(pv1, 6) if event == "A02" else ""
    told["location"] = [{"location": {"display": before}}, entry] if before and before != here else [entry]


def _place(pv1: Segment, number: int) -> str:
    """A PL in words: point of care, room, bed, building, floor, facility."""
    if not pv1.raw(number):
        return ""
    field = pv1.first(number)
    parts = (field.text(1), field.text(2), field.text(3), field.text(7), field.text(8), field.text(4))
    return ", ".join(part for part in parts if part)


def _reason(draft: Draft, told: dict[str, Any]) -> None:
    pv2 = draft.message.first("PV2")
    if pv2:
        concept = draft.concept(pv2.first(3), "PV2-3", "Encounter")
        if concept:
            told["reasonCode"] = [concept]
        draft.left_out(pv2, _PV2, "Encounter")
