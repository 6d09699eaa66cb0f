"""DOOR IN for emergency access: who may use it asks, with a reason, for one person and an hour; a privacy officer is shown it and reviews it."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta

from carehub.fhir.canonical import loads
from carehub.governance.audit import seen
from carehub.governance.decision import decide
from carehub.governance.redaction import Disclosed
from carehub.governance.requester import Requester
from carehub.hub.emergency_feed import ANSWERS, KINDS, Answer, Asked, answering, asking
from carehub.hub.emergency_grants import BREAK_GLASS, Emergencies, Grant
from carehub.hub.hub import Hub
from carehub.terms.errors import Missing, Rejected
from carehub.terms.issue_catalogue import issue
from carehub.terms.moments import iso

LASTS = timedelta(minutes=60)
LEAST_WORDS, MOST_WORDS = 15, 2000
_MOST_LOOKS = 5000


@dataclass(frozen=True, slots=True)
class Opened:
    """An access as a privacy officer sees it. looks: (ISO UTC, what was opened) under it, the oldest first. more: there may be older looks."""

    grant: Grant
    looks: tuple[tuple[str, str], ...]
    more: bool


@dataclass(frozen=True, slots=True)
class EmergencyAccess:
    """The verbs, over a hub. Each is decided by policy and written down before anything else, and raises Refused and StoreBusy."""

    hub: Hub

    @property
    def _grants(self) -> Emergencies:
        store = self.hub.store
        return Emergencies(store.records, store.links, store.log)

    def standing(self, requester: Requester, person: str) -> Grant | None:
        """What the requester has of this person now; of nobody else's access is anything told."""
        return self._grants.standing(requester, self.hub.store.links.current_person(person) or person, self.hub.clock())

    def ask(self, requester: Requester, person: str, kind: str, reason: str) -> Grant:
        """Open the record, or the sections of it that the role is not shown, of this person for 60 minutes. One that stands is given back and not made longer.

        kind: of KINDS. Raises Rejected: EMG-001 for a kind that is none or for fewer than 15 letters or digits in the reason, EMG-002 where the role
        is shown every section already and no relationship is missing; Missing for an unknown person.
        """
        told = reason.strip()
        current = self.hub.store.links.current_person(person) or person

        def store() -> Grant:
            if kind not in KINDS or sum(map(str.isalnum, told)) < LEAST_WORDS or len(told) > MOST_WORDS:
                raise Rejected(issue("EMG-001"))
            if not self.hub.store.links.links_of(current):
                raise Missing(issue("API-003"))
            if not self.opens(requester) and self.related(requester, current):
                raise Rejected(issue("EMG-002"))
            now = self.hub.clock()
            if standing := self._grants.standing(requester, current, now):
                return standing
            asked = Asked(current, requester, kind, told, iso(now), iso(now + LASTS))
            return Grant(self.hub.tell(asking(asked)), asked)

        what = f"emergency access asked for: {kind if kind in KINDS else 'no reason'}"
        return self.hub.disclosing.identity(requester, "use_emergency_access", [current], what, store).value

    def may_ask(self, requester: Requester) -> bool:
        """Whether policy lets this role use emergency access at all."""
        return decide(requester, "use_emergency_access", "", self.hub.disclosing.policy).permitted

    def opens(self, requester: Requester) -> frozenset[str]:
        """Keys of the sections that emergency access opens to this role; none where it is shown all of them."""
        row = self.hub.disclosing.policy.get((requester.role, requester.purpose))
        return row.masked_sections if row else frozenset()

    def related(self, requester: Requester, person: str) -> bool:
        """Whether no relationship with the person is asked of the requester, or theirs is recorded: then it opens no more than sections."""
        deciding = self.hub.disclosing.deciding
        facts = deciding.facts(self.hub.store.links.current_person(person) or "")
        return facts.plan is None or deciding.related(requester, facts.plan, facts)

    def end(self, requester: Requester, person: str) -> None:
        """End one's own access now. Nothing happens where none stands. Raises Overtaken where it was ended at the same moment."""
        current = self.hub.store.links.current_person(person) or person

        def store() -> None:
            now = self.hub.clock()
            if grant := self._grants.standing(requester, current, now):
                self.hub.tell(answering(Answer(grant.id, "ended", "", requester, iso(now))))

        self.hub.disclosing.identity(requester, "use_emergency_access", [current], "emergency access ended", store)

    def queue(self, requester: Requester, *, reviewed: bool = False) -> Disclosed[tuple[Opened, ...]]:
        """Every access that waits for review, the oldest first; with `reviewed`, those that were reviewed too."""
        grants = [grant for grant in self._grants.all() if reviewed or grant.reviewed is None]
        persons = {grant.asked.person for grant in grants}
        return self.hub.disclosing.identity(
            requester, "review_emergency_access", persons, "emergency access to review", lambda: tuple(map(self._opened, grants))
        )

    def review(self, requester: Requester, id: str, answer: str, words: str) -> None:
        """Say of an access that it was appropriate or is to be followed up. It cannot be taken back; Overtaken where another reviewed it.

        Raises Missing, Rejected (EMG-003) for another answer, no words where it is to be followed up, or one's own access.
        """
        grant = next((one for one in self._grants.all() if one.id == id), None)
        told = words.strip()

        def store() -> None:
            if grant is None:
                raise Missing(issue("API-003"))
            wordless = answer == "follow-up" and not told
            if answer not in ANSWERS or wordless or len(told) > MOST_WORDS or grant.asked.by.user == requester.user:
                raise Rejected(issue("EMG-003"))
            self.hub.tell(answering(Answer(id, answer, told, requester, iso(self.hub.clock()))))

        about = [grant.asked.person] if grant else []
        self.hub.disclosing.identity(requester, "review_emergency_access", about, "emergency access reviewed", store)

    def _opened(self, grant: Grant) -> Opened:
        links = self.hub.store.links
        ids = dict.fromkeys((grant.asked.person, links.current_person(grant.asked.person) or grant.asked.person))
        rows = [row for one in ids for row in self.hub.store.audit.about(one, _MOST_LOOKS)]
        looks = []
        for row in rows:
            entry = seen(loads(row.event))
            if entry.user == grant.asked.by.user and entry.purpose == BREAK_GLASS and grant.id in entry.reason:
                looks.append((row.at, entry.what))
        return Opened(grant, tuple(sorted(looks)), len(rows) >= _MOST_LOOKS)
