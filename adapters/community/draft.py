"""One message on its way to Mapped: the records so far and what could not be said."""

from __future__ import annotations

from functools import lru_cache
from typing import Any

from carehub.feeds.mapped import Change, MappedRecord
from carehub.fhir.resource import Resource
from carehub.terms.codes import SNOMED, ukcore
from carehub.terms.issue import Issue
from carehub.terms.issue_catalogue import issue
from carehub.terms.organisations import SourceOrganisation
from carehub.terms.refs import RecordRef

from .naming import address
from .snomed import snomed_id

# Types that UK Core 2.0.0 has no profile for.
_NO_PROFILE = frozenset(("ClinicalImpression",))
# Named in many places, here with more and there with less; that is no contradiction.
_NAMED_IN_PASSING = frozenset(("Practitioner", "Organization"))

Notes = tuple[tuple[tuple[str, str, str], int], ...]


class Draft:
    """patient: whose message it is; subject: a reference to that Patient. scope: of every record but the Patient. Issues of one kind are counted."""

    def __init__(self, source: SourceOrganisation, patient: str, *, scope: str = "") -> None:
        self.source = source
        self.patient = RecordRef(source.code, patient, "Patient")
        self.subject: dict[str, Any] = {"reference": self.patient.reference}
        self.scope = scope
        # Security labels of the whole message: they stand on every record told from it.
        self.labels: list[dict[str, Any]] = []
        self._records: dict[tuple[str, str], MappedRecord] = {}
        self._issues: dict[tuple[str, str, str], int] = {}

    def add(
        self,
        type: str,
        local: str,
        elements: Resource,
        *,
        at: str,
        profile: str = "",
        change: Change = "snapshot",
        clears: tuple[str, ...] = (),
    ) -> str:
        """Put one record in, named by its type and the source's id for it; "Type/id". The first of a name stands (MAP-015)."""
        ref = self.patient if type == "Patient" else self.patient.of_type(type, local)
        id = ref.id
        resource: Resource = {"resourceType": type, "id": id}
        if change != "withdrawn":
            meta = _meta(type, profile or type)
            if self.labels or "security" in elements:
                security = [*self.labels, *(label for label in elements.pop("security", ()) if label not in self.labels)]
                meta = {**meta, "security": security} if security else meta
            if meta:
                resource["meta"] = meta
            resource |= elements
        before = self._records.get((type, local))
        if before is None:
            self._records[type, local] = MappedRecord(ref, resource, change, clears, at, "" if type == "Patient" else self.scope)
        elif type not in _NAMED_IN_PASSING and before.resource != resource:
            self.note("MAP-015", at, type)
        return f"{type}/{id}"

    def has(self, type: str, local: str) -> bool:
        """True when this patient's record of that name is in already."""
        return (type, local) in self._records

    def records(self) -> tuple[MappedRecord, ...]:
        return tuple(self._records.values())

    def note(self, number: str, at: str, about: str = "", count: int = 1) -> None:
        """Something that could not be said, by catalogue number and place."""
        key = (number, at, about)
        self._issues[key] = self._issues.get(key, 0) + count

    def take(self, notes: Notes) -> None:
        """Everything that another draft noted."""
        for (number, at, about), count in notes:
            self.note(number, at, about, count)

    def notes(self) -> Notes:
        """What could not be said, for another draft to take."""
        return tuple(self._issues.items())

    def issues(self) -> tuple[Issue, ...]:
        return tuple([issue(number, at=at, about=about, count=count) for (number, at, about), count in self._issues.items()])

    def space(self, *what: str) -> str:
        """The address of a space of codes or identifiers that the source owns."""
        return address(self.source.code, *what)

    def snomed(self, code: str, words: str, at: str, about: str) -> dict[str, Any] | None:
        """A code that should be SNOMED CT, with its words. One that fails its check digit stays the sender's own code (MAP-006)."""
        told = "".join(code.split())
        if not told and not words:
            return None
        concept: dict[str, Any] = {}
        if snomed_id(told):
            concept["coding"] = [{"system": SNOMED, "code": told} | ({"display": words} if words else {})]
        elif told:
            concept["coding"] = [self.local(code, words, at)]
            self.note("MAP-006", at, about)
        elif words:
            self.note("MAP-006", at, about)
        concept["text"] = words or told
        return concept

    def local(self, code: str, words: str, field: str) -> dict[str, str]:
        """The sender's own code under an address of its own."""
        told = {"system": self.space("code", "-".join(field.lower().replace("_", " ").split())), "code": " ".join(code.split())}
        return told | ({"display": words} if words else {})


@lru_cache(maxsize=256)
def _meta(type: str, profile: str) -> dict[str, Any]:
    return {} if type in _NO_PROFILE else {"profile": [ukcore(profile)]}
