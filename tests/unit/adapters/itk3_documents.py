"""Invented discharge documents for tests, as FHIR STU3 JSON, and the same in XML."""

from __future__ import annotations

import copy
import json
from html import escape
from pathlib import Path
from typing import Any

from carehub.feeds.mapped import Mapped, MappedRecord
from carehub.fhir.gate import check
from carehub.fhir.models import explain
from carehub.fhir.references import find
from carehub.fhir.resource import Resource
from carehub.fhir.ukcore import must_haves
from carehub.terms.errors import Rejected
from unit.adapters.acute_messages import fold, module

ROOT = Path(__file__).resolve().parents[3]
CASES = ROOT / "adapters" / "acute" / "cases"
SAMPLES = ROOT.parent / "shared" / "data" / "feeds" / "acute"

_DOCUMENT = module("itk3.document")

NHS = "9990001014"
CARE = "https://fhir.hl7.org.uk/STU3/CodeSystem/CareConnect-"
ITK = "https://fhir.nhs.uk/STU3/StructureDefinition/Extension-ITK-"
_CARE_EXTENSION = "https://fhir.hl7.org.uk/STU3/StructureDefinition/Extension-CareConnect-"
_SNOMED = "http://snomed.info/sct"


def urn(n: int) -> str:
    return f"urn:uuid:0b9a1f00-0000-4000-8000-{n:012d}"


def ref(n: int, **more: str) -> dict[str, str]:
    return {"reference": urn(n), **more}


def concept(code: str, display: str, system: str = _SNOMED) -> dict[str, Any]:
    return {"coding": [{"system": system, "code": code, "display": display}]}


def entry(n: int, kind: str, **elements: Any) -> dict[str, Any]:
    resource = {"resourceType": kind, "id": urn(n).removeprefix("urn:uuid:")}
    resource |= {name.rstrip("_"): value for name, value in elements.items() if value is not None}
    return {"fullUrl": urn(n), "resource": resource}


def section(title: str, code: str, words: str, *entries: int, **more: Any) -> dict[str, Any]:
    told: dict[str, Any] = {"title": title, "code": concept(code, title)}
    told["text"] = {"status": "generated", "div": f'<div xmlns="http://www.w3.org/1999/xhtml">{words}</div>'}
    return told | ({"entry": [ref(n) for n in entries]} if entries else {}) | more


COMPOSITION, PATIENT, TRUST, WARD, DOCTOR, ROLE, STAY, GP = 1, 2, 3, 4, 5, 6, 7, 8
ALLERGY, ALLERGIES, ILLNESS, PROCEDURE = 10, 11, 12, 13
KEPT, STOPPED, MEDICINE, MEDICINES = 20, 21, 22, 23


def patient(**more: Any) -> dict[str, Any]:
    status = {"url": f"{_CARE_EXTENSION}NHSNumberVerificationStatus-1"}
    status["valueCodeableConcept"] = concept("01", "Number present and verified", f"{CARE}NHSNumberVerificationStatus-1")  # type: ignore[assignment]
    told: dict[str, Any] = {
        "identifier": [{"extension": [status], "system": "https://fhir.nhs.uk/Id/nhs-number", "value": NHS}],
        "name": [{"use": "official", "family": "Tindall", "given": ["Ruth"]}],
        "gender": "female",
        "birthDate": "1951-06-03",
        "generalPractitioner": [ref(GP)],
    }
    return entry(PATIENT, "Patient", **(told | more))


def organisation(n: int, ods: str, name: str) -> dict[str, Any]:
    return entry(n, "Organization", identifier=[{"system": "https://fhir.nhs.uk/Id/ods-organization-code", "value": ods}], name=name)


def composition(sections: list[dict[str, Any]], **more: Any) -> dict[str, Any]:
    told: dict[str, Any] = {
        "extension": [{"url": f"{ITK}CareSettingType-1", "valueCodeableConcept": concept("394579002", "Cardiology")}],
        "identifier": {"system": "https://tools.ietf.org/html/rfc4122", "value": "7f0d1c9e-1111-4222-8333-944445555666"},
        "status": "final",
        "type": concept("373942005", "Discharge summary"),
        "subject": ref(PATIENT),
        "encounter": ref(STAY),
        "date": "2026-11-20T15:00:00+00:00",
        "author": [ref(DOCTOR)],
        "title": "Discharge summary",
        "custodian": ref(TRUST),
        "section": sections,
    }
    return entry(COMPOSITION, "Composition", **(told | more))


def stay(**more: Any) -> dict[str, Any]:
    methods = [
        {"url": f"{_CARE_EXTENSION}{name}-1", "valueCodeableConcept": concept(code, words, f"{CARE}{name}-1")}
        for name, code, words in (("AdmissionMethod", "21", "Emergency department"), ("DischargeMethod", "1", "On clinical advice"))
    ]
    told: dict[str, Any] = {
        "extension": methods,
        "identifier": [{"system": "https://northvale.example/visit", "value": "V-4471"}],
        "status": "finished",
        "class": {"system": "http://hl7.org/fhir/v3/ActCode", "code": "IMP", "display": "inpatient encounter"},
        "subject": ref(PATIENT),
        "participant": [{"type": [concept("DIS", "discharger", "http://hl7.org/fhir/v3/ParticipationType")], "individual": ref(DOCTOR)}],
        "period": {"start": "2026-11-16T07:00:00+00:00", "end": "2026-11-20T14:00:00+00:00"},
        "reason": [concept("29857009", "Chest pain")],
        "diagnosis": [{"condition": ref(ILLNESS), "role": concept("DD", "Discharge diagnosis", "http://hl7.org/fhir/diagnosis-role")}],
        "hospitalization": {"dischargeDisposition": concept("19", "Usual place of residence", f"{CARE}DischargeDestination-1")},
        "location": [{"location": ref(WARD)}],
    }
    return entry(STAY, "Encounter", **(told | more))


def statement(n: int, status: str, medicine: dict[str, Any], **more: Any) -> dict[str, Any]:
    told = {"status": status, "subject": ref(PATIENT), "taken": "y"}
    if "reference" in medicine:
        return entry(n, "MedicationStatement", **(told | {"medicationReference": medicine} | more))
    return entry(n, "MedicationStatement", **(told | {"medicationCodeableConcept": medicine} | more))


def listed(n: int, title: str, code: str, items: list[tuple[int, dict[str, Any] | None]]) -> dict[str, Any]:
    held = [({"flag": flag} if flag else {}) | {"item": ref(item)} for item, flag in items]
    return entry(n, "List", status="current", mode="snapshot", title=title, code=concept(code, title), subject=ref(PATIENT), entry=held)


def change(words: str, code: str = "") -> dict[str, Any]:
    return concept(code or "5", words, "https://fhir.nhs.uk/STU3/CodeSystem/ITK-PatientMedicationChangeType-1")


DOSE = [
    {
        "text": "One tablet in the morning",
        "timing": {"repeat": {"frequency": 1, "period": 1, "periodUnit": "d"}},
        "doseQuantity": {"value": 2.5, "unit": "mg", "system": "http://unitsofmeasure.org", "code": "mg"},
    }
]


def entries() -> list[dict[str, Any]]:
    """What every document of these tests carries beside its composition."""
    reaction = [{"substance": concept("764146007", "Penicillin"), "manifestation": [concept("271807003", "Rash")]}]
    job = concept("R0050", "Consultant", f"{CARE}SDSJobRoleName-1")
    return [
        patient(),
        organisation(TRUST, "X99005", "Northvale General Hospital"),
        organisation(GP, "X99G4", "Elm Tree Surgery"),
        entry(WARD, "Location", name="Harbour Ward", type=concept("CCU", "Coronary care unit", "http://hl7.org/fhir/v3/RoleCode")),
        entry(DOCTOR, "Practitioner", name=[{"family": "Adeyemi", "given": ["Tola"], "prefix": ["Dr"]}]),
        entry(ROLE, "PractitionerRole", practitioner=ref(DOCTOR), organization=ref(TRUST), code=[job]),
        stay(),
        entry(
            ALLERGY, "AllergyIntolerance", clinicalStatus="active", verificationStatus="confirmed", patient=ref(PATIENT), reaction=reaction
        ),
        listed(ALLERGIES, "Allergies", "886921000000105", [(ALLERGY, change("Unchanged", "1"))]),
        entry(
            ILLNESS,
            "Condition",
            clinicalStatus="active",
            verificationStatus="confirmed",
            category=[concept("diagnosis", "Diagnosis", f"{CARE}ConditionCategory-1")],
            code=concept("394659003", "Acute coronary syndrome"),
            subject=ref(PATIENT),
            context=ref(STAY),
            assertedDate="2026-11-16",
        ),
        entry(
            PROCEDURE,
            "Procedure",
            status="completed",
            code=concept("46825001", "Electrocardiographic monitoring"),
            subject=ref(PATIENT),
            context=ref(STAY),
            performedDateTime="2026-11-16T10:30:00+00:00",
            performer=[{"actor": ref(DOCTOR)}],
        ),
        entry(MEDICINE, "Medication", code=concept("408050008", "Ramipril 2.5mg tablets")),
        statement(KEPT, "active", ref(MEDICINE), dosage=DOSE),
        statement(STOPPED, "active", concept("319781007", "Aspirin 75mg gastro-resistant tablets")),
        listed(MEDICINES, "Medications", "933361000000108", [(KEPT, change("Active", "9")), (STOPPED, change("Ceased"))]),
    ]


def sections() -> list[dict[str, Any]]:
    return [
        section("Admission details", "886781000000108", "<p>Came with chest pain.</p>", STAY),
        section("Allergies and adverse reactions", "886921000000105", "<p>Penicillin: rash</p>", ALLERGIES),
        section("Diagnoses", "887161000000102", "<p>Acute coronary syndrome</p>", ILLNESS),
        section("Medications and medical devices", "933361000000108", "<p>Ramipril continued. Aspirin stopped: bleeding.</p>", MEDICINES),
        section("Plan and requested actions", "887201000000105", "<ul><li>GP to check kidney function in two weeks</li></ul>"),
    ]


def document(*, add: list[dict[str, Any]] | None = None, without: tuple[int, ...] = (), **more: Any) -> dict[str, Any]:
    """A whole document. add: entries, in the place of one of the same number. without: numbers of entries left out. more: the composition's."""
    told = more.pop("sections", None) or sections()
    added = {one["fullUrl"] for one in add or ()}
    gone = added | {urn(n) for n in without}
    kept = [one for one in entries() if one["fullUrl"] not in gone]
    whole = {
        "resourceType": "Bundle",
        "identifier": {"system": "https://tools.ietf.org/html/rfc4122", "value": "11111111-aaaa-4bbb-8ccc-000000000001"},
        "type": "document",
        "entry": [composition(told, **more), *kept, *(add or ())],
    }
    return copy.deepcopy(whole)


def in_message(inner: dict[str, Any]) -> dict[str, Any]:
    """The document as ITK3 sends it."""
    header = entry(90, "MessageHeader", timestamp="2026-11-20T15:05:00+00:00", focus=[ref(91)], sender=ref(92))
    around = [header, {"fullUrl": urn(91), "resource": inner}, organisation(92, "X99005", "Northvale General Hospital")]
    return {"resourceType": "Bundle", "type": "message", "entry": around}


def as_json(resource: dict[str, Any]) -> bytes:
    return json.dumps(resource, ensure_ascii=False, indent=1).encode()


def as_xml(resource: dict[str, Any]) -> bytes:
    kind = resource["resourceType"]
    return f'<?xml version="1.0" encoding="UTF-8"?>\n<{kind} xmlns="http://hl7.org/fhir">{_inside(resource)}\n</{kind}>\n'.encode()


def _inside(held: dict[str, Any]) -> str:
    return "".join(_element(name, one) for name, value in held.items() for one in (value if isinstance(value, list) else [value]))


def _element(name: str, value: Any) -> str:
    if name == "resourceType":
        return ""
    if name == "div":
        return str(value)
    if isinstance(value, dict):
        if "resourceType" in value:
            kind = value["resourceType"]
            return f"\n<{name}><{kind}>{_inside(value)}</{kind}></{name}>"
        url = f' url="{escape(value["url"])}"' if name in ("extension", "modifierExtension") else ""
        inner = {key: part for key, part in value.items() if not (url and key == "url")}
        return f"\n<{name}{url}>{_inside(inner)}</{name}>"
    told = str(value).lower() if isinstance(value, bool) else str(value)
    return f'\n<{name} value="{escape(told)}"/>'


def result(body: bytes) -> Mapped | Rejected:
    try:
        found: Mapped = _DOCUMENT.map_document(body)
        return found
    except Rejected as refused:
        return refused


def told(resource: dict[str, Any]) -> Mapped:
    found = result(as_xml(resource))
    assert isinstance(found, Mapped), found.issues
    return found


def of_type(mapped: Mapped, kind: str) -> list[Resource]:
    return [record.resource for record in mapped.records if record.ref.type == kind and record.change != "withdrawn"]


def only(mapped: Mapped, kind: str) -> Resource:
    (one,) = of_type(mapped, kind)
    return one


def record(mapped: Mapped, kind: str) -> MappedRecord:
    (one,) = (held for held in mapped.records if held.ref.type == kind)
    return one


def numbers(found: Mapped | Rejected) -> set[str]:
    return {one.number for one in found.issues}


def valid(mapped: Mapped) -> Mapped:
    known = {one.ref.reference for one in mapped.records}
    assert len(known) == len(mapped.records)
    for one in mapped.records:
        if one.change == "withdrawn":
            continue
        resource = one.resource if one.change == "snapshot" else fold([mapped])[one.ref.reference]
        assert (check(resource), must_haves(resource), explain(resource)) == ((), (), ()), one.ref
        assert {reference for _, reference in find(one.resource)} <= known
    return mapped
