"""What other processes do to a store in tests. Run as a program: it must be a process that can really be killed."""

from __future__ import annotations

import sys
import time

from carehub.store.sql.migrating import upgrade
from carehub.store.sql.store import SqlStore
from contracts.stores import delivery, lane_batch, link


def say(word: str) -> None:
    sys.stdout.write(word + "\n")
    sys.stdout.flush()


def append(url: str, who: str, times: int) -> None:
    """Append deliveries of two messages; say each submission's id once its receipt is there."""
    store = SqlStore(url)
    say("ready")
    for n in range(times):
        first, second = f"{who}-{n}-a".encode(), f"{who}-{n}-b".encode()
        [receipt] = store.log.append([delivery(first + second, first, second)])
        say(receipt.submission)
    store.close()


def step(url: str, who: str, times: int) -> None:
    """Take the lane, read the position, think a little, move it by one."""
    store = SqlStore(url)
    say("ready")
    for _ in range(times):
        with store.links.lane() as lane:
            position = lane.position()
            time.sleep(0.002)
            lane.commit(lane_batch(position + 1, links=(link(who, f"person-{position}"),)))
        say(str(position + 1))
    store.close()


def hold(url: str, who: str, times: int) -> None:
    """Take the lane and keep it until killed."""
    store = SqlStore(url)
    with store.links.lane() as lane:
        say(str(lane.position()))
        time.sleep(600)


def make(url: str, who: str, times: int) -> None:
    """Make the tables."""
    say("ready")
    for _ in range(times):
        upgrade(url)


if __name__ == "__main__":
    {"append": append, "step": step, "hold": hold, "make": make}[sys.argv[1]](sys.argv[2], sys.argv[3], int(sys.argv[4]))
