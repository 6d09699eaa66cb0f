"""The in-process worker: nudged or not it finds its work, lives through faults, says what needs a person, and ends when told."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager

import pytest

from carehub.feeds.mapped import Mapped
from carehub.feeds.message import Message
from carehub.hub.hub import Hub
from carehub.store.memory import MemoryStore
from carehub.terms.errors import StoreBusy
from carehub.terms.issue_catalogue import issue
from carehub.workers.embedded import EmbeddedWorker
from faults.processes import until
from hub.toy_hub import ada, map_message, submit, toy_adapter, toy_hub

NEVER = 3600.0
OFTEN = 0.05


@contextmanager
def working(hub: Hub, *, sweep_seconds: float, nudged: bool = True) -> Iterator[list[str]]:
    """A worker over the hub, stopped in the end; gives the alarms it raised."""
    alarms: list[str] = []
    worker = EmbeddedWorker(hub, alarms.append, sweep_seconds=sweep_seconds)
    if nudged:
        hub.nudge = worker.nudge
    worker.start()
    try:
        yield alarms
    finally:
        worker.stop()
        hub.nudge = lambda ids: None


def plans(hub: Hub) -> int:
    return len(hub.store.plans.hashes())


class Faulty:
    """A method that fails the first `times` it is called."""

    def __init__(self, real: Callable[..., object], error: Exception, times: int) -> None:
        self.real, self.error, self.times, self.calls = real, error, times, 0

    def __call__(self, *arguments: object, **named: object) -> object:
        self.calls += 1
        if self.calls <= self.times:
            raise self.error
        return self.real(*arguments, **named)


def test_a_nudge_becomes_a_plan() -> None:
    hub = toy_hub()
    submit(hub, ada(patient="0", nhs="9990000026"))
    with working(hub, sweep_seconds=NEVER) as alarms:
        until(lambda: plans(hub) == 1, "the first look is over")
        submit(hub, ada())
        until(lambda: plans(hub) == 2, "the nudge became a plan")
    assert alarms == []


def test_what_waited_before_the_start_is_done() -> None:
    hub = toy_hub()
    submit(hub, ada())
    with working(hub, sweep_seconds=NEVER, nudged=False):
        until(lambda: plans(hub) == 1, "the waiting message became a plan")
    assert hub.store.links.lane_position() == 1


def test_a_lost_nudge_is_found_by_the_sweep() -> None:
    hub = toy_hub()
    with working(hub, sweep_seconds=OFTEN, nudged=False):
        submit(hub, ada(patient="0", nhs="9990000026"))
        until(lambda: plans(hub) == 1, "the sweep found it")
        submit(hub, ada())
        until(lambda: plans(hub) == 2, "the next sweep found the next")
    assert hub.store.links.lane_position() == 2


def test_steady_nudging_does_not_put_the_sweep_off() -> None:
    hub = toy_hub()
    with working(hub, sweep_seconds=OFTEN) as alarms:
        nudge, hub.nudge = hub.nudge, lambda ids: None
        submit(hub, ada())
        hub.nudge = nudge
        told = iter(range(1, 100_000))

        def found() -> bool:
            submit(hub, ada(patient=f"n{next(told)}", nhs="", given="Bo"))
            return hub.store.links.lane_position() > 0

        until(found, "the forgotten message was found while others were nudged")
    assert alarms == []


def broken(message: Message) -> Mapped:
    if b"bug" in message.body:
        raise RuntimeError("Okafor")
    return map_message(message)


@pytest.mark.parametrize("nudged", [True, False])
def test_an_adapters_bug_raises_the_alarm_and_the_thread_lives_on(nudged: bool) -> None:
    hub = toy_hub(toy_adapter(mapper=broken))
    with working(hub, sweep_seconds=OFTEN, nudged=nudged) as alarms:
        [bad] = submit(hub, ada(bug=True))
        until(lambda: alarms != [], "the alarm")
        submit(hub, ada())
        until(lambda: plans(hub) == 1, "the thread lives on")
    assert alarms == [f"adapter failed on message {bad} (MAP-012)"]


@pytest.mark.parametrize(("part", "method"), [("records", "apply"), ("links", "lane"), ("plans", "put"), ("log", "read"), ("log", "heads")])
@pytest.mark.parametrize("nudged", [True, False])
def test_a_busy_store_is_tried_again_without_an_alarm(part: str, method: str, nudged: bool) -> None:
    store = MemoryStore()
    hub = toy_hub(store=store)
    port = getattr(store, part)
    faulty = Faulty(getattr(port, method), StoreBusy(issue("STORE-001")), 4)
    setattr(port, method, faulty)
    with working(hub, sweep_seconds=OFTEN, nudged=nudged) as alarms:
        submit(hub, ada(), ada("acute", "A1", kind="acute"))
        until(lambda: plans(hub) == 1 and not store.plans.dirty(1), "it settled after the store was free")
    assert faulty.calls > 4
    assert alarms == []


def test_a_bug_in_the_hub_raises_an_alarm_without_its_words() -> None:
    store = MemoryStore()
    hub = toy_hub(store=store)
    setattr(store.links, "lane", Faulty(store.links.lane, KeyError("Okafor"), 2))  # noqa: B010  mypy knows the method as read-only
    with working(hub, sweep_seconds=OFTEN) as alarms:
        submit(hub, ada())
        until(lambda: plans(hub) == 1, "it settled")
    assert [alarm.split(":")[0] for alarm in alarms] == ["KeyError", "KeyError"]
    assert "Okafor" not in "".join(alarms)


def test_a_plan_that_cannot_be_made_is_told_once_while_it_lasts(monkeypatch: pytest.MonkeyPatch) -> None:
    hub = toy_hub()
    calls: list[str] = []

    def fails(person: str, *rest: object) -> None:
        calls.append(person)
        raise RuntimeError("Okafor")

    monkeypatch.setattr("carehub.hub.assemble_plan.assemble", fails)
    with working(hub, sweep_seconds=OFTEN) as alarms:
        submit(hub, ada())
        until(lambda: len(calls) > 3, "it was tried again and again")
        monkeypatch.undo()
        until(lambda: plans(hub) == 1, "it was made in the end")
    assert alarms == [f"the plan of person {calls[0]} could not be made"]


def test_stop_finishes_the_batch_in_hand_and_leaves_the_rest() -> None:
    hub = toy_hub()
    begun, may_end = threading.Event(), threading.Event()
    real = hub.store.records.apply

    def slow(batch: object) -> None:
        begun.set()
        may_end.wait()
        real(batch)  # type: ignore[arg-type]

    worker = EmbeddedWorker(hub, lambda words: None, sweep_seconds=NEVER)
    hub.store.records.apply = slow  # type: ignore[method-assign]
    worker.start()
    first = [submit(hub, ada(patient=str(n), nhs="", given=f"A{n}"))[0] for n in range(64)]
    later = [submit(hub, ada(patient=str(n), nhs="", given=f"A{n}"))[0] for n in range(64, 70)]
    worker.nudge(first)
    worker.nudge(later)
    begun.wait()
    stopping = threading.Thread(target=worker.stop)
    stopping.start()
    may_end.set()
    stopping.join()
    done = hub.store.records.outcomes([*first, *later])
    assert 0 < len(done) <= 64
    hub.drain()
    assert len(hub.store.records.outcomes([*first, *later])) == 70


def test_stop_before_start_is_harmless() -> None:
    hub = toy_hub()
    ids = submit(hub, ada())
    worker = EmbeddedWorker(hub, lambda words: None)
    worker.stop()
    assert hub.store.records.outcomes(ids) == {}


def test_work_goes_on_though_no_alarm_can_be_told() -> None:
    hub = toy_hub(toy_adapter(mapper=broken))

    def full(words: str) -> None:
        raise OSError(28, "No space left on device")

    worker = EmbeddedWorker(hub, full, sweep_seconds=OFTEN)
    worker.start()
    submit(hub, ada(bug=True))
    until(lambda: hub.store.links.lane_position() == 1, "the alarm was due")
    submit(hub, ada())
    until(lambda: plans(hub) == 1, "the thread lives on")
    worker.stop()
    assert hub.store.links.lane_position() == 2


def test_messages_nudged_twice_are_mapped_once() -> None:
    mapped: list[str] = []

    def noting(message: Message) -> Mapped:
        mapped.append(message.id)
        return map_message(message)

    hub = toy_hub(toy_adapter(mapper=noting))
    with working(hub, sweep_seconds=NEVER):
        nudge = hub.nudge
        hub.nudge = lambda ids: [nudge(ids), nudge(ids)]  # type: ignore[func-returns-value, assignment]
        ids = submit(hub, ada(), ada("acute", "A1", kind="acute"))
        until(lambda: plans(hub) == 1 and not hub.store.plans.dirty(1), "settled")
        nudge(ids)
        more = submit(hub, ada(patient="2", nhs="9990000026"))
        until(lambda: plans(hub) == 2, "settled again")
    assert sorted(mapped) == sorted([*ids, *more])
