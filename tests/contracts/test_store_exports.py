"""The store's contract: exports, how far each has come, and whose records are in it."""

from __future__ import annotations

from dataclasses import replace

from carehub.governance.export import Export, ExportStanding, Progress, Said, Size
from carehub.governance.requester import Requester
from carehub.store.ports import Store
from contracts.stores import AT

GP = Requester("amir", "Amir Khan", "gp", "X99002", "Elmfield Surgery", "TREAT")
UNTIL = "2026-11-23T06:10:00.000Z"
BEGUN = Progress(AT, 3)
MOVED = Progress(AT, 3, 1, {"Patient.ndjson": Size(2, 90)}, (Said("API-013", "Withheld.", 1, 2),))


def asked(id: str, by: Requester = GP, at: str = AT) -> Export:
    return Export(id, by, "g", ("Patient",), "", "https://hub.example/x", at)


def kept(store: Store, *ids: str) -> None:
    for id in ids:
        assert store.exports.keep(asked(id), UNTIL, 9, 99)


def test_one_is_kept_as_waiting_and_all_are_given_the_oldest_first(store: Store) -> None:
    later = "2026-11-22T07:00:00.000Z"
    assert store.exports.keep(asked("a", at=later), UNTIL, 9, 99)
    assert store.exports.keep(asked("b"), UNTIL, 9, 99)
    assert store.exports.of("b") == ExportStanding(asked("b"), "waiting", UNTIL)
    assert store.exports.of("unknown") is None
    assert [one.export.id for one in store.exports.all()] == ["b", "a"]


def test_of_one_asker_and_of_all_no_more_are_kept_than_said(store: Store) -> None:
    other = replace(GP, user="other")
    assert [store.exports.keep(asked(f"a{n}"), UNTIL, 2, 3) for n in range(3)] == [True, True, False]
    assert [store.exports.keep(asked(f"b{n}", other), UNTIL, 2, 3) for n in range(2)] == [True, False]
    store.exports.forget("a0")
    assert store.exports.keep(asked("c", other), UNTIL, 2, 3)


def test_begun_it_has_its_people_in_order_and_begun_anew_nobody_is_written(store: Store) -> None:
    kept(store, "a", "b")
    assert store.exports.begin("a", BEGUN, ["p2", "p1", "p3"])
    assert (store.exports.persons("a", 0, 2), store.exports.persons("a", 2, 9), store.exports.persons("b", 0, 9)) == (
        ["p2", "p1"],
        ["p3"],
        [],
    )
    assert store.exports.advance("a", MOVED, ["r1", "r2"])
    assert store.exports.of("a") == ExportStanding(asked("a"), "waiting", UNTIL, MOVED)
    assert store.exports.written("a", ["r2", "r9"]) == {"r2"}
    assert store.exports.written("b", ["r2"]) == set()
    assert store.exports.begin("a", BEGUN, ["p1"])
    assert (store.exports.persons("a", 0, 9), store.exports.written("a", ["r1", "r2"])) == (["p1"], set())


def test_what_ended_or_is_not_there_goes_no_further(store: Store) -> None:
    kept(store, "a")
    assert store.exports.begin("a", BEGUN, ["p1"])
    assert store.exports.end("a", "done", AT, MOVED)
    assert store.exports.of("a") == ExportStanding(asked("a"), "done", AT, MOVED)
    for export in ("a", "unknown"):
        assert not store.exports.begin(export, BEGUN, ["p9"])
        assert not store.exports.advance(export, BEGUN, ["r9"])
        assert not store.exports.end(export, "failed", UNTIL, BEGUN)
        assert store.exports.written(export, ["r9"]) == set()
    assert store.exports.of("a") == ExportStanding(asked("a"), "done", AT, MOVED)
    assert store.exports.persons("a", 0, 9) == ["p1"]


def test_forgotten_nothing_of_it_is_there_and_the_same_id_begins_empty(store: Store) -> None:
    kept(store, "a", "b")
    for export in ("a", "b"):
        store.exports.begin(export, BEGUN, ["p1"])
        store.exports.advance(export, MOVED, ["r1"])
    store.exports.forget("a")
    store.exports.forget("a")
    assert [one.export.id for one in store.exports.all()] == ["b"]
    assert (store.exports.persons("a", 0, 9), store.exports.written("a", ["r1"])) == ([], set())
    assert (store.exports.persons("b", 0, 9), store.exports.written("b", ["r1"])) == (["p1"], {"r1"})


def test_it_outlives_the_clearing_of_what_is_derived(store: Store) -> None:
    kept(store, "a")
    store.exports.begin("a", BEGUN, ["p1"])
    store.records.clear()
    assert (store.exports.of("a"), store.exports.persons("a", 0, 9)) == (ExportStanding(asked("a"), "waiting", UNTIL, BEGUN), ["p1"])
