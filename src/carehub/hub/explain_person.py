"""Why the records of a person are joined: each with its source, what holds it, what was reported of it, and whose it has been. Reads only; the door
is hub.stewards."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace

from carehub.fhir.canonical import loads
from carehub.fhir.resource import many
from carehub.hub import explain_link
from carehub.hub.rulings_feed import FEED
from carehub.hub.shielding import restricted, shielded
from carehub.identity import ruled, rules
from carehub.identity.demographics import Demographics
from carehub.identity.explaining import Explanation
from carehub.identity.links import Link, LinkSource, MatchResult, Member
from carehub.identity.rulings import Report, Ruling, TakingBack, counting, read, unsettled
from carehub.identity.scales import Scales
from carehub.store.ports import Links, MessageLog, Records
from carehub.terms.errors import Missing
from carehub.terms.issue_catalogue import issue
from carehub.terms.organisations import SourceOrganisation

_NHS_NUMBER = "https://fhir.nhs.uk/Id/nhs-number"
# Every two records of a person are judged to say what holds each one; a person of more is told only what its own link says.
_MOST_JUDGED = 30


@dataclass(frozen=True, slots=True)
class Hold:
    """Another record of the person (its id and source) that would hold this one by itself, with the rule and its sentence."""

    record: str
    source: str
    rule: str
    because: str


@dataclass(frozen=True, slots=True)
class Turn:
    """That a record came to belong to a person. here: to the one that is explained. at: ISO UTC; position: of the message in the log. by: "automatic"
    or who said so, with their role and their reason; back: it followed from taking a ruling back."""

    position: int
    at: str
    person: str
    here: bool
    rule: str
    because: str
    by: str
    role: str = ""
    reason: str = ""
    back: bool = False


@dataclass(frozen=True, slots=True)
class Told:
    """A report of a wrong match as a reader of the record sees it. stands: not settled and not taken back. at, lifted_at: ISO UTC."""

    id: str
    why: str
    saw: str
    by: str
    role: str
    at: str
    hide: bool
    stands: bool
    lifted_by: str = ""
    lifted_at: str = ""
    lifted_reason: str = ""


@dataclass(frozen=True, slots=True)
class Ruled:
    """A ruling in force that names records of the person."""

    id: str
    answer: str
    records: tuple[str, ...]
    others: tuple[str, ...]
    by: str
    role: str
    at: str
    reason: str


@dataclass(frozen=True, slots=True)
class Reason:
    """One record of a person. number: the source's own for it, "". link: as it stands. since: ISO UTC, "". decided_by: "automatic" or the stewards.
    explanation: against the record that it is linked with; None where it stands alone, or is hidden from who asks. holds: what else would hold
    it. hidden: nothing of it is shown until a report is settled. turns: every person it belonged to, oldest first.
    """

    record: str
    source: SourceOrganisation
    number: str
    link: Link
    since: str
    decided_by: str
    explanation: Explanation | None
    holds: tuple[Hold, ...]
    reports: tuple[Told, ...]
    hidden: bool
    turns: tuple[Turn, ...]


@dataclass(frozen=True, slots=True)
class Joined:
    """person: as it is called now. records: all it has. former: records that once were its, or that a ruling parted it from, with their turns.
    rulings: in force. automatic, review: bits from which a link needs nobody and from which a steward is asked, None where nothing is weighed.
    protected: a source marks one of the records as restricted, so that no address is shown."""

    person: str
    records: tuple[Reason, ...]
    former: tuple[Reason, ...]
    rulings: tuple[Ruled, ...]
    automatic: float | None
    review: float | None
    protected: bool


def explain_person(
    person: str, links: Links, records: Records, log: MessageLog, scales: Scales | None, *, unseen: Collection[str] = ()
) -> Joined:
    """Everything that holds a person together. unseen: hidden records whose values are not for who asks. Raises Missing for an unknown person."""
    current = links.current_person(person) or person
    standing = {link.patient: link for link in links.links_of(current)}
    if not standing:
        raise Missing(issue("API-003"))
    words = ruled.reachable(standing, links.rulings)
    once = sorted({patient for ruling in links.rulings(standing) for patient in ruling.named} - standing.keys())
    closed = restricted([*standing, *once], records)
    desk = _Desk(current, links, log, scales, frozenset(unseen), closed)
    told = desk.reasons(standing, words, records)
    elsewhere = {
        link.patient: link for of in links.links_of_each(links.person_of(once).values()).values() for link in of if link.patient in once
    }
    former = [one for one in desk.reasons(elsewhere, words, records, parted=True) if any(turn.here for turn in one.turns)]
    zones = scales.settings.zones if scales else None
    in_force = [_ruled(ruling) for ruling in counting(words) if standing.keys() & set(ruling.named)]
    return Joined(
        current,
        tuple(told),
        tuple(former),
        tuple(in_force),
        zones.auto if zones else None,
        zones.review if zones else None,
        closed,
    )


@dataclass(frozen=True, slots=True)
class _Desk:
    """What every record of one person is explained with."""

    person: str
    links: Links
    log: MessageLog
    scales: Scales | None
    unseen: frozenset[str]
    closed: bool

    def reasons(self, standing: Mapping[str, Link], words: Sequence[Ruling], records: Records, *, parted: bool = False) -> Iterator[Reason]:
        held, bodies = self.links.members(standing), records.current(standing)
        named = {patient: bodies[patient].source.title for patient in standing}
        reports = self.links.reports(standing)
        beside = {other for report in reports for other in report.others}
        person_of = {patient: link.person for patient, link in standing.items()} | self.links.person_of(beside - standing.keys())
        stands = {report.id for report in unsettled(reports, words, person_of)}
        for patient, link in standing.items():
            told = [report for report in reports if report.record == patient]
            explained = None if parted or patient in self.unseen else self._explained(patient)
            turns = tuple(self._turns(patient))
            yield Reason(
                record=patient,
                source=bodies[patient].source,
                number="" if parted or patient in self.unseen else _number(bodies[patient].body),
                link=link,
                since=explained.since if explained and explained.since else turns[-1].at if turns else "",
                decided_by=explained.decided_by if explained else turns[-1].by if turns else "automatic",
                explanation=explained,
                holds=() if parted or patient in self.unseen else tuple(self._holds(patient, held, named, words)),
                reports=tuple(_told(report, report.id in stands) for report in told),
                hidden=any(report.hide and report.id in stands for report in told),
                turns=turns,
            )

    def _explained(self, patient: str) -> Explanation | None:
        found = explain_link.explain_link(patient, self.links, self.scales, but=self.unseen)
        return shielded(found) if found and self.closed else found

    def _holds(self, patient: str, held: Mapping[str, Member], named: Mapping[str, str], words: Sequence[Ruling]) -> Iterator[Hold]:
        if len(held) > _MOST_JUDGED:
            return
        tied = {frozenset((a, b)) for a, b, _ in ruled.standing(words).ties}
        merged = {frozenset((merge.surviving, merge.subsumed)) for merge in self.links.merges_of([patient]) if not merge.undone}
        for other, member in held.items():
            pair = frozenset((patient, other))
            if other == patient or other in self.unseen:
                continue
            if pair in tied:
                yield Hold(other, named[other], "steward", "A steward ruled that the two are one person's.")
            elif pair in merged:
                yield Hold(other, named[other], "source-merge", "The source merged the two records.")
            else:
                found = self._judge(held[patient].demographics, member.demographics)
                if found.result is MatchResult.MATCH:
                    yield Hold(other, named[other], found.rule, found.because)

    def _judge(self, a: Demographics, b: Demographics) -> rules.Judgement:
        return self.scales.judge(a, b) if self.scales else rules.judge(a, b)

    def _turns(self, patient: str) -> Iterator[Turn]:
        """A link that was only weighed anew, in the same person by the same rule, is no turn."""
        before: tuple[str, str, str] | None = None
        for position, at, link in self.links.history(patient):
            if link.result is MatchResult.MATCH and (link.person, link.rule, link.ruling) != before:
                before = (link.person, link.rule, link.ruling)
                turn = Turn(position, at, link.person, link.person == self.person, link.rule, link.because, "automatic")
                yield _said(turn, link, self.log, self.links)


def _said(turn: Turn, link: Link, log: MessageLog, links: Links) -> Turn:
    """The turn with whose word it was: that of the message at its place in the log, where that is a steward's."""
    heads = [head for head in log.heads(turn.position - 1, 1) if head.position == turn.position and head.feed == FEED]
    word = read(log.read([heads[0].id])[heads[0].id].body, heads[0].id, turn.position) if heads else None
    said = word.ruling or word.taking_back if word else None
    if said is None and link.source is LinkSource.MANUAL:
        said = next((ruling for ruling in links.rulings([link.patient]) if ruling.id == link.ruling), None)
    if said is None:
        return turn
    return replace(turn, by=said.by.name, role=said.by.role, reason=said.reason, back=isinstance(said, TakingBack))


def _told(report: Report, stands: bool) -> Told:
    lifted = report.lifted
    by = (report.by.name, report.by.role, report.at, report.hide, stands)
    if lifted is None:
        return Told(report.id, report.why.value, report.saw, *by)
    return Told(report.id, report.why.value, report.saw, *by, lifted.by.name, lifted.at, lifted.reason)


def _ruled(ruling: Ruling) -> Ruled:
    return Ruled(ruling.id, ruling.answer.value, ruling.records, ruling.others, ruling.by.name, ruling.by.role, ruling.at, ruling.reason)


def _number(body: bytes) -> str:
    """The source's own number for a patient record, the first that is no NHS number; "" for none."""
    told: Iterable[object] = many(loads(body), "identifier")
    found = (
        str(one.get("value", "")) for one in told if isinstance(one, dict) and one.get("system") != _NHS_NUMBER and one.get("use") != "old"
    )
    return next((value for value in found if value), "")
