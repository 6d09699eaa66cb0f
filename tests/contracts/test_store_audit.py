"""The store's contract: the audit trail is one chain, whoever writes it and however many at once, and what somebody does to its tables is found."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor

import pytest
from sqlalchemy import text

from carehub.governance.audit_chain import Verdict, examine
from carehub.store.auditing import AuditTrail
from carehub.store.ports import Store
from carehub.store.sql.migrating import upgrade
from carehub.store.sql.places import places
from carehub.store.sql.store import SqlStore
from carehub.store.stored import AuditRow
from contracts.stores import AT

KEY = b"a key of thirty-two characters.."


def row(id: str) -> AuditRow:
    return AuditRow(id, AT, "p", b'{"resourceType":"AuditEvent","x":"\x00"}')


def verdict(audit: AuditTrail, key: bytes = b"") -> Verdict:
    head = audit.head()
    return examine(audit.chain(), head, key)


def by_hand(url: str, sql: str, **said: object) -> None:
    """What somebody with the database's own password can do."""
    opened = places(url)
    with opened["audit"].writing_engine.begin() as connection:
        connection.execute(text(sql), said)
    for place in set(opened.values()):
        place.close()


def test_what_is_appended_is_one_chain(store: Store) -> None:
    assert verdict(store.audit).rows == 0
    store.audit.append([row("a"), row("b")])
    store.audit.append([row("b"), row("c"), row("c")])
    store.audit.append([row("a")])
    found = verdict(store.audit)
    assert (found.rows, found.found) == (3, 0)
    assert found.head is not None
    assert found.head.rows == 3
    assert [one.id for one in store.audit.chain()] == ["a", "b", "c"]


def test_several_that_write_at_once_make_one_chain(store_url: str) -> None:
    upgrade(store_url)
    stores = [SqlStore(store_url, KEY) for _ in range(3)]

    def write(n: int) -> None:
        stores[n % 3].audit.append([row(f"{n}-{m}") for m in range(n % 3 + 1)])

    with ThreadPoolExecutor(6) as pool:
        list(pool.map(write, range(60)))
    found = verdict(stores[0].audit, KEY)
    assert (found.rows, found.found) == (120, 0)
    for one in stores:
        one.close()


@pytest.mark.parametrize(
    "done",
    [
        "UPDATE audit_events SET person = 'q' WHERE id = 'b'",
        "UPDATE audit_events SET event = 'x' WHERE id = 'b'",
        "UPDATE audit_events SET link = 'x' WHERE id = 'b'",
        "UPDATE audit_head SET seal = 'x'",
        "UPDATE audit_events SET at = '2020-01-01T00:00:00.000Z' WHERE id = 'b'",
        "DELETE FROM audit_events WHERE id = 'b'",
        "DELETE FROM audit_events WHERE id = 'd'",
        "DELETE FROM audit_events",
        "DELETE FROM audit_head",
        "UPDATE audit_events SET place = 5 - place",
        "UPDATE audit_events SET number = 9 WHERE id = 'b'",
        "UPDATE audit_events SET place = NULL, link = NULL",
        "INSERT INTO audit_events (id, at, person, event) SELECT 'e', at, person, event FROM audit_events WHERE id = 'a'",
    ],
)
def test_what_somebody_does_to_the_tables_is_found(store_url: str, done: str) -> None:
    upgrade(store_url)
    store = SqlStore(store_url, KEY)
    store.audit.append([row(id) for id in "abcd"])
    assert verdict(store.audit, KEY).found == 0
    by_hand(store_url, done)
    assert verdict(store.audit, KEY).found > 0
    store.close()


def test_rows_from_before_there_was_a_chain_are_covered_by_its_first_link(store_url: str) -> None:
    upgrade(store_url)
    for id in ("old1", "old2"):
        by_hand(store_url, "INSERT INTO audit_events (id, at, person, event) VALUES (:id, :at, 'p', :event)", id=id, at=AT, event=b"{}")
    store = SqlStore(store_url, KEY)
    assert verdict(store.audit, KEY).earlier == 2
    store.audit.append([row("a"), row("old1")])
    found = verdict(store.audit, KEY)
    assert (found.rows, found.earlier, found.found) == (1, 2, 0)
    by_hand(store_url, "UPDATE audit_events SET person = 'q' WHERE id = 'old1'")
    assert verdict(store.audit, KEY).found == 1
    store.close()
