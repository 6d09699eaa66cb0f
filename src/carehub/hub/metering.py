"""The hub's own figures at one moment, for whoever watches it: what waits at each step, how old it is, and how each feed stands. Counts and times only."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from carehub.hub.feed_health import FeedHealth
from carehub.hub.hub import Hub
from carehub.store.ports import MessageLog, Records
from carehub.terms.moments import instant


@dataclass(frozen=True, slots=True)
class Figures:
    """received: messages in the log. mapped: those with an outcome. linked: how far the identity lane is. stale_plans: plans to be made anew.
    exports: those that are not done. oldest_waiting: seconds since the first message was received that the lane has not passed, 0 for none. plans,
    conflicts, gaps: of all people together. oldest_dead: for feeds with rejected messages, seconds since the oldest was received. blamed: messages
    that are not read any more because processes ended with them. feeds: as `feed_health` has them."""

    received: int
    mapped: int
    linked: int
    stale_plans: int
    exports: int
    oldest_waiting: float
    plans: int
    conflicts: int
    gaps: int
    oldest_dead: dict[str, float]
    blamed: int
    feeds: tuple[FeedHealth, ...]

    @property
    def waiting(self) -> dict[str, int]:
        """By step: messages that it has not done; for "assemble" plans to be made anew, for "export" exports."""
        ahead = {"map": self.received - self.mapped, "identity": self.received - self.linked}
        return {**ahead, "assemble": self.stale_plans, "export": self.exports}


def figures(hub: Hub) -> Figures:
    """Asked of the store now. Raises StoreBusy."""
    store, now = hub.store, hub.clock()
    feeds = hub.feed_health()
    linked = store.links.lane_position()
    plans, conflicts, gaps = store.plans.totals()
    return Figures(
        received=hub.log.last_position(),
        mapped=sum(count for *_, count in store.records.counts()),
        linked=linked,
        stale_plans=store.plans.stale(),
        exports=sum(one.state == "waiting" for one in store.exports.all()),
        oldest_waiting=_oldest_waiting(hub.log, linked, now),
        plans=plans,
        conflicts=conflicts,
        gaps=gaps,
        oldest_dead={feed: _oldest_dead(store.records, feed, now) for feed in sorted({line.feed for line in feeds if line.rejected})},
        blamed=sum(tried.blamed for tried in store.tries.of().values()),
        feeds=feeds,
    )


def _oldest_waiting(log: MessageLog, linked: int, now: datetime) -> float:
    waiting = [head.id for head in log.heads(linked, 1)]
    return max((_since(message.received_at, now) for message in log.read(waiting).values()), default=0.0)


def _oldest_dead(records: Records, feed: str, now: datetime) -> float:
    return max((_since(outcome.received, now) for outcome in records.unsettled("rejected", 0, 1, feed)), default=0.0)


def _since(then: str, now: datetime) -> float:
    received = instant(then)
    return max(0.0, (now - received).total_seconds()) if received else 0.0
