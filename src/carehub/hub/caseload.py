"""Who is on an organisation's caseload, and why: worked out of what the reader may see, at the moment of reading (ADR 0023)."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator
from dataclasses import dataclass
from datetime import date, datetime

from carehub.careplan.freshness import clock_state
from carehub.careplan.plan import Identity, SourceReport, UnifiedCarePlan
from carehub.careplan.sections import HEADINGS
from carehub.caseload.criteria import Criteria
from carehub.caseload.reasons import Reason, possible, reasons
from carehub.governance.redaction import Disclosed, carry
from carehub.governance.requester import Requester
from carehub.hub.caseload_evidence import evidence_of
from carehub.hub.hub import Hub
from carehub.hub.own_people import own_reports
from carehub.terms.moments import LONDON
from carehub.terms.refs import derived_id

_AT_ONCE = 32
_WITHHELD = ("hidden_wrong", "objected", "no_agreement")
# Sections in which evidence stands: a feed that tells nothing of them cannot keep anybody off the list by being late.
_BEARING = frozenset({"encounters", "problems", "results", "support"})


@dataclass(frozen=True, slots=True)
class OnCaseload:
    """One person of the list. identity: as the banner tells it. reasons: at least one. since: the day by which the earliest of them had come, "" where
    one has none. changed: the day of the newest evidence, "". records: the patient records of the organisation, "Patient/<id>"."""

    person: str
    identity: Identity
    reasons: tuple[Reason, ...]
    records: tuple[str, ...]

    @property
    def since(self) -> str:
        return min(reason.since for reason in self.reasons)

    @property
    def changed(self) -> str:
        return max(reason.day for reason in self.reasons)


@dataclass(frozen=True, slots=True)
class Caseload:
    """id: of the list, whoever reads it. organisation: the code whose people these are, with its name, "". at: the moment of reading, aware. people:
    those whose newest evidence is newest first. withheld: what policy keeps from counting, limits: why else somebody could be missing, in sentences."""

    id: str
    organisation: str
    name: str
    at: datetime
    criteria: Criteria
    people: tuple[OnCaseload, ...]
    withheld: tuple[str, ...]
    limits: tuple[str, ...]


def caseload_id(organisation: str) -> str:
    """The id of an organisation's caseload, the same for ever."""
    return derived_id("caseload", organisation)


@dataclass(frozen=True, slots=True)
class Caseloads:
    """The caseloads of a hub, under the site's criteria. An organisation has one: everybody with a reason of whom it holds a record, by its own
    code or another that the agreements say it goes by."""

    hub: Hub
    criteria: Criteria

    def members(self, requester: Requester, id: str = "", day: date | None = None) -> Disclosed[Caseload]:
        """The caseload of the requester's organisation, as this requester may see it. id: which is asked for, "" for their own. day: in London, of
        which the rules are asked; None for the day of reading.

        One row of the audit trail, about nobody. Raises Refused (API-002), also for every id but their own, and StoreBusy.
        """
        own, organisation, now = caseload_id(requester.organisation), requester.organisation, self.hub.clock()
        today = day or now.astimezone(LONDON).date()
        codes = self.hub.disclosing.sharing.in_force(now).codes_of(organisation)
        told = self.hub.disclosing.caseload(
            requester,
            lambda: self._candidates(codes, today),
            lambda plan: self._listed(plan, codes, today),
            own=id in ("", own),
        )
        people = tuple(sorted(told.value, key=lambda one: (one.identity.family.casefold(), one.identity.given.casefold(), one.person)))
        people = tuple(sorted(people, key=lambda one: one.changed, reverse=True))
        kept = (tuple(self._withheld(requester)), tuple(self._limits(now)))
        return carry(told, Caseload(own, organisation, requester.organisation_name, now, self.criteria, people, *kept))

    def _candidates(self, codes: Collection[str], today: date) -> Iterator[list[str]]:
        """Whoever may be on the list, a few at a time; the plan of each decides."""
        marked = [person for person, marks in self.hub.store.plans.marked() if possible(marks, self.criteria, today)]
        for n in range(0, len(marked), _AT_ONCE):
            links = self.hub.store.links.links_of_each(marked[n : n + _AT_ONCE])
            briefs = self.hub.store.records.in_brief({link.patient for held in links.values() for link in held})
            of = {patient for patient, brief in briefs.items() if brief.source.code in codes}
            yield [person for person, held in links.items() if any(link.patient in of for link in held)]

    def _listed(self, plan: UnifiedCarePlan, codes: Collection[str], today: date) -> OnCaseload | None:
        """None for who died, of whom the organisation holds nothing that may be shown, or without a reason."""
        records = tuple(report.patient for report in own_reports(plan, codes) if _shown(report))
        if not records or plan.identity.deceased.startswith("reported by"):
            return None
        why = reasons(evidence_of(plan), self.criteria, today)
        return OnCaseload(plan.person, plan.identity, why, records) if why else None

    def _withheld(self, requester: Requester) -> Iterator[str]:
        row = self.hub.disclosing.policy[requester.role, requester.purpose]
        if closed := [heading.title for heading in HEADINGS if heading.key in row.masked_sections & _BEARING]:
            yield f"Your role ({row.title}) is not shown {' and '.join(closed)}, so nothing in them counts as a reason here."
        if not row.restricted:
            yield f"Your role ({row.title}) is not shown what a source labelled, so none of it counts as a reason here."

    def _limits(self, now: datetime) -> Iterable[str]:
        feeds, catalogue = self.hub.disclosing.feeds, self.hub.catalogue
        if self.hub.store.plans.dirty(1):
            yield "Some records are being brought up to date, so somebody could be missing from this list."
        for name, clock in sorted((feeds.clocks(now) if feeds else {}).items()):
            told = catalogue.feed(name).sections or catalogue.adapter(name).manifest.sections
            state, sentence = clock_state(clock.last, clock.expected_every, clock.stale_after, now)
            if state != "current" and not _BEARING.isdisjoint(told):
                yield f"{clock.title}: {sentence} Somebody could be missing from this list."


def _shown(report: SourceReport) -> bool:
    return not any(warning.state in _WITHHELD for warning in report.warnings)
