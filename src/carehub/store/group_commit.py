"""Group commit: deliveries that wait while one commit runs are stored together by the next, so many senders share one fsync."""

from __future__ import annotations

import threading
from collections.abc import Iterable, Sequence

from carehub.feeds.message import Message, Receipt
from carehub.store.ports import MessageLog
from carehub.store.stored import Delivery, MessageHead
from carehub.terms.errors import CarehubError, Unavailable

_MOST = 64


class _Ticket:
    __slots__ = ("deliveries", "done", "error", "receipts")

    def __init__(self, deliveries: Sequence[Delivery]) -> None:
        self.deliveries = deliveries
        self.receipts: list[Receipt] = []
        self.error: BaseException | None = None
        self.done = False


class GroupCommit:
    """A MessageLog over another. Each caller still returns only after its own bytes are committed, and gets its own error."""

    def __init__(self, log: MessageLog) -> None:
        self._log = log
        self._waiting: list[_Ticket] = []
        self._waiting_lock = threading.Lock()
        self._commit_lock = threading.Lock()

    def append(self, deliveries: Sequence[Delivery]) -> list[Receipt]:
        ticket = _Ticket(deliveries)
        with self._waiting_lock:
            self._waiting.append(ticket)
        with self._commit_lock:
            if not ticket.done:
                self._commit()
        if ticket.error is not None:
            raise ticket.error
        return ticket.receipts

    def _commit(self) -> None:
        """Store all that waits; the caller's ticket is among it or was done by an earlier leader."""
        while True:
            with self._waiting_lock:
                group, self._waiting = self._waiting[:_MOST], self._waiting[_MOST:]
            if not group:
                return
            self._store(group)

    def _store(self, group: Sequence[_Ticket]) -> None:
        try:
            receipts = iter(self._log.append([delivery for ticket in group for delivery in ticket.deliveries]))
            for ticket in group:
                ticket.receipts = [next(receipts) for _ in ticket.deliveries]
        except Unavailable as error:  # trying each alone would make every sender wait its turn for the same answer
            for ticket in group:
                ticket.error = error
        except CarehubError as error:
            if len(group) == 1:
                group[0].error = error
            else:
                for ticket in group:  # one bad delivery must not cost its neighbours theirs
                    self._store([ticket])
        except BaseException as error:
            for ticket in group:
                ticket.error = error
        finally:
            for ticket in group:
                ticket.done = True

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
