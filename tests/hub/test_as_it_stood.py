"""The record as it stood at an instant: worked out from the log's own receipts, whatever came since (REC-14, REC-20; hazard H-14)."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest

from carehub.governance.requester import Requester
from carehub.hub.hub import Hub
from carehub.terms.errors import Missing, Refused, Rejected
from carehub.terms.moments import iso
from hub.toy_hub import NURSE, PENICILLIN, ada, submit, toy_hub

ENGINEER = Requester("al", "Al", "integration-engineer", "X99001", "Northvale Community", "HOPERAT")
TASK = {"type": "ServiceRequest", "id": "t1", "status": "active", "intent": "order", "code": {"text": "Home safety visit"}}


class Day:
    """A clock that moves when told to."""

    def __init__(self) -> None:
        self.now = datetime(2026, 11, 1, 9, 0, tzinfo=UTC)

    def __call__(self) -> datetime:
        return self.now


@pytest.fixture
def hub() -> Hub:
    made = toy_hub()
    day = Day()
    object.__setattr__(made, "clock", day)
    object.__setattr__(made.disclosing, "clock", day)
    return made


def on_day(hub: Hub, number: int, *messages) -> datetime:
    """Hand over messages on a day of the month and do all the work; the moment after."""
    hub.clock.now = datetime(2026, 11, number, 9, 0, tzinfo=UTC)
    submit(hub, *messages, key=f"day {number}")
    hub.drain()
    hub.clock.now += timedelta(minutes=1)
    return hub.clock.now


def person(hub: Hub) -> str:
    (found,) = hub.store.links.persons()
    return found


def now_hash(hub: Hub) -> str:
    return hub.store.plans.get(person(hub)).content_hash


def then(hub: Hub, at: datetime, who: str = ""):
    return hub.disclosing.record_then(NURSE, who or person(hub), at, "overview").value


def told_on(day: int, **more):
    return ada(at=f"2026-11-{day:02}T08:00:00.000Z", **more)


def test_hazard_every_past_instant_gives_the_hash_that_stood_then(hub):
    kept = []
    for day, message in enumerate(
        [
            told_on(1, records=[PENICILLIN]),
            told_on(2, records=[TASK]),
            told_on(3, records=[{**TASK, "status": "on-hold"}]),
            told_on(4, source="acute", patient="A1", kind="acute", records=[{**PENICILLIN, "id": "h"}]),
            told_on(5, records=[{**PENICILLIN, "change": "withdrawn"}]),
            told_on(6, records=[{**TASK, "status": "completed"}]),
        ],
        start=1,
    ):
        at = on_day(hub, day, message)
        kept.append((at, now_hash(hub)))
    assert len({found for _, found in kept}) == len(kept)
    for at, expected in kept:
        assert then(hub, at).plan.content_hash == expected
        assert then(hub, at).as_of == iso(at)


def test_a_scope_that_was_closed_later_stood_open_then(hub):
    scoped = {**TASK, "scope": "tasks"}
    first = on_day(hub, 1, told_on(1, records=[scoped]))
    before = now_hash(hub)
    on_day(hub, 2, told_on(2, closes=["tasks"]))
    assert now_hash(hub) != before
    assert then(hub, first).plan.content_hash == before


def test_late_old_news_was_not_known_before_it_came_and_changes_nothing_newer(hub):
    done = {**TASK, "status": "completed"}
    first = on_day(hub, 5, told_on(5, records=[done]))
    before = now_hash(hub)
    second = on_day(hub, 6, told_on(2, records=[TASK]))
    (action,) = then(hub, second).plan.joint.actions
    assert action.status == "Completed"
    assert then(hub, first).plan.content_hash == before


def test_before_anything_came_the_record_says_so(hub):
    on_day(hub, 2, told_on(2))
    found = then(hub, datetime(2026, 11, 1, tzinfo=UTC))
    assert all(not section.entries for section in found.plan.sections)
    assert found.limits[0] == "Nothing about this person had been received by then under this identity."


def test_a_record_that_joined_later_is_told_of_and_not_shown(hub):
    other = {"source": "acute", "patient": "A1", "kind": "acute"}
    on_day(hub, 1, told_on(1, records=[TASK]))
    first = person(hub)
    at = on_day(hub, 2, told_on(2, nhs="", family="Webb", born="1950-01-01", **other))
    assert len(hub.store.links.persons()) == 2
    on_day(hub, 3, told_on(3, **other))
    assert len(hub.store.links.links_of(first)) == 2
    found = then(hub, at, first)
    assert [report.source.code for report in found.plan.sources] == ["gp"]
    assert "1 patient record of today’s was not joined with this person then, so not shown." in found.limits


def test_a_time_to_come_is_refused_and_so_is_whoever_may_not_read(hub):
    on_day(hub, 1, told_on(1))
    with pytest.raises(Rejected, match="API-005"):
        then(hub, hub.clock() + timedelta(minutes=1))
    with pytest.raises(Refused):
        hub.disclosing.record_then(ENGINEER, person(hub), hub.clock(), "overview")
    with pytest.raises(Missing):
        then(hub, hub.clock(), "nobody")
    looks = [row.event.decode() for row in hub.store.audit.about(person(hub), 10)]
    assert any("overview, as of 2026-11-01T09:01:00.000Z" in look for look in looks)


def test_what_changed_between_two_days_and_until_now(hub):
    on_day(hub, 1, told_on(1, records=[TASK]))
    first = hub.clock()
    on_day(hub, 3, told_on(3, records=[{**TASK, "status": "completed"}]))
    second = hub.clock()
    on_day(hub, 5, told_on(5, records=[{**TASK, "status": "completed"}, {**PENICILLIN, "id": "p"}]))
    until_now = hub.disclosing.changes(NURSE, person(hub), first, None, "changes").value
    assert {(one.kind, one.section) for one in until_now.changes} == {("changed", "plan"), ("new", "allergies")}
    between = hub.disclosing.changes(NURSE, person(hub), first, second, "changes").value
    assert [(one.kind, one.details) for one in between.changes] == [("changed", (("Status", "Active", "Completed"),))]
    with pytest.raises(Rejected):
        hub.disclosing.changes(NURSE, person(hub), second, first, "changes")
