"""The hub's own feed of changes to the agreements: proposed by one, answered by another. Each is a message, so a rebuild knows what is in force."""

from __future__ import annotations

from dataclasses import dataclass

from carehub.feeds.message import Message, Submission
from carehub.fhir.canonical import dumps
from carehub.governance.requester import Requester
from carehub.hub.own_feed import of_nobody, own_adapter, word_in

FEED = "agreements/changes"
VERDICTS = ("approved", "declined")


@dataclass(frozen=True, slots=True)
class Proposed:
    """A whole file of agreements. over: the proposal that was in force when it was written, "" for the site's file. at: ISO UTC."""

    text: str
    reason: str
    over: str
    by: Requester
    at: str


@dataclass(frozen=True, slots=True)
class Answered:
    """What another said of a proposal. of: its message. verdict: of VERDICTS. at: ISO UTC."""

    of: str
    verdict: str
    words: str
    by: Requester
    at: str


@dataclass(frozen=True, slots=True)
class Change:
    """One message: either."""

    proposed: Proposed | None = None
    answered: Answered | None = None


def message_of(change: Change) -> Submission:
    """A change as the message that tells it. The delivery key of an answer lets a proposal be answered once: the log takes one of two at one time."""
    said = change.proposed or change.answered
    assert said is not None
    key = f"{change.answered.of}:answered" if change.answered else ""
    return Submission(FEED, dumps(change), said.at, said.by.user, key, content_type="application/json")


def read(body: bytes) -> Change:
    """The change a message tells. Raises ValueError for what is none."""
    change = word_in(body, Change)
    if (change.proposed is None) == (change.answered is None):
        raise ValueError("neither proposed nor answered, or both")
    if change.answered and change.answered.verdict not in VERDICTS:
        raise ValueError("neither approved nor declined")
    return change


def _kind(message: Message) -> str:
    answered = read(message.body).answered
    return answered.verdict if answered else "proposed"


ADAPTER = own_adapter(
    FEED,
    of_nobody(_kind),
    speaker="Sharing agreements",
    title="Changes of sharing agreements proposed, approved and declined",
    domain="https://carehub.example/Id/agreements",
    arrives="push",
    messages=("proposed", *VERDICTS),
)
