"""One row of Client Level Data under the specification's own column names, wherever its columns stand and however they are written.

Source: the CLD specification as listed in fields.csv (50 columns). Columns are found by name, never by position.
"""

from __future__ import annotations

from functools import lru_cache
from typing import NamedTuple

from carehub.feeds.formats.tables import Columns, Header, Row, key


class Event(NamedTuple):
    """The cells, stripped; "" where the column is empty or not there. The order is the specification's."""

    la_code: str = ""
    reporting_period_start_date: str = ""
    reporting_period_end_date: str = ""
    nhs_number: str = ""
    la_person_unique_identifier: str = ""
    first_name: str = ""
    last_name: str = ""
    gp_practice_name: str = ""
    gp_practice_code: str = ""
    gender: str = ""
    ethnicity: str = ""
    date_of_birth: str = ""
    date_of_death: str = ""
    client_type: str = ""
    primary_support_reason: str = ""
    postcode: str = ""
    accommodation_status: str = ""
    employment_status: str = ""
    has_unpaid_carer: str = ""
    autism_spectrum_disorder_asd: str = ""
    visual_impairment: str = ""
    hearing_impairment: str = ""
    dementia: str = ""
    client_funding_status: str = ""
    event_type: str = ""
    event_reference: str = ""
    event_start_date: str = ""
    event_end_date: str = ""
    event_description: str = ""
    event_outcome: str = ""
    request_route_of_access: str = ""
    assessment_type: str = ""
    eligible_needs_identified: str = ""
    method_of_assessment: str = ""
    total_hrs_caring_per_week: str = ""
    no_of_adults_being_cared_for: str = ""
    adult_1_linked_person_id: str = ""
    adult_2_linked_person_id: str = ""
    adult_3_linked_person_id: str = ""
    service_type: str = ""
    service_component: str = ""
    delivery_mechanism: str = ""
    provider_cqc_location_name: str = ""
    provider_cqc_location_id: str = ""
    review_reason: str = ""
    review_outcomes_achieved: str = ""
    method_of_review: str = ""
    unit_cost: str = ""
    cost_frequency_unit_type: str = ""
    planned_units_per_week: str = ""


# Columns that the hub itself adds when it tells a carer's row again for one of the adults cared for (submissions.py).
LINK_ADULT, LINK_PERSON = "carehub linked adult", "carehub linked person"
REQUIRED = ("LA Code", "Reporting Period End Date", "LA Person Unique Identifier", "Client Type", "Event Type", "Event Start Date")
# The cells that say who and when besides the event itself: the person part of a row is worked out once for all of a person's rows.
PERSON = slice(0, 24)

_COLUMNS = Columns(*Event._fields)
_KNOWN = frozenset(map(key, (*Event._fields, LINK_ADULT, LINK_PERSON)))


def event(row: Row) -> Event:
    """The row as an Event."""
    return Event._make(_COLUMNS.of(row))


def unknown_columns(row: Row) -> list[int]:
    """Columns, counted from 1, that the specification does not have and in which this row says something."""
    return [column for column in _unknown(row.header) if row.cells[column - 1]]


@lru_cache(maxsize=64)
def _unknown(header: Header) -> list[int]:
    return header.unknown(_KNOWN)
