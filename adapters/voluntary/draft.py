"""One message on its way to Mapped: the records so far, and what could not be said."""

from __future__ import annotations

from typing import Any

from carehub.feeds.mapped import Change, MappedRecord
from carehub.fhir.resource import Resource
from carehub.terms.codes import ukcore
from carehub.terms.issue import Issue
from carehub.terms.issue_catalogue import issue
from carehub.terms.refs import RecordRef

# Goal has no UK Core profile.
_META = {
    type: {"profile": [ukcore(type)]}
    for type in ("Patient", "ServiceRequest", "Task", "Communication", "Consent", "HealthcareService", "Organization", "Location")
}

Notes = tuple[tuple[tuple[str, str, str], int], ...]


class Draft:
    """owner: whose records these are: a Patient, or a RecordRef with patient "" where they are about nobody. scope: of every record."""

    def __init__(self, owner: RecordRef, scope: str = "") -> None:
        self.owner = owner
        self._scope = scope
        self._records: dict[tuple[str, str], MappedRecord] = {}
        self._issues: dict[tuple[str, str, str], int] = {}

    def add(
        self,
        type: str,
        local: str,
        elements: Resource,
        *,
        at: str,
        scope: str = "",
        change: Change = "snapshot",
        clears: tuple[str, ...] = (),
    ) -> dict[str, str]:
        """Put one record in and give a Reference to it. The first of a name stands; another of different content is noted (MAP-015)."""
        owner = self.owner
        ref = owner if type == "Patient" else RecordRef(owner.source, owner.patient, type, local)
        id = ref.id
        resource: Resource = {"resourceType": type, "id": id, **elements}
        if change != "withdrawn" and type in _META:
            resource["meta"] = _META[type]
        record = MappedRecord(ref, resource, change, clears, at, scope or self._scope)
        stands = self._records.setdefault((type, ref.local), record)
        if stands is not record and stands.resource != resource:
            self.note("MAP-015", at, type)
        return {"reference": f"{type}/{id}"}

    def take_back(self, type: str, local: str, *, at: str, scope: str = "") -> None:
        """The source withdraws a record."""
        self.add(type, local, {}, at=at, scope=scope, change="withdrawn")

    def note(self, number: str, at: str, about: str = "", count: int = 1) -> None:
        """Something that could not be said, by catalogue number and place."""
        self._issues[number, at, about] = self._issues.get((number, at, about), 0) + count

    def take(self, records: tuple[MappedRecord, ...], notes: Notes) -> None:
        """Everything that another draft of the same owner holds."""
        for record in records:
            self._records.setdefault((record.ref.type, record.ref.local), record)
        for (number, at, about), count in notes:
            self.note(number, at, about, count)

    def notes(self) -> Notes:
        """What could not be said, for another draft to take."""
        return tuple(self._issues.items())

    def records(self) -> tuple[MappedRecord, ...]:
        return tuple(self._records.values())

    def issues(self) -> tuple[Issue, ...]:
        return tuple([issue(number, at=at, about=about, count=count) for (number, at, about), count in self._issues.items()])


def filled(**elements: Any) -> dict[str, Any]:
    """The elements that say something: no empty text, list or object. False and 0 stay."""
    return {name: value for name, value in elements.items() if value or (value is not None and value not in ("", [], {}))}
