"""Hub: the verbs, bound to their ports. What the doors receive."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable, Iterator, Sequence
from contextlib import suppress
from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import partial
from itertools import islice, takewhile
from typing import BinaryIO, NamedTuple

from carehub.feeds.catalogue import Catalogue
from carehub.feeds.message import Arrival, Receipt, Submission
from carehub.hub.assemble_plan import Assembled, assemble_plans
from carehub.hub.disclose import Disclosing
from carehub.hub.feed_health import FeedHealth, feed_health
from carehub.hub.follow_submission import Followed, follow_submission
from carehub.hub.map_message import MapReport, map_messages
from carehub.hub.noticing import noticing
from carehub.hub.own_feeds import Heard, hear, heard_first
from carehub.hub.quarantine import MOST, Entry, Replayed, Waiting, all_waiting, entry, replay, waiting
from carehub.hub.rebuild import Rebuilt, record_hash
from carehub.hub.receive_stream import READ, WHOLE, Incoming, read_up_to
from carehub.hub.receive_submission import receive_each, receive_submissions
from carehub.hub.reconcile_records import Reconciled, reconcile_records
from carehub.hub.remap import Changes, remap, trial
from carehub.hub.run_export import RunExports
from carehub.hub.spans import NOWHERE, Spans
from carehub.hub.sweep import every_feed_known, unmapped
from carehub.hub.trying import UNCOUNTED, Trying
from carehub.identity.scales import Scales
from carehub.store.ports import MessageLog, Records, Store
from carehub.store.stored import MapOutcome
from carehub.terms.errors import CarehubError, Missing, Overtaken, StoreBusy
from carehub.terms.issue_catalogue import issue
from carehub.terms.moments import iso

ABANDONED = timedelta(hours=6)
"""A stream that nothing was added to for so long has no sender any more."""

_MOST_NUDGED = 1024
# So long a word waits to be in effect before its sender is told that it will be.
_PATIENCE = timedelta(seconds=20)

Nudge = Callable[[Sequence[str]], None]


class MappedList(NamedTuple):
    """What became of one list of messages: how many got an outcome, and those whose adapter failed."""

    mapped: int
    bugs: tuple[str, ...]


MapLists = Callable[[Iterable[Sequence[str]]], Iterator[MappedList]]


@dataclass(frozen=True, slots=True)
class Drained:
    """messages: how many were mapped. bugs: messages whose adapter failed. failed: persons whose plan could not be made."""

    messages: int
    bugs: tuple[str, ...]
    failed: tuple[str, ...]


@dataclass(slots=True)
class Hub:
    """log: the store's log, or one that groups commits over it. clock: aware UTC now. scales: what the identity lane weighs evidence with.

    nudge: told the ids of newly stored messages after commit; losing it loses nothing, the sweep finds them. tell_subscribers: makes the calls
    that are due (hub.tell_subscribers); how many were taken. exports: what does them; None where there are none. trying: see hub.trying. spans: who
    is told how long work takes.
    """

    store: Store
    log: MessageLog
    catalogue: Catalogue
    clock: Callable[[], datetime]
    disclosing: Disclosing
    nudge: Nudge = lambda ids: None
    scales: Scales | None = None
    tell_subscribers: Callable[[], int] = lambda: 0
    exports: RunExports | None = None
    trying: Trying = UNCOUNTED
    spans: Spans = NOWHERE

    def receive(self, submissions: Sequence[Submission]) -> list[Receipt]:
        """DOOR IN: see hub.receive_submission."""
        receipts = receive_submissions(submissions, log=self.log, catalogue=self.catalogue)
        self.nudge([message for receipt in receipts for message in receipt.messages])
        return receipts

    def incoming(self, arrival: Arrival, *, held_whole: int | None = None) -> Incoming:
        """DOOR IN for bytes that are still coming: see hub.receive_stream. Nobody is nudged: `announce` the receipt. Raises Missing."""
        adapter = self.catalogue.adapter(arrival.feed)
        return Incoming(arrival, adapter, log=self.log, streams=self.store.streams, now=self._now, held_whole=held_whole)

    def receive_stream(self, arrival: Arrival, stream: BinaryIO, *, held_whole: int | None = None) -> Receipt:
        """DOOR IN for a file of any size: a small one as by `receive`, a large one in bounded memory. Raises as both do."""
        start = read_up_to(stream, WHOLE + 1)
        if len(start) <= WHOLE:
            return self.receive([arrival.whole(start)])[0]
        with self.incoming(arrival, held_whole=held_whole) as incoming:
            while start:
                incoming.write(start)
                start = stream.read(READ)
            receipt = incoming.finish()
        self.announce(receipt)
        return receipt

    def announce(self, receipt: Receipt) -> None:
        """Nudge for a submission stored by `incoming`: for its first messages, because the sweep finds the rest as fast as they can be mapped."""
        self.nudge(receipt.messages[:_MOST_NUDGED])

    def sweep_streams(self) -> int:
        """Discard what senders and processes left half done; how many streams."""
        return self.store.streams.discard_before(iso(self.clock() - ABANDONED))

    def receive_each(self, submissions: Sequence[Submission]) -> list[Receipt | CarehubError]:
        """DOOR IN for many senders at once: see hub.receive_submission."""
        results = receive_each(submissions, log=self.log, catalogue=self.catalogue)
        self.nudge([message for result in results if isinstance(result, Receipt) for message in result.messages])
        return results

    def map(self, ids: Iterable[str], *, again: bool = False, by: str = "", on_purpose: bool = False) -> MapReport:
        """Map messages by id: see hub.map_message."""
        self.trying.count_what_is_left(self.log, self.store.records, self.catalogue)
        mapping = partial(map_messages, log=self.log, records=self.store.records, catalogue=self.catalogue, now=self._now())
        return mapping(ids, again=again, by=by, first=lambda due: hear(due, self.store), trying=self.trying, on_purpose=on_purpose)

    def reconcile(self) -> Reconciled:
        """Move the identity lane: see hub.reconcile_records."""
        s = self.store
        reconciling = partial(reconcile_records, log=self.log, records=s.records, links=s.links, catalogue=self.catalogue)
        return reconciling(now=self._now(), scales=self.scales)

    def assemble(self, passed_over: Collection[str] = ()) -> Assembled:
        """Bring plans up to date: see hub.assemble_plan."""
        s = self.store
        assembling = partial(assemble_plans, records=s.records, links=s.links, plans=s.plans, catalogue=self.catalogue)
        return assembling(now=self._now(), noticing=noticing(s, self.tell, self.disclosing), passed_over=passed_over)

    def assemble_all(self, go_on: Callable[[], bool] = lambda: True) -> tuple[str, ...]:
        """Bring every plan up to date that is due when it is come to. Arguments and answer as of settle."""
        more, failed = True, tuple[str, ...]()
        while more and go_on():
            done = self.assemble(failed)
            more, failed = done.more, failed + done.failed
        return failed

    def settle(self, go_on: Callable[[], bool] = lambda: True) -> tuple[str, ...]:
        """Reconcile and assemble until nothing more can be done. Returns persons whose plan could not be made, for the alarm. go_on: asked between
        batches; False leaves the rest for another time."""
        while go_on() and self.reconcile().more:
            pass
        return self.assemble_all(go_on)

    def tell(self, submission: Submission) -> str:
        """DOOR IN for a word that the lane need not hear: stored (raises as `receive`), and read at once unless others are at it; its message."""
        message = self.receive([submission])[0].messages[0]
        with suppress(Overtaken, StoreBusy):
            self.map([message])
        return message

    def hear(self, submission: Submission) -> Heard:
        """DOOR IN for the hub's own feeds: stored, and in effect before this returns unless messages before it are still unread. Raises as `tell`."""
        until = self.clock() + _PATIENCE
        message = self.tell(submission)
        position = self.log.position(message)
        with suppress(Overtaken, StoreBusy):
            while self.store.links.lane_position() < position and self.clock() < until and self.reconcile().messages:
                pass
            self.settle(lambda: self.clock() < until)
        return Heard(message, self.store.links.lane_position() >= position)

    def unmapped(self, *, after: int = 0, batch: int = 64) -> Iterable[list[str]]:
        """Messages that wait for mapping: see hub.sweep."""
        return unmapped(log=self.log, records=self.store.records, catalogue=self.catalogue, after=after, batch=batch)

    def drain(
        self,
        *,
        after: int = 0,
        progress: Callable[[int], None] = lambda done: None,
        go_on: Callable[[], bool] = lambda: True,
        side_by_side: MapLists | None = None,
    ) -> Drained:
        """Do all waiting work: map, reconcile, assemble. progress: called with the number of messages just mapped.

        after: a log position below which everything is known to be mapped. go_on: as in settle. side_by_side: maps lists in other processes;
        what they leave (a message that must come last, a list that failed) is then done here, as far as the lane has not passed it.
        """
        done: list[MappedList] = []
        if side_by_side is not None:
            done += self._map_and_reconcile(side_by_side, after, progress, go_on)
            after = max(after, self.store.links.lane_position())
        done += self._map_and_reconcile(self._one_after_another, after, progress, go_on)
        bugs = tuple(message for each in done for message in each.bugs)
        return Drained(sum(each.mapped for each in done), bugs, self.settle(go_on))

    def _map_and_reconcile(
        self, map_lists: MapLists, after: int, progress: Callable[[int], None], go_on: Callable[[], bool]
    ) -> Iterator[MappedList]:
        for done in map_lists(takewhile(lambda _: go_on(), self.unmapped(after=after))):
            while self.reconcile().more:
                pass
            progress(done.mapped)
            yield done

    def _one_after_another(self, lists: Iterable[Sequence[str]]) -> Iterator[MappedList]:
        yield from (MappedList(len(report.outcomes), tuple(report.bugs)) for report in map(self.map, lists))

    def record_hash(self) -> str:
        """See hub.rebuild.record_hash."""
        return record_hash(links=self.store.links, plans=self.store.plans)

    def rebuild(self, progress: Callable[[int], None] = lambda done: None, side_by_side: MapLists | None = None) -> Rebuilt:
        """Drop every projection, replay the log, compare hashes. Readers see less until it is done. Arguments as of drain. Raises Missing first."""
        every_feed_known(self.log, self.catalogue)
        before, first = self.record_hash(), heard_first(self.store.records)
        self.store.records.clear()
        self.map(first)
        done = self.drain(progress=progress, side_by_side=side_by_side)
        return Rebuilt(before, self.record_hash(), done.messages)

    def fate(self, submission: str) -> tuple[Receipt, tuple[MapOutcome | None, ...]] | None:
        """What became of a submission: its receipt, and the outcome of each of its messages (None while one waits). None when unknown."""
        receipt = self.log.receipt(submission)
        if receipt is None:
            return None
        outcomes = self.store.records.outcomes(receipt.messages)
        return receipt, tuple(outcomes.get(message) for message in receipt.messages)

    def follow(self, submission: str, *, after: int = 0, limit: int = 1000, verdict: str = "") -> Followed | None:
        """What became of a submission, a page at a time: see hub.follow_submission."""
        return follow_submission(submission, log=self.log, records=self.store.records, after=after, limit=limit, verdict=verdict)

    def waiting(self, *, feed: str = "", reason: str = "", after: int = 0, limit: int = 50) -> Waiting:
        """What waits with its reason: see hub.quarantine."""
        return waiting(self.store.records, feed=feed, reason=reason, after=after, limit=limit)

    def waiting_entry(self, message: str) -> Entry:
        """One message of the quarantine, or that once was in it. Raises Missing."""
        return entry(self.store.records, message)

    def replay(
        self,
        messages: Iterable[str] | None = None,
        *,
        feed: str = "",
        reason: str = "",
        by: str,
        limit: int = MOST,
        go_on: Callable[[], bool] = lambda: True,
    ) -> Replayed:
        """Try messages again, or all that wait in a feed or for a reason, and settle what follows: see hub.quarantine. by: who asks."""
        chosen, on_purpose = messages, messages is not None or reason == "MAP-025"
        if chosen is None:
            found = all_waiting(self.store.records, feed=feed, reason=reason)
            chosen = [outcome.message for outcome in islice(found, limit + 1)]
        done = replay(
            chosen,
            log=self.log,
            records=self.store.records,
            map_again=lambda ids: self.map(ids, again=True, by=by, on_purpose=on_purpose),
            limit=limit,
            go_on=go_on,
        )
        self.settle(go_on)
        return done

    def trial(self, feed: str, scratch: Records) -> Changes:
        """What mapping a feed anew would change; nothing is written but to `scratch`: see hub.remap."""
        looking = partial(trial, log=self.log, records=self.store.records, catalogue=self.catalogue, now=self._now())
        return looking(feed, scratch=scratch, trying=self.trying.only_looking())

    def remap(self, feed: str, *, by: str, go_on: Callable[[], bool] = lambda: True) -> bool:
        """Map every message of a feed again, in log order, and settle what follows. Whether all was done."""
        all_done = remap(feed, log=self.log, catalogue=self.catalogue, map_again=lambda ids: self.map(ids, again=True, by=by), go_on=go_on)
        self.settle(go_on)
        return all_done

    def feed_health(self) -> tuple[FeedHealth, ...]:
        """How each feed stands now: see hub.feed_health."""
        return feed_health(self.store.records, self.catalogue, self.clock())

    def message_body(self, message: str) -> bytes:
        """The bytes of one message as received. Raises Missing, also for one that was disposed of."""
        if (found := self.log.read([message]).get(message)) and not found.disposed:
            return found.body
        raise Missing(issue("API-003"))

    def ready(self) -> None:
        """Raise Unavailable unless the store can be read and written."""
        self.store.ready()

    def _now(self) -> str:
        return iso(self.clock())
