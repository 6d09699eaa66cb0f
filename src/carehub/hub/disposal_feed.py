"""The hub's own feed of disposals: proposed by one privacy officer, approved by another, begun, done. Each is a message, so what was begun goes on
whatever process ended, and the log says for ever what was destroyed, by which schedule and on whose word."""

from __future__ import annotations

from dataclasses import dataclass

from carehub.feeds.message import Message, Submission
from carehub.fhir.canonical import dumps, known
from carehub.governance.requester import Requester
from carehub.hub.own_feed import of_nobody, own_adapter, word_in
from carehub.terms.moments import instant, valid_date

FEED = "disposals/retention"


@dataclass(frozen=True, slots=True)
class Leaving:
    """A person all of whose records are due. patients: ids of their patient records; classes: of the schedule, of each; messages: every one that tells
    of them, in log order."""

    person: str
    patients: tuple[str, ...]
    classes: tuple[str, ...]
    messages: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Proposed:
    """What is to be destroyed: exactly this, and nothing that comes later. day: on which it was due, by the schedule of this version. counts: (class,
    records). left: (why, persons) of those of whom something is due and who are left out. reason: of who proposes it. expires, at: ISO UTC."""

    version: str
    day: str
    leaving: tuple[Leaving, ...]
    counts: tuple[tuple[str, int], ...]
    left: tuple[tuple[str, int], ...]
    reason: str
    expires: str
    by: Requester
    at: str


@dataclass(frozen=True, slots=True)
class Approved:
    """That another privacy officer agrees. of: the proposal's message. at: ISO UTC."""

    of: str
    by: Requester
    at: str


@dataclass(frozen=True, slots=True)
class Begun:
    """From here on it is not taken back. persons: of the proposal, those who were still due. left: (person, why) of the others. submissions: whose bytes are
    destroyed, because they speak of nobody else. kept: how many messages are disposed of in submissions that others keep."""

    of: str
    persons: tuple[str, ...]
    left: tuple[tuple[str, str], ...]
    submissions: tuple[str, ...]
    kept: int
    by: Requester
    at: str


@dataclass(frozen=True, slots=True)
class Done:
    """That nothing of it is left to do. at: ISO UTC."""

    of: str
    by: Requester
    at: str


@dataclass(frozen=True, slots=True)
class DisposalWord:
    """One message: one of them."""

    proposed: Proposed | None = None
    approved: Approved | None = None
    begun: Begun | None = None
    done: Done | None = None


def message_of(word: DisposalWord) -> Submission:
    """A word as the message that tells it. Its delivery key lets the log take one approval, one beginning and one end of each proposal."""
    for name, said in (("approved", word.approved), ("begun", word.begun), ("done", word.done)):
        if said is not None:
            return Submission(FEED, dumps(word), said.at, said.by.user, f"{said.of}:{name}", content_type="application/json")
    assert word.proposed is not None
    return Submission(FEED, dumps(word), word.proposed.at, word.proposed.by.user, content_type="application/json")


def read(body: bytes) -> DisposalWord:
    """The word a message tells. Raises ValueError for what is none."""
    word = word_in(body, DisposalWord)
    told = [said for said in (word.proposed, word.approved, word.begun, word.done) if said is not None]
    if len(told) != 1 or not instant(told[0].at):
        raise ValueError("not one word about a disposal")
    proposed = word.proposed
    if proposed and not (proposed.version and proposed.leaving and valid_date(proposed.day) and instant(proposed.expires)):
        raise ValueError("a proposal lacks what it needs")
    if not proposed and not getattr(told[0], "of", ""):
        raise ValueError("a word of no proposal")
    return word


def _kind(message: Message) -> str:
    word = read(message.body)
    return "proposed" if word.proposed else "approved" if word.approved else "begun" if word.begun else "done"


ADAPTER = own_adapter(
    FEED,
    of_nobody(_kind),
    speaker="Disposals",
    title="Disposals by the retention schedule proposed, approved, begun and done",
    domain="https://carehub.example/Id/disposal",
    arrives="push",
    messages=("proposed", "approved", "begun", "done"),
)

known(DisposalWord)
