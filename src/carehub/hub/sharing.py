"""What may be shown of a record now: agreements in force and the person's own objections, asked at every reading, so that neither waits for anything."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime

from carehub.careplan.known_services import with_services
from carehub.careplan.plan import UnifiedCarePlan
from carehub.careplan.reading.objections import in_force
from carehub.governance.agreements import Agreements
from carehub.terms.moments import iso, london_date

Again = Callable[[str, Mapping[str, str]], UnifiedCarePlan | None]
"""Assembles a person's plan anew, without what may not be shown."""


@dataclass(frozen=True, slots=True)
class Sharing:
    """agreements: of the site; without a file every source that sends is shown."""

    agreements: Agreements

    def unshared(self, plan: UnifiedCarePlan, now: datetime) -> dict[str, str]:
        """Patient record id to why nothing of it may be shown: "objected" or "no_agreement". now: aware.

        The plan must be one that was assembled with everything: what is not shown of a record does not say that the person objected to it.
        """
        day = london_date(iso(now))
        found: dict[str, str] = {}
        for report in plan.sources:
            patient = report.patient.removeprefix("Patient/")
            if in_force(report.objections, day):
                found[patient] = "objected"
            elif report.source.kind.value != "person" and not self.agreements.may_show(report.source.code, day):
                found[patient] = "no_agreement"
        return found

    def as_shared(self, plan: UnifiedCarePlan, now: datetime, again: Again) -> UnifiedCarePlan | None:
        """The plan as it may be read now, with what must be said of services that send nothing. again: asked when something may not be shown."""
        unshared = self.unshared(plan, now)
        shown = again(plan.person, unshared) if unshared else plan
        return with_services(shown, self.agreements.known(london_date(iso(now)))) if shown is not None else None


EVERYTHING = Sharing(Agreements())
"""Where a site has no file of agreements: every source that sends is shown, objections apart."""
