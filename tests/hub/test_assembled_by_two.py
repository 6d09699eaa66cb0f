"""Two workers assemble one person: the one that read earlier says nothing about what only the other saw."""

from __future__ import annotations

from typing import Any

from carehub.hub.assemble_plan import assemble_plans
from carehub.hub.conflict_feed import FEED
from carehub.hub.hub import Hub
from carehub.hub.noticing import noticing
from hub.toy_hub import PENICILLIN, ada, submit, toy_hub

NONE_KNOWN = {**PENICILLIN, "id": "n1", "recordedDate": "2026-11-19", "recorder": {"display": "Dr Khan"}} | {
    "code": {"coding": [{"system": "http://snomed.info/sct", "code": "716186003", "display": "No known allergy"}]}
}


class _OvertakenAfterReading:
    """The records port of a worker that, once it has read, is slower than another that hears of the hospital and assembles."""

    def __init__(self, hub: Hub) -> None:
        self._hub = hub

    def __getattr__(self, name: str) -> Any:
        return getattr(self._hub.store.records, name)

    def of_patients(self, patients: Any) -> Any:
        found = self._hub.store.records.of_patients(patients)
        submit(self._hub, ada("acute", "A1", kind="acute", records=[NONE_KNOWN], at="2026-11-20T08:00:00.000Z"))
        self._hub.drain()
        return found


def test_who_read_before_the_conflict_does_not_say_that_it_ended() -> None:
    hub = toy_hub()
    submit(hub, ada(records=[PENICILLIN]), ada("acute", "A1", kind="acute"))
    hub.map([head.id for head in hub.log.heads(0, 10)])
    hub.reconcile()
    s = hub.store
    late = _OvertakenAfterReading(hub)
    assemble_plans(
        records=late, links=s.links, plans=s.plans, catalogue=hub.catalogue, now="", noticing=noticing(s, hub.tell, hub.disclosing)
    )  # type: ignore[arg-type]
    hub.drain()
    [person] = s.links.persons()
    kept = s.plans.get(person)
    assert kept is not None
    assert kept.conflicts == 1  # the earlier reading did not take its place either
    assert [head.feed for head in hub.log.heads(0, 10) if head.feed == FEED] == []
