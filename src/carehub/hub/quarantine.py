"""What waits with its reason: messages that were rejected or partly quarantined, and trying them again."""

from __future__ import annotations

import heapq
from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass

from carehub.feeds.message import Verdict
from carehub.hub.map_message import MapReport
from carehub.hub.settling import numbers, reasons
from carehub.store.ports import MessageLog, Records
from carehub.store.stored import MapOutcome
from carehub.terms.errors import Missing
from carehub.terms.issue import Issue
from carehub.terms.issue_catalogue import issue

_PAGE = 500
_BATCH = 64
MOST = 1000
_WAITING: tuple[Verdict, ...] = ("rejected", "partly_quarantined")


@dataclass(frozen=True, slots=True)
class Waiting:
    """counts: messages that wait, by (feed, reason); a message with two reasons counts under both. page: some of them in log order.

    after: where the next page begins, 0 when there is none.
    """

    counts: dict[tuple[str, str], int]
    page: tuple[MapOutcome, ...]
    after: int


@dataclass(frozen=True, slots=True)
class Entry:
    """One message that waits, or waited once: its outcome, its reasons, and the records it tells now ("Type/id"), which a closed entry led to."""

    outcome: MapOutcome
    reasons: tuple[Issue, ...]
    result: tuple[str, ...]

    @property
    def state(self) -> str:
        """ "open", "closed" when it was accepted after all, or "never waited"."""
        return "open" if self.outcome.verdict != "accepted" else "closed" if self.outcome.failed_at else "never waited"


@dataclass(frozen=True, slots=True)
class Replayed:
    """tried: messages mapped again, in log order. closed: those accepted now that were not before. stopped: whether some were left for later."""

    tried: tuple[str, ...]
    closed: tuple[str, ...]
    bugs: tuple[str, ...]
    stopped: bool


def all_waiting(records: Records, *, feed: str = "", reason: str = "", after: int = 0) -> Iterator[MapOutcome]:
    """Every message that waits, in log order. reason: an issue number."""
    lists = [_of_verdict(records, verdict, feed, after) for verdict in _WAITING]
    for outcome in heapq.merge(*lists, key=lambda outcome: outcome.position):
        if not reason or reason in numbers(outcome):
            yield outcome


def waiting(records: Records, *, feed: str = "", reason: str = "", after: int = 0, limit: int = 50) -> Waiting:
    """A page of what waits, and the counts of all of it whatever the page."""
    counts: Counter[tuple[str, str]] = Counter()
    page: list[MapOutcome] = []
    more = False
    for outcome in all_waiting(records, feed=feed, reason=reason):
        counts.update((outcome.feed, number) for number in numbers(outcome))
        if outcome.position > after:
            more = more or len(page) == limit
            if len(page) < limit:
                page.append(outcome)
    return Waiting(dict(sorted(counts.items())), tuple(page), page[-1].position if more else 0)


def entry(records: Records, message: str) -> Entry:
    """One message. Raises Missing when it has no outcome."""
    outcome = records.outcomes([message]).get(message)
    if outcome is None:
        raise Missing(issue("API-003"))
    told = records.current(records.told_by([message]).get(message, ()))
    return Entry(outcome, tuple(reasons(outcome)), tuple(sorted(f"{r.type}/{r.id}" for r in told.values())))


def replay(
    messages: Iterable[str],
    *,
    log: MessageLog,
    records: Records,
    map_again: Callable[[Sequence[str]], MapReport],
    limit: int = MOST,
    go_on: Callable[[], bool] = lambda: True,
) -> Replayed:
    """Map messages again in log order, at most `limit` of them, with the adapters as they are now. The same again changes nothing.

    A closing message that could not be sure because of one of these is mapped again after them. go_on: asked between batches. Raises Missing
    when one of them has no outcome; then nothing was done.
    """
    wanted = list(dict.fromkeys(messages))
    outcomes = records.outcomes(wanted)
    if len(outcomes) < len(wanted):
        raise Missing(issue("API-003"))
    ordered = sorted(outcomes.values(), key=lambda outcome: outcome.position)
    due, stopped = [outcome.message for outcome in ordered[:limit]], len(ordered) > limit
    tried: list[str] = []
    bugs: list[str] = []
    closed: list[str] = []
    for start in range(0, len(due), _BATCH):
        if not go_on():
            return Replayed(tuple(tried), tuple(closed), tuple(bugs), True)
        batch = due[start : start + _BATCH]
        report = map_again(batch)
        unsure = [message for message in _unsure(batch, log, records) if message not in due]
        after = map_again(unsure) if unsure else MapReport()
        tried += [*batch, *unsure]
        bugs += [*report.bugs, *after.bugs]
        was_waiting = {message for message in batch if outcomes[message].verdict != "accepted"} | set(unsure)
        closed += [o.message for o in (*report.outcomes, *after.outcomes) if o.verdict == "accepted" and o.message in was_waiting]
    return Replayed(tuple(tried), tuple(closed), tuple(bugs), stopped)


def _unsure(messages: Iterable[str], log: MessageLog, records: Records) -> list[str]:
    """The closing messages of these messages' submissions that say some of them could not be read."""
    submissions = dict.fromkeys(message.submission for message in log.read(messages).values())
    receipts = [receipt for submission in submissions if (receipt := log.receipt(submission)) and len(receipt.messages) > 1]
    outcomes = records.outcomes([receipt.messages[-1] for receipt in receipts])
    return [message for message, outcome in outcomes.items() if any(found.number == "MAP-019" for found in outcome.issues)]


def _of_verdict(records: Records, verdict: str, feed: str, after: int) -> Iterator[MapOutcome]:
    while page := records.unsettled(verdict, after, _PAGE, feed):
        yield from page
        after = page[-1].position
