"""R-18: the program that brings the tables up to date is killed at any of its statements. Nobody works with tables that are half made, what was in the
log stays, and doing it again completes it."""

from __future__ import annotations

import os
from contextlib import closing
from pathlib import Path

import pytest
from alembic import command
from sqlalchemy import Engine, event

from carehub.store.sql.migrating import _config, current, upgrade
from carehub.store.sql.places import places
from carehub.store.sql.store import SqlStore
from carehub.terms.errors import Unavailable
from contracts.stores import postgresql_schema
from faults.conftest import STORES
from faults.sizes import LARGE
from faults.stream import account, hub_over, kept, messages_of, undisturbed

_KILLED = 9
_OLD = "record_0001"
_SHARE = 1 if LARGE else 9


def earlier(url: str) -> None:
    """A store whose record is of an earlier version, with messages in its log that it knows nothing of."""
    for area, revision in {"log": "head", "audit": "head", "record": _OLD}.items():
        place = places(url)[area]
        with closing(place), place.writing_engine.begin() as connection:
            config = _config(area)
            config.attributes["connection"] = connection
            command.upgrade(config, revision)
    with closing(SqlStore(url)) as store:
        hub_over(store).receive([one.submission for one in messages_of(1)])


def killed_at(url: str, number: int) -> bool:
    """Upgrade in a process of its own that ends as by SIGKILL before its nth statement; False when it needed no more than that."""
    child = os.fork()
    if child == 0:
        left = number

        @event.listens_for(Engine, "before_cursor_execute")
        def count(*_: object) -> None:
            nonlocal left
            left -= 1
            if left == 0:
                os._exit(_KILLED)

        try:
            upgrade(url)
        finally:
            os._exit(0)
    _, status = os.waitpid(child, 0)
    return os.waitstatus_to_exitcode(status) == _KILLED


@pytest.mark.parametrize("kind", STORES)
def test_killed_at_any_statement(kind: str, tmp_path: Path) -> None:
    sent, number, kills = messages_of(1), 1, 0
    while True:
        if kind == "sqlite":
            struck = one_kill(f"sqlite:///{tmp_path / str(number) / 'carehub.db'}", number, sent)
        else:
            with postgresql_schema() as url:
                struck = one_kill(url, number, sent)
        if not struck:
            break
        kills += 1
        number += _SHARE
    assert kills >= 40 // _SHARE


def one_kill(url: str, number: int, sent: list) -> bool:
    earlier(url)
    struck = killed_at(url, number)
    with closing(SqlStore(url)) as store:
        if struck and not store.places["record"].ask(lambda connection: current("record", connection)):
            with pytest.raises(Unavailable):
                store.ready()
        assert kept(store, sent) == []
    upgrade(url)
    with closing(SqlStore(url)) as store:
        store.ready()
        assert kept(store, sent) == []
        hub_over(store).drain()
        assert account(store) == undisturbed(sent)
    return struck
