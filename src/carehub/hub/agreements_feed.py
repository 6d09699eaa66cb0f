"""The hub's own feed of changes to the agreements: proposed by one, answered by another. Each is a message, so a rebuild knows what is in force."""

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

FEED = "agreements/changes"
VERDICTS = ("approved", "declined")
_HUB = SourceOrganisation("carehub", "carehub", SourceKind.NATIONAL)


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


def message_of(told: Change) -> Submission:
    """A change as the message that tells it. The delivery key of an answer lets a proposal be answered once: the log takes one of two at one time."""
    said = told.proposed or told.answered
    assert said is not None
    key = f"{told.answered.of}:answered" if told.answered else ""
    return Submission(FEED, dumps(told), said.at, said.by.user, key, content_type="application/json")


def read(body: bytes) -> Change:
    """The change a message tells. Raises ValueError for what is none."""
    try:
        told = restore(dumps(read_json(body)), Change)
    except CarehubError:
        raise ValueError("not a change of agreements") from None
    if (told.proposed is None) == (told.answered is None):
        raise ValueError("neither proposed nor answered, or both")
    if told.answered and told.answered.verdict not in VERDICTS:
        raise ValueError("neither approved nor declined")
    return told


def map_message(message: Message) -> Mapped:
    """It adds nothing to anybody's record. Raises Unreadable for a message that is no change."""
    try:
        told = read(message.body)
    except (ValueError, TypeError, KeyError):
        raise Unreadable(issue("MAP-001")) from None
    return Mapped(source=_HUB, patient=None, kind=told.answered.verdict if told.answered else "proposed", recorded="", records=())


ADAPTER = own_adapter(
    FEED,
    map_message,
    speaker="Sharing agreements",
    title="Changes of sharing agreements proposed, approved and declined",
    domain="https://carehub.example/Id/agreements",
    arrives="push",
    messages=("proposed", *VERDICTS),
)
