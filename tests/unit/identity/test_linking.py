"""Linking, told as tables of links. Persons are numbered by their first record."""

from __future__ import annotations

from typing import Any

import pytest

from carehub.identity import blocking, linking
from carehub.identity.links import LinkSource, MatchResult
from carehub.identity.rulings import Answer

ADA, BEA = "9990000018", "9990158398"
ADA_OLD = "9990237581"


def _table(text: str) -> str:
    return "\n".join(" ".join(line.split()) for line in text.strip().splitlines())


def test_number_birth_date_and_first_name_link_two_sources(lane: Any, someone: Any) -> None:
    lane.tell("gp/1", someone(ADA, "1944-05-01", "Ada", "Okafor"))
    lane.tell("acute/A5", someone(ADA, "1944-05-01", "ADA", "OKAFOR-HALE", kind="acute"))
    lane.tell("gp/2", someone(BEA, "1950-02-03", "Bea", "Marlowe"))
    assert lane.table() == _table("""
        person-1  AUTO  MATCH  acute/A5  agreement
        person-1  AUTO  MATCH  gp/1      agreement
        person-2  AUTO  MATCH  gp/2      only-record
    """)
    assert linking.sentence(lane.link["gp/1"]) == "Linked because the NHS number, the date of birth and the first name agree."
    assert [e.field for e in lane.link["gp/1"].evidence] == ["nhs_number", "birth_date", "given"]


def test_a_manual_no_match_is_never_undone_by_rules(lane: Any, someone: Any) -> None:
    ada = someone(ADA, "1944-05-01", "Ada", "Okafor")
    lane.tell("gp/1", ada)
    lane.tell("acute/A5", ada)
    lane.rule(Answer.UNLINK, "acute/A5")
    lane.tell("acute/A5", someone(ADA, "1944-05-01", "Ada", "Okafor", postcode="ZB1 1AA"))
    lane.tell("gp/1", someone(ADA, "1944-05-01", "Ada", "Okafor", postcode="ZB1 1AA"))
    lane.tell("community/C1", ada)
    lane.merged("gp/1", "acute/A5")
    # The ruled record stays out. Nobody is asked again about what the steward saw; of a record that came later the rules say that it agrees.
    assert lane.table() == _table("""
        person-1  MANUAL  MATCH  acute/A5      steward-unlinked
        person-2  AUTO    MATCH  community/C1  agreement
        person-2  AUTO    MATCH  gp/1          agreement
        review  POSSIBLE_DUPLICATE  acute/A5 ~ community/C1  agrees-but-apart
    """)


def test_a_manual_match_stays_when_the_record_changes_completely(lane: Any, someone: Any) -> None:
    lane.tell("gp/1", someone(ADA, "1944-05-01", "Ada", "Okafor"))
    lane.tell("voluntary/V9", someone("", "1944-05-01", "Ada", "Okafor", kind="voluntary"))
    lane.rule(Answer.LINK, "voluntary/V9", "gp/1")
    lane.tell("voluntary/V9", someone(BEA, "1950-02-03", "Bea", "Marlowe", kind="voluntary"))
    lane.tell("acute/A5", someone(BEA, "1950-02-03", "Bea", "Marlowe", kind="acute"))
    assert lane.table() == _table("""
        person-1  AUTO    MATCH  acute/A5      only-record
        person-2  AUTO    MATCH  gp/1          only-record
        person-2  MANUAL  MATCH  voluntary/V9  steward-linked
        review  POSSIBLE_DUPLICATE  acute/A5 ~ voluntary/V9  agrees-but-apart
    """)


def test_a_record_merged_into_a_ruled_record_follows_it(lane: Any, someone: Any) -> None:
    lane.tell("acute/A5", someone(ADA, "1944-05-01", "Ada", "Okafor", kind="acute"))
    lane.tell("acute/A6", someone(BEA, "1950-02-03", "Bea", "Marlowe", kind="acute"))
    lane.tell("acute/A7", someone("", "1950-02-03", kind="acute"))
    lane.rule(Answer.UNLINK, "acute/A6")
    lane.merged("acute/A5", "acute/A6")
    lane.merged("acute/A6", "acute/A7")
    assert lane.table() == _table("""
        person-1  AUTO    MATCH  acute/A5  only-record
        person-2  MANUAL  MATCH  acute/A6  steward-unlinked
        person-2  AUTO    MATCH  acute/A7  source-merge
    """)


def test_twins_whose_numbers_were_mixed_up_do_not_link(lane: Any, someone: Any) -> None:
    lane.tell("gp/1", someone(ADA, "2019-03-02", "Ada", "Okafor"))
    lane.tell("gp/2", someone(BEA, "2019-03-02", "Bea", "Okafor"))
    lane.tell("acute/A5", someone(ADA, "2019-03-02", "Bea", "Okafor", kind="acute"))
    assert lane.table() == _table("""
        person-1  AUTO  MATCH  acute/A5  only-record
        person-2  AUTO  MATCH  gp/1      only-record
        person-3  AUTO  MATCH  gp/2      only-record
        review  POSSIBLE_MATCH  acute/A5 ~ gp/1  number-other-first-name
    """)


def test_twins_with_numbers_of_their_own_raise_no_review(lane: Any, someone: Any) -> None:
    lane.tell("gp/1", someone(ADA, "2019-03-02", "Ada", "Okafor", postcode="ZB1 1AA"))
    lane.tell("gp/2", someone(BEA, "2019-03-02", "Ade", "Okafor", postcode="ZB1 1AA"))
    assert not lane.review


@pytest.mark.parametrize("given", ["", "Baby", "TWIN 1", "Baby of Chioma", "Unknown", "A"])
def test_a_child_without_a_first_name_waits_for_a_steward(lane: Any, someone: Any, given: str) -> None:
    lane.tell("gp/1", someone(ADA, "2026-03-02", "Ada", "Okafor"))
    lane.tell("acute/A5", someone(ADA, "2026-03-02", given, "Okafor", kind="acute"))
    assert [r.rule for r in lane.review.values()] == ["number-without-first-name"]
    assert len(lane.partition()) == 2


def test_an_unverified_number_never_links_by_itself(lane: Any, someone: Any) -> None:
    lane.tell("gp/1", someone(ADA, "1944-05-01", "Ada", "Okafor"))
    lane.tell("acute/A5", someone(ADA, "1944-05-01", "Ada", "Okafor", status="02", kind="acute"))
    assert lane.table() == _table("""
        person-1  AUTO  MATCH  acute/A5  only-record
        person-2  AUTO  MATCH  gp/1      only-record
        review  POSSIBLE_MATCH  acute/A5 ~ gp/1  unverified-number
    """)
    lane.tell("acute/A5", someone(ADA, "1944-05-01", "Ada", "Okafor", status="01", kind="acute"))
    assert len(lane.partition()) == 1
    assert not lane.review


def test_a_person_without_a_number_gains_it_without_a_new_person(lane: Any, someone: Any) -> None:
    lane.tell("acute/A5", someone("", "1944-05-01", "Ada", "Okafor"))
    person = lane.member["acute/A5"].person
    lane.tell("acute/A5", someone(ADA, "1944-05-01", "Ada", "Okafor"))
    assert lane.member["acute/A5"].person == person
    lane.tell("gp/1", someone(ADA, "1944-05-01", "Ada", "Okafor"))
    assert lane.member["gp/1"].person == person


def test_a_superseded_number_is_a_review_that_names_it(lane: Any, someone: Any) -> None:
    lane.tell("gp/1", someone(ADA, "1944-05-01", "Ada", "Okafor", old=[ADA_OLD]))
    lane.tell("acute/A5", someone(ADA_OLD, "1944-05-01", "Ada", "Okafor"))
    assert [(r.rule, r.result) for r in lane.review.values()] == [("superseded-number", MatchResult.POSSIBLE_MATCH)]


def test_one_record_moves_and_the_others_stay(lane: Any, someone: Any) -> None:
    ada = someone(ADA, "1944-05-01", "Ada", "Okafor")
    for record in ("gp/1", "acute/A5", "community/C1"):
        lane.tell(record, ada)
    person = lane.member["gp/1"].person
    settled = lane.tell("gp/1", someone(BEA, "1950-02-03", "Bea", "Marlowe"))  # the record that founded the person is the one that leaves
    assert lane.member["acute/A5"].person == lane.member["community/C1"].person == person
    assert lane.member["gp/1"].person != person
    assert set(settled.dirty) == {person, lane.member["gp/1"].person}
    assert not lane.redirect


def test_a_person_left_alone_says_so(lane: Any, someone: Any) -> None:
    lane.tell("gp/1", someone(ADA, "1944-05-01", "Ada", "Okafor"))
    lane.tell("acute/A5", someone(ADA, "1944-05-01", "Ada", "Okafor"))
    lane.tell("acute/A5", someone(BEA, "1950-02-03", "Bea", "Marlowe"))
    assert lane.link["gp/1"].rule == lane.link["acute/A5"].rule == "only-record"


def test_a_hospital_merge_is_obeyed_and_taken_back(lane: Any, someone: Any) -> None:
    lane.tell("gp/1", someone(ADA, "1944-05-01", "Ada", "Okafor"))
    lane.tell("acute/A5", someone(ADA, "1944-05-01", "Ada", "Okafor", kind="acute"))
    lane.tell("acute/A6", someone("", "1944-05-01", "Unknown", "Okafor", kind="acute"))
    alone = lane.member["acute/A6"].person
    before = lane.table()
    lane.merged("acute/A5", "acute/A6", "2026-02-01")
    assert lane.table() == _table("""
        person-1  AUTO  MATCH  acute/A5  agreement
        person-1  AUTO  MATCH  acute/A6  source-merge
        person-1  AUTO  MATCH  gp/1      agreement
    """)
    assert lane.link["acute/A6"].because == "Linked because the hospital merged its record into this one."
    assert lane.redirect == {alone: lane.member["gp/1"].person}
    lane.merged("acute/A5", "acute/A6", "2026-03-01", undone=True)
    assert lane.table() == before
    assert lane.member["acute/A6"].person != alone  # a person id that led elsewhere is not used again


def test_a_chain_of_merges_leads_to_its_end_and_a_late_record_joins(lane: Any, someone: Any) -> None:
    lane.merged("acute/A6", "acute/A7", "2026-02-01")
    lane.merged("acute/A5", "acute/A6", "2026-02-02")
    lane.tell("acute/A7", someone("", "1944-05-01", "Ada", "Okafor", kind="acute"))
    lane.tell("acute/A5", someone(ADA, "1944-05-01", "Ada", "Okafor", kind="acute"))
    assert lane.table() == _table("""
        person-1  AUTO  MATCH  acute/A5  source-merge-survivor
        person-1  AUTO  MATCH  acute/A7  source-merge
    """)


def test_a_merged_record_whose_own_number_agrees_elsewhere_is_shown(lane: Any, someone: Any) -> None:
    lane.tell("gp/1", someone(BEA, "1950-02-03", "Bea", "Marlowe"))
    lane.tell("acute/A5", someone(ADA, "1944-05-01", "Ada", "Okafor", kind="acute"))
    lane.tell("acute/A6", someone(BEA, "1950-02-03", "Bea", "Marlowe", kind="acute"))
    lane.merged("acute/A5", "acute/A6")
    assert lane.table() == _table("""
        person-1  AUTO  MATCH  acute/A5  source-merge-survivor
        person-1  AUTO  MATCH  acute/A6  source-merge
        person-2  AUTO  MATCH  gp/1      only-record
        review  POSSIBLE_DUPLICATE  acute/A5 ~ acute/A6  two-numbers-in-one
        review  POSSIBLE_DUPLICATE  acute/A6 ~ gp/1  agrees-but-apart
    """)


def test_a_new_record_does_not_follow_a_merged_record_by_the_number_it_used_to_have(lane: Any, someone: Any) -> None:
    lane.tell("acute/A5", someone(ADA, "1944-05-01", "Ada", "Okafor", kind="acute"))
    lane.tell("acute/A6", someone(BEA, "1950-02-03", "Bea", "Marlowe", kind="acute"))
    lane.merged("acute/A5", "acute/A6")
    lane.tell("gp/1", someone(BEA, "1950-02-03", "Bea", "Marlowe"))
    assert lane.table() == _table("""
        person-1  AUTO  MATCH  acute/A5  source-merge-survivor
        person-1  AUTO  MATCH  acute/A6  source-merge
        person-2  AUTO  MATCH  gp/1      only-record
        review  POSSIBLE_DUPLICATE  acute/A5 ~ acute/A6  two-numbers-in-one
        review  POSSIBLE_DUPLICATE  acute/A6 ~ gp/1  agrees-but-apart
    """)


def test_records_merged_into_each_other_stay_apart_and_are_reviewed(lane: Any, someone: Any) -> None:
    lane.tell("acute/A5", someone(ADA, "1944-05-01", "Ada", "Okafor"))
    lane.tell("acute/A6", someone(BEA, "1950-02-03", "Bea", "Marlowe"))
    lane.merged("acute/A5", "acute/A6", "2026-02-01")
    lane.merged("acute/A6", "acute/A5", "2026-02-02")
    assert lane.table() == _table("""
        person-1  AUTO  MATCH  acute/A5  only-record
        person-2  AUTO  MATCH  acute/A6  only-record
        review  POSSIBLE_MATCH  acute/A5 ~ acute/A6  merge-cycle
    """)
    lane.merged("acute/A6", "acute/A5", "2026-02-03", undone=True)
    assert len(lane.partition()) == 1
    assert {r.rule for r in lane.review.values()} == {"two-numbers-in-one"}


def test_a_ring_of_records_that_agree_anyway_is_one_person(lane: Any, someone: Any) -> None:
    for record in ("acute/A5", "acute/A6"):
        lane.tell(record, someone(ADA, "1944-05-01", "Ada", "Okafor"))
    lane.merged("acute/A5", "acute/A6", "2026-02-01")
    lane.merged("acute/A6", "acute/A5", "2026-02-02")
    assert lane.table() == _table("""
        person-1  AUTO  MATCH  acute/A5  agreement
        person-1  AUTO  MATCH  acute/A6  agreement
    """)


def test_a_ring_is_reviewed_between_neighbours_whichever_record_comes_last(lane: Any, someone: Any) -> None:
    lane.merged("b", "a", "2026-02-01")
    lane.merged("c", "b", "2026-02-02")
    lane.merged("a", "c", "2026-02-03")
    lane.tell("a", someone(ADA, "1944-05-01", "Ada", "Okafor"))
    lane.tell("c", someone(BEA, "1950-02-03", "Bea", "Marlowe"))
    assert list(lane.review) == [("a", "c")]
    lane.tell("b", someone(ADA_OLD, "1960-07-08", "Dilys", "Parry"))
    assert sorted(lane.review) == [("a", "b"), ("b", "c")]


def test_a_key_that_too_many_share_is_skipped_and_named(lane: Any, someone: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(blocking, "LIMIT", 3)
    # Two of the three who share the number were merged into each other: their ring must survive the recount.
    lane.tell("a", someone(ADA, "1944-05-01", "Ada", "Okafor"))
    lane.tell("b", someone(ADA, "1950-02-03", "Bea", "Marlowe"))
    lane.merged("a", "b", "2026-02-01")
    lane.merged("b", "a", "2026-02-02")
    lane.tell("c", someone(ADA, "1960-07-08", "Cai", "Pugh"))
    assert sorted(lane.review) == [("a", "b"), ("a", "c"), ("b", "c")]
    settled = lane.tell("d", someone(ADA, "1970-09-10", "Dilys", "Parry"))
    assert settled.skipped == ("nhs",)
    assert [(pair, r.rule) for pair, r in lane.review.items()] == [(("a", "b"), "merge-cycle")]
    lane.tell("d", someone(BEA, "1970-09-10", "Dilys", "Parry"))
    assert sorted(lane.review) == [("a", "b"), ("a", "c"), ("b", "c")]


def test_nothing_new_writes_nothing(lane: Any, someone: Any) -> None:
    ada = someone(ADA, "1944-05-01", "Ada", "Okafor")
    lane.tell("gp/1", ada)
    again = lane.tell("gp/1", ada)
    assert (again.members, again.links, again.reviewed, again.redirects, again.dirty) == ((), (), (), (), ())


def test_a_settlement_costs_a_handful_of_reads(lane: Any, someone: Any) -> None:
    for i in range(30):
        lane.tell(f"gp/{i}", someone("", f"1944-05-{i + 1:02d}", "Ada", "Okafor"))
    lane.tell("gp/a", someone(ADA, "1944-06-01", "Ada", "Hale"))
    lane.reads = 0
    lane.tell("acute/a", someone(ADA, "1944-06-01", "Ada", "Hale"))
    assert lane.reads <= 6


def test_reviews_carry_evidence_and_never_a_value(lane: Any, someone: Any) -> None:
    lane.tell("gp/1", someone(ADA, "1944-05-01", "Ada", "Okafor", postcode="ZB1 1AA", phone="020 7946 0123"))
    lane.tell("acute/A5", someone("", "1944-01-05", "Ada", "Okafor", postcode="ZB1 1AA", phone="020 7946 0999"))
    (review,) = lane.review.values()
    text = review.because + " ".join(e.sentence for e in review.evidence)
    assert not any(value in text for value in (ADA, "1944", "Ada", "Okafor", "ZB1", "7946"))
    assert {e.field: e.level for e in review.evidence}["birth_date"] == "swapped"
    assert lane.link["gp/1"].source is LinkSource.AUTO
