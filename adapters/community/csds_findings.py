"""Vaccinations (CYP501, 502), history, diagnoses, screening, measurements and scored assessments (CYP601 to 612)."""

from __future__ import annotations

import re
from decimal import Decimal

from carehub.fhir.resource import Resource
from carehub.terms.codes import LOINC, SNOMED, UCUM

from .csds_people import observation
from .csds_row import CsdsRow
from .naming import organisation
from .snomed import snomed_id
from .vaccinations import PROCEDURE

_VERIFICATION = "http://terminology.hl7.org/CodeSystem/condition-ver-status"
_DIAGNOSIS = {
    "system": "http://terminology.hl7.org/CodeSystem/condition-category",
    "code": "encounter-diagnosis",
    "display": "Encounter Diagnosis",
}
_UNKNOWN_VACCINE = {"system": "http://terminology.hl7.org/CodeSystem/v3-NullFlavor", "code": "UNK", "display": "Unknown"}
_SURVEY = {"system": "http://terminology.hl7.org/CodeSystem/observation-category", "code": "survey", "display": "Survey"}
_VITAL = {"system": "http://terminology.hl7.org/CodeSystem/observation-category", "code": "vital-signs", "display": "Vital Signs"}
_NUMBER = re.compile(r"-?\d{1,9}(?:\.\d{1,18})?\Z", re.ASCII)
_KINDS = {"CYP601": "Previous diagnosis", "CYP606": "Provisional diagnosis", "CYP607": "Primary diagnosis", "CYP608": "Secondary diagnosis"}
_BLOOD_SPOT = {
    "pku": "Phenylketonuria",
    "scd": "Sickle cell disease",
    "cf": "Cystic fibrosis",
    "cht": "Congenital hypothyroidism",
    "mcadd": "Medium chain acyl-CoA dehydrogenase deficiency",
    "hcu": "Homocystinuria",
    "msud": "Maple syrup urine disease",
    "ga1": "Glutaric aciduria type 1",
    "iva": "Isovaleric aciduria",
}
_MEASURES = {
    "weight": ("29463-7", "Body weight", "kg"),
    "height": ("8302-2", "Body height", "m"),
    "length": ("8306-3", "Body height --lying", "cm"),
}


def vaccination(row: CsdsRow) -> None:
    """CYP501 and CYP502: given, on a date, by code of the procedure or of the childhood list. Which vaccine it was is not in the data set."""
    row.patient()
    if row.table == "CYP501":
        code = row.clinical("value", "scheme", "procedure", "Immunization")
    else:
        code = row.national("value", "childhood-immunisation-type", "Immunization", "Childhood immunisation type")
    if code is None:
        row.note("MAP-004", "value", "Immunization")
        return
    when = row.date("date", "Immunization")
    told: Resource = {"status": "completed"}
    if row.table == "CYP501":
        told["extension"] = [{"url": PROCEDURE, "valueCodeableConcept": code}]
        told["vaccineCode"] = {"coding": [_UNKNOWN_VACCINE], "text": code["text"]}
    else:
        told["vaccineCode"] = code
    told["patient"] = row.draft.subject
    told |= {"occurrenceDateTime": when} if when else {"occurrenceString": "Date not given"}
    if provider := organisation(row.text("provider")):
        told["performer"] = [{"actor": provider}]
    row.add("Immunization", f"{row.table}|{when}|{row.text('value')}", told)


def diagnosis(row: CsdsRow) -> None:
    """CYP601 and CYP606 to 608: a Condition. What kind of diagnosis it is stands in a category of its own."""
    row.patient()
    code = row.clinical("value", "scheme", "diagnosis", "Condition")
    if code is None:
        row.note("MAP-004", "value", "Condition")
        return
    kind, referral = _KINDS[row.table], row.link("referral")
    told: Resource = {}
    if row.table == "CYP606":
        coding = {"system": _VERIFICATION, "code": "provisional", "display": "Provisional"}
        told["verificationStatus"] = {"coding": [coding]}
    told |= {"category": [{"coding": [_DIAGNOSIS], "text": kind}], "code": code, "subject": row.draft.subject}
    if when := row.date("date", "Condition"):
        told["recordedDate"] = when
    if referral:
        told["note"] = [{"text": f"{kind} within referral {referral}"}]
    row.add("Condition", f"{row.table}|{referral}|{row.text('value')}", told)


def disability(row: CsdsRow) -> None:
    """CYP602."""
    row.patient()
    concept = row.national("value", "disability", "Observation", "Disability code")
    if concept is None:
        row.note("MAP-004", "value", "Observation")
        return
    impact = row.national("impact", "disability-impact", "Observation", "Impact as the person sees it, code")
    notes = [{"text": impact["text"]}] if impact else None
    observation(row, f"disability|{row.text('value')}", "Disability", {"valueCodeableConcept": concept}, "", notes=notes)


def screening(row: CsdsRow) -> None:
    """CYP603 hearing, CYP604 blood spot, CYP605 infant examination: one Observation for each outcome that is told."""
    row.patient()
    if row.table == "CYP603":
        asked, done = row.date("requested", "Observation"), row.date("done", "Observation")
        notes = [{"text": f"Audiology requested {asked}"}] if asked else None
        _outcome(row, "screening", "Newborn hearing screening", "newborn-hearing-outcome", "", notes)
        _outcome(row, "audiology", "Newborn hearing audiology", "newborn-audiology-outcome", done, notes)
    elif row.table == "CYP604":
        taken, received = row.date("taken", "Observation"), row.date("received", "Observation")
        notes = [{"text": f"Result received {received}"}] if received else None
        for name, title in _BLOOD_SPOT.items():
            _outcome(row, name, f"Newborn blood spot: {title}", "newborn-blood-spot-status", taken, notes)
    else:
        when = row.date("date", "Observation")
        for name in ("hips", "heart", "eyes", "testes"):
            _outcome(row, name, f"Infant physical examination: {name}", "infant-examination-result", when, None)


def _outcome(row: CsdsRow, name: str, title: str, listed: str, when: str, notes: list[Resource] | None) -> None:
    if concept := row.national(name, listed, "Observation", "Outcome code"):
        observation(row, f"{row.table}|{name}|{when}", title, {"valueCodeableConcept": concept}, when, notes=notes)


def measurement(row: CsdsRow) -> None:
    """CYP610 breastfeeding, CYP611 weight, height and length, in the activity whose contact gives the date."""
    row.patient()
    known, when = row.text("activity"), row.contact_moment
    if row.table == "CYP610":
        if concept := row.national("value", "breastfeeding-status", "Observation", "Breastfeeding status"):
            observation(row, f"breastfeeding|{known}", "Breastfeeding status", {"valueCodeableConcept": concept}, when)
        return
    for name, (loinc, words, unit) in _MEASURES.items():
        sent = row.text(name)
        if sent and _NUMBER.match(sent):
            code = {"coding": [{"system": LOINC, "code": loinc, "display": words}], "text": words}
            value = {"valueQuantity": {"value": _plain(sent), "unit": unit, "system": UCUM, "code": unit}}
            observation(row, f"{name}|{known}", code, value, when, category=_VITAL)
        elif sent:
            row.note("MAP-004", name, "Observation")


def _plain(sent: str) -> Decimal:
    """The number without the zeros that a warehouse column of eighteen decimals adds."""
    return Decimal(sent.rstrip("0").rstrip(".")) if len(sent.partition(".")[2]) > 6 else Decimal(sent)


def assessment(row: CsdsRow) -> None:
    """CYP609 and CYP612: a scored assessment by the SNOMED CT code of its tool; the score as sent."""
    row.patient()
    tool, score = row.text("tool"), row.text("score")
    if not tool:
        row.note("MAP-004", "tool", "Observation")
        return
    if snomed_id(tool):
        code: Resource = {"coding": [{"system": SNOMED, "code": tool}], "text": f"Assessment {tool}"}
    else:
        row.note("MAP-006", "tool", "Observation")
        code = {"coding": [row.draft.local(tool, "", "assessment tool")], "text": f"Assessment {tool}"}
    value: Resource = {}
    if score:
        value = {"valueQuantity": {"value": Decimal(score)}} if _NUMBER.match(score) else {"valueString": score}
    if row.table == "CYP609":
        when, within = row.date("date", "Observation"), row.text("referral")
    else:
        when, within = row.contact_moment, row.text("activity")
    observation(row, f"{row.table}|{within}|{tool}|{when}", code, value, when, category=_SURVEY)
