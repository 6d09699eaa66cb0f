"""A long record is read anew only where a message changes it, and no plan shows it: after each message it is the plan of a process that just began."""

from __future__ import annotations

from typing import Any

import pytest

from carehub.careplan.accounts import READINGS, Reading
from carehub.fhir.canonical import dumps
from carehub.hub.assemble_plan import plan_now
from carehub.hub.hub import Hub
from carehub.hub.sharing import Unshared
from carehub.hub.source_records import RECORDS
from hub.test_report_match import person
from hub.toy_hub import ada, submit, toy_hub

MANY = 70


def measured(n: int, value: Any, **more: Any) -> dict[str, Any]:
    return {"type": "Observation", "id": f"o{n}", "code": {"text": f"Test {n}"}, "status": "final", "valueInteger": value, **more}


@pytest.fixture
def hub() -> Hub:
    made = toy_hub()
    submit(made, ada(records=[measured(n, n) for n in range(MANY)]), ada("acute", "A1", kind="acute"))
    made.drain()
    assert_as_first_made(made)
    return made


def assert_as_first_made(hub: Hub, **unshared: Unshared) -> None:
    """That the plan of now, and the stored one, are those of a process that remembers nothing."""
    who = person(hub)
    held = (who, hub.store.records, hub.store.links, hub.catalogue)
    told, stored = plan_now(*held, unshared), hub.store.plans.get(who)
    RECORDS.clear()
    READINGS.clear()
    assert dumps(told) == dumps(plan_now(*held, unshared))
    assert stored is not None
    assert stored.plan == dumps(plan_now(*held))


def readings(hub: Hub) -> dict[str, Reading]:
    found: dict[str, Reading] = {}
    for link in hub.store.links.links_of(person(hub)):
        for source in {record.source for record in hub.store.records.of_patients([link.patient])}:
            if view := READINGS.get((source, f"Patient/{link.patient}")):
                found |= view.readings
    return found


def test_each_message_costs_the_records_that_it_changes(hub: Hub) -> None:
    before = readings(hub)
    assert len(before) == MANY + 1
    # The whole record again, as a practice sends it: one value is another, and one is new.
    again = [measured(n, 400 if n == 3 else n) for n in range(MANY)] + [measured(900, 1)]
    submit(hub, ada(at="2026-11-21T09:00:00.000Z", records=again))
    hub.drain()
    after = readings(hub)
    assert len({name for name, reading in after.items() if before.get(name) is not reading and name.startswith("Observation/")}) == 2
    assert_as_first_made(hub)


def test_what_changes_without_a_message_changes_the_plan(hub: Hub) -> None:
    gp, acute = sorted(hub.store.links.links_of(person(hub)), key=lambda link: link.patient)
    assert_as_first_made(hub)
    for link in (gp, acute):
        assert_as_first_made(hub, **{link.patient: Unshared("objected")})
        assert_as_first_made(hub, **{link.patient: Unshared(classes={"results": "Results are not shared."})})
        assert_as_first_made(hub)


def test_withdrawn_and_restricted_records_are_not_shown_from_memory(hub: Hub) -> None:
    submit(hub, ada(at="2026-11-21T09:00:00.000Z", records=[measured(5, 5, change="withdrawn")]))
    hub.drain()
    assert_as_first_made(hub)
    submit(hub, ada(at="2026-11-21T10:00:00.000Z", extra={"meta": {"security": [{"code": "R"}]}, "address": [{"text": "12 Oak Street"}]}))
    hub.drain()
    stored = hub.store.plans.get(person(hub))
    assert stored is not None
    assert b"12 Oak Street" not in stored.plan
    assert_as_first_made(hub)
