"""How a feed stands, by an injected clock, and what a reader is told of it."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

from carehub.feeds.message import Submission
from carehub.hub.feed_health import FeedHealth, FeedWatch
from carehub.hub.hub import Hub
from carehub.terms.moments import iso
from hub.scoped_feed import mend
from hub.toy_hub import NURSE, PENICILLIN, ada, toy_hub

MONDAY = datetime(2026, 11, 23, 12, 0, tzinfo=UTC)


def bring(hub: Hub, at: datetime, *messages: dict) -> list[str]:
    import json

    body = b"\n".join(json.dumps(message).encode() for message in messages)
    return list(hub.receive([Submission("toy/feed", body, iso(at), "test", f"{at}{len(messages)}")])[0].messages)


def line(hub: Hub, at: datetime, source: str = "gp") -> FeedHealth:
    hub.clock = lambda: at
    return next(found for found in hub.feed_health() if found.source == source)


def watched() -> Hub:
    hub = toy_hub()
    from dataclasses import replace

    hub.disclosing = replace(hub.disclosing, feeds=FeedWatch(hub.store.records, hub.catalogue), clock=lambda: hub.clock())
    return hub


def state(hub: Hub, at: datetime) -> tuple[str, str]:
    hub.clock = lambda: at
    [person] = hub.store.links.persons()
    [told] = hub.disclosing.person_record(NURSE, person, "overview").value.source_states
    return told.code, told.sentence


def test_a_feed_that_never_brought_anything_says_so():
    hub = toy_hub()
    [one] = hub.feed_health()
    assert (one.feed, one.state, one.messages, one.last, one.usual_today) == ("toy/feed", "silent", 0, "", None)


def test_lateness_goes_by_the_clock_given():
    hub = toy_hub()
    bring(hub, MONDAY, ada())
    hub.drain()
    assert (line(hub, MONDAY + timedelta(minutes=60)).state, line(hub, MONDAY + timedelta(minutes=60)).late_by) == ("current", 0)
    late = line(hub, MONDAY + timedelta(minutes=61))
    assert (late.state, late.late_by) == ("late", 1)
    assert late.sentence == "Last received 23-Nov-2026 12:00 (1 hour 1 minute ago). Expected every hour."
    assert line(hub, MONDAY + timedelta(days=1, minutes=1)).state == "stale"


def test_volume_is_held_against_the_median_of_the_same_weekday():
    hub = toy_hub()
    for week, count in enumerate([9, 4, 2]):
        for n in range(count):
            bring(hub, MONDAY - timedelta(weeks=week + 1, minutes=n), ada(patient=f"{week}.{n}", nhs=""))
    bring(hub, MONDAY, ada(patient="today", nhs=""))
    hub.drain()
    monday = line(hub, MONDAY)
    assert (monday.today, monday.usual_today, monday.yesterday, monday.usual_yesterday, monday.low) == (1, 4, 0, 0, False)
    tuesday = line(hub, MONDAY + timedelta(days=1))
    assert (tuesday.yesterday, tuesday.usual_yesterday, tuesday.low) == (1, 4, True)


def test_dead_letters_count_until_something_good_comes_and_again_when_replayed():
    hub = toy_hub()
    bring(hub, MONDAY, ada())
    [dead] = bring(hub, MONDAY + timedelta(minutes=5), ada(bug=True))
    hub.drain()
    found = line(hub, MONDAY + timedelta(minutes=6), "")
    assert (found.state, found.dead, found.sentence) == (
        "failing",
        1,
        "Messages are arriving but 1 cannot be read. Last good 23-Nov-2026 12:00.",
    )
    assert found.unreadable_share == 1.0
    well = line(hub, MONDAY + timedelta(minutes=6))
    assert (well.state, well.dead, well.well) == ("current", 0, True), "a source whose messages are read does not fail"
    mend(hub).replay([dead], by="jo")
    assert line(hub, MONDAY + timedelta(minutes=6)).state == "current"
    bring(hub, MONDAY + timedelta(minutes=7), ada(bug=True), ada(patient="2", nhs=""))
    hub.drain()
    assert line(hub, MONDAY + timedelta(minutes=8)).dead == 0


def test_the_record_says_that_a_feed_fails_and_stops_saying_so():
    hub = watched()
    bring(hub, MONDAY, ada(records=[PENICILLIN]))
    hub.drain()
    assert state(hub, MONDAY + timedelta(minutes=1))[0] == "current"
    [dead] = bring(hub, MONDAY + timedelta(minutes=2), ada(bug=True))
    hub.drain()
    assert state(hub, MONDAY + timedelta(minutes=3)) == (
        "failing",
        "Messages are arriving but 1 cannot be read. Last good 23-Nov-2026 12:00.",
    )
    mend(hub).replay([dead], by="jo")
    assert state(hub, MONDAY + timedelta(minutes=4)) == ("current", "Received 23-Nov-2026 12:02.")


def test_the_watch_asks_again_when_the_clock_has_moved_or_gone_back():
    hub = toy_hub()
    watch = FeedWatch(hub.store.records, hub.catalogue)
    assert watch.clocks(MONDAY) == {}
    bring(hub, MONDAY, ada())
    hub.drain()
    assert watch.clocks(MONDAY + timedelta(milliseconds=900)) == {}
    assert list(watch.clocks(MONDAY + timedelta(milliseconds=1100))) == ["toy/feed"]
    assert list(watch.clocks(MONDAY - timedelta(days=1))) == ["toy/feed"]
