"""Which records are hidden because somebody reported that they may be another person's. Asked at every reading, so it takes effect at once."""

from __future__ import annotations

from collections.abc import Collection, Mapping

from carehub.careplan.plan import UnifiedCarePlan
from carehub.hub.sharing import Again
from carehub.identity.rulings import unsettled
from carehub.store.ports import Links


def hidden_records(person_of: Mapping[str, str], links: Links) -> dict[str, str]:
    """Of these patient records, with their persons: those not to be shown, and when each was reported (ISO UTC)."""
    reports = [report for report in links.reports(person_of) if report.hide and report.lifted is None]
    if not reports:
        return {}
    beside = {other for report in reports for other in report.others} - person_of.keys()
    whose = {**person_of, **links.person_of(beside)}
    standing = unsettled(reports, links.rulings({report.record for report in reports}), whose)
    return {report.record: report.at for report in reversed(standing)}


def as_hidden(plan: UnifiedCarePlan, hidden: Collection[str], again: Again) -> UnifiedCarePlan | None:
    """The plan as it was stored, unless a record was hidden or shown again since it was made; then as `again` makes it of the person now. hidden: as
    hidden_records. Raises as `again` does."""
    shown_as = {r.patient.removeprefix("Patient/"): any(w.state == "hidden_wrong" for w in r.warnings) for r in plan.sources}
    return plan if all((record in hidden) == was for record, was in shown_as.items()) else again(plan.person, {})
