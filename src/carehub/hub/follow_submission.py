"""What became of a submission: how many of its messages came to which end and why, and a page of them."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass

from carehub.feeds.message import VERDICTS, Receipt, message_id
from carehub.store.ports import MessageLog, Records
from carehub.store.stored import MapOutcome

WAITING = "waiting"
_UNUSED = ("partly_quarantined", "rejected")
_PAGE = 1000
_MOST_COUNTED = 20_000


@dataclass(frozen=True, slots=True)
class Line:
    """One message: its number in the submission from 1, and its outcome, None while it waits."""

    number: int
    message: str
    outcome: MapOutcome | None


@dataclass(frozen=True, slots=True)
class Followed:
    """counts: messages by verdict, "waiting" among them. reasons: messages by each number that says why something of them could not be used.

    counted: how many messages `reasons` was made of; fewer than there are such messages when those are very many. after: where the next page
    starts, 0 when this was the last.
    """

    receipt: Receipt
    counts: dict[str, int]
    reasons: dict[str, int]
    counted: int
    page: tuple[Line, ...]
    after: int


def follow_submission(
    submission: str, *, log: MessageLog, records: Records, after: int = 0, limit: int = _PAGE, verdict: str = ""
) -> Followed | None:
    """A submission and the page of its messages numbered above `after`, of one verdict if given. None when it is unknown."""
    receipt = log.receipt(submission)
    if receipt is None:
        return None
    total = len(receipt.messages)
    first = log.position(receipt.messages[0])
    last = first + total - 1
    mapped = {str(each): records.how_many(each, first, last) for each in VERDICTS}
    counts = {WAITING: total - sum(mapped.values()), **mapped}
    reasons: Counter[str] = Counter()
    counted = 0
    for each in _UNUSED:
        for outcome in _of_verdict(records, each, first, last, _MOST_COUNTED - counted) if counts[each] else ():
            reasons.update(set(why(outcome)))
            counted += 1
    if verdict:
        found = list(_of_verdict(records, verdict, first + after, last, limit + 1))
        lines = [Line(o.position - first + 1, o.message, o) for o in found[:limit]]
        more = len(found) > limit
    else:
        numbers = range(after + 1, min(after + limit, total) + 1)
        ids = [message_id(submission, number - 1) for number in numbers]
        outcomes = records.outcomes(ids)
        lines = [Line(number, id, outcomes.get(id)) for number, id in zip(numbers, ids, strict=True)]
        more = after + limit < total
    return Followed(receipt, counts, dict(sorted(reasons.items())), counted, tuple(lines), lines[-1].number if more else 0)


def why(outcome: MapOutcome) -> list[str]:
    """The numbers that say why a message, or parts of it, could not be used."""
    found = outcome.issues if outcome.verdict == "rejected" else [i for part in outcome.quarantined for i in part.issues]
    return [one.number for one in found]


def _of_verdict(records: Records, verdict: str, first: int, last: int, most: int) -> Iterator[MapOutcome]:
    after = first - 1
    while most > 0:
        page = records.unsettled(verdict, after, min(most, _PAGE))
        for outcome in page:
            if outcome.position > last:
                return
            yield outcome
        if not page:
            return
        most -= len(page)
        after = page[-1].position
