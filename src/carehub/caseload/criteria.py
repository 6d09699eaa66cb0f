"""The local thresholds of the caseload: a small TOML file with a version, held to what it may say. The defaults ship beside this file."""

from __future__ import annotations

import tomllib
from collections.abc import Mapping
from dataclasses import dataclass
from functools import lru_cache
from importlib.resources import files
from typing import Any

from carehub.caseload.evidence import ADMITTED, FRAIL, PACKAGE, RULES, Rule

_KEYS: Mapping[Rule, tuple[str, ...]] = {ADMITTED: ("at_least", "within_days"), FRAIL: (), PACKAGE: ("within_days",)}
_MOST = {"at_least": 50, "within_days": 3660}
_MOST_VERSION = 64


class BadCriteria(ValueError):
    """The file cannot be used; the message names the table and the key."""


@dataclass(frozen=True, slots=True)
class Threshold:
    """When a rule puts somebody on the list. at_least: so many pieces of evidence. within_days: of today and that many days before it less one; 0 for
    whenever it was."""

    at_least: int
    within_days: int


@dataclass(frozen=True, slots=True)
class Criteria:
    """version: the file's own name for itself. rules: those that count; one that is not here puts nobody on the list."""

    version: str
    rules: Mapping[Rule, Threshold]

    def sentences(self) -> tuple[str, ...]:
        """Each rule in words, in the order of the list's reasons."""
        return tuple(_SAID[rule].format(self.rules[rule]) for rule in RULES if rule in self.rules)


_SAID: Mapping[Rule, str] = {
    ADMITTED: "At least {0.at_least} unplanned admissions in the last {0.within_days} days",
    FRAIL: "Severe frailty is coded",
    PACKAGE: "A service arranged by social care began or ended in the last {0.within_days} days",
}


def read(text: str, *, where: str) -> Criteria:
    """A file's criteria. where: its name, for complaints.

    Raises BadCriteria for what is no TOML, no version, no rule at all, a table or key that nothing reads, and a number that is none or out of range: a
    threshold that is not heeded must not look as if it were.
    """
    try:
        told = tomllib.loads(text)
    except tomllib.TOMLDecodeError as error:
        raise BadCriteria(f"{where}: not TOML: {error}") from error
    version = told.pop("version", "")
    if not isinstance(version, str) or not version.strip() or len(version) > _MOST_VERSION:
        raise BadCriteria(f"{where}: version must be a text of at most {_MOST_VERSION} characters")
    if unknown := sorted(told.keys() - set(RULES)):
        raise BadCriteria(f"{where}: {unknown[0]} is none of {', '.join(RULES)}")
    if not told:
        raise BadCriteria(f"{where}: no rule; a caseload that nobody can be on is switched off by nobody asking for it")
    return Criteria(version.strip(), {rule: _threshold(told[rule], rule, f"{where}: {rule}") for rule in RULES if rule in told})


def _threshold(table: Any, rule: Rule, at: str) -> Threshold:
    keys = _KEYS[rule]
    if not isinstance(table, dict):
        raise BadCriteria(f"{at} must be a table")
    if wrong := sorted(table.keys() ^ set(keys)):
        raise BadCriteria(f"{at}: {wrong[0]} is {'missing' if wrong[0] in keys else 'not read by anything'}")
    for key, value in table.items():
        if type(value) is not int or not 1 <= value <= _MOST[key]:
            raise BadCriteria(f"{at}: {key} must be a whole number from 1 to {_MOST[key]}")
    return Threshold(table.get("at_least", 1), table.get("within_days", 0))


@lru_cache(maxsize=1)
def shipped() -> Criteria:
    """The criteria that hold where a site has no file of its own."""
    return read(files(__package__).joinpath("criteria.toml").read_text(encoding="utf-8"), where="criteria.toml")
