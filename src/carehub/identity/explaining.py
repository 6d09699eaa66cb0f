"""Why two records are one person's, or are not: field by field, in words, with what would have changed the answer. Pure."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, replace
from typing import NamedTuple

from carehub.identity import comparison
from carehub.identity.demographics import Demographics
from carehub.identity.links import Link, LinkSource, MatchResult, Review
from carehub.identity.rules import RULES, Judgement
from carehub.identity.rulings import Answer, Ruling
from carehub.identity.scales import FIELDS, Scales
from carehub.terms.nhs_number import display

LABELS = {
    "nhs_number": "NHS number",
    "birth_date": "Date of birth",
    "family": "Family name",
    "given": "Given names",
    "gender": "Gender",
    "postcode": "Postcode",
    "phone": "Telephone",
    "deceased": "Date of death",
}
_PLURALS = {
    "nhs_number": "NHS numbers",
    "birth_date": "dates of birth",
    "family": "family names",
    "given": "first names",
    "gender": "genders",
    "postcode": "postcodes",
    "phone": "telephone numbers",
    "deceased": "dates of death",
}
# The parts of Demographics that are one field to a reader.
_PARTS = {
    "nhs_number": ("nhs_number", "trusted", "traced", "superseded"),
    "birth_date": ("birth_date",),
    "family": ("family", "family_key"),
    "given": ("given", "given_key"),
    "gender": ("gender",),
    "postcode": ("postcode",),
    "phone": ("phones",),
    "deceased": ("deceased",),
}
_NOTHING = Demographics()
_THEN = {
    MatchResult.MATCH: "they would be linked by rule",
    MatchResult.POSSIBLE_MATCH: "a steward would be asked",
    MatchResult.POSSIBLE_DUPLICATE: "a steward would be asked",
    MatchResult.NO_MATCH: "they would be neither linked nor asked about",
}

Judge = Callable[[Demographics, Demographics], Judgement]


@dataclass(frozen=True, slots=True)
class Compared:
    """One field of two records. a, b: the values as comparing sees them, "" for none. level: agree, differ, missing … with a sentence.

    weight: in bits, where the rules weigh; None where they do not.
    """

    field: str
    label: str
    a: str
    b: str
    level: str
    sentence: str
    weight: float | None = None


@dataclass(frozen=True, slots=True)
class Explanation:
    """Two patient records, and whether they are one person's. result: MATCH when they are, else what the rules say of them. rule, rules_version,
    because: what decided it. decided_by: "automatic", or the stewards' names. since: when it took effect, ISO UTC, "" when nothing ever
    joined or parted them. by_rule: what the rules alone say of the two. total: the sum of the weights, None where the rules do not weigh.
    """

    a: str
    b: str
    together: bool
    result: MatchResult
    rule: str
    rules_version: int
    because: str
    decided_by: str
    since: str
    position: int
    by_rule: MatchResult
    fields: tuple[Compared, ...]
    total: float | None
    would_change: tuple[str, ...]
    rulings: tuple[Ruling, ...] = ()


@dataclass(frozen=True, slots=True)
class Side:
    """A patient record: what it says of itself, its link, and every link it ever had, each with its place in the log and its time."""

    patient: str
    says: Demographics
    link: Link
    history: tuple[Belonging, ...] = ()


class Belonging(NamedTuple):
    """That a patient record belonged to link.person from this place in the log (received at `at`, ISO UTC) until the next one."""

    position: int
    at: str
    link: Link


def belonged(history: Sequence[Belonging], at: str) -> Belonging | None:
    """Where a record belonged when everything received until `at` (ISO UTC, inclusive) was known; None before it was there, and once gone."""
    until = [one for one in history if one.at <= at]
    return until[-1] if until and until[-1].link.result is MatchResult.MATCH else None


def compared(a: Demographics, b: Demographics) -> tuple[Compared, ...]:
    """Every field of two records, in the order of comparison.FIELDS."""
    return tuple(
        Compared(e.field, LABELS[e.field], value(a, e.field), value(b, e.field), e.level, e.sentence) for e in comparison.compare(a, b)
    )


def weighed(a: Demographics, b: Demographics, scales: Scales) -> tuple[Compared, ...]:
    """The same with what each field weighs; the weights of all rows, the prior among them, sum to the total."""
    told = scales.compare(a, b)
    parts = {FIELDS.get(part.field, part.field): part for part in told.fields}
    rows = []
    for row in compared(a, b):
        part = parts.pop(row.field, None)
        rows.append(row if part is None else replace(row, level=part.level, sentence=part.sentence, weight=part.bits))
    more = (part for part in parts.items() if part[1].level != "missing")
    rows += [Compared(name, _MORE[name], _more(a, name), _more(b, name), part.level, part.sentence, part.bits) for name, part in more]
    because = "Two records at random are seldom one person's."
    return (*rows, Compared("prior", "Before comparing", "", "", "prior", because, told.prior))


def explain(
    a: Side, b: Side, rulings: list[Ruling], judge: Judge, rules_version: int, *, scales: Scales | None = None, asked: Review | None = None
) -> Explanation:
    """Why a and b are together or not. rulings: those in force between the two (rulings.counting), the latest last. judge: the rules. scales:
    what the lane weighs evidence with; judge is theirs then. asked: the open review of the two."""
    together = a.link.person == b.link.person
    by_rule = judge(a.says, b.says)
    fields = weighed(a.says, b.says, scales) if scales else compared(a.says, b.says)
    turned = _turned(a, b, together)
    manual = next((side.link for side in (a, b) if together and side.link.source is LinkSource.MANUAL), None)
    if rulings:
        ruling = rulings[-1]
        rule, because = f"steward-{_SAID[ruling.answer][0]}", _SAID[ruling.answer][1]
        decided, since, position = " and ".join(dict.fromkeys(r.by.name for r in rulings)), ruling.at, ruling.position
    elif together:
        link = manual or _telling(a, b, agreeing=by_rule.rule == "agreement").link
        rule, because, decided, since, position = link.rule, link.because, "automatic", turned[1], turned[0]
        rules_version = link.rules_version
    else:
        apart = {"agreement": "agrees-but-apart", "evidence": "weighed-apart", "traced-number": "traced-apart"}.get(by_rule.rule, "")
        rule, because = (apart, RULES[apart]) if apart else (by_rule.rule, by_rule.because)
        rule, because = (asked.rule, asked.because) if asked else (rule, because)
        decided, since, position = "automatic", turned[1], turned[0]
    return Explanation(
        a=a.patient,
        b=b.patient,
        together=together,
        result=MatchResult.MATCH if together else MatchResult.NO_MATCH if rulings else by_rule.result,
        rule=rule,
        rules_version=rules_version,
        because=because,
        decided_by=decided,
        since=since,
        position=position,
        by_rule=by_rule.result,
        fields=fields,
        total=sum(row.weight or 0.0 for row in fields) if scales else None,
        would_change=tuple(_would_change(a, b, bool(rulings), together, by_rule, judge)),
        rulings=tuple(rulings),
    )


_SAID = {
    Answer.SAME: ("same", "Linked because a steward ruled that they are the same person."),
    Answer.LINK: ("linked", "Linked because a steward ruled that this record belongs to this person."),
    Answer.DIFFERENT: ("apart", "Not linked because a steward ruled that they are different people."),
    Answer.NEVER_LINK: ("apart", "Not linked because a steward ruled that they are never to be linked."),
    Answer.UNLINK: ("unlinked", "Not linked because a steward took the record out of this person."),
}


def _turned(a: Side, b: Side, together: bool) -> tuple[int, str]:
    """Since when they are together, or apart: the place in the log and the time; (0, "") where nothing is kept of it."""
    told = sorted(
        ((one.position, one.at, side.patient, one.link) for side in (a, b) for one in side.history if one.link.result is MatchResult.MATCH),
        key=lambda one: one[:3],
    )
    moments = list(dict.fromkeys((position, at) for position, at, _, _ in told))
    person: dict[str, str] = {}
    since, was = (0, ""), None
    for moment in moments:
        person.update({patient: link.person for position, at, patient, link in told if (position, at) == moment})
        now = len(person) == 2 and len(set(person.values())) == 1
        if now is not was and len(person) == 2:
            since, was = moment, now
    return since if was is together else (0, "")


def _telling(a: Side, b: Side, *, agreeing: bool) -> Side:
    """Of two that are together, the one whose link says why: a merged record's before one that merely stands there. agreeing: their match keys."""
    weighed = ("evidence", "traced-number")
    rank = ("source-merge", "agreement", *weighed) if agreeing else ("source-merge", *weighed, "agreement")
    return min((a, b), key=lambda side: rank.index(side.link.rule) if side.link.rule in rank else len(rank))


def _would_change(a: Side, b: Side, ruled: bool, together: bool, by_rule: Judgement, judge: Judge) -> Iterator[str]:
    merged = together and "source-merge" in (a.link.rule, b.link.rule)
    if ruled or merged:
        yield f"Without {'the ruling' if ruled else 'the merge that the source told'}, {_THEN[by_rule.result]}."
    for field in comparison.FIELDS:
        agreeing = judge(a.says, _with(b.says, a.says, field))
        if agreeing.result is not by_rule.result:
            yield f"If the {_PLURALS[field]} agreed, {_THEN[agreeing.result]}."
            continue
        if value(b.says, field):
            silent = judge(a.says, _with(b.says, _NOTHING, field))
            if silent.result is not by_rule.result:
                yield f"If one record had no {LABELS[field] if field == 'nhs_number' else LABELS[field].lower()}, {_THEN[silent.result]}."


def _with(mine: Demographics, other: Demographics, field: str) -> Demographics:
    changed = replace(mine, **{part: getattr(other, part) for part in _PARTS[field]})
    return replace(changed, trusted=True) if field == "nhs_number" and changed.nhs_number else changed


_MORE = {"address": "Address", "email": "E-mail", "further_given": "Further given names", "source": "Source"}


def _more(d: Demographics, name: str) -> str:
    return " ".join(d.given.split()[1:]) if name == "further_given" else str(getattr(d, name))


def value(d: Demographics, field: str) -> str:
    """One field as a reader sees it; "" when the record does not say."""
    if field == "nhs_number":
        return display(d.nhs_number) if d.nhs_number else ""
    if field == "phone":
        return ", ".join(d.phones)
    return str(getattr(d, _PARTS[field][0]))
