"""The hub's own feed of emergency access: asked for, ended, reviewed. Each is a message, so a rebuild hears them all again."""

from __future__ import annotations

from dataclasses import dataclass

from carehub.feeds.message import Message, Submission
from carehub.fhir.canonical import dumps
from carehub.governance.requester import Requester
from carehub.hub.own_feed import of_nobody, own_adapter, word_in

FEED = "governance/emergency-access"
KINDS = {
    "treating": "I am treating this person now and need it for their safety",
    "agrees": "The person is with me and agrees",
    "legal": "Legal duty or serious public interest",
}
ANSWERS = {"appropriate": "Appropriate", "follow-up": "To be followed up"}


@dataclass(frozen=True, slots=True)
class Asked:
    """Emergency access to one person's record. kind: of KINDS. reason: the asker's words. at, until: ISO UTC."""

    person: str
    by: Requester
    kind: str
    reason: str
    at: str
    until: str


@dataclass(frozen=True, slots=True)
class Answer:
    """What was said of it. of: the message that asked. verdict: "ended" (by who asked), or one of ANSWERS (by a privacy officer). at: ISO UTC."""

    of: str
    verdict: str
    words: str
    by: Requester
    at: str


@dataclass(frozen=True, slots=True)
class Word:
    """One message: either."""

    asked: Asked | None = None
    answer: Answer | None = None


def asking(asked: Asked) -> Submission:
    """The message that asks."""
    return Submission(FEED, dumps(Word(asked=asked)), asked.at, asked.by.user, content_type="application/json")


def answering(answer: Answer) -> Submission:
    """The message that answers. Its delivery key lets one access be ended once and reviewed once: the log takes one of two at the same time."""
    key = f"{answer.of}:{'ended' if answer.verdict == 'ended' else 'reviewed'}"
    return Submission(FEED, dumps(Word(answer=answer)), answer.at, answer.by.user, key, content_type="application/json")


def read(body: bytes) -> Word:
    """The word a message tells. Raises ValueError for what is none."""
    word = word_in(body, Word)
    if (word.asked is None) == (word.answer is None):
        raise ValueError("neither asked nor answered, or both")
    return word


def _kind(message: Message) -> str:
    answer = read(message.body).answer
    return answer.verdict if answer else "asked"


ADAPTER = own_adapter(
    FEED,
    of_nobody(_kind),
    speaker="Emergency access",
    title="Emergency access asked for, ended and reviewed",
    domain="https://carehub.example/Id/emergency-access",
    arrives="push",
    messages=("asked", "ended", *ANSWERS),
)
