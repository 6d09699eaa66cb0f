"""A dry run of rules: what would be linked, asked about or apart, and that nothing of the store is touched."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from carehub.identity.demographics import Demographics
from carehub.identity.links import Member
from carehub.identity.rule_changes import State
from carehub.identity.rule_file import MatchingRules
from carehub.identity.scales import Scales
from carehub.store.memory import MemoryStore
from carehub.wiring.matching_rules import load_rules
from carehub.wiring.trying_rules import compare, link_anew, settle_together

_RULES = load_rules()
_ADA = Demographics(
    birth_date="1944-11-03",
    family="Okafor",
    given="Ada",
    family_key="okafor",
    given_key="ada",
    gender="female",
    postcode="ZX1 1AA",
    address_line="3 alder road",
    kind="gp",
    source="X26",
)
# Ada twice, her neighbour of the same street, and somebody else altogether.
_SAID = {
    "a1": _ADA,
    "a2": replace(_ADA, kind="acute", source="X27"),
    "b1": replace(_ADA, given="Grace", given_key="grace", source="X27"),
    "c1": replace(
        _ADA, given="Amos", given_key="amos", family="Birchall", family_key="birchall", birth_date="1980-02-07", postcode="ZX7 4AB"
    ),
}


def _store(rules: MatchingRules, said: Sequence[str] = tuple(_SAID)) -> MemoryStore:
    store = MemoryStore()
    members = [Member(record, _SAID[record], "", (), "") for record in said]
    settle_together(store.links, Scales(rules.model, rules.settings, rules.version), "2026-11-22T09:00:00Z", [[one] for one in members])
    return store


def _with(**zones: object) -> MatchingRules:
    changed = replace(_RULES.settings, zones=replace(_RULES.settings.zones, **zones))
    return replace(_RULES, file=replace(_RULES.file, version=3, settings=changed))


def _tried(standing: MatchingRules, new: MatchingRules) -> dict[tuple[State, State], int]:
    store, trial = _store(standing), MemoryStore()
    before = (store.links.persons(), store.links.reviews(), store.links.lane_position())
    link_anew(store.links, trial.links, new, quiet=True)
    found = dict(compare(store.links, trial.links, new, 5).counts)
    assert (store.links.persons(), store.links.reviews(), store.links.lane_position()) == before
    return found


def test_the_same_rules_change_nothing() -> None:
    assert _tried(_RULES, _RULES) == {}


def test_a_higher_threshold_moves_links_to_review_and_a_lower_one_brings_them_back() -> None:
    high = _with(auto=60.0)
    assert _tried(_RULES, high)[State.LINKED, State.ASKED] == 1
    assert _tried(high, _RULES)[State.ASKED, State.LINKED] == 1


def test_a_guard_that_is_off_links_who_was_asked_about() -> None:
    found = _tried(_RULES, _with(off=frozenset({"given-name-differs"})))
    assert found == {(State.ASKED, State.LINKED): 2}


def test_examples_name_records_and_rule_and_the_two_sources() -> None:
    new = _with(auto=60.0)
    store, trial = _store(_RULES), MemoryStore()
    link_anew(store.links, trial.links, new, quiet=True)
    summary = compare(store.links, trial.links, new, 5)
    ((change, rule),) = summary.examples[State.LINKED, State.ASKED]
    assert (change.a, change.b, rule) == ("a1", "a2", "below-automatic")
    assert summary.by_sources[State.LINKED, State.ASKED, "X26", "X27"] == 1
    assert (summary.gained, summary.lost) == (0, 1)
