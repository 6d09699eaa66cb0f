"""Which records are hidden because somebody reported that they may be another person's. Asked at every reading, so it takes effect at once."""

from __future__ import annotations

from collections.abc import Mapping

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
