"""The hub's own feed of legal holds: placed, and lifted by another. Each is a message, so a rebuild knows what must not be disposed of."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

from carehub.feeds.message import Message, Submission
from carehub.fhir.canonical import dumps, known
from carehub.governance.requester import Requester
from carehub.hub.own_feed import of_nobody, own_adapter, word_in
from carehub.terms.moments import instant, valid_date

FEED = "retention/holds"

Scope = Literal["person", "feed", "class"]


@dataclass(frozen=True, slots=True)
class Placed:
    """Nothing of this is disposed of, whatever the schedule says. of: the person's id as it was then, the full name of a feed, or the key of a class.
    patients: ids of the person's patient records then, by which the hold follows them however the hub comes to call the person. holder: who asked for it
    by name, such as an inquiry. review: the day on which it is looked at again, YYYY-MM-DD. at: ISO UTC."""

    scope: Scope
    of: str
    patients: tuple[str, ...]
    holder: str
    reason: str
    review: str
    by: Requester
    at: str


@dataclass(frozen=True, slots=True)
class Lifted:
    """That a hold is over. of: the message that placed it. at: ISO UTC."""

    of: str
    reason: str
    by: Requester
    at: str


@dataclass(frozen=True, slots=True)
class HoldWord:
    """One message: either."""

    placed: Placed | None = None
    lifted: Lifted | None = None


def placing(placed: Placed) -> Submission:
    """The message that places one."""
    return Submission(FEED, dumps(HoldWord(placed=placed)), placed.at, placed.by.user, content_type="application/json")


def lifting(lifted: Lifted) -> Submission:
    """The message that lifts one; the log takes one for each."""
    return Submission(
        FEED, dumps(HoldWord(lifted=lifted)), lifted.at, lifted.by.user, f"{lifted.of}:lifted", content_type="application/json"
    )


def read(body: bytes) -> HoldWord:
    """The word a message tells. Raises ValueError for what is none."""
    word = word_in(body, HoldWord)
    placed, lifted = word.placed, word.lifted
    if (placed is None) == (lifted is None):
        raise ValueError("neither placed nor lifted, or both")
    if placed and not (placed.of and placed.holder and placed.reason and valid_date(placed.review) and instant(placed.at)):
        raise ValueError("a hold lacks what it needs")
    if lifted and not (lifted.of and lifted.reason and instant(lifted.at)):
        raise ValueError("a lifting lacks what it needs")
    return word


def _kind(message: Message) -> str:
    return "lifted" if read(message.body).lifted else "placed"


ADAPTER = own_adapter(
    FEED,
    of_nobody(_kind),
    speaker="Legal holds",
    title="Legal holds placed and lifted",
    domain="https://carehub.example/Id/legal-hold",
    arrives="push",
    messages=("placed", "lifted"),
)

known(HoldWord)
