"""The rule set: one table of pairs, and the properties every version of it must have."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from carehub.identity import comparison, linking, rules
from carehub.identity.demographics import Demographics
from carehub.identity.links import MatchResult

ADA, BEA = "9990000018", "9990158398"

# a, b, result, rule. number · birth date · given · family · what else
PAIRS = """
ADA 1944-05-01 Ada Okafor | ADA 1944-05-01 Ada Hale | MATCH | agreement
ADA 1944-05-01 Kath Okafor | ADA 1944-05-01 Kathryn Okafor | MATCH | agreement
ADA 1970-01-01 Ada Okafor | ADA 1970-01-01 Ada Okafor | MATCH | agreement
ADA 1944-05-01 Ada Okafor | ADA 1944-05-02 Ada Okafor | POSSIBLE_MATCH | number-other-birth-date
ADA 1944-05-01 Ada Okafor | ADA 1944-05-01 Chidi Okafor | POSSIBLE_MATCH | number-other-first-name
ADA 1944-05-01 Ada Okafor | ADA 1944 Ada Okafor | POSSIBLE_MATCH | number-other-birth-date
ADA 1900-01-01 Ada Okafor | ADA 1900-01-01 Ada Okafor | POSSIBLE_MATCH | number-other-birth-date
ADA 2026-05-01 Ada Okafor | ADA 2026-05-01 Baby Okafor | POSSIBLE_MATCH | number-without-first-name
ADA 2026-05-01 Ada Okafor | ADA 2026-05-01 A Okafor | POSSIBLE_MATCH | number-without-first-name
ADA 1944-05-01 Ada Okafor | ADA 1971-08-09 Rhys Pugh | POSSIBLE_MATCH | number-only
ADA 1944-05-01 Ada Okafor | ADA 1944-05-01 Ada Okafor status=02 | POSSIBLE_MATCH | unverified-number
ADA 1944-05-01 Ada Okafor | BEA 1944-05-01 Ada Okafor old=ADA | POSSIBLE_MATCH | superseded-number
ADA 1944-05-01 Ada Okafor | ADA 1944-05-01 Ada Okafor void=yes | POSSIBLE_MATCH | void-number
ADA 1944-05-01 Ada Okafor | BEA 1944-05-01 Ada Okafor | NO_MATCH | different-numbers
ADA 1944-05-01 Ada Okafor postcode=ZB1_1AA | BEA 1944-05-01 Ada Okafor postcode=ZB1_1AA | POSSIBLE_DUPLICATE | two-current-numbers
ADA 1944-05-01 Ada Okafor postcode=ZB1_1AA gender=male | BEA 1944-05-01 Ada Okafor postcode=ZB1_1AA gender=female | NO_MATCH | different-numbers
ADA 2019-05-01 Ada Okafor postcode=ZB1_1AA | BEA 2019-05-01 Ade Okafor postcode=ZB1_1AA | NO_MATCH | different-numbers
ADA 1944-05-01 Ada Okafor | BEA 1944-05-01 Ada Okafor status=02 | POSSIBLE_MATCH | names-and-birth-date
ADA 1944-05-01 Ada Okafor | - 1944-05-01 Ada Okafor | POSSIBLE_MATCH | names-and-birth-date
- 1944-05-01 Ada Okafor | - 1944-05-01 Ada Okafro | POSSIBLE_MATCH | names-and-birth-date
- 1944-05-01 Ada Okafor | - 1944-05-01 Okafor Ada | POSSIBLE_MATCH | names-and-birth-date
- 1944-05-01 Ada Okafor | - 1944-05-01 Ada Okafor-Hale | POSSIBLE_MATCH | names-and-birth-date
- 1944-05-01 Bill Okafor | - 1944-05-01 William Okafor | POSSIBLE_MATCH | names-and-birth-date
- 1944-05-01 Alex Okafor | - 1944-05-01 Alexander Okafor | POSSIBLE_MATCH | names-and-birth-date
- 1944-05-01 Mohammed Okafor | - 1944-05-01 Mohammed_Ali Okafor | POSSIBLE_MATCH | names-and-birth-date
- 2019-05-01 Mohammed_Hassan Okafor | - 2019-05-01 Mohammed_Ali Okafor | NO_MATCH | not-close
- 1944-05-01 Jonathan Okafor | - 1944-05-01 Jonathna Okafro | NO_MATCH | not-close
- 1944-05-01 Jonathan Okafor phone=02079460123 | - 1944-05-01 Jonathna Okafro phone=02079460123 | POSSIBLE_MATCH | names-and-birth-date
- 1970-01-01 Ada Okafor | - 1970-01-01 Ada Okafor | NO_MATCH | not-close
- 1970-01-01 Ada Okafor postcode=ZB1_1AA | - 1970-01-01 Ada Okafor postcode=ZB1_1AA | POSSIBLE_MATCH | names-and-birth-date
- 2019-05-01 Ada Okafor postcode=ZB1_1AA | - 2019-05-01 Chidi Okafor postcode=ZB1_1AA | NO_MATCH | not-close
- 2019-05-01 Sam Okafor gender=male | - 2019-05-01 Samuel Okafor gender=female | NO_MATCH | not-close
- 1944-05-01 Ada Okafor postcode=ZB1_1AA | - 1944-05-01 Ada Pugh postcode=ZB1_1AA | POSSIBLE_MATCH | first-name-birth-date-postcode
- 1944-05-01 Ada Okafor | - 1944-01-05 Ada Okafor | POSSIBLE_MATCH | names-postcode-close-birth-date
- 1944-05-01 Ada Okafor postcode=ZB1_1AA | - 1944-05-02 Ada Okafor postcode=ZB1_1AA | POSSIBLE_MATCH | names-postcode-close-birth-date
- 1944-05-01 Ada Okafor postcode=ZB1_1AA | - 1944 Ada Okafor postcode=ZB1_1AA | POSSIBLE_MATCH | names-postcode-close-birth-date
- 1944-05-01 Ada Okafor | - 1944-05-02 Ada Okafor | NO_MATCH | not-close
- 1938-05-01 John Okafor postcode=ZB1_1AA | - 1968-05-01 John Okafor postcode=ZB1_1AA | NO_MATCH | not-close
- 2026-05-01 Twin_1 Okafor postcode=ZB1_1AA | - 2026-05-01 Ada Okafor postcode=ZB1_1AA | POSSIBLE_MATCH | unnamed-child
- 1944-05-01 Ada Okafor died=2020-01-01 | - 1944-05-01 Ada Okafor died=2024-01-01 | NO_MATCH | different-deaths
- 1944-05-01 Ada Okafor died=2020-01-01 | - 1944-05-01 Ada Okafor | POSSIBLE_MATCH | names-and-birth-date
- 1944-05-01 Ada Okafor phone=02079460123 | - 1971-08-09 Rhys Pugh phone=02079460123 | NO_MATCH | not-close
- - - - | - - - - | NO_MATCH | not-close
"""


def _side(text: str, someone: Any) -> Demographics:
    number, born, given_name, family, *more = text.split()
    words = {"ADA": ADA, "BEA": BEA, "-": ""}
    extra: dict[str, Any] = dict(part.replace("_", " ").split("=") for part in more)
    if "old" in extra:
        extra["old"] = [words[extra["old"]]]
    clean = [value.replace("_", " ").replace("-", "", value == "-") for value in (born, given_name, family)]
    void = extra.pop("void", "")
    said: Demographics = someone(words[number], *clean, **extra)
    return replace(said, trusted=False, superseded=(said.nhs_number,)) if void else said


@pytest.mark.parametrize("row", PAIRS.strip().splitlines())
def test_the_table_of_pairs(row: str, someone: Any) -> None:
    left, right, result, rule = (part.strip() for part in row.split("|"))
    a, b = _side(left, someone), _side(right, someone)
    found = linking.judge(a, b)
    assert (found.result, found.rule) == (MatchResult(result), rule)
    assert linking.judge(b, a) == found
    assert found.because == rules.RULES[rule]
    asked = rules.worth_review(a, b)
    assert (asked is None) == (result == "NO_MATCH")
    if asked and result == "MATCH":
        assert (asked.result, asked.rule) == (MatchResult.POSSIBLE_DUPLICATE, "agrees-but-apart")


def test_every_rule_a_pair_can_meet_is_in_the_table_of_pairs() -> None:
    shown = {row.split("|")[3].strip() for row in PAIRS.strip().splitlines()}
    of_one = {"only-record", "evidence", "weighed-apart", "source-merge", "source-merge-survivor", "agrees-but-apart", "merge-cycle"}
    ruled = {"steward-same", "steward-linked", "steward-unlinked", "steward-apart"}
    by_all_who_bear_it = {"traced-number", "traced-apart"}
    within = {"two-numbers-in-one", "two-birth-dates-in-one", "two-deaths-in-one"}
    assert shown | of_one | ruled | by_all_who_bear_it | within == set(rules.RULES)


_people = st.builds(
    Demographics,
    nhs_number=st.sampled_from(["", ADA, BEA]),
    trusted=st.booleans(),
    birth_date=st.sampled_from(["", "1944", "1944-05-01", "1944-01-05", "1970-01-01", "1900-01-01"]),
    family=st.sampled_from(["", "Okafor", "Okafor-Hale"]),
    given=st.sampled_from(["", "Ada", "Adah"]),
    family_key=st.sampled_from(["", "okafor", "okaforhale", "ada"]),
    given_key=st.sampled_from(["", "a", "ada", "adah", "chidi", "mohammed ali"]),
    gender=st.sampled_from(["", "male", "female"]),
    postcode=st.sampled_from(["", "ZB1 1AA", "ZB1 1AB", "ZB2 9AA"]),
    phones=st.sampled_from([(), ("+442079460123",)]),
    deceased=st.sampled_from(["", "true", "2020-01-01", "2024"]),
    superseded=st.sampled_from([(), (BEA,)]),
)


@settings(max_examples=400)
@given(_people, _people)
def test_judging_is_symmetric_and_matches_exactly_where_keys_agree(a: Demographics, b: Demographics) -> None:
    found = linking.judge(a, b)
    assert found == linking.judge(b, a)
    assert (found.result is MatchResult.MATCH) == (rules.match_key(a) == rules.match_key(b) != "")
    assert [e.field for e in found.evidence] == list(comparison.FIELDS)
    assert comparison.compare(a, b) == found.evidence


@given(_people, _people)
def test_nothing_links_by_itself_without_number_birth_date_and_first_name(a: Demographics, b: Demographics) -> None:
    if linking.judge(a, b).result is MatchResult.MATCH:
        for one in (a, b):
            assert one.trusted
            assert one.nhs_number
            assert len(one.birth_date) == 10
            assert len(one.given_key) > 1
        assert a.nhs_number == b.nhs_number
        assert a.birth_date == b.birth_date


@pytest.mark.parametrize(
    ("field", "level", "a", "b"),
    [
        ("nhs_number", "differ-unverified", {"number": ADA}, {"number": BEA, "status": "03"}),
        ("postcode", "sector", {"postcode": "ZB1 1AA"}, {"postcode": "ZB1 1AB"}),
        ("postcode", "differ", {"postcode": "ZB1 1AA"}, {"postcode": "ZB2 9AA"}),
        ("phone", "differ", {"phone": "020 7946 0123"}, {"phone": "020 7946 0999"}),
        ("deceased", "agree", {"died": "2024-01-01"}, {"died": "2024"}),
        ("birth_date", "partial", {"born": "1944-05-01"}, {"born": "1944-05"}),
        ("birth_date", "differ", {"born": "1944-05-01"}, {"born": "1943"}),
        ("given", "initial", {"given": "J"}, {"given": "J"}),
        ("given", "differ", {"given": "J"}, {"given": "Ada"}),
        ("given", "similar", {"given": "Jonathan"}, {"given": "Jonathna"}),
        ("family", "similar", {"family": "Okafor"}, {"family": "Okafro"}),
        ("family", "differ", {"family": "Ng"}, {"family": "Ong"}),
    ],
)
def test_levels_that_the_table_of_pairs_does_not_reach(field: str, level: str, a: dict[str, str], b: dict[str, str], someone: Any) -> None:
    assert comparison.levels(someone(**a), someone(**b))[field] == level
    assert comparison.levels(someone(**b), someone(**a))[field] == level
