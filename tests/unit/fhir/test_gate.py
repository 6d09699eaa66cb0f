"""The hot check: each fault its number and its place, and never a value."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from carehub.fhir import gate, r4
from carehub.fhir.models import explain

PATIENT = {"resourceType": "Patient", "id": "p1"}
SUBJECT = {"reference": "Patient/p1"}
OBSERVATION = {"resourceType": "Observation", "status": "final", "code": {"text": "Weight"}}
CLINICAL = {"coding": [{"system": "http://terminology.hl7.org/CodeSystem/condition-clinical", "code": "active"}]}


def faults(resource: Any) -> list[tuple[str, str]]:
    return [(i.number, i.at) for i in gate.check(resource)]


GOOD: list[dict[str, Any]] = [
    PATIENT,
    {**PATIENT, "name": [{"given": ["Ann", None], "_given": [None, {"extension": [{"url": "urn:x", "valueString": "B"}]}]}]},
    {**PATIENT, "_birthDate": {"extension": [{"url": "urn:x", "valueCode": "unknown"}]}},
    *({**PATIENT, "birthDate": day} for day in ("1944", "1944-05", "1944-02-29", "2000-02-29", "2023-04-30")),
    {**PATIENT, "deceasedDateTime": "2026-01-31T23:59:60.123+14:00"},
    {
        **PATIENT,
        "contained": [{"resourceType": "Organization", "id": "o1", "name": "Anytown Surgery"}],
        "managingOrganization": {"reference": "#o1"},
    },
    {**OBSERVATION, "valueQuantity": {"value": Decimal("1.50"), "unit": "kg"}, "effectiveDateTime": "2026"},
    {"resourceType": "Observation", "_status": {"extension": [{"url": "urn:x", "valueCode": "masked"}]}, "code": {"text": "Weight"}},
    {"resourceType": "Condition", "subject": SUBJECT, "clinicalStatus": CLINICAL},
    {
        "resourceType": "Condition",
        "subject": SUBJECT,
        "clinicalStatus": {"coding": [{"system": "urn:local", "code": "A"}, *CLINICAL["coding"]], "text": "current"},
    },
    {"resourceType": "Binary", "contentType": "text/plain", "data": "YWJj\nZGVmZw=="},
    *(
        {"resourceType": "Flag", "status": "active", "code": {"text": "x"}, "subject": {"reference": reference}}
        for reference in (
            "#p",
            "#",
            "Patient/p1/_history/2",
            "urn:uuid:0c3151bd-1cbf-4d64-b04d-cd9187a4c6e0",
            "https://example.org/fhir/Patient/1",
            "Patient?identifier=x",
        )
    ),
    {
        "resourceType": "Bundle",
        "type": "batch-response",
        "entry": [
            {
                "response": {
                    "status": "400",
                    "outcome": {"resourceType": "OperationOutcome", "issue": [{"severity": "error", "code": "invalid"}]},
                }
            }
        ],
    },
    {
        "resourceType": "Parameters",
        "parameter": [{"name": "a", "part": [{"name": "b", "resource": PATIENT}]}, {"name": "c", "resource": PATIENT}],
    },
]


@pytest.mark.parametrize("resource", GOOD, ids=lambda r: r["resourceType"])
def test_a_good_resource_has_no_faults_for_the_gate_or_the_models(resource: dict[str, Any]) -> None:
    assert faults(resource) == []
    assert explain(resource) == ()


BAD: list[tuple[Any, list[tuple[str, str]]]] = [
    (None, [("GATE-010", "")]),
    ([], [("GATE-010", "")]),
    ({}, [("GATE-010", "")]),
    ({"resourceType": 7}, [("GATE-010", "")]),
    ({"resourceType": "SubstanceDefinition"}, [("GATE-011", "")]),
    ({"resourceType": "HumanName"}, [("GATE-011", "")]),
    ({"resourceType": "Observation", "code": {"text": "x"}}, [("GATE-010", "Observation.status")]),
    ({"resourceType": "Observation", "status": "final"}, [("GATE-010", "Observation.code")]),
    (
        {"resourceType": "MedicationRequest", "status": "active", "intent": "order", "subject": SUBJECT},
        [("GATE-010", "MedicationRequest.medicationCodeableConcept")],
    ),
    ({**PATIENT, "active": "true"}, [("GATE-010", "Patient.active")]),
    ({**PATIENT, "name": {"family": "Example"}}, [("GATE-010", "Patient.name")]),
    ({**PATIENT, "maritalStatus": "M"}, [("GATE-010", "Patient.maritalStatus")]),
    # The sender's own key could hold anything, so it is not repeated; a FHIR name in the wrong place is.
    ({**PATIENT, "Jane Example": 1}, [("GATE-010", "Patient")]),
    ({**PATIENT, "onsetDateTime": "2020"}, [("GATE-010", "Patient.onsetDateTime")]),
    ({**PATIENT, "fhir_comments": ["x"]}, [("GATE-010", "Patient")]),
    ({**PATIENT, "gender": "MALE"}, [("GATE-012", "Patient.gender")]),
    ({**OBSERVATION, "status": "banana"}, [("GATE-012", "Observation.status")]),
    (
        {"resourceType": "Condition", "subject": SUBJECT, "clinicalStatus": {"text": "active"}},
        [("GATE-012", "Condition.clinicalStatus.coding")],
    ),
    (
        {"resourceType": "Condition", "subject": SUBJECT, "clinicalStatus": {"coding": [{"system": "urn:x", "code": "active"}]}},
        [("GATE-012", "Condition.clinicalStatus.coding")],
    ),
    ({**OBSERVATION, "valueString": "a", "valueQuantity": {"value": 1}}, [("GATE-013", "Observation")]),
    ({**PATIENT, "deceasedBoolean": True, "deceasedDateTime": "2020"}, [("GATE-013", "Patient")]),
    ({**PATIENT, "deceasedBoolean": True, "_deceasedDateTime": {"id": "a"}}, [("GATE-013", "Patient")]),
    ({**PATIENT, "extension": [{"url": "urn:x", "valueCode": "a", "valueCoding": {"code": "a"}}]}, [("GATE-013", "Patient.extension[0]")]),
    ({**PATIENT, "extension": [{"url": "urn:x", "valueRatioRange": {}}]}, [("GATE-010", "Patient.extension[0]")]),
    ({**PATIENT, "address": []}, [("GATE-014", "Patient.address")]),
    ({**PATIENT, "address": [{}]}, [("GATE-014", "Patient.address[0]")]),
    ({**PATIENT, "address": [None]}, [("GATE-014", "Patient.address[0]")]),
    ({**PATIENT, "gender": ""}, [("GATE-014", "Patient.gender")]),
    ({**PATIENT, "gender": None}, [("GATE-014", "Patient.gender")]),
    ({**PATIENT, "name": [{"family": " \t"}]}, [("GATE-014", "Patient.name[0].family")]),
    ({**PATIENT, "name": [{"given": ["Ann", ""]}]}, [("GATE-014", "Patient.name[0].given[1]")]),
    ({**PATIENT, "name": [{"given": ["Ann", None]}]}, [("GATE-014", "Patient.name[0]")]),
    ({**PATIENT, "name": [{"given": [7]}]}, [("GATE-010", "Patient.name[0].given[0]")]),
    ({**PATIENT, "managingOrganization": {"reference": "p1"}}, [("GATE-015", "Patient.managingOrganization.reference")]),
    ({**PATIENT, "managingOrganization": {"reference": "Organization/a b"}}, [("GATE-015", "Patient.managingOrganization.reference")]),
    ({**PATIENT, "id": "a_b"}, [("GATE-016", "Patient.id")]),
    ({**PATIENT, "id": "a" * 65}, [("GATE-016", "Patient.id")]),
    ({**PATIENT, "id": "a\n"}, [("GATE-016", "Patient.id")]),
    *(
        ({**PATIENT, "birthDate": day}, [("GATE-018", "Patient.birthDate")])
        for day in (
            "1944-02-30",
            "1900-02-29",
            "2023-04-31",
            "2023-13",
            "0000",
            "44-01-01",
            "1944-1-1",
            "1944-01-01T00:00:00Z",
            "01/02/1944",
        )
    ),
    *(
        ({**OBSERVATION, "effectiveDateTime": when}, [("GATE-018", "Observation.effectiveDateTime")])
        for when in (
            "2026-01-01T10:00:00",
            "2026-01-01T24:00:00Z",
            "2026-02-30T10:00:00Z",
            "2026-01-01T10:00Z",
            "2026-01-01T10:00:00+15:00",
        )
    ),
    ({**OBSERVATION, "issued": "2026-01-01"}, [("GATE-018", "Observation.issued")]),
    ({**OBSERVATION, "valueQuantity": {"value": Decimal("1E+400")}}, [("GATE-018", "Observation.valueQuantity.value")]),
    ({**OBSERVATION, "valueInteger": 2**31}, [("GATE-018", "Observation.valueInteger")]),
    ({"resourceType": "Binary", "contentType": "text/plain", "data": "YWJ"}, [("GATE-010", "Binary.data")]),
    ({**PATIENT, "contained": [{"resourceType": "Zoo"}]}, [("GATE-011", "Patient.contained[0]")]),
    ({**PATIENT, "contained": [{**PATIENT, "gender": "x"}]}, [("GATE-012", "Patient.contained[0].gender")]),
    ({**PATIENT, "contained": [{**PATIENT, "contained": [PATIENT]}]}, [("GATE-010", "Patient.contained[0].contained")]),
    ({**PATIENT, "contained": [{"id": "x"}]}, [("GATE-010", "Patient.contained[0].resourceType")]),
    ({**PATIENT, "contained": ["x"]}, [("GATE-010", "Patient.contained[0]")]),
    ({**PATIENT, "contained": "x"}, [("GATE-010", "Patient.contained")]),
    (
        {"resourceType": "Bundle", "type": "collection", "entry": [{"resource": PATIENT}, {"resource": {**PATIENT, "gender": "x"}}, 7]},
        [("GATE-010", "Bundle.entry[2]"), ("GATE-012", "Bundle.entry[1].resource.gender")],
    ),
    ({"resourceType": "Bundle", "type": "collection", "entry": {}}, [("GATE-010", "Bundle.entry")]),
    # No JSON at all.
    ({**PATIENT, "active": {1, 2}}, [("GATE-010", "Patient")]),
    ({**PATIENT, 7: 1}, [("GATE-010", "Patient")]),
    ({**PATIENT, "language": "\ud800"}, [("GATE-010", "Patient")]),
]


@pytest.mark.parametrize(("resource", "expected"), BAD)
def test_a_fault_has_its_number_and_its_place(resource: Any, expected: list[tuple[str, str]]) -> None:
    assert sorted(faults(resource)) == sorted(expected)


def test_a_part_of_parameters_is_looked_into() -> None:
    inner = {"name": "a", "part": [{"name": "b", "resource": {"resourceType": 1}}]}
    assert faults({"resourceType": "Parameters", "parameter": [inner]}) == [
        ("GATE-010", "Parameters.parameter[0].part[0].resource.resourceType")
    ]


def test_an_issue_names_the_resource_concerned() -> None:
    (inner,) = gate.check({**PATIENT, "contained": [{"resourceType": "Organization", "active": "yes"}]})
    assert inner.about == "Organization"


def test_many_faults_are_bounded() -> None:
    assert len(gate.check({**PATIENT, "name": [{"use": "x"}] * 50})) == gate.MAX_ISSUES
    many = [{"resource": {**PATIENT, "gender": "x"}}] * 50
    assert len(gate.check({"resourceType": "Bundle", "type": "collection", "entry": many})) == gate.MAX_ISSUES


def test_nesting_past_all_reason_is_no_crash() -> None:
    deep: dict[str, Any] = {"url": "urn:x", "valueCode": " "}
    for _ in range(2000):
        deep = {"url": "urn:x", "extension": [deep]}
    assert [number for number, _ in faults({**PATIENT, "extension": [deep]})] == ["GATE-010"]


_anything = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(max_size=10) | st.floats() | st.decimals(),
    lambda inner: (
        st.lists(inner, max_size=3) | st.dictionaries(st.sampled_from(["name", "extension", "id", "reference", "x"]), inner, max_size=3)
    ),
    max_leaves=10,
)


@given(
    st.sampled_from(["Patient", "Bundle", "Parameters", "Observation", "nonsense"]),
    st.dictionaries(st.sampled_from(["contained", "entry", "parameter", "name", "subject"]), _anything),
)
def test_check_and_explain_never_raise(kind: str, rest: dict[str, Any]) -> None:
    for found in (gate.check({**rest, "resourceType": kind}), explain({**rest, "resourceType": kind})):
        assert all(i.number.startswith("GATE-0") for i in found)


def test_an_issue_never_holds_a_value() -> None:
    secret = "Zebedee"
    resource = {**PATIENT, "gender": secret, "name": [{"use": secret, secret: secret}], "birthDate": secret, "id": f"{secret}_"}
    said = repr(gate.check(resource)) + repr(explain(resource))
    assert "GATE-012" in said
    assert secret not in said


def test_the_types_of_a_care_record_are_held() -> None:
    assert {"Patient", "DetectedIssue", "OperationOutcome", "Composition", "AuditEvent", "Provenance", "Bundle", "List"} <= r4.types()
    assert "Zoo" not in r4.types()
