"""One document on its way to Mapped: the records so far and what could not be said."""

from __future__ import annotations

from typing import Any

from carehub.feeds.mapped import Change, MappedRecord
from carehub.fhir.resource import Resource
from carehub.terms.codes import ukcore
from carehub.terms.issue import Issue
from carehub.terms.issue_catalogue import issue
from carehub.terms.organisations import SourceOrganisation
from carehub.terms.refs import RecordRef

from ..source import address

# Types that UK Core 2.0.0 has no profile for.
_NO_PROFILE = frozenset(("Binary", "ClinicalImpression", "Goal", "RiskAssessment", "Media"))


class Draft:
    """patient: whose document it is; subject: a reference to that Patient. scope: of every record but the Patient. Issues of one kind are counted."""

    def __init__(self, source: SourceOrganisation, patient: str, scope: str = "") -> None:
        self.source = source
        self.patient = RecordRef(source.code, patient, "Patient")
        self.subject: dict[str, Any] = {"reference": self.patient.reference}
        self.scope = scope
        # Security labels of the document: they stand on every record of it but the person's own.
        self.labels: list[dict[str, Any]] = []
        # True once something could not be read, so that nothing may be concluded from what is absent. noted: how many notes there were.
        self.incomplete = False
        self.noted = 0
        self._records: dict[tuple[str, str], MappedRecord] = {}
        self._issues: dict[tuple[str, str, str], int] = {}

    def add(
        self,
        type: str,
        local: str,
        elements: Resource,
        *,
        at: str,
        change: Change = "snapshot",
        labels: list[dict[str, Any]] | None = None,
        scoped: bool = True,
    ) -> str:
        """Put one record in, named by its type and the source's id for it; "Type/id". The first of a name stands (MAP-015)."""
        person = type == "Patient"
        ref = self.patient if person else self.patient.of_type(type, local)
        resource: Resource = {"resourceType": type, "id": ref.id}
        if change != "withdrawn":
            meta: dict[str, Any] = {} if type in _NO_PROFILE else {"profile": [ukcore(type)]}
            security = [] if person else [*self.labels, *(one for one in labels or () if one not in self.labels)]
            if security:
                meta["security"] = security
            if meta:
                resource["meta"] = meta
            resource |= elements
        if (type, local) in self._records:
            self.note("MAP-015", at, type)
        else:
            scope = self.scope if scoped and not person else ""
            self._records[type, local] = MappedRecord(ref, resource, change, (), at, scope)
        return ref.reference

    def withdraw(self, type: str, local: str, *, at: str) -> None:
        """The source takes a record back."""
        self.add(type, local, {}, at=at, change="withdrawn")

    def records(self) -> tuple[MappedRecord, ...]:
        return tuple(self._records.values())

    def note(self, number: str, at: str, about: str = "", count: int = 1) -> None:
        """Something that could not be said, by catalogue number and place."""
        key = (number, at, about)
        self._issues[key] = self._issues.get(key, 0) + count
        self.noted += 1
        self.incomplete = self.incomplete or number in ("MAP-004", "MAP-016")

    def issues(self) -> tuple[Issue, ...]:
        return tuple(issue(number, at=at, about=about, count=count) for (number, at, about), count in self._issues.items())

    def space(self, *what: str) -> str:
        """The address of a space of codes or identifiers that the source owns."""
        return address(self.source, *what)
