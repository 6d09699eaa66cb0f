"""Shelf: the records of one source view, found by type and by reference, with the author of each."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from operator import is_
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


# A question put to a shelf and what it answered: which of its indexes, the key, and the record or records found, or None.
Asked = tuple[int, str, "SourceRecord | list[SourceRecord] | None"]
_REFERENCE, _TYPE, _BASED_ON, _PARENTS, _ROLES, _HEADINGS = range(6)


class Shelf:
    """Live records of one view. Nothing on it changes; references are followed within the view only, since nothing is shared between patients.

    asked: while it is a list, every question put to the shelf is added to it.
    """

    def __init__(self, view: SourceView) -> None:
        self.source = view.source
        self.patient = view.patient
        self.asked: list[Asked] | None = None
        self.live: list[SourceRecord] = []
        self.withdrawn = 0
        self._by_reference: dict[str, SourceRecord] = {}
        self._by_type: dict[str, list[SourceRecord]] = {}
        self._based_on: dict[str, list[SourceRecord]] = {}
        self._parents: dict[str, list[SourceRecord]] = {}
        self._roles: dict[str, list[SourceRecord]] = {}
        self._headings: dict[str, list[SourceRecord]] = {}
        self._authors: dict[str, tuple[str, list[Asked]]] = {}
        self._indexes: tuple[Mapping[str, SourceRecord | list[SourceRecord]], ...] = (
            self._by_reference,
            self._by_type,
            self._based_on,
            self._parents,
            self._roles,
            self._headings,
        )
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
                self._headings.setdefault(target, []).append(record)

    def answers(self, asked: Iterable[Asked]) -> bool:
        """Whether this shelf would answer these questions, put to another one, with the very same records."""
        indexes = self._indexes
        for index, key, found in asked:
            now = indexes[index].get(key)
            if now is not found and not _same(now, found):
                return False
        return True

    def _several(self, index: int, key: str, found: list[SourceRecord] | None) -> list[SourceRecord]:
        if self.asked is not None:
            self.asked.append((index, key, found))
        return found or []

    def roles(self, practitioner: str) -> list[SourceRecord]:
        """The PractitionerRoles of a practitioner."""
        return self._several(_ROLES, practitioner, self._roles.get(practitioner))

    def headings(self, encounter: str) -> list[str]:
        """Titles of the topics of an encounter: GP Connect sends a consultation as lists of lists, of which topics carry the clinical headings."""
        topics = self._several(_HEADINGS, encounter, self._headings.get(encounter))
        return [title for topic in topics if (title := text(topic.resource, "title"))]

    def of(self, type: str) -> list[SourceRecord]:
        """Live records of a type."""
        return self._several(_TYPE, type, self._by_type.get(type))

    def followers(self, reference: str) -> list[SourceRecord]:
        """Medicine records that say they are based on this one."""
        return self._several(_BASED_ON, reference, self._based_on.get(reference))

    def groups(self, reference: str) -> list[SourceRecord]:
        """Reports and group headings that hold this result."""
        return self._several(_PARENTS, reference, self._parents.get(reference))

    def record(self, reference: Any) -> SourceRecord | None:
        """The live record a Reference points at, or None."""
        target = reference.get("reference") if isinstance(reference, dict) else reference
        if not isinstance(target, str):
            return None
        found = self._by_reference.get(target)
        if self.asked is not None:
            self.asked.append((_REFERENCE, target, found))
        return found

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
                if known := self._author(target, reference, resource):
                    return known
        return ""

    def _author(self, target: str, reference: Any, resource: Resource) -> str:
        """What the author is called; looked up once for all that they wrote."""
        if not target or target.startswith("#"):
            return self.called(reference, resource)
        if known := self._authors.get(target):
            if self.asked is not None:
                self.asked += known[1]
            return known[0]
        before, self.asked = self.asked, []
        held = self.record(reference)
        name = self.called(reference, resource)
        asked, self.asked = self.asked, before
        if held:
            self._authors[target] = name, asked
        if before is not None:
            before += asked
        return name

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


def _same(one: object, other: object) -> bool:
    return isinstance(one, list) and isinstance(other, list) and len(one) == len(other) and all(map(is_, one, other))


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
