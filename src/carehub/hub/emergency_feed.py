"""The hub's own feed of emergency access: asked for, ended, reviewed. Each is a message, so a rebuild hears them all again."""

from __future__ import annotations

from dataclasses import dataclass

from carehub.feeds.mapped import Mapped
from carehub.feeds.message import Message, Submission
from carehub.fhir.canonical import dumps, restore
from carehub.fhir.gate import read_json
from carehub.governance.requester import Requester
from carehub.hub.own_feed import own_adapter
from carehub.terms.errors import CarehubError, Unreadable
from carehub.terms.issue_catalogue import issue
from carehub.terms.organisations import SourceKind, SourceOrganisation

FEED = "governance/emergency-access"
KINDS = {
    "treating": "I am treating this person now and need it for their safety",
    "agrees": "The person is with me and agrees",
    "legal": "Legal duty or serious public interest",
}
ANSWERS = {"appropriate": "Appropriate", "follow-up": "To be followed up"}
_HUB = SourceOrganisation("carehub", "carehub", SourceKind.NATIONAL)


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


def asking(told: Asked) -> Submission:
    """The message that asks."""
    return Submission(FEED, dumps(Word(asked=told)), told.at, told.by.user, content_type="application/json")


def answering(told: Answer) -> Submission:
    """The message that answers. Its delivery key lets one access be ended once and reviewed once: the log takes one of two at the same time."""
    key = f"{told.of}:{'ended' if told.verdict == 'ended' else 'reviewed'}"
    return Submission(FEED, dumps(Word(answer=told)), told.at, told.by.user, key, content_type="application/json")


def read(body: bytes) -> Word:
    """The word a message tells. Raises ValueError for what is none."""
    try:
        word = restore(dumps(read_json(body)), Word)
    except CarehubError:
        raise ValueError("not a word about emergency access") from None
    if (word.asked is None) == (word.answer is None):
        raise ValueError("neither asked nor answered, or both")
    return word


def map_message(message: Message) -> Mapped:
    """It adds nothing to anybody's record. Raises Unreadable for a message that is no such word."""
    try:
        word = read(message.body)
    except (ValueError, TypeError, KeyError):
        raise Unreadable(issue("MAP-001")) from None
    return Mapped(source=_HUB, patient=None, kind=word.answer.verdict if word.answer else "asked", recorded="", records=())


ADAPTER = own_adapter(
    FEED,
    map_message,
    speaker="Emergency access",
    title="Emergency access asked for, ended and reviewed",
    domain="https://carehub.example/Id/emergency-access",
    arrives="push",
    messages=("asked", "ended", *ANSWERS),
)
