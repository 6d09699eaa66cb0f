"""Medication and MedicationStatement to their UK Core profiles."""

from __future__ import annotations

from typing import Any

from carehub.fhir.resource import Resource
from carehub.terms.codes import ukcore

from .concepts import concept, extensions, main_code, period
from .datatypes import notes, ratio
from .dosages import dosages
from .known_extensions import placed, renamed
from .primitives import boolean, choice, date_time, string
from .reading import Reading, odd
from .references import identifier, of_patient, reference
from .shapes import Rules, dropped, many, narrative, own, shape

_ingredient = shape(
    {
        "itemCodeableConcept": ("itemCodeableConcept", concept),
        "itemReference": ("itemReference", reference),
        "isActive": ("isActive", boolean),
        "amount": ("strength", ratio),
    },
    strict=True,
)


def _holds(value: Any, reading: Reading) -> Resource | None:
    """An ingredient; one that is not named cannot be said."""
    out: Resource | None = _ingredient(value, reading)
    if out is not None and "itemCodeableConcept" not in out and "itemReference" not in out:
        raise odd()
    return out


_batch = shape({"lotNumber": ("lotNumber", string), "expirationDate": ("expirationDate", date_time)})
_STU3_MEDICATION = "http://hl7.org/fhir/3.0/StructureDefinition/extension-Medication."

MEDICATION: Rules = {
    "code": ("code", main_code),
    "status": ("status", choice("active", "inactive", "entered-in-error")),
    "form": ("form", concept),
    "manufacturer": ("manufacturer", reference),
    "ingredient": ("ingredient", many(_holds)),
    **own("extension isBrand isOverTheCounter package"),
    **dropped("image"),
    "text": ("text", narrative),
}

_package = shape({"container": ("container", concept), "batch": ("batch", many(_batch)), **dropped("content")})


def finish_medication(source: Resource, out: Resource, reading: Reading) -> None:
    """UK Core asks for a code. Elements that R4 gave up stay as extensions; a package's one batch has a place."""
    if "code" not in out:
        raise odd()
    kept = list(extensions(source["extension"], reading) or ()) if source.get("extension") is not None else []
    for name in ("isBrand", "isOverTheCounter"):
        if source.get(name) is not None:
            kept.append({"url": f"{_STU3_MEDICATION}{name}", "valueBoolean": boolean(source[name], reading)})
    if source.get("package") is not None:
        reading.element = "package"
        package = _package(source["package"], reading) or {}
        if "container" in package:
            kept.append({"url": f"{_STU3_MEDICATION}package.container", "valueCodeableConcept": package["container"]})
        batches = package.get("batch", [])
        if len(batches) == 1:
            out["batch"] = batches[0]
        elif batches:
            reading.note("MAP-014")
        reading.element = ""
    if kept:
        out["extension"] = kept


# The address that R4 gives to an element of STU3 it has no place for.
_TAKEN = "http://hl7.org/fhir/3.0/StructureDefinition/extension-MedicationStatement.taken"
_taken = choice("y", "n", "unk", "na")
_status = choice("active", "completed", "entered-in-error", "intended", "stopped", "on-hold")

STATEMENT: Rules = {
    "basedOn": ("basedOn", many(reference)),
    "partOf": ("partOf", many(reference)),
    "status": ("status", _status),
    "category": ("category", concept),
    "medicationCodeableConcept": ("medicationCodeableConcept", main_code),
    "medicationReference": ("medicationReference", reference),
    "subject": ("subject", of_patient),
    "context": ("context", reference),
    "effectiveDateTime": ("effectiveDateTime", date_time),
    "effectivePeriod": ("effectivePeriod", period),
    "dateAsserted": ("dateAsserted", date_time),
    "informationSource": ("informationSource", reference),
    "derivedFrom": ("derivedFrom", many(reference)),
    "reasonNotTaken": ("statusReason", many(concept)),
    "reasonCode": ("reasonCode", many(concept)),
    "reasonReference": ("reasonReference", many(reference)),
    "note": ("note", notes),
    "dosage": ("dosage", dosages),
    **own("identifier taken extension"),
    "text": ("text", narrative),
}

_LAST_ISSUE = ukcore("Extension:MedicationStatementLastIssueDate")
_PRESCRIBED_WHERE = ukcore("Extension:MedicationPrescribingOrganizationType")

_extensions = placed(
    {
        "MedicationStatementLastIssueDate": renamed(_LAST_ISSUE, "valueDateTime", date_time),
        "PrescribingAgency": renamed(_PRESCRIBED_WHERE, "valueCodeableConcept", concept),
    }
)


def medicine_named(out: Resource) -> bool:
    """True when a request or statement says which one medicine it is about."""
    return ("medicationCodeableConcept" in out) != ("medicationReference" in out)


def finish_statement(source: Resource, out: Resource, reading: Reading) -> None:
    """R4 has no "taken": unknown is dropped, "no" becomes the status, the rest is kept as an extension."""
    _extensions(source, out, reading)
    if "status" not in out or "subject" not in out or not medicine_named(out):
        raise odd()
    if source.get("taken") is not None:
        taken = _taken(source["taken"], reading)
        if taken == "n" and out["status"] != "entered-in-error":
            out["status"] = "not-taken"
        elif taken != "unk":
            out.setdefault("extension", []).append({"url": _TAKEN, "valueCode": taken})
    if source.get("identifier") is not None:
        reading.element = "identifier"
        known = [_with_system(item, reading) for item in many(identifier)(source["identifier"], reading) or () if "value" in item]
        if known:
            out["identifier"] = known
        reading.element = ""


def _with_system(item: Resource, reading: Reading) -> Resource:
    """UK Core asks for a system on a statement's identifier; one without gets the hub's name for the source's own numbers."""
    return item if "system" in item else {**item, "system": f"urn:carehub:{reading.patient.source}:medication-statement"}
