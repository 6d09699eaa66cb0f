"""Which fields of a source are mapped, dropped with a reason, or not mapped (ING-10): fields.csv, and messages held against it."""

from __future__ import annotations

import csv
from collections.abc import Iterable
from dataclasses import dataclass
from fnmatch import fnmatchcase

# key: part of a record's identity, so its value decides which record is told. label: says that something is confidential or withheld.
USES = ("mapped", "key", "label", "dropped", "unmapped")
USED = frozenset(("mapped", "key", "label"))


class BadFields(ValueError):
    """A fields.csv that cannot be used. The message names the file and the line."""


@dataclass(frozen=True, slots=True)
class FieldUse:
    """One row of fields.csv. path: a field's name, or a pattern with "*" for any run of characters. reason: why it is dropped or not mapped."""

    path: str
    use: str
    reason: str = ""

    def covers(self, path: str) -> bool:
        """True for the field itself and for every field the pattern names."""
        return path == self.path or ("*" in self.path and fnmatchcase(path, self.path.replace("[", "[[]")))


@dataclass(frozen=True, slots=True)
class Coverage:
    """Fields by what becomes of them, each sorted. unmapped: not mapped, and fields.csv says why; unlisted: fields.csv does not know them."""

    mapped: tuple[str, ...]
    dropped: tuple[str, ...]
    unmapped: tuple[str, ...]
    unlisted: tuple[str, ...]

    @property
    def total(self) -> int:
        return len(self.mapped) + len(self.dropped) + len(self.unmapped) + len(self.unlisted)


def read_uses(text: str, *, where: str) -> tuple[FieldUse, ...]:
    """The rows of fields.csv (header: path,use,reason). `where` is its path, for the complaint. Raises BadFields."""
    reader = csv.DictReader(text.splitlines())
    if not {"path", "use"} <= set(reader.fieldnames or ()):
        raise BadFields(f"{where}: line 1: the header is path,use,reason")
    found: dict[str, FieldUse] = {}
    for row in reader:
        path, use, reason = ((row.get(name) or "").strip() for name in ("path", "use", "reason"))
        complaint = (
            "there is no path"
            if not path
            else f"{path} is listed twice"
            if path in found
            else f"{use!r} is none of {', '.join(USES)}"
            if use not in USES
            else f"{path} is {use} and no reason is given"
            if use not in USED and not reason
            else ""
        )
        if complaint:
            raise BadFields(f"{where}: line {reader.line_num}: {complaint}")
        found[path] = FieldUse(path, use, reason)
    return tuple(found.values())


def use_of(path: str, uses: Iterable[FieldUse]) -> FieldUse | None:
    """What fields.csv says of a field: the row that names it, else the longest pattern that covers it; None when it is not listed."""
    covering = [row for row in uses if row.covers(path)]
    return max(covering, key=lambda row: (row.path == path, len(row.path)), default=None)


def coverage(paths: Iterable[str], uses: Iterable[FieldUse]) -> Coverage:
    """Fields that messages held, against fields.csv."""
    listed = tuple(uses)
    sorted_into: dict[str, list[str]] = {"mapped": [], "dropped": [], "unmapped": [], "": []}
    for path in sorted(set(paths)):
        row = use_of(path, listed)
        use = "" if row is None else "mapped" if row.use in USED else row.use
        sorted_into[use].append(path)
    return Coverage(*(tuple(sorted_into[use]) for use in ("mapped", "dropped", "unmapped", "")))
