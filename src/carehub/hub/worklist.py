"""The stewards' worklist, and one of its pairs side by side. Reads only; the door is hub.stewards."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from carehub.hub.awaiting import Question, last_decided, questions, reports_alone
from carehub.hub.explain_link import explain_pair
from carehub.hub.nearby import Neighbour, nearby
from carehub.hub.settle_review import at_stake, barred, needs_two
from carehub.hub.shielding import restricted, shielded
from carehub.identity.demographics import Demographics
from carehub.identity.explaining import Explanation
from carehub.identity.links import Review
from carehub.identity.rulings import Report
from carehub.identity.scales import Scales
from carehub.store.ports import Links, Records
from carehub.terms.errors import Missing
from carehub.terms.issue_catalogue import issue
from carehub.terms.organisations import SourceOrganisation

MOST = 500
"""So many pairs are shown at once at most."""


@dataclass(frozen=True, slots=True)
class Waiting:
    """A pair that awaits a steward. id, review, since, stage, report: see awaiting.Question. needs_two: two stewards answer blind. own: the id of
    this steward's standing answer, "". barred: the number of the issue that keeps them from answering, "". flags: flags and plans that the
    records hold.
    """

    id: str
    review: Review
    since: str
    stage: str
    needs_two: bool
    own: str
    barred: str
    flags: int
    report: Report | None = None

    @property
    def mine(self) -> bool:
        """Whether this steward has answered."""
        return bool(self.own)


@dataclass(frozen=True, slots=True)
class Worklist:
    """total: all pairs that wait; urgent: of them, reports of a wrong match. oldest: since when the oldest waits, ISO UTC, "". pairs: the first
    of them, as awaiting.questions. alone: see awaiting.reports_alone. decided: when a steward last decided anything, ISO UTC, ""."""

    total: int
    urgent: int
    oldest: str
    pairs: tuple[Waiting, ...]
    alone: tuple[Report, ...]
    decided: str


@dataclass(frozen=True, slots=True)
class RecordShown:
    """A patient record: its person, the source that keeps it, and what it says of itself."""

    patient: str
    person: str
    source: SourceOrganisation
    says: Demographics


@dataclass(frozen=True, slots=True)
class Pair:
    """One pair side by side. Of a reported pair, a is the record that was reported. others: the records that go with each one: of a reported
    record none, of what it is reported beside the rest. near: who else is at each one's address. protected: a source marks one of them as
    restricted, so no address is shown. Answers of other stewards are not shown while they are blind."""

    waiting: Waiting
    explanation: Explanation
    a: RecordShown
    b: RecordShown
    others: tuple[tuple[RecordShown, ...], tuple[RecordShown, ...]]
    near: tuple[tuple[Neighbour, ...], tuple[Neighbour, ...]]
    protected: bool

    @property
    def concerned(self) -> frozenset[str]:
        """Every person of whom the page shows something, for the audit trail."""
        return frozenset({self.a.person, self.b.person, *(one.person for side in self.near for one in side)})


def worklist(user: str, links: Links, records: Records, most: int = MOST, *, senior: bool = False) -> Worklist:
    """What waits, for one steward (user id). senior: whether they may settle what two disagree on."""
    asked = questions(links)
    return Worklist(
        total=len(asked),
        urgent=sum(one.report is not None for one in asked),
        oldest=min((one.since for one in asked if one.since), default=""),
        pairs=tuple(waiting(one, user, links, records, senior=senior) for one in asked[:most]),
        alone=reports_alone(links),
        decided=last_decided(links),
    )


def next_after(id: str, user: str, links: Links, records: Records, *, senior: bool = False) -> str:
    """The first question after this one, in the order of the list, that the steward may answer; "" for none. id: "" for the start of the list."""
    asked = questions(links)
    start = next((at + 1 for at, one in enumerate(asked) if one.id == id), 0)
    return next((one.id for one in asked[start:] if not waiting(one, user, links, records, senior=senior).barred), "")


def waiting(one: Question, user: str, links: Links, records: Records, *, senior: bool) -> Waiting:
    """A question as it stands for one steward."""
    a, b = one.review.a, one.review.b
    flags = at_stake(a, b, records)
    blind = one.report is not None or needs_two(a, b, links, flags)
    own = next((word.id for word in reversed(one.words) if word.by.user == user and word.taken_back is None), "")
    why_not = barred(one.words, user, blind=blind, may_settle=senior)
    return Waiting(one.id, one.review, one.since, one.stage, blind, own, why_not, flags, one.report)


def pair(asked: Question, user: str, links: Links, records: Records, scales: Scales | None = None, *, senior: bool = False) -> Pair:
    """Both records of a question, side by side; scales: what the lane weighs evidence with. Raises Missing when one of them is gone."""
    report, first, second = asked.report, asked.review.a, asked.review.b
    if report is not None and report.record == second:
        first, second = second, first
    told = explain_pair(first, second, links, scales)
    [a], [b] = shown([first], links, records), shown([second], links, records)
    sides = [[link.patient for link in links.links_of(one.person) if link.patient not in (first, second)] for one in (a, b)]
    if a.person == b.person:
        sides[0] = []
    protected = restricted([first, second, *sides[0], *sides[1]], records)
    near = [nearby(one.says, {a.person, b.person}, links) if not protected else () for one in (a, b)]
    return Pair(
        waiting(asked, user, links, records, senior=senior),
        shielded(told) if protected else told,
        a,
        b,
        (shown(sides[0], links, records), shown(sides[1], links, records)),
        (near[0], near[1]),
        protected,
    )


def shown(patients: Iterable[str], links: Links, records: Records) -> tuple[RecordShown, ...]:
    """These records, in the order given. Raises Missing when one of them is gone."""
    named = list(patients)
    held, briefs = links.members(named), records.in_brief(named)
    if not held.keys() >= set(named) or not briefs.keys() >= set(named):
        raise Missing(issue("API-003"))
    return tuple(RecordShown(patient, held[patient].person, briefs[patient].source, held[patient].demographics) for patient in named)


def persons_of(patients: Iterable[str], links: Links) -> list[str]:
    """The persons these records belong to, sorted, for the audit trail."""
    return sorted(set(links.person_of(patients).values()))
