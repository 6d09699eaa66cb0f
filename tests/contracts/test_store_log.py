"""The store's contract: the log. One suite, every store; no test names one."""

from __future__ import annotations

import threading

import pytest

from carehub.store.ports import Store
from carehub.terms.errors import Overtaken
from contracts.stores import delivery, ids

HL7 = b"MSH|^~\\&|PAS|ZZ902\rPID|1\r"


def test_an_empty_log_has_no_position_and_knows_nothing(store: Store) -> None:
    assert store.log.last_position() == 0
    assert store.log.heads(0, 10) == []
    assert store.log.receipt("nothing") is None
    assert store.log.submission_body("nothing") is None
    assert store.log.read(["nothing"]) == {}
    assert store.log.append([]) == []
    store.ready()


def test_a_receipt_names_the_bytes_and_the_messages(store: Store) -> None:
    sent = delivery(b'{"a":1}')
    [receipt] = store.log.append([sent])
    assert receipt.submission == sent.submission.id
    assert receipt.feed == "gp/structured-record"
    assert receipt.received_at == sent.submission.received_at
    assert receipt.sha256 == "015abd7f5cc57a2dd94b7590f04ad8084273905ee33ec5cebeae62276a97f862"
    assert receipt.messages == tuple(ids(sent))
    assert store.log.receipt(receipt.submission) == receipt


def test_the_same_delivery_again_gets_the_first_receipt_and_adds_nothing(store: Store) -> None:
    [first] = store.log.append([delivery(b"one", key="k")])
    later = delivery(b"one", key="k", at="2026-11-23T00:00:00.000Z")
    assert store.log.append([later]) == [first]
    assert store.log.append([later, later]) == [first, first]
    assert store.log.last_position() == 1


def test_a_delivery_twice_in_one_call_is_stored_once(store: Store) -> None:
    first, second = store.log.append([delivery(b"one"), delivery(b"one")])
    assert first == second
    assert store.log.last_position() == 1


@pytest.mark.parametrize("together", [True, False])
def test_a_key_used_before_for_other_bytes_stores_nothing_of_the_call(store: Store, together: bool) -> None:
    used, other = delivery(b"one", key="k"), delivery(b"two", key="k")
    bystander = delivery(b"three")
    if not together:
        store.log.append([used])
    with pytest.raises(Overtaken) as caught:
        store.log.append([bystander, used, other])
    assert [found.number for found in caught.value.issues] == ["FEED-003"]
    assert store.log.receipt(bystander.submission.id) is None
    assert store.log.last_position() == (0 if together else 1)


def test_the_same_key_in_another_feed_is_another_delivery(store: Store) -> None:
    store.log.append([delivery(b"one", key="k"), delivery(b"two", key="k", feed="acute/adt")])
    assert store.log.last_position() == 2


def test_positions_are_in_the_order_of_deliveries_and_parts(store: Store) -> None:
    sent = [delivery(b"a\nb\n", b"a\n", b"b\n"), delivery(b"c", feed="acute/adt")]
    store.log.append(sent)
    heads = store.log.heads(0, 10)
    assert [(head.position, head.id, head.feed) for head in heads] == [
        (1, ids(sent[0])[0], "gp/structured-record"),
        (2, ids(sent[0])[1], "gp/structured-record"),
        (3, ids(sent[1])[0], "acute/adt"),
    ]
    assert store.log.heads(1, 1) == heads[1:2]
    assert store.log.heads(3, 10) == []


@pytest.mark.parametrize(
    ("body", "parts"),
    [
        pytest.param(HL7, (HL7,), id="whole"),
        pytest.param(HL7 + b"\n" + HL7, (HL7, HL7), id="slices that repeat"),
        pytest.param(b"h\n1\n2\n", (b"h\n1\n", b"h\n2\n"), id="parts that are no slices"),
        pytest.param(b"1234", (b"34", b"12"), id="slices out of order"),
        pytest.param(b"x", (b"", b"x"), id="an empty part"),
        pytest.param(bytes(range(256)) * 2, (bytes(range(256)),) * 2, id="every byte, NUL among them"),
        pytest.param(b"\x00", (b"\x00",), id="one NUL"),
        pytest.param("Zoë\ud7ff".encode(), ("Zoë".encode(),), id="not only ASCII"),
    ],
)
def test_bytes_come_back_as_they_came(store: Store, body: bytes, parts: tuple[bytes, ...]) -> None:
    sent = delivery(body, *parts)
    store.log.append([sent])
    read = store.log.read(ids(sent))
    assert [read[id].body for id in ids(sent)] == list(parts)
    assert [(read[id].part, read[id].position, read[id].submission) for id in ids(sent)] == [
        (part, part + 1, sent.submission.id) for part in range(len(parts))
    ]
    assert store.log.submission_body(sent.submission.id) == body


def test_a_large_submission_comes_back_whole_and_in_parts(store: Store) -> None:
    lines = [(b"%07d," % n) + bytes([n % 256]) * 16_376 for n in range(1280)]
    body = b"".join(lines)
    assert len(body) == 20 * 1024 * 1024
    whole, cut = delivery(body, key="whole"), delivery(body, *lines[::40], b"", body[1:], key="cut")
    store.log.append([whole, cut])
    assert store.log.submission_body(whole.submission.id) == body
    assert store.log.read(ids(whole))[ids(whole)[0]].body == body
    read = store.log.read(ids(cut))
    assert [read[id].body for id in ids(cut)] == [*lines[::40], b"", body[1:]]


def test_a_delivery_key_with_a_nul_is_a_key_like_any_other(store: Store) -> None:
    sent = delivery(b"one", key="k\x001")
    [receipt] = store.log.append([sent])
    assert store.log.append([sent]) == [receipt]


def test_threads_that_append_at_once_lose_nothing_and_leave_no_hole(store: Store) -> None:
    seen: list[list[int]] = []
    done = threading.Event()

    def write(who: int) -> None:
        for n in range(10):
            store.log.append([delivery(b"%d-%d-%d" % (who, n, part)) for part in range(3)])

    def watch() -> None:
        while not done.is_set():
            seen.append([head.position for head in store.log.heads(0, 1000)])

    watcher = threading.Thread(target=watch)
    writers = [threading.Thread(target=write, args=(who,)) for who in range(4)]
    for thread in (watcher, *writers):
        thread.start()
    for thread in writers:
        thread.join()
    done.set()
    watcher.join()
    heads = store.log.heads(0, 1000)
    assert [head.position for head in heads] == list(range(1, 121))
    assert len({head.id for head in heads}) == 120
    # What is visible is always a beginning of the log: a later position never shows before an earlier one.
    assert all(positions == list(range(1, len(positions) + 1)) for positions in seen)
