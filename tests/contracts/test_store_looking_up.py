"""No question to the embedded store reads a whole table, unless it asks about all of it: otherwise every answer slows the next one down."""

from __future__ import annotations

from functools import partial
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import Connection

from carehub.store.sql.places import Place
from carehub.store.sql.statements import Statement
from carehub.store.sql.tables import AREAS
from contracts.stores import opened

TABLES = {name for area in AREAS.values() for name in area.tables}
# Asked of the whole table, or (dirt) read in the order wanted and no further than needed. origins: as few as there are sources and types;
# subscriptions: as few as there are systems that listen.
# outbox, redirects: once for all who are disposed of together, which is seldom; an index would cost every notification and every merge.
WHOLE = {"origins", "plans", "dirt", "subscriptions"}


SELDOM = ("DELETE FROM outbox WHERE outbox.person IN", "DELETE FROM redirects WHERE redirects.person IN")


def explained(sql: str, connection: Connection) -> list[str]:
    """How SQLite would answer, step by step."""
    return [row[3] for row in connection.exec_driver_sql("EXPLAIN QUERY PLAN " + sql, (None,) * sql.count("?"))]


@pytest.fixture
def asked(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> dict[str, list[str]]:
    """The plan of every statement that a store prepares, by its text."""
    prepared: list[tuple[Place, Statement]] = []
    prepare = Place.prepare

    def noted(place: Place, clause: Any) -> Statement:
        made = prepare(place, clause)
        prepared.append((place, made))
        return made

    monkeypatch.setattr(Place, "prepare", noted)
    plans: dict[str, list[str]] = {}
    with opened(f"sqlite:///{tmp_path / 'carehub.db'}"):
        for place, statement in prepared:
            plans[statement.sql] = place.ask(partial(explained, statement.sql))
    return plans


def scanned(plan: list[str]) -> set[str]:
    """The tables that a plan reads from end to end."""
    return {line.split()[1] for line in plan if line.startswith("SCAN ")} & (TABLES - WHOLE)


def test_what_is_looked_up_by_key_is_found_by_an_index(asked: dict[str, list[str]]) -> None:
    reading_all = {sql: scanned(plan) for sql, plan in asked.items() if scanned(plan)}
    about_all = {sql for sql in reading_all if "WHERE" not in sql or "count(*)" in sql}
    assert {sql: tables for sql, tables in reading_all.items() if sql not in about_all and not sql.startswith(SELDOM)} == {}
    assert about_all  # so the plans say what we think they say


def test_closings_are_found_by_patient_not_by_scope_alone(asked: dict[str, list[str]]) -> None:
    [plan] = [plan for sql, plan in asked.items() if "told_at >=" in sql and "closings" in sql]
    assert any("closings_scope (scope=? AND patient=?" in line for line in plan)
