"""End of life documents: no word of a narrative is lost, decisions are seen, a later plan supersedes, nobody else's record is filed."""

from __future__ import annotations

import json

import pytest

from carehub.feeds.message import Submission
from carehub.terms.errors import Rejected
from hub.toy_hub import toy_hub
from unit.adapters.community_messages import ADAPTER, all_words, case, give, numbers, of_type, one, record, result

FEED = "end-of-life"
PLAN = case("end-of-life-plan")


def flags(body: bytes) -> list[str]:
    return [flag["code"]["text"] for flag in of_type(give(body, FEED), "Flag")]


def test_narrative_stands_in_the_composition_and_as_text_in_the_plan() -> None:
    told = give(PLAN, FEED)
    for words in (
        "Not for attempted cardiopulmonary resuscitation.",
        "the person and her daughter",
        "Wishes to stay at home with her dog.",
    ):
        assert words in all_words(one(told, "Composition")["section"])
        assert words in all_words(one(told, "CarePlan")["note"])


def test_a_narrative_is_made_harmless() -> None:
    div = one(give(PLAN, FEED), "Composition")["section"][0]["text"]["div"]
    assert "<p>Not for attempted" in div
    assert not any(word in div for word in ("script", "onclick", "evil"))


def test_words_in_an_element_that_is_not_kept_stay() -> None:
    body = PLAN.replace(b"Wishes to stay", b'<a href="javascript:x()">Wishes</a> <blink>to</blink> &lt;b&gt;stay')
    told = give(body, FEED)
    section = one(told, "Composition")["section"][1]["text"]["div"]
    assert "Wishes" in section
    assert "to" in section
    assert "&lt;b&gt;stay" in section
    assert "javascript" not in section
    assert "Wishes to <b>stay at home" in all_words(one(told, "CarePlan")["note"])


def test_each_decision_is_an_alert_in_the_sources_words() -> None:
    assert sorted(flags(PLAN)) == [
        "Advance decision to refuse treatment: Signed copy in the folder by the telephone",
        "Anticipatory medicines in the home: Just in case box issued",
        "CPR decision: Not for attempted cardiopulmonary resuscitation.\nDiscussed with | the person and her daughter",
        "Lasting power of attorney for health and welfare: Yes",
        "Preferred place of death: Preferred place of death: home",
    ]


def test_an_answered_topic_is_not_told_again_from_a_section() -> None:
    body = PLAN.replace(b'<title value="Preferences"/>', b'<title value="Preferred place of death"/>')
    assert len([flag for flag in flags(body) if flag.startswith("Preferred place")]) == 1


def test_a_later_plan_supersedes_and_an_earlier_one_told_late_does_not() -> None:
    later = case("end-of-life-plan-revised")
    for order in ((PLAN, later), (later, PLAN)):
        hub = toy_hub(ADAPTER)
        for n, body in enumerate(order):
            hub.receive([Submission("community/end-of-life", body, f"2026-11-2{n}T09:00:00.000Z", "test")])
            hub.drain()
        told = give(PLAN, FEED)
        composition = hub.store.records.record("Composition", record(told, "Composition").ref.id)
        assert composition is not None
        assert b"2026-11-02" in composition.body
        form = hub.store.records.record("QuestionnaireResponse", record(told, "QuestionnaireResponse").ref.id)
        assert form is not None
        assert form.withdrawn


def test_a_plan_of_another_kind_takes_no_decision_back() -> None:
    other = case("end-of-life-plan-revised").replace(b"736373009", b"735324008").replace(b"qr1", b"qr2").replace(b"c0", b"c9")
    hub = toy_hub(ADAPTER)
    for n, body in enumerate((PLAN, other)):
        hub.receive([Submission("community/end-of-life", body, f"2026-11-2{n}T09:00:00.000Z", "test")])
        hub.drain()
    told = [r for r in give(PLAN, FEED).records if r.ref.type in ("Flag", "QuestionnaireResponse", "CarePlan", "Composition")]
    kept = [hub.store.records.record(r.ref.type, r.ref.id) for r in told]
    assert {r.ref.type for r in told} == {"Flag", "QuestionnaireResponse", "CarePlan", "Composition"}
    assert not any(held is None or held.withdrawn for held in kept)


def test_an_addition_closes_nothing_and_stands_beside_the_plan() -> None:
    told = give(case("end-of-life-addition"), FEED)
    assert told.closes == ()
    assert record(told, "Composition").ref != record(give(PLAN, FEED), "Composition").ref


def test_a_draft_closes_nothing() -> None:
    body = PLAN.replace(b'<status value="final"/>', b'<status value="preliminary"/>')
    assert give(body, FEED).closes == ()


def test_a_plan_in_error_is_taken_back_whole() -> None:
    told = give(case("end-of-life-plan-in-error"), FEED)
    assert record(told, "Composition").change == "withdrawn"
    assert told.closes == ("end-of-life|736373009",)
    assert {r.ref.type for r in told.records} == {"Patient", "Composition"}


def test_a_record_about_somebody_else_is_not_filed_nor_pointed_at() -> None:
    told = give(case("end-of-life-entry-of-somebody-else"), FEED)
    assert of_type(told, "Condition") == []
    assert "MAP-016" in numbers(told)


def test_two_patients_are_nobodys_document() -> None:
    assert numbers(result(case("rejected-end-of-life-two-patients"), FEED)) == {"MAP-013"}


def test_the_same_patient_twice_is_one() -> None:
    start, end = PLAN.index(b'<entry><fullUrl value="urn:uuid:pt-1"/>'), PLAN.index(b'<entry><fullUrl value="urn:uuid:pr1"/>')
    body = PLAN[:end] + PLAN[start:end] + PLAN[end:]
    assert [r.resource for r in give(body, FEED).records] == [r.resource for r in give(PLAN, FEED).records]


def test_the_status_of_the_number_is_the_sources() -> None:
    (number,) = (i for i in one(give(PLAN, FEED), "Patient")["identifier"] if i["system"].endswith("nhs-number"))
    assert number["extension"][0]["valueCodeableConcept"]["coding"][0]["code"] == "01"


def test_two_different_numbers_link_nobody() -> None:
    other = b'<identifier><system value="https://fhir.nhs.uk/Id/nhs-number"/><value value="9990001014"/></identifier><name>'
    told = give(PLAN.replace(b"<name>", other, 1), FEED)
    assert not [i for i in one(told, "Patient")["identifier"] if i.get("system") == "https://fhir.nhs.uk/Id/nhs-number"]
    assert "MAP-009" in numbers(told)


def test_a_superseded_number_stands_without_the_system() -> None:
    old = b'<identifier><use value="old"/><system value="https://fhir.nhs.uk/Id/nhs-number"/><value value="9990001014"/></identifier><name>'
    patient = one(give(PLAN.replace(b"<name>", old, 1), FEED), "Patient")
    assert {"use": "old", "type": {"text": "NHS number, superseded"}, "value": "9990001014"} in patient["identifier"]
    assert len([i for i in patient["identifier"] if i.get("system") == "https://fhir.nhs.uk/Id/nhs-number"]) == 1


def test_xml_and_json_of_one_document_tell_the_same() -> None:
    as_json = json.loads(case("end-of-life-plan-in-a-message-as-json"))
    document = as_json["entry"][1]["resource"]
    assert give(json.dumps(document).encode(), FEED).records == give(case("end-of-life-plan-in-a-message-as-json"), FEED).records


def test_a_narrative_that_is_no_xhtml_is_kept_as_words() -> None:
    body = case("end-of-life-plan-in-a-message-as-json").replace(b"<div xmlns=", b"<div broken xmlns=")
    told = give(body, FEED)
    assert "Comfort first &amp; care at home" in all_words(one(told, "CarePlan")["note"])


def test_a_label_of_the_document_stands_on_every_record() -> None:
    told = give(case("end-of-life-plan-in-a-message-as-json"), FEED)
    assert {label["code"] for r in told.records for label in r.resource["meta"]["security"]} == {"R"}
    assert all(r.resource["meta"].get("security") for r in told.records)


def test_anticipatory_medicines_keep_their_words() -> None:
    request = one(give(case("end-of-life-plan-with-entries"), FEED), "MedicationRequest")
    assert request["medicationCodeableConcept"]["text"] == "Invented medicine 10mg/ml injection"
    assert request["dosageInstruction"][0]["text"].startswith("2.5mg under the skin")


def test_an_impossible_date_costs_only_itself() -> None:
    told = give(case("end-of-life-plan-with-entries"), FEED)
    assert "recordedDate" not in one(told, "Condition")


@pytest.mark.parametrize("slug", ["questionnaire", "no-organisation", "entity"])
def test_what_cannot_be_filed_is_refused(slug: str) -> None:
    assert isinstance(result(case(f"rejected-end-of-life-{slug}"), FEED), Rejected)
