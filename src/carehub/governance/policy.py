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
    "use_emergency_access",
    "review_emergency_access",
    "simulate_policy",
    "change_agreements",
    "export_subject_access",
    "read_caseload",
    "export_caseload",
    "record_dispute",
    "manage_retention",
    "link_in_batch",
]

POLICY_VERSION = 11


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
        "read_caseload",
        "record_dispute",
    }
)
# They may open, for one person and an hour, what their role is not shown; a link worker may not.
_EMERGENCY: frozenset[Action] = _CLINICAL | {"use_emergency_access"}
_EXPORTING: frozenset[Action] = _EMERGENCY | {"export_caseload"}
_STEWARD: frozenset[Action] = frozenset({"explain_links", "report_wrong_match", "settle_reviews"})
_PRIVACY: frozenset[Action] = frozenset(
    {
        "search_people",
        "see_who_looked",
        "see_who_looked_by_name",
        "review_emergency_access",
        "simulate_policy",
        "change_agreements",
        "export_subject_access",
        "record_dispute",
        "manage_retention",
    }
)

ROWS: tuple[Row, ...] = (
    Row("gp", "GP", "TREAT", _EXPORTING, restricted=True),
    Row("district-nurse", "District nurse", "TREAT", _EMERGENCY, restricted=True),
    Row("hospital-doctor", "Hospital doctor", "TREAT", _EMERGENCY, restricted=True),
    Row("care-coordinator", "Care coordinator", "TREAT", _EXPORTING),
    Row("social-worker", "Social worker", "TREAT", _EMERGENCY, frozenset({"results"}), restricted=True),
    Row("link-worker", "Link worker", "TREAT", _CLINICAL, frozenset({"results", "medicines", "problems", "immunisations", "safeguarding"})),
    Row("identity-steward", "Identity steward", "PATADMIN", _STEWARD),
    Row("senior-identity-steward", "Senior identity steward", "PATADMIN", _STEWARD | {"link_in_batch"}),
    Row("privacy-officer", "Privacy officer", "HCOMPL", _PRIVACY),
    Row("integration-engineer", "Integration engineer", "HOPERAT", frozenset({"read_operations", "subscribe"})),
)

TABLE: dict[tuple[str, str], Row] = {(row.role, row.purpose): row for row in ROWS}
