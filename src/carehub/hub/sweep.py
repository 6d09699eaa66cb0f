"""Find what has no outcome at the current version and do it, or have it done. The queue is only a hint: this finds what it lost."""

from __future__ import annotations

from collections.abc import Iterator

from carehub.feeds.catalogue import Catalogue
from carehub.store.ports import MessageLog, Records

_PAGE = 2000


def unmapped(*, log: MessageLog, records: Records, catalogue: Catalogue, after: int = 0, batch: int = 64) -> Iterator[list[str]]:
    """Ids of messages without an outcome at their adapter's current mapping version, in log order, in lists of at most `batch`.

    after: a log position to start behind; 0 looks at the whole log.
    """
    due: list[str] = []
    while heads := log.heads(after, _PAGE):
        outcomes = records.outcomes([head.id for head in heads])
        for head in heads:
            outcome = outcomes.get(head.id)
            if outcome is None or outcome.mapping_version != catalogue.adapter(head.feed).manifest.mapping_version:
                due.append(head.id)
                if len(due) == batch:
                    yield due
                    due = []
        after = heads[-1].position
    if due:
        yield due
