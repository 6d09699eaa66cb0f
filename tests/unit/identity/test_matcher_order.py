"""The matcher's persons do not depend on who came first: slips, names in each other's place and names left out among them."""

from __future__ import annotations

from collections.abc import Sequence

from hypothesis import given, settings
from hypothesis import strategies as st

from carehub.identity import features
from carehub.identity.matching import Matcher
from carehub.wiring.matching_rules import load_rules

_RULES = load_rules()
_names = st.sampled_from(
    [
        ("Zebedee", "Marlowe"),
        ("Marlowe", "Zebedee"),
        ("", "Marlowe"),
        ("Zebedee", ""),
        ("Zebedi", "Marlow"),
        ("Ottoline", "Marlowe"),
        ("", "Marlwe"),
    ]
)
_records = st.builds(
    lambda name, born, home, email: {"given": name[0], "family": name[1], "born": born, "postcode": home, "email": email},
    _names,
    st.sampled_from(["1944-11-03", "1944-11-03", "1944-11-30", "1947-11-03", "1971-09-23", ""]),
    st.sampled_from(["", "", "ZX1 1AA", "ZX7 4XQ"]),
    st.sampled_from(["", "", "", "z.marlowe@example.org"]),
)


def _persons(told: Sequence[dict[str, str]], order: Sequence[int]) -> set[frozenset[str]]:
    matcher = Matcher(_RULES.model, _RULES.settings)
    for at in order:
        matcher.add(features.read(f"r{at}", told[at]))
    return {frozenset(matcher.records[at].record for at in members) for members in matcher.members.values()}


@settings(max_examples=300, deadline=None)
@given(st.lists(_records, min_size=3, max_size=9).flatmap(lambda told: st.tuples(st.just(told), st.permutations(range(len(told))))))
def test_any_order_gives_the_same_persons(both: tuple[list[dict[str, str]], list[int]]) -> None:
    told, order = both
    assert _persons(told, order) == _persons(told, range(len(told)))
