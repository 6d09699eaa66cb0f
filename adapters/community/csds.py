"""A message of the data set to Mapped: which table, whose row, and the module that tells it."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from carehub.feeds.mapped import Mapped
from carehub.terms.errors import Unmappable, Unreadable
from carehub.terms.issue_catalogue import issue

from . import csds_care, csds_contacts, csds_findings, csds_people
from .csds_fields import TITLES
from .csds_row import CsdsRow, closing_source, read, recorded, scope
from .csds_split import CLOSING

_Tell = Callable[[CsdsRow], None]
_TELLERS: dict[str, tuple[str, _Tell]] = {
    "CYP001": ("person", csds_people.person),
    "CYP002": ("practice", csds_people.practice),
    **dict.fromkeys(
        ("CYP003", "CYP006", "CYP007", "CYP008", "CYP401", "CYP402", "CYP403", "CYP404"), ("circumstances", csds_people.circumstance)
    ),
    **dict.fromkeys(("CYP004", "CYP005"), ("care plan", csds_care.plan)),
    **dict.fromkeys(("CYP101", "CYP102", "CYP103", "CYP104", "CYP105"), ("referral", csds_care.referral)),
    "CYP201": ("contact", csds_contacts.contact),
    "CYP202": ("activity", csds_contacts.activity),
    **dict.fromkeys(("CYP501", "CYP502"), ("vaccination", csds_findings.vaccination)),
    **dict.fromkeys(("CYP601", "CYP606", "CYP607", "CYP608"), ("history", csds_findings.diagnosis)),
    "CYP602": ("history", csds_findings.disability),
    **dict.fromkeys(("CYP603", "CYP604", "CYP605"), ("assessment", csds_findings.screening)),
    **dict.fromkeys(("CYP610", "CYP611"), ("assessment", csds_findings.measurement)),
    **dict.fromkeys(("CYP609", "CYP612"), ("assessment", csds_findings.assessment)),
}


def map_csds(body: bytes) -> Mapped:
    """One row or closing message. Raises Rejected: Unreadable (not such a message, MAP-004 a row of a wrong shape), Unmappable MAP-002 (no
    provider, or the patient cannot be found through the rows it names), MAP-013 (those rows name different people)."""
    told = read(body)
    if told["carehub"] == CLOSING:
        return _closing(told)
    row = CsdsRow(told)
    if row.table not in _TELLERS:
        # Staff, group sessions and unnamed self-assessments are about nobody; staff are told beside the activities that name them.
        row.note("MAP-014", "")
        return _mapped(row, "nobody", about=False)
    if row.links.get("clash"):
        raise Unmappable(issue("MAP-013", at=TITLES[row.table]))
    if not row.link("patient"):
        raise Unmappable(issue("MAP-002", at=TITLES[row.table]))
    kind, tell = _TELLERS[row.table]
    tell(row)
    return _mapped(row, kind, about=True)


def _mapped(row: CsdsRow, kind: str, *, about: bool) -> Mapped:
    return Mapped(
        source=row.source,
        patient=row.draft.patient if about else None,
        kind=f"csds {kind}",
        recorded=row.recorded,
        records=row.draft.records(),
        sequence=row.sequence,
        issues=row.draft.issues(),
    )


def _closing(told: dict[str, Any]) -> Mapped:
    submission, closes = told.get("submission"), told.get("closes")
    source = closing_source(submission)
    if not isinstance(submission, dict) or not isinstance(closes, list) or not all(isinstance(c, str) and c in TITLES for c in closes):
        raise Unreadable(issue("MAP-001"))
    missing = () if closes else (issue("MAP-040", at="CYP000Header"),)
    return Mapped(
        source=source,
        patient=None,
        kind="csds end of submission",
        recorded=recorded(submission),
        records=(),
        sequence=f"{submission.get('created', '')}|CYP999",
        issues=missing,
        closes=tuple(scope(submission, code) for code in closes),
        closes_submission=True,
    )
