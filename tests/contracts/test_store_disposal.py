"""Disposal in every store: a marked message is given without its bytes, a destroyed submission leaves a tombstone, and places and ids stay."""

from __future__ import annotations

import pytest

from carehub.feeds.message import Arrival, digest, message_ids
from carehub.store.disposing import Order, Tombstone
from carehub.store.ports import Store
from carehub.store.streaming import CHUNK, Piece
from carehub.terms.errors import Overtaken
from contracts.stores import AT, delivery, lane_batch, link, member

ORDER = Order("proposal-1", "carehub-1", "2026-11-28T10:00:00.000Z")
LATER = Order("proposal-2", "carehub-1", "2026-11-29T10:00:00.000Z")
LARGE = b"a canary sings in a large file|" * (CHUNK // 16)


def test_a_marked_message_is_given_without_its_bytes_and_its_neighbour_with_them(store: Store) -> None:
    [receipt] = store.log.append([delivery(b"one|two", b"one", b"two")])
    store.disposal.mark([receipt.messages[0]], ORDER)
    store.disposal.mark([receipt.messages[0]], LATER)
    held = store.log.read(receipt.messages)
    assert [(held[id].body, held[id].disposed, held[id].position) for id in receipt.messages] == [(b"", "proposal-1", 1), (b"two", "", 2)]
    assert store.disposal.marked([*receipt.messages, "nothing"]) == {receipt.messages[0]}
    assert store.log.submission_body(receipt.submission) == b"one|two"
    assert store.disposal.tombstones([receipt.submission]) == {}


@pytest.mark.parametrize("body", [b"a canary sings", LARGE])
@pytest.mark.parametrize("sliced", [True, False])
def test_a_destroyed_submission_leaves_a_tombstone_and_its_neighbours_as_they_were(store: Store, body: bytes, sliced: bool) -> None:
    before, gone, after = delivery(b"before"), delivery(body, body if sliced else b"another text", key="canary-key"), delivery(b"after")
    receipts = store.log.append([before, gone, after])
    for order in (ORDER, LATER):
        store.disposal.destroy(receipts[1].submission, order)
    ids = [receipt.messages[0] for receipt in receipts]
    held = store.log.read(ids)
    assert [(held[id].body, held[id].disposed, held[id].position) for id in ids] == [
        (b"before", "", 1),
        (b"", "proposal-1", 2),
        (b"after", "", 3),
    ]
    assert [head.id for head in store.log.heads(0, 10)] == ids
    assert (store.log.position(ids[1]), store.log.last_position()) == (2, 3)
    assert store.log.submission_body(receipts[1].submission) == b""
    stone = Tombstone(receipts[1].submission, "gp/structured-record", AT, digest(body), ORDER)
    assert store.disposal.tombstones([receipt.submission for receipt in receipts]) == {stone.submission: stone}
    assert store.log.append([gone]) == [receipts[1]]
    assert store.log.last_position() == 3
    with pytest.raises(Overtaken):
        store.log.append([delivery(b"other bytes", key="canary-key")])


def test_a_destroyed_stream_leaves_its_messages_places(store: Store) -> None:
    arrival = Arrival("gp/structured-record", AT, "test")
    submission = arrival.whole(LARGE).id
    stream = store.streams.begin(AT)
    store.streams.add(stream, 0, LARGE, AT)
    store.streams.add_pieces(stream, submission, 0, [Piece(0, 30, True, None), Piece(40, 30, False, None), Piece(0, 0, False, b"own")], AT)
    receipt = store.streams.finish(stream, arrival, digest(LARGE), len(LARGE), 3, b"HEAD")
    store.disposal.mark([receipt.messages[1]], ORDER)
    held = store.log.read(receipt.messages)
    assert [held[id].body for id in receipt.messages] == [b"HEAD" + LARGE[:30], b"", b"own"]
    store.disposal.destroy(receipt.submission, ORDER)
    held = store.log.read(receipt.messages)
    assert [(held[id].body, held[id].disposed, held[id].position) for id in receipt.messages] == [(b"", "proposal-1", n) for n in (1, 2, 3)]
    assert store.log.submission_body(receipt.submission) == b""
    assert list(receipt.messages) == list(message_ids(receipt.submission, 3))
    assert [head.id for head in store.log.heads(0, 10)] == list(receipt.messages)


def test_what_is_forgotten_is_of_nobody_else(store: Store) -> None:
    with store.links.lane() as lane:
        lane.commit(
            lane_batch(
                1,
                members=(member("a", "P"), member("b", "Q")),
                links=(link("a", "P"), link("b", "Q")),
                redirects=(("old", "P"), ("other", "Q")),
                neighbours=(("a", ("b",)), ("b", ("a",))),
            )
        )
    store.disposal.forget(["a"], ["P"])
    assert store.links.history("a") == []
    assert len(store.links.history("b")) == 1
    assert store.links.current_person("other") == "Q"
    with store.links.lane() as lane:
        assert lane.neighbours(["a", "b"]) == {"b": ("a",)}


def test_scrubbing_changes_nothing_that_is_there(store: Store) -> None:
    receipts = store.log.append([delivery(b"one"), delivery(b"two")])
    store.disposal.destroy(receipts[0].submission, ORDER)
    store.disposal.scrub()
    assert [message.body for message in store.log.read(receipts[1].messages).values()] == [b"two"]
