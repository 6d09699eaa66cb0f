"""The stewards' worklist: pairs of records that await a steward, and one of them side by side. Reads only; the door is hub.stewards."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import NamedTuple

from carehub.hub.explain_link import explain_pair
from carehub.hub.settle_review import at_stake, needs_two, on_pair, reported
from carehub.identity.explaining import Explanation
from carehub.identity.links import Review
from carehub.identity.ruled import reachable
from carehub.identity.rulings import Ruling, stage
from carehub.identity.scales import Scales
from carehub.store.ports import Links, Records
from carehub.terms.errors import Missing
from carehub.terms.issue_catalogue import issue
from carehub.terms.organisations import SourceOrganisation
from carehub.terms.refs import derived_id

MOST = 500
"""So many pairs are shown at once at most."""


@dataclass(frozen=True, slots=True)
class Waiting:
    """A pair that awaits a steward. id: of the review. since: when the later of the two records first came, ISO UTC. stage: see
    rulings.stage. needs_two: two stewards answer blind. mine: whether this steward has answered. flags: flags and plans that the records hold.
    """

    id: str
    review: Review
    since: str
    stage: str
    needs_two: bool
    mine: bool
    flags: int


@dataclass(frozen=True, slots=True)
class Worklist:
    """total: all pairs that wait. pairs: the first of them: those a senior must decide, then the oldest."""

    total: int
    pairs: tuple[Waiting, ...]


@dataclass(frozen=True, slots=True)
class RecordShown:
    """A record of a pair: whose it is, its person, and the source that keeps it."""

    patient: str
    person: str
    source: SourceOrganisation


@dataclass(frozen=True, slots=True)
class Pair:
    """One pair side by side. others: how many records each one's person has besides. Answers of other stewards are not shown while they are
    blind."""

    waiting: Waiting
    explanation: Explanation
    a: RecordShown
    b: RecordShown
    others: tuple[int, int]


def review_id(a: str, b: str) -> str:
    """The id of the review of two records, whichever is named first."""
    return derived_id("review", *sorted((a, b)))


def worklist(user: str, links: Links, records: Records, most: int = MOST) -> Worklist:
    """What waits, for one steward (user id)."""
    waiting = sorted((_asked(review, links) for review in links.reviews()), key=lambda one: (one.stage != "senior", one.since, one.id))
    return Worklist(len(waiting), tuple(_waiting(one, user, links, records) for one in waiting[:most]))


def pair_of(review: str, links: Links) -> Review:
    """The open review of this id. Raises Missing."""
    found = next((one for one in links.reviews() if review_id(one.a, one.b) == review), None)
    if found is None:
        raise Missing(issue("IDN-007"))
    return found


def pair(review: Review, user: str, links: Links, records: Records, scales: Scales | None = None) -> Pair:
    """Both records of a review, side by side; scales: what the lane weighs evidence with. Raises Missing when one of them is gone."""
    told = explain_pair(review.a, review.b, links, scales)
    shown = [_shown(patient, links, records) for patient in (review.a, review.b)]
    others = [len(links.links_of(one.person)) - 1 for one in shown]
    return Pair(_waiting(_asked(review, links), user, links, records), told, shown[0], shown[1], (others[0], others[1]))


class _Asked(NamedTuple):
    """A review and what was answered; what decides its place among the others. id, since, stage: see Waiting."""

    id: str
    review: Review
    since: str
    stage: str
    words: list[Ruling]


def _asked(review: Review, links: Links) -> _Asked:
    named = (review.a, review.b)
    words = on_pair(*named, reachable(named, links.rulings), reported(*named, links))
    firsts = [told[0][1] for told in (links.history(patient) for patient in named) if told]
    return _Asked(review_id(*named), review, max(firsts, default=""), stage(words), words)


def _waiting(one: _Asked, user: str, links: Links, records: Records) -> Waiting:
    a, b = one.review.a, one.review.b
    flags = at_stake(a, b, records)
    mine = any(word.by.user == user and word.taken_back is None for word in one.words)
    return Waiting(one.id, one.review, one.since, one.stage, needs_two(a, b, links, flags), mine, flags)


def _shown(patient: str, links: Links, records: Records) -> RecordShown:
    person = links.person_of([patient]).get(patient)
    brief = records.in_brief([patient]).get(patient)
    if person is None or brief is None:
        raise Missing(issue("API-003"))
    return RecordShown(patient, person, brief.source)


def persons_of(patients: Iterable[str], links: Links) -> list[str]:
    """The persons these records belong to, sorted, for the audit trail."""
    return sorted(set(links.person_of(patients).values()))
