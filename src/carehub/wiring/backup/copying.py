"""Copies of a store's databases, each as it stood at one moment while the hub goes on working.

The record is copied before the log: a message of the log that the record does not know yet is found by the sweep, where a record of a message that
the log does not have could never be worked out again.
"""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator
from contextlib import ExitStack, closing, contextmanager
from pathlib import Path

from sqlalchemy import event

from carehub.store.sql.places import Place
from carehub.store.sql.store import SqlStore
from carehub.wiring.backup.programs import dump
from carehub.wiring.backup.proving import Proof, proof_of
from carehub.wiring.settings import Settings, UnsafeSettings

AREAS = ("record", "audit", "log")


def copied(settings: Settings, folder: Path) -> tuple[list[Path], Proof]:
    """The files written into an empty folder, and what they hold. Raises UnsafeSettings where the store is of two kinds, Unavailable when it cannot
    be read."""
    store = SqlStore(settings.store_url, settings.audit_key, settings.audit_database_url)
    with closing(store):
        store.ready()
        return (_sqlite if one_kind(store) else _postgresql)(store, settings, folder)


def one_kind(store: SqlStore) -> bool:
    """Whether the store is SQLite. Raises UnsafeSettings when its parts are of two kinds."""
    kinds = {place.sqlite for place in store.places.values()}
    if len(kinds) > 1:
        raise UnsafeSettings("CAREHUB_DATABASE_URL and CAREHUB_AUDIT_DATABASE_URL name two kinds of database: one backup holds one kind")
    return kinds.pop()


def names(store: SqlStore) -> dict[str, Place]:
    """The databases of a store by the names of their files in a backup, in copying order."""
    ending = "db" if one_kind(store) else "pgdump"
    each = {store.places[area]: area for area in reversed(AREAS)}
    return {f"carehub-{area}.{ending}": place for place, area in sorted(each.items(), key=lambda one: AREAS.index(one[1]))}


def _sqlite(store: SqlStore, settings: Settings, folder: Path) -> tuple[list[Path], Proof]:
    files = [_file(place.file, folder / name) for name, place in names(store).items() if place.file]
    with closing(SqlStore(f"sqlite:///{folder / 'carehub.db'}", settings.audit_key)) as copy:
        return files, proof_of(copy)


def _file(source: Path, target: Path) -> Path:
    # All pages in one step: a reader of a write-ahead log sees one moment and keeps no writer waiting (https://www.sqlite.org/backup.html).
    with closing(sqlite3.connect(f"file:{source}?mode=ro", uri=True)) as held, closing(sqlite3.connect(target)) as copy:
        held.backup(copy, pages=-1)
    return target


def _postgresql(store: SqlStore, settings: Settings, folder: Path) -> tuple[list[Path], Proof]:
    with ExitStack() as held:
        files = []
        for name, place in names(store).items():
            snapshot = held.enter_context(_as_it_stands(place))
            files.append(dump(place.url, snapshot, folder / name))
        return files, proof_of(store)


@contextmanager
def _as_it_stands(place: Place) -> Iterator[str]:
    """While this lasts everything that is read sees the database as it stands now; the name of the snapshot, for others who should see the same."""
    with place.reading_engine.connect() as holder:
        connection = holder.connection.driver_connection
        assert connection is not None
        connection.execute("BEGIN ISOLATION LEVEL REPEATABLE READ, READ ONLY")
        [name] = connection.execute("SELECT pg_export_snapshot()").fetchone()

        def see(reader: object, *_: object) -> None:
            reader.execute("BEGIN ISOLATION LEVEL REPEATABLE READ, READ ONLY")  # type: ignore[attr-defined]
            reader.execute(f"SET TRANSACTION SNAPSHOT '{name}'")  # type: ignore[attr-defined]

        event.listen(place.reading_engine, "checkout", see)
        try:
            yield str(name)
        finally:
            event.remove(place.reading_engine, "checkout", see)
            connection.execute("COMMIT")
