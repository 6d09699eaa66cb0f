"""GET /fhir/R4/metadata: the CapabilityStatement, made from the same table that makes the routes."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from carehub.fhir.resource import Resource

# Operations that are not this hub's own.
_DEFINED = {
    "export": "http://hl7.org/fhir/uv/bulkdata/OperationDefinition/group-export",
    "everything": "http://hl7.org/fhir/OperationDefinition/Patient-everything",
    "match": "http://hl7.org/fhir/OperationDefinition/Patient-match",
    "summary": "http://hl7.org/fhir/uv/ips/OperationDefinition/summary",
    "validate": "http://hl7.org/fhir/OperationDefinition/Resource-validate",
}


@dataclass(frozen=True, slots=True)
class Served:
    """One resource type and what may be done with it. params: (name, type) of its search parameters. operations: names without the dollar.
    links: "Type:param" that _include takes. conditional_create: whether create heeds If-None-Exist."""

    type: str
    interactions: tuple[str, ...]
    params: tuple[tuple[str, str], ...] = ()
    operations: tuple[str, ...] = ()
    profile: str = ""
    note: str = ""
    links: tuple[str, ...] = ()
    conditional_create: bool = False


_OAUTH = "http://fhir-registry.smarthealthit.org/StructureDefinition/oauth-uris"
_SMART = {"coding": [{"system": "http://terminology.hl7.org/CodeSystem/restful-security-service", "code": "SMART-on-FHIR"}]}


def capability_statement(
    served: Sequence[Served], *, base: str, version: str, date: str, addresses: Mapping[str, str] | None = None
) -> Resource:
    """An R4 CapabilityStatement of kind instance. base: the FHIR base address. date: ISO date of the software version's start. addresses: where
    access is given, by the names of SMART's extension ("token", …); None where no app is registered."""
    security: Resource = {"description": "A bearer credential, or a signed-in session. A purpose of use is part of every request."}
    if addresses:
        told = [{"url": name, "valueUri": address} for name, address in addresses.items()]
        security |= {"extension": [{"url": _OAUTH, "extension": told}], "service": [_SMART]}
    return {
        "resourceType": "CapabilityStatement",
        "status": "active",
        "date": date,
        "kind": "instance",
        "software": {"name": "carehub", "version": version},
        "implementation": {"description": "Shared care record integration hub", "url": base},
        "fhirVersion": "4.0.1",
        "format": ["application/fhir+json"],
        "rest": [
            {
                "mode": "server",
                "documentation": "Sources feed the hub by submission, not by FHIR create. What the team enters here is written: see Task.",
                "security": security,
                "resource": [_resource(one) for one in served],
            }
        ],
    }


def _resource(one: Served) -> Resource:
    resource: Resource = {"type": one.type}
    if one.profile:
        resource["profile"] = one.profile
    if one.note:
        resource["documentation"] = one.note
    resource["interaction"] = [{"code": code} for code in one.interactions]
    if "vread" in one.interactions:
        resource["versioning"] = "versioned"
    if one.conditional_create:
        resource["conditionalCreate"] = True
    if one.links:
        resource["searchInclude"] = list(one.links)
    if "search-type" in one.interactions and one.links:
        resource["searchRevInclude"] = ["Provenance:target"]
    if one.params:
        resource["searchParam"] = [{"name": name, "type": kind} for name, kind in one.params]
    if one.operations:
        resource["operation"] = [
            {"name": name, "definition": _DEFINED.get(name, f"urn:carehub:operation:{one.type}-{name}")} for name in one.operations
        ]
    return resource
