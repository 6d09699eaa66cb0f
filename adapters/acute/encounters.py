"""The visit (PV1, PV2) as each event tells it: an Encounter that is opened, moved, closed, cancelled.

Source: HL7 v2.5.1 chapter 3 (PV1, PV2; for the events see visit_events); NHS Data Model and Dictionary for admission and discharge codes.
"""

from __future__ import annotations

from functools import lru_cache
from typing import Any

from carehub.feeds.formats.hl7v2 import DELETED, Hl7Message, Segment
from carehub.feeds.formats.hl7v2_text import Delimiters
from carehub.terms.codes import ukcore
from carehub.terms.organisations import SourceOrganisation
from carehub.terms.refs import RecordRef

from . import labels, people, periods, visit_events
from .draft import Draft, Portion
from .places import in_words
from .source import address, as_reference
from .tables import table
from .timing import event_time, moment

ADMISSION_METHOD, DISCHARGE_METHOD = ukcore("Extension:AdmissionMethod"), ukcore("Extension:DischargeMethod")
# R4 has no place for a planned date; these are the elements of R5, as extensions.
PLANNED_START, PLANNED_END = (
    f"http://hl7.org/fhir/5.0/StructureDefinition/extension-Encounter.planned{part}Date" for part in ("Start", "End")
)
_ENGLAND = "https://fhir.hl7.org.uk/CodeSystem/UKCore-"
_V3_ACT = "http://terminology.hl7.org/CodeSystem/v3-ActCode"
_PARTICIPATION = "http://terminology.hl7.org/CodeSystem/v3-ParticipationType"
_SERVICE = "http://terminology.hl7.org/CodeSystem/v2-0069"
_PARTICIPANTS = ((7, "ATND", "attender"), (8, "REF", "referrer"), (9, "CON", "consultant"), (17, "ADM", "admitter"))

_CLASSES, _SERVICES = table("patient_classes"), table("hospital_services")
_ADMISSION_METHODS, _ADMISSION_SOURCES = table("admission_methods"), table("admission_sources")
_DISCHARGE_METHODS, _DESTINATIONS = table("discharge_methods"), table("discharge_destinations")

_PV1 = frozenset((1, 2, 3, 4, 6, 7, 8, 9, 10, 14, 16, 17, 19, 36, 37, 44, 45, 50))
_PV2 = frozenset((3, 8, 9, 22))
_CANCELLED_END = ("period.end", "hospitalization.dischargeDisposition", f"extension.{DISCHARGE_METHOD}")
_DELETED = {10: "serviceType", 14: "hospitalization.admitSource", 37: "hospitalization.dischargeDisposition", 44: "period.start"}
_DELETED |= {4: f"hospitalization.extension.{ADMISSION_METHOD}", 36: f"extension.{DISCHARGE_METHOD}", 45: "period.end"}


def died(pv1: Segment | None) -> bool:
    """True where the discharge method (PV1-36) is a death: national codes 4 and 5."""
    row = _DISCHARGE_METHODS.get(pv1.text(36)) if pv1 else None
    return bool(row and row["died"])


def tell(draft: Draft, pv1: Segment, event: str) -> None:
    """Put the Encounter of PV1 into the draft, as far as this event tells it; draft.encounter is its reference, draft.visit its name.

    A visit that cannot be told from the patient's others (no visit number, no admission time) is not filed: noted as MAP-004 where the
    event is about the visit, or where PV1 says more than that there is none. A document stands without its visit (MAP-017).
    """
    restricted = labels.of_visit(draft, pv1) if event[:1] == "A" else ()
    local = name(pv1) or (_opening(draft, event) if event in visit_events.OPENS else "")
    if not local:
        if event[:1] == "T":
            draft.note("MAP-017", "PV1", "Encounter")
        elif event in visit_events.ABOUT_A_VISIT or pv1.text(2).upper() not in ("", "N", "U"):
            draft.note("MAP-004", pv1.place, "Encounter")
        if restricted:
            draft.note("MAP-017", "ARV-3", "Encounter")
        return
    draft.visit = local
    if event == "A23":
        draft.withdraw("Encounter", local, at="PV1")
        return
    told = _lasting(draft, pv1)
    clears = [path for number, path in _DELETED.items() if pv1.deleted(number)] if DELETED in pv1.fields else []
    _status(draft, pv1, event, told, clears)
    _end_of_stay(draft, pv1, event, told)
    _locations(draft, pv1, event, told, clears)
    pv2 = draft.message.first("PV2")
    protected = [*restricted, *labels.important(draft, pv1)]
    if pv2:
        _reason(draft, pv2, told)
        protected += labels.yes_or_no(draft, pv2, 22, "Encounter", clears)
    _plans(draft, pv1, pv2, event, told, clears)
    draft.left_out(pv1, _PV1, "Encounter")
    draft.encounter = draft.add("Encounter", local, told, at="PV1", change="update", clears=tuple(clears), labels=protected)


# What PV1 says of a visit whatever happens in it, and so says again with every event.
_LASTING = (2, 4, 7, 8, 9, 10, 14, 17, 19, 50)


def _lasting(draft: Draft, pv1: Segment) -> dict[str, Any]:
    portion, told = _of_visit(draft.source, draft.patient, draft.message.delimiters, tuple([pv1.raw(number) for number in _LASTING]))
    draft.take(portion)
    return dict(told)


@lru_cache(maxsize=4096)
def _of_visit(
    source: SourceOrganisation, patient: RecordRef, delimiters: Delimiters, fields: tuple[str, ...]
) -> tuple[Portion, dict[str, Any]]:
    draft = Draft(Hl7Message([], delimiters, ()), source, patient)
    said = dict(zip(_LASTING, fields, strict=True))
    pv1 = Segment("PV1", 1, [said.get(number, "") for number in range(max(_LASTING) + 1)], delimiters)
    told: dict[str, Any] = {"subject": draft.subject, "serviceProvider": as_reference(source)}
    number = pv1.text(19) or pv1.text(50)
    if number:
        told["identifier"] = [{"system": address(source, "visit"), "value": number}]
    _class(draft, pv1, told)
    _hospital_service(draft, pv1, told)
    _participants(draft, pv1, told)
    _admission(draft, pv1, told)
    return draft.portion(), told


def name(pv1: Segment) -> str:
    """What the visit goes by: PV1-19, else PV1-50, else the time of admission; "" without any."""
    number = pv1.text(19) or pv1.text(50)
    started = moment(pv1.text(44))
    return number or (f"from|{started}" if started else "")


def _opening(draft: Draft, event: str) -> str:
    started = event_time(draft.message, event)
    return f"from|{started}" if started else ""


def _status(draft: Draft, pv1: Segment, event: str, told: dict[str, Any], clears: list[str]) -> None:
    status = visit_events.STATUSES.get(event, "")
    start = "" if status == "planned" else draft.time(pv1, 44, "Encounter")
    end = "" if event in visit_events.NO_END else draft.time(pv1, 45, "Encounter")
    if event in visit_events.OPENS:
        start = start or event_time(draft.message, event)
    elif event == "A03":
        end = end or event_time(draft.message, event)
    if event == "A13":
        clears.extend(_CANCELLED_END)
    if end:
        status = "finished"
    if start and end and periods.contradictory(start, end):
        draft.note("MAP-010", "PV1-45", "Encounter")
    if status:
        told["status"] = status
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


def _admission(draft: Draft, pv1: Segment, told: dict[str, Any]) -> None:
    stay: dict[str, Any] = {}
    method = _national(draft, pv1, 4, _ADMISSION_METHODS, "AdmissionMethodEngland")
    if method:
        stay["extension"] = [{"url": ADMISSION_METHOD, "valueCodeableConcept": method}]
    came_from = _national(draft, pv1, 14, _ADMISSION_SOURCES, "SourceOfAdmissionEngland")
    if came_from:
        stay["admitSource"] = came_from
    if stay:
        told["hospitalization"] = stay


def _end_of_stay(draft: Draft, pv1: Segment, event: str, told: dict[str, Any]) -> None:
    if event in visit_events.NO_END:
        return
    went_to = _national(draft, pv1, 37, _DESTINATIONS, "DischargeDestinationEngland")
    if went_to:
        told["hospitalization"] = {**told.get("hospitalization", {}), "dischargeDisposition": went_to}
    left = _national(draft, pv1, 36, _DISCHARGE_METHODS, "DischargeMethodEngland")
    if left:
        told["extension"] = [{"url": DISCHARGE_METHOD, "valueCodeableConcept": left}]


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
    here = "" if event in visit_events.NO_PLACE else _place(pv1, 3)
    if not here:
        return
    entry: dict[str, Any] = {"location": {"display": here}}
    since = event_time(draft.message, event) if event in visit_events.ARRIVES else ""
    if since:
        entry["period"] = {"start": since}
    before = _place(pv1, 6) if event in visit_events.MOVES else ""
    told["location"] = [{"location": {"display": before}}, entry] if before and before != here else [entry]


def _place(pv1: Segment, number: int) -> str:
    if not pv1.raw(number):
        return ""
    return in_words(pv1.first(number))


def _reason(draft: Draft, pv2: Segment, told: dict[str, Any]) -> None:
    concept = draft.concept(pv2.first(3), "PV2-3", "Encounter")
    if concept:
        told["reasonCode"] = [concept]
    draft.left_out(pv2, _PV2, "Encounter")


def _plans(draft: Draft, pv1: Segment, pv2: Segment | None, event: str, told: dict[str, Any], clears: list[str]) -> None:
    """The expected dates of admission and discharge: PV2-8 and PV2-9; of an event about a plan, else PV1-44 and EVN-3."""
    evn = draft.message.first("EVN")
    start = draft.time(pv2, 8, "Encounter") if pv2 else ""
    end = draft.time(pv2, 9, "Encounter") if pv2 and event != "A25" else ""
    if event in ("A05", "A14"):
        start = start or draft.time(pv1, 44, "Encounter") or (moment(evn.text(3)) if evn else "")
    elif event == "A16":
        end = end or (moment(evn.text(3)) if evn else "")
    elif event == "A25":
        clears.append(f"extension.{PLANNED_END}")
    planned = [{"url": url, "valueDateTime": when} for url, when in ((PLANNED_START, start), (PLANNED_END, end)) if when]
    if planned:
        told["extension"] = [*told.get("extension", ()), *planned]
