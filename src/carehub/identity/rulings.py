"""What stewards have said about who is who, and which of their words count. A ruling stands over every rule until it is taken back."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from enum import StrEnum

from carehub.fhir.canonical import dumps, restore


class Answer(StrEnum):
    """SAME, DIFFERENT, CANNOT_TELL: of a pair. LINK: this record belongs to that person and not where rules would put it. UNLINK: it stands
    alone. NEVER_LINK: these two are never one person's, whoever asks. Only CANNOT_TELL changes nothing."""

    SAME = "same"
    DIFFERENT = "different"
    CANNOT_TELL = "cannot-tell"
    LINK = "link"
    UNLINK = "unlink"
    NEVER_LINK = "never-link"


APART = (Answer.DIFFERENT, Answer.NEVER_LINK)
DETACHING = (Answer.LINK, Answer.UNLINK)


@dataclass(frozen=True, slots=True)
class Steward:
    """Who ruled: user id, name as shown, role code of the policy table, organisation code."""

    user: str
    name: str
    role: str
    organisation: str


@dataclass(frozen=True, slots=True)
class TakingBack:
    """That a ruling (its id) counts no more from now on. records: those the ruling names. at: ISO UTC."""

    ruling: str
    records: tuple[str, ...]
    by: Steward
    at: str
    reason: str


@dataclass(frozen=True, slots=True)
class Ruling:
    """One answer of one steward. records: the record it is about, then those that were in its person when it was given; others: the same of
    the other side, () for UNLINK. left: records of the person it was taken out of (LINK, UNLINK). So the ruling says what its steward saw.

    at: ISO UTC. blind: counts only once a second steward, who did not see it, says the same. senior: settles what two blind stewards disagree
    on. opened: the total was looked at before answering. report: the report that asked the question again, "" for none. id, position: of the
    message that told it.
    """

    answer: Answer
    records: tuple[str, ...]
    others: tuple[str, ...]
    by: Steward
    at: str
    reason: str
    left: tuple[str, ...] = ()
    blind: bool = False
    senior: bool = False
    opened: bool = False
    report: str = ""
    id: str = ""
    position: int = 0
    taken_back: TakingBack | None = None

    @property
    def pair(self) -> tuple[str, str]:
        """The two records it is about, in order of id; the second is "" for UNLINK."""
        a, b = self.records[0], self.others[0] if self.others else ""
        return (a, b) if a < b or not b else (b, a)

    @property
    def named(self) -> tuple[str, ...]:
        """Every patient record the ruling speaks of."""
        return tuple(dict.fromkeys((*self.records, *self.others, *self.left)))


class Why(StrEnum):
    """What a reporter thinks is wrong."""

    OTHER_PERSON = "another-person"
    TWO_NUMBERS = "two-numbers"
    SHARED_NUMBER = "shared-number"
    NOT_SURE = "not-sure"


@dataclass(frozen=True, slots=True)
class Report:
    """That a patient record may be another person's. others: the records of the person it was seen in. saw: in the reporter's words. hide: nothing
    of the record is shown with the others until the report is settled. id, position: of the message. lifted: taken back, by whom."""

    record: str
    others: tuple[str, ...]
    why: Why
    saw: str
    hide: bool
    by: Steward
    at: str
    id: str = ""
    position: int = 0
    lifted: TakingBack | None = None


@dataclass(frozen=True, slots=True)
class Word:
    """The body of a message of the hub's own rulings feed: one of the three. A TakingBack takes back a ruling or a report."""

    ruling: Ruling | None = None
    taking_back: TakingBack | None = None
    report: Report | None = None


def written(word: Word) -> bytes:
    """A word as the bytes of its message."""
    return dumps(word)


def read(body: bytes, message: str, position: int) -> Word:
    """A word from the bytes of its message, which gives a ruling its id and position. Raises ValueError for bytes that are no word."""
    word = restore(body, Word)
    ruling = word.ruling
    if sum(said is not None for said in (ruling, word.taking_back, word.report)) != 1:
        raise ValueError("a word is a ruling, takes one back, or is a report")
    if word.report is not None:
        return Word(report=replace(word.report, id=message, position=position, lifted=None))
    if ruling is None:
        return word
    pairs = ruling.answer is not Answer.UNLINK
    if not ruling.records or bool(ruling.others) != pairs or set(ruling.records) & set(ruling.others):
        raise ValueError("a ruling names one record, or two sides that differ")
    return Word(replace(ruling, id=message, position=position, taken_back=None))


def counting(rulings: Iterable[Ruling]) -> list[Ruling]:
    """The rulings that have an effect, oldest first: not taken back, not CANNOT_TELL, and a blind one only as the last of two that agree."""
    standing = sorted((r for r in rulings if r.taken_back is None), key=lambda r: r.position)
    found = [r for r in standing if not r.blind and r.answer is not Answer.CANNOT_TELL]
    blind: dict[tuple[str, str, str], list[Ruling]] = {}
    for ruling in standing:
        if ruling.blind:
            blind.setdefault((*ruling.pair, ruling.report), []).append(ruling)
    for words in blind.values():
        latest = _by_steward(words)
        agreed = {r.answer for r in latest}
        if len(latest) > 1 and len(agreed) == 1 and agreed != {Answer.CANNOT_TELL}:
            found.append(latest[-1])
    return sorted(found, key=lambda r: r.position)


def stage(words: Sequence[Ruling]) -> str:
    """How far the answers to one pair are: "open", "second" (one blind answer), "senior" (blind answers disagree), "more" (more information
    is needed), "settled"."""
    standing = sorted((r for r in words if r.taken_back is None), key=lambda r: r.position)
    if counting(standing):
        return "settled"
    if not standing:
        return "open"
    latest = _by_steward([r for r in standing if r.blind])
    if len({r.answer for r in latest}) > 1:
        return "senior"
    if len(latest) == 1 and standing[-1].blind:
        return "second"
    return "more"


def _by_steward(words: Sequence[Ruling]) -> list[Ruling]:
    """The last word of each steward, oldest first."""
    return sorted({r.by.user: r for r in words}.values(), key=lambda r: r.position)


def unsettled(reports: Iterable[Report], rulings: Sequence[Ruling], person_of: Mapping[str, str]) -> list[Report]:
    """Reports that still stand: not taken back, the record still in one person with a record it was reported beside, and no steward has ruled
    since that the two are the same person. person_of: the person of each record named."""
    words = counting(rulings)
    return [
        report
        for report in reports
        if report.lifted is None
        and any(
            person_of.get(other) == person_of.get(report.record) is not None
            and not any(_confirms(ruling, report, other) for ruling in words)
            for other in report.others
        )
    ]


def _confirms(ruling: Ruling, report: Report, other: str) -> bool:
    sides = (ruling.records, ruling.others)
    across = any(report.record in side and other in sides[1 - n] for n, side in enumerate(sides))
    return ruling.answer in (Answer.SAME, Answer.LINK) and ruling.position > report.position and across
