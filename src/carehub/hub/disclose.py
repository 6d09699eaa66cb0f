"""DOOR OUT. Whatever a person reads comes through here, in this order: decide, audit, redact, release. It fails closed."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from functools import partial
from typing import TypeVar

from carehub.careplan.cautions import cautioned
from carehub.careplan.disagreement.discharge import GRACE, as_read
from carehub.careplan.disagreement.progress import Progress, follow
from carehub.careplan.freshness import UNWATCHED
from carehub.careplan.gaps import allergy_label, section_states, source_states
from carehub.careplan.plan import UnifiedCarePlan
from carehub.careplan.sections import HEADINGS
from carehub.feeds.catalogue import Catalogue
from carehub.governance.agreements import Agreements
from carehub.governance.decision import Decision, decide, narrowed, of_own
from carehub.governance.policy import Action, Row
from carehub.governance.redaction import Disclosed, by_name_only, carry, disclose, may_be_told, redact
from carehub.governance.requester import Requester
from carehub.hub.as_it_stood import changes_between, plan_then, record_then
from carehub.hub.asked import Asked
from carehub.hub.assemble_plan import plan_now
from carehub.hub.deciding import Deciding, Facts, as_stored
from carehub.hub.disputes_told import Disputes
from carehub.hub.emergency_grants import Emergencies
from carehub.hub.feed_health import FeedWatch
from carehub.hub.finding import FewAtATime, hit, search_keys
from carehub.hub.hiding import as_hidden
from carehub.hub.in_hand import kept_back, redacted
from carehub.hub.known import Known
from carehub.hub.reading import EarlierRecord, PersonHit, PersonQuery, PersonRecord, PlanChanges, StoredBody
from carehub.hub.record_versions import Form, Version, served, standing, versions
from carehub.hub.sharing import EVERYTHING, Shared, Sharing, Unshared
from carehub.hub.shielding import as_it_may_leave, may_leave, restricted
from carehub.hub.spans import NOWHERE, Spans
from carehub.hub.whole_record import Whole, sorted_out
from carehub.store.auditing import AuditTrail
from carehub.store.planning import Plans
from carehub.store.ports import Links, Records
from carehub.store.stepping import Steps
from carehub.store.stored import StoredRecord
from carehub.terms.errors import Missing, Refused, Rejected, StoreBusy
from carehub.terms.issue_catalogue import issue
from carehub.terms.moments import iso

T = TypeVar("T")


@dataclass(frozen=True, slots=True)
class Disclosing:
    """The door's ports and the policy table. clock: aware UTC now. feeds: how the feeds stand; without it only what a record itself says counts.
    catalogue: the adapters, to assemble a plan anew when a record of it was hidden a moment ago. steps: what was done about conflicts. grace: how
    long after a discharge a medicine on the hospital's list alone is no conflict yet. sharing: what agreements and objections allow.
    emergencies: who may see more now; None where nobody may. sweeping, spans: as Deciding has them. disputes: what people dispute of their records.
    asked: what the store said a moment ago."""

    records: Records
    links: Links
    plans: Plans
    audit: AuditTrail
    policy: Mapping[tuple[str, str], Row]
    clock: Callable[[], datetime]
    feeds: FeedWatch | None = None
    catalogue: Catalogue | None = None
    steps: Steps | None = None
    grace: timedelta = GRACE
    sharing: Sharing = EVERYTHING
    emergencies: Emergencies | None = None
    sweeping: Callable[[str], bool] = lambda user: False
    disputes: Disputes | None = None
    spans: Spans = NOWHERE
    asked: Asked = field(default_factory=Asked)

    def search_people(self, requester: Requester, query: PersonQuery) -> Disclosed[tuple[PersonHit, ...]]:
        """Persons that agree with every value given, at most 50; of those with whom a relationship is asked for and missing, what tells
        them apart. Raises Rejected (API-005) for a query that names nobody, Refused."""
        decision = self.deciding.allow(requester, "search_people", "", "person search", searching=True)
        return disclose(tuple(hit(plan, related=related) for plan, related in self._found(query, requester)), decision)

    def match_people(self, requester: Requester, query: PersonQuery) -> Disclosed[tuple[UnifiedCarePlan, ...]]:
        """As search_people, with the plans behind the hits, masked for the requester; for the FHIR Patient search."""
        decision = self.deciding.allow(requester, "search_people", "", "Patient search", searching=True)
        return disclose(tuple(redact(plan, decision).value for plan, _ in self._found(query, requester)), decision)

    def graded_people(
        self, requester: Requester, graded: Callable[[], Mapping[str, T]]
    ) -> Disclosed[tuple[tuple[UnifiedCarePlan, T], ...]]:
        """Persons as `graded` finds them (person → grade), in its order, each plan masked; for $match. Raises Refused, and as `graded`."""
        decision = self.deciding.allow(requester, "match_people", "", "Patient $match", searching=True)
        found = graded()
        return disclose(tuple((redact(plan, decision).value, found[plan.person]) for plan, _ in self._told_of(found, requester)), decision)

    def caseload(
        self, requester: Requester, few: FewAtATime, form: Callable[[UnifiedCarePlan], T | None], *, own: bool
    ) -> Disclosed[tuple[T, ...]]:
        """What `form` makes of each candidate's plan as the requester may read it, without None. own: whether it is the caseload of the requester's
        organisation. One row of the trail, before anybody is looked for. Raises Refused, also for another's."""
        decision = of_own(self.spans.within("decide", decide, requester, "read_caseload", "", self.policy), own=own)
        self.deciding.write(requester, "read_caseload", "", "caseload", decision, iso(self.clock()))
        told = (redact(plan, decision).value for some in few() for plan, related in self._told_of(some, requester) if related)
        return disclose(self.spans.within("redact", lambda: tuple(one for plan in told if (one := form(plan)) is not None)), decision)

    def person_record(self, requester: Requester, person: str, page: str, present: Collection[str] = ()) -> Disclosed[PersonRecord]:
        """A person's unified plan with freshness worked out for now. page: what is being looked at, for the audit trail. present: roles of others
        who look at the same screen; what one of them may not see is not shown. Follows redirects of persons that were merged. Raises Missing for an
        unknown person, Refused."""
        return self.spans.within("release", self._as_read, *self._shown(requester, person, page, present))

    def _as_read(self, decision: Decision, told: Shared, released: Disclosed[UnifiedCarePlan]) -> Disclosed[PersonRecord]:
        plan, now = told.plan, self.clock()
        feeds = self.feeds.clocks(now) if self.feeds else UNWATCHED
        states = {heading.key: section_states(released.value, heading.key, now, feeds) for heading in HEADINGS}
        for section in released.value.sections:
            if section.key in decision.masked_sections:
                states[section.key] = section.states
        label = allergy_label(released.value, now, feeds)
        progress = self._progress(released.value, decision, kept_back(plan, decision), now)
        plan = cautioned(replace(released.value, conflicts=tuple(one.conflict for one in progress if one.standing)), now)
        plan = self.disputes.beside(plan) if self.disputes else plan
        return carry(released, PersonRecord(plan, source_states(plan, now, feeds), states, label, now, progress, decision.emergency))

    def _progress(self, plan: UnifiedCarePlan, decision: Decision, held_back: Collection[str], now: datetime) -> tuple[Progress, ...]:
        """How far the conflicts of a masked plan have come; nothing of masked sections, nor of records that are held back."""
        told = self.steps.of_patients([report.patient for report in plan.sources]) if self.steps else []
        seen = [step for step in told if may_be_told(step.conflict, decision, held_back)]
        return follow(replace(plan, conflicts=as_read(plan.conflicts, now, self.grace)), seen, now)

    def record_then(self, requester: Requester, person: str, at: datetime, page: str) -> Disclosed[EarlierRecord]:
        """A person's record as it stood at `at` (aware), by what had been received by then: see hub.as_it_stood. Raises Missing, Refused, and
        Rejected (API-005) for a time to come."""
        if at > self.clock() or self.catalogue is None:
            raise Rejected(issue("API-005", at="as-of"))
        decision, (now, unshared) = self._plan(requester, person, f"{page}, as of {iso(at)}")
        then = plan_then(person, now, iso(at), self.records, self.links, self.catalogue, unshared)
        return record_then(decision, then, now, at, self.clock(), self.disputes)

    def changes(self, requester: Requester, person: str, since: datetime, until: datetime | None, page: str) -> Disclosed[PlanChanges]:
        """What changed between two instants (aware; None: now), of what the requester may see. Raises as record_then, and for until before since."""
        if until is not None and until < since:
            raise Rejected(issue("API-005", at="until"))
        then = self.record_then(requester, person, since, f"{page}: changes since").value
        return changes_between(
            then, self.record_then(requester, person, until, page) if until else self.person_record(requester, person, page), since
        )

    def as_sent(self, requester: Requester, person: str, record: str) -> Disclosed[bytes]:
        """The exact JSON of one source record ("Type/id") of a person, without a restricted one's addresses. Raises Missing (not theirs), Refused."""
        type_, _, id_ = record.partition("/")
        return disclose(
            *self._body(requester, person, self.records.record(type_, id_), f"{type_} as sent", lambda stored, let: stored.body)
        )

    def everything(
        self, requester: Requester, person: str, page: str = "$everything", types: Sequence[str] | None = None
    ) -> Disclosed[tuple[UnifiedCarePlan, tuple[StoredBody, ...]]]:
        """The plan and every current source record of a person that the requester may see. person: its id, a source's Patient id, or the "Type/id"
        of a record about it. page: what is being looked at, for the audit trail. types: of records; None: all. Raises Missing, Refused."""
        whole = self.whole(requester, person, page, types)
        return carry(whole, (whole.value.plan, whole.value.bodies))

    def whole(self, requester: Requester, person: str, page: str, types: Sequence[str] | None = None) -> Disclosed[Whole]:
        """The same, with what was held back of it counted by its reason, and what its sources withdrew."""
        decision, (plan, unshared), released = self._shown(requester, self._known.whose(person), page)
        known = self._known  # anew, now that the look is written down
        linked = known.linked(plan.person)
        patients, shield = Shared(plan, unshared).owners(linked), known.shield(linked)
        hidden = known.hidden(dict.fromkeys(sorted(patients), plan.person))
        records = self.records.of_patients(sorted(patients.difference(hidden)), types)
        leave = partial(may_leave, decision=decision, held_back=kept_back(plan, decision))
        return carry(released, self.spans.within("release", sorted_out, released.value, records, unshared, leave, shield))

    def resource(self, requester: Requester, type: str, id: str) -> Disclosed[StoredBody]:
        """One source record, also one about nobody, such as a service. Raises Missing, with API-018 when its source withdrew it, Refused."""
        return disclose(*self._record(requester, type, id, "read", lambda record, let: served(standing(record))))

    def versions(self, requester: Requester, type: str, id: str) -> Disclosed[tuple[Version, ...]]:
        """All versions of one source record, the newest first; of one that may not leave, that there is one. Raises Missing, Refused."""
        made = partial(versions, records=self.records, catalogue=self.catalogue)
        return disclose(*self._record(requester, type, id, "history", made))

    def _record(self, requester: Requester, type: str, id: str, what: str, form: Form[T]) -> tuple[T, Decision]:
        known = self._known
        record = known.record(type, id)
        if record is not None and not record.patient:
            decision = self.deciding.allow(requester, "search_people", "", f"{type} {what}, about nobody")
            return self.spans.within("release", form, record, lambda version: version), decision
        person = known.person_of(record.patient) if record else None
        if record is None or person is None:
            self.deciding.allow(requester, "search_people", "", f"{type} {what}, unknown id")
            raise Missing(issue("API-003"))
        return self._body(requester, person, record, f"{type} {what}", form, known)

    def operations(self, requester: Requester, detail: str, value: Callable[[], T], *, message: str = "") -> Disclosed[T]:
        """Something for whoever runs the hub, worked out only once policy allows it and it is written down. detail: what; never a value.

        message: a message whose bytes are looked at; it is written down as a look at the person it is about, where that is known.
        """
        about = self.records.outcomes([message]).get(message) if message else None
        person = self.links.person_of([about.patient]).get(about.patient, "") if about and about.patient else ""
        decision = self.deciding.allow(requester, "read_operations", person, detail)
        return disclose(self.spans.within("release", value), decision)

    def identity(self, requester: Requester, action: Action, persons: Iterable[str], detail: str, value: Callable[[], T]) -> Disclosed[T]:
        """Something about who is who, worked out only once policy allows it and it is written down as a look at each of these persons.

        detail: what; never a value. Raises Refused, and as `value` does.
        """
        decisions = [self.deciding.allow(requester, action, person, detail) for person in sorted(set(persons)) or [""]]
        return disclose(self.spans.within("release", value), decisions[0])

    def _body(
        self, requester: Requester, person: str, record: StoredRecord | None, page: str, form: Form[T], known: Known | None = None
    ) -> tuple[T, Decision]:
        decision, told = self._plan(requester, person, page, known)
        (plan, unshared), known = told, self._known  # anew, now that the look is written down
        linked = known.linked(plan.person)
        if record is None or record.patient not in told.owners(linked):
            raise Missing(issue("API-003"))
        if known.hidden({record.patient: plan.person}):
            raise Refused(issue("IDN-009"))
        keeps = unshared.get(record.patient, Unshared()).keeps
        let = partial(as_it_may_leave, decision, kept_back(plan, decision), keeps, known.shield(linked))
        if (shown := let(record)) is None:
            raise Refused(issue("API-002"))
        return self.spans.within("release", form, shown, let), decision

    def _plan(self, requester: Requester, person: str, page: str, known: Known | None = None) -> tuple[Decision, Shared]:
        current, deciding, facts = self._facts(person, known)
        decision = deciding.allow(requester, "read_record", current or person, page, facts)
        plans = self._shared_now([facts.plan], requester, facts.agreements)
        if not plans:
            raise Missing(issue("API-003"))
        return decision, plans[0]

    def _shown(
        self, requester: Requester, person: str, page: str, present: Collection[str] = ()
    ) -> tuple[Decision, Shared, Disclosed[UnifiedCarePlan]]:
        """As _plan, with what may leave of it, whose hash is written down with the look. Whatever fails, that somebody asked is written first."""
        current, deciding, facts = self._facts(person)
        decision, asking = deciding.decided(requester, "read_record", current or person, page, facts)
        decision = narrowed(decision, (row for row in self.policy.values() if row.role in present)) if present else decision
        at, released, shown, plans = iso(self.clock()), None, "", list[Shared]()
        try:
            if decision.permitted and (plans := self._shared_now([facts.plan], requester, facts.agreements)):
                released, shown = self.spans.within("redact", redacted, plans[0].plan, decision)
        finally:
            deciding.write(asking, "read_record", current or person, page, decision, at, shown)
        if released is None:
            raise Missing(issue("API-003"))
        return decision, plans[0], released

    def _told_of(self, persons: Iterable[str], reader: Requester) -> Iterator[tuple[UnifiedCarePlan, bool]]:
        """What a search may tell of these persons, and whether the reader may open their record by a relationship; persons without a plan are left out."""
        deciding, every = self.deciding, [as_stored(self.plans.get(person)) for person in persons]
        facts, held = deciding.facts("", self._known.answers), {plan.person: plan for plan in every if plan is not None}
        for plan, _ in self._shared_now(held.values(), reader, facts.agreements):
            related = deciding.related(reader, held[plan.person], facts)
            yield plan if related else by_name_only(plan), related

    def _shared_now(self, stored: Iterable[UnifiedCarePlan | None], reader: Requester, agreements: Agreements) -> list[Shared]:
        """These stored plans as they may be shared with a reader; None is left out."""
        plans = [plan for plan in stored if plan is not None]
        hidden = self._known.hidden({r.patient.removeprefix("Patient/"): plan.person for plan in plans for r in plan.sources})
        shown = [now for plan in plans if (now := as_hidden(plan, hidden, self._again)) is not None]
        moment = self.clock()
        return [told for plan in shown if (told := self.sharing.as_shared(plan, moment, reader, self._again, agreements)) is not None]

    def _again(self, person: str, unshared: Mapping[str, Unshared]) -> UnifiedCarePlan | None:
        if self.catalogue is None:
            raise StoreBusy(issue("STORE-001"))
        return plan_now(person, self.records, self.links, self.catalogue, unshared)

    @property
    def _known(self) -> Known:
        return Known(self.asked.now(), self.records, self.links)

    def _facts(self, person: str, known: Known | None = None) -> tuple[str | None, Deciding, Facts]:
        known, deciding = known or self._known, self.deciding
        current = known.current_person(person)
        return current, deciding, deciding.facts(current or "", known.answers)

    @property
    def deciding(self) -> Deciding:
        """What decides and writes down, as this door is set up now."""
        given = (self.sharing, self.emergencies, self.sweeping, self.spans)
        return Deciding(self.links, self.plans, self.audit, self.policy, self.clock, *given)

    def _found(self, query: PersonQuery, reader: Requester) -> Sequence[tuple[UnifiedCarePlan, bool]]:
        told = self._told_of(self.links.find(**search_keys(query)), reader)
        found = self.spans.within("redact", lambda: list(told))
        if query.postcode.strip():
            # As PDS does: who is restricted is not found by where they live.
            of = {plan.person: [link.patient for link in self.links.links_of(plan.person)] for plan, _ in found}
            found = [one for one in found if not restricted(of[one[0].person], self.records)]
        given = query.given.strip().casefold()
        return [one for one in found if not given or one[0].identity.given.casefold().startswith(given)]
