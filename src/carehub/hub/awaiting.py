"""Which questions await a steward: pairs that rules ask about, and records that a reader reported as another person's. Reads only."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import NamedTuple

from carehub.hub.settle_review import on_pair, reported
from carehub.identity.links import MatchResult, Review
from carehub.identity.rulings import Report, Ruling, counting, stage, unsettled
from carehub.store.ports import Links
from carehub.terms.errors import Missing
from carehub.terms.issue_catalogue import issue
from carehub.terms.refs import derived_id

REPORTED = "wrong-match-reported"
_BECAUSE = "A reader reported that one of the two may be another person's record."


class Question(NamedTuple):
    """Two records, and whether they are one person's. id: of the review. since: when the later record first came, or when it was reported, ISO
    UTC. stage: see rulings.stage. words: the answers so far. report: what asked, None where rules did."""

    id: str
    review: Review
    since: str
    stage: str
    words: list[Ruling]
    report: Report | None


def review_id(a: str, b: str) -> str:
    """The id of the review of two records, whichever is named first."""
    return derived_id("review", *sorted((a, b)))


def questions(links: Links) -> list[Question]:
    """All that wait: reports first, then those that a senior must decide, then the oldest."""
    answers: dict[tuple[str, str], list[Ruling]] = {}
    for ruling in links.rulings():
        answers.setdefault(ruling.pair, []).append(ruling)
    found = [_of_report(report, other, answers) for report, other in _reported(links)]
    told = links.reports()
    found += [_of_review(review, answers, told, links) for review in links.reviews()]
    return sorted(found, key=lambda one: (one.report is None, one.stage != "senior", one.since, one.id))


def question(id: str, links: Links) -> Question:
    """The one of this id. Raises Missing: IDN-012 for one that other identity rules ended, else IDN-007."""
    for report, other in _reported(links):
        if review_id(report.record, other) == id:
            return _of_report(report, other, _answers(report.record, other, links))
    for review in links.reviews():
        if review_id(review.a, review.b) == id:
            return _of_review(review, _answers(review.a, review.b, links), links.reports([review.a, review.b]), links)
    raise Missing(issue("IDN-012" if links.closed_review(id) else "IDN-007"))


def reports_alone(links: Links) -> tuple[Report, ...]:
    """Reports of records that had no other beside them: no steward's answer can part them from anything, only their source can be asked."""
    return tuple(report for report in links.reports() if report.lifted is None and not report.others)


def last_decided(links: Links) -> str:
    """When a steward last decided anything that still stands, ISO UTC; "" for never."""
    return max((ruling.at for ruling in counting(links.rulings())), default="")


def _reported(links: Links) -> list[tuple[Report, str]]:
    """The newest standing report of each record, with the record that stewards are shown beside it."""
    told = [report for report in links.reports() if report.lifted is None and report.others]
    if not told:
        return []
    person_of = links.person_of({patient for report in told for patient in (report.record, *report.others)})
    standing = unsettled(told, links.rulings({report.record for report in told}), person_of)
    return [(report, _beside(report, person_of)) for report in {report.record: report for report in standing}.values()]


def _beside(report: Report, person_of: Mapping[str, str]) -> str:
    """The first of the others that is still in one person with the record."""
    return next(other for other in report.others if person_of.get(other) == person_of.get(report.record))


def _answers(a: str, b: str, links: Links) -> dict[tuple[str, str], list[Ruling]]:
    a, b = sorted((a, b))
    return {(a, b): [ruling for ruling in links.rulings([a]) if ruling.pair == (a, b)]}


def _of_report(report: Report, other: str, answers: Mapping[tuple[str, str], list[Ruling]]) -> Question:
    a, b = sorted((report.record, other))
    words = on_pair(a, b, answers.get((a, b), ()), report.id)
    review = Review(a, b, MatchResult.MATCH, REPORTED, _BECAUSE)
    return Question(review_id(a, b), review, report.at, stage(words), words, report)


def _of_review(review: Review, answers: Mapping[tuple[str, str], list[Ruling]], reports: Sequence[Report], links: Links) -> Question:
    named = (review.a, review.b)
    report = reported(*named, reports)
    words = on_pair(*named, answers.get(named, ()), report.id if report else "")
    firsts = [history[0][1] for history in map(links.history, named) if history]
    return Question(review_id(*named), review, max(firsts, default=""), stage(words), words, None)
