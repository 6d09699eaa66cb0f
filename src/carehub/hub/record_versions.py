"""The versions of a source record: every state that its source told, worked out anew from what was told of it, in the source's order."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import TypeVar

from carehub.feeds.catalogue import Catalogue
from carehub.feeds.revision import State, fold
from carehub.hub.attributing import attribution_of
from carehub.hub.reading import StoredBody
from carehub.hub.scoping import Scoping
from carehub.hub.telling import Speaking, stored_state
from carehub.store.ports import Records
from carehub.store.stored import StoredRecord, Telling
from carehub.terms.errors import Missing, StoreBusy
from carehub.terms.issue_catalogue import issue

T = TypeVar("T")
Let = Callable[[StoredRecord], StoredRecord | None]
"""A version as it may leave, or None for one that may not."""
Form = Callable[[StoredRecord, Let], T]
"""What is made of a record that may leave, with what lets other versions of it leave."""


@dataclass(frozen=True, slots=True)
class Version:
    """One state of a record. number: 1 for the first. at: when the hub received it, ISO UTC. withdrawn: the source took the record back. shown: its
    JSON; None where it was withdrawn, or where policy holds this version back (held_back)."""

    number: int
    at: str
    withdrawn: bool
    shown: StoredBody | None
    held_back: bool


def versions(record: StoredRecord, let: Let, records: Records, catalogue: Catalogue | None) -> tuple[Version, ...]:
    """The newest first; the first of them is the record as it stands. What was told of it while it was another patient record's is left out.

    record: as it may leave. Versions are numbered in the source's order, so that an older word which comes late moves those after it. Raises
    StoreBusy without a catalogue.
    """
    if catalogue is None:
        raise StoreBusy(issue("STORE-001"))
    scoping = Scoping(records, ())
    scoping.fetch({record.id: record.patient})
    told = scoping.with_withdrawals(record.id, record.patient, records.tellings([record.id]).get(record.id, []))
    states: list[tuple[State, Telling]] = []
    state, last, revise = None, "", catalogue.adapter(record.feed).revise
    for telling in told:
        before, state = state, fold([telling], revise, state, last)
        last = telling.sha
        if state is not None and state is not before:
            states.append((state, telling))
    earlier = [(state, telling) for state, telling in states if telling.patient == record.patient and state.version < record.version]
    outcomes = records.outcomes([state.message for state, _ in earlier])
    found = []
    for state, telling in earlier:
        by = outcomes[state.message]
        speaking = Speaking(record.source, by.feed, record.adapter, by.mapping_version, by.received)
        stored = stored_state(state, telling, None, record.patient, speaking)
        found.append(_version(stored, let(stored)))
    return (_version(record, record), *reversed(found))


def _version(stored: StoredRecord, shown: StoredRecord | None) -> Version:
    told = served(shown) if shown is not None and not stored.withdrawn else None
    return Version(stored.version, stored.received, stored.withdrawn, told, shown is None)


def standing(record: StoredRecord) -> StoredRecord:
    """The record, unless its source withdrew it: then raises Missing (API-018)."""
    if record.withdrawn:
        raise Missing(issue("API-018"))
    return record


def served(record: StoredRecord) -> StoredBody:
    """A stored record as it is handed to whoever reads."""
    return StoredBody(record.type, record.id, record.version, record.received, record.body, attribution_of(record))
