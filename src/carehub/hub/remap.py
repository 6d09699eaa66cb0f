"""What mapping a feed anew with the adapters as they are now would change, and doing it: in log order, with a report in counts and ids."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from itertools import islice

from carehub.feeds.catalogue import Catalogue
from carehub.fhir.meta import without_meta
from carehub.hub.map_message import map_messages
from carehub.hub.trying import Trying
from carehub.store.ports import MessageLog, Records
from carehub.store.stored import StoredRecord

_PAGE = 500
_BATCH = 64
_SHOWN = 50


@dataclass(slots=True)
class Changes:
    """What differs between the records as they stand and as the adapters would make them now. No value of any record is in it.

    messages: mapped. added, removed, changed, withdrawn (or given back): records by type; paths: how many records differ at each element
    path; verdicts: messages by (before, after), "waiting" where there was none. ids: the first records of each kind, "Type/id".
    """

    messages: int = 0
    added: Counter[str] = field(default_factory=Counter)
    removed: Counter[str] = field(default_factory=Counter)
    changed: Counter[str] = field(default_factory=Counter)
    withdrawn: Counter[str] = field(default_factory=Counter)
    paths: Counter[str] = field(default_factory=Counter)
    verdicts: Counter[tuple[str, str]] = field(default_factory=Counter)
    ids: dict[str, list[str]] = field(default_factory=dict)

    def note(self, kind: str, record: StoredRecord) -> None:
        getattr(self, kind)[record.type] += 1
        shown = self.ids.setdefault(kind, [])
        if len(shown) < _SHOWN:
            shown.append(f"{record.type}/{record.id}")


def trial(feed: str, *, log: MessageLog, records: Records, scratch: Records, catalogue: Catalogue, now: str, trying: Trying) -> Changes:
    """Map everything of the feed's adapter into an empty `scratch` and compare; the store itself is only read. now: ISO UTC.

    All feeds of the adapter are mapped, because they may tell of the same records. `scratch` holds all of them, so it must have the room.
    Messages that ended processes (trying) are not mapped.
    """
    changes = Changes()
    owner = catalogue.adapter(feed)
    for ids in _messages(log, catalogue, owner.manifest.name):
        map_messages(ids, log=log, records=scratch, catalogue=catalogue, now=now, trying=trying)
    seen: set[str] = set()
    for ids in _messages(log, catalogue, owner.manifest.name):
        before, after = records.outcomes(ids), scratch.outcomes(ids)
        for message, outcome in after.items():
            was = before[message].verdict if message in before else "waiting"
            if was != outcome.verdict:
                changes.verdicts[was, outcome.verdict] += 1
        changes.messages += len(after)
        told = set[str]().union(*records.told_by(ids).values(), *scratch.told_by(ids).values()) - seen
        seen |= told
        held, made = records.current(told), scratch.current(told)
        for id in sorted(told):
            _compare(held.get(id), made.get(id), changes)
    return changes


def remap(feed: str, *, log: MessageLog, catalogue: Catalogue, map_again: Callable[[list[str]], object], go_on: Callable[[], bool]) -> bool:
    """Map every message of one feed again, in log order. Whether all was done; go_on: asked between batches."""
    messages = (id for ids in _messages(log, catalogue, catalogue.adapter(feed).manifest.name, feed) for id in ids)
    while batch := list(islice(messages, _BATCH)):
        if not go_on():
            return False
        map_again(batch)
    return True


def _messages(log: MessageLog, catalogue: Catalogue, adapter: str, feed: str = "") -> Iterator[list[str]]:
    """Ids of an adapter's messages, or of one feed's, page by page in log order."""
    position = 0
    while heads := log.heads(position, _PAGE):
        position = heads[-1].position
        ids = [head.id for head in heads if (head.feed == feed if feed else head.feed.partition("/")[0] == adapter)]
        if ids:
            yield ids


def _compare(held: StoredRecord | None, made: StoredRecord | None, changes: Changes) -> None:
    if held is None and made is not None:
        changes.note("added", made)
    elif held is not None and made is None:
        changes.note("removed", held)
    elif held is not None and made is not None:
        if held.content != made.content:
            changes.note("changed", made)
            changes.paths.update(sorted(set(_differing(without_meta(held.body), without_meta(made.body), made.type))))
        if held.withdrawn != made.withdrawn:
            changes.note("withdrawn", made)


def _differing(before: object, after: object, path: str) -> Iterator[str]:
    """Element paths at which two JSON values differ; places in lists are not told apart."""
    if isinstance(before, dict) and isinstance(after, dict):
        for name in before.keys() | after.keys():
            yield from _differing(before.get(name), after.get(name), f"{path}.{name}")
    elif isinstance(before, list) and isinstance(after, list) and len(before) == len(after):
        for one, other in zip(before, after, strict=True):
            yield from _differing(one, other, path)
    elif before != after:
        yield path
