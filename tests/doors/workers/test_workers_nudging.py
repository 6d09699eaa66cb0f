"""Nudges leave the door at once, in lists of at most 64, and one that cannot be sent costs nothing."""

from __future__ import annotations

import threading

from carehub.workers.nudging import Nudger
from faults.processes import until


def test_ids_are_sent_in_lists_of_at_most_64() -> None:
    sent: list[list[str]] = []
    nudge = Nudger(sent.append, lambda error, unsent: None)
    ids = [str(n) for n in range(150)]
    nudge(ids)
    until(lambda: sum(map(len, sent)) == 150, "all are sent")
    assert [len(one) for one in sent] == [64, 64, 22]
    assert [id for one in sent for id in one] == ids


def test_nobody_waits_for_a_slow_send_and_what_waits_goes_together() -> None:
    sent: list[list[str]] = []
    begun, go_on = threading.Event(), threading.Event()

    def slow(ids: list[str]) -> None:
        begun.set()
        go_on.wait()
        sent.append(ids)

    nudge = Nudger(slow, lambda error, unsent: None)
    nudge(["a"])
    begun.wait()
    nudge(["b"])
    nudge(["c"])
    assert sent == []
    go_on.set()
    until(lambda: sent == [["a"], ["b", "c"]], "the rest went together")


def test_a_nudge_that_cannot_be_sent_is_told_and_let_go() -> None:
    sent: list[list[str]] = []
    lost: list[tuple[str, int]] = []
    down = threading.Event()
    down.set()

    def send(ids: list[str]) -> None:
        if down.is_set():
            raise ConnectionError("Okafor")
        sent.append(ids)

    nudge = Nudger(send, lambda error, unsent: lost.append((error, unsent)))
    nudge([str(n) for n in range(100)])
    until(lambda: sum(unsent for _, unsent in lost) == 100, "the loss was told")
    assert {error for error, _ in lost} == {"ConnectionError"}
    down.clear()
    nudge(["later"])
    until(lambda: sent == [["later"]], "the thread lives on")


def test_what_waits_while_redis_is_away_is_bounded() -> None:
    sent: list[int] = []
    begun, go_on = threading.Event(), threading.Event()

    def slow(ids: list[str]) -> None:
        begun.set()
        go_on.wait()
        sent.append(len(ids))

    nudge = Nudger(slow, lambda error, unsent: None)
    nudge(["first"])
    begun.wait()
    for _ in range(100):
        nudge(["again"] * 100)
    go_on.set()
    until(lambda: sum(sent) >= 1 + 4096, "as many as are kept were sent")
    nudge(["last"])
    until(lambda: sent[-1] == 1, "and the last")
    assert sum(sent) == 1 + 4096 + 1


def test_no_ids_send_nothing() -> None:
    sent: list[list[str]] = []
    nudge = Nudger(sent.append, lambda error, unsent: None)
    nudge([])
    nudge(["a"])
    until(lambda: sent != [], "something was sent")
    assert sent == [["a"]]
