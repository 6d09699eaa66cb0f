"""Care contacts (CYP201) and what was done and found in them (CYP202)."""

from __future__ import annotations

import re
from datetime import datetime, timedelta
from decimal import Decimal

from carehub.fhir.resource import Resource
from carehub.terms.codes import UCUM

from .csds_people import observation
from .csds_row import CsdsRow
from .naming import NO_PLACE, ODS_SITE, organisation

_CLASSES = {
    "AMB": {"system": "http://terminology.hl7.org/CodeSystem/v3-ActCode", "code": "AMB", "display": "ambulatory"},
    "HH": {"system": "http://terminology.hl7.org/CodeSystem/v3-ActCode", "code": "HH", "display": "home health"},
    "VR": {"system": "http://terminology.hl7.org/CodeSystem/v3-ActCode", "code": "VR", "display": "virtual"},
}
# How the contact went: seen, or in which way it did not take place (NHS Data Dictionary, ATTENDANCE STATUS).
_SEEN = frozenset(("5", "6"))
_NOT_SEEN = {"0": "booked", "2": "cancelled", "3": "noshow", "4": "cancelled", "7": "noshow"}
_NUMBER = re.compile(r"[+-]?\d{1,15}(?:\.\d{1,10})?\Z", re.ASCII)
_UCUM = re.compile(r"[!-~]{1,40}\Z", re.ASCII)
_MINUTES = re.compile(r"\d{1,4}(?:\.0+)?\Z", re.ASCII)


def contact(row: CsdsRow) -> None:
    """CYP201: an Encounter when the person was seen, or when it is not said; an Appointment when they were not, or not yet."""
    row.patient()
    known = row.text("contact")
    if not known:
        row.note("MAP-004", "contact", "Encounter")
        return
    status = row.text("attendance")
    if status in _NOT_SEEN:
        _appointment(row, known, _NOT_SEEN[status])
    else:
        if status and status not in _SEEN:
            row.note("MAP-006", "attendance", "Encounter")
        _encounter(row, known, "finished" if status in _SEEN else "unknown")


def _encounter(row: CsdsRow, known: str, status: str) -> None:
    mechanism = row.national("mechanism", "consultation-mechanism", "Encounter") or row.national(
        "medium", "consultation-medium", "Encounter"
    )
    place = row.text("place").upper()
    way = (row.text("mechanism") or row.text("medium")).zfill(2)
    told: Resource = {"identifier": [row.known("care-contact", known)], "status": status}
    told["class"] = _CLASSES["VR" if way not in ("00", "01") else "HH" if place.startswith("A0") else "AMB"]
    kinds = [mechanism, row.national("type", "consultation-type", "Encounter")]
    if row.text("group").upper() == "Y":
        kinds.append({"text": "Group session"})
    if any(kinds):
        told["type"] = [kind for kind in kinds if kind]
    told["subject"] = row.draft.subject
    if referral := row.link("referral"):
        told["basedOn"] = [row.pointer("ServiceRequest", "referral", referral)]
        told["episodeOfCare"] = [row.pointer("EpisodeOfCare", "referral", referral)]
    if team := row.text("team"):
        told["participant"] = [
            {"individual": {"type": "PractitionerRole", "identifier": row.known("team", team), "display": f"Team {team}"}}
        ]
    if period := _period(row):
        told["period"] = period
    if reason := row.national("subject", "care-contact-subject", "Encounter", "Contact subject"):
        told["reasonCode"] = [reason]
    if where := _place(row):
        told["location"] = [{"location": where}]
    told["serviceProvider"] = row.provider()
    row.add("Encounter", known, told)


def _appointment(row: CsdsRow, known: str, status: str) -> None:
    """What did not take place, or not yet. Appointment.participant is required; the person is its one participant."""
    part = "accepted" if status == "booked" else "declined" if status == "cancelled" else "needs-action"
    told: Resource = {"identifier": [row.known("care-contact", known)], "status": status}
    if status == "cancelled":
        reason = row.national("cancel_reason", "cancellation-reason", "Appointment", "Cancellation reason")
        how = row.national("attendance", "attendance", "Appointment")
        if reason or how:
            told["cancelationReason"] = reason or how
        if reason and how:
            told["comment"] = how["text"]
    elif how := row.national("attendance", "attendance", "Appointment"):
        told["comment"] = how["text"]
    if kind := row.national("mechanism", "consultation-mechanism", "Appointment") or row.national(
        "medium", "consultation-medium", "Appointment"
    ):
        told["appointmentType"] = kind
    if when := row.moment("date", "time", "Appointment"):
        if "T" in when:
            told["start"] = when
            told["end"] = _later(when, row.text("minutes")) or when
        else:
            told["requestedPeriod"] = [{"start": when, "end": when}]
    later = [f"{words} {date}" for name, words in _DATES if (date := row.date(name, "Appointment"))]
    if later:
        told["patientInstruction"] = "; ".join(later)
    if referral := row.link("referral"):
        told["basedOn"] = [row.pointer("ServiceRequest", "referral", referral)]
    told["participant"] = [{"actor": row.draft.subject, "status": part}]
    row.add("Appointment", known, told)


_DATES = (
    ("cancelled", "Cancelled on"),
    ("replaced_offer", "Replacement offered for"),
    ("replaced", "Replacement booked for"),
)


def _period(row: CsdsRow) -> Resource | None:
    when = row.moment("date", "time", "Encounter")
    if not when:
        return None
    end = _later(when, row.text("minutes")) if "T" in when else ""
    return {"start": when} | ({"end": end} if end else {})


def _later(when: str, minutes: str) -> str:
    if not _MINUTES.match(minutes):
        return ""
    return (datetime.fromisoformat(when) + timedelta(minutes=int(minutes.partition(".")[0]))).isoformat()


def _place(row: CsdsRow) -> Resource | None:
    site = row.text("site").upper()
    kind = row.national("place", "activity-location", "Encounter", "Location type") if row.text("place") else None
    words = kind["text"] if kind else ""
    if site and site not in NO_PLACE:
        return {"type": "Location", "identifier": {"system": ODS_SITE, "value": site}, "display": ", ".join(p for p in (words, site) if p)}
    return {"type": "Location", "display": words} if words else None


def activity(row: CsdsRow) -> None:
    """CYP202: a Procedure for the activity or its coded procedure; an Observation each for a coded finding and a coded observation."""
    row.patient()
    known = row.text("activity")
    if not known:
        row.note("MAP-004", "activity", "Procedure")
        return
    who = staff(row)
    when = row.contact_moment
    code = row.clinical("procedure", "procedure_scheme", "procedure", "Procedure")
    kind = row.national("type", "community-care-activity-type", "Procedure", "Activity type")
    if code or kind:
        told: Resource = {"identifier": [row.known("care-activity", known)], "status": "completed"}
        told["code"] = code or kind
        if code and kind:
            told["category"] = kind
        told["subject"] = row.draft.subject
        if contact := row.link("contact"):
            told["encounter"] = row.pointer("Encounter", "care-contact", contact)
        if when:
            told["performedDateTime"] = when
        told["performer"] = [{"actor": who or row.provider()}]
        if minutes := row.text("minutes"):
            told["note"] = [{"text": f"Minutes: {minutes}"}]
        row.add("Procedure", known, told)
    if finding := row.clinical("finding", "finding_scheme", "finding", "Observation"):
        observation(row, f"finding|{known}", finding, {}, when)
    if seen := row.clinical("observation", "observation_scheme", "observation", "Observation"):
        observation(row, f"observation|{known}", seen, measured(row), when)
    elif row.text("value"):
        row.note("MAP-004", "observation", "Observation")


def measured(row: CsdsRow) -> Resource:
    """OBSERVATION VALUE is text: a number with its unit where it is one, else words."""
    sent, unit = row.text("value"), row.text("unit")
    if not sent:
        return {}
    if _NUMBER.match(sent):
        told: Resource = {"value": Decimal(sent)}
        if unit:
            told["unit"] = unit
            if _UCUM.match(unit):
                told |= {"system": UCUM, "code": unit}
        return {"valueQuantity": told}
    return {"valueString": f"{sent} {unit}".strip()}


def staff(row: CsdsRow) -> Resource | None:
    """The member of staff that the row names, with what CYP901 says of them."""
    local = row.text("staff")
    if not local:
        return None
    told = row.links.get("staff")
    held = told if isinstance(told, dict) and all(isinstance(v, str) for v in told.values()) else {}
    identifiers = [row.known("staff", local)]
    if entry := held.get("entry", ""):
        body = held.get("body", "").zfill(2)
        gmc = body == "03"  # NHS Data Dictionary, PROFESSIONAL REGISTRATION BODY CODE: General Medical Council
        space = "https://fhir.hl7.org.uk/Id/gmc-number" if gmc else row.draft.space("registration", body)
        identifiers.append({"system": space, "value": entry})
    elements: Resource = {"identifier": identifiers, "name": [{"text": f"Staff member {local}"}]}
    job = held.get("job") or held.get("group") or held.get("occupation")
    if job:
        elements["qualification"] = [{"code": {"text": f"Job, staff group or occupation code {job}"}}]
    return {"reference": row.add("Practitioner", local, elements)}


__all__ = ["activity", "contact", "measured", "organisation", "staff"]
