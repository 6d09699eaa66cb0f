"""Submission, message, receipt: what a source hands over and what we answer. Frozen; ids come from the bytes and keys."""

from __future__ import annotations

import hashlib
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Literal, get_args, overload

from carehub.terms.refs import derived_id


def digest(body: bytes) -> str:
    """SHA-256 of bytes, 64 hex digits."""
    return hashlib.sha256(body).hexdigest()


@dataclass(frozen=True, slots=True)
class Submission:
    """One hand-over exactly as it came.

    feed: the feed's full name, "gp/structured-record". body: the bytes as received. delivery_key: the sender's own key for this
    hand-over, or "" when it has none; then the bytes identify it. received_at: ISO 8601 UTC, milliseconds. sender: who handed it over
    ("cli", or the credential's name). content_type: as declared, or "".
    """

    feed: str
    body: bytes
    received_at: str
    sender: str
    delivery_key: str = ""
    content_type: str = ""

    @property
    def id(self) -> str:
        return submission_id(self.feed, self.delivery_key, "" if self.delivery_key else digest(self.body))


@dataclass(frozen=True, slots=True)
class Arrival:
    """A hand-over whose bytes are still coming: what a Submission is without its body."""

    feed: str
    received_at: str
    sender: str
    delivery_key: str = ""
    content_type: str = ""

    def whole(self, body: bytes) -> Submission:
        """The submission, now that all its bytes are here."""
        return Submission(self.feed, body, self.received_at, self.sender, self.delivery_key, self.content_type)


def submission_id(feed: str, delivery_key: str, sha256: str) -> str:
    """The id of a submission: from the sender's key, or from the bytes when there is none."""
    return derived_id("submission", feed, delivery_key or "sha256:" + sha256)


@dataclass(frozen=True, slots=True)
class Message:
    """The smallest unit that is accepted or rejected. position is its place in the log (1, 2, …); body its bytes as received. disposed: the proposal
    under which it was disposed of, "" where it was not; then body is b"", whether its bytes are destroyed already or not."""

    id: str
    position: int
    submission: str
    part: int
    feed: str
    received_at: str
    body: bytes
    disposed: str = ""


def message_id(submission: str, part: int) -> str:
    """The id of the nth part (from 0) of a submission."""
    return derived_id("message", submission, str(part))


_MOST_HELD = 1000


@dataclass(frozen=True, slots=True)
class MessageIds(Sequence[str]):
    """The ids of a submission's messages, made when asked for: a file may hold millions."""

    submission: str
    parts: int

    def __len__(self) -> int:
        return self.parts

    @overload
    def __getitem__(self, at: int) -> str: ...
    @overload
    def __getitem__(self, at: slice) -> tuple[str, ...]: ...
    def __getitem__(self, at: int | slice) -> str | tuple[str, ...]:
        parts = range(self.parts)[at]
        return message_id(self.submission, parts) if isinstance(parts, int) else tuple(message_id(self.submission, part) for part in parts)

    def __iter__(self) -> Iterator[str]:
        return (message_id(self.submission, part) for part in range(self.parts))


def message_ids(submission: str, count: int) -> Sequence[str]:
    """The ids of all messages of a submission, in order."""
    return tuple(message_id(submission, part) for part in range(count)) if count <= _MOST_HELD else MessageIds(submission, count)


@dataclass(frozen=True, slots=True)
class Receipt:
    """Our answer to a submission, given only after commit. The same delivery again gets an equal receipt."""

    submission: str
    feed: str
    received_at: str
    sha256: str
    messages: Sequence[str]


Verdict = Literal["accepted", "partly_quarantined", "rejected"]
VERDICTS: tuple[Verdict, ...] = get_args(Verdict)
