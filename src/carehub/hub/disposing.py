"""Disposal of what is due: proposed by one privacy officer, approved by another, and then carried out so that it may be ended at any call and goes on.

The order of the writes: (1) the approval; (2) the word that it begins, with exactly what goes, once everything said before the approval is heard, so
that a hold placed before it wins; (3) its messages are marked, so that whatever maps them from here on, a rebuild too, makes nothing of them; (4) they
are mapped so, the lane and the plans follow; (5) what was kept beside the records is dropped; (6) the bytes are destroyed, each submission in one
transaction; (7) the word that it is done. Until (3) nothing has changed. Between (3) and (6) nobody is shown anything of it and the bytes are still
there. Each step may be done twice.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, timedelta

from carehub.feeds.message import message_id, submission_id
from carehub.governance.redaction import Disclosed
from carehub.governance.requester import Requester
from carehub.governance.retention import Schedule
from carehub.hub.disposal_due import Found, can_go, destructible, still
from carehub.hub.disposal_feed import FEED, Approved, Begun, DisposalWord, Done, Leaving, Proposed, message_of
from carehub.hub.disposals_told import Told, every_disposal
from carehub.hub.hub import Hub
from carehub.hub.reconcile_records import forget_read
from carehub.hub.retaining import MOST_WORDS, Retaining
from carehub.store.disposing import Order
from carehub.terms.errors import Missing, Overtaken, Rejected, StoreBusy
from carehub.terms.issue_catalogue import issue
from carehub.terms.moments import iso

STANDS = timedelta(days=30)
"""For so long a proposal may be approved."""

MOST_MESSAGES = 20_000
"""That one proposal names; who comes after waits for the next."""

_BATCH = 64


@dataclass(frozen=True, slots=True)
class Disposing:
    """The verbs, over a hub. Each is decided by policy (`manage_retention`) and written down before anything else, and raises Refused and StoreBusy."""

    hub: Hub
    schedule: Schedule

    def propose(self, requester: Requester, reason: str, on: date | None = None) -> str:
        """Propose to destroy what is due on a day, by default today; the proposal's id. Nothing changes by it. Raises Rejected (API-005) without a
        reason, or for a day to come; Missing where nobody's records can go."""

        def store() -> str:
            retaining = Retaining(self.hub, self.schedule)
            day = on or retaining.today()
            if not reason.strip() or len(reason) > MOST_WORDS:
                raise Rejected(issue("API-005", at="reason"))
            if day > retaining.today():
                raise Rejected(issue("API-005", at="on"))
            found = self._all(retaining, day)
            if not found.leaving:
                raise Missing(issue("API-003"))
            whys = tuple((why, sum(one == why for one in found.left.values())) for why in sorted(set(found.left.values())))
            now = self.hub.clock()
            told = (self.schedule.version, day.isoformat(), found.leaving, found.counts, whys, reason.strip())
            return self._tell(DisposalWord(proposed=Proposed(*told, iso(now + STANDS), requester, iso(now))))

        return self.hub.disclosing.identity(requester, "manage_retention", [], "disposal proposed", store).value

    def disposals(self, requester: Requester) -> Disclosed[tuple[Told, ...]]:
        """Every proposal there was and how far it came, oldest first."""
        return self.hub.disclosing.identity(requester, "manage_retention", [], "disposals", lambda: tuple(self._every()))

    def apply(self, requester: Requester, id: str) -> Told:
        """Approve a proposal and destroy what of it is still due; where that was begun and ended, go on. How it stands after.

        Raises Missing; Rejected (GOV-002) for who proposed it; Overtaken (GOV-003) where it has expired or the schedule is another by now; StoreBusy
        where the log is not read up to the approval yet, or the store was busy: what was begun is gone on with by the same call again.
        """
        found = next((one for one in self._every() if one.id == id), None)
        about = [one.person for one in found.proposed.leaving] if found else []

        def work() -> Told:
            if found is None:
                raise Missing(issue("API-003"))
            return self._carry_out(requester, found if found.approved else self._approved(requester, found))

        return self.hub.disclosing.identity(requester, "manage_retention", about, f"disposal {id} approved", work).value

    def scrub(self, requester: Requester) -> None:
        """See store.disposing.Disposal.scrub."""
        self.hub.disclosing.identity(
            requester, "manage_retention", [], "room of what was destroyed given up", self.hub.store.disposal.scrub
        )

    def _all(self, retaining: Retaining, day: date) -> Found:
        leaving, left, many = list[Leaving](), dict[str, str](), 0
        for person, one in can_go(retaining, day, self.hub.store.links.persons()):
            if isinstance(one, str):
                left[person] = one
            elif many + len(one.messages) <= MOST_MESSAGES:
                leaving.append(one)
                many += len(one.messages)
        return Found(tuple(leaving), left)

    def _approved(self, requester: Requester, found: Told) -> Told:
        now = iso(self.hub.clock())
        if found.proposed.by.user == requester.user:
            raise Rejected(issue("GOV-002"))
        if found.proposed.expires <= now or found.proposed.version != self.schedule.version:
            raise Overtaken(issue("GOV-003"))
        self._tell(DisposalWord(approved=Approved(found.id, requester, now)))
        return self._again(found.id, "approved")

    def _carry_out(self, requester: Requester, found: Told) -> Told:
        if found.done is not None:
            return found
        begun = found.begun or self._begun(requester, found)
        leaving = [one for one in found.proposed.leaving if one.person in set(begun.persons)]
        messages = [message for one in leaving for message in one.messages]
        version = found.proposed.version
        detail = f"destroyed under disposal {found.id}, schedule {version}: {len(messages)} messages of {len(leaving)} persons in all"

        def work() -> None:
            order = Order(found.id, version, begun.at)
            self._leave_out(requester, leaving, messages, order)
            for submission in begun.submissions:
                self.hub.store.disposal.destroy(submission, order)

        if leaving:
            self.hub.disclosing.identity(requester, "manage_retention", begun.persons, detail, work)
        self._tell(DisposalWord(done=Done(found.id, requester, iso(self.hub.clock()))))
        return self._again(found.id, "done")

    def _begun(self, requester: Requester, found: Told) -> Begun:
        """Say what goes: of the proposal, what is still due now that everything before the approval is heard."""
        self.hub.settle()
        if self.hub.store.links.lane_position() < self.hub.log.position(self._message(found.id, "approved")):
            raise StoreBusy(issue("STORE-001"))
        retaining = Retaining(self.hub, self.schedule)
        now = still(retaining, date.fromisoformat(found.proposed.day), found.proposed.leaving)
        persons = tuple(one.person for one in now.leaving)
        whole, kept = destructible(retaining, [message for one in now.leaving for message in one.messages])
        left = tuple(sorted(now.left.items()))
        self._tell(DisposalWord(begun=Begun(found.id, persons, left, whole, kept, requester, iso(self.hub.clock()))))
        begun = self._again(found.id, "begun").begun
        assert begun is not None
        return begun

    def _leave_out(self, requester: Requester, leaving: list[Leaving], messages: list[str], order: Order) -> None:
        """Take it out of everything that is worked out of the log. Raises StoreBusy while something of it is still there."""
        store, patients = self.hub.store, [patient for one in leaving for patient in one.patients]
        store.disposal.mark(messages, order)
        for start in range(0, len(messages), _BATCH):
            self.hub.map(messages[start : start + _BATCH], again=True, by=requester.user)
        self.hub.settle()
        outcomes = store.records.outcomes(messages)
        telling = store.records.outcomes_of(patients)
        gone = [patient for patient in patients if not telling.get(patient)]
        if any(one.patients for one in outcomes.values()) or store.links.person_of(gone) or store.records.of_patients(gone):
            raise StoreBusy(issue("STORE-001"))
        persons = {one.person for one in leaving} | {link.person for patient in gone for _, _, link in store.links.history(patient)}
        store.disposal.forget(gone, sorted(persons - store.links.links_of_each(persons).keys()))
        forget_read()

    def _every(self) -> list[Told]:
        return every_disposal(self.hub.store.records, self.hub.log)

    def _tell(self, word: DisposalWord) -> str:
        submission = message_of(word)
        try:
            return self.hub.tell(submission)
        except Overtaken:  # Said by another meanwhile, or by this one before it was ended: what the log has counts, once it is read.
            message = message_id(submission.id, 0)
            self.hub.map([message])
            return message

    def _again(self, id: str, name: str) -> Told:
        """The disposal, now that a word of it is told. Raises StoreBusy where nobody has read that yet."""
        told = next((one for one in self._every() if one.id == id), None)
        if told is None or getattr(told, name) is None:
            raise StoreBusy(issue("STORE-001"))
        return told

    @staticmethod
    def _message(id: str, name: str) -> str:
        """The id of the message by which a word of a proposal is told."""
        return message_id(submission_id(FEED, f"{id}:{name}", ""), 0)
