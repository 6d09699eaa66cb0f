"""Decide and write down: what policy, the reader's relationship with the person and emergency access let happen, and its row of the audit trail."""

from __future__ import annotations

import secrets
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime

from carehub.careplan.plan import UnifiedCarePlan
from carehub.fhir.canonical import dumps
from carehub.governance.agreements import Agreements
from carehub.governance.audit import audit_event
from carehub.governance.decision import Decision, decide, in_relation, too_often
from carehub.governance.policy import Action, Row
from carehub.governance.relationship import OPENED_IN_EMERGENCY, Relationship, asks_for_one, relationship
from carehub.governance.requester import Requester
from carehub.hub.asked import Answers
from carehub.hub.emergency_grants import Emergencies
from carehub.hub.in_hand import parsed
from carehub.hub.sharing import Sharing
from carehub.hub.spans import NOWHERE, Spans
from carehub.store.auditing import AuditTrail
from carehub.store.planning import Plans
from carehub.store.ports import Links
from carehub.store.stored import AuditRow, StoredPlan
from carehub.terms.errors import Refused
from carehub.terms.issue_catalogue import issue
from carehub.terms.moments import iso, london_date

_UNREAD = object()


class Facts:
    """What of one person one request is decided by: their stored plan and the agreements in force, each read at most once, when first asked for.

    person: the id they have now, "" for one that there is not. now: aware UTC. asked: what the store said a moment ago, where nobody wrote since.
    Raises StoreBusy when asked, as the store does.
    """

    __slots__ = ("_agreements", "_asked", "_plan", "now", "person", "plans", "sharing")

    def __init__(self, person: str, now: datetime, plans: Plans, sharing: Sharing, asked: Answers | None = None) -> None:
        self.person, self.now, self.plans, self.sharing = person, now, plans, sharing
        self._asked = asked or Answers(None)
        self._plan: UnifiedCarePlan | object | None = _UNREAD
        self._agreements: Agreements | None = None

    @property
    def plan(self) -> UnifiedCarePlan | None:
        """As it is stored, before anything is taken out of it."""
        if self._plan is _UNREAD:
            self._plan = self._asked.plan(self.person, lambda: as_stored(self.plans.get(self.person))) if self.person else None
        return self._plan if isinstance(self._plan, UnifiedCarePlan) else None

    @property
    def agreements(self) -> Agreements:
        """Those in force."""
        if self._agreements is None:
            self._agreements = self.sharing.in_force(self.now, self._asked)
        return self._agreements


@dataclass(frozen=True, slots=True)
class Deciding:
    """The door's own ports, as Disclosing has them. sweeping: counts a search by this user, and says whether there have been too many.
    spans: who is told how long it takes."""

    links: Links
    plans: Plans
    audit: AuditTrail
    policy: Mapping[tuple[str, str], Row]
    clock: Callable[[], datetime]
    sharing: Sharing
    emergencies: Emergencies | None
    sweeping: Callable[[str], bool] = lambda user: False
    spans: Spans = NOWHERE

    def facts(self, person: str, asked: Answers | None = None) -> Facts:
        """person: the id they have now, or "". asked: answers that hold now, if there are any."""
        return Facts(person, self.clock(), self.plans, self.sharing, asked)

    def allow(
        self, requester: Requester, action: Action, person: str, detail: str, facts: Facts | None = None, *, searching: bool = False
    ) -> Decision:
        """Decide and write down. Returns only a permitting decision; raises Refused otherwise, and whatever keeps the row from being written.
        searching: over people, of which one user may make no more than so many."""
        decision, asking = self.decided(requester, action, person, detail, facts or self.facts(person))
        if searching and decision.permitted and self.sweeping(requester.user):
            decision = too_often()
        self.write(asking, action, person, detail, decision, iso(self.clock()))
        return decision

    def decided(self, requester: Requester, action: Action, person: str, detail: str, facts: Facts) -> tuple[Decision, Requester]:
        """The decision, and who asks as the trail names them: under an emergency access that stands, for that purpose.

        Where it cannot be found out whether the reader stands in a relationship, that they asked is written as a refusal before that is raised.
        """
        with self.spans.span("decide", action=action) as span:
            decision, asking = self._decided(requester, action, person, detail, facts)
            span.note(**({"verdict": "permitted"} if decision.permitted else {"verdict": "refused", "number": decision.number}))
            return decision, asking

    def _decided(self, requester: Requester, action: Action, person: str, detail: str, facts: Facts) -> tuple[Decision, Requester]:
        decision = allowed = decide(requester, action, person, self.policy)
        may_widen = decide(requester, "use_emergency_access", person, self.policy).permitted
        if allowed.permitted and person and asks_for_one(requester, action):
            try:
                decision = self._held(requester, allowed, facts, may_widen=may_widen)
            except Exception:
                self._append(requester, action, person, detail, in_relation(allowed, None, emergency=may_widen), iso(self.clock()))
                raise
        unrelated = decision is not allowed and not decision.permitted
        widens = action in OPENED_IN_EMERGENCY if unrelated else action == "read_record" and bool(decision.masked_sections)
        if widens and may_widen and self.emergencies is not None:
            widened, asking = self.emergencies.widened(allowed if unrelated else decision, requester, person, self.clock())
            if widened.emergency:
                return widened, asking
        return decision, requester

    def related(self, requester: Requester, plan: UnifiedCarePlan, facts: Facts) -> bool:
        """Whether nothing but the policy table is in the way of a reader of this person: no relationship is asked of them, or theirs is there.
        plan: the person's, as stored."""
        if not (facts.agreements.relationship and asks_for_one(requester, "read_record")):
            return True
        return self._relationship(requester, plan, facts) is not None

    def _held(self, requester: Requester, allowed: Decision, facts: Facts, *, may_widen: bool) -> Decision:
        """The decision held to the relationship, where the site asks for one. Of somebody whom the hub does not know there is nothing to keep."""
        if not facts.agreements.relationship:
            return allowed
        if facts.plan is None:
            current = self.links.current_person(facts.person) or ""
            if current not in ("", facts.person):
                return self._held(requester, allowed, self.facts(current), may_widen=may_widen)
            return in_relation(allowed, None, emergency=may_widen) if self.links.links_of(facts.person) else allowed
        return in_relation(allowed, self._relationship(requester, facts.plan, facts), emergency=may_widen)

    def _relationship(self, requester: Requester, plan: UnifiedCarePlan, facts: Facts) -> Relationship | None:
        return relationship(requester, plan, facts.agreements, london_date(iso(facts.now)))

    def write(self, asking: Requester, action: Action, person: str, detail: str, decision: Decision, at: str, shown: str = "") -> None:
        """One row of the trail. Raises Refused once a refusal is written."""
        self._append(asking, action, person, detail, decision, at, shown)
        if not decision.permitted:
            raise Refused(issue(decision.number))

    def _append(self, asking: Requester, action: Action, person: str, detail: str, decision: Decision, at: str, shown: str = "") -> None:
        event = audit_event(asking, action, person, detail, decision, at=at, request=secrets.token_hex(8), shown=shown)
        with self.spans.span("audit"):
            self.audit.append([AuditRow(event["id"], at, person, dumps(event))])


def as_stored(stored: StoredPlan | None) -> UnifiedCarePlan | None:
    """A stored plan read back; None for none. Raises ValueError for one that does not fit."""
    return parsed(stored.plan) if stored is not None else None
