"""What a resource costs on disk."""

from __future__ import annotations

import sqlite3
from collections.abc import Sequence

import feeds
from hubs import ACUTE, GP, fresh_hub, ingest
from least import told
from table import Row

_MESSAGES_A_PERSON = 4


def storage_rows(count: int) -> list[Row]:
    """Stored bytes, index rows and all, beside the raw JSON of the same resources."""
    rows = []
    for label, feed, bodies in (
        ("GP Connect", GP, list(feeds.gp_records(count))),
        ("ADT", ACUTE, feeds.adt_messages(count * 25, max(1, count * 25 // _MESSAGES_A_PERSON))),
    ):
        with fresh_hub() as hub:
            ingest(hub, feed, bodies)
            hub.settle()
            raw = [telling.body for telling in told(hub, len(bodies))]
            place = hub.store.places["record"].url.database  # type: ignore[attr-defined]
            hub.store.close()
            stored = _pages(str(place), without=("plans", "sqlite_autoindex_plans_1"))
        rows.append(
            Row(f"Stored bytes a resource, {label}", "bytes", [stored / len(raw)], "raw JSON of every resource told",
                [sum(map(len, raw)) / len(raw)], "G15", (1.7, 1.0), better="lower",
                remark="record database with its indexes, links and outcomes, without the plans; every telling is kept")
        )  # fmt: skip
    return rows


def _pages(database: str, without: Sequence[str]) -> int:
    """Bytes of all tables and indexes of a SQLite file but these."""
    connection = sqlite3.connect(database)
    try:
        left_out = ", ".join("?" * len(without))
        try:
            sql = f"select sum(pgsize) from dbstat where name not in ({left_out})"
            return int(connection.execute(sql, tuple(without)).fetchone()[0])
        except sqlite3.OperationalError:  # built without dbstat: the whole file, plans included
            pages, size = connection.execute("select page_count, page_size from pragma_page_count, pragma_page_size").fetchone()
            return int(pages) * int(size)
    finally:
        connection.close()
