"""A record without a first name, under a number that both sources verified: linked where nobody else can be meant, and asked about everywhere else."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from itertools import permutations
from typing import Any

import pytest

from carehub.identity import features, linking, near_keys, traced_numbers
from carehub.identity.demographics import Demographics
from carehub.identity.links import MatchResult, StandingMerge
from carehub.identity.matching import Matcher
from carehub.identity.rulings import Answer
from carehub.identity.scales import Scales, read
from carehub.wiring.matching_rules import load_rules

from .conftest import DictLane

_RULES = load_rules()
_SCALES = Scales(_RULES.model, _RULES.settings, _RULES.version)
_NUMBER, _OTHER, _THIRD = "9993000019", "9993000027", "9993000035"
_NAMELESS = Demographics(
    nhs_number=_NUMBER,
    trusted=True,
    traced=True,
    birth_date="1984-08-29",
    gender="female",
    postcode="ZX1 1AA",
    kind="community",
    source="X9C01",
)
_NAMED = replace(
    _NAMELESS, family="Okafor", family_key="okafor", given="Grace", given_key="grace", address="3 Alder Road", kind="gp", source="X9A01"
)
_TWIN = replace(_NAMED, nhs_number=_OTHER, given="Miriam", given_key="miriam")
_ELSEWHERE = {"postcode": "ZX9 4QQ", "address": "41 Quarry Lane"}


def _unnumbered(said: Demographics) -> Demographics:
    return replace(said, nhs_number="", trusted=False, traced=False)


def _lane(records: Sequence[Demographics], order: Sequence[int] = (), scales: Scales = _SCALES) -> DictLane:
    lane = DictLane(scales)
    for at in order or range(len(records)):
        lane.tell(f"r{at}", records[at])
    return lane


def _matched(records: Sequence[Demographics], order: Sequence[int] = ()) -> frozenset[frozenset[str]]:
    matcher = Matcher(_RULES.model, _RULES.settings)
    for at in order or range(len(records)):
        matcher.add(read(f"r{at}", records[at]))
    return frozenset(frozenset(matcher.records[at].record for at in members) for members in matcher.members.values())


def _apart(partition: frozenset[frozenset[str]]) -> bool:
    """r1, the record without a first name, is not with r0."""
    return not any({"r0", "r1"} <= home for home in partition)


@pytest.mark.parametrize("order", [(0, 1), (1, 0)])
@pytest.mark.parametrize(
    ("one", "other"),
    [
        (_NAMED, _NAMELESS),
        (_NAMED, replace(_NAMELESS, gender="")),
        (_NAMED, replace(_NAMELESS, family="Okafor", family_key="okafor", postcode="")),
        (replace(_NAMELESS, source="X9C02"), _NAMELESS),
    ],
)
def test_nobody_need_be_asked_where_nobody_else_can_be_meant(order: tuple[int, ...], one: Demographics, other: Demographics) -> None:
    lane = _lane((one, other), order)
    assert lane.partition() == _matched((one, other), order) == frozenset({frozenset({"r0", "r1"})})
    assert not lane.review
    for link in lane.link.values():
        assert (link.rule, link.rules_version) == ("traced-number", _RULES.version)
        assert link.because.startswith("Linked because the NHS number, verified by both sources,")
        assert sum(part.bits or 0.0 for part in link.evidence) + _RULES.model.prior == pytest.approx(link.total)


_DOUBTS: dict[str, tuple[Demographics, ...]] = {
    "one source says nothing of the number": (_NAMED, replace(_NAMELESS, traced=False)),
    "the other says nothing of it": (replace(_NAMED, traced=False), _NAMELESS),
    "one source has not verified it": (_NAMED, replace(_NAMELESS, traced=False, trusted=False)),
    "a birth date that stands for one not known": (replace(_NAMED, birth_date="1984-01-01"), replace(_NAMELESS, birth_date="1984-01-01")),
    "a birth date with a slip": (_NAMED, replace(_NAMELESS, birth_date="1984-08-28")),
    "a year of birth": (_NAMED, replace(_NAMELESS, birth_date="1984")),
    "another gender": (_NAMED, replace(_NAMELESS, gender="male")),
    "another postcode": (_NAMED, replace(_NAMELESS, postcode="ZX9 4QQ")),
    "neither postcode nor family name": (_NAMED, replace(_NAMELESS, postcode="")),
    "another postcode, one family name": (_NAMED, replace(_NAMELESS, family="Okafor", family_key="okafor", postcode="ZX9 4QQ")),
    "another family name": (_NAMED, replace(_NAMELESS, family="Birchall", family_key="birchall")),
    "a baby": (replace(_NAMED, given="Baby", given_key=""), _NAMELESS),
    "the first of twins": (_NAMED, replace(_NAMELESS, given="Twin 1")),
    "the number was the record's once": (_NAMED, replace(_NAMELESS, superseded=(_THIRD, _NUMBER))),
    "the number is another's first name too": (_NAMED, _NAMELESS, replace(_TWIN, nhs_number=_NUMBER, **_ELSEWHERE)),
    "the number is another's, not verified": (_NAMED, _NAMELESS, replace(_TWIN, nhs_number=_NUMBER, trusted=False, traced=False)),
    "the number has another birth date": (
        _NAMED,
        _NAMELESS,
        replace(_TWIN, nhs_number=_NUMBER, birth_date="1951-03-14", trusted=False, traced=False, **_ELSEWHERE),
    ),
    "the number is borne by both genders": (
        _NAMED,
        replace(_NAMELESS, gender=""),
        replace(_NAMED, gender="male", source="X9A02", trusted=False),
    ),
    "the number was somebody's once": (
        _NAMED,
        _NAMELESS,
        replace(_TWIN, birth_date="1951-03-14", nhs_number=_THIRD, superseded=(_NUMBER,), **_ELSEWHERE),
    ),
    "a twin": (_NAMED, _NAMELESS, _TWIN),
    "a twin whose number is not verified": (_NAMED, _NAMELESS, replace(_TWIN, trusted=False, traced=False)),
    "a twin without a number": (_NAMED, _NAMELESS, _unnumbered(_TWIN)),
    "a twin without a first name": (_NAMED, _NAMELESS, replace(_NAMELESS, nhs_number=_OTHER)),
    "a birthday at that postcode, and nothing else": (_NAMED, _NAMELESS, _unnumbered(replace(_NAMELESS, source="X9C02"))),
    "a twin who lives elsewhere": (_NAMED, _NAMELESS, replace(_TWIN, **_ELSEWHERE)),
    "a twin brother": (_NAMED, _NAMELESS, replace(_TWIN, gender="male", given="Jude", given_key="jude")),
    "one name and two verified numbers": (_NAMED, _NAMELESS, replace(_NAMED, nhs_number=_OTHER, source="X9A02")),
    "somebody else at the postcode of a third record": (
        replace(_NAMELESS, source="X9C02"),
        _NAMELESS,
        replace(_NAMED, trusted=False, traced=False, **_ELSEWHERE),
        replace(_TWIN, family="Birchall", family_key="birchall", **_ELSEWHERE),
    ),
}


@pytest.mark.parametrize("doubt", _DOUBTS)
def test_whatever_leaves_a_doubt_is_asked_about_in_every_order(doubt: str) -> None:
    records = _DOUBTS[doubt]
    first = _lane(records)
    for order in permutations(range(len(records))):
        lane = _lane(records, order)
        assert _apart(lane.partition())
        assert lane.partition() == first.partition()
        assert lane.review == first.review
        assert any("r1" in pair for pair in lane.review), "somebody is asked"
        assert _apart(_matched(records, order))


_SHOWN: dict[str, tuple[Demographics, ...]] = {
    "the same first name without a number": (_NAMED, _NAMELESS, _unnumbered(replace(_NAMED, source="X9A02"))),
    "the same first name, a number not verified": (_NAMED, _NAMELESS, replace(_NAMED, nhs_number=_OTHER, trusted=False, traced=False)),
    "the same number, not verified": (_NAMED, _NAMELESS, replace(_NAMELESS, trusted=False, traced=False)),
    "somebody of that postcode born on another day": (_NAMED, _NAMELESS, replace(_TWIN, birth_date="1986-02-11")),
    "somebody of that birthday elsewhere, of another family": (
        _NAMED,
        _NAMELESS,
        replace(_TWIN, family="Birchall", family_key="birchall", **_ELSEWHERE),
    ),
}


@pytest.mark.parametrize("shown", _SHOWN)
def test_who_is_shown_to_be_this_person_or_cannot_be_meant_leaves_no_doubt(shown: str) -> None:
    records = _SHOWN[shown]
    first = _lane(records)
    assert not _apart(first.partition())
    for order in permutations(range(len(records))):
        lane = _lane(records, order)
        assert lane.partition() == first.partition()
        assert {p: replace(link, person="") for p, link in lane.link.items()} == {
            p: replace(link, person="") for p, link in first.link.items()
        }
        assert not _apart(_matched(records, order))


@pytest.mark.parametrize("twin", [_TWIN, replace(_TWIN, **_ELSEWHERE), _unnumbered(_TWIN)])
def test_a_twin_who_comes_takes_the_two_apart_and_one_who_goes_leaves_no_trace(twin: Demographics) -> None:
    lane = _lane((_NAMED, _NAMELESS))
    stood = lane.partition(), {p: replace(link, person="") for p, link in lane.link.items()}
    lane.tell("r2", twin)
    assert _apart(lane.partition())
    assert ("r0", "r1") in lane.review
    lane.take(linking.settle([], [], lane, ["r2"], scales=_SCALES))
    assert (lane.partition(), {p: replace(link, person="") for p, link in lane.link.items()}) == stood
    assert not lane.review
    lane.tell("r2", replace(_TWIN, birth_date="1986-02-11", **_ELSEWHERE))
    assert not _apart(lane.partition())
    lane.tell("r2", twin)
    assert _apart(lane.partition())


def test_a_number_of_the_twin_s_that_is_told_later_takes_them_apart_too() -> None:
    lane = _lane((_NAMED, _NAMELESS, replace(_unnumbered(_TWIN), birth_date="", **_ELSEWHERE)))
    assert not _apart(lane.partition())
    lane.tell("r2", replace(_TWIN, nhs_number=_NUMBER, birth_date="", trusted=False, traced=False, **_ELSEWHERE))
    assert _apart(lane.partition())


def test_a_key_that_too_many_bear_shows_nobody_and_so_links_nobody(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(near_keys, "CAP", 3)
    crowd = [_NAMED, _NAMELESS, *(replace(_NAMED, source=f"X9A{n:02}") for n in (2, 3))]
    for order in permutations(range(4)):
        assert _apart(_lane(crowd, order).partition())
        assert _apart(_matched(crowd, order))
    lane = _lane(crowd[:3])
    assert not _apart(lane.partition())
    lane.tell("r3", crowd[3])
    assert _apart(lane.partition())
    lane.take(linking.settle([], [], lane, ["r3"], scales=_SCALES))
    assert not _apart(lane.partition())


def test_a_number_that_pds_marks_as_not_valid_or_replaces_links_no_more() -> None:
    for told in (
        replace(_NAMELESS, trusted=False, traced=False, superseded=(_NUMBER,)),
        traced_numbers._with(_NAMELESS, _THIRD, set()),
    ):
        lane = _lane((_NAMED, _NAMELESS))
        lane.tell("r1", told)
        assert _apart(lane.partition())
        assert any("r1" in pair for pair in lane.review)
        lane.tell("r1", _NAMELESS)
        assert not _apart(lane.partition())
        assert not lane.review


def test_what_a_steward_says_stands_above_the_rule() -> None:
    lane = _lane((_NAMED, _NAMELESS))
    lane.rule(Answer.DIFFERENT, "r0", "r1")
    assert _apart(lane.partition())
    lane.tell("r2", replace(_NAMELESS, source="X9C02"))
    assert _apart(lane.partition())
    assert not any({"r1", "r2"} <= home or {"r0", "r2"} <= home for home in lane.partition()), "the number was somebody else's once"
    lane.take_back("w001")
    assert lane.partition() == frozenset({frozenset({"r0", "r1", "r2"})})


def test_a_record_that_a_steward_took_out_leaves_a_doubt_about_its_number() -> None:
    lane = _lane((_NAMED, _NAMELESS, replace(_NAMELESS, source="X9C02")))
    assert len(lane.partition()) == 1
    lane.rule(Answer.UNLINK, "r2")
    assert _apart(lane.partition())
    lane.take_back("w001")
    assert len(lane.partition()) == 1


def test_who_a_source_merged_into_one_of_the_two_is_nobody_else() -> None:
    lane = _lane((_NAMED, _NAMELESS, _unnumbered(replace(_NAMELESS, source="X9A01"))))
    assert _apart(lane.partition())
    lane.merged("r0", "r2")
    assert len(lane.partition()) == 1
    lane.take(linking.settle([], [StandingMerge("r0", "r2", "undone", 0, "2026-02-01", True)], lane, scales=_SCALES))
    assert _apart(lane.partition())


def test_a_site_can_turn_the_rule_off() -> None:
    zones = replace(_RULES.settings.zones, off=frozenset({"traced-number"}))
    strict = Scales(_RULES.model, replace(_RULES.settings, zones=zones), _RULES.version)
    lane = _lane((_NAMED, _NAMELESS), scales=strict)
    assert _apart(lane.partition())
    assert [review.rule for review in lane.review.values()] == ["no-given-name"]
    assert strict.judge(_NAMED, _NAMELESS).result is MatchResult.POSSIBLE_MATCH


def test_two_records_alone_are_judged_as_the_lane_would() -> None:
    told = _SCALES.judge(_NAMED, _NAMELESS)
    assert (told.result, told.rule) == (MatchResult.MATCH, "traced-number")
    assert told.because.startswith("The NHS numbers, verified by both sources, agree")
    assert _SCALES.judge(_NAMED, replace(_NAMELESS, traced=False)).result is MatchResult.POSSIBLE_MATCH


@pytest.mark.parametrize(
    ("born", "exact"),
    [("1984-08-29", True), ("1984-01-01", False), ("1900-01-01", False), ("1984-02-31", False), ("1984-08", False), ("", False)],
)
def test_which_birth_dates_are_exact(born: str, exact: bool) -> None:
    assert near_keys.exact(born) is exact


def test_near_keys_of_earlier_numbers_are_found_by_who_bears_them_now() -> None:
    told: dict[str, Any] = {"number": _THIRD, "former": f"{_NUMBER} {_OTHER}"}
    keys = near_keys.watched(features.read("a", told))
    assert len(keys) == 3
    assert set(near_keys.watched(features.read("b", {"number": _NUMBER}))) <= set(keys) <= set(near_keys.keys(features.read("a", told)))
