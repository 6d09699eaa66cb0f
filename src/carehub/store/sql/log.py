"""MessageLog in SQL. Submissions are stored once; a message that is a slice of its submission is stored as the slice's place."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from sqlalchemy import func, literal_column, select, union_all

from carehub.feeds.message import Message, Receipt, digest, message_ids
from carehub.fhir.canonical import dumps
from carehub.store.sql.disposal_tables import disposed
from carehub.store.sql.places import Place
from carehub.store.sql.slices import cover, cut, slices
from carehub.store.sql.statements import argument, one_of
from carehub.store.sql.streams import SqlStreams, heads_of, highest, runs
from carehub.store.sql.tables import chunks, messages, submissions
from carehub.store.sql.writing import Writing
from carehub.store.stored import Delivery, MessageHead
from carehub.store.streaming import CHUNK
from carehub.terms.errors import Overtaken
from carehub.terms.issue_catalogue import issue


class SqlLog:
    """carehub.store.ports.MessageLog."""

    def __init__(self, place: Place, streams: SqlStreams) -> None:
        self._place = place
        self._streams = streams
        s, m, c, dialect = submissions, messages, chunks, place.dialect
        head = select(s.c.submission, s.c.feed, s.c.received_at, s.c.sha256, s.c.parts)
        self._receipts = place.prepare(head.where(one_of(s.c.submission, dialect)))
        self._highest = place.prepare(highest())
        self._highest_submission = place.prepare(select(func.coalesce(func.max(s.c.id), 0)))
        self._insert_submissions = place.inserting(s)
        self._insert_messages = place.inserting(m)
        self._insert_chunks = place.inserting(c)
        self._body = place.prepare(select(s.c.id, s.c.body).where(s.c.submission == argument("submission_is")))
        self._all_chunks = place.prepare(select(c.c.body).where(c.c.submission == argument("submission_is")).order_by(c.c.chunk))
        self._some_chunks = place.prepare(
            select(c.c.chunk, c.c.body).where(
                c.c.submission == argument("submission_is"), c.c.chunk >= argument("first"), c.c.chunk <= argument("last")
            )
        )
        self._messages = place.prepare(
            select(
                m.c.message,
                m.c.position,
                s.c.submission,
                m.c.part,
                s.c.feed,
                s.c.received_at,
                m.c.start,
                m.c.length,
                m.c.body,
                s.c.id,
                s.c.size,
                disposed.c.proposal,
            )
            .join(s, s.c.id == m.c.submission)
            .outerjoin(disposed, disposed.c.message == m.c.message)
            .where(one_of(m.c.message, dialect))
        )
        self._position = place.prepare(select(m.c.position).where(m.c.message == argument("message_is")))
        self._small_bodies = place.prepare(select(s.c.id, s.c.body).where(one_of(s.c.id, dialect)))
        heads = (
            select(m.c.position, literal_column("0").label("last"), m.c.message, s.c.feed)
            .join(s, s.c.id == m.c.submission)
            .where(m.c.position > argument("after"))
            .order_by(m.c.position)
            .limit(argument("most"))
        )
        # One question, so that both halves are of one moment: a position must never be seen before a lower one.
        self._heads = place.prepare(union_all(select(heads.subquery()), select(runs().subquery())))

    def append(self, deliveries: Sequence[Delivery]) -> list[Receipt]:
        """See the port. Positions are given under a lock held until commit, so a later one is never visible before an earlier one."""
        known: dict[str, Receipt] = {}
        shas = [digest(delivery.submission.body) for delivery in deliveries]
        ids = [delivery.submission.id for delivery in deliveries]
        placed = [slices(delivery.submission.body, delivery.parts) for delivery in deliveries]
        if not deliveries:
            return []
        with self._place.writing("log") as writing:
            for row in writing.rows(self._receipts, ids=self._place.listed(ids)):
                known[row[0]] = _receipt(row)
            fresh = []
            for delivery, id, sha, places in zip(deliveries, ids, shas, placed, strict=True):
                held = known.get(id)
                if held is None:
                    said = delivery.submission
                    known[id] = _receipt((id, said.feed, said.received_at, sha, len(delivery.parts)))
                    fresh.append((delivery, known[id], places))
                elif held.sha256 != sha:
                    raise Overtaken(issue("FEED-003"))
            if fresh:
                self._write(writing, fresh)
        return [known[id] for id in ids]

    def _write(self, writing: Writing, fresh: list[tuple[Delivery, Receipt, list[tuple[int, int] | None]]]) -> None:
        position = max(*writing.rows(self._highest)[0])
        [(number,)] = writing.rows(self._highest_submission)
        submission_rows, message_rows, chunk_rows = [], [], []
        for delivery, receipt, places in fresh:
            number += 1
            said = delivery.submission
            envelope = dumps([said.sender, said.delivery_key, said.content_type])
            small = len(said.body) <= CHUNK
            row = (number, receipt.submission, said.feed, said.received_at, receipt.sha256, len(receipt.messages), len(said.body), envelope)
            submission_rows.append((*row, said.body if small else None))
            if not small:
                chunk_rows += [(number, n, body) for n, body in enumerate(cut(said.body))]
            for part, (id, body, place) in enumerate(zip(receipt.messages, delivery.parts, places, strict=True)):
                position += 1
                start, length = place or (0, 0)
                message_rows.append((position, id, number, part, start, length, None if place else body))
        writing.many(self._insert_submissions, submission_rows)
        writing.many(self._insert_chunks, chunk_rows)
        writing.many(self._insert_messages, message_rows)

    def receipt(self, submission: str) -> Receipt | None:
        rows = self._place.rows(self._receipts, ids=self._place.listed([submission]))
        return _receipt(rows[0]) if rows else None

    def submission_body(self, submission: str) -> bytes | None:
        rows = self._place.rows(self._body, submission_is=submission)
        if not rows:
            return None
        number, body = rows[0]
        if body is not None:
            return bytes(body)
        return b"".join(chunk for (chunk,) in self._place.rows(self._all_chunks, submission_is=number)) or self._streams.body(number)

    def read(self, messages: Iterable[str]) -> dict[str, Message]:
        ids = list(messages)
        rows = self._place.rows(self._messages, ids=self._place.listed(ids))
        small = {row[9] for row in rows if row[8] is None and row[10] <= CHUNK and not row[11]}
        bodies: dict[int, bytes] = dict(self._place.rows(self._small_bodies, ids=self._place.listed(small))) if small else {}
        found = {}
        for id, position, submission, part, feed, received_at, start, length, own, number, size, gone in rows:
            if gone or own is not None:
                body = b"" if gone else own
            elif size <= CHUNK:
                body = bodies[number][start : start + length]
            else:
                body = self._slice(number, start, length)
            found[id] = Message(id, position, submission, part, feed, received_at, body, gone or "")
        if missing := [id for id in ids if id not in found]:
            found.update(self._streams.read(missing))
        return found

    def _slice(self, number: int, start: int, length: int) -> bytes:
        if not length:
            return b""
        first, last = cover(start, length)
        held = dict(self._place.rows(self._some_chunks, submission_is=number, first=first, last=last))
        joined = b"".join(held[n] for n in range(first, last + 1))
        return joined[start - first * CHUNK : start - first * CHUNK + length]

    def heads(self, after: int, limit: int) -> list[MessageHead]:
        found: list[MessageHead] = []
        for first, last, id, feed in sorted(self._place.rows(self._heads, after=after, most=limit)):
            if len(found) == limit:
                break
            if last:
                found += heads_of(first, last, id, feed, after, limit - len(found))
            else:
                found.append(MessageHead(first, id, feed))
        return found

    def position(self, message: str) -> int:
        rows = self._place.rows(self._position, message_is=message)
        return int(rows[0][0]) if rows else self._streams.position(message)

    def last_position(self) -> int:
        return int(max(*self._place.rows(self._highest)[0]))


def _receipt(row: Sequence[object]) -> Receipt:
    submission, feed, received_at, sha256, parts = row
    # Message ids follow from the submission and the part, so a receipt needs no look at its messages.
    return Receipt(str(submission), str(feed), str(received_at), str(sha256), message_ids(str(submission), int(str(parts))))
