"""The records one mapping step touches, as they change: states folded in the source's order, ready to be written at once."""

from __future__ import annotations

from bisect import insort
from collections.abc import Iterable, Sequence
from dataclasses import replace
from operator import attrgetter

from carehub.feeds.adapter import Adapter
from carehub.feeds.catalogue import Catalogue
from carehub.feeds.mapped import Mapped, MappedRecord
from carehub.feeds.message import Message
from carehub.feeds.revision import Revise, State, fold, step
from carehub.hub.conform import faults, without_references_to
from carehub.hub.scoping import Scoping
from carehub.hub.telling import Speaking, only_patient, patient_of, restored, stands, stored_state, telling_of
from carehub.store.ports import Records
from carehub.store.stored import LastTelling, MapOutcome, MappingBatch, QuarantinedPart, StoredRecord, Telling
from carehub.terms.issue import Issue
from carehub.terms.issue_catalogue import issue

# Two messages that tell the same at the same instant come in order of their ids, so that arrival never shows.
_in_order = attrgetter("order", "message")


_Kept = tuple[MappedRecord, Telling, State | LastTelling | None]


class Retelling:
    """Working state of one mapping step. remapped: messages told before, whose earlier tellings no longer count."""

    def __init__(self, records: Records, catalogue: Catalogue, remapped: Sequence[str]) -> None:
        self._records = records
        self._as_of = records.writes()
        self._catalogue = catalogue
        self._remapped = tuple(remapped)
        self._last_tellings: dict[str, LastTelling] = {}
        self._retold: dict[str, LastTelling] = {}
        self._stored: dict[str, StoredRecord] = {}
        self._tellings: dict[str, list[Telling]] = {}
        self._fresh: dict[tuple[str, str], Telling] = {}
        self._changed: dict[str, StoredRecord] = {}
        self._dropped: set[str] = set()
        self._scoping = Scoping(records, remapped)
        if remapped:
            self._dropped = set().union(*records.told_by(remapped).values(), records.scoped_by(remapped))
            for record, tellings in records.tellings(self._dropped).items():
                self._tellings[record] = [t for t in tellings if t.message not in self._remapped]

    def load(self, messages: Sequence[tuple[Message, Mapped]]) -> None:
        """Fetch the records that will be told about, and what stands of their scopes. Of those that seem to be told again as they stand,
        which is most of what a hospital sends, only the newest telling is read."""
        self._scoping.load(messages)
        told: dict[str, str] = {}
        for _, mapped in messages:
            for record in mapped.records:
                id, sha = record.ref.id, record.said.sha
                told[id] = sha if told.get(id, sha) == sha else ""
        closing = {mapped.patient.id for _, mapped in messages if mapped.closes and mapped.patient is not None}
        self._last_tellings = {} if self._remapped else self._records.last_tellings(told)
        again = {id for id, stands in self._last_tellings.items() if not stands.withdrawn and told[id] == stands.last_told[2]}
        known = told.keys() if self._remapped else self._last_tellings.keys()
        self._stored = self._records.current((known - again) | closing | self._dropped)

    def tell(self, message: Message, adapter: Adapter, mapped: Mapped, told_at: str) -> tuple[int, tuple[QuarantinedPart, ...]]:
        """Take in one mapped message: how many records were kept, and the parts that were not.

        When the patient of the message is neither readable here nor known from before, nothing of it is kept.
        """
        noted = self._scoping.note(message, mapped)
        speaking = Speaking(mapped.source, message.feed, adapter.manifest.name, adapter.manifest.mapping_version, message.received_at)
        kept: dict[str, _Kept] = {}
        quarantined: list[QuarantinedPart] = []
        lost: set[str] = set()
        whose = only_patient(mapped)
        for record in mapped.records:
            telling = telling_of(record, message, mapped, told_at, whose or patient_of(record, mapped))
            state, found = self._checked(record, telling, adapter, kept)
            if found:
                quarantined.append(QuarantinedPart(record.at, record.ref.type, found))
                lost.add(record.ref.reference)
            else:
                kept.setdefault(telling.record, (record, telling, state))
        if lost:
            lost -= {record.ref.reference for record, _, _ in kept.values()}
        if mapped.patient is not None and mapped.patient.reference in lost and not self._knows(mapped.patient.id):
            return 0, tuple(quarantined)
        for record, telling, state in kept.values():
            if lost:
                less = replace(record, resource=without_references_to(record.resource, lost))
                if less.resource != record.resource:
                    record, telling, state = less, telling_of(less, message, mapped, told_at, telling.patient), None
            if isinstance(state, LastTelling):
                id, position, kept_so = telling.record, max(state.last_position, telling.position), state.kept
                self._fresh[id, telling.message] = telling
                self._retold[id] = LastTelling(id, telling.order, position, state.withdrawn, state.stamp, kept_so)
            else:
                self._apply(telling, state or self._state_with(record, telling, adapter.revise), speaking)
        # What is there but cannot be used is not missing: a closing that took it for missing takes that back.
        self._work_out([record for record in noted if record not in kept], speaking, adapter)
        return len(kept), tuple(quarantined)

    def close(self, message: Message, adapter: Adapter, mapped: Mapped, told_at: str) -> tuple[str, ...]:
        """Withdraw what the message's closed scopes no longer list. Returns the other patients of whose records that is so, sorted."""
        speaking = Speaking(mapped.source, message.feed, adapter.manifest.name, adapter.manifest.mapping_version, message.received_at)
        closings = self._scoping.close(message, mapped, told_at)
        found = sorted(self._scoping.withdrawable(closings))
        touched = self._work_out(found, speaking, adapter)
        # Also those withdrawn by an earlier try of the message: what it could not read is told beside them.
        standing = [stored for record in found if (stored := self._standing(record))]
        touched |= {stored.patient for stored in standing if stored.withdrawn and stored.message == message.id}
        return tuple(sorted(touched - {"", mapped.patient.id if mapped.patient else ""}))

    def _work_out(self, records: Sequence[str], speaking: Speaking, adapter: Adapter) -> set[str]:
        """Work these records out from all their tellings and closings. Returns the patients of those that stand differently now."""
        if not records:
            return set()
        unread = [record for record in records if record not in self._stored]
        if unread:
            self._stored.update(self._records.current(unread))
        standing = {record: stored for record in records if (stored := self._standing(record))}
        untold = [record for record in standing if record not in self._tellings]
        told = self._records.tellings(untold) if untold else {}
        for record in untold:
            self._tellings[record] = self._with_fresh(record, told.get(record, []))
        self._scoping.fetch({record: stored.patient for record, stored in standing.items()})
        changed: set[str] = set()
        for record, before in standing.items():
            tellings = self._scoping.with_withdrawals(record, before.patient, self._tellings[record])
            state = fold(tellings, adapter.revise)
            if state is None or (state.message, state.version, state.content, state.withdrawn) == stands(before):
                continue
            self._changed[record] = stored_state(state, tellings[-1], before, before.patient, speaking)
            self._retold.pop(record, None)
            changed.add(before.patient)
        return changed

    def batch(self, outcomes: Iterable[MapOutcome]) -> MappingBatch:
        """Everything to write. A record that only re-mapped messages told is removed; one that others tell too is folded anew without them."""
        removed = []
        reopened = self._scoping.reopened() - self._changed.keys()
        unknown = reopened - self._stored.keys()
        self._stored.update(self._records.current(unknown) if unknown else {})
        again = {record: self._stored.get(record) for record in sorted((self._dropped | reopened) - self._changed.keys())}
        unread = reopened - self._tellings.keys()
        self._tellings.update(self._records.tellings(unread) if unread else {})
        self._scoping.fetch({record: stored.patient for record, stored in again.items() if stored})
        for record, stored in again.items():
            tellings = self._scoping.with_withdrawals(record, stored.patient, self._tellings.get(record, [])) if stored else []
            state = fold(tellings, self._catalogue.adapter(stored.feed).revise) if stored else None
            if stored is None or state is None:
                removed.append(record)
            else:
                speaking = Speaking(stored.source, stored.feed, stored.adapter, stored.mapping_version, stored.received)
                self._changed[record] = stored_state(state, tellings[-1], stored, stored.patient, speaking)
        scoped, closings, scopes = self._scoping.written()
        # Whoever closes a patient's scope writes it down as read from this patient record, so that another who tells of it meanwhile is noticed.
        closed = [id for id in dict.fromkeys(c.patient for c in closings) if id and id not in self._changed and id not in removed]
        return MappingBatch(
            tellings=tuple(self._fresh.values()),
            records=tuple(self._changed.values()),
            outcomes=tuple(outcomes),
            remapped=self._remapped,
            removed=tuple(removed),
            based_on=tuple(
                [(id, self._stored[id].stamp if id in self._stored else 0) for id in (*self._changed, *removed, *closed)]
                + [(id, stands.stamp) for id, stands in self._retold.items()]
            ),
            retold=tuple(self._retold.values()),
            as_of=self._as_of,
            scoped=scoped,
            closings=closings,
            scopes=scopes,
        )

    def _knows(self, record: str) -> bool:
        stands = record in self._last_tellings or (record in self._stored and bool(self._tellings.get(record, True)))
        return stands or record in self._changed

    def _checked(
        self, record: MappedRecord, telling: Telling, adapter: Adapter, kept: dict[str, _Kept]
    ) -> tuple[State | LastTelling | None, tuple[Issue, ...]]:
        """The state this telling makes, where working out the faults needed it, or what it tells again; and why it may not be stored.

        Content that stands already was checked when it was stored. A message mapped again is checked anew, because the rules may have changed.
        """
        if telling.record in kept:
            same = kept[telling.record][1].sha == telling.sha
            return None, () if same else (issue("MAP-015", at=record.at, about=record.ref.type),)
        if record.change == "withdrawn":
            return None, ()
        if again := self._told_again(telling):
            return again, ()
        state = None if record.change == "snapshot" else self._state_with(record, telling, adapter.revise)
        stands = self._standing(telling.record)
        if stands and stands.content == (state.content if state else telling.sha) and not stands.withdrawn and not self._remapped:
            return state, ()
        return state, faults(state.resource if state else record.resource)

    def _told_again(self, telling: Telling) -> LastTelling | None:
        """How the record stands, when its newest telling said the very same and this one comes after it: then nothing changes but that."""
        stands = self._retold.get(telling.record) or self._last_tellings.get(telling.record)
        if stands is None or stands.withdrawn or stands.last_told[2] != telling.sha or telling.order <= stands.last_told:
            return None
        worked_out = telling.record in self._changed or telling.record in self._tellings
        return None if worked_out or self._scoping.overtaken(telling) else stands

    def _standing(self, record: str) -> StoredRecord | None:
        if record in self._changed:
            return self._changed[record]
        if record not in self._stored and record in self._last_tellings:
            self._stored.update(self._records.current([record]))
        stored, again = self._stored.get(record), self._retold.get(record)
        return replace(stored, last_told=again.last_told, last_position=again.last_position) if stored and again else stored

    def _state_with(self, record: MappedRecord, telling: Telling, revise: Revise) -> State:
        """The record's state once this telling has found its place in the source's order."""
        stored = self._standing(telling.record)
        late = telling.record in self._tellings or (stored is not None and telling.order <= stored.last_told)
        if not late and not self._scoping.overtaken(telling):
            if stored and not stored.withdrawn and stored.last_told[2] == telling.sha:
                return restored(stored, telling)  # See fold: said twice in a row.
            return step(restored(stored, telling) if stored else None, telling, record.resource, revise, record.said.written)
        state = fold(self._placed_with_withdrawals(telling), revise)
        if state is None:
            raise AssertionError("a telling was placed, so there is a state")
        return state

    def _placed_with_withdrawals(self, telling: Telling) -> list[Telling]:
        placed = self._placed(telling)
        self._scoping.fetch({telling.record: telling.patient})
        return self._scoping.with_withdrawals(telling.record, telling.patient, placed)

    def _with_fresh(self, record: str, stored: Iterable[Telling]) -> list[Telling]:
        known = {t.message: t for t in stored if t.message not in self._remapped}
        known.update({t.message: t for (told, _), t in self._fresh.items() if told == record})
        return sorted(known.values(), key=_in_order)

    def _placed(self, telling: Telling) -> list[Telling]:
        """All tellings of the record in order, this one among them."""
        record = telling.record
        if record not in self._tellings:
            self._tellings[record] = self._with_fresh(record, self._records.tellings([record]).get(record, []))
        others = [t for t in self._tellings[record] if t.message != telling.message]
        insort(others, telling, key=_in_order)
        return others

    def _apply(self, telling: Telling, state: State, speaking: Speaking) -> None:
        last = telling
        if telling.record in self._tellings:
            self._tellings[telling.record] = self._placed(telling)
            last = self._placed_with_withdrawals(telling)[-1]
        self._fresh[telling.record, telling.message] = telling
        self._changed[telling.record] = stored_state(state, telling, self._standing(telling.record), telling.patient, speaking, last.order)
        self._retold.pop(telling.record, None)
