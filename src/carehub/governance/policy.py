"""The policy table as data: which role, for which purpose, may do what. A row that is not here is a refusal; there is no default."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

Action = Literal[
    "search_people",
    "read_record",
    "read_operations",
    "match_people",
    "explain_links",
    "report_wrong_match",
    "settle_reviews",
    "answer_conflict",
    "write_about_me",
    "write_action",
    "subscribe",
    "see_who_looked",
    "see_who_looked_by_name",
]

POLICY_VERSION = 5


@dataclass(frozen=True, slots=True)
class Row:
    """role may take the actions for the purpose; of a record it does not see masked_sections (careplan.sections keys).

    restricted: whether it sees entries on which their source put a security label (careplan.protection.labels).
    """

    role: str
    title: str
    purpose: str
    actions: frozenset[Action]
    masked_sections: frozenset[str] = frozenset()
    restricted: bool = False


_CLINICAL: frozenset[Action] = frozenset(
    {
        "search_people",
        "read_record",
        "match_people",
        "explain_links",
        "report_wrong_match",
        "answer_conflict",
        "write_about_me",
        "write_action",
        "subscribe",
        "see_who_looked",
    }
)
_STEWARD: frozenset[Action] = frozenset({"explain_links", "report_wrong_match", "settle_reviews"})

ROWS: tuple[Row, ...] = (
    Row("gp", "GP", "TREAT", _CLINICAL, restricted=True),
    Row("district-nurse", "District nurse", "TREAT", _CLINICAL, restricted=True),
    Row("hospital-doctor", "Hospital doctor", "TREAT", _CLINICAL, restricted=True),
    Row("care-coordinator", "Care coordinator", "TREAT", _CLINICAL),
    Row("social-worker", "Social worker", "TREAT", _CLINICAL, frozenset({"results"}), restricted=True),
    Row("link-worker", "Link worker", "TREAT", _CLINICAL, frozenset({"results", "medicines", "problems", "immunisations", "safeguarding"})),
    Row("identity-steward", "Identity steward", "PATADMIN", _STEWARD),
    Row("senior-identity-steward", "Senior identity steward", "PATADMIN", _STEWARD),
    Row("privacy-officer", "Privacy officer", "HCOMPL", frozenset({"search_people", "see_who_looked", "see_who_looked_by_name"})),
    Row("integration-engineer", "Integration engineer", "HOPERAT", frozenset({"read_operations", "subscribe"})),
)

TABLE: dict[tuple[str, str], Row] = {(row.role, row.purpose): row for row in ROWS}
