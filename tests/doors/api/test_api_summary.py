"""$summary: what is current, as each source told it; an empty section says why; none known only where it is coded so; nothing is kept."""

from __future__ import annotations

from hub.toy_hub import PENICILLIN, ada, submit

CLINICAL = "http://terminology.hl7.org/CodeSystem/condition-clinical"
NONE_KNOWN = {
    "type": "AllergyIntolerance", "id": "a1", "recordedDate": "2026-11-01",
    "code": {"coding": [{"system": "http://snomed.info/sct", "code": "716186003", "display": "No known allergy"}]},
}  # fmt: skip


def condition(id, words, status):
    return {"type": "Condition", "id": id, "code": {"text": words}, "clinicalStatus": {"coding": [{"system": CLINICAL, "code": status}]}}


def sections(answer):
    return {one["title"]: one for one in answer.json()["entry"][0]["resource"]["section"]}


def told(hub, *records):
    submit(hub, ada(records=list(records), at="2026-11-21T08:00:00.000Z"))
    hub.drain()


def test_what_is_current_and_what_is_past_stand_apart_and_what_is_left_out_is_counted(nurse, hub, person):
    told(hub, PENICILLIN, condition("c1", "Asthma", "active"), condition("c2", "Broken wrist", "resolved"))
    answer = nurse.get(f"/fhir/R4/Patient/{person}/$summary")
    made = sections(answer)
    held = {f"{e['resource']['resourceType']}/{e['resource']['id']}": e["resource"] for e in answer.json()["entry"]}
    words = {
        title: [held[e["reference"]]["code"]["text"] for e in made[title]["entry"]]
        for title in ("Problem List", "History of Past Problems")
    }
    assert words == {"Problem List": ["Asthma"], "History of Past Problems": ["Broken wrist"]}
    assert "1 more, not current" in made["Problem List"]["text"]["div"]
    assert "Known allergies" in made["Allergies and Intolerances"]["text"]["div"]


def test_no_allergy_is_none_known_only_where_a_source_coded_it(nurse, hub, person):
    made = sections(nurse.get(f"/fhir/R4/Patient/{person}/$summary"))
    assert made["Medication Summary"]["emptyReason"]["text"] == "Hospital: nothing recorded; GP: nothing recorded"
    assert "coding" not in made["Medication Summary"]["emptyReason"]
    assert "o known" not in str(made)
    told(hub, {**NONE_KNOWN, "id": "a2"})
    submit(hub, ada("acute", "A1", kind="acute", records=[NONE_KNOWN]))
    hub.drain()
    allergies = sections(nurse.get(f"/fhir/R4/Patient/{person}/$summary"))["Allergies and Intolerances"]
    assert "o known allergy" in allergies["text"]["div"]
    assert len(allergies["entry"]) >= 1


def test_both_methods_give_the_same_and_nothing_is_kept(nurse, hub, person):
    before = hub.record_hash()
    found = [
        nurse.get(f"/fhir/R4/Patient/{person}/$summary?_format=json"),
        nurse.post(f"/fhir/R4/Patient/{person}/$summary"),
        nurse.post(f"/fhir/R4/Patient/{person}/$summary", json={"resourceType": "Parameters"}),
    ]
    assert [sections(one) for one in found] == [sections(found[0])] * 3
    assert hub.record_hash() == before
    page = nurse.get(f"/fhir/R4/Patient/{person}/$summary", headers={"Accept": "application/fhir+xml"})
    assert page.status_code == 406
    refused = nurse.post(f"/fhir/R4/Patient/{person}/$summary", json={"resourceType": "Parameters", "parameter": [{"name": "persona"}]})
    assert (refused.status_code, nurse.get("/fhir/R4/Patient/nobody/$summary").status_code) == (400, 404)
    assert nurse.get(f"/fhir/R4/Patient/{person}/$summary?profile=x").status_code == 400


def test_the_summary_has_one_patient_whose_links_name_the_sources_own(nurse, person):
    summary = nurse.get(f"/fhir/R4/Patient/{person}/$summary").json()
    patients = [one["resource"] for one in summary["entry"] if one["resource"]["resourceType"] == "Patient"]
    assert [one["id"] for one in patients] == [person]
    records = [one["resource"] for one in summary["entry"] if one["resource"]["resourceType"] in ("AllergyIntolerance", "Observation")]
    whose = {one.get("patient", one.get("subject"))["reference"] for one in records}
    assert whose <= {link["other"]["reference"] for link in patients[0]["link"]}
    assert len(whose) == 1
    for at in whose:
        assert nurse.get(f"/fhir/R4/{at}").json()["id"] == at.partition("/")[2]


def test_the_summary_says_which_profiles_it_follows(nurse, person):
    summary = nurse.get(f"/fhir/R4/Patient/{person}/$summary").json()
    ips = "http://hl7.org/fhir/uv/ips/StructureDefinition"
    told = [one["meta"]["profile"] for one in (summary, summary["entry"][0]["resource"])]
    assert told == [[f"{ips}/Bundle-uv-ips|2.0.0"], [f"{ips}/Composition-uv-ips|2.0.0"]]
