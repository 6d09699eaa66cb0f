"""Patient to UKCore-Patient."""

from __future__ import annotations

from typing import Any

from carehub.fhir.resource import Resource, text
from carehub.terms import nhs_number
from carehub.terms.codes import ukcore

from .codes.systems import UKCORE_NUMBER_STATUS
from .concepts import concept, extension, extensions, period
from .datatypes import address, attachment, human_name, telecom, telecoms
from .known_extensions import parts, placed, short_name, value_of
from .primitives import boolean, choice, date, date_time, integer
from .reading import Reading, listed, odd
from .references import identifier, reference
from .shapes import Rules, many, narrative, own, shape
from .who import usable_numbers


def _not_a_person(value: Any, reading: Reading) -> None:
    """STU3 marks the patient of a vet here. The message is refused."""
    raise odd()


_GENDER = choice("male", "female", "other", "unknown")

_contact = shape(
    {
        "relationship": ("relationship", many(concept)),
        "name": ("name", human_name),
        "telecom": ("telecom", telecoms),
        "address": ("address", address),
        "gender": ("gender", _GENDER),
        "organization": ("organization", reference),
        "period": ("period", period),
    }
)

_communication = shape({"language": ("language", concept), "preferred": ("preferred", boolean)}, needs=("language",))

_LINK = shape(
    {"other": ("other", reference), "type": ("type", choice("replaced-by", "replaces", "refer", "seealso"))}, needs=("other", "type")
)

RULES: Rules = {
    "active": ("active", boolean),
    "name": ("name", many(human_name)),
    "telecom": ("telecom", many(telecom)),
    "gender": ("gender", _GENDER),
    "birthDate": ("birthDate", date),
    "deceasedBoolean": ("deceasedBoolean", boolean),
    "deceasedDateTime": ("deceasedDateTime", date_time),
    "address": ("address", many(address)),
    "maritalStatus": ("maritalStatus", concept),
    "multipleBirthBoolean": ("multipleBirthBoolean", boolean),
    "multipleBirthInteger": ("multipleBirthInteger", integer),
    "photo": ("photo", many(attachment)),
    "contact": ("contact", many(_contact)),
    "communication": ("communication", many(_communication)),
    "generalPractitioner": ("generalPractitioner", many(reference)),
    "managingOrganization": ("managingOrganization", reference),
    "link": ("link", many(_LINK)),
    **own("identifier extension"),
    "animal": ("animal", _not_a_person),
    "text": ("text", narrative),
}


def _communicates(item: Resource, out: Resource, reading: Reading) -> Resource | None:
    """NHSCommunication: language and interpreter go to their R4 places; mode and proficiency have none, so the extension stays too."""
    found = parts(item)
    language = value_of(found.get("language"), reading, concept, "valueCodeableConcept")
    if language is not None:
        spoken: Resource = {"language": language}
        preferred = value_of(found.get("preferred"), reading, boolean, "valueBoolean")
        if preferred is not None:
            spoken["preferred"] = preferred
        out.setdefault("communication", []).append(spoken)
    interpreter = value_of(found.get("interpreterRequired"), reading, boolean, "valueBoolean")
    if interpreter is not None:
        url = "http://hl7.org/fhir/StructureDefinition/patient-interpreterRequired"
        out.setdefault("extension", []).append({"url": url, "valueBoolean": interpreter})
    return extension(item, reading)


_extensions = placed({"NHSCommunication": _communicates})


def finish(source: Resource, out: Resource, reading: Reading) -> None:
    """Identifiers, extensions, and the fact of death where its date cannot be read."""
    _extensions(source, out, reading)
    if source.get("deceasedDateTime") is not None and "deceasedDateTime" not in out:
        out["deceasedBoolean"] = True
    if "deceasedDateTime" in out:
        out.pop("deceasedBoolean", None)
    reading.element = "identifier"
    known = _identifiers(source, reading)
    if known:
        out["identifier"] = known
    reading.element = ""


def _identifiers(source: Resource, reading: Reading) -> list[Resource]:
    sent = source.get("identifier")
    if sent is None:
        return []
    usable = usable_numbers(source)
    known = []
    for item in listed(sent):
        if item is None:
            continue
        if item.__class__ is not dict:
            raise odd()
        got = _number(item, usable, reading) if item.get("system") == nhs_number.SYSTEM else identifier(item, reading)
        if got is not None:
            known.append(got)
    return known


def _number(item: Resource, usable: frozenset[str], reading: Reading) -> Resource | None:
    """An NHS number: in its own system when usable, else as sent without a system, so that nothing links on it (MAP-009)."""
    out: Resource | None = identifier({name: value for name, value in item.items() if name != "extension"}, reading)
    if out is None:
        return None
    status = _status(item, reading)
    digits = nhs_number.valid(text(item, "value"))
    if digits and item.get("use") == "old":
        # UK Core allows one NHS number in its system, the one in force; a superseded number is kept as what it was.
        return {"use": "old", "type": {"text": "NHS number, superseded"}, "value": digits}
    if digits in usable:
        out["value"] = digits
        return {"extension": status, **out} if status else out
    if "value" not in out:
        return None
    reading.note("MAP-009")
    kept = {name: value for name, value in out.items() if name in ("use", "value", "period")}
    return {"type": {"text": "NHS number as sent, not usable"}, **kept}


def _status(item: Resource, reading: Reading) -> list[Resource]:
    """The identifier's extensions; the verification status in UK Core's code system behind the coding that was sent."""
    known = []
    for got in extensions(item.get("extension") or [], reading) or ():
        if short_name(got["url"]) == "NHSNumberVerificationStatus":
            got = _verification(got)
        known.append(got)
    return known


def _verification(got: Resource) -> Resource:
    stated = got.get("valueCodeableConcept")
    if stated is None:
        return got
    code = text(stated, "coding", "code")
    if len(code) == 2 and code.isascii() and code.isdigit() and "01" <= code <= "08":
        uk: dict[str, Any] = {"system": UKCORE_NUMBER_STATUS, "code": code}
        display = text(stated, "coding", "display")
        stated = {**stated, "coding": [{**uk, "display": display} if display else uk]}
    return {"url": ukcore("Extension:NHSNumberVerificationStatus"), "valueCodeableConcept": stated}
