"""Find what has no outcome at the current version and do it, or have it done. The queue is only a hint: this finds what it lost."""

from __future__ import annotations

from collections.abc import Iterator

from carehub.feeds.catalogue import Catalogue
from carehub.store.ports import MessageLog, Records
from carehub.store.stored import MapOutcome
from carehub.terms.errors import Missing

_PAGE = 2000


def unmapped(*, log: MessageLog, records: Records, catalogue: Catalogue, after: int = 0, batch: int = 64) -> Iterator[list[str]]:
    """Ids of messages without an outcome at their adapter's current mapping version, in log order, in lists of at most `batch`.

    after: a log position to start behind; 0 looks at the whole log. What an adapter that is gone has mapped stays as it is. Raises Missing
    (FEED-001) for a message that no adapter has mapped or can.
    """
    due: list[str] = []
    while heads := log.heads(after, _PAGE):
        outcomes = records.outcomes([head.id for head in heads])
        for head in heads:
            if _is_due(outcomes.get(head.id), head.feed, catalogue):
                due.append(head.id)
                if len(due) == batch:
                    yield due
                    due = []
        after = heads[-1].position
    if due:
        yield due


def _is_due(outcome: MapOutcome | None, feed: str, catalogue: Catalogue) -> bool:
    try:
        return outcome is None or outcome.mapping_version != catalogue.adapter(feed).manifest.mapping_version
    except Missing:
        return False


def every_feed_known(log: MessageLog, catalogue: Catalogue) -> None:
    """Raises Missing (FEED-001) when a message of the log is of a feed whose adapter is gone: a rebuild could not map it again (hazard H-16)."""
    after, known = 0, set[str]()
    while heads := log.heads(after, _PAGE):
        for feed in {head.feed for head in heads} - known:
            catalogue.adapter(feed)
            known.add(feed)
        after = heads[-1].position
