"""The hub's own feed of what a batch linkage proposed: pairs of patient records. Each lot is a message, so a rebuild hears them all again."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from carehub.feeds.message import Message, Submission
from carehub.fhir.canonical import dumps, known
from carehub.hub.own_feed import heard, of_nobody, own_adapter, word_in
from carehub.identity.proposals import Proposal, a_name
from carehub.store.ports import MessageLog
from carehub.store.stored import MapOutcome

FEED = "linkage/proposals"


@dataclass(frozen=True, slots=True)
class Lot:
    """Pairs (record, record, probability from 0 to 1; the first record sorts first) that one linkage proposed. tool, model: what it was made with. by:
    who brought them (user id); at: when, ISO UTC."""

    tool: str
    model: str
    pairs: tuple[tuple[str, str, float], ...]
    by: str
    at: str


def message_of(lot: Lot) -> Submission:
    """A lot as the message that tells it."""
    return Submission(FEED, dumps(lot), lot.at, lot.by, content_type="application/json")


def read(body: bytes) -> Lot:
    """The lot a message tells. Raises ValueError for what is none."""
    lot = word_in(body, Lot)
    if not (lot.pairs and lot.at and a_name(lot.tool) and a_name(lot.model)):
        raise ValueError("no lot of proposals")
    if not all(a and a < b and 0 <= probability <= 1 for a, b, probability in lot.pairs):
        raise ValueError("a pair is two records in order, with a probability")
    return lot


def proposals(outcomes: Iterable[MapOutcome], log: MessageLog) -> list[Proposal]:
    """What is proposed by those of these messages that are of this feed."""
    told = [outcome.message for outcome in outcomes if outcome.feed == FEED and outcome.verdict == "accepted"]
    return [one for lot in heard(log.read(told).values(), FEED, _proposed) for one in lot] if told else []


def _proposed(body: bytes, message: str, position: int) -> list[Proposal]:
    lot = read(body)
    return [Proposal(a, b, probability, lot.tool, lot.model, lot.by, lot.at, position) for a, b, probability in lot.pairs]


def _kind(message: Message) -> str:
    read(message.body)
    return "proposed"


ADAPTER = own_adapter(
    FEED,
    of_nobody(_kind),
    speaker="A batch linkage",
    title="Pairs of records that a batch linkage proposed",
    domain="https://carehub.example/Id/linkage",
    arrives="push",
    messages=("proposed",),
)

known(Lot)
