"""How long each class of record is kept: a versioned file as data, and the day on which a source's record of a person falls due. Pure."""

from __future__ import annotations

import tomllib
from calendar import monthrange
from collections.abc import Sequence
from dataclasses import dataclass, fields
from datetime import date
from functools import lru_cache
from importlib.resources import files
from typing import Any

from carehub.terms.moments import valid_date
from carehub.terms.organisations import SourceKind

_ADULT, _CHILD, _AT_17 = 18, 25, 26
_MOST_YEARS, _MOST_TEXT = 200, 300


class BadSchedule(ValueError):
    """The file cannot be used; the message names the class and the key."""


@dataclass(frozen=True, slots=True)
class RetentionClass:
    """A class of records. feeds: full names of the feeds whose records it holds; kinds: of sources. years_after_last_contact, years_after_death: 0 where
    it does not count; with both the first that comes. children: whether somebody under 18 at the last contact has their record kept until a birthday.
    with_longest: kept as long as what is kept longest of the same person. basis: where the period comes from."""

    key: str
    title: str
    basis: str
    kinds: tuple[str, ...] = ()
    feeds: tuple[str, ...] = ()
    years_after_last_contact: int = 0
    years_after_death: int = 0
    children: bool = False
    with_longest: bool = False


@dataclass(frozen=True, slots=True)
class Schedule:
    """version: the file's own name for itself. source: where its periods come from. classes: the first that fits a record is its class."""

    version: str
    source: str
    classes: tuple[RetentionClass, ...]

    def class_of(self, kind: str, feeds: Sequence[str]) -> RetentionClass | None:
        """The class of a source's record of a person: by a feed that told it, else by the kind of its source. None: kept, because none fits."""
        named = (one for one in self.classes if not set(one.feeds).isdisjoint(feeds))
        return next(named, None) or next((one for one in self.classes if kind in one.kinds), None)


@dataclass(frozen=True, slots=True)
class Life:
    """What the days are counted from. last_contact: the newest day that the source's record tells of, None where it tells none. born, died: FHIR dates,
    "" where not known; died only where the death is confirmed."""

    last_contact: date | None
    born: str
    died: str


@dataclass(frozen=True, slots=True)
class Due:
    """day: from which on a record may be disposed of, None where no day can be told; why: the sentence."""

    day: date | None
    why: str


def due_of(held: RetentionClass | None, life: Life) -> Due:
    """When a record of a class that counts for itself falls due. What is not known keeps a record; it never ends one."""
    if held is None:
        return Due(None, "No class of the schedule holds it, so it is kept.")
    if not (held.years_after_last_contact or held.years_after_death):
        return Due(None, f"The schedule gives no period for “{held.title}”, so it is kept.")
    found = list[Due]()
    if held.years_after_death and (died := _last_day(life.died)):
        found.append(Due(_after(died, held.years_after_death), f"{held.years_after_death} years after the death"))
    if held.years_after_last_contact and life.last_contact:
        found.append(_after_contact(held, life, life.last_contact))
    if not found:
        lacking = "no last contact is known" if held.years_after_last_contact else "no confirmed death is known"
        return Due(None, f"Kept, because {lacking}.")
    return min(found, key=lambda one: one.day or date.max)


def _after_contact(held: RetentionClass, life: Life, last: date) -> Due:
    plain = Due(_after(last, held.years_after_last_contact), f"{held.years_after_last_contact} years after the last contact")
    born = _last_day(life.born)
    if not held.children:
        return plain
    if born is None:
        return Due(None, "Kept, because no date of birth is known: it may be a child's record.")
    if last >= _after(born, _ADULT):
        return plain
    until = _AT_17 if last >= _after(born, _ADULT - 1) else _CHILD
    return max(
        Due(_after(born, until), f"the {until}th birthday of who was a child at the last contact"),
        plain,
        key=lambda one: one.day or date.max,
    )


def _last_day(told: str) -> date | None:
    """The last day that a FHIR date can mean; None for none."""
    day = told[:10]
    if not valid_date(day):
        return None
    year, month, number = (*map(int, day.split("-")), 0, 0)[:3]
    return date(year, month or 12, number or monthrange(year, month or 12)[1])


def _after(day: date, years: int) -> date:
    """So many years later; of a 29 February that is not there, the day after."""
    try:
        return day.replace(year=day.year + years)
    except ValueError:
        return date(day.year + years, 3, 1)


def read(text: str, *, where: str) -> Schedule:
    """A schedule from its file. where: its name, for complaints. Raises BadSchedule for what is no TOML, no version, an unknown or missing key, a value of
    another kind, a kind of source that there is none of, a key twice, and a class that holds nothing, or that counts both for itself and with others."""
    try:
        told = tomllib.loads(text)
    except tomllib.TOMLDecodeError as error:
        raise BadSchedule(f"{where}: not TOML: {error}") from error
    if unknown := sorted(told.keys() - {"version", "source", "class"}):
        raise BadSchedule(f"{where}: {unknown[0]} is not read by anything")
    for name in ("version", "source"):
        if not (isinstance(told.get(name), str) and told[name].strip() and len(told[name]) <= _MOST_TEXT):
            raise BadSchedule(f"{where}: {name} must be a text")
    rows = told.get("class")
    if not isinstance(rows, list) or not rows:
        raise BadSchedule(f"{where}: no class")
    classes = tuple(_class(row, f"{where}: class {n}") for n, row in enumerate(rows, 1))
    if len({one.key for one in classes}) < len(classes):
        raise BadSchedule(f"{where}: two classes have the same key")
    return Schedule(told["version"].strip(), told["source"].strip(), classes)


def _class(row: Any, at: str) -> RetentionClass:
    known = {one.name for one in fields(RetentionClass)}
    if not isinstance(row, dict):
        raise BadSchedule(f"{at} must be a table")
    if wrong := sorted(row.keys() - known):
        raise BadSchedule(f"{at}: {wrong[0]} is not read by anything")
    for name in ("key", "title", "basis"):
        if not (isinstance(row.get(name), str) and row[name].strip() and len(row[name]) <= _MOST_TEXT):
            raise BadSchedule(f"{at}: {name} must be a text")
    for name in ("kinds", "feeds"):
        listed = row.get(name, [])
        if not (isinstance(listed, list) and all(isinstance(one, str) and one for one in listed)):
            raise BadSchedule(f"{at}: {name} must be a list of texts")
    if wrong := sorted(set(row.get("kinds", ())) - {kind.value for kind in SourceKind}):
        raise BadSchedule(f"{at}: {wrong[0]} is no kind of source")
    for name in ("years_after_last_contact", "years_after_death"):
        if name in row and (type(row[name]) is not int or not 1 <= row[name] <= _MOST_YEARS):
            raise BadSchedule(f"{at}: {name} must be a whole number from 1 to {_MOST_YEARS}")
    for name in ("children", "with_longest"):
        if type(row.get(name, False)) is not bool:
            raise BadSchedule(f"{at}: {name} must be true or false")
    made = RetentionClass(**{**row, "kinds": tuple(row.get("kinds", ())), "feeds": tuple(row.get("feeds", ()))})
    if not (made.kinds or "feeds" in row):
        raise BadSchedule(f"{at}: it names neither kinds nor feeds, so it holds nothing")
    if made.with_longest and (made.years_after_last_contact or made.years_after_death):
        raise BadSchedule(f"{at}: with_longest and years exclude each other")
    return made


@lru_cache(maxsize=1)
def shipped() -> Schedule:
    """The schedule that comes with carehub."""
    return read(files("carehub.governance").joinpath("retention.toml").read_text(encoding="utf-8"), where="retention.toml")
