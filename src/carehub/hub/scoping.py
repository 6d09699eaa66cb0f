"""Scopes told completely: what a source does not list any more, it has withdrawn. Worked out from tellings and closings, never written down.

A record's withdrawals follow from what was told of it and from which messages closed its scope, all by the source's own clock. So it makes no
difference which came first, and when a message is mapped again the withdrawals are simply worked out anew.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from functools import lru_cache

from carehub.feeds.mapped import Mapped
from carehub.feeds.message import Message
from carehub.fhir.canonical import content_hash
from carehub.store.ports import Records
from carehub.store.stored import Closing, ScopedTelling, ScopeStamp, Telling


@lru_cache(maxsize=4096)
def scope_id(feed: str, source: str, scope: str) -> str:
    """The id of a source organisation's scope in one feed."""
    return content_hash([feed, source, scope])


class Scoping:
    """What one mapping step knows of scopes. remapped: messages whose earlier word no longer counts."""

    def __init__(self, records: Records, remapped: Iterable[str]) -> None:
        self._records = records
        self._remapped = frozenset(remapped)
        self._told: dict[str, dict[str, ScopedTelling]] = {}
        self._fresh: dict[str, dict[str, ScopedTelling]] = {}
        self._noted: dict[str, dict[str, set[str]]] = {}
        self._closings: dict[tuple[str, str | None], dict[str, Closing]] = {}
        self._closed: dict[tuple[str, str], Closing] = {}
        self._stamps: dict[str, ScopeStamp] = {}
        self._closing_scopes: set[str] = set()
        self._before = records.closings_of(self._remapped) if self._remapped else []

    def load(self, messages: Sequence[tuple[Message, Mapped]]) -> None:
        """Fetch what stands of the scopes these messages speak of: the stamps first, so that whatever is written after them is noticed."""
        scopes, patients, since = set[str](), set[str](), ""
        for message, mapped in messages:
            code = mapped.source.code
            named = {record.scope for record in mapped.records if record.scope}
            scopes |= {scope_id(message.feed, code, scope) for scope in named}
            if mapped.closes_submission:
                self._closing_scopes |= {scope_id(message.feed, code, scope) for scope in mapped.closes}
            if named:
                patients.add(mapped.patient.id if mapped.patient else "")
                at = mapped.recorded or message.received_at
                since = min(since, at) if since else at
        self._closing_scopes |= {closing.scope for closing in self._before if closing.patient is None}
        if not scopes | self._closing_scopes:
            return
        held = self._records.scope_stamps(scopes | self._closing_scopes)
        for scope in scopes | self._closing_scopes:
            stamp = held.get(scope, ScopeStamp())
            self._stamps[scope] = stamp if scope in self._closing_scopes else ScopeStamp(-1, stamp.closed)
        if scopes:
            self._keep(self._records.closings(scopes, patients, since))

    def note(self, message: Message, mapped: Mapped) -> list[str]:
        """The message's records that are told under a scope, whether or not they turn out to be usable: they are not missing from it."""
        patient, noted = mapped.patient.id if mapped.patient else "", []
        for record in mapped.records:
            if record.scope:
                id, scope = record.ref.id, scope_id(message.feed, mapped.source.code, record.scope)
                self._fresh.setdefault(id, {})[message.id] = ScopedTelling(id, message.id, scope, message.submission)
                self._noted.setdefault(scope, {}).setdefault(patient, set()).add(id)
                noted.append(id)
        return noted

    def close(self, message: Message, mapped: Mapped, told_at: str) -> list[Closing]:
        """The closings of a message, from now on among those that count."""
        patient = None if mapped.closes_submission else mapped.patient.id if mapped.patient else ""
        made = []
        for name in dict.fromkeys(mapped.closes):
            scope = scope_id(message.feed, mapped.source.code, name)
            made.append(Closing(message.id, scope, patient, message.submission, told_at, mapped.sequence, message.position))
            self._closed[message.id, scope] = made[-1]
        self._keep(made)
        return made

    def withdrawable(self, closings: Sequence[Closing]) -> set[str]:
        """Records that these closings of one message may withdraw. Some may turn out to stand as they did."""
        if not closings:
            return set()
        by, fresh = closings[0], set[str]()
        for closing in closings:
            noted = self._noted.get(closing.scope, {})
            fresh = fresh.union(*(noted.values() if by.patient is None else [noted.get(by.patient, set())]))
        found = self._records.untold(closings) | fresh
        return {record for record in found if not any(_here(by, told) for told in self._fresh.get(record, {}).values())}

    def reopened(self) -> set[str]:
        """Records that messages mapped again withdrew before and, closing other scopes now, may not withdraw any more."""
        found: set[str] = set()
        by_message: dict[str, list[Closing]] = {}
        for closing in self._before:
            if self._closed.get((closing.message, closing.scope)) != closing:
                by_message.setdefault(closing.message, []).append(closing)
        for closings in by_message.values():
            found |= self._records.untold(closings, settled=True)
        return found

    def overtaken(self, telling: Telling) -> bool:
        """Whether a closing that does not tell the record is later than this telling, so that the record must be worked out from the start."""
        told = self._fresh.get(telling.record, {}).get(telling.message) if self._closings else None
        if told is None:
            return False
        at = (telling.told_at, telling.sequence)
        return any((c.told_at, c.sequence) > at and not _here(c, told) for c in self._concerning({told.scope}, telling.patient))

    def fetch(self, patients: Mapping[str, str]) -> None:
        """Fetch all that `with_withdrawals` needs for these records. patients: record to its Patient record."""
        missing = [record for record in patients if record not in self._told]
        if not missing:
            return
        for record, told in self._records.scoped(missing).items():
            self._told[record] = {t.message: t for t in told if t.message not in self._remapped}
        for record in missing:
            self._told.setdefault(record, {})
        scopes = {told.scope for record in missing for told in self._under(record).values()}
        if scopes:
            self._keep(self._records.closings(scopes, {patients[record] for record in missing}))

    def with_withdrawals(self, record: str, patient: str, tellings: Sequence[Telling]) -> list[Telling]:
        """The tellings of a record, in order, with one withdrawal put in wherever a closing does not tell it. Needs `fetch` of the record."""
        under = self._under(record)
        if not under:
            return list(tellings)
        closings = sorted(
            self._concerning({told.scope for told in under.values()}, patient), key=lambda c: (c.told_at, c.sequence, c.message)
        )
        told: list[Telling] = []
        waiting = iter(closings)
        closing = next(waiting, None)
        for telling in (*tellings, None):
            while closing is not None and (telling is None or (closing.told_at, closing.sequence) <= (telling.told_at, telling.sequence)):
                last = told[-1] if told else None
                if last is not None and _withdraws(closing, last, under):
                    told.append(_withdrawal(closing, last))
                closing = next(waiting, None)
            if telling is not None:
                told.append(telling)
        return told

    def written(self) -> tuple[tuple[ScopedTelling, ...], tuple[Closing, ...], tuple[tuple[str, ScopeStamp], ...]]:
        """scoped, closings and scopes of the batch."""
        return (
            tuple(told for messages in self._fresh.values() for told in messages.values()),
            tuple(self._closed.values()),
            tuple(self._stamps.items()),
        )

    def _under(self, record: str) -> dict[str, ScopedTelling]:
        return {**self._told.get(record, {}), **self._fresh.get(record, {})}

    def _keep(self, closings: Iterable[Closing]) -> None:
        for c in closings:
            if c.message not in self._remapped or (c.message, c.scope) in self._closed:
                self._closings.setdefault((c.scope, c.patient), {})[c.message] = self._closed.get((c.message, c.scope), c)

    def _concerning(self, scopes: Iterable[str], patient: str) -> list[Closing]:
        return [c for scope in scopes for whose in (None, patient) for c in self._closings.get((scope, whose), {}).values()]


def _here(closing: Closing, told: ScopedTelling) -> bool:
    """Whether what was told is part of what the closing calls complete."""
    return told.unit == closing.unit if closing.patient is None else told.message == closing.message


def _withdraws(closing: Closing, last: Telling, under: Mapping[str, ScopedTelling]) -> bool:
    """Only what was told strictly earlier: at one moment of the source's clock nobody can say which of the two was later."""
    if last.change == "withdrawn" or (last.told_at, last.sequence) >= (closing.told_at, closing.sequence):
        return False
    scope = under.get(last.message)
    return scope is not None and scope.scope == closing.scope and not any(_here(closing, told) for told in under.values())


def _withdrawal(closing: Closing, last: Telling) -> Telling:
    return Telling(
        record=last.record,
        type=last.type,
        patient=last.patient,
        message=closing.message,
        position=closing.position,
        told_at=closing.told_at,
        sequence=closing.sequence,
        change="withdrawn",
        clears=(),
        sha="",
        body=b"",
    )
