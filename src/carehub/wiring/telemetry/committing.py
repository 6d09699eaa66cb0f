"""A log that tells how long each of its callers waited for the commit."""

from __future__ import annotations

from collections.abc import Sequence

from carehub.feeds.message import Receipt
from carehub.hub.spans import Spans
from carehub.store.group_commit import GroupCommit
from carehub.store.ports import MessageLog
from carehub.store.stored import Delivery


class SpannedLog(GroupCommit):
    """GroupCommit, told to `spans`."""

    def __init__(self, log: MessageLog, spans: Spans) -> None:
        super().__init__(log)
        self._spans = spans

    def append(self, deliveries: Sequence[Delivery]) -> list[Receipt]:
        with self._spans.span("log", submissions=len(deliveries), messages=sum(len(one.parts) for one in deliveries)):
            return super().append(deliveries)
