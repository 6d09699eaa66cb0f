"""Streams in SQL: staging, and reading what was staged once it is part of the log."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from hashlib import blake2b
from typing import Any
from uuid import uuid4

from sqlalchemy import Select, delete, func, select, update

from carehub.feeds.message import Arrival, Message, Receipt, message_id, message_ids, submission_id
from carehub.fhir.canonical import dumps
from carehub.store.sql.disposal_tables import disposed
from carehub.store.sql.places import Place
from carehub.store.sql.slices import cover, cut
from carehub.store.sql.statements import Statement, argument, one_of
from carehub.store.sql.tables import messages, stream_chunks, stream_messages, streams, submissions
from carehub.store.stored import MessageHead
from carehub.store.streaming import CHUNK, Piece
from carehub.terms.errors import Overtaken, StoreBusy
from carehub.terms.issue_catalogue import issue

STAGED, FINISHED, DISCARDED = 0, 1, 2
_CHUNKS_AT_ONCE = 64
_MESSAGES_AT_ONCE = 5000


class SqlStreams:
    """carehub.store.streaming.Streams, and the streamed part of the log for SqlLog."""

    def __init__(self, place: Place) -> None:
        self._place = place
        s, c, m, sub, dialect = streams, stream_chunks, stream_messages, submissions, place.dialect
        self._insert = place.inserting(s)
        self._insert_chunks = place.inserting(c)
        self._insert_messages = place.inserting(m)
        self._insert_submission = place.inserting(sub)
        staged = (s.c.id == argument("stream_is"), s.c.state == argument("staged"))
        self._touch = place.prepare(update(s).where(*staged).values(touched=argument("now")).returning(s.c.id))
        self._mark = place.prepare(update(s).where(*staged).values(state=argument("mark")).returning(s.c.id))
        finished = {name: argument(f"its_{name}") for name in ("submission", "first", "last", "head")}
        self._finish = place.prepare(update(s).where(*staged).values(state=argument("mark"), **finished).returning(s.c.id))
        self._known = place.prepare(
            select(sub.c.feed, sub.c.received_at, sub.c.sha256, sub.c.parts).where(sub.c.submission == argument("id_is"))
        )
        self._highest = place.prepare(highest())
        self._highest_submission = place.prepare(select(func.coalesce(func.max(sub.c.id), 0)))
        self._chunks = place.prepare(
            select(c.c.chunk, c.c.body)
            .where(c.c.stream == argument("stream_is"), c.c.chunk >= argument("first"), c.c.chunk <= argument("last"))
            .order_by(c.c.chunk)
        )
        self._body = place.prepare(
            select(c.c.body).join(s, s.c.id == c.c.stream).where(s.c.submission == argument("submission_is")).order_by(c.c.chunk)
        )
        self._found = place.prepare(
            select(
                sub.c.submission,
                m.c.part,
                s.c.id,
                s.c.first,
                sub.c.feed,
                sub.c.received_at,
                m.c.start,
                m.c.length,
                m.c.headed,
                m.c.body,
                s.c.head,
            )
            .select_from(m)
            .join(s, s.c.id == m.c.stream)
            .join(sub, sub.c.id == s.c.submission)
            .where(one_of(m.c.key, dialect))
        )
        self._disposed = place.prepare(select(disposed.c.message, disposed.c.proposal).where(one_of(disposed.c.message, dialect)))
        self._position = place.prepare(
            select(sub.c.submission, m.c.part, s.c.first)
            .select_from(m)
            .join(s, s.c.id == m.c.stream)
            .join(sub, sub.c.id == s.c.submission)
            .where(m.c.key == argument("key_is"))
        )
        left = (s.c.state == argument("mark")) | ((s.c.state == argument("staged")) & (s.c.touched < argument("before")))
        self._left = place.prepare(select(s.c.id).where(left))
        self._drop_chunks = place.prepare(delete(c).where(c.c.stream == argument("stream_is"), c.c.chunk < argument("below")))
        self._drop_messages = place.prepare(delete(m).where(m.c.stream == argument("stream_is"), m.c.part < argument("below")))
        self._drop = place.prepare(delete(s).where(s.c.id == argument("stream_is"), s.c.state == argument("mark")))
        self._lowest_chunk = place.prepare(select(func.min(c.c.chunk)).where(c.c.stream == argument("stream_is")))
        self._lowest_message = place.prepare(select(func.min(m.c.part)).where(m.c.stream == argument("stream_is")))

    # ---- staging ----

    def begin(self, now: str) -> int:
        # Not the next number: a number must never be given again to another while a discarded stream's sender still writes.
        stream = uuid4().int >> 66
        with self._place.writing() as writing:
            writing.many(self._insert, [(stream, STAGED, now, None, None, None, None)])
        return stream

    def add(self, stream: int, at: int, body: bytes, now: str) -> None:
        self._write(stream, self._insert_chunks, [(stream, at // CHUNK + n, chunk) for n, chunk in enumerate(cut(body))], now)

    def add_pieces(self, stream: int, submission: str, first: int, pieces: Sequence[Piece], now: str) -> None:
        rows = [
            (stream, part, _key(message_id(submission, part)), piece.start, piece.length, int(piece.headed), piece.body)
            for part, piece in enumerate(pieces, first)
        ]
        self._write(stream, self._insert_messages, rows, now)

    def _write(self, stream: int, statement: Any, rows: list[tuple[Any, ...]], now: str) -> None:
        with self._place.writing() as writing:
            if not writing.rows(self._touch, stream_is=stream, staged=STAGED, now=now):
                raise StoreBusy(issue("STORE-001"))
            writing.many(statement, rows)

    def bytes_at(self, stream: int, at: int, length: int) -> bytes:
        if length <= 0:
            return b""
        first, last = cover(at, length)
        held = self._place.rows(self._chunks, stream_is=stream, first=first, last=last)
        return b"".join(body for _, body in held)[at - first * CHUNK :][:length]

    def finish(self, stream: int, arrival: Arrival, sha256: str, size: int, parts: int, head: bytes) -> Receipt:
        id = submission_id(arrival.feed, arrival.delivery_key, sha256)
        receipt = Receipt(id, arrival.feed, arrival.received_at, sha256, message_ids(id, parts))
        envelope = dumps([arrival.sender, arrival.delivery_key, arrival.content_type])
        with self._place.writing("log") as writing:
            known = writing.rows(self._known, id_is=id)
            if not known:
                position = max(*writing.rows(self._highest)[0])
                [(number,)] = writing.rows(self._highest_submission)
                row = (number + 1, id, arrival.feed, arrival.received_at, sha256, parts, size, envelope, None)
                writing.many(self._insert_submission, [row])
                run = {"its_submission": number + 1, "its_first": position + 1, "its_last": position + parts, "its_head": head}
                if not writing.rows(self._finish, stream_is=stream, staged=STAGED, mark=FINISHED, **run):
                    raise StoreBusy(issue("STORE-001"))
        if known:
            self.discard(stream)
            feed, received_at, sha, count = known[0]
            if sha != sha256:
                raise Overtaken(issue("FEED-003"))
            return Receipt(id, feed, received_at, sha, message_ids(id, count))
        return receipt

    def discard(self, stream: int) -> None:
        with self._place.writing() as writing:
            if not writing.rows(self._mark, stream_is=stream, staged=STAGED, mark=DISCARDED):
                return
        self._clear(stream)

    def discard_before(self, moment: str) -> int:
        left = [stream for (stream,) in self._place.rows(self._left, mark=DISCARDED, staged=STAGED, before=moment)]
        for stream in left:
            with self._place.writing() as writing:
                writing.rows(self._mark, stream_is=stream, staged=STAGED, mark=DISCARDED)
            self._clear(stream)
        return len(left)

    def _clear(self, stream: int) -> None:
        """A little at a time, so that nobody waits long. Nothing can be added to a stream once it is marked."""
        self.drop_pieces(stream)
        self._empty(stream, self._lowest_chunk, self._drop_chunks, _CHUNKS_AT_ONCE)
        with self._place.writing() as writing:
            writing.run(self._drop, stream_is=stream, mark=DISCARDED)

    def drop_pieces(self, stream: int) -> None:
        self._empty(stream, self._lowest_message, self._drop_messages, _MESSAGES_AT_ONCE)

    def _empty(self, stream: int, lowest: Statement, drop: Statement, at_once: int) -> None:
        while (least := self._place.rows(lowest, stream_is=stream)[0][0]) is not None:
            with self._place.writing() as writing:
                writing.run(drop, stream_is=stream, below=least + at_once)

    # ---- the streamed part of the log ----

    def body(self, submission: int) -> bytes:
        return b"".join(body for (body,) in self._place.rows(self._body, submission_is=submission))

    def read(self, ids: Iterable[str]) -> dict[str, Message]:
        """Messages by id. Unknown ids are absent."""
        wanted = set(ids)
        rows = self._place.rows(self._found, ids=self._place.listed(_key(id) for id in wanted))
        found: dict[str, Message] = {}
        gone: dict[str, str] = dict(self._place.rows(self._disposed, ids=self._place.listed(wanted))) if rows else {}
        at, held = (-1, -1, -1), b""
        for submission, part, stream, first, feed, received_at, start, length, headed, own, head in sorted(
            rows, key=lambda row: (row[2], row[1])
        ):
            id = message_id(submission, part)
            if id not in wanted:
                continue
            if id in gone:
                found[id] = Message(id, first + part, submission, part, feed, received_at, b"", gone[id])
                continue
            if own is None:
                # Neighbours lie in one chunk: it is read once for all of them.
                if (place := (stream, *cover(start, length))) != at:
                    at, held = place, self.bytes_at(stream, place[1] * CHUNK, (place[2] - place[1] + 1) * CHUNK)
                begins = start - at[1] * CHUNK
                own = held[begins : begins + length]
            found[id] = Message(id, first + part, submission, part, feed, received_at, (head if headed else b"") + own)
        return found

    def position(self, message: str) -> int:
        """A message's place in the log, 0 when it is unknown."""
        rows = self._place.rows(self._position, key_is=_key(message))
        return next((first + part for submission, part, first in rows if message_id(submission, part) == message), 0)


def runs() -> Select[Any]:
    """(first, last, submission, feed) of streams with a message behind the position `after`, at most `most`."""
    s, sub = streams, submissions
    found = select(s.c.first, s.c.last, sub.c.submission, sub.c.feed).join(sub, sub.c.id == s.c.submission)
    return found.where(s.c.last > argument("after")).order_by(s.c.last).limit(argument("most"))


def heads_of(first: int, last: int, submission: str, feed: str, after: int, limit: int) -> list[MessageHead]:
    """A stream's messages with position > after, in order."""
    start = max(first, after + 1)
    return [MessageHead(at, message_id(submission, at - first), feed) for at in range(start, min(last + 1, start + limit))]


def highest() -> Any:
    """SELECT of the highest position of a message that came whole and of a streamed one, each 0 when there is none."""
    whole = func.coalesce(select(func.max(messages.c.position)).scalar_subquery(), 0)
    streamed = func.coalesce(select(func.max(streams.c.last)).scalar_subquery(), 0)
    return select(whole.label("whole"), streamed.label("streamed"))


def _key(id: str) -> int:
    return int.from_bytes(blake2b(id.encode(), digest_size=8).digest(), signed=True)
