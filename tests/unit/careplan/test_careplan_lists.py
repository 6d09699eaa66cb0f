"""What a GP system's lists warn of, from their code or from their words, for the section they are about."""

from __future__ import annotations

import pytest

from carehub.careplan import absence
from carehub.careplan.reading.lists import section_of
from unit.careplan.told import GP, concept, plan, record, status, view

STU3 = "https://fhir.nhs.uk/STU3/StructureDefinition/Extension-CareConnect-GPC-ListWarningCode-1"
TRANSFER = "Patient record transfer from previous GP practice not yet complete; information recorded before {} may be missing."


def gaps_of(**elements):
    held = {"status": "current", "mode": "snapshot", "code": concept("717711000000103", "Problems"), **elements}
    return [(g.code, g.section, g.sentence) for g in plan(view(GP, record(GP, "List", "l", held))).gaps]


def warned(code, *notes):
    return gaps_of(extension=[{"url": STU3, "valueCode": code}], note=[{"text": note} for note in notes])


@pytest.mark.parametrize(
    ("code", "notes", "gap"),
    [
        ("confidential-items", (absence.WITHHELD,), ("withheld", "problems", absence.WITHHELD)),
        ("data-awaiting-filing", (), ("awaiting_filing", "problems", absence.AWAITING_FILING)),
        ("data-in-transit", (TRANSFER.format("14-Mar-2019"),), ("in_transfer", "problems", TRANSFER.format("14-Mar-2019"))),
        ("data-in-transit", (), ("in_transfer", "problems", absence.in_transfer(""))),
        ("something-new", ("Ask the practice.",), ("withheld", "problems", f"{absence.WITHHELD} Ask the practice.")),
        ("something-new", (), ("withheld", "problems", absence.WITHHELD)),
    ],
)
def test_each_warning_has_its_words(code, notes, gap):
    assert warned(code, *notes) == [gap]


def test_the_words_count_where_the_code_did_not_come():
    note = f"{absence.WITHHELD} {TRANSFER.format('23-Jun-2010')} Information not available"
    assert gaps_of(note=[{"text": note}]) == [
        ("in_transfer", "problems", TRANSFER.format("23-Jun-2010")),
        ("withheld", "problems", absence.WITHHELD),
    ]


def test_a_coded_concept_and_a_coding_are_read_alike():
    assert gaps_of(extension=[{"url": STU3, "valueCodeableConcept": status("confidential-items")}]) == gaps_of(
        extension=[{"url": STU3, "valueCoding": {"code": "confidential-items"}}]
    )


def test_an_empty_list_without_a_warning_is_no_gap():
    assert gaps_of(emptyReason=status("no-content-recorded"), note=[{"text": "Information not available"}]) == []


def test_an_extension_of_another_kind_is_not_a_warning():
    assert gaps_of(extension=[{"url": "https://example.org/other", "valueCode": "confidential-items"}]) == []


@pytest.mark.parametrize(
    ("told", "section"),
    [
        ({"code": concept("886921000000105", "")}, "allergies"),
        ({"code": concept("1103671000000101", "")}, "allergies"),
        ({"code": concept("933361000000108", "")}, "medicines"),
        ({"code": concept("1149501000000101", "")}, "encounters"),
        ({"code": concept("1102181000000102", "")}, "immunisations"),
        ({"code": concept("887191000000108", "")}, "results"),
        ({"code": concept("826501000000100", "")}, "results"),
        ({"code": concept("714311000000108", "")}, "plan"),
        ({"code": concept("consultations-medications-contained-in-consultations", "")}, "medicines"),
        ({"title": "Problems - uncategorised data related to problems"}, "results"),
        ({"title": "Consultations - documents contained in consultations"}, "encounters"),
        ({"title": "Outbound referral"}, "plan"),
        ({"title": "Odds and ends"}, ""),
        ({}, ""),
    ],
)
def test_which_section_a_list_is_about(told, section):
    assert section_of(told) == section
