"""The models as second opinion: readable issues, the R4 guard, STU3 for reading."""

from __future__ import annotations

import subprocess
import sys
from typing import Any

import pytest

from carehub.fhir import models

PATIENT = {"resourceType": "Patient", "id": "p1"}


def said(resource: Any) -> list[tuple[str, str]]:
    return [(i.number, i.at) for i in models.explain(resource)]


@pytest.mark.parametrize(
    ("resource", "expected"),
    [
        (None, [("GATE-010", "")]),
        ({"resourceType": 1}, [("GATE-010", "")]),
        ({"resourceType": "Zoo"}, [("GATE-011", "")]),
        ({"resourceType": "Boolean"}, [("GATE-011", "")]),
        ({"resourceType": "HumanName"}, [("GATE-011", "")]),
        ({**PATIENT, "id": "a_b"}, [("GATE-016", "Patient.id")]),
        ({**PATIENT, "birthDate": "1944-02-30"}, [("GATE-018", "Patient.birthDate")]),
        ({**PATIENT, "birthDate": "1 May"}, [("GATE-018", "Patient.birthDate")]),
        ({**PATIENT, "deceasedDateTime": "2020-01-01T00:00:00"}, [("GATE-018", "Patient.deceasedDateTime")]),
        ({**PATIENT, "deceasedDateTime": "2020", "deceasedBoolean": True}, [("GATE-013", "Patient")]),
        ({**PATIENT, "multipleBirthInteger": 2**40}, [("GATE-018", "Patient.multipleBirthInteger")]),
        ({**PATIENT, "address": [None]}, [("GATE-014", "Patient.address")]),
        ({**PATIENT, "address": [{"city": 7}]}, [("GATE-010", "Patient.address[0].city")]),
        ({**PATIENT, "Jane Example": 1}, [("GATE-010", "Patient")]),
        ({**PATIENT, "contact": [{"onsetAge": 1}]}, [("GATE-010", "Patient.contact[0].onsetAge")]),
        ({**PATIENT, "contained": [{"resourceType": "Zoo"}]}, [("GATE-011", "Patient")]),
        ({"resourceType": "Observation", "status": "final"}, [("GATE-010", "Observation.code")]),
    ],
)
def test_the_models_say_what_is_wrong_and_where(resource: Any, expected: list[tuple[str, str]]) -> None:
    assert said(resource) == expected


def test_r4b_that_is_not_r4_is_refused() -> None:
    reference = {"url": "urn:x", "valueCodeableReference": {"concept": {"text": "x"}}}
    assert said({**PATIENT, "extension": [reference]}) == [("GATE-010", "Patient.extension[0].valueCodeableReference")]
    topic = {"resourceType": "SubscriptionStatus", "type": "handshake", "subscription": {"reference": "Subscription/1"}}
    bundle = {"resourceType": "Bundle", "type": "collection", "entry": [{"resource": PATIENT}, {"resource": topic}]}
    assert said(bundle) == [("GATE-011", "Bundle.entry[1].resource")]


def test_nesting_past_the_models_is_a_fault_and_not_a_crash() -> None:
    deep: dict[str, Any] = {"url": "urn:x", "valueCode": "x"}
    for _ in range(2000):
        deep = {"url": "urn:x", "extension": [deep]}
    assert said({**PATIENT, "extension": [deep]})[0][0] == "GATE-010"


def test_stu3_is_read_by_its_own_models() -> None:
    stu3 = {
        "resourceType": "AllergyIntolerance",
        "clinicalStatus": "active",
        "verificationStatus": "unconfirmed",
        "patient": {"reference": "Patient/1"},
    }
    assert models.explain_stu3(stu3) == ()
    assert models.explain(stu3) != ()
    assert [i.number for i in models.explain_stu3({"resourceType": "Zoo"})] == ["GATE-011"]


def test_a_type_that_is_not_there_is_a_key_error() -> None:
    with pytest.raises(KeyError):
        models.model("Zoo")


def test_the_models_are_loaded_only_when_asked() -> None:
    code = "import carehub.fhir.gate, carehub.fhir.models, sys; sys.exit('fhir' in sys.modules or 'pydantic' in sys.modules)"
    assert subprocess.run([sys.executable, "-c", code], check=False).returncode == 0
