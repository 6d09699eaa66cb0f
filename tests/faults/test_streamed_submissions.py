"""A large submission is killed on its way in: nothing half-receipted is seen, the retry completes it, the rest is swept. And its memory is bounded."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
from pathlib import Path

import pytest

from carehub.feeds.message import message_ids, submission_id
from carehub.store.ports import Store
from faults.processes import PATIENCE
from faults.streamed_sender import hand_over, row

ROWS = 60_000
MIB = 1024 * 1024
TESTS = Path(__file__).parents[1]


def send(url: str, rows: int, nth: int = 0) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, str(TESTS / "faults" / "streamed_sender.py"), url, str(rows), str(nth)]
    environment = {**os.environ, "PYTHONPATH": str(TESTS)}
    return subprocess.run(command, env=environment, capture_output=True, text=True, timeout=PATIENCE, check=False)


@pytest.mark.parametrize("nth", [2, 3, 5, 12, 20, -20, 21])
def test_killed_on_the_way_in(store_url: str, store: Store, nth: int) -> None:
    """Calls 2 to 4 stage bytes, 5 to 20 messages; the 21st makes all of it part of the log."""
    assert send(store_url, ROWS, nth).returncode == -signal.SIGKILL
    id = submission_id("toy/feed", f"table of {ROWS}", "")
    assert store.log.receipt(id) is None
    assert store.log.submission_body(id) is None
    assert store.log.read(message_ids(id, 2)) == {}
    assert (store.log.last_position(), len(store.log.heads(0, 10))) == (2, 2)

    receipt = hand_over(store, ROWS)
    assert receipt.submission == id
    assert len(receipt.messages) == ROWS + 1
    last = store.log.read([receipt.messages[-2]])[receipt.messages[-2]]
    assert last.body == b"id,words\r\n" + row(ROWS - 1).rstrip(b"\n")
    assert store.log.last_position() == ROWS + 3

    assert store.streams.discard_before("9") == 1
    assert store.streams.discard_before("9") == 0
    assert len(store.log.submission_body(id) or b"") == 9 + ROWS * len(row(0))


def test_killed_just_after_it_was_stored_the_retry_gets_the_receipt(store_url: str, store: Store) -> None:
    assert send(store_url, ROWS, -21).returncode == -signal.SIGKILL
    assert store.log.last_position() == ROWS + 3
    assert len(hand_over(store, ROWS).messages) == ROWS + 1
    assert store.log.last_position() == ROWS + 3
    assert store.streams.discard_before("9") == 0


def test_the_calls_are_those_the_kills_name(store_url: str) -> None:
    assert json.loads(send(store_url, ROWS).stdout)["calls"] == 21


def test_memory_does_not_grow_with_the_size(store_url: str) -> None:
    """12 MB and 96 MB: the least that whole bodies would need more of it is 84 MB."""
    small, large = (json.loads(send(store_url, rows).stdout) for rows in (60_000, 480_000))
    assert large["messages"] == 480_001
    assert large["grown"] - small["grown"] < 16 * MIB
    assert large["grown"] < 64 * MIB
