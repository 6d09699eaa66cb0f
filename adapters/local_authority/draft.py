"""One message on its way to Mapped: the records so far and what could not be said; and the words of both wordings as concepts."""

from __future__ import annotations

from functools import lru_cache
from typing import Any

from carehub.feeds.mapped import Change, MappedRecord
from carehub.fhir.resource import Resource
from carehub.terms.codes import ukcore
from carehub.terms.issue import Issue
from carehub.terms.issue_catalogue import issue
from carehub.terms.refs import RecordRef

from .tables import VALUES, fold

CLD = "urn:carehub:cld"
_META: dict[str, Any] = {type: {"profile": [ukcore(type)]} for type in (
    "Patient", "RelatedPerson", "Organization", "Condition", "Observation", "ServiceRequest", "Task", "EpisodeOfCare", "CarePlan", "CareTeam",
)}  # fmt: skip


class Draft:
    """patient: whose message it is. begun: a draft for the same patient, all of which is in this one too. The first record of a name stands."""

    __slots__ = ("_begun", "_issues", "_records", "patient", "security", "subject")

    def __init__(self, patient: RecordRef, begun: Draft | None = None) -> None:
        self.patient = patient
        self.subject: dict[str, str] = begun.subject if begun else {"reference": patient.reference}
        # A FHIR Coding for meta.security of every record, where the source restricts who may see them.
        self.security: dict[str, str] | None = None
        self._begun: dict[tuple[str, str], MappedRecord] = begun._records if begun else {}
        self._records: dict[tuple[str, str], MappedRecord] = {}
        self._issues: dict[tuple[str, str, str], int] = begun._issues.copy() if begun else {}

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
    ) -> str:
        """Put one record in, named by its type and the source's name for it ("" for the Patient alone); "Type/id"."""
        name = (type, local)
        patient = self.patient
        ref = RecordRef(patient.source, patient.patient, type, local) if local else patient
        id = ref.id
        if name not in self._records and name not in self._begun:
            meta = _META.get(type)
            if self.security:
                meta = {**(meta or {}), "security": [self.security]}
            resource = {"resourceType": type, "id": id, "meta": meta, **elements} if meta else {"resourceType": type, "id": id, **elements}
            self._records[name] = MappedRecord(ref, resource, change, clears, at, scope)
        return f"{type}/{id}"

    def note(self, number: str, at: str, about: str = "", count: int = 1) -> None:
        """Something that could not be said, by catalogue number and place."""
        self._issues[number, at, about] = self._issues.get((number, at, about), 0) + count

    def records(self) -> tuple[MappedRecord, ...]:
        return (*self._begun.values(), *self._records.values())

    def issues(self) -> tuple[Issue, ...]:
        return tuple([_issue(*name, count) for name, count in self._issues.items()]) if self._issues else ()

    def value(self, column: str, sent: str, about: str) -> dict[str, Any]:
        """A cell of a defined list as a CodeableConcept; words that are not in the list are kept and noted (MAP-006)."""
        concept, known = listed(column, sent)
        if not known:
            self.note("MAP-006", label(column), about)
        return concept


@lru_cache(maxsize=1024)
def _issue(number: str, at: str, about: str, count: int) -> Issue:
    return issue(number, at=at, about=about, count=count)


@lru_cache(maxsize=8192)
def listed(column: str, sent: str) -> tuple[dict[str, Any], bool]:
    """A cell as a CodeableConcept, and whether its list has it. A list that is not published takes anything.

    The source's own words are the text and its own coding; the Release 2 words stand beside them where they differ.
    """
    table = VALUES.get(column)
    row = table.get(fold(sent)) if table else None
    system = f"{CLD}:{column.replace('_', '-')}"
    own = " ".join(sent.split())
    codings = [{"system": system, "code": own, "display": own}]
    if row and row["words"] != own:
        codings.insert(0, {"system": system, "code": row["words"], "display": row["words"]})
    return {"coding": codings, "text": own}, table is None or row is not None


@lru_cache(maxsize=8192)
def standard_words(column: str, sent: str) -> str:
    """The folded Release 2 words of a cell, so that a record keeps its name when a council moves from one wording to the other."""
    row = VALUES.get(column, {}).get(fold(sent))
    return fold(row["words"]) if row else fold(sent)


@lru_cache(maxsize=256)
def label(column: str) -> str:
    """A column as the specification and issues name it: "Event_Start_Date"."""
    return "_".join(part.upper() if part in _INITIALS else part if part in _SMALL else part.capitalize() for part in column.split("_"))


_INITIALS = frozenset(("la", "nhs", "gp", "cqc", "id", "asd"))
_SMALL = frozenset(("of", "per", "week", "adults", "being", "cared", "for", "units"))
