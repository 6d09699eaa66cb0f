"""Many people are assembled together: the store is asked for a few at a time, and each has what is theirs."""

from __future__ import annotations

from typing import Any

import pytest

from carehub.careplan.disagreement.steps import Professional, Step, read
from carehub.careplan.plan import Conflict, UnifiedCarePlan
from carehub.fhir.canonical import restore
from carehub.hub.conflict_feed import FEED, message_of
from carehub.hub.hub import Hub
from hub.test_assembled_by_two import NONE_KNOWN
from hub.toy_hub import PENICILLIN, ada, submit, toy_hub

_MANY = 20
_VERIFIED = "http://terminology.hl7.org/CodeSystem/allergyintolerance-verification"


def _one(number: int, *records: dict[str, Any], source: str = "gp", at: str = "2026-11-20T08:00:00.000Z") -> dict[str, Any]:
    person = {"nhs": "", "given": f"Given{number}", "family": f"Family{number}", "born": f"19{40 + number}-05-01"}
    return ada(source, f"{source}{number}", **person, records=list(records), at=at)


def test_steps_and_earlier_plans_are_asked_for_a_few_people_at_a_time(monkeypatch: pytest.MonkeyPatch) -> None:
    hub, asked = toy_hub(), list[str]()
    for port, name in ((hub.store.steps, "of_patients"), (hub.store.plans, "get_each")):
        ask = getattr(port, name)
        monkeypatch.setattr(port, name, lambda ids, ask=ask, name=name: (asked.append(name), ask(ids))[1])
    submit(hub, *(_one(number) for number in range(_MANY)))
    hub.map([head.id for head in hub.log.heads(0, _MANY)])
    while hub.reconcile().more:
        pass
    assert hub.assemble().persons == _MANY
    assert sorted(asked) == ["get_each", "get_each", "of_patients", "of_patients"]


def test_only_whose_sources_agree_now_is_said_to_agree() -> None:
    hub, later = toy_hub(), "2026-11-21T08:00:00.000Z"
    both = [PENICILLIN, {**NONE_KNOWN, "id": "n1"}]
    submit(hub, *(_one(number, *both) for number in range(3)))
    hub.drain()
    for person in hub.store.links.persons():
        [conflict] = _conflicts(hub, person)
        by = Professional("jo", "Jo Adeyemi", "district-nurse", "X99001", "Northvale Community")
        hub.tell(message_of(Step("explained", conflict.id, 1, conflict, by, later, "Both were told by her daughter.")))
    hub.drain()
    taken_back = {**both[1], "verificationStatus": {"coding": [{"system": _VERIFIED, "code": "entered-in-error"}]}}
    submit(hub, _one(0, PENICILLIN, taken_back, at=later), _one(1, *both, at=later), key="k2")
    hub.drain()
    assert sorted(len(_conflicts(hub, person)) for person in hub.store.links.persons()) == [0, 1, 1]
    told = [read(message.body, message.id, message.position) for message in hub.log.read(_steps(hub)).values()]
    assert [step.kind for step in told].count("agreed") == 1


def _conflicts(hub: Hub, person: str) -> tuple[Conflict, ...]:
    stored = hub.store.plans.get(person)
    return restore(stored.plan, UnifiedCarePlan).conflicts if stored else ()


def _steps(hub: Hub) -> list[str]:
    return [head.id for head in hub.log.heads(0, 20) if head.feed == FEED]
