"""One HL7 v2 ADT to R4 resources as a straightforward first build would map it: `hl7`'s own accessors, plain dicts, one function a segment.

It tells the same content as carehub's adapter does of the bench's messages, and no more: no character sets, no escapes, no odd dates, nothing noted.
"""

from __future__ import annotations

from datetime import datetime
from typing import Any
from uuid import NAMESPACE_URL, uuid5
from zoneinfo import ZoneInfo

import hl7

Resource = dict[str, Any]

_LONDON = ZoneInfo("Europe/London")
_PROFILE = "https://fhir.hl7.org.uk/StructureDefinition/UKCore-"
_EXTENSION = "https://fhir.hl7.org.uk/StructureDefinition/Extension-UKCore-"
_TERMINOLOGY = "http://terminology.hl7.org/CodeSystem/"
_UKCORE = "https://fhir.hl7.org.uk/CodeSystem/UKCore-"
_GENDER = {"F": "female", "M": "male"}
_SYSTEM = {"SCT": "http://snomed.info/sct", "I10": "http://hl7.org/fhir/sid/icd-10"}
_KIN = {"SPO": "SPS", "CHD": "CHILD"}
_CLASS = {"I": ("IMP", "inpatient encounter")}
_STATUS = {"A01": "in-progress", "A03": "finished"}
_PLACE_STATUS = {"in-progress": "active", "finished": "completed"}
_MOVES = ("A01", "A02")
_ADMISSION = {"21": "Emergency: emergency department of this provider"}
_ADMITTED_FROM = {"19": "Usual place of residence"}
_FUNCTION = {"300": "General internal medicine"}
_ALLERGY = {"DA": "medication", "FA": "food"}
_SEVERITY = {"MI": "mild", "MO": "moderate", "SV": "severe"}
_CERTAINTY = {"A": "provisional", "F": "confirmed"}


def mapped(message: hl7.Message) -> list[Resource]:
    """The resources of one ADT in the order of its segments."""
    msh, pid, pd1, pv1 = (message.segment(name) for name in ("MSH", "PID", "PD1", "PV1"))
    site, event = _said(msh, 4), _said(msh, 9, 2)
    patient = _id(site, "Patient", _said(pid, 3))
    practice, gp, doctor = (
        _id(patient, "Organization", _said(pd1, 3, 3)),
        _id(patient, "Practitioner", _said(pd1, 4)),
        _id(patient, "Practitioner", _said(pv1, 7)),
    )
    visit = _id(patient, "Encounter", _said(pv1, 19))
    resources = [
        _resource("Organization", practice, identifier=[_ods(_said(pd1, 3, 3))], name=_said(pd1, 3)),
        _practitioner(gp, pd1, 4, "https://fhir.hl7.org.uk/Id/gmp-number"),
        _patient(patient, site, pid, pd1, practice, gp),
    ]
    for nk1 in message.segments("NK1"):
        resources.append(_related(patient, nk1))
    resources.append(_practitioner(doctor, pv1, 7, f"urn:carehub:{site}:practitioner"))
    resources.append(_encounter(visit, site, event, pv1, patient, doctor))
    for al1 in message.segments("AL1"):
        resources.append(_allergy(patient, al1))
    # The final diagnosis first, then what it was thought to be on admission.
    for dg1 in sorted(message.segments("DG1"), key=lambda each: _said(each, 6) != "F"):
        resources.append(_condition(patient, visit, dg1))
    return resources


def _said(segment: hl7.Segment, field: int, component: int = 1, repeat: int = 1) -> str:
    told = segment[field][repeat - 1]
    return str(told[component - 1]) if isinstance(told, hl7.Repetition) else str(told)


def _id(*parts: str) -> str:
    return str(uuid5(NAMESPACE_URL, "|".join(parts)))


def _resource(type_: str, id_: str, **elements: Any) -> Resource:
    return {"resourceType": type_, "id": id_, "meta": {"profile": [_PROFILE + type_]}, **elements}


def _concept(system: str, code: str, display: str = "", text: str = "") -> Resource:
    coding = {"system": system, "code": code, **({"display": display} if display else {})}
    return {"coding": [coding], **({"text": text} if text else {})}


def _ods(code: str) -> Resource:
    return {"system": "https://fhir.nhs.uk/Id/ods-organization-code", "value": code}


def _date(told: str) -> str:
    return datetime.strptime(told, "%Y%m%d").date().isoformat()  # noqa: DTZ007 - a date


def _instant(told: str) -> str:
    return datetime.strptime(told, "%Y%m%d%H%M%S").replace(tzinfo=_LONDON).isoformat()


def _address(segment: hl7.Segment, field: int) -> list[Resource]:
    return [
        {
            "use": "home",
            "city": _said(segment, field, 3),
            "postalCode": _said(segment, field, 5),
            "country": _said(segment, field, 6),
            "line": [_said(segment, field, 1)],
        }
    ]


def _phone(segment: hl7.Segment, field: int) -> list[Resource]:
    return [{"system": "phone", "value": _said(segment, field), "use": "home"}]


def _practitioner(id_: str, segment: hl7.Segment, field: int, system: str) -> Resource:
    name = {"family": _said(segment, field, 2), "given": [_said(segment, field, 3)], "prefix": [_said(segment, field, 6)]}
    return _resource("Practitioner", id_, identifier=[{"system": system, "value": _said(segment, field)}], name=[name])


def _patient(id_: str, site: str, pid: hl7.Segment, pd1: hl7.Segment, practice: str, gp: str) -> Resource:
    number = {
        "type": _concept(f"{_TERMINOLOGY}v2-0203", "MR", "Medical record number"),
        "system": f"urn:carehub:{site}:mrn",
        "value": _said(pid, 3),
        "assigner": {"display": _said(pid, 3, 4)},
    }
    ethnic = {
        "url": f"{_EXTENSION}EthnicCategory",
        "valueCodeableConcept": _concept(f"{_UKCORE}EthnicCategoryEngland", _said(pid, 22), "", _said(pid, 22, 2)),
    }
    return _resource(
        "Patient",
        id_,
        identifier=[number, {"system": "https://fhir.nhs.uk/Id/nhs-number", "value": _said(pid, 3, 1, 2)}],
        name=[{"use": "official", "family": _said(pid, 5), "given": [_said(pid, 5, 2)], "prefix": [_said(pid, 5, 5)]}],
        birthDate=_date(_said(pid, 7)),
        gender=_GENDER[_said(pid, 8)],
        address=_address(pid, 11),
        telecom=_phone(pid, 13),
        extension=[ethnic],
        generalPractitioner=[
            {"reference": f"Organization/{practice}", "display": _said(pd1, 3)},
            {"reference": f"Practitioner/{gp}"},
        ],
    )


def _related(patient: str, nk1: hl7.Segment) -> Resource:
    family, given, kin = _said(nk1, 2), _said(nk1, 2, 2), _said(nk1, 3)
    return _resource(
        "RelatedPerson",
        _id(patient, "RelatedPerson", family, given, kin),
        patient={"reference": f"Patient/{patient}"},
        name=[{"use": "official", "family": family, "given": [given]}],
        relationship=[_concept(f"{_TERMINOLOGY}v3-RoleCode", _KIN[kin], "", _said(nk1, 3, 2))],
        address=_address(nk1, 4),
        telecom=_phone(nk1, 5),
    )


def _encounter(id_: str, site: str, event: str, pv1: hl7.Segment, patient: str, doctor: str) -> Resource:
    at = _instant(_said(pv1, 44))
    code, words = _CLASS[_said(pv1, 2)]
    function, method, source = _said(pv1, 10), _said(pv1, 4), _said(pv1, 14)
    status = _STATUS.get(event, "unknown")
    place: Resource = {"location": {"display": ", ".join(_said(pv1, 3, n) for n in (1, 2, 3, 4))}}
    if event in _MOVES:
        place["period"] = {"start": at}
    elif status == "finished":
        place["period"] = {"end": at}
    if status in _PLACE_STATUS:
        place["status"] = _PLACE_STATUS[status]
    admission = _concept(f"{_UKCORE}AdmissionMethodEngland", method, "", _ADMISSION[method])
    return _resource(
        "Encounter",
        id_,
        subject={"reference": f"Patient/{patient}"},
        serviceProvider={"display": site},
        identifier=[{"system": f"urn:carehub:{site}:visit", "value": _said(pv1, 19)}],
        status=status,
        period={"start": at, **({"end": at} if status == "finished" else {})},
        **{"class": {"system": f"{_TERMINOLOGY}v3-ActCode", "code": code, "display": words}},
        serviceType=_concept(f"urn:carehub:{site}:code:treatment-function", function, _FUNCTION[function], _FUNCTION[function]),
        participant=[
            {
                "type": [_concept(f"{_TERMINOLOGY}v3-ParticipationType", "ATND", "attender")],
                "individual": {"reference": f"Practitioner/{doctor}"},
            }
        ],
        hospitalization={
            "extension": [{"url": f"{_EXTENSION}AdmissionMethod", "valueCodeableConcept": admission}],
            "admitSource": _concept(f"{_UKCORE}SourceOfAdmissionEngland", source, "", _ADMITTED_FROM[source]),
        },
        location=[place],
    )


def _allergy(patient: str, al1: hl7.Segment) -> Resource:
    code, words = _said(al1, 3), _said(al1, 3, 2)
    return _resource(
        "AllergyIntolerance",
        _id(patient, "AllergyIntolerance", code),
        clinicalStatus=_concept(f"{_TERMINOLOGY}allergyintolerance-clinical", "active"),
        code=_concept(_SYSTEM[_said(al1, 3, 3)], code, words, words),
        patient={"reference": f"Patient/{patient}"},
        type="allergy",
        category=[_ALLERGY[_said(al1, 2)]],
        reaction=[{"manifestation": [{"text": _said(al1, 5)}], "severity": _SEVERITY[_said(al1, 4)]}],
        recordedDate=_date(_said(al1, 6)),
    )


def _condition(patient: str, visit: str, dg1: hl7.Segment) -> Resource:
    code, words = _said(dg1, 3), _said(dg1, 3, 2)
    return _resource(
        "Condition",
        _id(patient, "Condition", visit, code),
        category=[_concept(f"{_TERMINOLOGY}condition-category", "encounter-diagnosis", "Encounter Diagnosis")],
        code=_concept(_SYSTEM[_said(dg1, 3, 3)], code, words, words),
        subject={"reference": f"Patient/{patient}"},
        encounter={"reference": f"Encounter/{visit}"},
        verificationStatus=_concept(f"{_TERMINOLOGY}condition-ver-status", _CERTAINTY[_said(dg1, 6)]),
        recordedDate=_date(_said(dg1, 5)),
    )
