"""A program that hands a hub one large table as a stream, and can kill itself at any of its calls to the store.

Arguments: the store's address, how many rows, and the number of the call at which it dies, before or after it (0 for never).
"""

from __future__ import annotations

import json
import os
import resource
import signal
import sys
from collections.abc import Iterator
from dataclasses import replace
from typing import Any, BinaryIO

from carehub.feeds.adapter import Adapter
from carehub.feeds.catalogue import Catalogue
from carehub.feeds.formats.tables import split_table
from carehub.feeds.message import Arrival
from carehub.store.ports import Store
from carehub.store.sql.store import SqlStore
from carehub.terms.moments import iso
from hub.toy_hub import toy_adapter, toy_hub

CALLS = ("begin", "add", "add_pieces", "finish")
_BYTES = 200


class Rows:
    """A table as a stream that is nowhere as a whole."""

    def __init__(self, rows: int) -> None:
        self._rows = iter(range(rows))
        self._held = b"id,words\n"

    def read(self, size: int) -> bytes:
        while len(self._held) < size:
            more = b"".join(row(n) for _, n in zip(range(5000), self._rows, strict=False))
            if not more:
                break
            self._held += more
        given, self._held = self._held[:size], self._held[size:]
        return given


def row(n: int) -> bytes:
    return (b"%d,%s" % (n, b"w" * _BYTES))[:_BYTES] + b"\n"


def adapter() -> Adapter:
    def split_stream(stream: BinaryIO) -> Iterator[bytes]:
        return split_table(stream, required=("id",), closing=lambda seen: b'{"rows":%d}' % seen.rows)

    return replace(toy_adapter(), split_stream=split_stream)


def hand_over(store: Store, rows: int) -> Any:
    """The receipt of the table."""
    hub = toy_hub(adapter())
    hub.store, hub.log, hub.catalogue = store, store.log, Catalogue([adapter()])
    return hub.receive_stream(Arrival("toy/feed", iso(hub.clock()), "test", f"table of {rows}"), Rows(rows))


class Dying:
    """Streams whose nth call is the last thing the process does; with a minus sign, it is done first."""

    def __init__(self, streams: Any, nth: int) -> None:
        self._streams = streams
        self._nth = nth
        self.calls = 0

    def __getattr__(self, name: str) -> Any:
        real = getattr(self._streams, name)
        if name not in CALLS:
            return real

        def call(*arguments: Any) -> Any:
            self.calls += 1
            if self.calls == self._nth:
                os.kill(os.getpid(), signal.SIGKILL)
            answer = real(*arguments)
            if self.calls == -self._nth:
                os.kill(os.getpid(), signal.SIGKILL)
            return answer

        return call


def main(url: str, rows: int, nth: int) -> None:
    store = SqlStore(url)
    dying: Any = Dying(store.streams, nth)
    store.streams = dying
    # What everything costs that any submission needs is spent before anything is measured.
    hand_over(SqlStore(url), 1)
    before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    receipt = hand_over(store, rows)
    grown = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before
    print(json.dumps({"messages": len(receipt.messages), "calls": dying.calls, "grown": grown * 1024}))
    store.close()


if __name__ == "__main__":
    main(sys.argv[1], int(sys.argv[2]), int(sys.argv[3]))
