"""Reading: what is known while one message is mapped, and the tally of what could not be said."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from carehub.terms.errors import Unmappable
from carehub.terms.issue import Issue
from carehub.terms.issue_catalogue import issue
from carehub.terms.refs import RecordRef


def odd() -> Unmappable:
    """The entry in hand has a shape that cannot be read. Costs that entry, never its neighbours."""
    return Unmappable(issue("MAP-004"))


def sole(value: Any, kind: type) -> Any:
    """The one item of a one-item list where a single value belongs, as some suppliers send. Raises Unmappable for anything else."""
    if value.__class__ is list and len(value) == 1 and value[0].__class__ is kind:
        return value[0]
    raise odd()


def listed(value: Any) -> list[Any]:
    """A list, or a single object in place of a list of one, as some suppliers send. Raises Unmappable for anything else."""
    if value.__class__ is list:
        return value
    if value.__class__ is dict:
        return [value]
    raise odd()


class Reading:
    """One message in hand. Entries are taken one at a time between `begin` and `keep` or `discard`.

    patient: the patient record all entries belong to. targets: "Type/id" as sent to "Type/id" as filed. present: what the message holds but
    the hub does not serve, as "type/id" in lower case. displays: "Type/id" as filed to words for a reader.
    """

    __slots__ = (
        "_counts",
        "_folded",
        "_pending",
        "about",
        "displays",
        "element",
        "inside",
        "moments",
        "number",
        "patient",
        "patient_names",
        "place",
        "present",
        "targets",
    )

    def __init__(self, patient: RecordRef, patient_names: frozenset[str], number: str | None) -> None:
        self.patient = patient
        self.patient_names = patient_names
        self.number = number
        self.targets: dict[str, str] = {}
        self.present: set[str] = set()
        self.displays: dict[str, str] = {}
        self.inside: Mapping[str, str] = {}
        self.moments: dict[str, str] = {}
        self.place = self.about = self.element = ""
        self._folded: dict[str, str] | None = None
        self._pending: dict[tuple[str, str, str], int] = {}
        self._counts: dict[tuple[str, str, str], int] = {}

    def begin(self, place: str, about: str, inside: Mapping[str, str]) -> None:
        """Take up the entry at a place; `inside` are its contained resources, "#id" to "Type/id" as filed."""
        self.place, self.about, self.element, self.inside = place, about, "", inside
        self._pending = {}

    def note(self, number: str) -> None:
        """Count an issue at the element in hand; it stands only when the entry is kept."""
        at = f"{self.about}.{self.element}" if self.element else self.about
        key = (number, at, self.about)
        self._pending[key] = self._pending.get(key, 0) + 1

    def keep(self) -> None:
        """The entry in hand was mapped: its issues stand."""
        for key, count in self._pending.items():
            self._counts[key] = self._counts.get(key, 0) + count

    def discard(self, number: str) -> None:
        """The entry in hand could not be mapped: only that is said, at its place."""
        self.count(number, at=self.place, about=self.about)

    def count(self, number: str, *, at: str = "", about: str = "", times: int = 1) -> None:
        """Count an issue about the message itself."""
        key = (number, at, about)
        self._counts[key] = self._counts.get(key, 0) + times

    def issues(self) -> tuple[Issue, ...]:
        """All issues that stand, in order of number and place."""
        return tuple(issue(number, at=at, about=about, count=count) for (number, at, about), count in sorted(self._counts.items()))

    def resolve(self, target: str) -> str | None:
        """Where a reference as sent points: "Type/id" as filed, or None. Upper and lower case count only when the exact id is absent."""
        found = self.targets.get(target) or self.inside.get(target)
        if found is not None or target.startswith("#"):
            return found
        if self._folded is None:
            self._folded = _folded(self.targets)
        return self._folded.get(_relative(target).casefold())

    def holds(self, target: str) -> bool:
        """True when the message holds the thing a reference names, though it is not served."""
        return _relative(target).casefold() in self.present

    def is_patient(self, target: str) -> bool:
        """True when a reference as sent names the patient of this message."""
        return target in self.patient_names or _relative(target).casefold() in self.patient_names


def _folded(targets: Mapping[str, str]) -> dict[str, str]:
    """The same targets in lower case; two that differ only in case are left out, for neither is certain."""
    folded: dict[str, str] = {}
    unsure = set()
    for name, filed in targets.items():
        key = name.casefold()
        if folded.setdefault(key, filed) != filed:
            unsure.add(key)
    return {key: filed for key, filed in folded.items() if key not in unsure}


def _relative(target: str) -> str:
    """ "https://server/Type/id/_history/2" as "Type/id"."""
    target = target.partition("/_history/")[0]
    return "/".join(target.rsplit("/", 2)[-2:]) if "://" in target else target
