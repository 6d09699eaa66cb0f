"""What a steward's ruling does, told as tables of links; which words count; and what a word looks like in its message."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest

from carehub.identity import rulings
from carehub.identity.rulings import Answer, Ruling, Steward, TakingBack, Word

ADA, BEA = "9990000018", "9990158398"
JO = Steward("jo", "Jo Adeyemi", "identity-steward", "X9A01")


def _table(text: str) -> str:
    return "\n".join(" ".join(line.split()) for line in text.strip().splitlines())


@pytest.fixture
def ada(someone: Any) -> Any:
    return someone(ADA, "1944-05-01", "Ada", "Okafor")


@pytest.fixture
def numberless(someone: Any) -> Any:
    return someone("", "1944-05-01", "Ada", "Okafor", kind="voluntary")


def test_a_pair_ruled_the_same_brings_everybody_with_it_and_newcomers_after_it(lane: Any, ada: Any, numberless: Any) -> None:
    lane.tell("gp/1", ada)
    lane.tell("acute/A5", ada)
    lane.tell("voluntary/V9", numberless)
    lane.rule(Answer.SAME, "voluntary/V9", "gp/1")
    lane.tell("community/C1", ada)
    assert lane.table() == _table("""
        person-1 AUTO   MATCH acute/A5     agreement
        person-1 AUTO   MATCH community/C1 agreement
        person-1 MANUAL MATCH gp/1         steward-same
        person-1 MANUAL MATCH voluntary/V9 steward-same
    """)
    assert lane.link["gp/1"].ruling == lane.link["voluntary/V9"].ruling == "w001"
    lane.take_back("w001")
    assert lane.table() == _table("""
        person-1 AUTO MATCH acute/A5     agreement
        person-1 AUTO MATCH community/C1 agreement
        person-1 AUTO MATCH gp/1         agreement
        person-2 AUTO MATCH voluntary/V9 only-record
        review POSSIBLE_MATCH acute/A5 ~ voluntary/V9 names-and-birth-date
        review POSSIBLE_MATCH community/C1 ~ voluntary/V9 names-and-birth-date
        review POSSIBLE_MATCH gp/1 ~ voluntary/V9 names-and-birth-date
    """)


def test_different_people_stay_apart_when_a_source_corrects_itself_into_agreement_and_nobody_is_asked_again(
    lane: Any, ada: Any, numberless: Any
) -> None:
    lane.tell("gp/1", ada)
    lane.tell("acute/A5", ada)
    lane.tell("voluntary/V9", numberless)
    lane.rule(Answer.DIFFERENT, "voluntary/V9", "gp/1")
    assert not lane.review
    lane.tell("voluntary/V9", ada)
    assert lane.table() == _table("""
        person-1 MANUAL MATCH acute/A5     steward-apart
        person-1 MANUAL MATCH gp/1         steward-apart
        person-2 MANUAL MATCH voluntary/V9 steward-apart
    """)
    # Who agrees with both sides is put with neither; a steward is asked.
    lane.tell("community/C1", ada)
    assert lane.partition() == {frozenset({"gp/1", "acute/A5"}), frozenset({"voluntary/V9"}), frozenset({"community/C1"})}
    assert {(r.a, r.b, r.rule) for r in lane.review.values()} == {
        ("acute/A5", "community/C1", "agrees-but-apart"),
        ("community/C1", "gp/1", "agrees-but-apart"),
        ("community/C1", "voluntary/V9", "agrees-but-apart"),
    }
    lane.take_back("w001")
    assert len(lane.partition()) == 1
    assert not lane.review


def test_never_link_cuts_a_merge_the_source_makes_later_and_what_hangs_on_the_record_goes_with_it(
    lane: Any, ada: Any, someone: Any
) -> None:
    lane.tell("acute/A5", ada)
    lane.tell("acute/A6", someone("", "1950-02-03", "Bea", "Marlowe", kind="acute"))
    lane.tell("acute/A7", someone("", "", kind="acute"))
    lane.rule(Answer.NEVER_LINK, "acute/A6", "acute/A5")
    lane.merged("acute/A5", "acute/A6")
    lane.merged("acute/A6", "acute/A7")
    assert lane.partition() == {frozenset({"acute/A5"}), frozenset({"acute/A6", "acute/A7"})}


def test_a_record_linked_to_a_person_goes_with_the_next_record_there_when_the_first_is_taken_out(lane: Any, ada: Any, someone: Any) -> None:
    lane.tell("gp/1", ada)
    lane.tell("acute/A5", ada)
    lane.tell("voluntary/V9", someone("", "1980-01-09", "Nobody", "Near"))
    lane.rule(Answer.LINK, "voluntary/V9", "gp/1")
    lane.rule(Answer.UNLINK, "gp/1")
    assert lane.table() == _table("""
        person-1 AUTO   MATCH acute/A5     only-record
        person-2 MANUAL MATCH gp/1         steward-unlinked
        person-1 MANUAL MATCH voluntary/V9 steward-linked
    """)


def test_the_person_a_record_is_linked_to_keeps_its_id(lane: Any, ada: Any, someone: Any) -> None:
    lane.tell("gp/1", ada)
    lane.tell("voluntary/V9", someone("", "1980-01-09", "Nobody", "Near"))
    kept, emptied = lane.member["gp/1"].person, lane.member["voluntary/V9"].person
    lane.rule(Answer.LINK, "voluntary/V9", "gp/1")
    assert {m.person for m in lane.member.values()} == {kept}
    assert lane.redirect == {emptied: kept}


def test_the_later_of_two_rulings_that_contradict_each_other_binds_and_without_it_the_earlier_does(
    lane: Any, ada: Any, numberless: Any
) -> None:
    lane.tell("gp/1", ada)
    lane.tell("voluntary/V9", numberless)
    lane.rule(Answer.SAME, "gp/1", "voluntary/V9")
    lane.rule(Answer.NEVER_LINK, "voluntary/V9", "gp/1")
    assert len(lane.partition()) == 2
    lane.take_back("w002")
    assert len(lane.partition()) == 1


def test_a_cluster_that_contradicts_itself_takes_nobody_more_by_rule_and_keeps_whom_a_steward_saw_there(
    lane: Any, ada: Any, someone: Any
) -> None:
    bea = someone(BEA, "1944-05-01", "Ada", "Okafor")
    for record, said in (("gp/1", ada), ("acute/A5", ada), ("gp/2", bea), ("acute/A6", bea)):
        lane.tell(record, said)
    lane.rule(Answer.SAME, "gp/1", "gp/2")
    lane.tell("community/C1", ada)
    lane.tell("community/C2", bea)
    held, first, second = frozenset({"gp/1", "acute/A5", "gp/2", "acute/A6"}), frozenset({"community/C1"}), frozenset({"community/C2"})
    assert lane.partition() == {held, first, second}
    # The steward saw both numbers, so they are not asked about again; the newcomers are.
    assert {(r.a, r.rule) for r in lane.review.values() if r.b == "community/C1"} == {("acute/A5", "agrees-but-apart")}
    lane.take_back("w001")
    assert lane.partition() == {frozenset({"gp/1", "acute/A5", "community/C1"}), frozenset({"gp/2", "acute/A6", "community/C2"})}


def test_whoever_came_by_rule_leaves_when_the_record_it_came_to_turns_out_to_contradict_another(lane: Any, ada: Any, someone: Any) -> None:
    lane.tell("gp/1", ada)
    lane.tell("voluntary/V9", someone("", "1944-05-01", "Ada", "Okafor"))
    lane.rule(Answer.SAME, "voluntary/V9", "gp/1")
    lane.tell("acute/A5", ada)
    assert len(lane.partition()) == 1
    lane.tell("voluntary/V9", someone(BEA, "1944-05-01", "Ada", "Okafor"))
    assert lane.partition() == {frozenset({"gp/1", "voluntary/V9"}), frozenset({"acute/A5"})}
    lane.tell("voluntary/V9", someone("", "1944-05-01", "Ada", "Okafor"))
    assert len(lane.partition()) == 1


def test_two_dates_of_death_in_one_person_are_asked_about(lane: Any, someone: Any) -> None:
    lane.tell("gp/1", someone(ADA, "1944-05-01", "Ada", "Okafor", died="2026-01-02"))
    lane.tell("acute/A5", someone(ADA, "1944-05-01", "Ada", "Okafor", died="2026-03-04"))
    assert [(r.a, r.b, r.rule) for r in lane.review.values()] == [("acute/A5", "gp/1", "two-deaths-in-one")]
    lane.tell("gp/1", someone(ADA, "1944-05-01", "Ada", "Okafor", died="2026-03-04"))
    assert not lane.review


def _said(answer: Answer, position: int, by: str = "jo", **more: Any) -> Ruling:
    steward = Steward(by, by, "identity-steward", "X9A01")
    return Ruling(answer, ("a",), ("b",), steward, "2026-11-20", "", id=f"w{position}", position=position, **more)


def test_a_blind_answer_counts_only_when_another_steward_says_the_same() -> None:
    first = _said(Answer.SAME, 1, blind=True)
    assert rulings.counting([first]) == []
    assert rulings.stage([first]) == "second"
    assert rulings.counting([first, _said(Answer.SAME, 2, blind=True)]) == []  # the same steward again
    second = _said(Answer.SAME, 2, "sam", blind=True)
    assert rulings.counting([second, first]) == [second]
    assert rulings.stage([first, second]) == "settled"


def test_blind_answers_that_differ_wait_for_a_senior() -> None:
    words = [_said(Answer.SAME, 1, blind=True), _said(Answer.DIFFERENT, 2, "sam", blind=True)]
    assert rulings.counting(words) == []
    assert rulings.stage(words) == "senior"
    assert rulings.stage([*words, _said(Answer.SAME, 3, "kit", blind=True)]) == "senior"
    settled = _said(Answer.DIFFERENT, 4, "lou", senior=True)
    assert rulings.counting([*words, settled]) == [settled]


def test_cannot_tell_changes_nothing_and_waits_for_more() -> None:
    assert rulings.stage([]) == "open"
    words = [_said(Answer.CANNOT_TELL, 1)]
    assert rulings.counting(words) == []
    assert rulings.stage(words) == "more"
    assert rulings.stage([_said(Answer.CANNOT_TELL, 1, blind=True), _said(Answer.CANNOT_TELL, 2, "sam", blind=True)]) == "more"


def test_a_word_is_the_same_from_its_message() -> None:
    said = _said(Answer.SAME, 7, opened=True)
    body = rulings.written(Word(replace(said, id="", position=0)))
    assert rulings.read(body, "w7", 7) == Word(said)
    back = Word(taking_back=TakingBack("w7", ("a", "b"), JO, "2026-11-21", "seen again"))
    assert rulings.read(rulings.written(back), "w8", 8) == back


@pytest.mark.parametrize(
    "word",
    [
        Word(),
        Word(_said(Answer.SAME, 1), TakingBack("w7", (), JO, "", "")),
        Word(replace(_said(Answer.SAME, 1), records=())),
        Word(replace(_said(Answer.SAME, 1), others=())),
        Word(replace(_said(Answer.SAME, 1), others=("a",))),
        Word(replace(_said(Answer.UNLINK, 1))),
    ],
)
def test_a_word_that_says_nothing_or_too_much_is_refused(word: Word) -> None:
    with pytest.raises(ValueError, match=r"a word|a ruling"):
        rulings.read(rulings.written(word), "w1", 1)
