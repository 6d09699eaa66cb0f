"""A disposal that is ended at its n-th call to the store, for every n: nothing is half destroyed, and the same call again ends it as if nothing had been."""

from __future__ import annotations

from contextlib import suppress

import pytest

from carehub.store.memory import MemoryStore
from carehub.terms.errors import CarehubError
from faults.test_nth_call import Storm, busy
from hub.disposing_cast import BO, OTHER, ZEB, cast_hub, disposing, others, person, proposed, told
from hub.toy_hub import toy_hub

PORTS = ("log", "records", "links", "plans", "steps", "subscriptions", "tries", "audit", "disposal", "streams")


class Killed(BaseException):
    """The process is gone."""


class Stormy:
    """A store, every call to which asks the storm first."""

    def __init__(self, store, storm):
        for port in PORTS:
            setattr(self, port, storm.around(getattr(store, port)))

    def edition(self):
        return None


def account(hub):
    ids = [head.id for head in hub.log.heads(0, 1000)]
    bodies = {id: (message.body, bool(message.disposed)) for id, message in hub.log.read(ids).items() if message.feed == "toy/feed"}
    files = {message.submission for message in hub.log.read(ids).values() if message.feed == "toy/feed"}
    return others(hub), bodies, {file: hub.log.submission_body(file) for file in files}, set(hub.store.disposal.tombstones(files))


def undisturbed():
    hub = cast_hub(MemoryStore())
    before = account(hub)
    disposing(hub).apply(OTHER, proposed(hub))
    return before, account(hub)


@pytest.mark.parametrize("error", [busy, Killed])
def test_each_call_ends_it_once_in_turn(error):
    before, expected = undisturbed()
    n, struck = 0, True
    while struck:
        n += 1
        calm = MemoryStore()
        hub = cast_hub(calm)
        id = proposed(hub)
        storm = Storm(lambda call, n=n: call == n, error)
        mortal = toy_hub(store=Stormy(calm, storm))
        with suppress(CarehubError, Killed):
            disposing(mortal).apply(OTHER, id)
        struck = bool(storm.struck)
        now = account(hub)
        begun = told(hub, id).begun
        assert begun or (now[1:] == before[1:] and person(hub, ZEB) and person(hub, BO)), f"call {n}: changed before it was begun"
        assert not now[3] or not {ZEB, BO} & set(hub.store.records.outcomes_of([ZEB, BO])), f"call {n}: bytes before what rests on them"
        assert all((hub.log.submission_body(file) == b"") == (file in now[3]) for file in now[2]), f"call {n}: half destroyed"
        hub.drain()
        assert disposing(hub).apply(OTHER, id).done, f"call {n}"
        assert account(hub) == expected, f"call {n}"
        assert hub.rebuild().same, f"call {n}"
        assert account(hub) == expected, f"call {n}"
    assert n > 100
