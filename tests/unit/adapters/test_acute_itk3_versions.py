"""Discharge documents: later versions, replacements, withdrawals, documents that are refused, and the hub's view of all that."""

from __future__ import annotations

from dataclasses import replace
from itertools import permutations
from typing import Any

import pytest

from carehub.feeds.adapter import whole
from carehub.feeds.mapped import Mapped
from carehub.feeds.message import Submission
from hub.toy_hub import toy_hub
from unit.adapters.acute_messages import ADAPTER, module
from unit.adapters.itk3_documents import (
    ALLERGY,
    COMPOSITION,
    ILLNESS,
    NHS,
    PATIENT,
    PROCEDURE,
    TRUST,
    as_json,
    as_xml,
    composition,
    concept,
    document,
    entry,
    in_message,
    numbers,
    of_type,
    only,
    patient,
    record,
    ref,
    result,
    section,
    sections,
    told,
    urn,
    valid,
)

LATER = "2026-11-21T09:00:00+00:00"
OTHER = {"system": "https://tools.ietf.org/html/rfc4122", "value": "22222222-1111-4222-8333-944445555666"}
FIRST = "7f0d1c9e-1111-4222-8333-944445555666"


def replacing(**more: Any) -> dict[str, Any]:
    relation = {"code": "replaces", "targetIdentifier": {"value": FIRST}}
    return document(identifier=OTHER, date=LATER, relatesTo=[relation], **more)


def hub_of(*documents: dict[str, Any]) -> Any:
    feed = module("itk3")
    hub = toy_hub(replace(ADAPTER, map_message=feed.map_message, split=whole))
    for n, one in enumerate(documents):
        hub.receive([Submission("acute/hl7v2", as_xml(one), f"2026-11-2{n + 2}T09:00:00.000Z", "test")])
        hub.drain()
    return hub


def held(hub: Any, mapped: Mapped, kind: str) -> Any:
    return hub.store.records.record(kind, record(mapped, kind).ref.id)


@pytest.mark.parametrize("order", list(permutations((0, 1))))
def test_a_later_version_takes_back_what_it_no_longer_tells(order: tuple[int, int]) -> None:
    first = document()
    later = document(without=(PROCEDURE,), date=LATER, status="amended")
    both = (first, later)
    hub = hub_of(*(both[n] for n in order))
    mapped = told(first)
    assert held(hub, mapped, "Procedure").withdrawn
    assert not held(hub, mapped, "Condition").withdrawn
    assert b'"amended"' in held(hub, mapped, "Composition").body


@pytest.mark.parametrize("order", list(permutations((0, 1))))
def test_a_replacement_supersedes_the_document_and_all_it_told(order: tuple[int, int]) -> None:
    both = (document(), replacing(without=(PROCEDURE,)))
    hub = hub_of(*(both[n] for n in order))
    old, new = told(both[0]), told(both[1])
    for kind in ("Procedure", "Composition", "Condition", "CarePlan"):
        assert held(hub, old, kind).withdrawn, kind
    assert b'"superseded"' in held(hub, old, "DocumentReference").body
    assert not held(hub, old, "Binary").withdrawn
    (mine,) = (one for one in of_type(new, "DocumentReference") if "content" in one)
    (relation,) = mine["relatesTo"]
    assert relation == {"code": "replaces", "target": {"reference": record(old, "DocumentReference").ref.reference}}
    assert not held(hub, new, "Encounter").withdrawn


def test_a_document_in_error_is_withdrawn_with_all_it_told() -> None:
    hub = hub_of(document(), document(status="entered-in-error", date=LATER))
    mapped = told(document())
    for kind in ("Composition", "DocumentReference", "Binary", "Encounter", "AllergyIntolerance"):
        assert held(hub, mapped, kind).withdrawn, kind
    assert not hub.store.records.record("Patient", mapped.patient.id if mapped.patient else "").withdrawn


def test_an_addition_stands_beside_the_first_document() -> None:
    relation = {"code": "appends", "targetIdentifier": {"value": FIRST}}
    added = document(identifier=OTHER, date=LATER, relatesTo=[relation], without=(PROCEDURE,))
    hub = hub_of(document(), added)
    assert not held(hub, told(document()), "Procedure").withdrawn
    assert only(told(added), "DocumentReference")["relatesTo"][0]["code"] == "appends"


def test_nothing_is_taken_back_by_a_document_that_could_not_be_read_in_full() -> None:
    stranger = entry(70, "Condition", clinicalStatus="active", code=concept("29857009", "Chest pain"), subject={"reference": urn(71)})
    mapped = valid(told(document(add=[stranger])))
    assert numbers(mapped) == {"MAP-016", "MAP-020"}
    assert mapped.closes == ()
    assert len(of_type(mapped, "Condition")) == 1


def test_an_entry_that_cannot_be_said_costs_itself_and_its_place_in_the_section() -> None:
    broken = entry(72, "Appointment", status="booked")
    mapped = valid(told(document(add=[broken], sections=[*sections(), section("Future", "1052951000000105", "<p>Clinic</p>", 72)])))
    assert {"MAP-004", "MAP-008"} <= numbers(mapped)
    assert "Clinic" in only(mapped, "Composition")["section"][-1]["text"]["div"]


def test_one_id_for_two_entries_keeps_both() -> None:
    one = entry(ILLNESS, "Condition", clinicalStatus="active", code=concept("38341003", "Hypertension"), subject=ref(PATIENT))
    whole_document = document()
    whole_document["entry"].append(one)
    whole_document["entry"].append(whole_document["entry"][1])
    mapped = valid(told(whole_document))
    assert len(of_type(mapped, "Condition")) == 2
    assert numbers(mapped) == {"MAP-018"}


def test_contained_resources_are_records_too() -> None:
    drug = {"resourceType": "Medication", "id": "m1", "code": concept("319775004", "Aspirin 75mg tablets")}
    line = entry(
        73, "MedicationStatement", contained=[drug], status="active", medicationReference={"reference": "#m1"}, subject=ref(PATIENT)
    )
    mapped = valid(told(document(add=[line])))
    assert not mapped.issues
    assert len(of_type(mapped, "Medication")) == 2


def test_a_mistyped_concept_id_stays_the_senders_own_code() -> None:
    wrong = entry(ILLNESS, "Condition", clinicalStatus="active", code=concept("394659004", "Acute coronary syndrome"), subject=ref(PATIENT))
    mapped = told(document(add=[wrong]))
    (coding,) = only(mapped, "Condition")["code"]["coding"]
    assert coding["system"] == "urn:carehub:X99005:code:snomed-ct-as-sent"
    assert numbers(mapped) == {"MAP-006"}


def test_impossible_details_cost_only_themselves() -> None:
    odd = entry(
        ALLERGY,
        "AllergyIntolerance",
        clinicalStatus="actve",
        assertedDate="2026-02-30",
        patient=ref(PATIENT),
        code=concept("1", "x", "y z"),
    )
    mapped = valid(told(document(add=[odd])))
    assert numbers(mapped) == {"MAP-021", "MAP-010"}
    assert only(mapped, "AllergyIntolerance")["code"]["coding"][0]["system"] == "y%20z"


def test_numbers_that_cannot_link() -> None:
    spaced = [{"system": "https://fhir.nhs.uk/Id/nhs-number", "value": "999 000 1014"}]
    assert only(told(document(add=[patient(identifier=spaced)])), "Patient")["identifier"][0]["value"] == NHS
    wrong = [{"system": "https://fhir.nhs.uk/Id/nhs-number", "value": "9990001015"}]
    unfit = valid(told(document(add=[patient(identifier=wrong)])))
    assert numbers(unfit) == {"MAP-009"}
    assert "nhs-number-not-fit-for-use" in only(unfit, "Patient")["identifier"][0]["system"]
    assert unfit.patient is not None
    assert unfit.patient.patient == "unfit|9990001015|1951-06-03|tindall|ruth"
    local = [
        *spaced,
        {"system": "https://northvale.example/mrn", "value": "H77"},
        {"use": "old", "system": spaced[0]["system"], "value": "9990001022"},
    ]
    known = valid(told(document(add=[patient(identifier=local)])))
    assert known.patient is not None
    assert known.patient.patient == "https://northvale.example/mrn|H77"
    assert only(known, "Patient")["identifier"][2] == {"use": "old", "type": {"text": "NHS number, superseded"}, "value": "9990001022"}


def test_a_document_dated_by_the_day_is_ordered_all_the_same() -> None:
    assert told(document(date="2026-07-20")).recorded == "2026-07-19T23:00:00.000Z"
    assert told(in_message(document(date="2026-11-20"))).recorded == "2026-11-20T15:05:00.000Z"
    undated = valid(told(document(date="2026-02-30")))
    assert (undated.recorded, numbers(undated)) == ("", {"MAP-010"})


def test_who_speaks() -> None:
    assert told(document(custodian=None)).source.code == "X99005"
    nameless = entry(TRUST, "Organization", name="Northvale General Hospital")
    assert told(document(add=[nameless])).source.code == "Northvale General Hospital"
    assert numbers(result(as_xml(document(custodian=None, author=None, encounter=None)))) == {"MAP-002"}
    assert told(in_message(document(custodian=None, author=None, encounter=None))).source.code == "X99005"


REFUSED: list[tuple[dict[str, Any], str]] = [
    ({"resourceType": "OperationOutcome", "issue": [{"severity": "fatal", "code": "structure"}]}, "MAP-011"),
    ({"resourceType": "Patient", "id": "p"}, "MAP-003"),
    ({"resourceType": "Bundle", "type": "searchset"}, "MAP-003"),
    ({"resourceType": "Bundle", "type": "document", "entry": [patient()]}, "MAP-003"),
    ({"resourceType": "Bundle", "type": "document", "entry": [composition([])]}, "MAP-002"),
    ({"resourceType": "Bundle", "type": "message", "entry": [entry(1, "MessageHeader"), entry(2, "OperationOutcome")]}, "MAP-011"),
    (document(add=[entry(80, "Patient", birthDate="1960-01-01")]), "MAP-013"),
    (
        document(subject={"reference": urn(PATIENT), "identifier": {"system": "https://fhir.nhs.uk/Id/nhs-number", "value": "9990001022"}}),
        "MAP-013",
    ),
    (document(add=[patient(identifier=None, birthDate=None)]), "MAP-002"),
]


@pytest.mark.parametrize(("resource", "number"), REFUSED)
def test_what_is_refused(resource: dict[str, Any], number: str) -> None:
    assert numbers(result(as_xml(resource))) == {number}
    assert numbers(result(as_json(resource))) == {number}


@pytest.mark.parametrize(
    ("body", "number"),
    [
        (b"<Bundle xmlns='http://hl7.org/fhir'><type", "GATE-006"),
        (b"<!DOCTYPE x [<!ENTITY y 'z'>]><Bundle xmlns='http://hl7.org/fhir'/>", "GATE-007"),
        (b"<Bundle/>", "GATE-005"),
        (b"{", "GATE-002"),
    ],
)
def test_what_cannot_be_read(body: bytes, number: str) -> None:
    assert numbers(result(body)) == {number}


def test_issues_name_no_element_of_the_senders_own() -> None:
    body = as_xml(document()).replace(b'<status value="finished"/>', b'<status value="finished"/><Tindall value="x"/>')
    found = result(body)
    assert isinstance(found, Mapped)
    assert [(one.number, one.at) for one in found.issues] == [("MAP-017", "Encounter")]


def test_composition_is_the_first_of_its_kind() -> None:
    assert record(told(document()), "Composition").at == f"Bundle.entry[{COMPOSITION - 1}].resource"
