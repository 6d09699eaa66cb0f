"""Organization and Location to their UK Core profiles."""

from __future__ import annotations

from carehub.fhir.resource import Resource
from carehub.terms.organisations import ODS_SYSTEM

from .concepts import coding, concept, extensions
from .datatypes import address, human_name, telecoms
from .primitives import boolean, choice, decimal, string
from .reading import Reading
from .references import identifier, reference
from .shapes import Rules, many, narrative, one_of_many, same, shape

_contact = shape(
    {"purpose": ("purpose", concept), "name": ("name", human_name), "telecom": ("telecom", telecoms), "address": ("address", address)}
)

ORGANISATION: Rules = {
    "identifier": ("identifier", many(identifier)),
    "active": ("active", boolean),
    "type": ("type", many(concept)),
    "name": ("name", string),
    "alias": ("alias", many(string)),
    "telecom": ("telecom", telecoms),
    "address": ("address", many(address)),
    "partOf": ("partOf", reference),
    "contact": ("contact", many(_contact)),
    "endpoint": ("endpoint", many(reference)),
    "extension": ("extension", extensions),
    "text": ("text", narrative),
}

_ODS_SITE = "https://fhir.nhs.uk/Id/ods-site-code"


def finish(source: Resource, out: Resource, reading: Reading) -> None:
    """UK Core allows one ODS code and one ODS site code, each with a value. A further one is kept without the system, and MAP-007 says so."""
    kept: list[Resource] = []
    seen: dict[str, str] = {}
    for item in out.get("identifier", ()):
        system = item.get("system")
        if system in (ODS_SYSTEM, _ODS_SITE):
            if "value" not in item or seen.get(system) == item["value"]:
                continue
            if system in seen:
                reading.element = "identifier"
                reading.note("MAP-007")
                reading.element = ""
                item = {**{name: value for name, value in item.items() if name != "system"}, "type": {"text": "Further ODS code"}}
            else:
                seen[system] = item["value"]
        kept.append(item)
    if kept:
        out["identifier"] = kept
    else:
        out.pop("identifier", None)


_position = shape(same(decimal, "longitude latitude altitude"), needs=("longitude", "latitude"))

LOCATION: Rules = {
    "identifier": ("identifier", many(identifier)),
    "status": ("status", choice("active", "suspended", "inactive")),
    "operationalStatus": ("operationalStatus", coding),
    "name": ("name", string),
    "alias": ("alias", many(string)),
    "description": ("description", string),
    "mode": ("mode", choice("instance", "kind")),
    "type": ("type", one_of_many(concept)),
    "telecom": ("telecom", telecoms),
    "address": ("address", address),
    "physicalType": ("physicalType", concept),
    "position": ("position", _position),
    "managingOrganization": ("managingOrganization", reference),
    "partOf": ("partOf", reference),
    "endpoint": ("endpoint", many(reference)),
    "extension": ("extension", extensions),
    "text": ("text", narrative),
}
