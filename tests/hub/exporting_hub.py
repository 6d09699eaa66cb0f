"""A hub that makes exports, with a handful of invented people."""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Callable
from datetime import timedelta
from itertools import count
from pathlib import Path
from typing import Any

from carehub.api.export_lines import lines
from carehub.governance.export import Export
from carehub.governance.requester import Requester
from carehub.hub.caseload import caseload_id
from carehub.hub.exporting import Exporting
from carehub.hub.hub import Hub
from carehub.hub.run_export import RunExports
from carehub.store.export_files import FolderOfExports
from hub.toy_hub import PENICILLIN, Clock, submit, toy_hub

GP = Requester("amir", "Amir Khan", "gp", "X99002", "Elmfield Surgery", "TREAT")
COORDINATOR = Requester("ruth", "Ruth Patel", "care-coordinator", "X99002", "Elmfield Surgery", "TREAT")
FILES = ["AllergyIntolerance.ndjson", "Patient.ndjson", "Provenance.ndjson", "errors.ndjson"]
EVERYTHING = Counter({f"{what}{n}": 1 for what in ("Nuts", "Eggs") for n in range(5)})
"""What an export of everything holds: its files, and the allergies."""
NUMBERS = ("9990000018", "9990000026", "9990000034", "9990000042", "9990000050")


GROUP = caseload_id("X99002")


def wanted(group: str = GROUP, **more: Any) -> Export:
    return Export(**{"id": "", "by": GP, "group": group, "types": (), "since": "", "request": "https://hub.example/x", "at": "", **more})


def message(number: str, source: str = "gp", **more: Any) -> dict[str, Any]:
    """What a source tells of one of the people."""
    at = NUMBERS.index(number)
    person = {"nhs": number, "born": f"194{at}-05-01", "given": "Ada", "family": f"Okafor{at}", "at": "2026-11-20T08:00:00.000Z"}
    return {"source": source, "patient": f"{source}{at}", "kind": source, **person, **more}


def allergy(word: str, **more: Any) -> dict[str, Any]:
    return {**PENICILLIN, "id": f"a-{word}", "code": {"text": word}, **more}


class ExportingHub:
    """A hub over a memory store, or another, with five people of two sources each, all of them on the caseload of X99002."""

    def __init__(self, folder: Path, hub: Hub | None = None, *, load: bool = True) -> None:
        self.hub, self.folder, self.alarms = hub or toy_hub(), folder / "exports", list[str]()
        if load:
            submit(self.hub, *[message(number, records=[allergy(f"Nuts{n}")]) for n, number in enumerate(NUMBERS)])
            submit(self.hub, *[message(number, "acute", records=[allergy(f"Eggs{n}")]) for n, number in enumerate(NUMBERS)])
            self.hub.drain()
        self.people: Callable[[Export], tuple[list[str], tuple[str, ...]]] = lambda asked: (
            self.hub.store.links.persons(),
            ("Somebody may be missing.",),
        )
        self.files = FolderOfExports(self.folder)
        self.hub.exports = RunExports(
            self.hub.store,
            self.hub.disclosing,
            self.files,
            lambda asked: self.people(asked),
            lines,
            timedelta(hours=24),
            self.alarms.append,
        )
        self.verbs = Exporting(self.hub, caseload_id)

    @property
    def running(self) -> RunExports:
        assert self.hub.exports is not None
        return self.hub.exports

    def later(self, span: timedelta) -> None:
        assert isinstance(self.hub.clock, Clock)
        self.hub.clock.now += span

    def asked(self, by: Requester = GP, **more: Any) -> str:
        return self.verbs.ask(by, wanted(**more)).id

    def made(self, by: Requester = GP, **more: Any) -> str:
        id = self.asked(by, **more)
        while self.running.work(id):
            pass
        return id

    def written(self, id: str) -> dict[str, list[Any]]:
        """Every line of its files, by name of the file."""
        return {file.name: [json.loads(line) for line in file.read_bytes().splitlines()] for file in sorted((self.folder / id).iterdir())}

    def audited(self, what: str) -> list[str]:
        """The details of rows that have these words, oldest first."""
        rows = [json.loads(row.event) for row in self.hub.store.audit.chain()]
        told = [detail["valueString"] for row in rows for entity in row.get("entity", ()) for detail in entity["detail"][:1]]
        return [one for one in told if what in one]


def words(written: dict[str, list[Any]]) -> Counter[str]:
    return Counter(one["code"]["text"] for one in written.get("AllergyIntolerance.ndjson", []))


def steps(most: int) -> Callable[[], bool]:
    left = count()
    return lambda: next(left) < most


def change(held: ExportingHub, **to: Any) -> None:
    for name, value in to.items():
        object.__setattr__(held.hub.disclosing, name, value)
