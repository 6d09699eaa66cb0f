"""An export: who asked for the records of a caseload as files, how far it has come, and what of it may not be in it."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace
from typing import Literal

from carehub.governance.requester import Requester

State = Literal["waiting", "done", "failed"]


@dataclass(frozen=True, slots=True)
class Export:
    """id: given when it was asked for. by: who asked; every person's record is decided on in that role. group: the code of the organisation whose
    caseload it is. types: of resources; none for all. since: only what was received then or later, ISO UTC; "" for all. request: the address that
    was asked. at: when, ISO UTC. left_out: parameters that were asked for and are not heeded.
    """

    id: str
    by: Requester
    group: str
    types: tuple[str, ...]
    since: str
    request: str
    at: str
    left_out: tuple[str, ...] = ()

    @property
    def asker(self) -> tuple[str, str, str]:
        """Who alone may see it: user, role and organisation."""
        return asker_of(self.by)


def asker_of(requester: Requester) -> tuple[str, str, str]:
    """Whose exports a requester may see."""
    return (requester.user, requester.role, requester.organisation)


@dataclass(frozen=True, slots=True)
class Size:
    """Of one file: lines, and bytes."""

    lines: int = 0
    bytes: int = 0


@dataclass(frozen=True, slots=True)
class Said:
    """Something that is not in the export, or may not be. number: of the issue catalogue. words: a sentence. people: of how many. records: how many
    records that keeps back, 0 where they are not counted."""

    number: str
    words: str
    people: int = 0
    records: int = 0


@dataclass(frozen=True, slots=True)
class Progress:
    """begun: from when on what is received may not be in it, ISO UTC; "" before it began. of: how many people. done: how many of them are written, in
    their order. files: by name. said: what is not in it, by reason."""

    begun: str = ""
    of: int = 0
    done: int = 0
    files: Mapping[str, Size] = field(default_factory=dict)
    said: tuple[Said, ...] = ()

    def with_person(self, added: Mapping[str, Size], said: Iterable[Said]) -> Progress:
        """One person more: what their files grew by, and what is to be said of them, each reason once."""
        files = dict(self.files)
        for name, more in added.items():
            held = files.get(name, Size())
            files[name] = Size(held.lines + more.lines, held.bytes + more.bytes)
        told = {(one.number, one.words): one for one in self.said}
        for one in said:
            known = told.get((one.number, one.words), Said(one.number, one.words))
            told[one.number, one.words] = replace(known, people=known.people + 1, records=known.records + one.records)
        return replace(self, done=self.done + 1, files=files, said=tuple(told.values()))


@dataclass(frozen=True, slots=True)
class ExportStanding:
    """An export as it stands. until: when it and its files go, ISO UTC."""

    export: Export
    state: State
    until: str
    progress: Progress = Progress()
