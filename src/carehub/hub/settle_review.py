"""DOOR IN for stewards. A steward's ruling becomes a message of the hub's own feed; the lane then hears it in log order, like any other."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from carehub.feeds.message import Submission
from carehub.hub.rulings_feed import in_words, message_of
from carehub.identity import comparison, ruled
from carehub.identity.rulings import APART, DETACHING, Answer, Report, Ruling, Steward, TakingBack, Word, stage
from carehub.store.ports import Links, Records
from carehub.terms.errors import Missing, Overtaken, Refused, Rejected
from carehub.terms.issue_catalogue import issue

# What would come to stand in another person's record and must not by one steward's slip (SCREENS S8).
_MOVING = ("Flag", "CarePlan")
_DOUBTFUL = {"birth_date": ("differ", "similar", "swapped", "partial"), "gender": ("differ",)}


@dataclass(frozen=True, slots=True)
class Given:
    """An answer as a steward gives it. record, other: Patient record ids; other is "" for UNLINK. reason: in their words; a page never shows it
    to who gives the second answer. opened: the total was looked at first. may_settle: whether they are a senior."""

    answer: Answer
    record: str
    other: str
    reason: str
    opened: bool = False
    may_settle: bool = False


def give(given: Given, by: Steward, *, links: Links, records: Records, now: str) -> Submission:
    """The message of a ruling, to be received. now: ISO UTC.

    It says what its steward saw: who else was in the two persons, and of a reported record all the records it was reported beside. A pair that
    needs two stewards (needs_two) is answered blind; where two blind answers differ, a senior's counts alone. Raises Rejected (IDN-004), Missing
    (API-003) for a record that nobody tells, Overtaken (IDN-002) or Refused as `barred`, Overtaken (IDN-003) when another ruling says otherwise.
    """
    reason = in_words(given.reason, "IDN-004")
    if given.record == given.other or (given.answer is Answer.UNLINK) == bool(given.other):
        raise Rejected(issue("IDN-004"))
    named = [patient for patient in (given.record, given.other) if patient]
    persons = links.person_of(named)
    if len(persons) < len(named):
        raise Missing(issue("API-003"))
    sides = [(patient, *_companions(patient, persons[patient], links)) for patient in named]
    mine, theirs = sides[0], sides[1] if given.other else ()
    together = given.other in mine
    left = tuple(patient for patient in mine[1:] if patient not in theirs) if given.answer in DETACHING else ()
    if together or given.answer in DETACHING:
        mine = mine[:1]
        theirs = theirs[:1] if together else theirs
    standing = ruled.reachable(named, links.rulings)
    report = reported(given.record, given.other, links.reports(named))
    if report and together and given.answer not in DETACHING:
        # Parted from one of them only, it would agree with the others as well, and they would be with neither.
        beside = tuple(patient for patient in report.others if patient in sides[0] and patient not in named)
        mine, theirs = ((*mine, *beside), theirs) if given.other == report.record else (mine, (*theirs, *beside))
    asked = report.id if report else ""
    of_pair = on_pair(given.record, given.other, standing, asked)
    # Taking a record out of a person is never one steward's alone (GOV-16); whoever cannot wait reports it, which hides it at once.
    apart = given.answer is Answer.UNLINK or bool(left) or (together and given.answer in APART)
    blind = apart or (
        given.answer is not Answer.NEVER_LINK
        and (bool(asked) or needs_two(given.record, given.other, links, at_stake(given.record, given.other, records)))
    )
    why_not = barred(of_pair, by.user, blind=blind, may_settle=given.may_settle)
    if why_not:
        raise Overtaken(issue(why_not)) if why_not == "IDN-002" else Refused(issue(why_not))
    senior = blind and stage(of_pair) == "senior"
    ruling = Ruling(given.answer, mine, theirs, by, now, reason, left, blind and not senior, senior, given.opened, asked)
    if _contradicts(ruling, ruled.standing(standing)):
        raise Overtaken(issue("IDN-003"))
    return message_of(Word(ruling), by, now)


def barred(words: Iterable[Ruling], user: str, *, blind: bool, may_settle: bool) -> str:
    """The number of the issue that keeps a steward from answering a pair, "" when nothing does. words: the answers to the pair so far. blind: two
    must answer. A senior who gave one of two answers that disagree does not settle them."""
    standing = [ruling for ruling in words if ruling.taken_back is None]
    at, answered = stage(standing), any(ruling.blind and ruling.by.user == user for ruling in standing)
    if at == "settled":
        return "IDN-002"
    if blind and at == "senior":
        return "IDN-006" if not may_settle else "IDN-011" if answered else ""
    return "IDN-001" if blind and answered else ""


def take_back(ruling: Ruling | None, reason: str, by: Steward, *, now: str) -> Submission:
    """The message that takes a ruling back. Raises Missing (IDN-005) when there is none, or none any more; Rejected (IDN-004) without a reason."""
    told = in_words(reason, "IDN-004")
    if ruling is None or ruling.taken_back is not None:
        raise Missing(issue("IDN-005"))
    return message_of(Word(taking_back=TakingBack(ruling.id, ruling.named, by, now, told)), by, now)


def at_stake(a: str, b: str, records: Records) -> int:
    """How many flags and plans would come to stand in another person's record if two records were one person's."""
    return sum(not record.withdrawn for record in records.of_patients([a, b], _MOVING))


def needs_two(a: str, b: str, links: Links, at_stake: int) -> bool:
    """Whether two stewards must answer, blind to each other: a flag or a plan would move, or the dates of birth or the sexes do not agree."""
    held = links.members([a, b])
    levels = comparison.levels(held[a].demographics, held[b].demographics)
    return at_stake > 0 or any(levels[field] in doubtful for field, doubtful in _DOUBTFUL.items())


def reported(a: str, b: str, reports: Iterable[Report]) -> Report | None:
    """Of these reports the newest, not taken back, that one of the two records does not belong with the other; None when there is none."""
    found = [r for r in reports if r.lifted is None and {r.record, *r.others} >= {a, b}]
    return max(found, key=lambda report: report.position) if found and b else None


def on_pair(a: str, b: str, rulings: Iterable[Ruling], report: str) -> list[Ruling]:
    """Of these rulings the answers to whether two records are one person's, as a report asked it again; "" for as it was asked at first."""
    return [r for r in rulings if r.pair == pair_of(a, b) and r.report == report]


def pair_of(a: str, b: str) -> tuple[str, str]:
    """How a ruling names two records (Ruling.pair)."""
    return (a, b) if a < b or not b else (b, a)


def _companions(patient: str, person: str, links: Links) -> tuple[str, ...]:
    return tuple(link.patient for link in links.links_of(person) if link.patient != patient)


def _contradicts(ruling: Ruling, standing: ruled.Standing) -> bool:
    """Whether a standing ruling on the very records this one names says otherwise."""
    tied = {frozenset((a, b)) for a, b, _ in standing.ties}
    if ruling.answer is Answer.UNLINK:
        return any(ruling.records[0] in pair for pair in tied)
    a, b = ruling.records[0], ruling.others[0]
    if ruling.answer in (Answer.SAME, Answer.LINK):
        return standing.parted(a, b)
    return ruling.answer is not Answer.CANNOT_TELL and standing.held.find(a) == standing.held.find(b)
