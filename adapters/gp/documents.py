"""DocumentReference to UKCore-DocumentReference: letters and files, of which the record holds the name and the address, not the content."""

from __future__ import annotations

import re
from typing import Any

from carehub.fhir.resource import Resource

from .codes.content_types import CONTENT_TYPES
from .concepts import coding, concept, extensions, period
from .datatypes import attachment
from .primitives import choice, date_time, string
from .reading import Reading, odd
from .references import identifier, of_patient, reference
from .shapes import Rules, many, narrative, one_of_many, own, same, shape

# RFC 6838 names, with parameters (RFC 2045) behind them.
_MEDIA_TYPE = re.compile(r"[A-Za-z0-9][A-Za-z0-9!#$&^_.+-]*/[A-Za-z0-9][A-Za-z0-9!#$&^_.+-]*(?:\s*;\s*[^\s;]+=(?:\"[^\"]*\"|[^\s;]+))*")
_AS_SENT = "urn:carehub:content-type-as-sent"
_STU3 = "http://hl7.org/fhir/3.0/StructureDefinition/extension-DocumentReference."


def _attachment(value: Any, reading: Reading) -> Resource | None:
    """An attachment whose content type is one, or has none.

    Known wrong names are put right; anything else ("GP2GP generated placeholder. Original document not available." is one) is no content type:
    its words are kept, as the title where there is none (MAP-007).
    """
    if value.__class__ is not dict:
        raise odd()
    sent = value.get("contentType")
    out: Resource = attachment({name: raw for name, raw in value.items() if name != "contentType"}, reading) or {}
    if sent is not None:
        stated = string(sent, reading)
        name = " ".join(stated.split()) if stated else ""
        if _MEDIA_TYPE.fullmatch(name):
            out["contentType"] = name
        elif name:
            reading.note("MAP-007")
            known = CONTENT_TYPES.get(name.casefold().lstrip("."))
            if known:
                out["contentType"] = known
            out.setdefault("extension", []).append({"url": _AS_SENT, "valueString": name})
            if not known and "title" not in out:
                out["title"] = name
    return out or None


_content = shape({"attachment": ("attachment", _attachment), "format": ("format", coding)}, needs=("attachment",))
_relates = shape(
    {"code": ("code", choice("replaces", "transforms", "signs", "appends")), "target": ("target", reference)}, needs=("code", "target")
)
_related = shape({"ref": ("ref", reference), "identifier": ("identifier", identifier)})


def _beside(value: Any, reading: Reading) -> Resource | None:
    """Related things: a reference, an identifier or both; R4 has one Reference for the two."""
    out: Resource = _related(value, reading) or {}
    made: Resource = dict(out.get("ref", {}))
    if "identifier" in out:
        made.setdefault("identifier", out["identifier"])
    return made or None


_context = shape(
    {
        "encounter": ("encounter", one_of_many(reference)),
        "event": ("event", many(concept)),
        "period": ("period", period),
        **same(concept, "facilityType practiceSetting"),
        "sourcePatientInfo": ("sourcePatientInfo", reference),
        "related": ("related", many(_beside)),
    }
)

RULES: Rules = {
    "masterIdentifier": ("masterIdentifier", identifier),
    "identifier": ("identifier", many(identifier)),
    "status": ("status", choice("current", "superseded", "entered-in-error")),
    "docStatus": ("docStatus", choice("preliminary", "final", "amended", "entered-in-error")),
    "type": ("type", concept),
    "class": ("category", one_of_many(concept)),
    "subject": ("subject", of_patient),
    "indexed": ("date", date_time),
    "author": ("author", many(reference)),
    **same(reference, "authenticator custodian"),
    "relatesTo": ("relatesTo", many(_relates)),
    "description": ("description", string),
    "securityLabel": ("securityLabel", many(concept)),
    "content": ("content", many(_content)),
    "context": ("context", _context),
    "extension": ("extension", extensions),
    **own("created"),
    "text": ("text", narrative),
}


def finish(source: Resource, out: Resource, reading: Reading) -> None:
    """R4 asks for a status and content. `created` is the attachment's; an `indexed` without a time is not an instant and stays beside."""
    if "status" not in out or "subject" not in out or "content" not in out:
        raise odd()
    if source.get("created") is not None:
        reading.element = "created"
        made = date_time(source["created"], reading)
        reading.element = ""
        for part in out["content"] if made else ():
            part["attachment"].setdefault("creation", made)
    indexed = out.get("date")
    if indexed is not None and "T" not in indexed:
        del out["date"]
        out.setdefault("extension", []).append({"url": f"{_STU3}indexed", "valueDateTime": indexed})
