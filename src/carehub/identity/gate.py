"""The gate: a small labelled set of invented people, each case aimed at one rule or threshold, that rules and models are held against.

A case is a few records and the person each belongs to. Records of two persons may never come together; records of one shall; and where nobody can
tell, the answer is to ask. A rule that is weakened fails the case that names it (FEATURES TST-06); a model that fails more than the one in force
is not put in force.
"""

from __future__ import annotations

import tomllib
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, replace

from carehub.identity import features
from carehub.identity.features import Features
from carehub.identity.matching import Matcher, Settings
from carehub.identity.weights import Model


@dataclass(frozen=True, slots=True)
class Case:
    """rule: what it is aimed at, a name of [rules] or a threshold. persons: whose each record is. asked: somebody must be asked about these
    records; None where it is no matter. once: sources that hold each person once, in this case.
    """

    name: str
    rule: str
    records: tuple[Features, ...]
    persons: tuple[str, ...]
    asked: bool | None = None
    once: frozenset[str] = frozenset()


@dataclass(frozen=True, slots=True)
class Breach:
    """A case that came out otherwise. merged: records of two persons came together, which is the worse half."""

    case: str
    rule: str
    merged: bool
    because: str


def read(text: str) -> tuple[Case, ...]:
    """The cases of a TOML text: [[case]] with name, rule, records (as features.read wants them, with `person` and perhaps `apart`)."""
    return tuple(_case(one) for one in tomllib.loads(text)["case"])


def _case(told: dict[str, object]) -> Case:
    rows = told["records"]
    if not isinstance(rows, list):
        raise ValueError(f"{told['name']}: records is a list")
    asked = told.get("asked")
    once = told.get("once", [])
    return Case(
        str(told["name"]),
        str(told["rule"]),
        tuple(_record(f"r{number}", row) for number, row in enumerate(rows, 1)),
        tuple(str(row["person"]) for row in rows),
        asked if isinstance(asked, bool) else None,
        frozenset(once if isinstance(once, list) else ()),
    )


def _record(name: str, row: dict[str, str]) -> Features:
    found = features.read(name, row)
    found.apart = frozenset(row.get("apart", "").split())
    return found


def failures(cases: Iterable[Case], model: Model, settings: Settings) -> list[Breach]:
    """The cases that these rules and this model fail, in order."""
    return [failure for case in cases for failure in _failures(case, model, settings)]


def _failures(case: Case, model: Model, settings: Settings) -> Iterator[Breach]:
    zones = replace(settings.zones, once=settings.zones.once | case.once)
    matcher = Matcher(model, replace(settings, zones=zones))
    # The matcher writes a model's bits into the records, so each run has its own.
    for record in case.records:
        matcher.add(replace(record))
    persons, found = case.persons, matcher.person
    pairs = [(a, b) for b in range(len(persons)) for a in range(b)]
    merged = [(a, b) for a, b in pairs if found[a] == found[b] and persons[a] != persons[b]]
    parted = [(a, b) for a, b in pairs if found[a] != found[b] and persons[a] == persons[b]]
    asked = any(matcher.asked.get(person) for person in matcher.members)
    if merged:
        a, b = merged[0]
        yield Breach(case.name, case.rule, True, f"records {a + 1} and {b + 1} of two people came together")
    elif parted and not (case.asked and asked):
        a, b = parted[0]
        yield Breach(case.name, case.rule, False, f"records {a + 1} and {b + 1} of one person stayed apart")
    elif case.asked is not None and asked is not case.asked:
        yield Breach(case.name, case.rule, False, f"{'nobody' if case.asked else 'somebody'} is asked")
