"""References and identifiers: "Type/id" as sent to "Type/id" as filed, or words when they point outside what is filed."""

from __future__ import annotations

import re
from typing import Any

from carehub.fhir.resource import Resource
from carehub.terms import nhs_number
from carehub.terms.errors import Unmappable
from carehub.terms.issue_catalogue import issue

from .concepts import concept, extensions, period
from .primitives import choice, string, uri
from .reading import Reading, odd
from .shapes import nothing, shape, unknown

_ABSOLUTE = re.compile(r"[A-Za-z][A-Za-z0-9+.-]*:")
_OID = re.compile(r"[0-2](?:\.(?:0|[1-9][0-9]*))+")


def reference(value: Any, reading: Reading) -> Resource | None:
    """A Reference that can be followed, or keeps what it named as an identifier ("Type/id" as sent).

    MAP-008 when the message does not hold its target at all; a target that is held but not served is counted with that target.
    """
    if value.__class__ is not dict:
        raise odd()
    target = display = named = None
    for key, raw in value.items():
        if raw is None:
            continue
        if key == "reference":
            target = string(raw, reading)
        elif key == "display":
            display = string(raw, reading)
        elif key == "identifier":
            named = identifier(raw, reading)
        else:
            unknown(key, reading)
    out: Resource = {}
    if target is not None:
        filed = reading.resolve(target)
        if filed is None and reading.is_patient(target):
            filed = reading.patient.reference
        if filed is not None:
            out["reference"] = filed
            display = display or reading.displays.get(filed)
        else:
            if not reading.holds(target):
                reading.note("MAP-008")
            named = named or {"value": target}
    if named is not None:
        out["identifier"] = named
    if display is not None:
        out["display"] = display
    return out or None


def of_patient(value: Any, reading: Reading) -> Resource:
    """Who an entry is about, which must be the patient of the message. Raises Unmappable MAP-016 for anyone else.

    A patient named by NHS number alone is taken for the message's patient unless both numbers are usable and differ.
    """
    if value.__class__ is not dict:
        raise odd()
    target = value.get("reference")
    if target is not None:
        if target.__class__ is not str:
            raise odd()
        if not reading.is_patient(target):
            raise Unmappable(issue("MAP-016"))
    named = value.get("identifier")
    if named.__class__ is dict and named.get("value").__class__ is str:
        number = nhs_number.valid(named["value"])
        if number is not None and reading.number is not None and number != reading.number:
            raise Unmappable(issue("MAP-016"))
    elif target is None:
        raise odd()
    return {"reference": reading.patient.reference}


def _system(value: Any, reading: Reading) -> str | None:
    """An absolute address, as FHIR asks. A bare object identifier ("2.16.840…") is written urn:oid:, a local name ("LocalSystem/1") urn:local:."""
    got = uri(value, reading)
    if not got or _ABSOLUTE.match(got):
        return got
    return f"urn:oid:{got}" if _OID.fullmatch(got) else f"urn:local:{got}"


identifier = shape(
    {
        "use": ("use", choice("usual", "official", "temp", "secondary", "old")),
        "type": ("type", concept),
        "system": ("system", _system),
        "value": ("value", string),
        "period": ("period", period),
        "assigner": ("assigner", reference),
        "extension": ("extension", extensions),
        "id": ("id", nothing),
    }
)
