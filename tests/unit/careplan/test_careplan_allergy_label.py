"""The banner's allergy label, all six rows of SCREENS 3.0.2 for every kind of source and of outage. It fails safe (hazard H02, H-05)."""

from __future__ import annotations

import pytest

from carehub.careplan import gaps
from unit.careplan.told import (
    COMMUNITY,
    COUNCIL,
    GP,
    HOSPITAL,
    NOW,
    PENICILLIN,
    allergy,
    concept,
    doctor,
    none_known,
    notice,
    plan,
    record,
    status,
    view,
)

WARNING = "https://fhir.hl7.org.uk/StructureDefinition/Extension-UKCore-ListWarningCode"


def withheld(source, code="confidential-items", list_code="886921000000105"):
    held = {"code": concept(list_code, ""), "extension": [{"url": WARNING, "valueCodeableConcept": status(code)}]}
    return record(source, "List", f"l-{code}", held)


OLD = "2026-01-01T00:00:00.000Z"
# Each makes a source one whose word cannot be taken as complete.
OUTAGES = {
    "out of date": {"received": OLD},
    "failing": {"notices": (notice("", number="MAP-001"),)},
    "unreadable allergy": {"notices": (notice("AllergyIntolerance"),)},
    "unreadable entry of unknown kind": {"notices": (notice(""),)},
    "hidden while checked": {"hidden": "2026-11-21T10:00:00.000Z"},
    "objected": {"unshared": "objected"},
    "agreement over": {"unshared": "no_agreement"},
}


def label(*views):
    return gaps.allergy_label(plan(*views), NOW)


NONE = view(GP, none_known(), doctor())
ALLERGIC = view(HOSPITAL, allergy(HOSPITAL, "h", PENICILLIN))


def test_row_1_an_allergy_and_no_stated_none():
    assert label(view(GP), ALLERGIC) == "Known allergies"
    assert label(view(GP, received=OLD), ALLERGIC) == "Known allergies"


@pytest.mark.parametrize("outage", OUTAGES)
@pytest.mark.parametrize("source", [GP, COMMUNITY])
def test_rows_1_and_2_hold_whatever_cannot_be_seen(source, outage):
    assert label(view(source, **OUTAGES[outage]), ALLERGIC) == "Known allergies"
    told = view(HOSPITAL, allergy(HOSPITAL, "h", PENICILLIN), none_known(HOSPITAL, "n"), doctor(HOSPITAL))
    assert label(view(source, **OUTAGES[outage]), told) == "Known allergies (sources disagree)"


def test_row_2_an_allergy_and_a_stated_none():
    assert label(NONE, ALLERGIC) == "Known allergies (sources disagree)"
    assert label(view(GP, none_known(), doctor(), received=OLD), ALLERGIC) == "Known allergies (sources disagree)"
    assert label(view(GP, none_known(), allergy(GP, "a", PENICILLIN), doctor())) == "Known allergies (sources disagree)"


def test_row_3_a_stated_none_and_every_expected_source_seen():
    assert label(NONE, view(HOSPITAL)) == "No known allergies (GP, 02-Feb-2019)"
    assert label(NONE) == "No known allergies (GP, 02-Feb-2019)"
    two = view(HOSPITAL, none_known(HOSPITAL, "h", recordedDate="2026-11-18"), doctor(HOSPITAL))
    assert label(NONE, two) == "No known allergies (Hospital, 18-Nov-2026; GP, 02-Feb-2019)"


@pytest.mark.parametrize("outage", OUTAGES)
@pytest.mark.parametrize(("source", "name"), [(HOSPITAL, "hospital"), (COMMUNITY, "community")])
def test_row_4_a_stated_none_and_an_expected_source_that_cannot_be_seen(source, name, outage):
    assert label(NONE, view(source, **OUTAGES[outage])) == f"Allergies unavailable (GP recorded none 02-Feb-2019; {name} not available)"


@pytest.mark.parametrize("code", ["confidential-items", "data-in-transit", "data-awaiting-filing"])
def test_row_4_when_the_gp_itself_withholds(code):
    made = label(view(GP, none_known(), doctor(), withheld(GP, code)), view(HOSPITAL))
    assert made == "Allergies unavailable (GP recorded none 02-Feb-2019; GP not available)"


def test_row_5_nothing_said_and_every_expected_source_seen():
    assert label(view(GP), view(HOSPITAL)) == "Allergies not recorded"
    assert label() == "Allergies not recorded"


@pytest.mark.parametrize("outage", OUTAGES)
@pytest.mark.parametrize("source", [GP, HOSPITAL, COMMUNITY])
def test_row_6_nothing_said_and_an_expected_source_that_cannot_be_seen(source, outage):
    assert label(view(source, **OUTAGES[outage])) == "Allergies unavailable"


def test_row_6_a_withheld_list():
    assert label(view(GP, withheld(GP))) == "Allergies unavailable"


def test_late_is_not_out_of_date_and_another_section_s_warning_does_not_matter():
    assert label(view(GP, none_known(), doctor(), received="2026-11-20T09:00:00Z")).startswith("No known allergies")
    assert label(view(GP, none_known(), doctor(), withheld(GP, list_code="717711000000103"))).startswith("No known allergies")


def test_sources_that_do_not_hold_allergies_and_records_merged_away_are_not_waited_for():
    assert label(NONE, view(COUNCIL, received=OLD)) == "No known allergies (GP, 02-Feb-2019)"
    assert label(NONE, view(HOSPITAL, received=OLD, merged_into="Patient/x")) == "No known allergies (GP, 02-Feb-2019)"


@pytest.mark.parametrize("missing", ["recorder", "recordedDate"])
def test_a_stated_none_without_author_or_date_never_gives_no_known_allergies(missing):
    told = none_known()
    told.resource.pop(missing)
    made = label(view(GP, told, doctor()))
    assert made.startswith("Allergies not recorded (GP: no known allergy, stated by ")


def test_no_known_drug_allergy_is_not_no_known_allergies():
    told = allergy(GP, "a", concept("409137002", "No known drug allergy"))
    assert label(view(GP, told, doctor())) == "Allergies not recorded (GP: no known drug allergy, stated by Dr A Khan, 02-Feb-2019)"
    assert label(view(GP, told, doctor()), ALLERGIC) == "Known allergies (sources disagree)"


@pytest.mark.parametrize("element", ["clinicalStatus", "verificationStatus"])
def test_what_is_over_or_refuted_is_no_known_allergy_and_no_stated_none(element):
    code = {"clinicalStatus": "resolved", "verificationStatus": "refuted"}[element]
    assert label(view(GP, allergy(GP, "a", PENICILLIN, **{element: status(code)}))) == "Allergies not recorded"
    assert label(view(GP, none_known(**{element: status(code)}), doctor())) == "Allergies not recorded"


def test_an_empty_list_that_claims_nil_known_is_nothing_said():
    empty = record(GP, "List", "l", {"code": concept("886921000000105", ""), "emptyReason": status("nilknown")})
    assert label(view(GP, empty)) == "Allergies not recorded"


def test_folded_allergies_count():
    made = label(view(GP, allergy(GP, "g", PENICILLIN)), ALLERGIC)
    assert made == "Known allergies"
