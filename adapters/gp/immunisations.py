"""Immunization to UKCore-Immunization. STU3 says "not given" beside a status of completed; R4 says it in the status."""

from __future__ import annotations

from typing import Any

from carehub.fhir.resource import Resource, words
from carehub.terms.codes import DATA_ABSENT_REASON, ukcore

from .concepts import concept
from .datatypes import notes, quantity
from .known_extensions import placed, renamed, value_of
from .primitives import boolean, choice, code, date, date_time, positive, string
from .reading import Reading, odd
from .references import identifier, of_patient, reference
from .shapes import Rules, many, narrative, own, same, shape

_STATUS = choice("completed", "entered-in-error")
_CONCEPTS = many(concept)

_performer = shape({"role": ("function", concept), "actor": ("actor", reference)})


def _gave(value: Any, reading: Reading) -> Resource | None:
    """Who did what; R4 asks for an actor, so one that was not named is said to be unknown."""
    out: Resource | None = _performer(value, reading)
    if out is not None and "actor" not in out:
        out["actor"] = {"extension": [{"url": DATA_ABSENT_REASON, "valueCode": "unknown"}]}
    return out


_reaction = shape({"date": ("date", date_time), "detail": ("detail", reference), "reported": ("reported", boolean)})

# Elements of the STU3 protocol without a place in R4's, under the address that R4 gives to elements of STU3.
_STU3 = "http://hl7.org/fhir/3.0/StructureDefinition/extension-Immunization.vaccinationProtocol."

_protocol = shape(
    {
        "series": ("series", string),
        "authority": ("authority", reference),
        "targetDisease": ("targetDisease", _CONCEPTS),
        "doseSequence": ("doseNumberPositiveInt", positive),
        "seriesDoses": ("seriesDosesPositiveInt", positive),
        "description": ("description", string),
        "doseStatus": ("doseStatus", concept),
        "doseStatusReason": ("doseStatusReason", concept),
    }
)


def _protocol_applied(value: Any, reading: Reading) -> Resource | None:
    out: Resource | None = _protocol(value, reading)
    if out is None:
        return None
    kept = []
    for name, kind in (
        ("description", "valueString"),
        ("doseStatus", "valueCodeableConcept"),
        ("doseStatusReason", "valueCodeableConcept"),
    ):
        if name in out:
            kept.append({"url": _STU3 + name, kind: out.pop(name)})
    if kept:
        out["extension"] = kept
    if "doseNumberPositiveInt" not in out:
        out["doseNumberString"] = "Not stated"
    return out


RULES: Rules = {
    "identifier": ("identifier", many(identifier)),
    "vaccineCode": ("vaccineCode", concept),
    "patient": ("patient", of_patient),
    "encounter": ("encounter", reference),
    "date": ("occurrenceDateTime", date_time),
    "primarySource": ("primarySource", boolean),
    "reportOrigin": ("reportOrigin", concept),
    "location": ("location", reference),
    "manufacturer": ("manufacturer", reference),
    "lotNumber": ("lotNumber", string),
    "expirationDate": ("expirationDate", date),
    **same(concept, "site route"),
    "doseQuantity": ("doseQuantity", quantity),
    "practitioner": ("performer", many(_gave)),
    "note": ("note", notes),
    "reaction": ("reaction", many(_reaction)),
    "vaccinationProtocol": ("protocolApplied", many(_protocol_applied)),
    **own("status notGiven explanation extension"),
    "text": ("text", narrative),
}

# Both spellings of the reason are in use: "reasonNotGiven" is STU3, "notGivenReason" is in the published GP Connect examples.
_explanation = shape({"reason": ("given", _CONCEPTS), "reasonNotGiven": ("not", _CONCEPTS), "notGivenReason": ("not", _CONCEPTS)})


def _recorded(item: Resource, out: Resource, reading: Reading) -> Resource | None:
    stated = value_of(item, reading, date_time, "valueDateTime")
    if stated is not None:
        out["recorded"] = stated
    return None


_PROCEDURE = ukcore("Extension:VaccinationProcedure")

_extensions = placed(
    {
        "DateRecorded": _recorded,
        "ParentPresent": renamed(ukcore("Extension:ParentPresent"), "valueBoolean", boolean),
        "VaccinationProcedure": renamed(_PROCEDURE, "valueCodeableConcept", concept),
    }
)


_SAYS_NOTHING = frozenset({"", "unknown", "unk", "not known"})


def _name(out: Resource) -> None:
    """Most vaccine codes are "unknown" (15 of the 16 published): then the procedure's words are the vaccine's text, for readers of the code."""
    code = out.get("vaccineCode")
    if code is None or words(code).casefold() not in _SAYS_NOTHING or not all(_is_null(item) for item in code.get("coding", ())):
        return
    for item in out.get("extension", ()):
        if item["url"] == _PROCEDURE and (said := words(item.get("valueCodeableConcept"))):
            code["text"] = said


def _is_null(item: Resource) -> bool:
    return "NullFlavor" in item.get("system", "") or item.get("code") in (None, "UNK")


def finish(source: Resource, out: Resource, reading: Reading) -> None:
    """Status, occurrence and reasons. An entry that does not say whether the vaccine was given is not mapped: both guesses harm."""
    _extensions(source, out, reading)
    _name(out)
    status, not_given = code(source.get("status"), reading), source.get("notGiven")
    if not_given.__class__ is not bool or "patient" not in out or "vaccineCode" not in out:
        raise odd()
    stated = _STATUS(status, reading)
    out["status"] = "not-done" if not_given and stated == "completed" else stated
    if "occurrenceDateTime" not in out:
        out["occurrenceString"] = "Date not given"
    reading.element = "explanation"
    reasons = _explanation(source["explanation"], reading) if source.get("explanation") is not None else None
    reading.element = ""
    reasons = reasons or {}
    if "given" in reasons:
        out["reasonCode"] = reasons["given"]
    if "not" in reasons:
        out["statusReason"], *more = reasons["not"]
        for further in more:
            out.setdefault("note", []).append({"text": f"Also not given because: {words(further)}"})
    if out["status"] == "not-done" and "statusReason" not in out:
        # UK Core asks why (ukcore-imm-001). A refusal to say is not a reason to lose that the vaccine was not given.
        out["statusReason"] = {"text": "Reason not given"}
