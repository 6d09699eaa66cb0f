"""R-22: the n-th call to the store fails, for every n on the path of some messages. When the store is free again a sweep settles all."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from carehub.governance.requester import Requester
from carehub.hub.hub import Hub
from carehub.store.group_commit import GroupCommit
from carehub.store.memory import MemoryStore
from carehub.store.ports import Store
from carehub.terms.errors import CarehubError, Overtaken, StoreBusy, Unavailable
from carehub.terms.issue_catalogue import issue
from faults.stream import Account, Sent, account, hub_over, kept, messages_of, settled, undisturbed

NURSE = Requester("jo", "Jo Adeyemi", "district-nurse", "X99001", "Northvale Community", "TREAT")
PORTS = ("log", "records", "links", "plans", "steps", "subscriptions", "audit")


class Storm:
    """Counts the calls to a store's ports and fails those it is told to."""

    def __init__(self, fails: Callable[[int], bool], error: Callable[[], Exception]) -> None:
        self._fails = fails
        self._error = error
        self.calls = 0
        self.struck = 0
        self.blowing = True

    def around(self, port: Any) -> Any:
        return _Port(port, self)

    def call(self) -> None:
        if not self.blowing:
            return
        self.calls += 1
        if self._fails(self.calls):
            self.struck += 1
            raise self._error()


class _Port:
    """A port whose every call, and every call to a lane it hands out, asks the storm first."""

    def __init__(self, port: Any, storm: Storm) -> None:
        self._port = port
        self._storm = storm

    def __getattr__(self, name: str) -> Any:
        found = getattr(self._port, name)
        if not callable(found):
            return found

        def asked(*arguments: Any, **named: Any) -> Any:
            self._storm.call()
            answer = found(*arguments, **named)
            return _Held(answer, self._storm) if name == "lane" else answer

        return asked


class _Held:
    """The context manager of a lane."""

    def __init__(self, lane: Any, storm: Storm) -> None:
        self._lane = lane
        self._storm = storm

    def __enter__(self) -> Any:
        return _Port(self._lane.__enter__(), self._storm)

    def __exit__(self, *error: Any) -> Any:
        return self._lane.__exit__(*error)


class StormyStore:
    """A store seen through a storm."""

    def __init__(self, store: Store, storm: Storm) -> None:
        for port in PORTS:
            setattr(self, port, storm.around(getattr(store, port)))

    def ready(self) -> None: ...

    def close(self) -> None: ...


def through(storm: Storm, sent: list[Sent], *, grouped: bool = False) -> Store:
    """Hand over and do the work while the storm blows, as a sender and a worker would; then let it settle."""
    calm = MemoryStore()
    hub = hub_over(StormyStore(calm, storm))  # type: ignore[arg-type]
    if grouped:
        hub.log = GroupCommit(hub.log)
    for one in sent:
        insisting(lambda one=one: hub.receive([one.submission]))
        insisting(hub.drain)
    storm.blowing = False
    hub.drain()
    return calm


def insisting(work: Callable[[], object], tries: int = 50) -> None:
    for _ in range(tries):
        try:
            work()
            return
        except (Unavailable, Overtaken):
            continue


def busy() -> CarehubError:
    return StoreBusy(issue("STORE-001"))


def overtaken() -> CarehubError:
    return Overtaken(issue("STORE-004"))


SENT = [*messages_of(0), *messages_of(1)[:2]]


@pytest.fixture(scope="module")
def expected() -> Account:
    return undisturbed(SENT)


@pytest.mark.parametrize("error", [busy, overtaken])
def test_each_call_fails_once_in_turn(expected: Account, error: Callable[[], CarehubError]) -> None:
    n, struck = 0, True
    while struck:  # until a run meets no fault: then every call has failed once
        n += 1
        storm = Storm(lambda call, n=n: call == n, error)
        store = through(storm, SENT)
        assert kept(store, SENT) == [], f"call {n}"
        assert settled(store), f"call {n}"
        assert account(store) == expected, f"call {n}"
        struck = bool(storm.struck)
    assert n > 60


@pytest.mark.parametrize("every", [2, 3, 5, 7])
def test_every_few_calls_fail(expected: Account, every: int) -> None:
    storm = Storm(lambda call: call % every == 0, busy)
    store = through(storm, SENT, grouped=True)
    assert storm.struck > 10
    assert settled(store)
    assert account(store) == undisturbed([one for one in SENT if kept(store, [one]) == []])


@pytest.mark.parametrize("first", [1, 10, 30])
def test_everything_fails_from_one_call_on_until_the_storm_is_over(expected: Account, first: int) -> None:
    storm = Storm(lambda call: call >= first, busy)
    calm = MemoryStore()
    hub = hub_over(StormyStore(calm, storm))  # type: ignore[arg-type]
    receipts = {}
    for one in SENT:
        try:
            receipts[one.key] = hub.receive([one.submission])[0]
            hub.drain()
        except Unavailable:
            continue
    storm.blowing = False
    assert kept(calm, [one for one in SENT if one.key in receipts]) == []
    again = [hub.receive([one.submission])[0] for one in SENT]
    assert [receipt for receipt, one in zip(again, SENT, strict=True) if receipts.get(one.key, receipt) != receipt] == []
    hub.drain()
    assert account(calm) == expected


def test_a_read_whose_nth_call_fails_releases_nothing() -> None:
    calm = MemoryStore()
    filled = hub_over(calm)
    filled.receive([one.submission for one in SENT])
    filled.drain()
    [person, *_] = calm.links.persons()
    n, struck = 0, True
    while struck:
        n += 1
        storm = Storm(lambda call, n=n: call == n, busy)
        hub: Hub = hub_over(StormyStore(calm, storm))  # type: ignore[arg-type]
        before = len(calm.audit.about(person, 1000))
        struck = False
        try:
            released = hub.disclosing.everything(NURSE, person)
        except Unavailable:
            struck = True
        assert struck == bool(storm.struck), "a failed call was passed over"
    assert n == 10  # nine calls, and the first that nothing struck
    assert released.value[1]
    assert len(calm.audit.about(person, 1000)) == before + 1
