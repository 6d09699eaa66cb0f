"""The searches of the contract: for each parameter that carehub declares, a value that finds and one that does not, read from the record."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any, NamedTuple

from contracts.fhir.in_process import carehub_client
from contracts.fhir.record import Body

# Where a parameter's value is, where it is not an element of the parameter's own name; the contract's own reading of R4, not the server's.
PLACES = {
    "patient": "subject|patient|for|participant.actor", "subject": "subject|for", "actor": "participant.actor",
    "participant": "participant.member|participant.individual",
    "clinical-status": "clinicalStatus", "verification-status": "verificationStatus", "lifecycle-status": "lifecycleStatus",
    "achievement-status": "achievementStatus", "service-type": "serviceType|type", "service-provider": "serviceProvider",
    "reason-code": "reasonCode", "care-manager": "careManager", "care-team": "careTeam", "vaccine-code": "vaccineCode",
    "lot-number": "lotNumber", "onset-date": "onsetDateTime", "abatement-date": "abatementDateTime", "recorded-date": "recordedDate",
    "start-date": "startDate", "target-date": "target.dueDate", "authored-on": "authoredOn", "authoredon": "authoredOn",
    "authored": "authoredOn|authored", "modified": "lastModified", "occurrence": "occurrenceDateTime", "medication": "medicationReference",
    "value-quantity": "valueQuantity", "value-string": "valueString", "value-concept": "valueCodeableConcept", "has-member": "hasMember",
    "item": "entry.item", "location": "location.location", "partof": "partOf", "role": "code", "effective": "effectivePeriod",
    "organization": "managingOrganization|providedBy|organization", "address-postalcode": "address.postalCode", "family": "name.family",
    "given": "name.given", "collected": "collection.collectedDateTime", "code": "code|medicationCodeableConcept|codeCodeableConcept",
    "date": "date|recordedDate|start|period|dateTime|effectiveDateTime|occurrenceDateTime|performedDateTime", "_id": "id",
    "name": "name|name.family", "_lastUpdated": "meta.lastUpdated",
}  # fmt: skip
# The elements that hold code and value together, and where the value is in them.
COMPOSITES = {
    "code-value-quantity": (".", "valueQuantity", "quantity"), "code-value-concept": (".", "valueCodeableConcept", "token"),
    "code-value-string": (".", "valueString", "string"), "component-code-value-quantity": ("component", "valueQuantity", "quantity"),
    "component-code-value-concept": ("component", "valueCodeableConcept", "token"),
    "combo-code-value-quantity": (".|component", "valueQuantity", "quantity"),
    "combo-code-value-concept": (".|component", "valueCodeableConcept", "token"),
}  # fmt: skip
MISSES = {
    "token": "urn:nobody|nothing",
    "reference": "nobody-at-all",
    "date": "1801-01-01",
    "string": "Zzyzx",
    "quantity": "987654",
    "uri": "urn:x",
    "composite": "urn:nobody|nothing$987654",
}


class Case(NamedTuple):
    """A search of one type by one parameter. found: ids that a value of the record finds."""

    type: str
    name: str
    kind: str
    value: str
    found: frozenset[str]


def declared() -> Iterator[tuple[str, str, str]]:
    """(type, name, kind) of every parameter that carehub's CapabilityStatement declares for records."""
    for resource in carehub_client().get("metadata").json()["rest"][0]["resource"]:
        if resource["type"] not in ("Patient", "DetectedIssue", "AuditEvent", "Group"):
            yield from ((resource["type"], one["name"], one["type"]) for one in resource.get("searchParam", ()))


def cases(record: list[Body]) -> Iterator[Case]:
    """A case for each; one without a value in the record has value "" and fails the test that asks for it."""
    for type_, name, kind in declared():
        if name == "_tag":
            continue
        values = [(one["id"], text) for one in record if one["resourceType"] == type_ for text in texts(one, name, kind)]
        value = values[0][1] if values else ""
        yield Case(type_, name, kind, value, frozenset(id_ for id_, text in values if text == value))


def texts(resource: Body, name: str, kind: str) -> Iterator[str]:
    """The parameter's values in a resource, as a search writes them."""
    if kind == "composite":
        yield from _together(resource, *COMPOSITES[name])
        return
    for path in PLACES.get(name, name).split("|"):
        for value in _at(resource, path.split(".")):
            yield from _written(value, kind)


def _together(resource: Body, elements: str, value: str, kind: str) -> Iterator[str]:
    for where in elements.split("|"):
        for element in [resource] if where == "." else _at(resource, [where]):
            codes = [text for one in _at(element, ["code"]) for text in _written(one, "token")]
            values = [text.replace(",", "\\,") for one in _at(element, [value]) for text in _written(one, kind)]
            yield from (f"{code}${text}" for code in codes for text in values)


def _at(value: Any, path: list[str]) -> Iterator[Any]:
    if isinstance(value, list):
        for one in value:
            yield from _at(one, path)
    elif not path:
        yield value
    elif isinstance(value, dict) and path[0] in value:
        yield from _at(value[path[0]], path[1:])


def _written(value: Any, kind: str) -> Iterator[str]:
    if kind == "reference" and isinstance(value, dict) and "reference" in value:
        yield value["reference"]
    elif kind == "quantity":
        yield f"{value['value']}|{value['system']}|{value['code']}"
    elif kind == "date":
        yield value if isinstance(value, str) else f"ge{value['start']}"
    elif kind == "token" and isinstance(value, dict):
        codings = value.get("coding", [value])
        yield from (f"{one['system']}|{one.get('code', one.get('value'))}" for one in codings)
    elif isinstance(value, bool):
        yield "true" if value else "false"
    elif isinstance(value, str):
        yield value
