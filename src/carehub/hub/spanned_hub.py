"""A hub whose verbs are told as spans: what comes in, mapping, the identity lane, assembling, telling subscribers. Counts and verdicts, nobody's id."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Collection, Iterable, Sequence
from dataclasses import dataclass
from typing import BinaryIO

from carehub.feeds.message import VERDICTS, Arrival, Receipt, Submission
from carehub.hub.assemble_plan import Assembled
from carehub.hub.hub import Hub
from carehub.hub.map_message import MapReport
from carehub.hub.reconcile_records import Reconciled
from carehub.hub.settling import numbers
from carehub.terms.errors import CarehubError


@dataclass(slots=True)
class SpannedHub(Hub):
    """Hub, told to `spans`. What it answers and raises is what Hub does."""

    def receive(self, submissions: Sequence[Submission]) -> list[Receipt]:
        with self.spans.span("receive", **_of(submissions)) as span:
            receipts = Hub.receive(self, submissions)
            span.note(messages=sum(len(receipt.messages) for receipt in receipts))
            return receipts

    def receive_each(self, submissions: Sequence[Submission]) -> list[Receipt | CarehubError]:
        with self.spans.span("receive", **_of(submissions)) as span:
            results = Hub.receive_each(self, submissions)
            stored = [result for result in results if isinstance(result, Receipt)]
            span.note(messages=sum(len(receipt.messages) for receipt in stored), failed=len(results) - len(stored))
            return results

    def receive_stream(self, arrival: Arrival, stream: BinaryIO, *, held_whole: int | None = None) -> Receipt:
        with self.spans.span("stream", feed=arrival.feed) as span:
            receipt = Hub.receive_stream(self, arrival, stream, held_whole=held_whole)
            span.note(messages=len(receipt.messages))
            return receipt

    def map(self, ids: Iterable[str], *, again: bool = False, by: str = "", on_purpose: bool = False) -> MapReport:
        with self.spans.span("map", queue="map") as span:
            report = Hub.map(self, ids, again=again, by=by, on_purpose=on_purpose)
            ended = Counter(outcome.verdict for outcome in report.outcomes)
            feeds = {outcome.feed for outcome in report.outcomes}
            span.note(
                messages=len(report.outcomes),
                bugs=len(report.bugs),
                waiting=len(report.waiting),
                numbers=sorted({number for outcome in report.outcomes for number in numbers(outcome)}),
                **{verdict: ended[verdict] for verdict in VERDICTS},
                **({"feed": feeds.pop()} if len(feeds) == 1 else {}),
            )
            if not (report.outcomes or report.bugs or report.waiting):
                span.leave_out()
            return report

    def reconcile(self) -> Reconciled:
        with self.spans.span("reconcile", queue="identity") as span:
            done = Hub.reconcile(self)
            span.note(messages=done.messages, more=done.more)
            if not done.messages:
                span.leave_out()
            return done

    def assemble(self, passed_over: Collection[str] = ()) -> Assembled:
        with self.spans.span("assemble", queue="assemble") as span:
            done = Hub.assemble(self, passed_over)
            span.note(persons=done.persons, failed=len(done.failed))
            if not done.persons and not done.failed:
                span.leave_out()
            return done


def notifying_told(hub: Hub, tell: Callable[[], int]) -> Callable[[], int]:
    """`tell` (hub.tell_subscribers), told as a span."""

    def told() -> int:
        with hub.spans.span("notify", queue="notify") as span:
            taken = tell()
            span.note(notifications=taken)
            if not taken:
                span.leave_out()
            return taken

    return told


def _of(submissions: Sequence[Submission]) -> dict[str, str | int]:
    feeds = {submission.feed for submission in submissions}
    return {"submissions": len(submissions), **({"feed": feeds.pop()} if len(feeds) == 1 else {})}
