"""Whose records an organisation holds, by any code it goes by: asked alike by its caseload and by whoever is told of what happens on it."""

from __future__ import annotations

from collections.abc import Collection

from carehub.careplan.plan import SourceReport, UnifiedCarePlan


def own_reports(plan: UnifiedCarePlan, codes: Collection[str]) -> tuple[SourceReport, ...]:
    """What an organisation's own records of this person are in a plan; () where it holds none. codes: all it goes by (governance.agreements)."""
    return tuple(report for report in plan.sources if report.source.code in codes)
