"""Explanations: values, levels and sentences of every field, who decided and since when, and what would have changed the answer."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest

from carehub.identity import comparison, rules
from carehub.identity.explaining import Belonging, Explanation, Side, belonged, explain
from carehub.identity.links import Link, LinkSource, MatchResult
from carehub.identity.rulings import Answer, Ruling, Steward

ADA, BEA = "9990000018", "9990158398"
JO = Steward("jo", "Jo Adeyemi", "identity-steward", "X9A01")


def _link(patient: str, person: str, rule: str = "agreement", source: LinkSource = LinkSource.AUTO) -> Link:
    return Link(patient, person, MatchResult.MATCH, source, rule, rules.RULES_VERSION, rules.RULES[rule])


def _side(patient: str, person: str, says: Any, *history: tuple[int, str, str], rule: str = "agreement") -> Side:
    told = tuple(Belonging(position, at, _link(patient, whose)) for position, at, whose in history)
    return Side(patient, says, _link(patient, person, rule), told)


def _explained(a: Side, b: Side, *rulings: Ruling) -> Explanation:
    return explain(a, b, list(rulings), rules.judge, rules.RULES_VERSION)


@pytest.fixture
def ada(someone: Any) -> Any:
    return someone(ADA, "1944-05-01", "Ada", "Okafor", postcode="ZB1 1AA", phone="020 7946 0001")


def test_a_link_is_explained_with_both_values_of_every_field_and_no_total_where_rules_do_not_weigh(ada: Any, someone: Any) -> None:
    other = someone(ADA, "1944-05-01", "Ada", "Marlowe")
    told = _explained(_side("a", "p", ada, (3, "t3", "p")), _side("b", "p", other, (5, "t5", "q"), (8, "t8", "p")))
    assert (told.together, told.result, told.rule, told.decided_by) == (True, MatchResult.MATCH, "agreement", "automatic")
    assert (told.position, told.since, told.total) == (8, "t8", None)
    assert [one.field for one in told.fields] == list(comparison.FIELDS)
    number, _, family = told.fields[:3]
    assert (number.a, number.b, number.level, number.weight) == ("999 000 0018", "999 000 0018", "agree", None)
    assert (family.label, family.a, family.b, family.sentence) == ("Family name", "Okafor", "Marlowe", "The family names differ.")
    assert told.would_change == (
        "If one record had no NHS number, they would be neither linked nor asked about.",
        "If one record had no date of birth, a steward would be asked.",
        "If one record had no given names, a steward would be asked.",
    )


def test_a_pair_that_is_not_linked_says_what_would_have_linked_it(ada: Any, someone: Any) -> None:
    told = _explained(_side("a", "p", ada), _side("b", "q", someone(ADA, "1944-05-02", "Ada", "Okafor")))
    assert (told.together, told.result, told.rule) == (False, MatchResult.POSSIBLE_MATCH, "number-other-birth-date")
    assert "If the dates of birth agreed, they would be linked by rule." in told.would_change


def test_what_would_change_the_answer_does_change_it(ada: Any, someone: Any) -> None:
    others = [
        someone(ADA, "1944-05-02", "Ada", "Okafor"),
        someone("", "1944-05-01", "Ada", "Okafor"),
        someone(BEA, "1944-05-01", "Ada", "Okafor", postcode="ZB1 1AA"),
        someone(ADA, "1944-05-01", "Bea", "Okafor"),
        someone(ADA, "1944-05-01", "Ada", "Okafor", status="02"),
        someone("", "1950-01-09", "Nobody", "Near"),
    ]
    for other in others:
        told = _explained(_side("a", "p", ada), _side("b", "q", other))
        numbers = "If the NHS numbers agreed, they would be linked by rule."
        trusted = replace(other, nhs_number=ADA, trusted=True)
        changed = rules.judge(ada, trusted).result is MatchResult.MATCH and told.by_rule is not MatchResult.MATCH
        assert (numbers in told.would_change) == changed


@pytest.mark.parametrize(("answer", "together"), [(Answer.SAME, True), (Answer.NEVER_LINK, False)])
def test_a_ruling_is_named_with_who_gave_it_and_when_and_what_the_rules_alone_say(ada: Any, answer: Answer, together: bool) -> None:
    ruling = Ruling(answer, ("a",), ("b",), JO, "2026-11-20T09:00:00.000Z", "why", id="w7", position=7)
    told = _explained(_side("a", "p", ada), _side("b", "p" if together else "q", ada), ruling)
    assert told.decided_by == "Jo Adeyemi"
    assert (told.since, told.position, told.by_rule) == ("2026-11-20T09:00:00.000Z", 7, MatchResult.MATCH)
    assert told.result is (MatchResult.MATCH if together else MatchResult.NO_MATCH)
    assert told.would_change[0] == "Without the ruling, they would be linked by rule."


def test_a_merge_the_source_told_is_named_and_so_is_what_would_be_without_it(ada: Any, someone: Any) -> None:
    other = someone(BEA, "1950-02-03", "Bea", "Marlowe")
    told = _explained(_side("a", "p", ada, rule="source-merge-survivor"), _side("b", "p", other, rule="source-merge"))
    assert told.rule == "source-merge"
    assert told.would_change[0] == "Without the merge that the source told, they would be neither linked nor asked about."


def test_who_a_record_belonged_to_at_a_time_is_by_what_had_been_received_until_then() -> None:
    gone = replace(_link("a", "q"), result=MatchResult.NO_MATCH)
    history = [
        Belonging(3, "2026-11-20T08:00:00.000Z", _link("a", "p")),
        Belonging(9, "2026-11-21T08:00:00.000Z", _link("a", "q")),
        Belonging(12, "2026-11-22T08:00:00.000Z", gone),
    ]
    assert belonged(history, "2026-11-19T00:00:00.000Z") is None
    assert belonged(history, "2026-11-20T08:00:00.000Z") == history[0]
    assert belonged(history, "2026-11-21T23:59:59.999Z") == history[1]
    assert belonged(history, "2026-11-23T00:00:00.000Z") is None
