"""Beside which record of a person something is written that no source sent: it follows the person by that record, also when records are parted."""

from __future__ import annotations

from carehub.careplan.plan import UnifiedCarePlan
from carehub.terms.errors import Missing
from carehub.terms.issue_catalogue import issue
from carehub.terms.organisations import SourceKind

_SUREST = (SourceKind.GP, SourceKind.ACUTE, SourceKind.COMMUNITY, SourceKind.LOCAL_AUTHORITY, SourceKind.VOLUNTARY, SourceKind.NATIONAL)


def surest(plan: UnifiedCarePlan) -> str:
    """The id of the Patient record of the plan that is surest to be this person's: of the earliest kind above. Raises Missing (API-003) where every
    record is hidden."""
    sources = [one for one in plan.sources if one.source.kind in _SUREST and not any(w.state == "hidden_wrong" for w in one.warnings)]
    if not sources:
        raise Missing(issue("API-003"))
    found = min(sources, key=lambda one: (bool(one.merged_into), _SUREST.index(one.source.kind), one.patient))
    return found.patient.removeprefix("Patient/")
