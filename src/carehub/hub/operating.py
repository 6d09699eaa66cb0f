"""The verbs of who runs the hub: how the feeds stand, what waits and why, what trying it again would do, and the bytes of one message for a reason."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime
from functools import partial
from typing import NamedTuple

from carehub.governance.redaction import Disclosed
from carehub.governance.requester import Requester
from carehub.hub.hub import Hub
from carehub.hub.map_message import would_become
from carehub.hub.metering import Figures, figures
from carehub.hub.quarantine import Entry, Replayed, Waiting
from carehub.hub.settling import numbers
from carehub.terms.errors import Missing, Rejected
from carehub.terms.issue_catalogue import issue
from carehub.terms.moments import iso

WHY = {
    "find": "To find out why it cannot be used",
    "answer": "To answer the organisation that sent it",
    "asked": "Because a privacy officer asks for it",
}
"""Why the bytes of a message may be opened. Codes and no free text, which could hold anything."""

MOST_TRIED = 200


class Standing(NamedTuple):
    """At an instant, aware UTC."""

    at: datetime
    figures: Figures


class Listed(NamedTuple):
    """What waits, with how many people the messages of the page are known to be about."""

    found: Waiting
    people: int


@dataclass(slots=True)
class Trial:
    """What trying messages again would do. Nothing was written.

    usable: messages that would be taken whole. still: why others would not, messages by issue number. records: that they would tell; new: of them not
    held yet; newer: of them held as a newer message told it, which stays as it is. before_newer: messages with such a record. people: known to be
    about, counted.
    """

    messages: int = 0
    usable: int = 0
    still: Counter[str] = field(default_factory=Counter)
    records: int = 0
    new: int = 0
    newer: int = 0
    before_newer: int = 0
    people: int = 0


@dataclass(frozen=True, slots=True)
class Operating:
    """Each verb decides, audits, and only then looks. Raises Refused, and StoreBusy."""

    hub: Hub

    def feeds(self, requester: Requester) -> Disclosed[Standing]:
        """How every feed stands now, and what waits at each step."""
        return self.hub.disclosing.operations(requester, "feed health", lambda: Standing(self.hub.clock(), figures(self.hub)))

    def waiting(self, requester: Requester, feed: str = "", reason: str = "", after: int = 0) -> Disclosed[Listed]:
        """A page of what waits, of one feed (its full name) or for one reason (an issue number). Raises Missing for a feed that is not there."""
        name = self.hub.catalogue.full_name(feed) if feed else ""

        def listed() -> Listed:
            found = self.hub.waiting(feed=name, reason=reason, after=after)
            return Listed(found, self._people({one.patient for one in found.page}))

        return self.hub.disclosing.operations(requester, "quarantine list", listed)

    def message(self, requester: Requester, message: str) -> Disclosed[Entry]:
        """Why one message waits or waited. Raises Missing."""
        return self.hub.disclosing.operations(requester, f"quarantined message {message}", lambda: self.hub.waiting_entry(message))

    def opened(self, requester: Requester, message: str, why: str) -> Disclosed[bytes]:
        """The bytes of a message as received; written down as a look at the person it is about, where that is known. why: a key of WHY.
        Raises Missing, and Rejected (API-005) without a reason."""
        if why not in WHY:
            raise Rejected(issue("API-005", at="why"))
        detail = f"bytes of message {message}: {WHY[why]}"
        return self.hub.disclosing.operations(requester, detail, lambda: self.hub.message_body(message), message=message)

    def trial(self, requester: Requester, messages: Sequence[str]) -> Disclosed[Trial]:
        """What trying these messages again would do now. Raises Rejected (API-005) for none or more than MOST_TRIED, Missing for one not known."""
        _few(messages)
        return self.hub.disclosing.operations(requester, f"trial of {len(messages)} messages", lambda: self._tried(messages))

    def replay(self, requester: Requester, messages: Sequence[str]) -> Disclosed[Replayed]:
        """Try these messages again, in the order in which they came. Raises as `trial`."""
        _few(messages)
        work = partial(self.hub.replay, messages, by=requester.user)
        return self.hub.disclosing.operations(requester, f"replay of {len(messages)} messages", work)

    def _tried(self, messages: Sequence[str]) -> Trial:
        store = self.hub.store
        looking = partial(would_become, log=self.hub.log, records=store.records, catalogue=self.hub.catalogue, now=iso(self.hub.clock()))
        found = looking(messages, trying=self.hub.trying)
        if len(found) < len(set(messages)):
            raise Missing(issue("API-003"))
        trial = Trial(len(found), people=self._people({outcome.patient for outcome, _ in found}))
        for outcome, mapped in found:
            trial.usable += outcome.verdict == "accepted"
            trial.still.update(numbers(outcome) if outcome.verdict != "accepted" else ())
            told = {record.ref.id for record in mapped.records} if mapped and outcome.verdict != "rejected" else set()
            held = store.records.current(told)
            newer = [one for one in held.values() if one.last_told[0] > outcome.told_at]
            trial.records += len(told)
            trial.new += len(told) - len(held)
            trial.newer += len(newer)
            trial.before_newer += bool(newer)
        return trial

    def _people(self, patients: set[str]) -> int:
        return len(set(self.hub.store.links.person_of(patients - {""}).values()))


def _few(messages: Sequence[str]) -> None:
    if not 1 <= len(messages) <= MOST_TRIED:
        raise Rejected(issue("API-005", at="messages"))
