"""The store's contract: submissions staged in a stream. One suite, every store; no test names one."""

from __future__ import annotations

import threading

import pytest

from carehub.feeds.message import Arrival, digest, message_ids, submission_id
from carehub.store.ports import Store
from carehub.store.streaming import CHUNK, Piece
from carehub.terms.errors import Overtaken, StoreBusy
from contracts.stores import AT, delivery, ids

ARRIVAL = Arrival("local_authority/client-level", AT, "council", "", "text/csv")
HEAD = b"id,name\r\n"
LATER = "2026-11-22T09:00:00.000Z"


def table(rows: int) -> bytes:
    return b"id,name\n" + b"".join(b"%07d,%s\n" % (n, b"x" * 100) for n in range(rows))


def stage(store: Store, body: bytes, pieces: list[Piece], arrival: Arrival = ARRIVAL) -> int:
    stream = store.streams.begin(AT)
    for at in range(0, len(body), 4 * CHUNK):
        store.streams.add(stream, at, body[at : at + 4 * CHUNK], AT)
    id = submission_id(arrival.feed, arrival.delivery_key, digest(body))
    for first in range(0, len(pieces), 1000):
        store.streams.add_pieces(stream, id, first, pieces[first : first + 1000], AT)
    return stream


def of_rows(rows: int) -> list[Piece]:
    return [Piece(8 + n * 109, 108, True, None) for n in range(rows)]


def finish(store: Store, stream: int, body: bytes, parts: int, arrival: Arrival = ARRIVAL):
    return store.streams.finish(stream, arrival, digest(body), len(body), parts, HEAD)


def test_what_is_staged_is_read_back_and_not_seen_by_anyone_else(store: Store) -> None:
    body = table(10_000)
    stream = stage(store, body, of_rows(10_000))
    assert store.streams.bytes_at(stream, 0, 100) == body[:100]
    assert store.streams.bytes_at(stream, CHUNK - 7, CHUNK + 30) == body[CHUNK - 7 : 2 * CHUNK + 23]
    assert store.streams.bytes_at(stream, len(body) - 5, 100) == body[-5:]
    assert store.streams.bytes_at(stream, len(body), 100) == b""
    id = submission_id(ARRIVAL.feed, "", digest(body))
    assert store.log.receipt(id) is None
    assert store.log.submission_body(id) is None
    assert store.log.read(message_ids(id, 3)) == {}
    assert store.log.heads(0, 10) == []
    assert store.log.last_position() == 0


def test_a_finished_stream_is_part_of_the_log_like_any_submission(store: Store) -> None:
    before, after = delivery(b"before"), delivery(b"a\nb\n", b"a\n", b"b\n")
    [first] = store.log.append([before])
    body = table(10_000)
    stream = stage(store, body, [*of_rows(9_999), Piece(0, 0, False, b'{"end":true}')])
    receipt = finish(store, stream, body, 10_000)
    store.log.append([after])
    assert (receipt.feed, receipt.received_at, receipt.sha256) == (ARRIVAL.feed, AT, digest(body))
    assert receipt.messages == message_ids(receipt.submission, 10_000)
    assert store.log.receipt(receipt.submission) == receipt
    assert store.log.submission_body(receipt.submission) == body
    assert store.log.last_position() == 10_003

    heads = store.log.heads(0, 20_000)
    assert [head.position for head in heads] == list(range(1, 10_004))
    assert [head.id for head in heads] == [*first.messages, *receipt.messages, *ids(after)]
    assert {head.feed for head in heads[1:10_001]} == {ARRIVAL.feed}
    assert store.log.heads(0, 3) == heads[:3]
    assert store.log.heads(5_000, 2) == heads[5_000:5_002]
    assert store.log.heads(10_000, 5) == heads[10_000:]
    assert store.log.heads(10_001, 5) == heads[10_001:]

    assert [store.log.position(head.id) for head in heads[::3333]] == [1, 3334, 6667, 10_000]
    assert store.log.position("nothing") == 0

    wanted = [receipt.messages[n] for n in (0, 2_404, 2_405, 9_998, 9_999)]
    read = store.log.read([*wanted, *ids(after), "nothing"])
    row = b"%07d," + b"x" * 100
    assert [read[id].body for id in wanted] == [*(HEAD + row % n for n in (0, 2_404, 2_405, 9_998)), b'{"end":true}']
    assert [(read[id].position, read[id].part, read[id].submission) for id in wanted[1:3]] == [
        (2_406, 2_404, receipt.submission),
        (2_407, 2_405, receipt.submission),
    ]
    assert len(read) == 7


def test_the_same_submission_again_gets_the_first_receipt_and_adds_nothing(store: Store) -> None:
    body = b"one\ntwo\n"
    [first] = store.log.append([delivery(body, b"one\n", b"two\n", feed=ARRIVAL.feed)])
    again = stage(store, body, [Piece(0, 8, False, None)])
    assert finish(store, again, body, 1, Arrival(ARRIVAL.feed, LATER, "council")) == first
    assert store.log.last_position() == 2
    streamed = finish(store, stage(store, b"three", [Piece(0, 5, False, None)]), b"three", 1)
    assert store.log.append([delivery(b"three", feed=ARRIVAL.feed, at=LATER)]) == [streamed]
    assert store.log.last_position() == 3
    assert store.streams.discard_before("9") == 0


def test_a_key_used_before_for_other_bytes_is_refused(store: Store) -> None:
    keyed = Arrival(ARRIVAL.feed, AT, "council", "k")
    finish(store, stage(store, b"one", [Piece(0, 3, False, None)], keyed), b"one", 1, keyed)
    with pytest.raises(Overtaken) as caught:
        finish(store, stage(store, b"two", [Piece(0, 3, False, None)], keyed), b"two", 1, keyed)
    assert [found.number for found in caught.value.issues] == ["FEED-003"]
    assert store.log.last_position() == 1


def test_a_discarded_stream_takes_nothing_more_and_cannot_be_finished(store: Store) -> None:
    body = table(6_000)
    stream = stage(store, body, of_rows(6_000))
    store.streams.discard(stream)
    store.streams.discard(stream)
    for late in (
        lambda: store.streams.add(stream, 0, b"late", AT),
        lambda: store.streams.add_pieces(stream, "s", 0, of_rows(1), AT),
        lambda: finish(store, stream, body, 6_000),
    ):
        with pytest.raises(StoreBusy):
            late()
    assert store.log.last_position() == 0
    assert store.streams.discard_before("9") == 0


def test_a_finished_stream_is_not_discarded(store: Store) -> None:
    receipt = finish(store, stage(store, b"one", [Piece(0, 3, False, None)]), b"one", 1)
    assert store.streams.discard_before("9") == 0
    assert store.log.read(receipt.messages)[receipt.messages[0]].body == b"one"


def test_only_streams_that_nothing_came_to_for_long_are_swept(store: Store) -> None:
    left, alive = stage(store, b"left", []), stage(store, b"alive", [])
    store.streams.add_pieces(alive, "s", 0, [Piece(0, 5, False, None)], LATER)
    assert store.streams.discard_before(LATER) == 1
    with pytest.raises(StoreBusy):
        store.streams.add(left, CHUNK, b"late", LATER)
    assert store.streams.bytes_at(alive, 0, 9) == b"alive"


def test_messages_taken_back_can_be_staged_anew(store: Store) -> None:
    body = table(3)
    stream = stage(store, body, of_rows(3))
    store.streams.drop_pieces(stream)
    store.streams.add_pieces(stream, submission_id(ARRIVAL.feed, "", digest(body)), 0, [Piece(0, len(body), False, None)], AT)
    receipt = finish(store, stream, body, 1)
    assert [message.body for message in store.log.read(receipt.messages).values()] == [body]


def test_streams_and_deliveries_that_are_stored_at_once_leave_no_hole_and_no_later_one_shows_first(store: Store) -> None:
    seen: list[list[int]] = []
    done = threading.Event()

    def append(who: int) -> None:
        for n in range(12):
            store.log.append([delivery(b"%d-%d-%d" % (who, n, part)) for part in range(2)])

    def stream(who: int) -> None:
        for n in range(12):
            body = b"stream %d %d" % (who, n)
            finish(store, stage(store, body, [Piece(0, 6, False, None)] * 5), body, 5)

    def watch() -> None:
        while not done.is_set():
            seen.append([head.position for head in store.log.heads(0, 1000)])

    watcher = threading.Thread(target=watch)
    writers = [threading.Thread(target=work, args=(who,)) for work in (append, stream) for who in range(2)]
    for thread in (watcher, *writers):
        thread.start()
    for thread in writers:
        thread.join()
    done.set()
    watcher.join()
    heads = store.log.heads(0, 1000)
    assert [head.position for head in heads] == list(range(1, 169))
    assert len({head.id for head in heads}) == 168
    assert set(store.log.read([head.id for head in heads])) == {head.id for head in heads}
    assert all(positions == list(range(1, len(positions) + 1)) for positions in seen)
