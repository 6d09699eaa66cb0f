"""Disposal in SQL."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable

from sqlalchemy import delete, or_, select, update

from carehub.feeds.message import message_ids
from carehub.fhir.canonical import dumps, loads
from carehub.store.disposing import Order, Tombstone
from carehub.store.sql.disposal_tables import disposed, tombstones
from carehub.store.sql.near_key_table import neighbours
from carehub.store.sql.places import Place
from carehub.store.sql.statements import argument, one_of
from carehub.store.sql.subscription_tables import outbox
from carehub.store.sql.tables import (
    chunks,
    link_history,
    marks,
    messages,
    persons,
    redirects,
    stream_chunks,
    stream_messages,
    streams,
    submissions,
)


class SqlDisposal:
    """carehub.store.disposing.Disposal. forget_read: called when what was read in this process must not stay in it."""

    def __init__(self, log: Place, record: Place, forget_read: Callable[[], None]) -> None:
        self._log, self._record, self._forget_read = log, record, forget_read
        d, t, s, dialect = disposed, tombstones, submissions, log.dialect
        number = argument("number_is")
        self._mark = log.inserting(d, update=())
        self._marked = log.prepare(select(d.c.message).where(one_of(d.c.message, dialect)))
        self._bury = log.inserting(t)
        self._buried = log.prepare(select(t.c.submission).where(t.c.submission == number))
        told = select(s.c.submission, s.c.feed, s.c.received_at, s.c.sha256, t.c.proposal, t.c.version, t.c.at)
        self._tombstones = log.prepare(told.join(t, t.c.submission == s.c.id).where(one_of(s.c.submission, dialect)))
        self._submission = log.prepare(select(s.c.id, s.c.parts, s.c.envelope).where(s.c.submission == argument("submission_is")))
        of_stream = select(streams.c.id).where(streams.c.submission == number)
        blank = {"start": 0, "length": 0, "body": b""}
        self._blank = log.prepare(update(messages).where(one_of(messages.c.message, dialect)).values(blank))
        self._destroy = [
            log.prepare(clause)
            for clause in (
                delete(chunks).where(chunks.c.submission == number),
                update(stream_messages).where(stream_messages.c.stream.in_(of_stream)).values(blank),
                delete(stream_chunks).where(stream_chunks.c.stream.in_(of_stream)),
                update(streams).where(streams.c.submission == number).values(head=b""),
            )
        ]
        self._empty = log.prepare(update(s).where(s.c.id == number).values(body=b"", envelope=argument("envelope_is")))
        h, near, r = link_history, neighbours, redirects
        self._forget_patients = [record.prepare(delete(table).where(one_of(table.c.patient, dialect))) for table in (h, near)]
        alike = [(table, one_of(table.c.person, dialect)) for table in (marks, outbox, persons)]
        led = or_(one_of(r.c.person, dialect), one_of(r.c.other, dialect))
        self._forget_persons = [record.prepare(delete(table).where(which)) for table, which in [*alike, (r, led)]]

    def mark(self, messages: Collection[str], order: Order) -> None:
        with self._log.writing("log") as writing:
            writing.many(self._mark, [(id, order.proposal, order.version, order.at) for id in messages])

    def marked(self, messages: Iterable[str]) -> set[str]:
        return {id for (id,) in self._log.rows(self._marked, ids=self._log.listed(messages))}

    def destroy(self, submission: str, order: Order) -> None:
        with self._log.writing("log") as writing:
            found = writing.rows(self._submission, submission_is=submission)
            if not found or writing.rows(self._buried, number_is=found[0][0]):
                return
            [(number, parts, envelope)] = found
            if self._log.sqlite:
                writing.text("PRAGMA secure_delete=ON")
            by = (order.proposal, order.version, order.at)
            ids = message_ids(submission, parts)
            writing.many(self._mark, [(id, *by) for id in ids])
            writing.run(self._blank, ids=self._log.listed(ids))
            for statement in self._destroy:
                writing.run(statement, number_is=number)
            sender, _, content_type = loads(bytes(envelope))
            writing.run(self._empty, number_is=number, envelope_is=dumps([sender, "", content_type]))
            writing.many(self._bury, [(number, *by)])

    def tombstones(self, submissions: Iterable[str]) -> dict[str, Tombstone]:
        rows = self._log.rows(self._tombstones, ids=self._log.listed(submissions))
        return {
            id: Tombstone(id, feed, received_at, sha256, Order(proposal, version, at))
            for id, feed, received_at, sha256, proposal, version, at in rows
        }

    def forget(self, patients: Collection[str], persons: Collection[str]) -> None:
        with self._record.writing("lane") as writing:
            if self._record.sqlite:
                writing.text("PRAGMA secure_delete=ON")
            for statement in self._forget_patients:
                writing.run(statement, ids=self._record.listed(patients))
            for statement in self._forget_persons:
                writing.run(statement, ids=self._record.listed(persons))
        self._forget_read()

    def scrub(self) -> None:
        for place in {self._log, self._record}:
            place.scrub()
