"""Discharge documents: the document itself, its sections, the stay and the person."""

from __future__ import annotations

from collections import Counter

from carehub.feeds.mapped import Mapped
from carehub.fhir.canonical import stable
from unit.adapters.itk3_documents import (
    NHS,
    as_json,
    as_xml,
    concept,
    document,
    entry,
    in_message,
    only,
    patient,
    result,
    section,
    sections,
    stay,
    told,
    valid,
)

_KINDS = frozenset(
    ("AllergyIntolerance", "Binary", "CarePlan", "Composition", "Condition", "DocumentReference", "Encounter", "List", "Location")
)
_KINDS |= {"Medication", "MedicationStatement", "Organization", "Patient", "Practitioner", "PractitionerRole", "Procedure"}


def test_a_document_is_its_composition_and_the_records_its_entries_tell() -> None:
    mapped = valid(told(document()))
    assert (mapped.source.code, mapped.source.name) == ("X99005", "Northvale General Hospital")
    assert mapped.kind == "transfer of care document"
    assert mapped.recorded == "2026-11-20T15:00:00.000Z"
    assert mapped.patient is not None
    assert mapped.patient.patient == f"nhs|{NHS}"
    assert mapped.closes == ("document|7f0d1c9e-1111-4222-8333-944445555666",)
    assert not mapped.issues
    kinds = Counter(one.ref.type for one in mapped.records)
    assert {kind for kind, count in kinds.items() if count == 2} == {"List", "MedicationStatement", "Organization"}
    assert kinds.keys() == _KINDS


def test_xml_and_json_say_the_same() -> None:
    one, other = told(document()), result(as_json(document()))
    assert isinstance(other, Mapped)
    for a, b in zip(one.records, other.records, strict=True):
        if a.ref.type not in ("Binary", "DocumentReference"):
            assert stable(a.resource) == stable(b.resource)
    assert (one.issues, one.closes, one.recorded) == (other.issues, other.closes, other.recorded)


def test_the_same_document_in_a_message_is_the_same_document() -> None:
    alone, sent = told(document()), valid(told(in_message(document())))
    assert {one.ref for one in alone.records} == {one.ref for one in sent.records}
    assert not sent.issues


def test_the_stay_has_admission_and_discharge_details() -> None:
    visit = only(told(document()), "Encounter")
    assert visit["class"]["system"] == "http://terminology.hl7.org/CodeSystem/v3-ActCode"
    assert visit["period"] == {"start": "2026-11-16T07:00:00+00:00", "end": "2026-11-20T14:00:00+00:00"}
    (admission,) = visit["hospitalization"]["extension"]
    assert admission["url"].endswith("Extension-UKCore-AdmissionMethod")
    assert admission["valueCodeableConcept"]["coding"][0]["system"].endswith("UKCore-AdmissionMethodEngland")
    assert visit["extension"][0]["url"].endswith("Extension-UKCore-DischargeMethod")
    assert visit["hospitalization"]["dischargeDisposition"]["coding"][0]["system"].endswith("UKCore-DischargeDestinationEngland")
    assert visit["reasonCode"][0]["coding"][0]["code"] == "29857009"
    assert visit["diagnosis"][0]["use"]["coding"][0]["code"] == "DD"


def test_a_discharge_by_death_is_a_death() -> None:
    died = {"url": "https://fhir.hl7.org.uk/STU3/StructureDefinition/Extension-CareConnect-DischargeMethod-1"}
    dead = stay(extension=[died | {"valueCodeableConcept": concept("4", "Died", "x")}])
    assert only(told(document(add=[dead])), "Patient")["deceasedBoolean"] is True
    assert "deceasedBoolean" not in only(told(document()), "Patient")
    known = patient(deceasedDateTime="2026-11-20T13:00:00+00:00")
    assert "deceasedBoolean" not in only(told(document(add=[dead, known])), "Patient")


def test_every_section_keeps_its_narrative_made_harmless() -> None:
    words = '<p onclick="x()">Lives <b>alone</b></p><script>alert(1)</script><blink>key safe</blink><img src="a.png" alt="ECG trace"/>'
    inner = section("Legal", "886961000000102", "<p>Capacity assessed</p>")
    outer = section("Social context", "887051000000101", words, section=[inner])
    kept = only(valid(told(document(sections=[*sections(), outer]))), "Composition")["section"]
    assert [one["title"] for one in kept] == [one["title"] for one in [*sections(), outer]]
    div = kept[-1]["text"]["div"]
    assert div == '<div xmlns="http://www.w3.org/1999/xhtml"><p>Lives <b>alone</b></p>key safe[ECG trace]</div>'
    assert "Capacity assessed" in kept[-1]["section"][0]["text"]["div"]


def test_a_heading_with_nothing_under_it_is_left_out_and_one_said_to_be_empty_says_so() -> None:
    bare = {"title": "Safety alerts", "code": concept("886931000000107", "Safety alerts")}
    empty = bare | {"title": "Research", "emptyReason": concept("nilknown", "Nil known", "http://hl7.org/fhir/list-empty-reason")}
    kept = only(valid(told(document(sections=[*sections(), bare, empty]))), "Composition")["section"]
    assert [one["title"] for one in kept[5:]] == ["Research"]
    assert kept[5]["emptyReason"]["coding"][0]["system"] == "http://terminology.hl7.org/CodeSystem/list-empty-reason"


def test_requested_actions_written_as_narrative_become_a_plan_in_the_same_words() -> None:
    plan = only(told(document()), "CarePlan")
    assert (plan["title"], plan["description"]) == ("Plan and requested actions", "GP to check kidney function in two weeks")
    assert (plan["status"], plan["intent"], plan["created"]) == ("active", "plan", "2026-11-20T15:00:00+00:00")


def test_the_whole_document_is_kept_as_it_came() -> None:
    mapped = told(document())
    held, file = only(mapped, "DocumentReference"), only(mapped, "Binary")
    (content,) = held["content"]
    assert content["attachment"]["contentType"] == file["contentType"] == "application/fhir+xml"
    assert content["attachment"]["size"] == len(as_xml(document()))
    assert held["context"]["practiceSetting"]["coding"][0]["code"] == "394579002"
    assert held["docStatus"] == "final"
    letter = entry(60, "Binary", contentType="application/pdf", content="JVBERi0x")
    both = only(valid(told(document(add=[letter]))), "DocumentReference")["content"]
    assert [one["attachment"]["contentType"] for one in both] == ["application/fhir+xml", "application/pdf"]


def test_the_person_of_the_document() -> None:
    ethnic = {"url": "https://fhir.hl7.org.uk/STU3/StructureDefinition/Extension-CareConnect-EthnicCategory-1"}
    ethnic["valueCodeableConcept"] = concept("A", "British", "https://fhir.hl7.org.uk/STU3/CareConnect-EthnicCategory-1")  # type: ignore[assignment]
    person = only(valid(told(document(add=[patient(extension=[ethnic])]))), "Patient")
    (number,) = person["identifier"]
    assert (number["system"], number["value"]) == ("https://fhir.nhs.uk/Id/nhs-number", NHS)
    assert number["extension"][0]["valueCodeableConcept"]["coding"][0]["code"] == "01"
    (category,) = person["extension"]
    assert category["valueCodeableConcept"]["coding"][0]["system"].endswith("UKCore-EthnicCategoryEngland")
    assert person["generalPractitioner"][0]["reference"].startswith("Organization/")


def test_confidentiality_stands_on_every_record_but_the_persons_own() -> None:
    mapped = told(document(confidentiality="V"))
    labelled = {one.ref.type: one.resource.get("meta", {}).get("security") for one in mapped.records}
    assert labelled.pop("Patient") is None
    assert all(found and found[0]["code"] == "V" for found in labelled.values())
    assert all("security" not in one.resource.get("meta", {}) for one in told(document(confidentiality="N")).records)
