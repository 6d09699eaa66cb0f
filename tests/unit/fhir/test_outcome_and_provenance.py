"""OperationOutcome and Provenance: good R4, derived, and every catalogue row can be told."""

from __future__ import annotations

from dataclasses import replace

import pytest

from carehub.fhir.canonical import dumps, loads
from carehub.fhir.gate import check
from carehub.fhir.models import explain
from carehub.fhir.outcome import SYSTEM, operation_outcome
from carehub.fhir.provenance import provenance, provenance_bytes
from carehub.terms.attribution import Attribution
from carehub.terms.issue_catalogue import CATALOGUE, issue
from carehub.terms.organisations import SourceKind, SourceOrganisation

AT = "2026-11-22T06:10:00.000Z"
TOLD = Attribution(SourceOrganisation("X9Z01", "", SourceKind.GP), "gp/record", "Condition/c", 1, "m1", AT, AT, "Dr Example", "gp", 2)


def test_every_issue_of_the_catalogue_can_be_told() -> None:
    outcome = operation_outcome(issue(number, at="Patient.name[0]") for number in CATALOGUE)
    assert check(outcome) == ()
    assert explain(outcome) == ()
    assert [told["details"]["coding"][0]["code"] for told in outcome["issue"]] == list(CATALOGUE)


def test_a_fhirpath_place_is_an_expression_and_another_a_note() -> None:
    path, field, type_only, bare = operation_outcome(
        [
            issue("GATE-010", at="Bundle.entry[3].resource", count=2),
            issue("MAP-001", at="PID-7"),
            issue("MAP-005", about="List"),
            issue("API-001"),
        ]
    )["issue"]
    assert path["expression"] == ["Bundle.entry[3].resource"]
    assert path["diagnostics"] == "2 times"
    assert "expression" not in field
    assert field["diagnostics"] == "at PID-7"
    assert type_only["diagnostics"] == "about List"
    assert "diagnostics" not in bare
    assert bare["details"] == {"coding": [{"system": SYSTEM, "code": "API-001"}], "text": CATALOGUE["API-001"].text}


def test_no_issues_is_said_and_not_left_empty() -> None:
    outcome = operation_outcome([])
    assert [told["severity"] for told in outcome["issue"]] == ["information"]
    assert check(outcome) == ()


@pytest.mark.parametrize("told", [TOLD, replace(TOLD, author=""), replace(TOLD, recorded="", record_version=4)])
def test_provenance_is_good_r4_and_derived(told: Attribution) -> None:
    made = provenance(told)
    assert check(made) == ()
    assert explain(made) == ()
    assert provenance(told) == made


VARIED = [
    TOLD,
    replace(TOLD, record='Condition/"\\'),
    replace(TOLD, record="Observation/o", record_version=7),
    replace(TOLD, author="", recorded=""),
    replace(TOLD, message="m2", received="2026-11-23T06:10:00.000Z"),
    replace(TOLD, feed="gp/other", adapter="b", mapping_version=3),
    replace(TOLD, source=SourceOrganisation("X9Z02", "Elmfield", SourceKind.GP)),
]


def test_the_bytes_of_a_provenance_are_those_of_the_resource_whatever_was_made_before() -> None:
    for told in (*VARIED, *reversed(VARIED)):
        id, body = provenance_bytes(told)
        assert (id, loads(body)) == (provenance(told)["id"], provenance(told))
    assert len({provenance_bytes(told)[1] for told in VARIED}) == len(VARIED)
    assert provenance_bytes(TOLD)[1] == dumps(provenance(TOLD))


def test_provenance_says_who_said_it_in_which_message_by_which_code() -> None:
    made = provenance(TOLD)
    author, assembler = made["agent"]
    assert made["target"] == [{"reference": "Condition/c"}]
    assert author["who"] == {"display": "Dr Example"}
    assert author["onBehalfOf"]["identifier"] == {"value": "X9Z01"}
    assert assembler["who"]["identifier"]["value"] == "gp/2"
    assert made["entity"][0]["what"]["identifier"]["value"] == "m1"
    assert (made["recorded"], made["occurredDateTime"]) == (AT, AT)
    assert made["activity"]["coding"][0]["code"] == "CREATE"


def test_without_an_author_the_organisation_speaks_and_a_time_not_given_is_not_made_up() -> None:
    made = provenance(replace(TOLD, author="", recorded="", record_version=2))
    assert made["agent"][0]["who"]["display"] == "X9Z01"
    assert "occurredDateTime" not in made
    assert made["activity"]["coding"][0]["code"] == "UPDATE"
    assert made["id"] != provenance(TOLD)["id"]
