"""Shelf: the records of one source view, found by type and by reference, with the author of each."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from carehub.careplan.plan import SourceRecord, SourceView
from carehub.careplan.protection import labels
from carehub.careplan.reading import names
from carehub.fhir.canonical import stable
from carehub.fhir.resource import Resource, codings, many, text, words
from carehub.terms.attribution import Attribution

_TOPIC = "25851000000105"
_ERROR = "entered-in-error"

# Elements that name who wrote a record, the writer first.
_AUTHORS = ("recorder", "asserter", "author", "performer", "requester", "participant", "informationSource", "enterer")


def withdrawn(record: SourceRecord) -> bool:
    """Whether the source took it back: the hub says so, or the record's own status is entered-in-error."""
    if record.withdrawn:
        return True
    resource = record.resource
    if resource.get("status") == _ERROR:
        return True
    status = resource.get("verificationStatus")
    return status is not None and (status == _ERROR or any(code == _ERROR for _, code, _ in codings(status)))


class Shelf:
    """Live records of one view. Nothing on it changes; references are followed within the view only, since nothing is shared between patients."""

    def __init__(self, view: SourceView) -> None:
        self.source = view.source
        self.patient = view.patient
        self.live: list[SourceRecord] = []
        self.withdrawn = 0
        self._by_reference: dict[str, SourceRecord] = {}
        self._by_type: dict[str, list[SourceRecord]] = {}
        self._based_on: dict[str, list[SourceRecord]] = {}
        self._parents: dict[str, list[SourceRecord]] = {}
        self._roles: dict[str, list[SourceRecord]] = {}
        self._headings: dict[str, list[str]] = {}
        self._authors: dict[str, str] = {}
        for record in _latest(view.records):
            if withdrawn(record):
                self.withdrawn += 1
                continue
            self.live.append(record)
            resource = record.resource
            type = str(resource.get("resourceType") or "")
            self._by_reference[record.attribution.record] = record
            self._by_reference.setdefault(f"{type}/{resource.get('id')}", record)
            self._by_type.setdefault(type, []).append(record)
            if type in ("MedicationRequest", "MedicationStatement", "MedicationDispense"):
                for element in ("basedOn", "authorizingPrescription", "derivedFrom"):
                    for target in many(resource, element, "reference"):
                        self._based_on.setdefault(str(target), []).append(record)
            if type in ("DiagnosticReport", "Observation"):
                for element in ("result", "hasMember"):
                    for target in many(resource, element, "reference"):
                        self._parents.setdefault(str(target), []).append(record)

            if type == "PractitionerRole" and (target := text(resource, "practitioner", "reference")):
                self._roles.setdefault(target, []).append(record)
            if (
                type == "List"
                and _TOPIC in (code for _, code, _ in codings(resource.get("code")))
                and (target := text(resource, "encounter", "reference"))
            ):
                self._headings.setdefault(target, []).append(text(resource, "title"))

    def roles(self, practitioner: str) -> list[SourceRecord]:
        """The PractitionerRoles of a practitioner."""
        return self._roles.get(practitioner, [])

    def headings(self, encounter: str) -> list[str]:
        """Titles of the topics of an encounter: GP Connect sends a consultation as lists of lists, of which topics carry the clinical headings."""
        return [title for title in self._headings.get(encounter, []) if title]

    def of(self, type: str) -> list[SourceRecord]:
        """Live records of a type."""
        return self._by_type.get(type, [])

    def followers(self, reference: str) -> list[SourceRecord]:
        """Medicine records that say they are based on this one."""
        return self._based_on.get(reference, [])

    def groups(self, reference: str) -> list[SourceRecord]:
        """Reports and group headings that hold this result."""
        return self._parents.get(reference, [])

    def record(self, reference: Any) -> SourceRecord | None:
        """The live record a Reference points at, or None."""
        target = reference.get("reference") if isinstance(reference, dict) else reference
        return self._by_reference.get(target) if isinstance(target, str) else None

    def follow(self, reference: Any, holder: Resource | None = None) -> Resource | None:
        """The resource a Reference points at, also one contained in its holder ("#x"); None when it is not held."""
        found = self.record(reference)
        if found:
            return found.resource
        target = text(reference, "reference") if isinstance(reference, dict) else ""
        if target.startswith("#") and holder is not None:
            return next((part for part in many(holder, "contained") if isinstance(part, dict) and part.get("id") == target[1:]), None)
        return None

    def called(self, reference: Any, holder: Resource | None = None) -> str:
        """What a Reference points at, in words: the name or title of the target, else the reference's own display; "" when unknown."""
        resource = self.follow(reference, holder)
        stated = text(reference, "display") if isinstance(reference, dict) else ""
        if resource is None:
            return stated
        if resource.get("resourceType") == "PractitionerRole":
            who = self.called(resource.get("practitioner"), resource)
            where = self.called(resource.get("organization"), resource)
            return who or next((w for w in (words(c) for c in many(resource, "code")) if w), "") or where or stated
        return names.of(resource) or text(resource, "title") or words(resource.get("code")) or words(resource.get("vaccineCode")) or stated

    def every(self, resource: Resource, *path: str) -> Iterator[str]:
        """What each Reference at a path is called; those without a name are left out."""
        for reference in many(resource, *path):
            if isinstance(reference, dict) and (name := self.called(reference, resource)):
                yield name

    def author(self, resource: Resource) -> str:
        """The person or organisation that wrote a record, as the source names them; "" when it does not."""
        for element in _AUTHORS:
            for item in many(resource, element) if element in resource else ():
                if not isinstance(item, dict):
                    continue
                reference = item.get("actor") or item.get("individual") or item
                target = text(reference, "reference") if isinstance(reference, dict) else ""
                if target.startswith("Patient/"):
                    continue
                known = self._authors.get(target) if target and not target.startswith("#") else None
                if known is None:
                    known = self.called(reference, resource)
                    if target and not target.startswith("#") and self.record(reference):
                        self._authors[target] = known
                if known:
                    return known
        return ""

    def attribution(self, record: SourceRecord) -> Attribution:
        """The record's attribution with its author's name filled in where the hub had none."""
        told = record.attribution
        if told.author:
            return told
        author = self.author(record.resource)
        if not author:
            return told
        return Attribution(
            told.source,
            told.feed,
            told.record,
            told.record_version,
            told.message,
            told.recorded,
            told.received,
            author,
            told.adapter,
            told.mapping_version,
        )

    def labels(self, record: SourceRecord) -> tuple[str, ...]:
        """See careplan.protection.labels."""
        return labels(record.resource) if "meta" in record.resource else ()


def _latest(records: tuple[SourceRecord, ...]) -> list[SourceRecord]:
    """Each record once, its highest version, in the order of their references."""
    by_reference: dict[str, SourceRecord] = {}
    for record in records:
        known = by_reference.get(record.attribution.record)
        if known is None or _rank(record) > _rank(known):
            by_reference[record.attribution.record] = record
    return [by_reference[reference] for reference in sorted(by_reference)]


def _rank(record: SourceRecord) -> tuple[int, bytes]:
    return record.attribution.record_version, stable(record.resource)


def extension_value(element: Any, *tails: str) -> Any:
    """The value of the first extension whose address ends with one of the names, whatever its base address or version; None when absent."""
    if isinstance(element, dict):
        for item in element.get("extension") or ():
            if isinstance(item, dict):
                url = str(item.get("url") or "")
                name = url.rpartition("/")[2]
                if any(tail in name for tail in tails):
                    value = next((v for k, v in item.items() if k.startswith("value")), None)
                    return value if value is not None else item
    return None
