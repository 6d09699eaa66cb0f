"""DOOR IN for changes of the agreements: one privacy officer proposes a whole file, another approves or declines it (two-person rule)."""

from __future__ import annotations

from dataclasses import dataclass

from carehub.governance import agreements
from carehub.governance.agreements import Agreements
from carehub.governance.clauses import BadAgreements
from carehub.governance.redaction import Disclosed
from carehub.governance.requester import Requester
from carehub.hub.agreement_changes import AgreementChanges, Proposal
from carehub.hub.agreements_feed import VERDICTS, Answered, Change, Proposed, message_of
from carehub.hub.hub import Hub
from carehub.terms.errors import Missing, Overtaken, Rejected
from carehub.terms.issue_catalogue import issue
from carehub.terms.moments import iso, london_date

MOST_WORDS = 2000


@dataclass(frozen=True, slots=True)
class InForce:
    """agreements: those in force. by: the proposal that made them so, None for the site's file. proposals: all,
    oldest first. day: today in London, "YYYY-MM-DD"."""

    agreements: Agreements
    by: Proposal | None
    proposals: tuple[Proposal, ...]
    day: str

    @property
    def text(self) -> str:
        """Of the agreements in force, "" where there are none."""
        return self.agreements.text


@dataclass(frozen=True, slots=True)
class ChangingAgreements:
    """The verbs, over a hub. Each is decided by policy and written down before anything else, and raises Refused and StoreBusy."""

    hub: Hub

    @property
    def _changes(self) -> AgreementChanges:
        return AgreementChanges(self.hub.store.records, self.hub.store.log)

    def show(self, requester: Requester) -> Disclosed[InForce]:
        """What is in force and every proposal."""

        def told() -> InForce:
            changes, now = self._changes, self.hub.clock()
            held = self.hub.disclosing.sharing.in_force(now)
            return InForce(held, changes.standing(iso(now)), tuple(changes.all()), london_date(iso(now)))

        return self.hub.disclosing.identity(requester, "change_agreements", [], "agreements in force", told)

    def propose(self, requester: Requester, text: str, reason: str) -> str:
        """Propose a whole file; the proposal's id. Nothing changes by it. Raises Rejected (GOV-001) for a text that is no agreements or no reason."""

        def store() -> str:
            _words(reason, required=True)
            _readable(text)
            now = iso(self.hub.clock())
            standing = self._changes.standing(now)
            told = Proposed(text, reason.strip(), standing.id if standing else "", requester, now)
            return self.hub.tell(message_of(Change(proposed=told)))

        return self.hub.disclosing.identity(requester, "change_agreements", [], "agreements: proposed", store).value

    def answer(self, requester: Requester, id: str, verdict: str, words: str = "") -> None:
        """Approve a proposal, in force from the next reading on, or decline it with words. Its proposer may only decline it, taking it back.

        verdict: "approved" or "declined". Raises Missing, Rejected: GOV-001 for another verdict, a wordless decline or approving a
        text that is no agreements, GOV-002 for approving one's own;
        Overtaken (GOV-003) where it was answered, or something else has come into force since it was proposed.
        """

        def store() -> None:
            changes, now = self._changes, iso(self.hub.clock())
            proposal = next((one for one in changes.all() if one.id == id), None)
            if proposal is None:
                raise Missing(issue("API-003"))
            _words(words, required=verdict == "declined")
            if verdict not in VERDICTS:
                raise Rejected(issue("GOV-001", at="answer"))
            if verdict == "approved":
                _readable(proposal.proposed.text)
            if verdict == "approved" and proposal.proposed.by.user == requester.user:
                raise Rejected(issue("GOV-002"))
            standing = changes.standing(now)
            moved_on = verdict == "approved" and proposal.proposed.over != (standing.id if standing else "")
            if proposal.answered is not None or moved_on:
                raise Overtaken(issue("GOV-003"))
            self.hub.tell(message_of(Change(answered=Answered(id, verdict, words.strip(), requester, now))))

        done = verdict if verdict in VERDICTS else "answered"
        self.hub.disclosing.identity(requester, "change_agreements", [], f"agreements: {done}", store)


def _readable(text: str) -> None:
    """A text that was proposed to an earlier version may lack what this one asks for: in force, it would show nothing (GOV-004)."""
    try:
        agreements.read(text, where="agreements")
    except BadAgreements as error:
        raise Rejected(issue("GOV-001", at=str(error))) from None


def _words(told: str, *, required: bool) -> None:
    if (required and not told.strip()) or len(told) > MOST_WORDS:
        raise Rejected(issue("GOV-001", at="reason"))
