"""The person columns: Patient, what is known of how they live (Observations), and why they are supported (Condition)."""

from __future__ import annotations

import re
from functools import lru_cache
from typing import Any, NamedTuple

from carehub.terms import nhs_number
from carehub.terms.codes import ukcore
from carehub.terms.errors import Unmappable
from carehub.terms.issue_catalogue import issue
from carehub.terms.organisations import ODS_SYSTEM, SourceOrganisation
from carehub.terms.refs import RecordRef

from .dates import born, day
from .draft import CLD, Draft, label, listed
from .event import Event
from .source import person_key, space, speaker
from .tables import CLIENT_TYPES, ETHNICITIES, fold

_ETHNIC_CATEGORY = ukcore("Extension:EthnicCategory")
_ETHNIC_SYSTEM = "https://fhir.hl7.org.uk/CodeSystem/UKCore-EthnicCategoryEngland"
_ODS_PRACTICE = re.compile(r"[A-Z][0-9]{5}")
_GENDERS = {"male": "male", "female": "female", "other": "other", "unknown": "unknown"}
# Postcodes that stand for no address (NHS Postcode Directory): no fixed abode and the like.
_NO_PLACE = re.compile(r"ZZ99.*", re.IGNORECASE)
SOCIAL_HISTORY: list[dict[str, Any]] = [
    {
        "coding": [
            {"system": "http://terminology.hl7.org/CodeSystem/observation-category", "code": "social-history", "display": "Social History"}
        ]
    }
]
SOCIAL: dict[str, Any] = {
    "coding": [{"system": "urn:carehub:condition-category", "code": "social", "display": "Social"}],
    "text": "Primary support reason",
}
# Column, and the words under which the record shows it.
_CIRCUMSTANCES = (
    ("client_type", "Adult social care client type"),
    ("accommodation_status", "Accommodation status"),
    ("employment_status", "Employment status"),
    ("has_unpaid_carer", "Has an unpaid carer"),
    ("autism_spectrum_disorder_asd", "Autism spectrum disorder, as recorded by social care"),
    ("visual_impairment", "Visual impairment, as recorded by social care"),
    ("hearing_impairment", "Hearing impairment, as recorded by social care"),
    ("dementia", "Dementia, as recorded by social care"),
    ("client_funding_status", "Social care funding status"),
)


class Told(NamedTuple):
    """What the person part of a row says. draft: of the person alone, for other drafts to begin with; nothing may be added to it."""

    source: SourceOrganisation
    recorded: str
    draft: Draft


@lru_cache(maxsize=8192)
def told(cells: tuple[str, ...]) -> Told:
    """The cells of the person part (PERSON) to what they say. Most people have several rows, and it is the same in all of them.

    Raises Unmappable: MAP-001 (which council, which period), MAP-002 (which person).
    """
    row = Event(*cells)
    source, recorded = speaker(row.la_code, row.reporting_period_start_date, row.reporting_period_end_date)
    local = person_key(row.la_person_unique_identifier, row.nhs_number)
    if not local:
        raise Unmappable(issue("MAP-002", at="LA_Person_Unique_Identifier"))
    draft = Draft(RecordRef(source.code, local, "Patient"))
    _patient(draft, row, source)
    _circumstances(draft, row)
    if row.primary_support_reason:
        code = draft.value("primary_support_reason", row.primary_support_reason, "Condition")
        condition = {"category": [SOCIAL], "code": code, "subject": draft.subject}
        draft.add("Condition", "primary-support-reason", condition, at=label("primary_support_reason"))
    return Told(source, recorded, draft)


def _patient(draft: Draft, row: Event, source: SourceOrganisation) -> None:
    elements: dict[str, Any] = {"identifier": identifiers(draft, row.la_person_unique_identifier, row.nhs_number, source)}
    if row.first_name or row.last_name:
        name: dict[str, Any] = {"use": "official"}
        if row.last_name:
            name["family"] = row.last_name
        if row.first_name:
            name["given"] = row.first_name.split()
        elements["name"] = [name]
    demographics(draft, elements, row.gender, row.date_of_birth, row.date_of_death)
    if row.ethnicity:
        elements["extension"] = [{"url": _ETHNIC_CATEGORY, "valueCodeableConcept": _ethnicity(draft, row.ethnicity)}]
    if row.postcode:
        none = _NO_PLACE.fullmatch(row.postcode)
        elements["address"] = [
            {"text": f"No postal address ({row.postcode})"} if none else {"use": "home", "postalCode": row.postcode.upper()}
        ]
    if practice := _practice(row):
        elements["generalPractitioner"] = [practice]
    draft.add("Patient", "", elements, at=label("la_person_unique_identifier"))


def identifiers(draft: Draft, local: str, number: str, source: SourceOrganisation) -> list[dict[str, Any]]:
    """The council's number and the NHS number; an NHS number that is not valid is kept and not used for linking (MAP-009)."""
    found: list[dict[str, Any]] = []
    if draft.patient.patient == local:
        found.append({"type": {"text": "Council person number"}, "system": space(source, "person"), "value": local})
    if digits := nhs_number.valid(number):
        found.append({"system": nhs_number.SYSTEM, "value": digits})
    elif number:
        kept = {
            "type": {"text": "NHS number as sent, not fit for use"},
            "system": space(source, "id:nhs-number-not-fit-for-use"),
            "value": number,
        }
        found.append(kept)
        draft.note("MAP-009", label("nhs_number"), "Patient")
    return found


def demographics(draft: Draft, elements: dict[str, Any], gender: str, birth: str, death: str) -> None:
    """Gender, birth and death into a Patient; what cannot be read is left out and said so."""
    if gender:
        if known := _GENDERS.get(gender.casefold()):
            elements["gender"] = known
        else:
            draft.note("MAP-006", label("gender"), "Patient")
    if birth:
        if when := born(birth):
            elements["birthDate"] = when
        else:
            draft.note("MAP-010", label("date_of_birth"), "Patient")
    if death:
        if when := day(death):
            elements["deceasedDateTime"] = when
        else:
            # Somebody wrote a date of death: that the person died is said, the day is not.
            elements["deceasedBoolean"] = True
            draft.note("MAP-010", label("date_of_death"), "Patient")


def _ethnicity(draft: Draft, sent: str) -> dict[str, Any]:
    own = {"system": f"{CLD}:ethnicity", "code": " ".join(sent.split()), "display": " ".join(sent.split())}
    row = ETHNICITIES.get(fold(sent))
    if not row:
        draft.note("MAP-006", label("ethnicity"), "Patient")
        return {"coding": [own], "text": sent}
    return {"coding": [{"system": _ETHNIC_SYSTEM, "code": row["code"]}, own], "text": sent}


def _practice(row: Event) -> dict[str, Any] | None:
    code = row.gp_practice_code.upper()
    if not code and not row.gp_practice_name:
        return None
    told: dict[str, Any] = {"display": row.gp_practice_name or f"Practice {row.gp_practice_code}"}
    if _ODS_PRACTICE.fullmatch(code):
        told["identifier"] = {"system": ODS_SYSTEM, "value": code}
    return told


def _circumstances(draft: Draft, row: Event) -> None:
    """One Observation for each cell that says something, "No" and "Unknown" among them; an empty cell says nothing."""
    as_at = day(row.reporting_period_end_date)
    for column, words in _CIRCUMSTANCES:
        sent = getattr(row, column)
        if not sent:
            continue
        if column == "client_type":
            value, known = listed(column, sent)[0], fold(sent) in CLIENT_TYPES
            if not known:
                draft.note("MAP-006", label(column), "Observation")
        else:
            value = draft.value(column, sent, "Observation")
        observation(draft, column, words, {"valueCodeableConcept": value}, as_at)


def observation(draft: Draft, column: str, words: str, value: dict[str, Any], when: str, *, local: str = "", scope: str = "") -> None:
    """One Observation of social history; local: its name at the source where it is more than the column."""
    told = {
        "status": "final",
        "category": SOCIAL_HISTORY,
        "code": _code(column, words),
        "subject": draft.subject,
        **({"effectiveDateTime": when} if when else {}),
        **value,
    }
    draft.add("Observation", local or column, told, at=label(column), scope=scope)


@lru_cache(maxsize=64)
def _code(column: str, words: str) -> dict[str, Any]:
    return {"coding": [{"system": f"{CLD}:column", "code": label(column), "display": words}], "text": words}
