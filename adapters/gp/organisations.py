"""Organization and Location to their UK Core profiles."""

from __future__ import annotations

from .concepts import coding, concept, extensions
from .datatypes import address, human_name, telecoms
from .primitives import boolean, choice, decimal, string
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
