"""Submissions that wait while one commit runs go into the next together, so that many senders share one write to the disk."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor

from carehub.feeds.message import Receipt, Submission
from carehub.terms.errors import CarehubError

_MOST = 64
_LONGEST_PAUSE_SECONDS = 0.005

ReceiveEach = Callable[[Sequence[Submission]], Sequence[Receipt | CarehubError]]
Then = Callable[[Receipt | Exception], None]


class Together:
    """receive_each: see Hub.receive_each; called in a thread of its own, once for all that waits. To be used in one event loop."""

    def __init__(self, receive_each: ReceiveEach) -> None:
        self._receive_each = receive_each
        self._waiting: list[tuple[Submission, Then]] = []
        self._thread = ThreadPoolExecutor(1, "carehub-commit")
        self._storing = False
        self._next: asyncio.Handle | None = None
        self._at_once = False
        self._expected = 0
        self._began = self._took = 0.0
        self._idle = asyncio.Event()
        self._idle.set()

    def store(self, submission: Submission, then: Then) -> None:
        """`then` is called in the loop after commit with its receipt, or with what receiving it raised."""
        self._waiting.append((submission, then))
        self._idle.clear()
        if not self._storing and not self._at_once:
            self._soon()

    async def finish(self) -> None:
        """Return when nothing waits and nothing is being stored; nothing may be stored after."""
        while not self._idle.is_set():  # an answer may let another in before we are called
            await self._idle.wait()
        self._thread.shutdown()

    def _soon(self) -> None:
        """Those who were just answered are about to send again: a quarter of a commit spent on hearing them saves them a whole one."""
        loop = asyncio.get_running_loop()
        if len(self._waiting) >= self._expected:
            # Not this moment: what else the loop has just heard goes with it.
            self._at_once = True
            if self._next is not None:
                self._next.cancel()
            self._next = loop.call_soon(self._hand_over)
        elif self._next is None:
            self._next = loop.call_later(self._took / 4, self._hand_over)

    def _hand_over(self) -> None:
        group, self._waiting = self._waiting[:_MOST], self._waiting[_MOST:]
        self._next, self._at_once, self._storing = None, False, True
        loop = asyncio.get_running_loop()
        self._began = loop.time()
        self._thread.submit(self._store, group, loop)

    def _store(self, group: Sequence[tuple[Submission, Then]], loop: asyncio.AbstractEventLoop) -> None:
        """In the thread."""
        answers: list[tuple[Then, Receipt | Exception]]
        try:
            results = self._receive_each([submission for submission, _ in group])
            answers = [(then, result) for (_, then), result in zip(group, results, strict=True)]
        except Exception as error:
            answers = [(then, error) for _, then in group]
        loop.call_soon_threadsafe(self._stored, answers)

    def _stored(self, answers: Sequence[tuple[Then, Receipt | Exception]]) -> None:
        loop = asyncio.get_running_loop()
        for then, result in answers:
            loop.call_soon(then, result)  # each by itself: if one fails, the others are answered
        self._took = min(loop.time() - self._began, 4 * _LONGEST_PAUSE_SECONDS)
        self._expected = len(self._waiting) + len(answers)
        self._storing = False
        if self._waiting:
            self._soon()
        else:
            self._idle.set()
