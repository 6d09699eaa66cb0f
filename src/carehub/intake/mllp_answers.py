"""One frame to its answer: AA after commit and not before, AE when the store cannot take it now, AR for what will never be taken."""

from __future__ import annotations

import secrets
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass
from functools import partial

from carehub.feeds.message import Receipt, Submission
from carehub.intake.acknowledging import Header, acknowledgement, read_header
from carehub.intake.framing import Fault, Frame
from carehub.intake.together import Together
from carehub.terms.errors import CarehubError, Unavailable
from carehub.terms.issue import Issue
from carehub.terms.issue_catalogue import issue

_FAULTS = {Fault.NO_START: ("R", "FEED-022"), Fault.NO_END: ("E", "FEED-021"), Fault.TOO_LONG: ("R", "FEED-020")}


@dataclass(frozen=True, slots=True)
class Terms:
    """What a door takes.

    feed: full name. sender: who is at the other end, for the log. allowed: (MSH-3, MSH-4) of those who may send, by their first components;
    empty for anyone who reaches the port. processing: MSH-11 values that may be sent; empty for any.
    """

    feed: str
    sender: str
    allowed: frozenset[tuple[str, str]] = frozenset()
    processing: frozenset[str] = frozenset()

    def refusal(self, header: Header) -> Issue | None:
        """Why this message is not for this door, before anything of it is stored."""
        heading = header.heading
        if self.allowed and heading.sender not in self.allowed:
            return issue("FEED-011")
        if self.processing and heading.processing and heading.processing not in self.processing:
            return issue("FEED-012")
        return None


class Answers:
    """What a door says. clock: ISO UTC now. note: told what happened in words and counts, never in anybody's data. alarm: told what needs a
    person in the same way: a sender that gives two messages one control id, and a fault of ours."""

    def __init__(
        self, terms: Terms, together: Together, clock: Callable[[], str], note: Callable[[str], None], alarm: Callable[[str], None]
    ) -> None:
        self._terms = terms
        self._together = together
        self._clock = clock
        self._noted = note
        self._alarmed = alarm

    def answer(self, frame: Frame, then: Callable[[bytes], None]) -> None:
        """Store, then acknowledge: `then` is given the answer, unframed, at once or after commit; b"" where there is nothing to answer."""
        header = read_header(frame.body)
        refused = self._refused_unread(frame, header)
        if refused is not None:
            then(refused)
            return
        key = f"{self._terms.sender}|{header.key}" if header is not None and header.control else ""
        submission = Submission(self._terms.feed, frame.body, self._clock(), self._terms.sender, key, "x-application/hl7-v2+er7")
        self._together.store(submission, partial(self._stored, header, then))

    def note(self, words: str) -> None:
        """Write down what happened."""
        # Answers go out though nothing can be written down, for instance because the disk that takes the log is full.
        with suppress(Exception):
            self._noted(words)

    def _refused_unread(self, frame: Frame, header: Header | None) -> bytes | None:
        """The answer to what is not stored; None for what is."""
        if frame.fault is not None:
            letter, number = _FAULTS[frame.fault]
            return self._refused(header, letter, issue(number))
        if header is None:
            return None if frame.body.strip(b" \t\r\n\x00") else self._refused(None, "R", issue("FEED-002"))
        if header.heading.acknowledges:
            self.note("an acknowledgement was sent to us and passed over")
            return b""
        refusal = self._terms.refusal(header)
        return None if refusal is None else self._refused(header, "R", refusal)

    def _stored(self, header: Header | None, then: Callable[[bytes], None], result: Receipt | Exception) -> None:
        then(self._said(header, result))

    def _said(self, header: Header | None, result: Receipt | Exception) -> bytes:
        if isinstance(result, Unavailable):
            return self._refused(header, "E", result.issues[0])
        if isinstance(result, CarehubError):
            if result.issues[0].number == "FEED-003":
                self._alarm(f"{self._terms.sender} sent other bytes under a used control id (FEED-003); they were refused and are not kept")
            return self._refused(header, "R", result.issues[0])
        if isinstance(result, Exception):  # a bug of ours: the sender keeps the message and tries again
            self._alarm(f"storing failed: {type(result).__name__}")
            return self._refused(header, "E", issue("API-008"))
        if header is None:
            return self._refused(None, "R", issue("MAP-001"))
        # Out of the receipt, so that the same message again gets the same acknowledgement.
        return acknowledgement(header, "A", at=result.received_at, id=result.submission.replace("-", "")[:20])

    def _alarm(self, words: str) -> None:
        with suppress(Exception):
            self._alarmed(words)

    def _refused(self, header: Header | None, letter: str, why: Issue) -> bytes:
        self.note(f"answered A{letter}: {why.number}")
        return acknowledgement(header, letter, at=self._clock(), id=secrets.token_hex(10), about=why)
