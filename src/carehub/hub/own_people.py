"""Whose records an organisation holds, by any code it goes by: asked alike by its caseload and by whoever is told of what happens on it."""

from __future__ import annotations

from collections.abc import Collection

from carehub.careplan.plan import SourceReport, UnifiedCarePlan
from carehub.governance.agreements import Agreements
from carehub.governance.requester import Requester


def own_codes(requester: Requester, agreed: Agreements) -> frozenset[str]:
    """The codes of a requester's organisation: the one they signed in with, and the others of its row. agreed: in force at the moment of asking."""
    return agreed.known_as(requester).codes


def own_reports(plan: UnifiedCarePlan, codes: Collection[str]) -> tuple[SourceReport, ...]:
    """What an organisation's own records of this person are in a plan; () where it holds none. codes: as own_codes gives them."""
    return tuple(report for report in plan.sources if report.source.code in codes)
