"""How to get into a home is for roles that go there: for the others its words leave by no page and no answer, and its place says so (H-20)."""

from __future__ import annotations

from dataclasses import replace

import pytest

from carehub.careplan.ways_in import NOT_SHOWN
from carehub.hub.hub import Hub
from carehub.terms.errors import Refused
from hub.toy_hub import NURSE, PENICILLIN, ada, submit, toy_hub

GOES_THERE = ("gp", "district-nurse", "hospital-doctor", "social-worker")
STAYS = ("care-coordinator", "link-worker")
TOLD = [
    {"code": {"text": "Key safe at the back door, 4471"}},
    {"code": {"text": "Access"}, "category": [{"text": "Door code 4471"}]},
    {"code": {"text": "Lives alone"}, "extension": [{"url": "urn:x", "valueString": "The spare key 4471 is under the pot"}]},
]


def hub_of(told: dict[str, object]) -> Hub:
    made = toy_hub()
    flag = {"type": "Flag", "id": "f1", "status": "active", **told}
    submit(made, ada(records=[flag, PENICILLIN]))
    made.drain()
    return made


def person(hub: Hub) -> str:
    return hub.store.links.persons()[0]


@pytest.mark.parametrize("role", GOES_THERE)
def test_who_goes_there_is_told(role: str) -> None:
    hub = hub_of(TOLD[0])
    assert "4471" in repr(hub.disclosing.person_record(replace(NURSE, role=role), person(hub), "test").value.plan)


@pytest.mark.parametrize("role", STAYS)
@pytest.mark.parametrize("told", TOLD)
def test_hazard_how_to_get_in_is_told_to_nobody_else(role: str, told: dict[str, object]) -> None:
    hub = hub_of(told)
    who = replace(NURSE, role=role)
    record = hub.disclosing.person_record(who, person(hub), "test").value
    _, bodies = hub.disclosing.everything(who, person(hub)).value
    assert "4471" not in repr(record)
    assert not any(b"4471" in one.body for one in bodies)
    assert any(one.type == "AllergyIntolerance" for one in bodies)
    flag = next(
        record for record in hub.store.records.of_patients([hub.store.links.links_of(person(hub))[0].patient]) if record.type == "Flag"
    )
    with pytest.raises(Refused):
        hub.disclosing.resource(who, "Flag", flag.id)


@pytest.mark.parametrize("role", STAYS)
def test_its_place_says_that_it_is_not_shown(role: str) -> None:
    hub = hub_of(TOLD[0])
    record = hub.disclosing.person_record(replace(NURSE, role=role), person(hub), "test").value
    assert record.plan.section("alerts").entries == ()
    assert any(NOT_SHOWN in state.sentence for state in record.section_states["alerts"])
