"""Nudges leave the door at once unless others stand before them, in lists of at most 64, and one that cannot be sent costs nothing."""

from __future__ import annotations

import threading

import pytest

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


class Busy:
    """Workers that have taken nothing until told."""

    def __init__(self) -> None:
        self.sent: list[list[str]] = []
        self.standing = 1
        self.looked = 0

    def look(self) -> int:
        self.looked += 1
        return self.standing


def test_while_workers_are_busy_lists_grow(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("carehub.workers.nudging._LONGEST_HELD_SECONDS", 600.0)
    busy = Busy()
    nudge = Nudger(busy.sent.append, lambda error, unsent: None, standing=busy.look)
    for n in range(40):
        nudge([str(n)])
    until(lambda: busy.looked > 2, "it was looked again")
    assert busy.sent == []
    busy.standing = 0
    until(lambda: busy.sent != [], "what was held is sent")
    assert busy.sent == [[str(n) for n in range(40)]]


def test_a_full_list_waits_for_nobody(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("carehub.workers.nudging._LONGEST_HELD_SECONDS", 600.0)
    busy = Busy()
    nudge = Nudger(busy.sent.append, lambda error, unsent: None, standing=busy.look)
    for n in range(130):
        nudge([str(n)])
    until(lambda: len(busy.sent) == 2, "the full lists are sent")
    until(lambda: busy.looked > 2, "the rest is held")
    assert [len(ids) for ids in busy.sent] == [64, 64]


def test_when_nobody_is_at_work_ids_are_held_for_a_while_only(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("carehub.workers.nudging._LONGEST_HELD_SECONDS", 0.05)
    busy = Busy()
    Nudger(busy.sent.append, lambda error, unsent: None, standing=busy.look)(["a"])
    until(lambda: busy.sent != [], "it is sent all the same")
    assert busy.sent == [["a"]]
    assert busy.looked > 1


def test_with_nothing_before_it_a_message_is_sent_at_once_and_alone() -> None:
    sent: list[list[str]] = []
    nudge = Nudger(sent.append, lambda error, unsent: None, standing=lambda: 0)
    for n in range(3):
        nudge([str(n)])
        until(lambda n=n: len(sent) == n + 1, "each is sent")
    assert sent == [["0"], ["1"], ["2"]]


def test_when_redis_cannot_be_asked_the_nudge_is_told_as_lost_and_the_thread_lives_on() -> None:
    sent: list[list[str]] = []
    lost: list[tuple[str, int]] = []
    answers = iter([ConnectionError("Okafor"), 0])

    def ask() -> int:
        answer = next(answers)
        if isinstance(answer, Exception):
            raise answer
        return answer

    nudge = Nudger(sent.append, lambda error, unsent: lost.append((error, unsent)), standing=ask)
    nudge(["a", "b"])
    until(lambda: lost == [("ConnectionError", 2)], "the loss was told")
    nudge(["later"])
    until(lambda: sent != [], "the next is sent")
    assert sent == [["later"]]
