"""GP2GP extracts, written by hand: what each statement becomes, and what must never be lost or turned round on the way."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

import pytest

from carehub.feeds.mapped import Mapped
from carehub.fhir.canonical import loads, stable
from carehub.kit.cases import message, read_folder
from carehub.terms.errors import Unmappable, Unreadable
from carehub.wiring.loading import load_adapter

FOLDER = Path(__file__).resolve().parents[3] / "adapters" / "gp"
ADAPTER = load_adapter(FOLDER)
BODIES = {case.slug: case.message.body.decode() for case in read_folder(FOLDER).cases if case.slug.startswith("gp2gp-")}
WHOLE = BODIES["gp2gp-extract"]

Json = dict[str, Any]


def give(text: str = WHOLE) -> Mapped:
    return ADAPTER.map_message(message(ADAPTER.manifest, text.encode(), feed="gp2gp"))


def told(result: Mapped, kind: str, words: str) -> Json:
    """The one record of a type that holds these words."""
    found = [one.resource for one in result.records if one.ref.type == kind and words in stable(one.resource).decode()]
    assert len(found) == 1, [loads(stable(one)).get("title") for one in found]
    return loads(stable(found[0]))


def instead(old: str, new: str, text: str = WHOLE) -> str:
    assert text.count(old) == 1, text.count(old)
    return text.replace(old, new)


def codes(concept: Json) -> list[str]:
    return [coding["code"] for coding in concept["coding"]]


def test_the_sender_is_the_practice_and_the_patient_is_known_by_number_alone() -> None:
    result = give()
    assert (result.source.code, result.source.name, result.kind) == ("ZZG01", "Larkrise Surgery", "RCMR_IN030000UK06")
    assert result.patient.patient == "patient|9990004110"
    assert result.recorded == "2026-11-20T08:15:00.000Z"
    assert result.closes == ()
    assert result.snapshot
    patient = next(one.resource for one in result.records if one.ref.type == "Patient")
    assert not {"name", "birthDate", "gender", "address"} & set(patient)


def test_values_keep_their_digits_units_and_comparators() -> None:
    result = give()
    assert told(result, "Observation", "2469.00")["valueQuantity"] == {
        "value": 134,
        "unit": "mm[Hg]",
        "system": "http://unitsofmeasure.org",
        "code": "mm[Hg]",
    }
    assert told(result, "Observation", "246A.00")["valueQuantity"] == {"value": 82, "unit": "mmHg"}
    sodium = told(result, "Observation", "44I5.00")
    assert sodium["valueQuantity"]["comparator"] == "<="
    assert sodium["referenceRange"][0]["low"]["value"] == 133
    assert sodium["referenceRange"][0]["text"] == "Adults"
    assert sodium["effectiveDateTime"] == "2026-03-13"
    assert told(result, "Observation", "Home readings")["valueRange"]["high"]["value"] == 140
    assert told(result, "Observation", "Tobacco consumption")["valueString"] == "Stopped in spring"


def test_a_battery_holds_its_readings_and_their_comment() -> None:
    result = give()
    heading = told(result, "Observation", "163020007")
    assert len(heading["hasMember"]) == 3
    assert told(result, "Observation", "2469.00")["derivedFrom"] == [{"reference": f"Observation/{heading['id']}"}]


def test_hazard_what_changes_the_meaning_of_a_code_is_said() -> None:
    result = give()
    assert told(result, "Observation", "12A1.00")["note"] == [{"text": "Subject: Mother"}]
    assert told(result, "Observation", "Diagnosed after echo")["note"] == [{"text": "Diagnosed after echo\nEpisodicity: First"}]
    inverted = WHOLE.replace('<qualifier inverted="false">', '<qualifier inverted="true">')
    assert "not Episodicity: First" in told(give(inverted), "Observation", "Diagnosed after echo")["note"][0]["text"]


def test_hazard_a_denied_or_nullified_statement_is_not_told() -> None:
    result = give(BODIES["gp2gp-bad-statement-among-good"])
    everything = b"".join(stable(one.resource) for one in result.records)
    assert b"Smoker" not in everything
    assert b"Denied later" not in everything
    assert b"Tiredness symptom" in everything
    assert sum(issue.count for issue in result.issues if issue.number == "MAP-004") == 6
    assert not result.snapshot


def test_hazard_the_allergen_of_a_drug_allergy_is_in_the_words() -> None:
    allergy = told(give(), "AllergyIntolerance", "323510009")
    assert allergy["code"]["text"] == "H/O: drug allergy: Amoxicillin 500mg capsules"
    assert codes(allergy["code"]) == ["14L..00", "416098002", "323510009"]
    assert allergy["category"] == ["medication"]
    assert allergy["onsetDateTime"] == "2018-05"


def test_an_allergy_that_is_not_of_a_drug_is_not_put_into_a_category() -> None:
    peanut = told(give(), "AllergyIntolerance", "91935009")
    assert "category" not in peanut
    assert [note["text"] for note in peanut["note"]] == ["Lips swell", "Episodicity: First"]
    assert peanut["clinicalStatus"]["coding"][0]["code"] == "active"


def test_a_course_its_issues_and_its_end() -> None:
    result = give()
    requests = [one.resource for one in result.records if one.ref.type == "MedicationRequest"]
    (plan,) = [one for one in requests if one["intent"] == "plan" and one["status"] == "active"]
    issues = [one for one in requests if {"reference": f"MedicationRequest/{plan['id']}"} in one.get("basedOn", ())]
    # One names the supply, the other the statement around it: both are issues of the course.
    assert sorted(one["authoredOn"] for one in issues) == ["2026-03-14", "2026-04-11"]
    assert plan["note"] == [{"text": "Pharmacy Text: blister pack"}]
    assert plan["dosageInstruction"] == [{"text": "One capsule each morning"}]
    assert plan["dispenseRequest"]["numberOfRepeatsAllowed"] == 6
    stopped = [one for one in requests if one["status"] == "stopped"]
    assert sorted(one["statusReason"]["text"] for one in stopped) == ["Drug stopped", "Rash"]
    alone = [one for one in requests if one["intent"] == "order" and "basedOn" not in one]
    assert [one["authoredOn"] for one in alone] == ["2023-01-01"]


def test_a_medicine_is_one_record_however_often_it_is_issued() -> None:
    assert len([one for one in give().records if one.ref.type == "Medication"]) == 2


def test_problems_say_what_was_said_of_them_and_no_more() -> None:
    result = give()
    conditions = [one.resource for one in result.records if one.ref.type == "Condition"]
    stated = {one["recordedDate"] + one["code"]["text"]: one for one in conditions}
    assert len(stated) == len(conditions) - 1  # one entry is named by two problems
    statuses = sorted(one["clinicalStatus"]["coding"][0]["code"] if "clinicalStatus" in one else "" for one in conditions)
    assert statuses == ["", "active", "active", "inactive", "inactive"]
    weights = [[e["valueCode"] for e in one["extension"] if "valueCode" in e] for one in conditions]
    assert sorted(weights) == [[], ["major"], ["major"], ["minor"], ["minor"]]
    unsaid = next(one for one in conditions if "clinicalStatus" not in one)
    assert unsaid["note"] == [{"text": "Health Administration"}]


def test_problems_that_name_one_another_are_linked_both_ways() -> None:
    result = give()
    kinds = sorted(
        inner["valueCode"]
        for one in result.records
        if one.ref.type == "Condition"
        for extension in one.resource["extension"]
        for inner in extension.get("extension", ())
        if inner["url"] == "type"
    )
    assert kinds == ["child", "parent"]


def test_a_referral_its_urgency_and_what_is_linked_to_it() -> None:
    result = give()
    referral = told(result, "ServiceRequest", "Knee pain")
    assert referral["priority"] == "urgent"
    assert referral["performer"][0]["display"] == "Northvale Eye Clinic"
    assert [note["text"] for note in referral["note"]] == [
        "Priority: Two week wait",
        "Knee pain, Reason: worse on stairs",
        "Kind of request: For an investigation",
    ]
    assert len(told(result, "ServiceRequest", "Dr Example")["supportingInfo"]) == 2
    own = told(result, "Observation", "Self-referral")
    assert "Physiotherapy" in own["note"][0]["text"]
    assert told(result, "ServiceRequest", "8B31400")["occurrenceDateTime"] == "2027-03-14"


def test_documents_say_what_they_are_or_keep_the_words() -> None:
    result = give()
    shown = [one.resource["content"][0]["attachment"] for one in result.records if one.ref.type == "DocumentReference"]
    assert sorted(one.get("contentType", "-") for one in shown) == ["-", "application/pdf", "image/jpeg"]


def test_a_consultation_is_a_tree_and_what_stands_outside_it_has_a_place() -> None:
    result = give()
    consultation = told(result, "List", '"title":"GP Surgery"')
    assert len(consultation["entry"]) == 2
    loose = told(result, "Observation", "Comment outside any heading")
    assert loose["note"] == [{"text": "Comment outside any heading \u00a3"}]
    encounter = next(one.resource for one in result.records if one.ref.type == "Encounter")
    assert encounter["period"] == {"start": "2026-03-14T09:30:00+00:00"}
    assert encounter["location"][0]["location"] == {"display": "Larkrise Surgery"}


def test_hazard_labels_reach_all_that_is_inside_and_the_problem_that_says_the_same() -> None:
    label = '<confidentialityCode code="NOPAT" codeSystem="2.16.840.1.113883.4.642.3.47"/>'
    topic = re.search(r'<CompoundStatement classCode="TOPIC"[^>]*>', WHOLE)
    assert topic is not None
    result = give(WHOLE.replace(topic[0], topic[0] + label))
    labelled = {one.resource["id"] for one in result.records if "security" in one.resource["meta"]}
    inside = [
        one.resource["id"]
        for one in result.records
        if one.ref.type in ("Observation", "Condition") and "Heart failure" in str(one.resource)
    ]
    assert len(inside) == 2
    assert set(inside) <= labelled
    assert told(result, "AllergyIntolerance", "91935009")["id"] not in labelled
    listed = told(result, "List", "Linked to the problem: Heart failure")
    assert listed["id"] in labelled


@pytest.mark.parametrize(
    ("value", "becomes"),
    [
        ("2026", "2026"),
        ("202603", "2026-03"),
        ("20260314", "2026-03-14"),
        ("2026031409", "2026-03-14"),
        ("202603140930", "2026-03-14T09:30:00+00:00"),
        ("202607140930", "2026-07-14T09:30:00+01:00"),
        ("20260714093005.25+0000", "2026-07-14T09:30:05.25+00:00"),
        ("20260230", None),
        ("today", None),
    ],
)
def test_points_in_time(value: str, becomes: str | None) -> None:
    text = instead('<center value="20260313"/>', f'<center value="{value}"/>')
    result = give(text)
    assert told(result, "Observation", "44I5.00").get("effectiveDateTime") == becomes
    assert ("MAP-010" in {issue.number for issue in result.issues}) == (becomes is None)


def test_ids_do_not_depend_on_capitals() -> None:
    refs = {one.ref for one in give().records}
    lower = re.sub(r'root="([0-9A-F-]{36})"', lambda match: f'root="{match[1].lower()}"', WHOLE)
    assert {one.ref for one in give(lower).records} == refs


@pytest.mark.parametrize("encoding", ["utf-8-sig", "utf-16"])
def test_other_encodings_of_xml_are_the_same_extract(encoding: str) -> None:
    text = WHOLE.replace('encoding="UTF-8"', f'encoding="{encoding.removesuffix("-sig")}"')
    result = ADAPTER.map_message(message(ADAPTER.manifest, text.encode(encoding), feed="gp2gp"))
    assert {one.ref for one in result.records} == {one.ref for one in give().records}


def test_a_deep_nest_of_statements_is_refused_or_read_and_never_a_crash() -> None:
    compound = '<CompoundStatement classCode="CLUSTER" moodCode="EVN"><id root="0E5A1B2C-0000-4000-8000-{:012d}"/><component>'
    for depth, refused in ((60, False), (5_000, True)):
        nest = "".join(compound.format(10_000 + n) for n in range(depth)) + "</component></CompoundStatement>" * depth
        composition = "<ehrComposition><id root='0E5A1B2C-0000-4000-8000-000000000001'/><code code='196401000000100'/><component>"
        folder = f"<component><ehrFolder><component>{composition}{nest}</component></ehrComposition></component></ehrFolder></component>"
        text = BODIES["gp2gp-no-folder"].replace("<limitation", f"{folder}<limitation", 1)
        if refused:
            with pytest.raises(Unreadable, match="GATE-003"):
                give(text)
        else:
            assert len(give(text).records) > depth


@pytest.mark.parametrize("name", ["RCMR_IN030000UK05", "ClinicalDocument"])
def test_another_document_is_refused(name: str) -> None:
    with pytest.raises(Unmappable, match="MAP-003"):
        give(WHOLE.replace("RCMR_IN030000UK06", name))
    with pytest.raises(Unmappable, match="MAP-003"):
        give(WHOLE.replace("urn:hl7-org:v3", "urn:other"))
