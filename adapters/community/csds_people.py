"""The person (CYP001), their practice (CYP002), and circumstances kept about them (CYP003, 006 to 008, 401 to 404)."""

from __future__ import annotations

import re
from typing import Any

from carehub.fhir.resource import Resource
from carehub.terms.codes import SNOMED, ukcore

from .csds_row import DICTIONARY, CsdsRow
from .identity import local_identifier, nhs_identifier
from .naming import organisation
from .snomed import snomed_id
from .tables import table

_SEXES, _ETHNICITIES = table("sexes"), table("ethnic_categories")
_ETHNIC = ukcore("Extension:EthnicCategory")
_ETHNIC_SYSTEM = "https://fhir.hl7.org.uk/CodeSystem/UKCore-EthnicCategoryEngland"
_LANGUAGE = re.compile(r"[a-z]{2,3}\Z", re.ASCII)
_FLAG_KIND = "http://terminology.hl7.org/CodeSystem/flag-category"
_SOCIAL = {"system": "http://terminology.hl7.org/CodeSystem/observation-category", "code": "social-history", "display": "Social History"}

# Yes-or-no columns of the index row that change what one does at the door.
_INDICATORS = {
    "looked_after": "Looked after child",
    "safeguarding": "Safeguarding: vulnerability factors",
    "supervision": "Constant supervision and care required due to disability",
    "at_risk": "At risk of unexpected death",
}


def person(row: CsdsRow) -> None:
    """CYP001: the Patient as the source knows them, whole; and what the index row says besides."""
    told: Resource = {"identifier": [local_identifier(row.link("patient"), row.source.code, row.text("issuer"))]}
    number, refused = nhs_identifier(row.text("nhs"), row.text("nhs_status"), row.source.code)
    if refused:
        row.note("MAP-009", "nhs", "Patient")
    if number:
        told["identifier"].append(number)
    elif row.text("nhs_status"):
        row.note("MAP-014", "nhs_status", "Patient")
    if extension := _ethnicity(row):
        told["extension"] = [extension]
    if sex := row.text("sex").upper():
        if sex in _SEXES:
            told["gender"] = _SEXES[sex]["gender"]
        else:
            row.note("MAP-006", "sex", "Patient")
    if born := row.date("born", "Patient"):
        told["birthDate"] = born
    if died := row.date("died", "Patient"):
        told["deceasedDateTime"] = died
    if postcode := row.text("postcode"):
        told["address"] = [{"postalCode": postcode}]
    if language := row.text("language"):
        plain = language.lower()
        concept = {"coding": [{"system": "urn:ietf:bcp:47", "code": plain}]} if _LANGUAGE.match(plain) else {}
        told["communication"] = [{"language": concept | {"text": language}, "preferred": True}]
    row.add("Patient", "", told)
    for name, words in _INDICATORS.items():
        indicator(row, name, words)
    if preferred := row.national("death_preferred", "death-location", "Flag", "place"):
        flag(row, "death-preferred", f"Preferred place of death: {preferred['text']}", preferred["coding"])
    if actual := row.national("death_actual", "death-location", "Observation", "place"):
        observation(row, "death-actual", "Place of death", {"valueCodeableConcept": actual}, row.date("died"))
    for name, title in (
        ("death_discussed", "Preferred place of death discussed"),
        ("death_reason", "Reason why death was not at the preferred place"),
        ("education", "Educational assessment outcome"),
    ):
        if (
            value := row.national(name, "yes-no" if name == "death_discussed" else name.replace("_", "-"), "Observation", "code")
        ) is not None:
            observation(row, name, title, {"valueCodeableConcept": value}, "")
    if visited := row.date("antenatal", "Observation"):
        observation(row, "antenatal", "Health visitor's first antenatal visit", {"valueDateTime": visited}, visited)
    if carer := row.national("carer", "person-relationship", "RelatedPerson", "Relationship"):
        row.add(
            "RelatedPerson", "main-carer", {"patient": row.draft.subject, "relationship": [{"text": f"Main carer: {carer['text']}"}, carer]}
        )


def _ethnicity(row: CsdsRow) -> Resource | None:
    """The 2001 list's letter where it is known, beside the 2021 list's code as sent."""
    letter, later = row.text("ethnic").upper(), row.text("ethnic_2021")
    codings: list[Any] = []
    known = _ETHNICITIES.get(letter)
    if known:
        codings.append({"system": _ETHNIC_SYSTEM, "code": known["sent"], "display": known["words"]})
    elif letter:
        row.note("MAP-006", "ethnic", "Patient")
        codings.append({"system": f"{DICTIONARY}:ethnic-category", "code": letter})
    if later:
        codings.append({"system": f"{DICTIONARY}:ethnic-category-2021", "code": later})
    if not codings:
        return None
    text = known["words"] if known else f"Ethnic category {letter or later}"
    return {"url": _ETHNIC, "valueCodeableConcept": {"coding": codings, "text": text}}


def practice(row: CsdsRow) -> None:
    """CYP002: the practice, where the registration has not ended. A registration that ended is told as nothing but itself."""
    code = row.text("practice")
    ended, began = row.date("end", "Patient"), row.date("start", "Patient")
    reference = organisation(code)
    elements: Resource = {"identifier": [local_identifier(row.link("patient"), row.source.code)]}
    if reference and not ended:
        elements["generalPractitioner"] = [reference]
    row.add("Patient", "", elements, change="update")
    if reference and (began or ended):
        period = ({"start": began} if began else {}) | ({"end": ended} if ended else {})
        registration: Resource = {
            "status": "finished" if ended else "active",
            "type": [{"text": "Registration with a general practice"}],
            "patient": row.draft.subject,
            "managingOrganization": reference,
            "period": period,
        }
        row.add("EpisodeOfCare", f"registration|{code}|{began}", registration)


def circumstance(row: CsdsRow) -> None:
    """One row of a table of circumstances: an Observation of the social history, or a Flag for what endangers."""
    row.patient()
    table, value = row.table, row.text("value")
    if table == "CYP003":
        concept = row.national("value", "accommodation-status", "Observation", "Accommodation")
        _social(row, "Accommodation", concept, row.date("date"))
    elif table == "CYP006":
        _social(row, "Social and personal circumstance", _snomed(row, value), row.date("date"))
    elif table == "CYP007":
        concept = row.national("value", "employment-status", "Observation", "Employment")
        hours = row.text("hours")
        _social(row, "Employment", concept, row.date("date"), [{"text": f"Weekly hours worked, as coded: {hours}"}] if hours else [])
    elif table == "CYP008":
        concept = row.national("value", "overseas-visitor-charging-category", "Observation", "Charging category")
        end = row.date("end")
        _social(row, "Overseas visitor charging category", concept, row.date("start"), [{"text": f"Until {end}"}] if end else [])
    elif table == "CYP401":
        _social(row, "Special educational need", row.national("value", "special-educational-need", "Observation", "Need"), "")
    elif table == "CYP404":
        _social(row, "Assistive technology to support disability", _snomed(row, value), row.date("date"))
    elif table == "CYP402":
        concept = row.national("value", "safeguarding-vulnerability-factor", "Flag", "factor")
        if concept:
            flag(row, f"safeguarding|{value}", f"Safeguarding: vulnerability {concept['text']}", concept["coding"])
    elif table == "CYP403":
        _protection(row, value)


def _protection(row: CsdsRow, value: str) -> None:
    began, ended = row.date("start", "Flag"), row.date("end", "Flag")
    concept = row.national("value", "child-protection-plan-reason", "Flag", "reason")
    words = "Child protection plan" + (f", {concept['text']}" if concept else "")
    flag(row, f"protection|{began}|{value}", words, (concept or {}).get("coding", []), began=began, ended=ended)


def _snomed(row: CsdsRow, value: str) -> Resource | None:
    if not value:
        return None
    if snomed_id(value):
        return {"coding": [{"system": SNOMED, "code": value}], "text": value}
    row.note("MAP-006", "value", "Observation")
    return {"coding": [row.draft.local(value, "", "snomed ct as sent")], "text": value}


def _social(row: CsdsRow, title: str, concept: Resource | None, when: str, notes: list[Resource] | None = None) -> None:
    if concept is None:
        row.note("MAP-004", "value", "Observation")
        return
    local = f"{row.table}|{when}|{row.text('value')}"
    observation(row, local, title, {"valueCodeableConcept": concept}, when, category=_SOCIAL, notes=notes)


def observation(
    row: CsdsRow,
    local: str,
    title: str | Resource,
    value: Resource,
    when: str,
    *,
    category: Resource | None = None,
    notes: list[Resource] | None = None,
) -> None:
    """An Observation by its title or code, with a value[x], at a date; "" where the data set has none."""
    told: Resource = {"status": "final"}
    if category:
        told["category"] = [{"coding": [category]}]
    told["code"] = {"text": title} if isinstance(title, str) else title
    told["subject"] = row.draft.subject
    if when:
        told["effectiveDateTime"] = when
    told["performer"] = [row.provider()]
    told |= value
    if notes:
        told["note"] = notes
    row.add("Observation", local, told)


def flag(row: CsdsRow, local: str, words: str, codings: list[Any], *, began: str = "", ended: str = "", active: bool = True) -> None:
    """A Flag. One that has ended is inactive."""
    told: Resource = {
        "status": "active" if active and not ended else "inactive",
        "category": [{"coding": [{"system": _FLAG_KIND, "code": "safety", "display": "Safety"}]}],
        "code": ({"coding": codings} if codings else {}) | {"text": words},
        "subject": row.draft.subject,
    }
    period = ({"start": began} if began else {}) | ({"end": ended} if ended else {})
    if period:
        told["period"] = period
    row.add("Flag", local, told | {"author": row.provider()})


def indicator(row: CsdsRow, name: str, words: str) -> None:
    """A yes-or-no column: Y is a Flag, N the same Flag as no longer so, and anything else is noted."""
    sent = row.text(name).upper()
    if sent in ("Y", "N"):
        flag(row, name, words, [], active=sent == "Y")
    elif sent:
        row.note("MAP-006", name, "Flag")
