"""What would fall due by the retention schedule and why, and legal holds, which always win. It destroys nothing."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import date
from typing import Literal

from carehub.careplan.plan import SourceReport, UnifiedCarePlan
from carehub.governance.redaction import Disclosed
from carehub.governance.requester import Requester
from carehub.governance.retention import Due, Life, RetentionClass, Schedule, due_of
from carehub.hub.deciding import as_stored
from carehub.hub.hold_feed import Lifted, Placed, Scope, lifting, placing
from carehub.hub.holds_standing import Hold, every_hold, over
from carehub.hub.hub import Hub
from carehub.terms.errors import Missing, Overtaken, Rejected
from carehub.terms.issue_catalogue import issue
from carehub.terms.moments import iso, london_date

MOST_WORDS = 2000
State = Literal["kept", "due", "held"]


@dataclass(frozen=True, slots=True)
class Falling:
    """One source's record of a person. patient: "Patient/<id>". state: "held" where it is due and a hold stands over it. day: from which on it is due,
    "" where none can be told. holds: ids of those over it. messages: how many are about it; with_others: how many of them name other people's records too,
    or came in one file with other messages, so that their bytes hold more than this record."""

    person: str
    patient: str
    source: str
    class_: str
    state: State
    day: str
    why: str
    holds: tuple[str, ...] = ()
    messages: int = 0
    with_others: int = 0


@dataclass(frozen=True, slots=True)
class RetentionReport:
    """On a day (YYYY-MM-DD, London) by a schedule. counts: (class, state) to how many records. falling: those that are due, held or not, the longest due
    first. holds: every one there was."""

    day: str
    version: str
    source: str
    counts: tuple[tuple[str, State, int], ...]
    falling: tuple[Falling, ...]
    holds: tuple[Hold, ...]

    @property
    def to_be_reviewed(self) -> tuple[Hold, ...]:
        """The holds that stand and whose day of review has come."""
        return tuple(one for one in self.holds if one.lifted is None and one.placed.review <= self.day)


@dataclass(frozen=True, slots=True)
class Retaining:
    """The verbs, over a hub. Each is decided by policy (`manage_retention`) and written down before anything else, and raises Refused and StoreBusy."""

    hub: Hub
    schedule: Schedule

    def report(self, requester: Requester, on: date | None = None) -> Disclosed[RetentionReport]:
        """What is due on a day, today in London where none is given. It names people by id alone."""
        day = on or self.today()
        return self.hub.disclosing.identity(requester, "manage_retention", [], f"retention report for {day}", lambda: self._report(day))

    def hold(self, requester: Requester, scope: Scope, of: str, *, holder: str, reason: str, review: str) -> str:
        """Place a legal hold; its id. review: a day to come, YYYY-MM-DD. Raises Rejected (API-005) for no holder, no reason, no such day, and a feed or
        class that there is none of; Missing for an unknown person."""
        person = self._current(of) if scope == "person" else ""

        def store() -> str:
            self._checked(scope, of, holder, reason, review)
            patients = tuple(link.patient for link in self.hub.store.links.links_of(person)) if person else ()
            if scope == "person" and not patients:
                raise Missing(issue("API-003"))
            placed = Placed(scope, person or of, patients, holder.strip(), reason.strip(), review, requester, iso(self.hub.clock()))
            return self.hub.tell(placing(placed))

        about = [person] if person else []
        return self.hub.disclosing.identity(requester, "manage_retention", about, "legal hold placed", store).value

    def lift(self, requester: Requester, id: str, reason: str) -> None:
        """Say that a hold is over. Raises Missing; Rejected: API-005 without a reason, GOV-002 for who placed it: that takes another person; Overtaken
        (GOV-003) where it was lifted already."""
        found = next((one for one in self._holds() if one.id == id), None)
        about = [self._current(found.placed.of)] if found and found.placed.scope == "person" else []

        def store() -> None:
            if found is None:
                raise Missing(issue("API-003"))
            self._worded(reason, "reason")
            if found.placed.by.user == requester.user:
                raise Rejected(issue("GOV-002"))
            if found.lifted is not None:
                raise Overtaken(issue("GOV-003"))
            try:
                self.hub.tell(lifting(Lifted(id, reason.strip(), requester, iso(self.hub.clock()))))
            except Overtaken:
                raise Overtaken(issue("GOV-003")) from None

        self.hub.disclosing.identity(requester, "manage_retention", about, "legal hold lifted", store)

    def holds(self, requester: Requester) -> Disclosed[tuple[Hold, ...]]:
        """Every hold there was, oldest first."""
        return self.hub.disclosing.identity(requester, "manage_retention", [], "legal holds", lambda: tuple(self._holds()))

    def _report(self, day: date) -> RetentionReport:
        holds, counts, falling = self._holds(), Counter[tuple[str, State]](), list[Falling]()
        for person in self.hub.store.links.persons():
            plan = as_stored(self.hub.store.plans.get(person))
            for one in self.of_person(plan, holds, day) if plan else ():
                counts[one.class_, one.state] += 1
                if one.state != "kept":
                    falling.append(self._with_messages(one))
        counted = tuple((class_, state, number) for (class_, state), number in sorted(counts.items()))
        ordered = sorted(falling, key=lambda one: (one.day, one.person, one.patient))
        return RetentionReport(day.isoformat(), self.schedule.version, self.schedule.source, counted, tuple(ordered), tuple(holds))

    def of_person(self, plan: UnifiedCarePlan, holds: Sequence[Hold], day: date) -> Iterator[Falling]:
        """How each source's record of a person stands on a day under these holds. Messages are not counted."""
        patients = [report.patient.removeprefix("Patient/") for report in plan.sources]
        classes = [(report, self.schedule.class_of(report.source.kind.value, report.feeds)) for report in plan.sources]
        dues = {report.patient: due_of(held, _life(plan, report)) for report, held in classes if not (held and held.with_longest)}
        longest = _longest(list(dues.values()))
        for report, held in classes:
            found = dues.get(report.patient, longest)
            key = held.key if held else "none"
            due = found.day is not None and found.day <= day
            standing = over(holds, patients, report.feeds, key) if due else ()
            state: State = "held" if standing else "due" if due else "kept"
            until = found.day.isoformat() if found.day else ""
            ids = tuple(one.id for one in standing)
            yield Falling(plan.person, report.patient, report.source.title, key, state, until, _sentence(held, found), ids)

    def _with_messages(self, one: Falling) -> Falling:
        patient = one.patient.removeprefix("Patient/")
        told = self.hub.store.records.outcomes_of([patient]).get(patient, [])
        held = self.hub.log.read([each.message for each in told])
        receipts = {message.submission: self.hub.log.receipt(message.submission) for message in held.values()}
        shared = {id for id, receipt in receipts.items() if receipt is not None and len(receipt.messages) > 1}
        others = sum(each.patients != [patient] or held[each.message].submission in shared for each in told)
        return replace(one, messages=len(told), with_others=others)

    def _holds(self) -> list[Hold]:
        return every_hold(self.hub.store.records, self.hub.log)

    def _current(self, person: str) -> str:
        return self.hub.store.links.current_person(person) or person

    def today(self) -> date:
        """In London."""
        return date.fromisoformat(london_date(iso(self.hub.clock())))

    def _checked(self, scope: Scope, of: str, holder: str, reason: str, review: str) -> None:
        self._worded(holder, "holder")
        self._worded(reason, "reason")
        try:
            later = len(review) == 10 and date.fromisoformat(review) > self.today()
        except ValueError:
            later = False
        if not later:
            raise Rejected(issue("API-005", at="review"))
        there = {"person": True, "feed": self._is_feed(of), "class": of in {one.key for one in self.schedule.classes}}
        if not there.get(scope, False):
            raise Rejected(issue("API-005", at=scope if scope in there else "scope"))

    def _is_feed(self, name: str) -> bool:
        try:
            self.hub.catalogue.feed(name)
        except Missing:
            return False
        return True

    @staticmethod
    def _worded(told: str, at: str) -> None:
        if not told.strip() or len(told) > MOST_WORDS:
            raise Rejected(issue("API-005", at=at))


def _longest(dues: Sequence[Due]) -> Due:
    """The latest day of these; one that cannot be told keeps the rest."""
    unknown = next((one for one in dues if one.day is None), None)
    if unknown is not None or not dues:
        return Due(None, "Kept with what is kept longest of the same person.")
    return Due(max(one.day for one in dues if one.day), "kept as long as what is kept longest of the same person")


def _life(plan: UnifiedCarePlan, report: SourceReport) -> Life:
    """The newest day of the source's record: of its statements, and of its own time on its newest message; where it gives neither, of when that came."""
    told = [day[:10] for day in (report.last_entry, report.recorded) if len(day) >= 10] or [report.received[:10]]
    died = plan.identity.died if plan.identity.deceased != "unconfirmed" else ""
    return Life(date.fromisoformat(max(told)), plan.identity.birth_date, died)


def _sentence(held: RetentionClass | None, due: Due) -> str:
    return f"{due.why[:1].upper()}{due.why[1:]}. {held.basis}." if held and due.day else due.why
