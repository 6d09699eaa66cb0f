"""The door in keeps the bytes first, whatever an adapter makes of them."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

import pytest

from carehub.feeds.message import Submission
from carehub.terms.errors import Unreadable
from carehub.terms.issue_catalogue import issue
from hub.toy_hub import toy_adapter, toy_hub


@pytest.mark.parametrize(
    "error", [Unreadable(issue("MAP-001")), KeyError("Okafor"), RecursionError(), UnicodeDecodeError("utf-8", b"x", 0, 1, "x")]
)
@pytest.mark.parametrize("after", [0, 2])
def test_bytes_that_an_adapter_cannot_split_are_kept_as_one_message(error: Exception, after: int) -> None:
    def split(body: bytes) -> Iterator[bytes]:
        yield from [b"part"] * after
        raise error

    hub = toy_hub(replace(toy_adapter(), split=split))
    [receipt] = hub.receive([Submission("toy/feed", b"\x00 whatever", "2026-11-22T09:00:00.000Z", "test")])
    assert hub.log.submission_body(receipt.submission) == b"\x00 whatever"
    assert [message.body for message in hub.log.read(receipt.messages).values()] == [b"\x00 whatever"]
    hub.drain()
    assert [o.verdict for o in hub.store.records.outcomes(receipt.messages).values()] == ["rejected"]
