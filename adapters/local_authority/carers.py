"""Carers: what their rows say of caring, and the carer as a RelatedPerson in the record of each adult cared for.

A record belongs to one person, so the carer's row is told again for each adult it links to (submissions.py), as a message about that adult.
"""

from __future__ import annotations

from functools import lru_cache
from typing import Any

from carehub.terms import nhs_number
from carehub.terms.errors import Unmappable
from carehub.terms.issue_catalogue import issue
from carehub.terms.organisations import SourceOrganisation

from .dates import day
from .draft import Draft, listed
from .event import Event
from .person import demographics, observation
from .source import person_key, space
from .tables import CLIENT_TYPES, fold


@lru_cache(maxsize=256)
def is_carer(client_type: str) -> bool:
    """Whether the words of Client_Type are a carer's."""
    known = CLIENT_TYPES.get(fold(client_type))
    return known is not None and known["kind"] == "carer"


def linked(row: Event) -> list[tuple[int, str]]:
    """(1 to 3, the id as written) of each adult the row links to. The row's own person is not cared for by themselves."""
    adults = enumerate((row.adult_1_linked_person_id, row.adult_2_linked_person_id, row.adult_3_linked_person_id), 1)
    own = {row.la_person_unique_identifier, nhs_number.valid(row.nhs_number)}
    return [(place, sent) for place, sent in adults if sent and sent not in own and nhs_number.valid(sent) not in own - {None}]


def caring(draft: Draft, row: Event) -> None:
    """What the carer columns say, in the carer's own record."""
    as_at = day(row.reporting_period_end_date)
    if sent := row.total_hrs_caring_per_week:
        value = {"valueCodeableConcept": listed("total_hrs_caring_per_week", sent)[0]}
        observation(draft, "total_hrs_caring_per_week", "Hours of caring a week", value, as_at)
    if sent := row.no_of_adults_being_cared_for:
        count = sent.removesuffix(".0")
        if count.isascii() and count.isdigit() and len(count) < 3:
            number: dict[str, Any] = {"valueInteger": int(count)}
        else:
            number = {"valueString": sent}
            draft.note("MAP-007", "No_of_adults_being_cared_for", "Observation")
        observation(draft, "no_of_adults_being_cared_for", "Number of adults cared for", number, as_at)

    if adults := linked(row):
        # Another person's NHS number is not written into the carer's record.
        named = ["an adult known by NHS number" if nhs_number.valid(sent) else f"council person number {sent}" for _, sent in adults]
        observation(draft, "adults_being_cared_for", "Adults cared for", {"valueString": "; ".join(named)}, as_at)


def related(draft: Draft, row: Event, source: SourceOrganisation) -> None:
    """The carer in the record of the adult cared for, who is known here by their number only.

    Raises Unmappable: MAP-002 for a carer without
    a number, MAP-003 for a row that is no carer's.
    """
    if not is_carer(row.client_type):
        raise Unmappable(issue("MAP-003", at="Client_Type"))
    carer = person_key(row.la_person_unique_identifier, row.nhs_number)
    if not carer:
        raise Unmappable(issue("MAP-002", at="LA_Person_Unique_Identifier"))
    number = {"type": {"text": "Council person number"}, "system": space(source, "person"), "value": draft.patient.patient}
    draft.add("Patient", "", {"identifier": [number]}, at="Adult_Linked_Person_ID", change="update")
    told: dict[str, Any] = {
        "patient": draft.subject,
        "relationship": [listed("client_type", row.client_type)[0]],
    }
    if row.la_person_unique_identifier == carer:
        told["identifier"] = [{"type": {"text": "Council person number"}, "system": space(source, "person"), "value": carer}]
    if row.first_name or row.last_name:
        name: dict[str, Any] = {}
        if row.last_name:
            name["family"] = row.last_name
        if row.first_name:
            name["given"] = row.first_name.split()
        told["name"] = [name]
    about: dict[str, Any] = {}
    demographics(draft, about, row.gender, "", "")
    told |= about
    if row.date_of_death:
        told["active"] = False
    draft.add("RelatedPerson", f"carer|{carer}", told, at="Adult_Linked_Person_ID")
