"""Records in SQL: reads, and clearing. Writing is in `applying`."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Any

from sqlalchemy import Select, func, select

from carehub.store.sql import export_tables, pass_table, ruling_tables, subscription_tables, try_table
from carehub.store.sql.applying import Applying
from carehub.store.sql.coding import brief, last_telling, map_outcome, stored_record, telling
from carehub.store.sql.naming import Origins
from carehub.store.sql.persons_records import PersonsRecords, whole_record
from carehub.store.sql.places import Place
from carehub.store.sql.rules_rows import RULES_NAMES
from carehub.store.sql.scoping import ScopeReading
from carehub.store.sql.statements import argument, each_name, one_of
from carehub.store.sql.tables import counters, names, outcomes, record, records, states, tellings
from carehub.store.sql.tallying import Tallying
from carehub.store.stored import (
    Brief,
    Closing,
    LastTelling,
    MapOutcome,
    MappingBatch,
    ScopedTelling,
    ScopeStamp,
    StoredRecord,
    Telling,
)
from carehub.store.tally import Tally

_message = names.alias("message_name")
_patient = names.alias("patient_name")


_LASTING_TABLES = (export_tables, pass_table, ruling_tables, subscription_tables, try_table)
_LASTING = ("origins", "counters", *(name for held in _LASTING_TABLES for name in held.LASTING))


class SqlRecords:
    """carehub.store.ports.Records."""

    def __init__(self, place: Place) -> None:
        self._place = place
        self._origins = Origins(place)
        self._applying = Applying(place, self._origins)
        self._persons = PersonsRecords(place, self._origins)
        self._scopes = ScopeReading(place)
        self._tallying = Tallying(place, self._origins)
        t, r, o, dialect = tellings, records, outcomes, place.dialect
        self._tellings = place.prepare(
            select(
                names.c.name,
                t.c.type,
                _patient.c.name,
                _message.c.name,
                t.c.position,
                t.c.change,
                t.c.facts,
                states.c.sha,
                states.c.body,
            )
            .select_from(names)
            .join(t, t.c.record == names.c.id)
            .join(states, states.c.id == t.c.state)
            .join(_patient, _patient.c.id == t.c.patient)
            .join(_message, _message.c.id == t.c.message)
            .where(one_of(names.c.name, dialect))
        )
        self._told_by = place.prepare(
            select(_message.c.name, names.c.name)
            .select_from(_message)
            .join(t, t.c.message == _message.c.id)
            .join(names, names.c.id == t.c.record)
            .where(one_of(_message.c.name, dialect))
        )
        wanted = each_name(dialect)
        self._current = place.prepare(whole_record(wanted))
        self._last_tellings = place.prepare(
            select(names.c.name, r.c.withdrawn, r.c.last_position, r.c.stamp, r.c.facts, r.c.id, r.c.state, states.c.sha, states.c.size)
            .select_from(wanted)
            .join(names, names.c.name == wanted.c.value)
            .join(r, r.c.id == names.c.id)
            .outerjoin(states, states.c.id == r.c.state)
        )
        self._in_brief = place.prepare(
            select(names.c.name, r.c.origin, r.c.last_position, r.c.facts, states.c.sha)
            .select_from(r)
            .join(names, names.c.id == r.c.id)
            .outerjoin(states, states.c.id == r.c.state)
            .where(one_of(names.c.name, dialect))
        )
        self._outcomes = place.prepare(_outcomes().where(one_of(_message.c.name, dialect)))
        # From the patient on, and by an inner join: SQLite would read every outcome there is for an outer one.
        self._outcomes_of = place.prepare(_outcomes(wanted))
        waiting = _outcomes().where(o.c.verdict == argument("verdict_is"), o.c.position > argument("after"))
        self._unsettled = place.prepare(waiting.order_by(o.c.position).limit(argument("most")))
        of_feed = waiting.where(one_of(o.c.origin, dialect, "origins"))
        self._unsettled_of = place.prepare(of_feed.order_by(o.c.position).limit(argument("most")))
        between = (o.c.verdict == argument("verdict_is"), o.c.position >= argument("first"), o.c.position <= argument("last"))
        self._how_many = place.prepare(select(func.count()).select_from(o).where(*between))
        self._verdicts = place.prepare(
            select(_message.c.name, o.c.verdict)
            .select_from(o)
            .join(_message, _message.c.id == o.c.message)
            .where(one_of(_message.c.name, dialect))
        )
        self._counts = place.prepare(select(o.c.origin, o.c.verdict, func.count()).group_by(o.c.origin, o.c.verdict))
        patients = select(func.count()).select_from(r).where(one_of(r.c.origin, dialect, "origins"))
        self._totals = place.prepare(select(patients.scalar_subquery(), select(func.count()).select_from(r).scalar_subquery()))
        self._writes = place.prepare(select(counters.c.value).where(counters.c.name == argument("counter")))
        self._versions = place.prepare(select(func.coalesce(func.sum(r.c.version), 0)))

    def apply(self, batch: MappingBatch) -> None:
        self._applying.apply(batch)

    def tellings(self, records: Iterable[str]) -> dict[str, list[Telling]]:
        found: dict[str, list[Telling]] = {}
        for row in self._place.rows(self._tellings, ids=self._place.listed(records)):
            found.setdefault(row[0], []).append(telling(row, self._origins.of(row[1])[4]))
        for told in found.values():
            told.sort(key=lambda t: (t.order, t.message))
        return found

    def told_by(self, messages: Iterable[str]) -> dict[str, set[str]]:
        found: dict[str, set[str]] = {}
        for message, id in self._place.rows(self._told_by, ids=self._place.listed(messages)):
            found.setdefault(message, set()).add(id)
        return found

    def outcomes(self, messages: Iterable[str]) -> dict[str, MapOutcome]:
        rows = self._place.rows(self._outcomes, ids=self._place.listed(messages))
        return {row[0]: self._outcome(row) for row in rows}

    def outcomes_of(self, patients: Iterable[str]) -> dict[str, list[MapOutcome]]:
        found: dict[str, list[MapOutcome]] = {}
        for row in self._place.rows(self._outcomes_of, ids=self._place.listed(patients)):
            found.setdefault(row[3], []).append(self._outcome(row))
        for told in found.values():
            told.sort(key=lambda o: (o.told_at, o.sequence, o.message))
        return found

    def verdicts(self, messages: Iterable[str]) -> dict[str, str]:
        return dict(self._place.rows(self._verdicts, ids=self._place.listed(messages)))

    def unsettled(self, verdict: str, after: int, limit: int, feed: str = "") -> list[MapOutcome]:
        if feed:
            origins = self._place.listed(self._origins.of_feed(feed))
            rows = self._place.rows(self._unsettled_of, verdict_is=verdict, after=after, most=limit, origins=origins)
        else:
            rows = self._place.rows(self._unsettled, verdict_is=verdict, after=after, most=limit)
        return [self._outcome(row) for row in rows]

    def how_many(self, verdict: str, first: int, last: int) -> int:
        return int(self._place.rows(self._how_many, verdict_is=verdict, first=first, last=last)[0][0])

    def scoped(self, records: Iterable[str]) -> dict[str, list[ScopedTelling]]:
        return self._scopes.scoped(records)

    def scoped_by(self, messages: Iterable[str]) -> set[str]:
        return self._scopes.scoped_by(messages)

    def closings(self, scopes: Iterable[str], patients: Iterable[str], since: str = "") -> list[Closing]:
        return self._scopes.closings(scopes, patients, since)

    def closings_of(self, messages: Iterable[str]) -> list[Closing]:
        return self._scopes.closings_of(messages)

    def scope_stamps(self, scopes: Iterable[str]) -> dict[str, ScopeStamp]:
        return self._scopes.scope_stamps(scopes)

    def untold(self, closings: Sequence[Closing], *, settled: bool = False) -> set[str]:
        return self._scopes.untold(closings, settled=settled)

    def tallies(self, since: str) -> list[Tally]:
        return self._tallying.days(since)

    def marks(self) -> list[Tally]:
        return self._tallying.marks()

    def dead_after(self, feed: str, position: int) -> int:
        return self._tallying.dead_after(feed, position)

    def counts(self) -> list[tuple[str, str, str, int]]:
        counted: dict[tuple[str, str, str], int] = {}
        for number, verdict, messages in self._place.rows(self._counts):
            feed, source, *_ = self._origins.of(number)
            key = (feed, source.code if source else "", verdict)
            counted[key] = counted.get(key, 0) + messages
        return sorted((*key, messages) for key, messages in counted.items())

    def record(self, type: str, id: str) -> StoredRecord | None:
        found = self.current([id]).get(id)
        return found if found and found.type == type else None

    def current(self, ids: Iterable[str]) -> dict[str, StoredRecord]:
        of = self._origins.of
        return {row[0]: stored_record(row, of(row[1])) for row in self._place.rows(self._current, ids=self._place.listed(ids))}

    def in_brief(self, ids: Iterable[str]) -> dict[str, Brief]:
        of = self._origins.of
        return {row[0]: brief(row, of(row[1])) for row in self._place.rows(self._in_brief, ids=self._place.listed(ids))}

    def writes(self) -> int:
        rows = self._place.rows(self._writes, counter="writes")
        return int(rows[0][0]) if rows else 0

    def last_tellings(self, ids: Iterable[str]) -> dict[str, LastTelling]:
        return {row[0]: last_telling(row) for row in self._place.rows(self._last_tellings, ids=self._place.listed(ids))}

    def of_patients(self, patients: Iterable[str], types: Sequence[str] | None = None) -> list[StoredRecord]:
        return self._persons.of(list(patients), types)

    def forget(self) -> None:
        """Keep nothing that was read in this process."""
        self._persons.forget()

    def totals(self) -> tuple[int, int]:
        [(patients, all)] = self._place.rows(self._totals, origins=self._place.listed(self._origins.of_types(["Patient"])))
        return patients, all

    def version_count(self) -> int:
        return int(self._place.rows(self._versions)[0][0])

    def clear(self) -> None:
        """See the port. Origins stay (they name feeds and organisations, and others hold their numbers), and so does the count of writes,
        so that no stamp is ever given twice. The count moves on: what was worked out from dropped records must not be written."""
        dropped = [table.name for table in record.sorted_tables if table.name not in _LASTING]
        with self._place.writing("records") as writing:
            writing.lock("lane")
            if self._place.sqlite:
                for name in dropped:
                    writing.text(f"DELETE FROM {name}")  # noqa: S608 - names of our own tables
            else:
                writing.text(f"TRUNCATE {', '.join(dropped)}")
            for name in ("lane", *RULES_NAMES):
                writing.text(f"DELETE FROM {counters.name} WHERE name = '{name}'")  # noqa: S608
            writing.text(f"UPDATE {counters.name} SET value = value + 1 WHERE name = 'writes'")  # noqa: S608

    def _outcome(self, row: Any) -> MapOutcome:
        message, position, verdict, patient, number, facts = row
        return map_outcome(message, position, verdict, patient or "", self._origins.of(number), facts)


def _outcomes(of_patients: Any = None) -> Select[Any]:
    """Outcomes: those about the patients named in `of_patients` (see each_name), or all."""
    o = outcomes
    whole = select(_message.c.name, o.c.position, o.c.verdict, _patient.c.name, o.c.origin, o.c.facts)
    if of_patients is None:
        return whole.select_from(o).join(_message, _message.c.id == o.c.message).outerjoin(_patient, _patient.c.id == o.c.patient)
    about = whole.select_from(of_patients).join(_patient, _patient.c.name == of_patients.c.value).join(o, o.c.patient == _patient.c.id)
    return about.join(_message, _message.c.id == o.c.message)
