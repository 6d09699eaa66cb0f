"""The tables: migrations and metadata say the same, and `ready` notices what would lose messages."""

from __future__ import annotations

import shutil
import sqlite3
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
from alembic.autogenerate import compare_metadata
from alembic.runtime.migration import MigrationContext
from alembic.script import ScriptDirectory
from sqlalchemy import create_engine, event, literal, select, text
from sqlalchemy.dialects import sqlite

from carehub.store.sql import statements
from carehub.store.sql.migrating import _config, head, upgrade, version_table
from carehub.store.sql.places import places
from carehub.store.sql.statements import Statement
from carehub.store.sql.store import SqlStore
from carehub.store.sql.tables import AREAS
from carehub.terms.errors import StoreBusy, Unavailable
from contracts.stores import delivery, link, opened, postgresql_schema, through_lane

usage = type(shutil.disk_usage("."))

OURS = {version_table(area) for area in AREAS} | {table.name for area in AREAS.values() for table in area.tables.values()}


def differences(url: str, area: str) -> list[Any]:
    """What alembic would change to make the database's tables those of the metadata."""

    def mine(item: Any, name: str | None, kind: str, reflected: bool, compare_to: Any) -> bool:
        table = name if kind == "table" else item.table.name
        return table in AREAS[area].tables or table not in OURS

    place = places(url)[area]
    try:
        with place.writing_engine.connect() as connection:
            options = {"include_object": mine, "compare_type": True, "version_table": version_table(area)}
            return compare_metadata(MigrationContext.configure(connection, opts=options), AREAS[area])
    finally:
        place.close()


@pytest.mark.parametrize("area", list(AREAS))
def test_migrations_make_the_tables_that_the_code_uses(store_url: str, area: str) -> None:
    upgrade(store_url)
    assert differences(store_url, area) == []


def test_a_column_that_no_migration_makes_is_noticed(store_url: str) -> None:
    upgrade(store_url)
    place = places(store_url)["record"]
    with place.writing_engine.begin() as connection:
        connection.execute(text("ALTER TABLE plans ADD COLUMN extra INTEGER"))
    place.close()
    assert [change[0] for change in differences(store_url, "record")] == ["remove_column"]


def test_making_the_tables_again_keeps_what_is_in_them(store_url: str) -> None:
    upgrade(store_url)
    store = SqlStore(store_url)
    store.log.append([delivery(b"one")])
    upgrade(store_url)
    assert store.log.last_position() == 1
    store.close()


def test_a_store_without_tables_is_not_ready(store_url: str) -> None:
    store = SqlStore(store_url)
    with pytest.raises(Unavailable) as caught:
        store.ready()
    assert [found.number for found in caught.value.issues] == ["STORE-002"]
    store.close()


def test_a_store_that_could_lose_messages_is_not_ready(store_url: str) -> None:
    upgrade(store_url)
    store = SqlStore(store_url)
    place = store.places["log"]
    careless = "PRAGMA synchronous=NORMAL" if place.sqlite else "SET synchronous_commit = off"

    def set_it(connection: Any, *_: object) -> None:
        cursor = connection.cursor()
        cursor.execute(careless)
        cursor.close()

    event.listen(place.writing_engine, "checkout", set_it)
    with pytest.raises(Unavailable) as caught:
        store.ready()
    assert [found.number for found in caught.value.issues] == ["STORE-003"]
    store.close()


def test_a_locked_file_is_busy_and_nothing_is_written(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("carehub.store.sql.engines.WAIT_SECONDS", 0.2)
    url = f"sqlite:///{tmp_path / 'carehub.db'}"
    upgrade(url)
    store = SqlStore(url)
    other = sqlite3.connect(tmp_path / "carehub-log.db", isolation_level=None)
    other.execute("BEGIN IMMEDIATE")
    with pytest.raises(StoreBusy) as caught:
        store.log.append([delivery(b"one")])
    assert [found.number for found in caught.value.issues] == ["STORE-001"]
    other.execute("ROLLBACK")
    other.close()
    assert store.log.last_position() == 0
    store.log.append([delivery(b"one")])
    store.close()


def test_a_full_disk_is_busy_and_nothing_is_written(tmp_path: Path) -> None:
    url = f"sqlite:///{tmp_path / 'carehub.db'}"
    upgrade(url)
    store = SqlStore(url)

    def no_room(connection: sqlite3.Connection, *_: object) -> None:
        connection.execute(f"PRAGMA max_page_count={connection.execute('PRAGMA page_count').fetchone()[0]}")

    event.listen(store.places["log"].writing_engine, "checkout", no_room)
    with pytest.raises(StoreBusy):
        store.log.append([delivery(b"x" * 200_000)])
    assert store.log.last_position() == 0
    event.remove(store.places["log"].writing_engine, "checkout", no_room)
    store.close()


def test_a_thread_that_holds_the_lane_cannot_wait_for_itself(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("carehub.store.sql.engines.WAIT_SECONDS", 0.2)
    url = f"sqlite:///{tmp_path / 'carehub.db'}"
    upgrade(url)
    store = SqlStore(url)
    with store.links.lane(), pytest.raises(StoreBusy):
        store.plans.put([], [("p", 1)])
    through_lane(store, 1, links=(link("a", "p"),))
    store.close()


def test_a_disk_with_no_room_left_is_not_ready(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    with opened(f"sqlite:///{tmp_path / 'carehub.db'}") as store:
        monkeypatch.setattr("carehub.store.sql.store.shutil.disk_usage", lambda path: usage(total=10**12, used=10**12 - 10**6, free=10**6))
        with pytest.raises(Unavailable) as caught:
            store.ready()
    assert [found.number for found in caught.value.issues] == ["STORE-005"]


def test_a_store_is_ready_while_somebody_holds_the_lane(tmp_path: Path) -> None:
    with opened(f"sqlite:///{tmp_path / 'carehub.db'}") as store, store.links.lane() as lane:
        store.ready()
        assert lane.position() == 0


@pytest.mark.pg
def test_reads_survive_a_server_that_drops_its_connections_and_writes_say_busy_once() -> None:
    with postgresql_schema() as url, opened(url) as store:
        store.log.append([delivery(b"one")])
        assert store.log.last_position() == 1
        for _ in range(2):
            kill_sessions(url)
            assert store.log.last_position() == 1
        kill_sessions(url)
        with pytest.raises(StoreBusy):
            store.log.append([delivery(b"two")])
        store.log.append([delivery(b"two")])
        assert store.log.last_position() == 2


def kill_sessions(url: str) -> None:
    """End every session of the test's schema but our own, as a server that goes down does."""
    engine = create_engine(url)
    with engine.connect() as connection:
        schema = connection.execute(text("SELECT current_schema()")).scalar_one()
        ended = connection.execute(
            text(
                "SELECT pg_terminate_backend(a.pid, 5000) FROM pg_stat_activity a WHERE a.application_name = :schema AND a.pid <> pg_backend_pid()"
            ),
            {"schema": schema},
        ).all()
    engine.dispose()
    assert ended


@pytest.mark.pg
def test_a_server_that_is_not_there_is_busy() -> None:
    store = SqlStore("postgresql+psycopg://nobody@127.0.0.1:1/none")
    with pytest.raises(StoreBusy):
        store.log.last_position()
    with pytest.raises(StoreBusy):
        store.log.append([delivery(b"one")])
    store.close()


@pytest.mark.parametrize("area", list(AREAS))
def test_the_version_that_the_code_needs_is_where_alembics_scripts_end(area: str) -> None:
    assert ScriptDirectory.from_config(_config(area)).get_heads() == [head(area)]


def test_where_the_tables_are_as_they_should_be_nothing_that_would_make_them_is_imported(tmp_path: Path) -> None:
    url = f"sqlite:///{tmp_path}/carehub.db"
    upgrade(url)
    start = (
        "import sys\nfrom carehub.store.sql.migrating import upgrade\nfrom carehub.store.sql.store import SqlStore\n"
        "upgrade(sys.argv[1])\nstore = SqlStore(sys.argv[1])\nstore.ready()\nstore.close()\n"
        "print([name for name in ('alembic', 'sqlalchemy.dialects.postgresql') if name in sys.modules])"
    )
    assert subprocess.run([sys.executable, "-c", start, url], check=True, capture_output=True, text=True).stdout == "[]\n"


def test_a_statement_is_compiled_when_it_is_first_asked_and_once(monkeypatch: pytest.MonkeyPatch) -> None:
    asked: list[str] = []

    def work(*_: Any) -> Statement:
        asked.append("compiled")
        return Statement("SELECT ?", ["one"], {})

    monkeypatch.setattr(statements, "_compiled", work)
    statement = statements.compiled(select(literal(1)), sqlite.dialect())
    assert asked == []
    assert (statement.arguments({"one": 1}), statement.sql, statement.arguments({"one": 2})) == ((1,), "SELECT ?", (2,))
    assert asked == ["compiled"]
