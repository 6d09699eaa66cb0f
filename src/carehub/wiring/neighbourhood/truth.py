"""The truth file of a town, read once: whose each record is, what contradicts what, what was sent."""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, NamedTuple

from carehub.terms.refs import RecordRef
from carehub.wiring.settings import UnsafeSettings


class Planted(NamedTuple):
    """A contradiction. sides: the ids of the patient records on each side."""

    type: str
    about: str
    person: str
    sides: tuple[tuple[str, ...], ...]


@dataclass(slots=True)
class Truth:
    """records: ids of patient records as the hub derives them, with feed and person in the same order. told_dead: those that report a death.
    twins: people with a twin.

    merges: (kept, gone) ids. caseload: person to reasons, as they are on the day `until`, "" where the file does not say it. messages: by feed;
    rejected: by feed and catalogue number.
    """

    records: list[str] = field(default_factory=list)
    feeds: list[str] = field(default_factory=list)
    people: list[str] = field(default_factory=list)
    told_dead: list[str] = field(default_factory=list)
    twins: set[str] = field(default_factory=set)
    merges: list[tuple[str, str]] = field(default_factory=list)
    conflicts: list[Planted] = field(default_factory=list)
    caseload: dict[str, list[str]] = field(default_factory=dict)
    until: str = ""
    residents: int = 0
    dead: int = 0
    messages: Counter[str] = field(default_factory=Counter)
    rejected: dict[str, Counter[str]] = field(default_factory=dict)


def read_truth(path: Path) -> Truth:
    """The file. Raises UnsafeSettings when it is none or ends too early: its last line says what was sent."""
    told, whole = Truth(), False
    feeds: dict[str, str] = {}
    for line in _lines(path):
        kind = line.get("is")
        if kind == "record":
            told.records.append(_id(line["source"], line["patient"]))
            told.feeds.append(feeds.setdefault(line["feed"], line["feed"]))
            told.people.append(line["person"])
            if line["dead"]:
                told.told_dead.append(told.records[-1])
        elif kind == "person":
            told.residents += 1
            told.dead += bool(line["died"])
            if line["twin"]:
                told.twins.add(line["id"])
            if line["caseload"]:
                told.caseload[line["id"]] = line["caseload"]
        elif kind == "merge":
            told.merges.append((_id(line["source"], line["kept"]), _id(line["source"], line["gone"])))
        elif kind == "conflict":
            sides = tuple(tuple(_id(*record) for record in side) for side in line["sides"])
            told.conflicts.append(Planted(line["type"], line["about"], line["person"], sides))
        elif kind == "sent":
            told.until = line.get("until", "")
            told.messages.update(line["messages"])
            told.rejected = {feed: Counter(found) for feed, found in line["rejected"].items()}
            whole = True
    if not whole:
        raise UnsafeSettings(f"{path} is not the whole truth of a neighbourhood")
    return told


def _lines(path: Path) -> Iterator[dict[str, Any]]:
    with path.open(encoding="utf-8") as file:
        for line in file:
            try:
                told = json.loads(line)
            except ValueError:
                return
            if isinstance(told, dict):
                yield told


def _id(source: str, patient: str) -> str:
    return RecordRef(source, patient, "Patient").id
