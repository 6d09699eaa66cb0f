"""Which emergency access stands now: worked out at every reading from what the log says, so that it ends by itself."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import datetime

from carehub.governance.decision import Decision
from carehub.governance.requester import Requester
from carehub.hub.emergency_feed import FEED, Answer, Asked, Word, read
from carehub.store.ports import Links, MessageLog, Records
from carehub.terms.moments import LONDON, instant, iso

BREAK_GLASS = "BTG"
"""Purpose of use that a look is written down with (HL7 v3 PurposeOfUse, "break the glass")."""
_MOST = 10_000


@dataclass(frozen=True, slots=True)
class Grant:
    """One access. id: the message that asked. ended: by who asked, reviewed: by a privacy officer; None while it was not."""

    id: str
    asked: Asked
    ended: Answer | None = None
    reviewed: Answer | None = None

    @property
    def over(self) -> str:
        """When it ends or ended, ISO UTC."""
        return min(self.asked.until, self.ended.at) if self.ended else self.asked.until


@dataclass(slots=True)
class Emergencies:
    """passed: a place in the log before which every access is over, so that those need not be read again."""

    records: Records
    links: Links
    log: MessageLog
    passed: int = 0

    def all(self) -> list[Grant]:
        """Every access there was, in order of the log."""
        return _joined([(message, word) for _, message, word in self._words(0)])

    def standing(self, requester: Requester, person: str, now: datetime) -> Grant | None:
        """The access that this user has now to this person, in this role and for this organisation. now: aware."""
        at, words = iso(now), self._words(self.passed)
        for position, _, word in words:
            if word.asked is not None and word.asked.until > at:
                break
            self.passed = position
        for grant in _joined([(message, word) for _, message, word in words]):
            asked = grant.asked
            same = (asked.by.user, asked.by.role, asked.by.organisation) == (requester.user, requester.role, requester.organisation)
            if same and asked.at <= at < grant.over and (self.links.current_person(asked.person) or asked.person) == person:
                return grant
        return None

    def widened(self, decision: Decision, requester: Requester, person: str, now: datetime) -> tuple[Decision, Requester]:
        """A decision to let somebody read, with the sections of their emergency access opened, and who asks, for the audit trail.

        What the source labelled, withheld or does not share, and protected addresses, stay as they are (UI-61).
        """
        grant = self.standing(requester, person, now)
        until = instant(grant.over) if grant else None
        if grant is None or until is None:
            return decision, requester
        left = -(-int((until - now).total_seconds()) // 60)
        words = f"Emergency access until {until.astimezone(LONDON):%H:%M}: {left} {'minute' if left == 1 else 'minutes'} left."
        reason = f"Emergency access until {grant.over}, asked for in message {grant.id}."
        return replace(decision, masked_sections=frozenset(), reason=reason, emergency=words), replace(requester, purpose=BREAK_GLASS)

    def _words(self, after: int) -> list[tuple[int, str, Word]]:
        told: list[tuple[int, str, Word]] = []
        while outcomes := self.records.unsettled("accepted", after, _MOST, FEED):
            bodies = self.log.read([outcome.message for outcome in outcomes])
            told += [(outcome.position, outcome.message, read(bodies[outcome.message].body)) for outcome in outcomes]
            after = outcomes[-1].position
        return told


def _joined(words: list[tuple[str, Word]]) -> list[Grant]:
    grants = {message: Grant(message, word.asked) for message, word in words if word.asked is not None}
    for _, word in words:
        said = word.answer
        if said is not None and said.of in grants:
            grant = grants[said.of]
            grants[said.of] = replace(grant, ended=said) if said.verdict == "ended" else replace(grant, reviewed=said)
    return list(grants.values())
