"""The stewards' worklist: pairs of records that await a steward, and one of them side by side. Reads only; the door is hub.stewards."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from carehub.hub.explain_link import explain_pair
from carehub.hub.settle_review import needs_two, reachable
from carehub.identity.explaining import Explanation
from carehub.identity.links import Review
from carehub.identity.rulings import stage
from carehub.store.ports import Links, Records
from carehub.terms.errors import Missing
from carehub.terms.issue_catalogue import issue
from carehub.terms.organisations import SourceOrganisation
from carehub.terms.refs import derived_id

# SCREENS S8: a pair is to be decided within two working days.
MOST = 500


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
    """total: all pairs that wait. pairs: the oldest of them, those a senior must decide first."""

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
    waiting = links.reviews()
    found = [_waiting(review, user, links, records) for review in waiting[:most]]
    return Worklist(len(waiting), tuple(sorted(found, key=lambda one: (one.stage != "senior", one.since, one.id))))


def pair_of(review: str, links: Links) -> Review:
    """The open review of this id. Raises Missing."""
    found = next((one for one in links.reviews() if review_id(one.a, one.b) == review), None)
    if found is None:
        raise Missing(issue("IDN-007"))
    return found


def pair(review: Review, user: str, links: Links, records: Records) -> Pair:
    """Both records of a review, side by side. Raises Missing when one of them is gone."""
    told = explain_pair(review.a, review.b, links)
    shown = [_shown(patient, links, records) for patient in (review.a, review.b)]
    others = [len(links.links_of(one.person)) - 1 for one in shown]
    return Pair(_waiting(review, user, links, records), told, shown[0], shown[1], (others[0], others[1]))


def _waiting(review: Review, user: str, links: Links, records: Records) -> Waiting:
    named = (review.a, review.b)
    words = [ruling for ruling in reachable(named, links.rulings) if ruling.pair == named]
    firsts = [told[0][1] for told in (links.history(patient) for patient in named) if told]
    mine = any(word.by.user == user and word.taken_back is None for word in words)
    moving = sum(not record.withdrawn for record in records.of_patients(named, ("Flag", "CarePlan")))
    two = needs_two(*named, links, records)
    return Waiting(review_id(*named), review, max(firsts, default=""), stage(words), two, mine, moving)


def _shown(patient: str, links: Links, records: Records) -> RecordShown:
    person = links.person_of([patient]).get(patient)
    brief = records.in_brief([patient]).get(patient)
    if person is None or brief is None:
        raise Missing(issue("API-003"))
    return RecordShown(patient, person, brief.source)


def persons_of(patients: Iterable[str], links: Links) -> list[str]:
    """The persons these records belong to, sorted, for the audit trail."""
    return sorted(set(links.person_of(patients).values()))
