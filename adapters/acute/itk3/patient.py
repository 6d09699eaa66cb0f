"""The person of a document: identifiers with their status, ethnic category, languages."""

from __future__ import annotations

from typing import Any

from carehub.feeds.formats.fhir_tree import Node
from carehub.fhir.resource import Resource
from carehub.terms import nhs_number
from carehub.terms.codes import ukcore

from ..tables import table
from .reader import Reader
from .stu3 import filled

_STATUSES = table("verification_statuses")
_STATUS_SYSTEM = "https://fhir.hl7.org.uk/CodeSystem/UKCore-NHSNumberVerificationStatusEngland"
_STATUS, _ETHNIC = ukcore("Extension:NHSNumberVerificationStatus"), ukcore("Extension:EthnicCategory")
_INTERPRETER = "http://hl7.org/fhir/StructureDefinition/patient-interpreterRequired"
_DIED = table("discharge_methods")


def tell(node: Node, reader: Reader) -> Resource:
    told = reader.resource(node, "Patient")
    told = filled(identifier=_numbers(node, reader)) | told
    extensions = told.get("extension", [])
    ethnic = reader.concept(node.extension("EthnicCategory").one("valueCodeableConcept"), "Patient.extension")
    if ethnic:
        extensions = [{"url": _ETHNIC, "valueCodeableConcept": ethnic}, *extensions]
    speech = node.extension("NHSCommunication")
    if speech:
        needs = speech.extension("interpreterRequired").text("valueBoolean")
        if needs in ("true", "false"):
            extensions = [*extensions, {"url": _INTERPRETER, "valueBoolean": needs == "true"}]
        language = reader.concept(speech.extension("language").one("valueCodeableConcept"), "Patient.extension")
        if language and "communication" not in told:
            preferred = {"true": True, "false": False}.get(speech.extension("preferred").text("valueBoolean"))
            told["communication"] = [filled(language=language) | ({"preferred": preferred} if preferred is not None else {})]
    if extensions:
        told["extension"] = extensions
    if not told.keys() & {"deceasedBoolean", "deceasedDateTime"} and _died(reader):
        told["deceasedBoolean"] = True
    return told


def _died(reader: Reader) -> bool:
    """True where the discharge method of the stay is a death: national codes 4 and 5."""
    encounter = reader.opened.entry(reader.opened.composition.node.one("encounter"))
    if encounter is None:
        return False
    held = encounter.node.extension("DischargeMethod") or encounter.node.one("hospitalization").extension("DischargeMethod")
    row = _DIED.get(held.text("valueCodeableConcept", "coding", "code"))
    return bool(row and row["died"])


def _numbers(node: Node, reader: Reader) -> list[dict[str, Any]]:
    """Every identifier; one NHS number at most in its own system, with the status the source gives it."""
    kept: list[dict[str, Any]] = []
    mine: list[str] = []
    draft = reader.draft
    unfit = {"type": {"text": "NHS number as sent, not fit for use"}, "system": draft.space("id", "nhs-number-not-fit-for-use")}
    for held in node.all("identifier"):
        value = held.text("value")
        if held.text("system") != nhs_number.SYSTEM:
            kept += [told] if (told := reader.quantity(held, "Identifier", "Patient.identifier")) else []
        elif not value.strip("0 -"):
            continue
        elif held.text("use") == "old":
            kept.append({"use": "old", "type": {"text": "NHS number, superseded"}, "value": value})
        elif not (usable := nhs_number.valid(value)):
            draft.note("MAP-009", "Patient.identifier", "Patient")
            kept.append({**unfit, "value": value})
        elif usable not in mine:
            mine.append(usable)
            kept.append(_status(held) | {"system": nhs_number.SYSTEM, "value": usable})
    if len(mine) > 1:
        # Two different numbers cannot both be the patient's, and nothing says which is: neither may link.
        draft.note("MAP-009", "Patient.identifier", "Patient", len(mine))
        kept = [{**unfit, "value": one["value"]} if one.get("system") == nhs_number.SYSTEM else one for one in kept]
    return kept


def _status(held: Node) -> dict[str, Any]:
    code = held.extension("NHSNumberVerificationStatus").text("valueCodeableConcept", "coding", "code")
    row = _STATUSES.get(code.zfill(2)) if code else None
    if not row:
        return {}
    concept = {"coding": [{"system": _STATUS_SYSTEM, "code": row["sent"], "display": row["words"]}], "text": row["words"]}
    return {"extension": [{"url": _STATUS, "valueCodeableConcept": concept}]}
