"""Gold: the source's own count of what a message holds, held against what came out of it."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator

from carehub.feeds.adapter import Adapter
from carehub.kit.cases import AdapterFolder
from carehub.kit.results import accepted_cases

# Issues that say an entry of the message is not among the records.
_LOST = {"MAP-004", "MAP-005", "MAP-015", "MAP-016"}


def counts_reconcile(adapter: Adapter, folder: AdapterFolder) -> Iterator[str]:
    """As many records of each type come out as the source's own count says went in, less those an issue tells of."""
    if adapter.counts is None:
        yield "adapter.py has no counts(message), so nothing holds what came out against what went in"
        return
    for case, mapped in accepted_cases(adapter, folder):
        told = Counter(record.ref.type for record in mapped.records)
        lost: Counter[str] = Counter()
        for found in mapped.issues:
            if found.number in _LOST:
                lost[found.about] += found.count
        for kind, number in sorted(adapter.counts(case.message).items()):
            if told[kind] + lost[kind] != number:
                yield f"cases/{case.slug}: {number} of {kind} went in, {told[kind]} came out and {lost[kind]} are told as lost"
