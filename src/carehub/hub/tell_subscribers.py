"""What waits in the outbox, told: decided anew for the one who asked, at the moment of telling, as every reading is."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import timedelta

from carehub.careplan.occurrences import occurrences
from carehub.fhir.canonical import dumps
from carehub.fhir.notification import Told, notification, status
from carehub.fhir.resource import Resource
from carehub.governance.subscription import ADDRESS, GREETING, Notification, Standing, Subscription
from carehub.hub.disclose import Disclosing
from carehub.hub.feed_health import FeedHealth
from carehub.hub.notice_occurrences import notice_late_feeds
from carehub.store.ports import Store
from carehub.terms.errors import Missing, OutsideDown, Refused
from carehub.terms.moments import iso

MOST_TRIES = 12
"""Without an answer so often in a row, over about a day, a subscription is in error: nothing more is noticed for it, and what waits stays."""
_FIRST_PAUSE, _LONGEST_PAUSE = timedelta(seconds=30), timedelta(hours=6)
_CLAIMED = timedelta(minutes=2)

Call = Callable[[Subscription, str, bytes], None]
"""Sends one notification: the subscription, the notification's id, and the Bundle. Raises OutsideDown."""


@dataclass(frozen=True, slots=True)
class TellSubscribers:
    """The verb. call: who sends. feeds: how the feeds stand now."""

    store: Store
    disclosing: Disclosing
    call: Call
    feeds: Callable[[], tuple[FeedHealth, ...]]

    def tell(self, limit: int = 16) -> int:
        """Make the calls that are due, at most `limit`; how many were taken. An endpoint that does not answer is called once, and holds up nobody
        else for longer than its own time limit."""
        now = self.disclosing.clock()
        held = self.store.subscriptions
        if any(one.topic == "feed-late" for one in held.listening()):
            notice_late_feeds(self.feeds(), self.store, iso(now))
        standing = {one.subscription.id: one for one in held.standing()}
        silent: set[str] = set()
        taken = 0
        for note in held.due(iso(now), limit):
            one = standing[note.subscription]
            pause = max(_CLAIMED, min(_FIRST_PAUSE * 2**note.attempts, _LONGEST_PAUSE))
            if one.subscription.id in silent or self._over(one) or not held.claim(note, iso(now + pause)):
                continue
            if self._tell(one, note):
                taken += 1
                standing[note.subscription] = replace(one, state="active", failed=0, sent=one.sent + (note.key != GREETING))
            else:
                silent.add(note.subscription)
        return taken

    def _over(self, one: Standing) -> bool:
        """Whether its end has come; then it is off."""
        over = bool(one.subscription.end) and one.subscription.end <= iso(self.disclosing.clock())
        if over:
            self.store.subscriptions.set_state(one.subscription.id, "off")
        return over

    def _tell(self, one: Standing, note: Notification) -> bool:
        """Whether the endpoint answered, or need not be called because this is no longer the subscriber's to know."""
        held = self.store.subscriptions
        if not self._may_know(one, note):
            held.settle(note.id, "withheld")
            return True
        try:
            self.call(one.subscription, note.id, dumps(self._bundle(one, note)))
        except OutsideDown:
            failed = one.failed + 1
            held.set_state(one.subscription.id, "error" if failed >= MOST_TRIES else one.state, failed)
            return False
        held.settle(note.id, "sent")
        if one.state == "requested" or one.failed:
            held.set_state(one.subscription.id, "active")
        return True

    def _bundle(self, one: Standing, note: Notification) -> Resource:
        asked, greeting = one.subscription, note.key == GREETING
        focus = note.focus if asked.payload == "id-only" else ""
        said = status(
            asked.id,
            ADDRESS + asked.topic,
            one.state,
            "handshake" if greeting else "event-notification",
            one.sent + (not greeting),
            None if greeting else Told(note.at, focus),
        )
        return notification(note.id, iso(self.disclosing.clock()), asked.id, said)

    def _may_know(self, one: Standing, note: Notification) -> bool:
        """What is late is in every reader's record; all else is told only while the record, as this reader is shown it, says so."""
        if not note.person:
            return True
        try:
            record = self.disclosing.person_record(one.subscription.by, note.person, f"subscription: {one.subscription.topic}").value
        except (Refused, Missing):
            return False
        return any(found.key == note.key for found in occurrences(record.plan))
