"""Actions that more than one agency has open, and statements of plans that cannot both be followed: flagged by a table, never judged."""

from __future__ import annotations

import csv
import re
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache
from importlib.resources import files
from typing import Literal, cast

from carehub.careplan.conflicts import Severity, conflict
from carehub.careplan.joint.joint_plan import JointPlan
from carehub.careplan.joint.passages import PROSE
from carehub.careplan.plan import Conflict, Entry, Statement
from carehub.careplan.reading.wording import comparable
from carehub.careplan.speakers import Speakers
from carehub.terms.attribution import Attribution
from carehub.terms.moments import show_date

_SENTENCE = re.compile(r"[.;\n]+(?:\s|$)")


@dataclass(frozen=True, slots=True)
class ActionRule:
    """One row of the table. kind: "twice" or "against". one, other, unless: whether a sentence says so. codes_one, codes_other: codes that do."""

    number: str
    kind: Literal["twice", "against"]
    heading: str
    severity: Severity
    one: Callable[[str], bool]
    other: Callable[[str], bool]
    unless: Callable[[str], bool]
    codes_one: frozenset[str]
    codes_other: frozenset[str]
    openings: tuple[str, ...] = ()


@lru_cache(maxsize=1)
def shipped() -> tuple[ActionRule, ...]:
    """The table that lies beside this file."""
    return rules(files("carehub.careplan.joint").joinpath("contradictions.csv").read_text(encoding="utf-8"))


def rules(table: str) -> tuple[ActionRule, ...]:
    """The rules of a table as text. Raises ValueError, naming the row, for a kind or severity that is none, and for a rule without phrases."""
    rows = csv.DictReader(line for line in table.splitlines() if line.strip() and not line.startswith("#"))
    return tuple(_rule({name: (told or "").strip() for name, told in row.items()}) for row in rows)


def _rule(row: Mapping[str, str]) -> ActionRule:
    if row["kind"] not in ("twice", "against") or row["severity"] not in ("high", "moderate", "low"):
        raise ValueError(f"row {row['number']}: kind or severity is not one of the words allowed")
    if not row["one"] or (row["kind"] == "against") is not bool(row["other"]):
        raise ValueError(f"row {row['number']}: a rule of the kind twice has phrases on one side, one of the kind against on both")
    return ActionRule(
        number=row["number"],
        kind=cast(Literal["twice", "against"], row["kind"]),
        heading=row["heading"],
        severity=cast(Severity, row["severity"]),
        one=_says(row["one"]),
        other=_says(row["other"]),
        unless=_says(row["unless"]),
        codes_one=_codes(row["one"]),
        codes_other=_codes(row["other"]),
        openings=tuple(comparable(part.split()[0]) for part in _parts(f"{row['one']};{row['other']}") if "|" not in part),
    )


def _parts(cell: str) -> list[str]:
    return [part.strip() for part in cell.split(";") if part.strip()]


def _codes(cell: str) -> frozenset[str]:
    return frozenset(part for part in _parts(cell) if "|" in part)


def _says(cell: str) -> Callable[[str], bool]:
    """Whether a sentence, in comparable form, says any of a cell's phrases."""
    wanted = [[_pattern(half) for half in part.split(" + ")] for part in _parts(cell) if "|" not in part]
    return lambda sentence: any(all(half.search(sentence) for half in halves) for halves in wanted)


def _pattern(phrase: str) -> re.Pattern[str]:
    words = [re.escape(comparable(word)) + (r"\w*" if word.endswith("*") else "") for word in phrase.split()]
    return re.compile(r"\b" + r" ".join(words) + r"\b")


@dataclass(frozen=True, slots=True)
class _Said:
    """One statement that may stand against another: what it says, sentence by sentence, and whose it is."""

    words: str
    sentences: tuple[str, ...]
    codes: frozenset[str]
    told: Attribution
    entry: str
    due: str = ""

    def opens(self, openings: tuple[str, ...]) -> bool:
        """Whether any of its words begins like the first word of a phrase."""
        return any(word.startswith(openings) for sentence in self.sentences for word in sentence.split())

    def says(self, phrase: Callable[[str], bool], codes: frozenset[str], unless: Callable[[str], bool]) -> bool:
        return not codes.isdisjoint(self.codes) or any(phrase(s) and not unless(s) for s in self.sentences)


def find(joint: JointPlan, entries: Iterable[Entry], names: Speakers, table: Sequence[ActionRule] | None = None) -> Iterator[Conflict]:
    """A conflict for each rule "against" whose two sides are both said, and a difference for each rule "twice" that two agencies meet.

    entries: rows of the page, by which words are found and to which statements lead. Each conflict holds every statement that meets its rule.
    """
    found = {entry.key: entry for entry in entries}
    doing = list(_actions(joint, found))
    saying = [*doing, *_plans(joint, found)]
    chosen = shipped() if table is None else table
    # Nearly no statement begins to say any phrase, so most are done with here.
    openings = tuple({opening for rule in chosen for opening in rule.openings if opening})
    doing, saying = ([said for said in held if said.codes or said.opens(openings)] for held in (doing, saying))
    for rule in chosen:
        if rule.kind == "twice":
            held = [said for said in doing if said.says(rule.one, rule.codes_one, rule.unless)]
            if len({said.told.source for said in held}) > 1:
                yield conflict(
                    "C6", "plan", rule.severity, _twice(rule, held, names), _statements(held), difference=True, about=(rule.number,)
                )
            continue
        one = [said for said in saying if said.says(rule.one, rule.codes_one, rule.unless)]
        other = [said for said in saying if said.says(rule.other, rule.codes_other, rule.unless)]
        if one and other and len({said.entry for said in (*one, *other)}) > 1:
            yield conflict(
                "C6", "plan", rule.severity, _against(rule, one, other, names), _statements([*one, *other]), about=(rule.number,)
            )


def _actions(joint: JointPlan, entries: Mapping[str, Entry]) -> Iterator[_Said]:
    for action in joint.actions:
        entry = entries.get(action.entry)
        if action.open and entry is not None:
            own = action.key == action.entry
            told = [fact.value for fact in entry.facts if own and fact.label in PROSE]
            yield _said(action.title, [action.title, *told], entry.codes if own else (), action.told[0], entry, action.due)


def _plans(joint: JointPlan, entries: Mapping[str, Entry]) -> Iterator[_Said]:
    """What plans in force say in their own words, line by line; goals; and what stands as an alert."""
    for plan in joint.plans:
        entry = entries.get(plan.key)
        if plan.active and entry is not None:
            for fact in entry.facts:
                if fact.label in PROSE - {"Action"}:
                    yield _said(fact.value, [fact.value], (), entry.attributions[0], entry)
    for goal in joint.goals:
        if goal.active and goal.key in entries:
            yield _said(goal.title, [goal.title], (), goal.told[0], entries[goal.key])
    for entry in entries.values():
        if entry.section == "alerts" and entry.active and entry.kind == "statement":
            told = [fact.value for fact in entry.facts if fact.label in PROSE]
            yield _said(entry.title, [entry.title, *told], entry.codes, entry.attributions[0], entry)


def _said(words: str, told: Iterable[str], codes: Iterable[str], by: Attribution, entry: Entry, due: str = "") -> _Said:
    sentences = tuple(filter(None, (comparable(part) for text in told for part in _SENTENCE.split(text))))
    return _Said(words, sentences, frozenset(codes), by, entry.key, due)


def _statements(held: Iterable[_Said]) -> list[Statement]:
    return [Statement(said.words, said.told, said.entry) for said in dict.fromkeys(held)]


def _twice(rule: ActionRule, held: Sequence[_Said], names: Speakers) -> str:
    return f"More than one agency has an open action on {rule.heading}: {_listed(held, names)}. It may be one thing told twice, or two."


def _against(rule: ActionRule, one: Sequence[_Said], other: Sequence[_Said], names: Speakers) -> str:
    return (
        f"Plans differ on {rule.heading}: {_listed(one, names)}; against that, {_listed(other, names)}. Neither is assumed to be current."
    )


def _listed(held: Sequence[_Said], names: Speakers) -> str:
    told = sorted({(names[s.told.source], s.words, s.due) for s in held})
    return "; ".join(f"{name} “{words}”{f' (due {show_date(due)})' if due else ''}" for name, words, due in told)
