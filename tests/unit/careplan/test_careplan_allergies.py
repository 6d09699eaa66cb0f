"""Allergies: every one appears, "none known" only from a code, differences are found and nothing is settled."""

from __future__ import annotations

import pytest

from carehub.careplan.allergy_label import allergy_label
from carehub.careplan.reading.allergies import NONE_KNOWN, allergen
from carehub.careplan.section_state import stated_none_words
from unit.careplan.told import (
    COMMUNITY,
    COUNCIL,
    GP,
    HOSPITAL,
    LATEX,
    NOW,
    PENICILLIN,
    allergy,
    concept,
    doctor,
    entries,
    none_known,
    only,
    plan,
    record,
    sentences,
    status,
    view,
)


def test_an_allergy_with_a_code_and_no_reaction_still_appears():
    entry = only(plan(view(GP, allergy(GP, "a1", PENICILLIN))), "allergies")
    assert (entry.title, entry.kind, entry.status, entry.active) == ("Allergy to penicillin", "statement", "Active", True)
    assert entry.codes == ("http://snomed.info/sct|91936005",)


@pytest.mark.parametrize("elements", [{}, {"clinicalStatus": {"text": "ongoing"}}], ids=["no status", "a status that is no code"])
def test_hazard_an_allergy_whose_status_is_not_told_is_current_and_in_the_banner(elements):
    made = plan(view(GP, record(GP, "AllergyIntolerance", "a1", {"code": PENICILLIN, **elements})))
    assert only(made, "allergies").active
    assert allergy_label(made, NOW) == "Known allergies"


def test_an_allergy_that_only_its_reaction_names_appears_under_that_name():
    told = record(
        GP, "AllergyIntolerance", "a1", {"reaction": [{"substance": {"text": "Bee venom"}, "manifestation": [{"text": "Swelling"}]}]}
    )
    assert only(plan(view(GP, told)), "allergies").title == "Bee venom"


def test_an_allergy_that_nothing_names_still_appears():
    assert only(plan(view(GP, record(GP, "AllergyIntolerance", "a1"))), "allergies").title == "Allergy without a description"


def test_details_are_the_source_s_own():
    told = allergy(
        GP,
        "a1",
        PENICILLIN,
        category=["medication"],
        criticality="high",
        type="allergy",
        verificationStatus=status("confirmed"),
        onsetDateTime="1999-05",
        lastOccurrence="2001",
        asserter={"display": "The person's daughter"},
        note=[{"text": "Was very ill."}],
        reaction=[
            {
                "substance": {"text": "Flucloxacillin"},
                "manifestation": [{"text": "Anaphylaxis"}, {"text": "Rash"}],
                "severity": "severe",
                "description": "within minutes",
                "onset": "1999-05-02",
                "exposureRoute": {"text": "Oral"},
                "note": [{"text": "Ambulance called"}],
            }
        ],
    )
    facts = {fact.label: fact.value for fact in only(plan(view(GP, told)), "allergies").facts}
    assert facts == {
        "Reaction": "Anaphylaxis; Rash; severe; within minutes; 02-May-1999",
        "Substance": "Flucloxacillin",
        "Exposure": "Oral",
        "Category": "Medicine",
        "Type": "Allergy",
        "Risk": "High risk",
        "Verification": "Confirmed",
        "Started": "May-1999",
        "Last reaction": "2001",
        "Recorded": "02-Feb-2019",
        "Told by": "The person's daughter",
        "Note": "Was very ill.",
    }


def test_the_end_of_an_allergy_and_its_reason_are_shown():
    url = "https://fhir.hl7.org.uk/StructureDefinition/Extension-UKCore-AllergyIntoleranceEnd"
    parts = [{"url": "endDate", "valueDateTime": "2020-03-01"}, {"url": "reasonEnded", "valueString": "Tested, tolerated"}]
    complex_end = {**status("resolved"), "extension": [{"url": url, "extension": parts}]}
    simple_end = {**status("resolved"), "extension": [{"url": url, "valueDateTime": "2020-03-01"}]}
    first = only(plan(view(GP, allergy(GP, "a1", LATEX, clinicalStatus=complex_end))), "allergies")
    assert (first.status, first.active) == ("Resolved", False)
    assert (first.fact("Ended"), first.fact("Ended because")) == ("01-Mar-2020", "Tested, tolerated")
    assert only(plan(view(GP, allergy(GP, "a1", LATEX, clinicalStatus=simple_end))), "allergies").fact("Ended") == "01-Mar-2020"


@pytest.mark.parametrize("code", sorted(NONE_KNOWN))
def test_each_coded_negation_is_a_stated_none_with_author_and_date(code):
    system, _, value = code.partition("|")
    told = allergy(GP, "a1", concept(value, "No known allergy", system=system))
    entry = only(plan(view(GP, told, doctor())), "allergies")
    assert (entry.kind, entry.attributions[0].author, entry.when) == ("stated_none", "Dr A Khan", "2019-02-02")
    assert stated_none_words(entry) == "no known allergy, stated by Dr A Khan, 02-Feb-2019"


def test_a_stated_none_says_which_of_author_and_date_is_missing():
    told = record(GP, "AllergyIntolerance", "a1", {"code": concept("716186003", "No known allergy", "NKDA")})
    assert stated_none_words(only(plan(view(GP, told)), "allergies")) == "NKDA, stated by an author not named, date not given"


@pytest.mark.parametrize(
    ("element", "code"), [("verificationStatus", "refuted"), ("clinicalStatus", "resolved"), ("clinicalStatus", "inactive")]
)
def test_a_negation_the_source_no_longer_holds_is_neither_a_stated_none_nor_current(element, code):
    entry = only(plan(view(GP, none_known(**{element: status(code)}))), "allergies")
    assert (entry.kind, entry.active) == ("statement", False)


def test_a_refuted_allergy_is_shown_as_refuted():
    entry = only(plan(view(GP, allergy(GP, "a1", PENICILLIN, verificationStatus=status("refuted")))), "allergies")
    assert (entry.status, entry.active) == ("Refuted", False)


@pytest.mark.parametrize("words", ["NKDA", "No known allergies", "Nil known."])
def test_written_words_without_a_code_are_neither_an_allergy_nor_a_stated_none(words):
    made = plan(view(GP, allergy(GP, "a1", {"text": words})), view(HOSPITAL, allergy(HOSPITAL, "h1", PENICILLIN)))
    entry = next(e for e in entries(made, "allergies") if e.title == words)
    assert (entry.kind, entry.active, entry.status) == ("statement", False, "As written, not coded")
    assert sentences(made, "C1") == []


def test_words_that_only_contain_no_known_are_an_allergy():
    assert only(plan(view(GP, allergy(GP, "a1", {"text": "Penicillin, no known reaction"}))), "allergies").active


def test_an_empty_list_that_says_nil_known_is_never_no_known_allergies():
    empty = {"status": "current", "mode": "snapshot", "code": concept("886921000000105", "Allergies"), "emptyReason": status("nilknown")}
    made = plan(view(GP, record(GP, "List", "l1", empty)))
    assert entries(made, "allergies") == ()
    assert [state.sentence for state in made.section("allergies").states] == ["GP: nothing recorded"]


# ---- C1 ----


def test_an_allergy_against_a_stated_none_is_one_conflict_with_both_statements():
    made = plan(view(GP, none_known(), doctor()), view(HOSPITAL, allergy(HOSPITAL, "h1", PENICILLIN)))
    assert sentences(made, "C1") == ["Sources disagree: Hospital records an allergy to penicillin; GP states no known allergies."]
    (conflict,) = [c for c in made.conflicts if c.type == "C1"]
    assert (conflict.severity, conflict.difference, conflict.section) == ("high", False, "allergies")
    assert {s.text for s in conflict.statements} == {"No known allergy", "Allergy to penicillin"}
    assert {s.entry for s in conflict.statements} == {e.key for e in entries(made, "allergies")}
    assert len(entries(made, "allergies")) == 2


def test_several_allergies_of_one_source_against_a_stated_none_are_one_conflict():
    made = plan(view(GP, none_known()), view(HOSPITAL, allergy(HOSPITAL, "h1", PENICILLIN), allergy(HOSPITAL, "h2", LATEX)))
    assert sentences(made, "C1") == ["Sources disagree: Hospital records an allergy to latex and penicillin; GP states no known allergies."]


def test_a_source_that_contradicts_itself_is_said_to():
    made = plan(view(GP, none_known(), allergy(GP, "a1", PENICILLIN)))
    assert sentences(made, "C1") == ["GP records an allergy to penicillin and also states no known allergies."]


def test_a_past_allergy_does_not_contradict_a_stated_none():
    assert (
        sentences(plan(view(GP, none_known()), view(HOSPITAL, allergy(HOSPITAL, "h", LATEX, clinicalStatus=status("resolved")))), "C1")
        == []
    )


@pytest.mark.parametrize(
    ("category", "conflicts"),
    [(["medication"], 1), ([], 1), (["food"], 0)],
)
def test_no_known_drug_allergy_contradicts_medicines_and_what_has_no_category(category, conflicts):
    none = allergy(GP, "a1", concept("409137002", "No known drug allergy"))
    held = allergy(HOSPITAL, "h1", PENICILLIN, **({"category": category} if category else {}))
    found = sentences(plan(view(GP, none), view(HOSPITAL, held)), "C1")
    assert len(found) == conflicts
    if found:
        assert found == ["Sources disagree: Hospital records an allergy to penicillin; GP states no known drug allergies."]


# ---- C2 ----


def test_an_allergy_in_one_clinical_source_only_is_a_difference():
    made = plan(
        view(GP, allergy(GP, "g1", PENICILLIN)), view(COMMUNITY, allergy(COMMUNITY, "c1", PENICILLIN), allergy(COMMUNITY, "c2", LATEX))
    )
    assert sentences(made, "C2") == ["Recorded by Community only."]
    (found,) = [c for c in made.conflicts if c.type == "C2"]
    assert found.difference
    assert [s.text for s in found.statements] == ["Latex allergy"]


def test_no_difference_where_no_other_clinical_source_holds_allergies():
    assert sentences(plan(view(GP), view(COMMUNITY, allergy(COMMUNITY, "c2", LATEX))), "C2") == []
    assert sentences(plan(view(COUNCIL, allergy(COUNCIL, "g1", PENICILLIN)), view(COMMUNITY, allergy(COMMUNITY, "c2", LATEX))), "C2") == []


def test_other_words_for_the_same_allergen_are_not_a_difference():
    told = allergy(HOSPITAL, "h1", {"text": "Penicillin"})
    assert sentences(plan(view(GP, allergy(GP, "g1", {"text": "H/O: penicillin allergy"})), view(HOSPITAL, told)), "C2") == []


@pytest.mark.parametrize(
    ("title", "name"),
    [
        ("H/O: penicillin allergy", "penicillin"),
        ("Adverse reaction to amoxycillin", "amoxycillin"),
        ("[X]Personal history of allergy to other antibiotic agents", "other antibiotic agents"),
        ("Allergy to penicillin (disorder)", "penicillin"),
        ("Allergy", "allergy"),
    ],
)
def test_the_allergen_s_name_for_sentences(title, name):
    assert allergen(title) == name
