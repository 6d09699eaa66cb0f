"""The laws of linking, against a brute-force reading of the same words: persons and reviews depend on what is said, not on its order."""

from __future__ import annotations

from itertools import combinations, pairwise
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from carehub.identity import blocking, comparison, linking, network, rules
from carehub.identity.demographics import Demographics
from carehub.identity.links import MatchResult, StandingMerge
from carehub.identity.standardising import family_key, given_key

PATIENTS = [f"r{n}" for n in range(8)]
NUMBERS = ["", "9990000018", "9990158398", "9990237581"]


def _demographics(number: str, trusted: bool, born: str, given_name: str, family: str, postcode: str, old: str) -> Demographics:
    return Demographics(
        nhs_number=number,
        trusted=trusted and bool(number),
        birth_date=born,
        family=family,
        given=given_name,
        family_key=family_key(family),
        given_key=given_key(given_name),
        postcode=postcode,
        kind="acute",
        superseded=(old,) if old and old != number else (),
    )


demographics = st.builds(
    _demographics,
    st.sampled_from(NUMBERS),
    st.sampled_from([True, True, True, False]),
    st.sampled_from(["1944-05-01", "1944-01-05", "1970-01-01", ""]),
    st.sampled_from(["Ann", "Anne", "Peter", "Pete", "Twin 1", ""]),
    st.sampled_from(["Marlowe", "Marlow", "Okafor"]),
    st.sampled_from(["ZB1 1AA", "ZB1 1AB", ""]),
    st.sampled_from(["", "", "", "9990158398"]),
)
tellings = st.tuples(st.just("tell"), st.sampled_from(PATIENTS), demographics)
merges = st.builds(
    lambda a, b, at, undone: ("merge", a, b, at, undone),
    st.sampled_from([*PATIENTS, "never-told"]),
    st.sampled_from([*PATIENTS, "never-told"]),
    st.sampled_from(["2026-01-01", "2026-01-02", "2026-01-03"]),
    st.booleans(),
)
histories = st.lists(st.one_of(tellings, tellings, merges), max_size=24)


@pytest.fixture(autouse=True)
def _small_limit(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(blocking, "LIMIT", 4)  # so that keys pass the limit in histories of eight records


def _row(word: Any, position: int) -> StandingMerge:
    _, surviving, subsumed, at, undone = word
    return StandingMerge(surviving, subsumed, f"m-{surviving}-{subsumed}-{at}-{undone}", position, at, undone)


def _say(lane: Any, word: Any, position: int = 0) -> linking.Settlement:
    """position: the place in the log, which differs between two orders of the same words."""
    if word[0] == "tell":
        return lane.tell(word[1], word[2])
    return lane.take(linking.settle([], [_row(word, position)], lane))


def _expected_roots(told: dict[str, Demographics], rows: list[StandingMerge]) -> tuple[dict[str, str], set[frozenset[str]]]:
    latest: dict[tuple[str, str], StandingMerge] = {}
    for row in rows:
        pair = (row.surviving, row.subsumed)
        if row.surviving != row.subsumed:
            latest[pair] = max(latest.get(pair, row), row, key=lambda r: (r.told_at, r.undone, r.message))
    into: dict[str, str] = {}
    for row in sorted((r for r in latest.values() if not r.undone), key=lambda r: (r.told_at, r.message, r.surviving)):
        into[row.subsumed] = row.surviving

    def chain(start: str) -> list[str]:
        path = [start]
        while path[-1] in into and into[path[-1]] not in path:
            path.append(into[path[-1]])
        return path

    ring = {p for p in into if any(into.get(q) == p for q in chain(into[p])) and p in chain(into[p])}
    roots = {}
    for record in told:
        path = chain(record)
        inside = [i for i, p in enumerate(path) if p in ring]
        path = path[: inside[0] + 1] if inside else path
        roots[record] = next(p for p in reversed(path) if p in told)
    rings = {frozenset(q for q in chain(p) if q in ring and q in told) for p in ring}
    return roots, {r for r in rings if len(r) > 1}


def _contradicting(records: set[str], told: dict[str, Demographics]) -> set[tuple[str, str, str]]:
    found: dict[str, tuple[str, str, str]] = {}
    for a, b in combinations(sorted(records), 2):
        levels = comparison.levels(told[a], told[b])
        for field, rule in (("nhs_number", "two-numbers-in-one"), ("birth_date", "two-birth-dates-in-one")):
            if levels[field] == "differ":
                found.setdefault(rule, (a, b, rule))
    pairs = {(a, b): rule for a, b, rule in reversed(found.values())}
    return {(a, b, rule) for (a, b), rule in pairs.items()}


def _expected(told: dict[str, Demographics], rows: list[StandingMerge]) -> tuple[frozenset[frozenset[str]], set[tuple[str, str, str]]]:
    roots, rings = _expected_roots(told, rows)
    classes: dict[str, set[str]] = {}
    for root in set(roots.values()):
        merged = {record for record in told if roots[record] == root}
        name = rules.match_key(told[root]) or root
        # Records that a source merged and that contradict each other draw nobody.
        classes.setdefault(f"held {root}" if _contradicting(merged, told) else name, set()).update(merged)
    of = {record: name for name, records in classes.items() for record in records}
    bearers: dict[str, int] = {}
    for said in told.values():
        for key in blocking.keys(said):
            bearers[key] = bearers.get(key, 0) + 1
    reviews = {found for records in classes.values() for found in _contradicting(records, told)}
    for ring in rings:
        ordered = sorted(ring)
        reviews |= {(a, b, "merge-cycle") for a, b in pairwise(ordered) if of[a] != of[b]}
    known = {(a, b) for a, b, rule in reviews if rule == "merge-cycle"}
    for a, b in combinations(sorted(told), 2):
        if of[a] == of[b] or (a, b) in known:
            continue
        if any(bearers[key] <= blocking.LIMIT for key in set(blocking.keys(told[a])) & set(blocking.keys(told[b]))):
            seen = rules.worth_review(told[a], told[b])
            if seen:
                reviews.add((a, b, seen.rule))
    return frozenset(frozenset(records) for records in classes.values()), reviews


def _reviews(lane: Any) -> set[tuple[str, str, str]]:
    return {(r.a, r.b, r.rule) for r in lane.review.values()}


@settings(max_examples=600, deadline=None)
@given(history=histories)
def test_after_every_message_persons_and_reviews_are_what_the_words_say(new_lane: Any, history: list[Any]) -> None:
    lane = new_lane()
    told: dict[str, Demographics] = {}
    rows: list[StandingMerge] = []
    for word in history:
        before = dict(lane.review)
        persons_before = {p: m.person for p, m in lane.member.items()}
        settled = _say(lane, word)
        if word[0] == "tell":
            told[word[1]] = word[2]
        else:
            rows.append(_row(word, 0))
        persons, reviews = _expected(told, rows)
        assert lane.partition() == persons
        assert _reviews(lane) == reviews
        # Every record has exactly one MATCH link, and member and link agree.
        assert lane.link.keys() == lane.member.keys() == told.keys()
        assert all(lane.link[p].person == lane.member[p].person and lane.link[p].result is MatchResult.MATCH for p in told)
        # No two live persons share a match key, except where the source's own merge took a record elsewhere.
        roots, _ = _expected_roots(told, rows)
        homes: dict[str, set[str]] = {}
        merged = {record: {p for p in told if roots[p] == record} for record in told}
        for record in told:
            if roots[record] == record and rules.match_key(told[record]) and not _contradicting(merged[record], told):
                homes.setdefault(rules.match_key(told[record]), set()).add(lane.member[record].person)
        assert all(len(found) == 1 for found in homes.values())
        # A person whose plan would read differently is named dirty.
        now = {p: m.person for p, m in lane.member.items()}
        touched = {person for p in now if persons_before.get(p) != now[p] for person in (persons_before.get(p), now[p]) if person}
        differing = {pair for pair in {*before, *lane.review} if before.get(pair) != lane.review.get(pair)}
        touched |= {now[p] for pair in differing for p in pair}
        assert touched <= set(settled.dirty)
        # Emptied persons lead to a person, in the end to a living one.
        living = set(now.values())
        for person in set(persons_before.values()) - living:
            assert lane.redirect[person] in living


@settings(max_examples=400, deadline=None)
@given(history=histories, seed=st.randoms(use_true_random=False))
def test_the_order_of_arrival_does_not_show(new_lane: Any, history: list[Any], seed: Any) -> None:
    final = [word for i, word in enumerate(history) if word[0] == "merge" or not any(w[:2] == word[:2] for w in history[i + 1 :])]
    shuffled = list(final)
    seed.shuffle(shuffled)
    first, second, third = new_lane(), new_lane(), new_lane()
    for lane, words in ((first, history), (second, final), (third, shuffled)):
        for position, word in enumerate(words):
            _say(lane, word, position)
    assert first.partition() == second.partition() == third.partition()
    assert first.review == second.review == third.review
    # What the page says of each link is the same too.
    says = [{p: (link.rule, link.because, link.evidence) for p, link in lane.link.items()} for lane in (first, second, third)]
    assert says[0] == says[1] == says[2]


@settings(max_examples=150, deadline=None)
@given(history=histories)
def test_the_same_sequence_again_gives_the_same_persons(new_lane: Any, history: list[Any]) -> None:
    first, second = new_lane(), new_lane()
    for word in history:
        assert _say(first, word) == _say(second, word)
    assert first.redirect == second.redirect
    # Saying it all once more changes nobody's person.
    if all(word[0] == "tell" for word in history):
        held = {p: m.person for p, m in first.member.items()}
        for record, member in list(first.member.items()):
            first.tell(record, member.demographics)
        assert held == {p: m.person for p, m in first.member.items()}


def test_two_records_told_in_one_message_settle_as_if_told_apart(new_lane: Any) -> None:
    ann = _demographics(NUMBERS[1], True, "1944-05-01", "Ann", "Marlowe", "", "")
    together, apart = new_lane(), new_lane()
    row = StandingMerge("r0", "r1", "m1", 0, "2026-01-01", False)
    other = _demographics(NUMBERS[2], True, "1970-01-01", "Peter", "Okafor", "", "")
    together.take(linking.settle([linking.Touched("r0", ann), linking.Touched("r1", other)], [row], together))
    apart.tell("r1", other)
    apart.tell("r0", ann)
    apart.take(linking.settle([], [row], apart))
    assert together.partition() == apart.partition() == frozenset({frozenset({"r0", "r1"})})


def test_a_newcomer_is_settled_as_everybody_else_is(new_lane: Any, someone: Any) -> None:
    for said in (
        someone(),
        someone("9990000018", "1944-05-01", "Ada", "Hale"),
        someone("", "1944-05-01", "Ada", "Hale", postcode="ZX1 1AB"),
    ):
        lane = new_lane()
        lane.founders["acute/a"] = 1  # it was here before and went
        lane.tell("gp/other", someone("", "1999-09-09", "Nobody", "Near"))
        touched = linking.Touched("acute/a", said)
        near = network.reach({"acute/a": touched}, [], lane)
        at_length = linking._settle(network.load(near, {"acute/a": touched}, [], lane), [], lane)
        assert linking.settle([touched], [], lane) == linking._newcomer(touched, lane) == at_length
        assert at_length.founders == ("acute/a",)
