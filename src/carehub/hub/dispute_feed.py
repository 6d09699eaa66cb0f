"""The hub's own feed of what people dispute in their records: said, and withdrawn. Each is a message, so a rebuild hears them all again."""

from __future__ import annotations

from dataclasses import dataclass

from carehub.careplan.disputes import Dispute, Withdrawal
from carehub.feeds.message import Message, Submission
from carehub.fhir.canonical import dumps, known
from carehub.hub.own_feed import of_nobody, own_adapter, word_in
from carehub.terms.moments import instant

FEED = "rights/disputes"


@dataclass(frozen=True, slots=True)
class Word:
    """One message: either."""

    dispute: Dispute | None = None
    withdrawal: Withdrawal | None = None


def disputing(dispute: Dispute) -> Submission:
    """The message that says it. Its delivery key is its place among the disputes of its record, so of two at once the log takes one."""
    key = f"{dispute.record}:{dispute.number}"
    return Submission(FEED, dumps(Word(dispute=dispute)), dispute.at, dispute.by.user, key, content_type="application/json")


def withdrawing(withdrawal: Withdrawal) -> Submission:
    """The message that withdraws one; the log takes one for each."""
    body = dumps(Word(withdrawal=withdrawal))
    return Submission(FEED, body, withdrawal.at, withdrawal.by.user, f"{withdrawal.of}:withdrawn", content_type="application/json")


def read(body: bytes) -> Word:
    """The word a message tells. Raises ValueError for what is none."""
    word = word_in(body, Word)
    said, taken = word.dispute, word.withdrawal
    if (said is None) == (taken is None):
        raise ValueError("neither said nor withdrawn, or both")
    needed = (said.record, said.words, said.said_to, said.told_in, instant(said.at), said.number > 0) if said else (taken and taken.of,)
    if not all(needed):
        raise ValueError("a dispute lacks what it needs")
    return word


def _kind(message: Message) -> str:
    return "withdrawn" if read(message.body).withdrawal else "disputed"


ADAPTER = own_adapter(
    FEED,
    of_nobody(_kind),
    speaker="What people dispute in their records",
    title="What people dispute in their records",
    domain="https://carehub.example/Id/dispute",
    arrives="push",
    messages=("disputed", "withdrawn"),
)

known(Word)
