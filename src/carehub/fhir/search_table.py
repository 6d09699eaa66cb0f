"""Every search parameter of source records as one table: type, name, kind and where its values are (https://hl7.org/fhir/R4/searchparameter-registry.html).

The CapabilityStatement, the searches and the generated tests are all made from it.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

Kind = Literal["token", "reference", "date", "string", "quantity", "uri", "composite"]


@dataclass(frozen=True, slots=True)
class Param:
    """One parameter of one type. paths: element names from the resource on; the values at all of them are searched. parts: of a composite parameter
    the two that one element at its paths must have together, in their order; their paths go from that element on."""

    name: str
    kind: Kind
    paths: tuple[tuple[str, ...], ...]
    parts: tuple[Param, ...] = ()


_COMMON = "_id token id; _lastUpdated date meta.lastUpdated; _tag token meta.tag"

# name kind path|path; …
_ROWS = {
    "AllergyIntolerance": "patient reference patient; clinical-status token clinicalStatus; verification-status token verificationStatus; "
    "code token code|reaction.substance; category token category; criticality token criticality; date date recordedDate; identifier token identifier",
    "Appointment": "patient reference participant.actor; actor reference participant.actor; date date start; status token status; "
    "identifier token identifier; service-type token serviceType",
    "CarePlan": "patient reference subject; subject reference subject; category token category; date date period; status token status; "
    "intent token intent; identifier token identifier; goal reference goal; care-team reference careTeam",
    "CareTeam": "patient reference subject; subject reference subject; category token category; status token status; date date period; "
    "participant reference participant.member; identifier token identifier",
    "Communication": "patient reference subject; subject reference subject; category token category; status token status; sent date sent; "
    "received date received; identifier token identifier; sender reference sender",
    "Condition": "patient reference subject; subject reference subject; clinical-status token clinicalStatus; "
    "verification-status token verificationStatus; code token code; category token category; severity token severity; "
    "onset-date date onsetDateTime|onsetPeriod; abatement-date date abatementDateTime|abatementPeriod; recorded-date date recordedDate; "
    "encounter reference encounter; asserter reference asserter; identifier token identifier",
    "Consent": "patient reference patient; category token category; status token status; scope token scope; date date dateTime; "
    "identifier token identifier",
    "DeviceRequest": "patient reference subject; subject reference subject; code token codeCodeableConcept; status token status; "
    "intent token intent; authored-on date authoredOn; identifier token identifier",
    "DiagnosticReport": "patient reference subject; subject reference subject; code token code; category token category; status token status; "
    "date date effectiveDateTime|effectivePeriod; issued date issued; result reference result; specimen reference specimen; "
    "encounter reference encounter; identifier token identifier",
    "DocumentReference": "patient reference subject; subject reference subject; type token type; category token category; status token status; "
    "date date date; identifier token identifier; description string description",
    "Encounter": "patient reference subject; subject reference subject; class token class; type token type; status token status; "
    "date date period; location reference location.location; participant reference participant.individual; "
    "service-provider reference serviceProvider; reason-code token reasonCode; identifier token identifier",
    "EpisodeOfCare": "patient reference patient; status token status; type token type; date date period; "
    "organization reference managingOrganization; care-manager reference careManager; identifier token identifier",
    "Flag": "patient reference subject; subject reference subject; date date period; author reference author; identifier token identifier",
    "Goal": "patient reference subject; subject reference subject; lifecycle-status token lifecycleStatus; "
    "achievement-status token achievementStatus; category token category; start-date date startDate; target-date date target.dueDate; "
    "identifier token identifier",
    "HealthcareService": "name string name; active token active; organization reference providedBy; service-type token type; "
    "identifier token identifier",
    "Immunization": "patient reference patient; vaccine-code token vaccineCode; status token status; date date occurrenceDateTime; "
    "lot-number string lotNumber; identifier token identifier",
    "List": "patient reference subject; subject reference subject; code token code; status token status; date date date; "
    "item reference entry.item; title string title; identifier token identifier",
    "Location": "name string name|alias; status token status; type token type; address-postalcode string address.postalCode; "
    "organization reference managingOrganization; identifier token identifier",
    "Medication": "code token code; status token status; form token form; identifier token identifier",
    "MedicationRequest": "patient reference subject; subject reference subject; code token medicationCodeableConcept; "
    "medication reference medicationReference; status token status; intent token intent; authoredon date authoredOn; "
    "requester reference requester; encounter reference encounter; identifier token identifier",
    "MedicationStatement": "patient reference subject; subject reference subject; code token medicationCodeableConcept; "
    "medication reference medicationReference; status token status; effective date effectiveDateTime|effectivePeriod; "
    "category token category; identifier token identifier",
    "Observation": "patient reference subject; subject reference subject; code token code; category token category; status token status; "
    "date date effectiveDateTime|effectivePeriod|effectiveInstant; value-quantity quantity valueQuantity; value-string string valueString; "
    "value-concept token valueCodeableConcept; encounter reference encounter; performer reference performer; "
    "has-member reference hasMember; specimen reference specimen; identifier token identifier",
    "Organization": "name string name|alias; active token active; type token type; address-postalcode string address.postalCode; "
    "partof reference partOf; identifier token identifier",
    "Practitioner": "family string name.family; given string name.given; active token active; identifier token identifier",
    "PractitionerRole": "practitioner reference practitioner; organization reference organization; role token code; "
    "specialty token specialty; active token active; identifier token identifier",
    "Procedure": "patient reference subject; subject reference subject; code token code; category token category; status token status; "
    "date date performedDateTime|performedPeriod; encounter reference encounter; identifier token identifier",
    "Provenance": "target reference target; recorded date recorded",
    "QuestionnaireResponse": "patient reference subject; subject reference subject; authored date authored; status token status; "
    "questionnaire uri questionnaire; identifier token identifier",
    "RelatedPerson": "patient reference patient; relationship token relationship; active token active; name string name.family|name.given|name.text; "
    "identifier token identifier",
    "ServiceRequest": "patient reference subject; subject reference subject; code token code; category token category; status token status; "
    "intent token intent; priority token priority; authored date authoredOn; requester reference requester; performer reference performer; "
    "occurrence date occurrenceDateTime|occurrencePeriod; encounter reference encounter; identifier token identifier",
    "Specimen": "patient reference subject; subject reference subject; type token type; status token status; "
    "collected date collection.collectedDateTime|collection.collectedPeriod; identifier token identifier",
    "Task": "patient reference for; subject reference for; code token code; status token status; intent token intent; priority token priority; "
    "authored-on date authoredOn; modified date lastModified; owner reference owner; requester reference requester; "
    "focus reference focus; identifier token identifier",
}  # fmt: skip

# Of one element both values: the resource itself (""), or one of its components. name, elements, kind and path of the value beside the code.
_COMPOSITE: dict[str, tuple[tuple[str, tuple[str, ...], Kind, str], ...]] = {
    "Observation": (
        ("code-value-quantity", ("",), "quantity", "valueQuantity"),
        ("code-value-concept", ("",), "token", "valueCodeableConcept"),
        ("code-value-string", ("",), "string", "valueString"),
        ("component-code-value-quantity", ("component",), "quantity", "valueQuantity"),
        ("component-code-value-concept", ("component",), "token", "valueCodeableConcept"),
        ("combo-code-value-quantity", ("", "component"), "quantity", "valueQuantity"),
        ("combo-code-value-concept", ("", "component"), "token", "valueCodeableConcept"),
    )
}

_PATIENT = (
    "name string name.family|name.given|name.prefix|name.suffix|name.text; family string name.family; given string name.given; "
    "gender token gender; birthdate date birthDate; death-date date deceasedDateTime; address-postalcode string address.postalCode; "
    "active token active; link reference link.other; identifier token identifier"
)


def _params(row: str, common: str = _COMMON) -> dict[str, Param]:
    found = {}
    for text in filter(None, f"{common}; {row}".split("; ")):
        name, kind, paths = text.split()
        found[name] = Param(name, kind, tuple(tuple(path.split(".")) for path in paths.split("|")))  # type: ignore[arg-type]
    return found


def _composites(type_: str) -> dict[str, Param]:
    return {
        name: Param(
            name,
            "composite",
            tuple((element,) if element else () for element in elements),
            (Param(name, "token", (("code",),)), Param(name, kind, ((value,),))),
        )
        for name, elements, kind, value in _COMPOSITE.get(type_, ())
    }


PARAMS: dict[str, dict[str, Param]] = {
    # A Provenance is made when it is asked for: it has neither versions nor times of its own, and is found by what it is about.
    type_: _params(row, "" if type_ == "Provenance" else _COMMON) | _composites(type_)
    for type_, row in sorted(_ROWS.items())
}
"""Parameters by name, for each type that is searched within one person's record."""

PATIENT: dict[str, Param] = _params(_PATIENT)
"""Parameters of Patient: within a record in a chain or `_has`, and beside what finds persons."""


def param_of(type_: str, name: str) -> Param | None:
    """The definition of a parameter, or None when it is not served."""
    return (PATIENT if type_ == "Patient" else PARAMS.get(type_, {})).get(name)
