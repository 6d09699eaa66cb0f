"""Why somebody is on the caseload: the rules of the site's criteria over the evidence of a record, each told as a sentence with source and date.

Never a score: what is listed is what was told, and the days it was told of (design UI-39).
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from itertools import groupby

from carehub.caseload.criteria import Criteria, Threshold
from carehub.caseload.evidence import ADMITTED, FRAIL, RULES, Evidence, Rule, marked
from carehub.terms.moments import days_of, show_date
from carehub.terms.organisations import SourceOrganisation


@dataclass(frozen=True, slots=True)
class Reason:
    """One rule that holds. sentence: with source and date. day: of the newest evidence, "" where no source gives one. since: the day by which enough of
    it had come, of the evidence that counts today, "". evidence: the newest first."""

    rule: Rule
    sentence: str
    day: str
    since: str
    evidence: tuple[Evidence, ...]


def reasons(found: Iterable[Evidence], criteria: Criteria, today: date) -> tuple[Reason, ...]:
    """The rules that hold on a day in London, in their order; none where nothing speaks for a place on the list.

    An admission counts once however often it was told: on one day at one hospital there is one, and a transfer from a stay that was going on begins none.
    A day that is told as a month or a year counts where it may lie within the days that the rule asks for.
    """
    told = tuple(found)
    held = ((rule, criteria.rules[rule], _counting(told, rule, criteria.rules[rule], today)) for rule in RULES if rule in criteria.rules)
    return tuple(_reason(rule, threshold, counted) for rule, threshold, counted in held if len(counted) >= threshold.at_least)


def possible(marks: str, criteria: Criteria, today: date) -> bool:
    """Whether a rule may hold for a record of which an index keeps these marks: never False where `reasons` finds one in a part of that record."""
    told = marked(marks)
    return any(
        sum(rule == of and _within(day, threshold, today) for of, day in told) >= threshold.at_least
        for rule, threshold in criteria.rules.items()
    )


def _counting(told: Sequence[Evidence], rule: Rule, threshold: Threshold, today: date) -> list[Evidence]:
    counted = sorted((one for one in told if one.rule == rule and _within(one.day, threshold, today)), key=_order, reverse=True)
    if rule != ADMITTED:
        return counted
    once = {(one.source.code, one.day): one for one in reversed(counted)}.values()
    return [one for one in counted if one in once and not (one.moved and any(_went_on(other, one) for other in told))]


def _order(one: Evidence) -> tuple[str, str]:
    return one.day, one.record


def _went_on(stay: Evidence, moved: Evidence) -> bool:
    """Whether a stay that is known to have ended was going on when somebody was moved, and is not that stay."""
    if stay.rule != ADMITTED or stay.record == moved.record:
        return False
    return stay.day < moved.day <= stay.until or (stay.day == moved.day and not stay.moved)


def _within(day: str, threshold: Threshold, today: date) -> bool:
    if not threshold.within_days:
        return True
    may_be = days_of(day)
    return may_be is not None and may_be[0] <= today and may_be[1] > today - timedelta(days=threshold.within_days)


def _reason(rule: Rule, threshold: Threshold, counted: Sequence[Evidence]) -> Reason:
    return Reason(rule, _sentence(rule, threshold, counted), counted[0].day, counted[-threshold.at_least].day, tuple(counted))


def _sentence(rule: Rule, threshold: Threshold, counted: Sequence[Evidence]) -> str:
    if rule == ADMITTED:
        times = f"{len(counted)} unplanned admission{'' if len(counted) == 1 else 's'} in the last {threshold.within_days} days"
        return f"{times}: {_by_source(counted, words=False)}"
    return _by_source(counted) if rule == FRAIL else f"Care package changed: {_by_source(counted)}"


def _by_source(counted: Sequence[Evidence], *, words: bool = True) -> str:
    told = (
        (source.title, [f"{one.words} {_day(one)}" if words else _day(one) for one in said]) for source, said in groupby(counted, _source)
    )
    return "; ".join(f"{', '.join(said)} ({title})" for title, said in told)


def _source(one: Evidence) -> SourceOrganisation:
    return one.source


def _day(one: Evidence) -> str:
    return show_date(one.day) if one.day else "without a date"
