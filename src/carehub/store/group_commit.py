"""Group commit: what waits while one commit runs is stored together by the next, so many senders, or many who look, share one fsync."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterable, Iterator, Sequence
from typing import Generic, TypeVar

from carehub.feeds.message import Message, Receipt
from carehub.governance.audit_chain import ChainedRow, Head
from carehub.store.auditing import AuditTrail
from carehub.store.ports import MessageLog
from carehub.store.stored import AuditRow, Delivery, MessageHead
from carehub.terms.errors import CarehubError, Unavailable

_MOST = 64

T = TypeVar("T")
R = TypeVar("R")


class _Ticket(Generic[T, R]):
    __slots__ = ("done", "error", "given", "results")

    def __init__(self, given: Sequence[T]) -> None:
        self.given = given
        self.results: list[R] = []
        self.error: BaseException | None = None
        self.done = False


class _Together(Generic[T, R]):
    """store: commits a list and gives a result for each of it. Each caller of `add` returns only after its own is committed, and gets its own error."""

    def __init__(self, store: Callable[[Sequence[T]], Sequence[R]]) -> None:
        self._store = store
        self._waiting: list[_Ticket[T, R]] = []
        self._waiting_lock = threading.Lock()
        self._commit_lock = threading.Lock()

    def add(self, given: Sequence[T]) -> list[R]:
        ticket = _Ticket[T, R](given)
        with self._waiting_lock:
            self._waiting.append(ticket)
        with self._commit_lock:
            if not ticket.done:
                self._commit()
        if ticket.error is not None:
            raise ticket.error
        return ticket.results

    def _commit(self) -> None:
        """Store all that waits; the caller's ticket is among it or was done by an earlier leader."""
        while True:
            with self._waiting_lock:
                group, self._waiting = self._waiting[:_MOST], self._waiting[_MOST:]
            if not group:
                return
            self._try(group)

    def _try(self, group: Sequence[_Ticket[T, R]]) -> None:
        try:
            results = iter(self._store([one for ticket in group for one in ticket.given]))
            for ticket in group:
                ticket.results = [next(results) for _ in ticket.given]
        except Unavailable as error:  # trying each alone would make every sender wait its turn for the same answer
            for ticket in group:
                ticket.error = error
        except CarehubError as error:
            if len(group) == 1:
                group[0].error = error
            else:
                for ticket in group:  # one bad delivery must not cost its neighbours theirs
                    self._try([ticket])
        except BaseException as error:
            for ticket in group:
                ticket.error = error
        finally:
            for ticket in group:
                ticket.done = True


class GroupCommit:
    """A MessageLog over another."""

    def __init__(self, log: MessageLog) -> None:
        self._log = log
        self._together = _Together(log.append)

    def append(self, deliveries: Sequence[Delivery]) -> list[Receipt]:
        return self._together.add(deliveries)

    def receipt(self, submission: str) -> Receipt | None:
        return self._log.receipt(submission)

    def submission_body(self, submission: str) -> bytes | None:
        return self._log.submission_body(submission)

    def read(self, messages: Iterable[str]) -> dict[str, Message]:
        return self._log.read(messages)

    def heads(self, after: int, limit: int) -> list[MessageHead]:
        return self._log.heads(after, limit)

    def position(self, message: str) -> int:
        return self._log.position(message)

    def last_position(self) -> int:
        return self._log.last_position()


class GroupedLooks:
    """An AuditTrail over another: several who look at one time are written down by one commit, each before anything is shown to them."""

    def __init__(self, trail: AuditTrail) -> None:
        self._trail = trail
        self._together = _Together(self._written)

    def _written(self, rows: Sequence[AuditRow]) -> Sequence[AuditRow]:
        self._trail.append(rows)
        return rows

    def append(self, rows: Sequence[AuditRow]) -> None:
        self._together.add(rows)

    def about(self, person: str, limit: int) -> list[AuditRow]:
        return self._trail.about(person, limit)

    def entry(self, id: str) -> AuditRow | None:
        return self._trail.entry(id)

    def chain(self) -> Iterator[ChainedRow]:
        return self._trail.chain()

    def head(self) -> Head | None:
        return self._trail.head()
