"""How each feed stands: when it last brought anything, how much against what is usual, and how much of it could not be used."""

from __future__ import annotations

import threading
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from statistics import median

from carehub.careplan import absence
from carehub.careplan.freshness import FeedClock, FeedClocks, clock_state
from carehub.feeds.catalogue import Catalogue
from carehub.store.ports import Records
from carehub.store.stored import Tally
from carehub.terms.errors import Missing
from carehub.terms.moments import duration, instant, iso

_WEEKS = 8
# Beyond this share of a usual day missing, yesterday counts as low.
_LOW = 0.5
_SECONDS = 1.0


@dataclass(frozen=True, slots=True)
class FeedHealth:
    """One feed, from one source organisation ("" for messages that name none). state: current, late, stale, failing or silent; with a sentence.

    last, last_good: receipt times, or "". late_by: minutes past when a message was due, 0 when none is. today, yesterday: messages received;
    usual_today, usual_yesterday: the median of the same weekday in the last eight weeks, None before there is one. low: yesterday brought
    less than half of what is usual. messages, partly, rejected: ever. dead: messages of the feed that cannot be read, since the last good
    one; 0 on the lines of sources. unreadable_share: rejected among the messages of the last seven days. untranslated: local codes without translation, ever.
    """

    feed: str
    source: str
    title: str
    state: str
    sentence: str
    last: str
    last_good: str
    expected_every: str
    late_by: int
    today: int
    usual_today: float | None
    yesterday: int
    usual_yesterday: float | None
    low: bool
    messages: int
    partly: int
    rejected: int
    dead: int
    unreadable_share: float
    untranslated: int
    not_mapped: int

    @property
    def standing(self) -> str:
        """The state, and that the volume is low where it is."""
        return f"{self.state}, low" if self.low else self.state

    @property
    def well(self) -> bool:
        """Whether nobody need look: neither late, stale nor failing, and the volume is not low."""
        return not self.low and self.state not in ("late", "stale", "failing")


def feed_clocks(records: Records, catalogue: Catalogue) -> dict[str, FeedClock]:
    """Every feed that ever brought anything, by full name. A feed whose adapter is no longer loaded is left out."""
    by_feed: dict[str, Tally] = {}
    for mark in records.marks():
        by_feed[mark.feed] = _newest(by_feed[mark.feed], mark) if mark.feed in by_feed else mark
    clocks = {}
    for feed, mark in by_feed.items():
        try:
            declared = catalogue.feed(feed)
        except Missing:
            continue
        dead = records.dead_after(feed, mark.good_position) if mark.dead_position > mark.good_position else 0
        clocks[feed] = FeedClock(feed, mark.last, mark.last_good, dead, declared.expected_every, declared.stale_after, declared.title)
    return clocks


def feed_health(records: Records, catalogue: Catalogue, now: datetime) -> tuple[FeedHealth, ...]:
    """Every feed and source, in order; a feed that never brought anything has one line. now: aware UTC."""
    clocks = feed_clocks(records, catalogue)
    since = (now - timedelta(days=7 * _WEEKS + 1)).date().isoformat()
    days: dict[tuple[str, str], dict[str, Tally]] = {}
    for tally in records.tallies(since):
        days.setdefault((tally.feed, tally.source), {})[tally.day] = tally
    marks = {(mark.feed, mark.source): mark for mark in records.marks()}
    listed = catalogue.feeds()
    quiet = [Tally(feed, "", "", 0, 0, 0, 0, 0, "", "", 0, 0) for feed in listed if feed not in clocks]
    lines = [*(mark for mark in marks.values() if mark.feed in clocks and mark.feed in listed and mark.messages), *quiet]
    return tuple(
        _health(mark, clocks.get(mark.feed), days.get((mark.feed, mark.source), {}), catalogue, now)
        for mark in sorted(lines, key=lambda mark: (mark.feed, mark.source))
    )


def _health(mark: Tally, clock: FeedClock | None, days: dict[str, Tally], catalogue: Catalogue, now: datetime) -> FeedHealth:
    declared = catalogue.feed(mark.feed)
    # Messages that could not be read name no source as a rule: their line is the feed's, and a source that is read well is not said to fail.
    last = mark.last if mark.source or clock is None else clock.last
    dead = clock.dead if clock and (not mark.source or mark.dead_position > mark.good_position) else 0
    if clock is None:
        state, sentence = "silent", "Nothing has been received from this feed yet."
    elif dead:
        state, sentence = "failing", absence.failing(dead, clock.last_good)
    else:
        state, sentence = clock_state(last, declared.expected_every, declared.stale_after, now)
    today, yesterday = (now - timedelta(days=back) for back in (0, 1))
    usual_today, usual_yesterday = _usual(days, today), _usual(days, yesterday)
    came = _count(days, yesterday)
    week = [days[day] for back in range(7) if (day := (now - timedelta(days=back)).date().isoformat()) in days]
    received = sum(day.messages for day in week)
    return FeedHealth(
        feed=mark.feed,
        source=mark.source,
        title=declared.title,
        state=state,
        sentence=sentence,
        last=last,
        last_good=mark.last_good,
        expected_every=declared.expected_every,
        late_by=_late_by(last, declared.expected_every, now),
        today=_count(days, today),
        usual_today=usual_today,
        yesterday=came,
        usual_yesterday=usual_yesterday,
        low=usual_yesterday is not None and came < usual_yesterday * _LOW,
        messages=mark.messages,
        partly=mark.partly,
        rejected=mark.rejected,
        dead=dead,
        unreadable_share=round(sum(day.rejected for day in week) / received, 4) if received else 0.0,
        untranslated=mark.untranslated,
        not_mapped=mark.not_mapped,
    )


def _newest(held: Tally, more: Tally) -> Tally:
    return replace(
        held,
        last=max(held.last, more.last),
        last_good=max(held.last_good, more.last_good),
        good_position=max(held.good_position, more.good_position),
        dead_position=max(held.dead_position, more.dead_position),
    )


def _count(days: dict[str, Tally], day: datetime) -> int:
    held = days.get(day.date().isoformat())
    return held.messages if held else 0


def _usual(days: dict[str, Tally], day: datetime) -> float | None:
    """The median of the same weekday in the eight weeks before; only weeks since the feed first brought anything count."""
    first = min(days, default="")
    before = [day - timedelta(weeks=week) for week in range(1, _WEEKS + 1)]
    counts = [_count(days, one) for one in before if first and one.date().isoformat() >= first]
    return median(counts) if counts else None


def _late_by(last: str, expected_every: str, now: datetime) -> int:
    received = instant(last)
    if received is None:
        return 0
    return max(0, int((now - received - duration(expected_every)).total_seconds() // 60))


@dataclass(slots=True)
class FeedWatch:
    """Feed clocks for whoever reads a record, asked of the store at most once a second."""

    records: Records
    catalogue: Catalogue
    _lock: threading.Lock = field(default_factory=threading.Lock)
    _at: str = ""
    _clocks: FeedClocks = field(default_factory=dict)

    def clocks(self, now: datetime) -> FeedClocks:
        with self._lock:
            if not self._at or not self._at <= iso(now) < iso((instant(self._at) or now) + timedelta(seconds=_SECONDS)):
                self._clocks, self._at = feed_clocks(self.records, self.catalogue), iso(now)
            return self._clocks
