"""The door in for large files: the same messages and receipts as the door for small ones, in bounded memory, and nothing of what is broken off."""

from __future__ import annotations

import io
from collections.abc import Iterator
from dataclasses import replace
from itertools import count
from typing import BinaryIO

import pytest

from carehub.feeds.adapter import whole
from carehub.feeds.formats.tables import split_table
from carehub.feeds.message import Arrival, MessageIds, Submission
from carehub.hub import receive_stream
from carehub.hub.hub import ABANDONED
from carehub.hub.placing import Placing
from carehub.store.memory import MemoryStore
from carehub.terms.errors import Overtaken, Rejected, StoreBusy, Unreadable
from carehub.terms.issue_catalogue import issue
from hub.toy_hub import START, toy_adapter, toy_hub

AT = "2026-11-22T06:00:00.000Z"
ARRIVAL = Arrival("toy/feed", AT, "test")


@pytest.fixture(autouse=True)
def _small(monkeypatch):
    """Sizes that make a kilobyte a large file."""
    monkeypatch.setattr("carehub.hub.hub.WHOLE", 100)
    monkeypatch.setattr(receive_stream, "_BLOCK", 256 * 1024)
    monkeypatch.setattr(receive_stream, "_MOST_PIECES", 7)


def tabular(required: tuple[str, ...] = ("id",)):
    def split_stream(stream: BinaryIO) -> Iterator[bytes]:
        return split_table(stream, required=required, closing=lambda seen: b'{"rows":%d}' % seen.rows)

    return replace(toy_adapter(), split=lambda body: split_stream(io.BytesIO(body)), split_stream=split_stream)


def table(rows: int, end: bytes = b"\r\n") -> bytes:
    return b"\xef\xbb\xbfid,name" + end + b"".join(b'%d,"Invented ""%d""\nof two lines"%s' % (n, n, end) for n in range(rows)) + end


@pytest.mark.parametrize("rows", [1, 7, 8, 20_000])
@pytest.mark.parametrize("end", [b"\n", b"\r\n"])
def test_a_stream_gives_the_messages_and_the_receipt_of_the_whole(rows, end):
    body = table(rows, end)
    one, other = toy_hub(tabular()), toy_hub(tabular())
    [receipt] = one.receive([ARRIVAL.whole(body)])
    streamed = other.receive_stream(ARRIVAL, io.BytesIO(body))
    assert streamed == receipt
    assert len(streamed.messages) == rows + 1
    assert [m.body for m in other.log.read(streamed.messages).values()] == [m.body for m in one.log.read(receipt.messages).values()]
    assert other.log.submission_body(streamed.submission) == body
    assert other.receive([ARRIVAL.whole(body)]) == [receipt]
    assert other.receive_stream(ARRIVAL, io.BytesIO(body)) == receipt
    assert other.log.last_position() == rows + 1


def test_bytes_that_come_a_few_at_a_time_are_the_same_submission():
    class Trickle(io.BytesIO):
        def read(self, size=-1):
            return super().read(min(size, 17))

    body = table(500)
    hub = toy_hub(tabular())
    assert hub.receive_stream(ARRIVAL, Trickle(body)) == toy_hub(tabular()).receive([ARRIVAL.whole(body)])[0]


def test_an_adapter_that_cannot_read_a_stream_is_given_all_of_it():
    body = b"\n".join(b"line %d" % n for n in range(100))
    hub = toy_hub()
    receipt = hub.receive_stream(ARRIVAL, io.BytesIO(body))
    assert [m.body for m in hub.log.read(receipt.messages).values()] == body.split(b"\n")


@pytest.mark.parametrize("adapter", [toy_adapter(), tabular(required=("nhs",)), replace(toy_adapter(), split=whole)])
def test_what_is_too_large_to_be_held_whole_is_refused_and_nothing_of_it_is_kept(adapter):
    hub = toy_hub(adapter)
    with pytest.raises(Rejected) as caught:
        hub.receive_stream(ARRIVAL, io.BytesIO(table(100)), held_whole=500)
    assert caught.value.issues[0].number in ("API-006", "MAP-001")
    assert hub.log.last_position() == 0
    assert hub.store.streams.discard_before("9") == 0


def test_a_table_is_not_held_whole_so_its_size_does_not_matter():
    hub = toy_hub(tabular())
    assert len(hub.receive_stream(ARRIVAL, io.BytesIO(table(100)), held_whole=500).messages) == 101


def breaking(after: int, error: Exception):
    def split_stream(stream: BinaryIO) -> Iterator[bytes]:
        for n, line in enumerate(stream):
            if n == after:
                raise error
            yield line

    return replace(toy_adapter(), split_stream=split_stream)


@pytest.mark.parametrize("after", [0, 1, 50])
@pytest.mark.parametrize("error", [Unreadable(issue("MAP-001")), RuntimeError("a bug in the adapter")])
def test_what_cannot_be_split_is_kept_as_one_message(after, error):
    hub = toy_hub(breaking(after, error))
    receipt = hub.receive_stream(ARRIVAL, io.BytesIO(table(100)))
    assert [m.body for m in hub.log.read(receipt.messages).values()] == [table(100)]


def test_an_adapter_that_finds_no_message_does_not_lose_the_bytes():
    hub = toy_hub(replace(toy_adapter(), split_stream=lambda stream: iter(())))
    receipt = hub.receive_stream(ARRIVAL, io.BytesIO(b" " * 1000))
    assert [m.body for m in hub.log.read(receipt.messages).values()] == [b" " * 1000]


def test_a_key_used_before_for_other_bytes_is_refused_without_splitting():
    hub = toy_hub(tabular())
    keyed = replace(ARRIVAL, delivery_key="k")
    hub.receive_stream(keyed, io.BytesIO(table(100)))
    with pytest.raises(Overtaken):
        hub.receive_stream(keyed, io.BytesIO(table(101)))
    assert hub.log.last_position() == 101
    assert hub.store.streams.discard_before("9") == 0


@pytest.mark.parametrize("failing", ["add", "add_pieces", "bytes_at", "finish"])
@pytest.mark.parametrize("nth", [0, 2])
def test_a_store_that_is_busy_on_the_way_says_so_and_the_retry_completes(failing, nth, monkeypatch):
    store = MemoryStore()
    hub = toy_hub(tabular(), store)
    calls = count()
    real = getattr(store.streams, failing)

    def busy(*arguments):
        if next(calls) == nth:
            raise StoreBusy(issue("STORE-001"))
        return real(*arguments)

    monkeypatch.setattr(store.streams, failing, busy)
    body = table(30_000)
    if failing == "finish" and nth:
        hub.receive_stream(replace(ARRIVAL, delivery_key="a"), io.BytesIO(body))
        hub.receive_stream(replace(ARRIVAL, delivery_key="b"), io.BytesIO(body))
    kept = hub.log.last_position()
    with pytest.raises(StoreBusy):
        hub.receive_stream(ARRIVAL, io.BytesIO(body))
    assert hub.log.last_position() == kept
    assert store.streams.discard_before("9") == 0
    assert len(hub.receive_stream(ARRIVAL, io.BytesIO(body)).messages) == 30_001


def test_a_sender_who_breaks_off_leaves_nothing():
    class Broken(io.BytesIO):
        def read(self, size=-1):
            if self.tell() > 600_000:
                raise ConnectionError
            return super().read(min(size, 100_000))

    hub = toy_hub(tabular())
    with pytest.raises(ConnectionError):
        hub.receive_stream(ARRIVAL, Broken(table(50_000)))
    assert hub.log.last_position() == 0
    assert hub.store.streams.discard_before("9") == 0


def test_a_stream_left_by_a_dead_process_is_swept_once_it_is_old():
    hub = toy_hub(tabular())
    hub.incoming(ARRIVAL).write(table(10))
    assert hub.sweep_streams() == 0
    hub.clock.now = START + ABANDONED * 2
    assert hub.sweep_streams() == 1


def test_the_worker_is_told_of_the_first_messages_only():
    told = []
    hub = toy_hub(tabular())
    hub.nudge = told.extend
    receipt = hub.receive_stream(ARRIVAL, io.BytesIO(table(3000)))
    assert told == list(receipt.messages[:1024])


def test_ids_of_many_messages_are_made_when_asked_for():
    ids = MessageIds("s", 5)
    assert ids[-1] == list(ids)[4] == ids[1:][3]
    assert len(ids) == 5
    assert ids == MessageIds("s", 5)
    with pytest.raises(IndexError):
        ids[5]


def placed(body: bytes, parts: list[bytes], step: int = 64) -> list[bytes | None]:
    """Every part as its piece says, and whether it needed a body of its own."""
    placing = Placing()
    for at in range(0, len(body), step):
        placing.saw(body[at : at + step])
    pieces = [placing.place(part) for part in parts]
    for part, piece in zip(parts, pieces, strict=True):
        if piece.body is None:
            assert (placing.head if piece.headed else b"") + body[piece.start : piece.start + piece.length] == part
    return [piece.body for piece in pieces]


def test_messages_are_found_where_they_lie():
    rows = [b"1,a", b"2,b", b"2,b", b""]
    body = b"h1,h2\n" + b"\n".join(rows)
    assert placed(body, [b"h1,h2\r\n" + row for row in rows]) == [None] * 3 + [None]
    assert placed(b"abcabc", [b"abc", b"", b"abc"]) == [None] * 3
    assert placed(b"h\n1\n2\n", [b"h\n1\n", b"h\n2\n", b"x"]) == [None, None, b"x"]


def test_messages_that_are_not_in_the_bytes_keep_a_body_of_their_own():
    rewritten = [b'{"row":%d}' % n for n in range(10)]
    assert placed(b"no rows", rewritten) == rewritten
    rows = [b"h\r\n%d" % n for n in range(10)]
    mixed = [part for row, other in zip(rows, rewritten, strict=True) for part in (row, other)]
    assert placed(b"h\n" + b"\n".join(b"%d" % n for n in range(10)), mixed) == [x for other in rewritten for x in (None, other)]


def test_a_small_file_takes_the_short_way():
    hub = toy_hub(tabular())
    hub.store.streams.begin = None
    assert hub.receive_stream(ARRIVAL, io.BytesIO(b"id\n1\n")).messages
    assert Submission("toy/feed", b"id\n1\n", AT, "test").id == ARRIVAL.whole(b"id\n1\n").id
