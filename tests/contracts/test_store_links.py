"""The store's contract: the identity lane and what it leaves behind."""

from __future__ import annotations

import threading
from dataclasses import replace

import pytest

from carehub.identity.links import LinkSource, MatchResult, StandingMerge
from carehub.store.ports import Store
from carehub.store.stored import AuditRow
from carehub.terms.errors import Overtaken
from carehub.terms.refs import derived_id
from contracts.stores import AT, delivery, lane_batch, link, mapping, member, named, outcome, review, stored, telling, through_lane

A, B, C = sorted(named("patient", letter) for letter in "abc")
P, Q = derived_id("person", A, "0"), derived_id("person", B, "0")
NUMBER, OTHER_NUMBER = "9990000018", "9990000026"


def test_an_empty_lane_is_at_nought_and_knows_nobody(store: Store) -> None:
    with store.links.lane() as lane:
        assert lane.position() == 0
        assert lane.members([A]) == {}
        assert lane.sharing(["k"]) == []
        assert lane.bearing([7], 2) == {}
        assert lane.of_persons([P]) == []
        assert lane.links([A]) == {}
        assert lane.merges([A]) == []
        assert lane.founded([A]) == {A: 0}
    assert store.links.lane_position() == 0
    assert store.links.persons() == []
    assert store.links.current_person(P) is None
    assert store.links.reviews() == []


def test_near_keys_are_found_bounded_and_go_with_what_a_record_says(store: Store) -> None:
    low, high = -(2**63), 2**63 - 1
    told = [replace(member(p, P), near_keys=keys) for p, keys in ((A, (low, 7)), (B, (7, high)), (C, (7,)))]
    through_lane(store, 1, members=tuple(told), links=tuple(link(p, P) for p in (A, B, C)))
    with store.links.lane() as lane:
        assert lane.bearing([low, 7, high, 8], 2) == {low: [A], 7: [A, B], high: [B]}
        assert lane.bearing([7], 4) == {7: [A, B, C]}
        assert lane.members([A])[A].near_keys == (low, 7)
    gone = replace(link(B, P), result=MatchResult.NO_MATCH)
    through_lane(store, 2, members=(replace(told[0], near_keys=(8, 7)),), links=(gone,), left=(B,))
    with store.links.lane() as lane:
        assert lane.bearing([low, 7, high, 8], 9) == {7: [A, C], 8: [A]}


def test_leaving_the_lane_without_commit_writes_nothing(store: Store) -> None:
    with store.links.lane() as lane:
        assert lane.position() == 0
    with pytest.raises(KeyError), store.links.lane():
        raise KeyError("decided nothing")
    through_lane(store, 3, links=(link(A, P),))
    assert store.links.lane_position() == 3


def test_a_lane_let_go_takes_no_second_commit(store: Store) -> None:
    with store.links.lane() as lane:
        lane.commit(lane_batch(1))
        with pytest.raises(RuntimeError):
            lane.commit(lane_batch(2))
    assert store.links.lane_position() == 1


def test_the_lane_never_goes_back(store: Store) -> None:
    through_lane(store, 5, links=(link(A, P),))
    with pytest.raises(Overtaken) as caught:
        through_lane(store, 4, links=(link(A, Q),))
    assert [found.number for found in caught.value.issues] == ["STORE-004"]
    assert store.links.person_of([A]) == {A: P}
    assert store.links.lane_position() == 5


def test_members_are_found_by_patient_person_and_every_key(store: Store) -> None:
    a = member(A, P, "block:1", "block:2", match_key="match:1", nhs_number=NUMBER, phones=("020 7946 0018",), family="O'Invented")
    b = member(B, Q, "block:2", match_key="")
    through_lane(store, 1, members=(a, b), links=(link(A, P), link(B, Q)))
    with store.links.lane() as lane:
        assert lane.members([A, B, C]) == {A: a, B: b}
        assert lane.sharing(["match:1"]) == [a]
        assert lane.sharing(["block:2", "match:1", "unknown"]) == [a, b]
        assert lane.sharing([""]) == []
        assert lane.of_persons([P, Q]) == [a, b]
        assert lane.of_persons(["unknown", ""]) == []
    changed = member(A, P, "block:3")
    through_lane(store, 2, members=(changed,))
    with store.links.lane() as lane:
        assert lane.members([A]) == {A: changed}
        assert lane.sharing(["match:1", "block:1"]) == []
        assert lane.sharing(["block:3"]) == [changed]


def test_a_link_moves_the_member_to_its_person(store: Store) -> None:
    a = member(A, P)
    through_lane(store, 1, members=(a,), links=(link(A, P),))
    through_lane(store, 2, links=(link(A, Q),))
    with store.links.lane() as lane:
        assert lane.members([A]) == {A: replace(a, person=Q)}
        assert lane.of_persons([Q]) == [replace(a, person=Q)]
        assert lane.of_persons([P]) == []
        assert lane.links([A, B]) == {A: link(A, Q)}


def test_a_record_has_one_standing_match_and_all_its_history(store: Store) -> None:
    first, second = link(A, P), link(A, Q, source=LinkSource.MANUAL, rule="steward")
    through_lane(store, 1, links=(first, link(B, Q)))
    through_lane(store, 4, links=(second,))
    through_lane(store, 6, links=(first,))
    assert store.links.history(A) == [(1, AT, first), (4, AT, second), (6, AT, first)]
    assert store.links.history(C) == []
    assert store.links.links_of(P) == [first]
    assert store.links.links_of(Q) == [link(B, Q)]
    assert store.links.links_of_each([P, Q, "unknown"]) == {P: [first], Q: [link(B, Q)]}
    assert store.links.person_of([A, B, C]) == {A: P, B: Q}
    assert store.links.persons() == sorted([P, Q])


def test_links_of_one_batch_take_effect_one_after_the_other_each_at_its_own_moment(store: Store) -> None:
    links = (link(A, P), link(B, P), link(A, Q), link(A, P))
    moments = ((2, "t2"), (2, "t2"), (3, "t3"), (5, "t5"))
    through_lane(store, 7, links=links, moments=moments)
    assert store.links.history(A) == [(2, "t2", links[0]), (3, "t3", links[2]), (5, "t5", links[3])]
    assert store.links.history(B) == [(2, "t2", links[1])]
    assert store.links.person_of([A, B]) == {A: P, B: P}


def test_the_same_batch_again_changes_nothing_but_the_number_of_its_dirt(store: Store) -> None:
    merge = StandingMerge(A, B, named("message"), 3, AT, False)
    batch = {
        "members": (member(A, Q, "k"),),
        "links": (link(A, P), link(A, Q)),
        "reviewed": (A,),
        "reviews": (review(A, C),),
        "merges": (merge,),
        "redirects": ((P, Q),),
        "dirty": (Q,),
    }
    through_lane(store, 3, **batch)
    before = (store.links.history(A), store.links.reviews(), store.links.merges_of([A]), store.links.links_of(Q))
    through_lane(store, 3, **batch)
    assert before == (
        store.links.history(A),
        store.links.reviews(),
        store.links.merges_of([A]),
        store.links.links_of(Q),
    )
    assert [held for _, _, held in store.links.history(A)] == [link(A, P), link(A, Q)]
    assert store.plans.dirty(9) == [(Q, 4)]


def test_an_unchanged_link_is_not_news(store: Store) -> None:
    through_lane(store, 1, links=(link(A, P),))
    through_lane(store, 2, links=(link(A, P),))
    assert store.links.history(A) == [(1, AT, link(A, P))]


def test_another_result_for_the_standing_person_ends_the_match(store: Store) -> None:
    through_lane(store, 1, links=(link(A, P), link(B, P)))
    possible, parted = link(A, Q, result=MatchResult.POSSIBLE_MATCH), link(A, P, result=MatchResult.NO_MATCH)
    through_lane(store, 2, links=(possible,))
    assert store.links.person_of([A]) == {A: P}
    through_lane(store, 3, links=(parted,))
    assert store.links.person_of([A, B]) == {B: P}
    assert [held for _, _, held in store.links.history(A)] == [link(A, P), possible, parted]


def test_an_emptied_person_leads_to_another(store: Store) -> None:
    through_lane(store, 1, links=(link(A, P), link(B, Q)))
    through_lane(store, 2, links=(link(B, P),), redirects=((Q, P),))
    assert store.links.current_person(P) == P
    assert store.links.current_person(Q) == P
    assert store.links.persons() == [P]
    # Once it has records again it is itself again.
    through_lane(store, 3, links=(link(B, Q),))
    assert store.links.current_person(Q) == Q
    through_lane(store, 4, redirects=(("x", "y"), ("y", "x")))
    assert store.links.current_person("x") is None


def test_reviews_of_a_patient_replace_those_before(store: Store) -> None:
    through_lane(store, 1, reviewed=(A, B), reviews=(review(A, B), review(B, C)))
    assert store.links.reviews() == [review(A, B), review(B, C)]
    assert store.links.reviews([C, "unknown"]) == [review(B, C)]
    assert store.links.reviews([]) == []
    through_lane(store, 2, reviewed=(A,), reviews=(review(A, C), review(A, C, "The dates agree.")))
    assert store.links.reviews() == [review(A, C, "The dates agree."), review(B, C)]
    through_lane(store, 3, reviewed=(C,))
    assert store.links.reviews() == []


def test_merges_stand_by_message_and_are_found_from_either_side(store: Store) -> None:
    said = StandingMerge(A, B, named("message", "1"), 1, AT, False)
    unsaid = StandingMerge(A, B, named("message", "2"), 2, AT, True)
    through_lane(store, 2, merges=(said, unsaid))
    expected = sorted([said, unsaid], key=lambda m: m.message)
    assert store.links.merges_of([A]) == store.links.merges_of([B, C]) == expected
    assert store.links.merges_of([C]) == []
    with store.links.lane() as lane:
        assert lane.merges([B]) == expected
    again = replace(said, undone=True)
    through_lane(store, 3, merges=(again,))
    assert again in store.links.merges_of([A])
    assert said not in store.links.merges_of([A])


def test_a_founded_persons_number_is_never_given_again(store: Store) -> None:
    founded = [derived_id("person", A, str(n)) for n in range(6)]
    for n, person in enumerate(founded):
        with store.links.lane() as lane:
            assert lane.founded([A, B]) == {A: n, B: 0}
            lane.commit(lane_batch(n + 1, links=(link(A, person),)))
    with store.links.lane() as lane:
        assert lane.founded([A]) == {A: 6}


def test_people_are_found_by_what_one_of_their_records_says(store: Store) -> None:
    said = {"nhs_number": NUMBER, "family_key": "INVENTED", "birth_date": "1944-05-01", "postcode": "ZZ99 3VZ"}
    through_lane(
        store,
        1,
        members=(member(A, P, **said), member(B, Q, **{**said, "nhs_number": OTHER_NUMBER}), member(C, P, family_key="MARRIED")),
        links=(link(A, P), link(B, Q), link(C, P)),
    )
    assert store.links.find(nhs_number=NUMBER) == [P]
    assert store.links.find(family_key="INVENTED", birth_date="1944-05-01") == sorted([P, Q])
    assert store.links.find(family_key="INVENTED", birth_date="1944-05-01", limit=1) == [min(P, Q)]
    assert store.links.find(**said) == [P]
    # Two records of one person do not agree together on what neither says alone.
    assert store.links.find(family_key="MARRIED", birth_date="1944-05-01") == []
    assert store.links.find() == []
    assert store.links.find(postcode="ZZ99 3VZ\x00 OR 1=1") == []


def test_a_nul_in_a_key_loses_nobody(store: Store) -> None:
    odd = member(A, P, "block\x00:1", match_key="match\x00", postcode="ZZ99\x00 3VZ")
    through_lane(store, 1, members=(odd,), links=(link(A, P),))
    with store.links.lane() as lane:
        assert lane.sharing(["block\x00:1"]) == [odd]
        assert lane.members([A]) == {A: odd}


def test_one_thread_at_a_time_holds_the_lane(store: Store) -> None:
    def step(person: str) -> None:
        for _ in range(5):
            with store.links.lane() as lane:
                position = lane.position()
                lane.commit(lane_batch(position + 1, links=(link(A, person),)))

    threads = [threading.Thread(target=step, args=(f"person-{n}",)) for n in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert store.links.lane_position() == 20
    told = [position for position, _, _ in store.links.history(A)]
    assert told == sorted(set(told))


def test_clearing_drops_every_projection_and_keeps_log_and_audit(store: Store) -> None:
    store.log.append([delivery(b"one")])
    store.audit.append([AuditRow("1", AT, P, b"{}")])
    message = named("message")
    everything = mapping(telling(A, message), stored(A), outcome(message))
    store.records.apply(everything)
    through_lane(store, 1, members=(member(A, P, "k"),), links=(link(A, P),), reviewed=(A,), reviews=(review(A, B),), dirty=(P,))
    store.records.clear()
    assert store.log.last_position() == 1
    assert [row.id for row in store.audit.about(P, 9)] == ["1"]
    assert store.records.totals() == (0, 0)
    assert store.records.tellings([A]) == {}
    assert store.records.outcomes([message]) == {}
    assert store.links.lane_position() == 0
    assert (store.links.persons(), store.links.history(A), store.links.reviews(), store.plans.dirty(9)) == ([], [], [], [])
    with store.links.lane() as lane:
        assert (lane.sharing(["k"]), lane.founded([A])) == ([], {A: 0})
    store.records.apply(everything)
    assert store.records.current([A])[A] == stored(A)
