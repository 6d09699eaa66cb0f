"""Submission, message, receipt: what a source hands over and what we answer. Frozen; ids come from the bytes and keys."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from typing import Literal

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
        return derived_id("submission", self.feed, self.delivery_key or "sha256:" + digest(self.body))


@dataclass(frozen=True, slots=True)
class Message:
    """The smallest unit that is accepted or rejected. position is its place in the log (1, 2, …); body its bytes as received."""

    id: str
    position: int
    submission: str
    part: int
    feed: str
    received_at: str
    body: bytes


def message_id(submission: str, part: int) -> str:
    """The id of the nth part (from 0) of a submission."""
    return derived_id("message", submission, str(part))


@dataclass(frozen=True, slots=True)
class Receipt:
    """Our answer to a submission, given only after commit. The same delivery again gets an equal receipt."""

    submission: str
    feed: str
    received_at: str
    sha256: str
    messages: tuple[str, ...]


Verdict = Literal["accepted", "partly_quarantined", "rejected"]
