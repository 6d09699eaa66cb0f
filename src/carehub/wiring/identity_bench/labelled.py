"""Records with known truth: a folder of files, or the invented neighbourhood and its hazards."""

from __future__ import annotations

import csv
import importlib
import importlib.util
import sys
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from types import ModuleType
from typing import Any

from carehub.wiring.identity_bench.columns import BadColumns, understood

HAZARDS = ("twins", "father and son", "shared phone", "shared address", "reused number", "one postcode")
_PARQUET = "records_with_truth.parquet"
_BANDS = ((5, "0-4"), (18, "5-17"), (40, "18-39"), (65, "40-64"), (80, "65-79"))
# Ages are counted in this year, as in the generator's truth.
_YEAR, _OLDEST = 2026, 120


@dataclass(slots=True)
class Labelled:
    """ids, told (see features.read) and persons are of one order, that of arrival. extras: the further fields of told.

    groups: kind of group → group of each record, "" where unknown.
    """

    name: str
    ids: list[str]
    told: list[dict[str, str]]
    persons: list[str]
    extras: tuple[str, ...]
    groups: dict[str, list[str]]


@dataclass(frozen=True, slots=True)
class Wanted:
    """One set to measure on, by name; made or read where it is needed. folder: of files; else size and seed of the neighbourhood, or a hazard
    with so many cases. without: fields that are left out. own: see columns.understood.
    """

    name: str
    folder: Path | None = None
    size: int = 0
    seed: int = 1
    hazard: str = ""
    without: tuple[str, ...] = ()
    own: Mapping[str, str] = field(default_factory=dict)

    def load(self) -> Labelled:
        """The records. BadColumns for a table that cannot be understood."""
        if self.folder is None:
            return _made(self)
        rows, persons = _files(self.folder, self.own)
        found = _labelled(self, rows, persons, {})
        found.groups = told_groups(found)
        return found

    def missing(self) -> str:
        """Why the set cannot be had, or ""."""
        if self.folder is None:
            return "" if neighbourhood_package() else "the generator of the neighbourhood is not part of this installation"
        if all((self.folder / name).is_file() for name in ("records.csv", "truth.csv")):
            return ""
        if not (self.folder / _PARQUET).is_file():
            return f"neither records.csv with truth.csv nor {_PARQUET}"
        return "" if _parquet_reader() else f"only {_PARQUET}, which pyarrow or duckdb reads and neither is installed (carehub[linkage])"


def found_sets(folder: Path, names: Iterable[str] = ()) -> list[Wanted]:
    """The sets of a folder (or the folder itself, if it is one), or those of these names whether or not they are there."""
    if names:
        return [Wanted(name, folder / name) for name in names]
    if not Wanted("", folder).missing():
        return [Wanted(folder.name, folder)]
    return [Wanted(each.name, each) for each in sorted(folder.iterdir()) if each.is_dir()] if folder.is_dir() else []


def _files(folder: Path, own: Mapping[str, str]) -> tuple[list[dict[str, str]], list[str]]:
    if not (folder / "records.csv").is_file():
        rows = list(_parquet(folder / _PARQUET))
        person = understood(rows[0], own).person if rows else ""
        if not person:
            raise BadColumns(f"{folder / _PARQUET}: no column says the truth (person_id)")
        return rows, [row.pop(person) for row in rows]
    rows = _csv(folder / "records.csv")
    truth = _csv(folder / "truth.csv")
    if not rows or not truth:
        raise BadColumns(f"{folder}: records.csv or truth.csv has no rows")
    columns, told = understood(rows[0], own), understood(truth[0], own)
    if not (columns.record and told.record and told.person):
        raise BadColumns(f"{folder}: records.csv needs record_id, truth.csv record_id and person_id")
    person_of = {row[told.record]: row[told.person] for row in truth}
    unknown = sum(row[columns.record] not in person_of for row in rows)
    if unknown:
        raise BadColumns(f"{folder}: truth.csv says nothing of {unknown} records")
    return rows, [person_of[row[columns.record]] for row in rows]


def _csv(path: Path) -> list[dict[str, str]]:
    with path.open(encoding="utf-8-sig", newline="") as file:
        return list(csv.DictReader(file))


def _parquet_reader() -> str:
    return next((name for name in ("pyarrow", "duckdb") if importlib.util.find_spec(name)), "")


def _parquet(path: Path) -> Iterator[dict[str, str]]:
    if _parquet_reader() == "pyarrow":
        table: Any = importlib.import_module("pyarrow.parquet").read_table(path)
        names, columns = table.column_names, [column.to_pylist() for column in table.columns]
        rows: Iterable[Any] = zip(*columns, strict=True)
    else:
        told: Any = importlib.import_module("duckdb").execute("select * from read_parquet(?)", [str(path)])
        names, rows = [column[0] for column in told.description], told.fetchall()
    for row in rows:
        yield {name: "" if value is None else str(value) for name, value in zip(names, row, strict=True)}


def _made(wanted: Wanted) -> Labelled:
    package = neighbourhood_package()
    if package is None:
        raise BadColumns(wanted.missing())
    rows, truths = (
        package.hazard(wanted.hazard, wanted.size, wanted.seed) if wanted.hazard else package.neighbourhood(wanted.size, wanted.seed)
    )
    groups = {
        "origin": [truth.origin for truth in truths],
        "sex": [truth.sex for truth in truths],
        "age band": [_band(truth.age) for truth in truths],
    }
    return _labelled(wanted, rows, [truth.person_id for truth in truths], groups)


def _labelled(wanted: Wanted, rows: list[dict[str, str]], persons: list[str], groups: dict[str, list[str]]) -> Labelled:
    columns = understood(rows[0], wanted.own)
    told = columns.reader(wanted.without)
    extras = tuple(name for name, _ in columns.extras if name not in wanted.without)
    ids = [row[columns.record] for row in rows] if columns.record else [f"{at:09d}" for at in range(len(rows))]
    return Labelled(wanted.name, ids, [told(row) for row in rows], persons, extras, groups)


def told_groups(found: Labelled) -> dict[str, list[str]]:
    """Sex and age band of each record's person as most of the records say; no kind of which half of the records say nothing usable."""
    sexes = _most(found.persons, [one.get("sex", "").strip().upper()[:1] for one in found.told])
    years = [one.get("born", "").strip()[:4] for one in found.told]
    ages = _most(
        found.persons, [_band(_YEAR - int(year)) if year.isdigit() and 0 <= _YEAR - int(year) <= _OLDEST else "" for year in years]
    )
    return {kind: groups for kind, groups in (("sex", sexes), ("age band", ages)) if sum(map(bool, groups)) * 2 > len(groups)}


def _most(persons: list[str], values: list[str]) -> list[str]:
    counts: dict[str, Counter[str]] = {}
    for person, value in zip(persons, values, strict=True):
        if value:
            counts.setdefault(person, Counter())[value] += 1
    most = {person: min(counted, key=lambda value: (-counted[value], value)) for person, counted in counts.items()}
    return [most.get(person, "") for person in persons]


def _band(age: int) -> str:
    return next((name for below, name in _BANDS if age < below), "80 and over")


def neighbourhood_package() -> ModuleType | None:
    """fixtures/generators/neighbourhood of the checkout, or its copy inside an installed package; None where there is neither."""
    name = "carehub_generators"
    inside = Path(__file__).resolve().parents[2] / "_generators"
    folder = inside if inside.is_dir() else inside.parents[2] / "fixtures" / "generators"
    if not (folder / "neighbourhood" / "__init__.py").is_file():
        return None
    if name not in sys.modules:
        package = sys.modules[name] = ModuleType(name)
        package.__path__ = [str(folder)]
    return importlib.import_module(f"{name}.neighbourhood")
