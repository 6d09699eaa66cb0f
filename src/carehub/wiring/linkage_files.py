"""The files of a batch linkage: tables as Parquet, CSV or newline-delimited JSON, written and read a part at a time."""

from __future__ import annotations

import csv
import json
import os
import secrets
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from importlib.util import find_spec
from itertools import islice
from pathlib import Path
from typing import Any

import typer

from carehub.hub.batch_linkage import Pair

_TOGETHER = 5000
_NEEDED = ("record_id_l", "record_id_r", "match_probability")
Write = Callable[[Path, Iterable[dict[str, str]]], int]


@contextmanager
def new_file(path: Path) -> Iterator[Path]:
    """A file beside it that its owner alone can read, which becomes it at the end; where anything fails there is neither. Raises FileExistsError."""
    beside = path.with_name(f".{path.name}.{secrets.token_hex(8)}")
    os.close(os.open(beside, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600))
    try:
        yield beside
        with beside.open("rb") as file:
            os.fsync(file.fileno())
        os.link(beside, path)  # raises where the file has come to be there meanwhile
    finally:
        beside.unlink(missing_ok=True)


def writer(path: Path, fields: Sequence[str]) -> Write:
    """What writes rows of these fields, all text, in the format that the name of the file ends in, and says how many. "" is written as nothing."""
    kind = _kind(path)
    if kind == ".parquet":
        return lambda beside, rows: _write_parquet(beside, fields, rows)
    return (lambda beside, rows: _write_csv(beside, fields, rows)) if kind == ".csv" else _write_lines


def pairs(path: Path) -> Iterator[Pair | None]:
    """The pairs of a file; None for a row that is none. Its columns are Splink's: record_id_l, record_id_r, match_probability, and said_l and said_r
    where they were kept; others are passed over. Raises typer.BadParameter for a file without them."""
    rows = {".parquet": _read_parquet, ".csv": _read_csv, ".ndjson": _read_lines}[_kind(path)](path)
    first = next(rows, None)
    if first is not None and not set(_NEEDED) <= first.keys():
        raise typer.BadParameter(f"{path}: the columns {', '.join(_NEEDED)} are needed")
    return (_pair(row) for row in (() if first is None else _and(first, rows)))


def _and(first: Mapping[str, Any], rest: Iterator[Mapping[str, Any]]) -> Iterator[Mapping[str, Any]]:
    yield first
    yield from rest


def _pair(row: Mapping[str, Any]) -> Pair | None:
    a, b, said = row.get("record_id_l"), row.get("record_id_r"), row.get("match_probability")
    try:
        probability = float(said) if not isinstance(said, bool) and said is not None else -1.0
    except (TypeError, ValueError):
        return None
    if not (isinstance(a, str) and isinstance(b, str)):
        return None
    return Pair(a, b, probability, (str(row.get("said_l") or ""), str(row.get("said_r") or "")))


def _kind(path: Path) -> str:
    kind = path.suffix.lower()
    if kind not in (".parquet", ".csv", ".ndjson"):
        raise typer.BadParameter(f"{path}: the name must end in .parquet, .csv or .ndjson")
    if kind == ".parquet" and find_spec("pyarrow") is None:
        raise typer.BadParameter("Parquet needs the extra `linkage` (pip install 'carehub[linkage]'); .csv and .ndjson do not")
    return kind


def _write_csv(beside: Path, fields: Sequence[str], rows: Iterable[dict[str, str]]) -> int:
    taken = 0
    with beside.open("w", encoding="utf-8", newline="") as file:
        out = csv.DictWriter(file, fields)
        out.writeheader()
        for row in rows:
            out.writerow(row)
            taken += 1
    return taken


def _write_lines(beside: Path, rows: Iterable[dict[str, str]]) -> int:
    taken = 0
    with beside.open("w", encoding="utf-8") as file:
        for row in rows:
            file.write(json.dumps({field: value or None for field, value in row.items()}, ensure_ascii=False) + "\n")
            taken += 1
    return taken


def _write_parquet(beside: Path, fields: Sequence[str], rows: Iterable[dict[str, str]]) -> int:
    import pyarrow
    import pyarrow.parquet

    schema, taken = pyarrow.schema([(field, pyarrow.string()) for field in fields]), 0
    told = iter(rows)
    with pyarrow.parquet.ParquetWriter(beside, schema) as out:
        while some := list(islice(told, _TOGETHER)):
            columns = [pyarrow.array([row[field] or None for row in some], pyarrow.string()) for field in fields]
            out.write_table(pyarrow.table(columns, schema=schema))
            taken += len(some)
    return taken


def _read_csv(path: Path) -> Iterator[Mapping[str, Any]]:
    with path.open(encoding="utf-8-sig", newline="") as file:
        yield from csv.DictReader(file)


def _read_lines(path: Path) -> Iterator[Mapping[str, Any]]:
    with path.open(encoding="utf-8") as file:
        for line in file:
            try:
                told = json.loads(line) if line.strip() else {}
            except ValueError:
                told = {}
            if line.strip():
                yield told if isinstance(told, dict) else {}


def _read_parquet(path: Path) -> Iterator[Mapping[str, Any]]:
    import pyarrow.parquet

    with pyarrow.parquet.ParquetFile(path) as file:
        wanted = [name for name in file.schema_arrow.names if name in (*_NEEDED, "said_l", "said_r")]
        for batch in file.iter_batches(batch_size=_TOGETHER, columns=wanted):
            yield from batch.to_pylist()
