"""The lane with scales, over both stores' ports: one newcomer told many times at once is one person, and a replay says the same."""

from __future__ import annotations

import threading
from dataclasses import replace

import pytest

from carehub.hub.lane_view import LaneView
from carehub.identity import linking
from carehub.identity.demographics import Demographics
from carehub.identity.scales import Scales
from carehub.identity.standardising import family_key, given_key
from carehub.store.memory import MemoryStore
from carehub.store.ports import Store
from carehub.wiring.matching_rules import load_rules

_RULES = load_rules()
ADA = Demographics(
    birth_date="1944-05-01",
    family="Okonjo",
    given="Adaeze",
    family_key=family_key("Okonjo"),
    given_key=given_key("Adaeze"),
    gender="female",
    postcode="ZB1 1AA",
    address="3 Alder Road",
    phones=("+447700900123",),
    source="X9A01",
)


def _tell(store: Store, scales: Scales | None, *told: tuple[str, Demographics]) -> None:
    """One batch, in the order given."""
    with store.links.lane() as lane:
        at, view = lane.position(), LaneView(lane)
        for number, (patient, said) in enumerate(told, 1):
            view.take(linking.settle([linking.Touched(patient, said)], [], view, scales=scales), at + number, "2026-01-01T00:00:00Z")
        lane.commit(view.batch(at + len(told), "2026-01-01T00:00:00Z"))


@pytest.fixture
def scales() -> Scales:
    return Scales(_RULES.model, _RULES.settings, _RULES.version)


def test_fifty_at_once_that_say_one_new_person_without_a_number_are_one_person(scales: Scales) -> None:
    store = MemoryStore()
    threads = [threading.Thread(target=_tell, args=(store, scales, (f"r{n:02}", ADA))) for n in range(50)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    [person] = store.links.persons()
    assert len(store.links.links_of(person)) == 50


def test_without_scales_nothing_is_weighed(scales: Scales) -> None:
    store = MemoryStore()
    _tell(store, None, ("a", ADA), ("b", ADA))
    assert len(store.links.persons()) == 2
    _tell(store, scales, ("c", ADA), ("d", ADA))
    assert len(store.links.persons()) == 3


def test_a_replay_in_other_batches_gives_the_same_ids(scales: Scales) -> None:
    told = [
        (f"r{n}", replace(ADA, phones=(f"+4477009001{n:02}",), given=name))
        for n, name in enumerate(("Adaeze", "Ada", "Adaeze", "Uche") * 3)
    ]
    once, singly = MemoryStore(), MemoryStore()
    _tell(once, scales, *told)
    for one in told:
        _tell(singly, Scales(_RULES.model, _RULES.settings, _RULES.version), one)
    assert once.links.persons() == singly.links.persons()
    assert {p: once.links.links_of(p) for p in once.links.persons()} == {p: singly.links.links_of(p) for p in singly.links.persons()}
    assert once.links.reviews() == singly.links.reviews()
