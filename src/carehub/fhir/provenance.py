"""Provenance (FHIR R4) of one source record, from its Attribution: who said it, in which message, which code put it into FHIR."""

from __future__ import annotations

from functools import lru_cache
from typing import Any

from carehub.fhir.canonical import dumps
from carehub.fhir.references import find
from carehub.fhir.resource import Resource
from carehub.terms.attribution import Attribution
from carehub.terms.organisations import SourceOrganisation
from carehub.terms.refs import derived_id

MESSAGE_SYSTEM = "urn:carehub:message"
FEED_SYSTEM = "urn:carehub:feed"
ADAPTER_SYSTEM = "urn:carehub:adapter"
_PARTICIPANT = "http://terminology.hl7.org/CodeSystem/provenance-participant-type"
_OPERATION = "http://terminology.hl7.org/CodeSystem/v3-DataOperation"


def provenance(attribution: Attribution) -> Resource:
    """A Provenance whose target is the record; its id is derived, so the same attribution always gives the same resource.

    occurred: the source's own time, when it gave one; recorded: when the hub received the message. Author: the person as the source names
    them, on behalf of the organisation, or the organisation itself. Assembler: the adapter and its mapping version. Entity: the message,
    by id, and the feed it came on.
    """
    organisation: Resource = {
        "type": "Organization",
        # Without a system: a source that has no ODS code is known by its own code for itself.
        "identifier": {"value": attribution.source.code},
        "display": attribution.source.title,
    }
    author: Resource = {"type": _role("author", "Author"), "who": organisation}
    if attribution.author:
        author = {"type": _role("author", "Author"), "who": {"display": attribution.author}, "onBehalfOf": organisation}
    first = attribution.record_version <= 1
    told: Resource = {
        "resourceType": "Provenance",
        "id": _id(attribution),
        "target": [{"reference": attribution.record}],
        "recorded": attribution.received,
        "activity": {
            "coding": [{"system": _OPERATION, "code": "CREATE" if first else "UPDATE", "display": "create" if first else "revise"}]
        },
        "agent": [
            author,
            {
                "type": _role("assembler", "Assembler"),
                "who": {
                    "identifier": {"system": ADAPTER_SYSTEM, "value": f"{attribution.adapter}/{attribution.mapping_version}"},
                    "display": f"carehub, adapter {attribution.adapter}, mapping version {attribution.mapping_version}",
                },
            },
        ],
        "entity": [
            {
                "role": "source",
                "what": {
                    "identifier": {"system": MESSAGE_SYSTEM, "value": attribution.message},
                    "display": f"Message on feed {attribution.feed}",
                },
            }
        ],
    }
    if attribution.recorded:
        told["occurredDateTime"] = attribution.recorded
    return told


def provenance_bytes(attribution: Attribution) -> tuple[str, bytes]:
    """The id and the JSON of `provenance`. What all that one message told has in common is made once."""
    a, id = attribution, _id(attribution)
    rest = _without_target(
        a.source, a.feed, min(a.record_version, 2), a.message, a.recorded, a.received, a.author, a.adapter, a.mapping_version
    )
    return id, b'{"resourceType":"Provenance","id":"%b","target":[{"reference":%b}],%b' % (id.encode(), dumps(a.record), rest)


@lru_cache(2048)
def _without_target(source: SourceOrganisation, feed: str, version: int, message: str, *told: Any) -> bytes:
    whole = provenance(Attribution(source, feed, "", version, message, *told))
    return dumps({name: value for name, value in whole.items() if name not in ("resourceType", "id", "target")})[1:]


def _id(attribution: Attribution) -> str:
    return derived_id("provenance", attribution.record, str(attribution.record_version), attribution.message)


def made_of(resource: Resource, at: str) -> Resource:
    """A Provenance of a resource that the hub makes of others when it is asked for: which records it refers to, and that carehub put them together.
    at: when, ISO UTC."""
    target = f"{resource['resourceType']}/{resource['id']}"
    told: Resource = {
        "resourceType": "Provenance",
        "id": derived_id("provenance", target),
        "target": [{"reference": target}],
        "recorded": at,
        "agent": [{"type": _role("assembler", "Assembler"), "who": {"display": "carehub, from the records of the sources"}}],
    }
    records = dict.fromkeys(
        one for _, one in find(resource) if not one.startswith("DetectedIssue/") and not one.endswith(f"/{resource['id']}")
    )
    entity = [{"role": "source", "what": {"reference": one}} for one in records]
    return {**told, **({"entity": entity} if entity else {})}


def _role(code: str, display: str) -> Resource:
    return {"coding": [{"system": _PARTICIPANT, "code": code, "display": display}]}
