"""Mapping a backlog in several processes at once. The lane stays with one: whoever drains moves it as lists come back."""

from __future__ import annotations

import multiprocessing
from collections.abc import Callable, Iterable, Iterator, Sequence
from concurrent.futures import FIRST_COMPLETED, Future, ProcessPoolExecutor, wait
from concurrent.futures.process import BrokenProcessPool
from itertools import islice
from types import TracebackType

from carehub.hub.hub import Hub, MappedList
from carehub.terms.errors import CarehubError

_hubs: list[Hub] = []


class MappingProcesses:
    """Processes that map lists of messages, each with a hub of its own. A context manager; called with lists, it yields one MappedList for each,
    as they are done and in no order.

    build: makes a process's hub; a function that can be pickled. Nothing is lost here: messages of a list that other workers overtook again
    and again, or that the store was too busy for, wait for whoever looks next; and when a process dies the rest of the lists do.
    """

    def __init__(self, build: Callable[[], Hub], processes: int) -> None:
        # Not forked: the process that drains has threads, and a lock that one of them holds would be held in the child for ever.
        context = multiprocessing.get_context("spawn")
        self._ahead = processes + 1
        self._pool = ProcessPoolExecutor(processes, mp_context=context, initializer=_begin, initargs=(build,))

    def __enter__(self) -> MappingProcesses:
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None) -> None:
        self._pool.shutdown(cancel_futures=True)

    def __call__(self, lists: Iterable[Sequence[str]]) -> Iterator[MappedList]:
        coming = iter(lists)
        running: set[Future[MappedList]] = set()
        try:
            while True:
                running |= {self._pool.submit(_map, ids) for ids in islice(coming, self._ahead - len(running))}
                if not running:
                    return
                done, running = wait(running, return_when=FIRST_COMPLETED)
                for future in done:
                    yield future.result()
        except BrokenProcessPool:
            return


def _begin(build: Callable[[], Hub]) -> None:
    _hubs.append(build())


def _map(ids: Sequence[str]) -> MappedList:
    try:
        report = _hubs[0].map(ids)
    except CarehubError:
        return MappedList(0, ())
    return MappedList(len(report.outcomes), tuple(report.bugs))
