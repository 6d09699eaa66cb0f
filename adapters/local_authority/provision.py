"""Services: an EpisodeOfCare each, equipment a DeviceRequest; and the provider.

A service is never taken back because a later submission does not tell it: by DHSC's rules (methodology, step 6.2) it is cropped to the end of
the period that told it, so it has no scope. Until when it was known to go on is in statusHistory.
"""

from __future__ import annotations

import re
from functools import lru_cache
from typing import Any

from carehub.terms.organisations import SourceOrganisation

from .dates import day
from .draft import CLD, Draft, standard_words
from .event import Event
from .source import as_reference
from .tables import client_type, fold
from .timing import Span, span

_OUTCOME = f"{CLD}:event-outcome"
_CQC = re.compile(r"1-\d{5,14}")
_COSTS = ("unit_cost", "cost_frequency_unit_type", "planned_units_per_week")


def tell(draft: Draft, row: Event, source: SourceOrganisation) -> None:
    """Put the service into the draft. What it costs is contract data and left out on purpose (MAP-014)."""
    component = standard_words("service_component", row.service_component)
    if row.unit_cost or row.cost_frequency_unit_type or row.planned_units_per_week:
        draft.note("MAP-014", "Unit_Cost")
    if not row.service_component and not row.service_type:
        draft.note("MAP-004", "Service_Component", "EpisodeOfCare")
        return
    provider = _provider(draft, row.provider_cqc_location_name, row.provider_cqc_location_id)
    if component == "equipment":
        _equipment(draft, row, source, provider)
    else:
        _episode(draft, row, source, provider, component)


def _episode(draft: Draft, row: Event, source: SourceOrganisation, provider: dict[str, Any] | None, component: str) -> None:
    when = span(draft, row, "EpisodeOfCare")
    as_at = day(row.reporting_period_end_date)
    # An end that lies ahead of the period is a plan; the service goes on.
    active = not when.ended or bool(when.end and as_at and when.end > as_at)
    told: dict[str, Any] = {
        "status": "active" if active else "finished",
        "type": _types(draft, row),
        "patient": draft.subject,
        "managingOrganization": as_reference(source),
        "period": when.period,
    }
    if active and as_at >= when.start:
        told["statusHistory"] = [{"status": "active", "period": {"start": when.start, "end": as_at}}]
    if provider:
        told["team"] = [provider]
    if row.event_outcome:
        told["extension"] = [{"url": _OUTCOME, "valueCodeableConcept": draft.value("event_outcome", row.event_outcome, "EpisodeOfCare")}]
    if row.event_reference:
        told["identifier"] = [{"type": {"text": "Event reference (not unique)"}, "value": row.event_reference}]
    draft.add("EpisodeOfCare", _local(row, when, component), told, at="Event_Type")


def _local(row: Event, when: Span, component: str) -> str:
    """The service's name. Costs and Event_Reference are no part of it, nor is its end: an open service is the same when it has ended.

    A long-term service has one name whenever it began: councils set its start to 1 April each year, and an unchanged service must not become
    a new one. Any other service is a new one with each start.
    """
    kind = standard_words("service_type", row.service_type)
    start = "" if kind.startswith("long term") else when.start
    return "|".join(("service", client_type(row.client_type), start, kind, component, row.provider_cqc_location_id.casefold()))


def _types(draft: Draft, row: Event) -> list[dict[str, Any]]:
    told = (
        ("service_component", row.service_component),
        ("service_type", row.service_type),
        ("delivery_mechanism", row.delivery_mechanism),
    )
    found = [draft.value(column, sent, "EpisodeOfCare") for column, sent in told if sent]
    if row.event_description:
        found.append({"text": row.event_description})
    return found


def _equipment(draft: Draft, row: Event, source: SourceOrganisation, provider: dict[str, Any] | None) -> None:
    """Equipment is often told as an event of one day: the day it was supplied."""
    when = span(draft, row, "DeviceRequest")
    code = draft.value("service_component", row.service_component, "DeviceRequest")
    told: dict[str, Any] = {
        "status": "completed" if when.ended else "active",
        "intent": "order",
        "codeCodeableConcept": {**code, "text": row.event_description} if row.event_description else code,
        "subject": draft.subject,
        "occurrencePeriod": when.period,
        "authoredOn": when.start,
        "requester": as_reference(source),
    }
    if provider:
        told["performer"] = provider
    if row.service_type:
        told["reasonCode"] = [draft.value("service_type", row.service_type, "DeviceRequest")]
    if row.event_outcome:
        outcome = draft.value("event_outcome", row.event_outcome, "DeviceRequest")
        told["note"] = [{"text": f"Outcome: {outcome['text']}"}]
    kind = standard_words("service_type", row.service_type)
    name = "|".join(("equipment", client_type(row.client_type), when.start, kind, fold(row.event_description)))
    draft.add("DeviceRequest", name, told, at="Event_Type")


def _provider(draft: Draft, name: str, location: str) -> dict[str, Any] | None:
    """The provider as a logical reference, and an Organization so that it is seen among the people involved.

    A CQC location id is not an ODS code and is never given that system; one of another shape is kept and noted (MAP-007).
    """
    if not name and not location:
        return None
    local, elements, reference, usual = _named(name, location)
    if not usual:
        draft.note("MAP-007", "Provider_CQC_Location_ID", "Organization")
    draft.add("Organization", local, elements, at="Provider_CQC_Location_ID")
    return reference


@lru_cache(maxsize=2048)
def _named(name: str, location: str) -> tuple[str, dict[str, Any], dict[str, Any], bool]:
    """The provider's name as a record, its elements, what refers to it, and whether its id has the usual shape.

    Many people have the same few providers.
    """
    reference: dict[str, Any] = {"display": name or f"CQC location {location}"}
    elements: dict[str, Any] = {"name": reference["display"], "type": [{"text": "Provider of care (CQC location)"}]}
    if location:
        reference["identifier"] = {"type": {"text": "CQC location id"}, "system": f"{CLD}:cqc-location", "value": location}
        elements["identifier"] = [reference["identifier"]]
    usual = not location or _CQC.fullmatch(location) is not None
    return f"provider|{location.casefold() or fold(name)}", elements, reference, usual
