"""How far a ruling reaches: records it does not name, records that are gone, and pairs looked at again for another reason."""

from __future__ import annotations

from typing import Any

import pytest

from carehub.identity import blocking, linking
from carehub.identity.rulings import Answer

ADA, BEA = "9990000018", "9990158398"


@pytest.fixture
def ada(someone: Any) -> Any:
    return someone(ADA, "1944-05-01", "Ada", "Okafor")


def test_a_record_held_by_a_contradiction_says_that_a_ruling_keeps_it_apart_as_long_as_the_other_agrees_with_it(
    lane: Any, ada: Any, someone: Any
) -> None:
    numberless = someone("", "1944-05-01", "Ada", "Okafor", kind="voluntary")
    lane.tell("gp/1", ada)
    lane.tell("gp/2", someone(BEA, "1944-05-01", "Ada", "Okafor"))
    lane.tell("voluntary/V9", numberless)
    lane.rule(Answer.LINK, "gp/2", "gp/1")
    lane.rule(Answer.DIFFERENT, "voluntary/V9", "gp/1")
    assert lane.link["gp/1"].rule == "only-record"
    lane.tell("voluntary/V9", ada)
    assert {lane.link[p].rule for p in ("gp/1", "voluntary/V9")} == {"steward-apart"}
    lane.tell("voluntary/V9", numberless)
    assert {lane.link[p].rule for p in ("gp/1", "voluntary/V9")} == {"only-record"}


def test_a_pair_that_two_blind_answers_settled_is_not_asked_about_again_when_a_common_key_says_something_once_more(
    lane: Any, someone: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(blocking, "LIMIT", 4)
    place = {"postcode": "ZB1 1AA"}
    lane.tell("gp/1", someone(ADA, "1944-05-01", "Ann", "Okafor"))
    lane.tell("gp/2", someone(BEA, "1944-05-01", "Ann", "Hale"))
    lane.rule(Answer.DIFFERENT, "gp/1", "gp/2", blind=True)
    lane.tell("acute/A1", someone(ADA, "1944-05-01", "Ann", "Marlowe", **place))
    lane.tell("acute/A2", someone(BEA, "1944-05-01", "Ann", "Marlowe", **place))
    assert ("acute/A1", "acute/A2") in lane.review
    lane.rule(Answer.DIFFERENT, "gp/1", "gp/2", by="sam", blind=True)  # who saw the two records of the hospital as well
    assert ("acute/A1", "acute/A2") not in lane.review
    for newcomer in ("v/1", "v/2", "v/3"):
        lane.tell(newcomer, someone("", "1944-05-01", "Ann", "Marlowe", **place))
    assert not lane.review  # more than the limit bear the keys
    lane.take(linking.settle([], [], lane, ["v/3"]))
    assert ("acute/A1", "v/1") in lane.review
    assert ("acute/A1", "acute/A2") not in lane.review


def test_a_pair_is_asked_about_again_when_a_blind_answer_that_counted_is_answered_otherwise(lane: Any, someone: Any) -> None:
    ann = someone("", "1944-05-01", "Ann", "Okafor")
    for record in ("gp/1", "gp/2"):
        lane.tell(record, someone("", "1944-05-01", "Ann", "Hale", postcode="ZB1 1AA"))
    lane.rule(Answer.DIFFERENT, "gp/1", "gp/2", blind=True)
    for record, person in (("acute/A1", "gp/1"), ("acute/A2", "gp/2")):
        lane.tell(record, ann)
        lane.rule(Answer.SAME, record, person)
    assert ("acute/A1", "acute/A2") in lane.review
    lane.rule(Answer.DIFFERENT, "gp/1", "gp/2", by="sam", blind=True)
    assert ("acute/A1", "acute/A2") not in lane.review
    for ruling in ("w002", "w003"):
        lane.take_back(ruling)
    assert ("acute/A1", "acute/A2") not in lane.review
    lane.rule(Answer.SAME, "gp/1", "gp/2", by="jo", blind=True)  # told when both answered at once; the two blind answers differ now
    assert ("acute/A1", "acute/A2") in lane.review


def test_a_ring_of_merges_that_a_ruling_cuts_is_none_however_often_its_records_are_looked_at(
    lane: Any, someone: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(blocking, "LIMIT", 4)
    ann = someone("", "1944-05-01", "Ann", "Marlowe", kind="acute")
    for record in ("a/0", "a/1", "a/2"):
        lane.tell(record, ann)
    for surviving, subsumed in (("a/0", "a/1"), ("a/1", "a/2"), ("a/2", "a/0")):
        lane.merged(surviving, subsumed)
    assert {r.rule for r in lane.review.values()} == {"merge-cycle", "names-and-birth-date"}
    lane.rule(Answer.DIFFERENT, "a/0", "a/2")
    asked = dict(lane.review)
    assert "merge-cycle" not in {r.rule for r in asked.values()}
    for newcomer in ("v/1", "v/2"):
        lane.tell(newcomer, ann)
    for newcomer in ("v/2", "v/1"):
        lane.take(linking.settle([], [], lane, [newcomer]))
    assert lane.review == asked


def test_a_record_taken_out_by_a_steward_and_then_gone_still_breaks_the_chain_of_merges_through_it(
    lane: Any, ada: Any, someone: Any
) -> None:
    lane.tell("acute/A4", ada)
    bea = someone(BEA, "1950-02-03", "Bea", "Marlowe", kind="acute")
    lane.tell("acute/A0", bea)
    lane.tell("gp/2", bea)
    lane.rule(Answer.UNLINK, "acute/A0")
    lane.tell("acute/A5", someone("", "1950-02-03", "Bea", "Marlowe", kind="acute"))
    lane.merged("acute/A4", "acute/A0")
    lane.merged("acute/A0", "acute/A5")
    assert lane.partition() == {frozenset({"acute/A4"}), frozenset({"gp/2"}), frozenset({"acute/A0", "acute/A5"})}
    lane.take(linking.settle([], [], lane, ["acute/A0"]))
    apart = {frozenset({"gp/2"}), frozenset({"acute/A5"})}
    assert lane.partition() == {frozenset({"acute/A4"}), *apart}
    lane.tell("gp/1", ada)  # a newcomer that is nothing to do with the ruling
    assert lane.partition() == {frozenset({"acute/A4", "gp/1"}), *apart}
