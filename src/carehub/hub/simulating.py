"""The simulator: who would see what of a person under a draft of the agreements or of the policy. Nothing of the record is released; it is written down."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date

from carehub.careplan.plan import UnifiedCarePlan
from carehub.careplan.reading.objections import in_force
from carehub.fhir.canonical import restore
from carehub.governance.agreements import Agreements
from carehub.governance.policy import Row
from carehub.governance.redaction import Disclosed
from carehub.governance.requester import Requester
from carehub.governance.simulating import Changed, Rules, Source, changed
from carehub.hub.hub import Hub
from carehub.terms.errors import Missing
from carehub.terms.issue_catalogue import issue
from carehub.terms.moments import iso, london_date


@dataclass(frozen=True, slots=True)
class Simulated:
    """person: the id now. day: for which it was worked out, in London. sources: how many organisations hold a record. changed: cells, in order."""

    person: str
    day: str
    sources: int
    changed: tuple[Changed, ...]


@dataclass(frozen=True, slots=True)
class Simulating:
    """The verb, over a hub."""

    hub: Hub

    def at(
        self,
        requester: Requester,
        person: str,
        *,
        agreements: Agreements | None = None,
        policy: Mapping[tuple[str, str], Row] | None = None,
        day: date | None = None,
    ) -> Disclosed[Simulated]:
        """What would change of who sees what of a person. agreements, policy: the drafts; None is what is in force. day: None is today.

        A cell says whether something of that section would be shown, not whether there is anything: what a person has there is not told. Raises
        Refused, Missing for an unknown person, StoreBusy.
        """
        current = self.hub.store.links.current_person(person) or person
        return self.hub.disclosing.identity(
            requester, "simulate_policy", [current], "simulation of a draft", lambda: self._simulated(current, agreements, policy, day)
        )

    def _simulated(
        self, person: str, agreements: Agreements | None, policy: Mapping[tuple[str, str], Row] | None, day: date | None
    ) -> Simulated:
        stored = self.hub.store.plans.get(person)
        if stored is None:
            raise Missing(issue("API-003"))
        door, now = self.hub.disclosing, self.hub.clock()
        on = day.isoformat() if day else london_date(iso(now))
        plan = restore(stored.plan, UnifiedCarePlan)
        sources = {
            report.source.code: Source(report.source.code, report.source.title, in_force(report.objections, on))
            for report in plan.sources
            if report.source.kind.value not in ("person", "team")
        }
        rules = Rules(door.policy, door.sharing.in_force(now))
        draft = Rules(rules.table if policy is None else policy, rules.agreements if agreements is None else agreements)
        return Simulated(person, on, len(sources), changed(tuple(sources.values()), rules, draft, on, plan))
