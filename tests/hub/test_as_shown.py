"""What one reader was shown at one instant, proved from the log by the hash that was written down before it left."""

from __future__ import annotations

from dataclasses import replace

import pytest

from carehub.careplan.plan import UnifiedCarePlan
from carehub.fhir.canonical import dumps, loads, restore
from carehub.fhir.models import explain
from carehub.governance.requester import Requester
from carehub.hub.as_shown import NOT_KEPT, Shown
from carehub.terms.errors import Missing, Refused
from hub.test_as_it_stood import ENGINEER, TASK, hub, on_day, person, told_on
from hub.toy_hub import NURSE, PENICILLIN

__all__ = ["hub"]
IVY = Requester("ivy", "Ivy Stone", "privacy-officer", "X99001", "Northvale Community", "HCOMPL")
LINKER = Requester("lin", "Lin", "link-worker", "X99001", "Northvale Community", "TREAT")


def look(hub, who=NURSE, page="overview", present=()) -> str:
    """The audit entry of a look now."""
    hub.disclosing.person_record(who, person(hub), page, present)
    return hub.store.audit.about(person(hub), 1)[0].id


@pytest.mark.parametrize("who", [NURSE, LINKER, replace(NURSE, role="care-coordinator")])
def test_every_look_is_rebuilt_to_the_hash_that_was_written_down(hub, who) -> None:
    looks = []
    for day, message in enumerate(
        [
            told_on(1, records=[PENICILLIN]),
            told_on(2, records=[TASK]),
            told_on(3, source="acute", patient="A1", kind="acute", records=[{**PENICILLIN, "id": "h"}]),
            told_on(4, records=[{**PENICILLIN, "change": "withdrawn"}]),
        ],
        start=1,
    ):
        on_day(hub, day, message)
        looks.append(look(hub, who))
    on_day(hub, 9, told_on(9, records=[{**TASK, "status": "completed"}]))
    found = [Shown(hub).at(IVY, one).value for one in looks]
    assert all(told.same for told in found), [(told.shown, told.rebuilt) for told in found]
    assert len({told.shown for told in found}) == len(looks)
    assert {(told.name, told.role, told.page) for told in found} == {(who.name, who.role, "overview")}


def test_a_look_for_everything_and_one_with_others_in_the_room_are_rebuilt_as_they_were(hub) -> None:
    on_day(hub, 1, told_on(1, records=[PENICILLIN]))
    hub.disclosing.everything(NURSE, person(hub))
    whole = hub.store.audit.about(person(hub), 1)[0].id
    room = look(hub, page="meeting", present=["link-worker"])
    on_day(hub, 2, told_on(2, records=[{**PENICILLIN, "change": "withdrawn"}]))
    one, two = Shown(hub).at(IVY, whole).value, Shown(hub).at(IVY, room).value
    assert one.same
    assert two.same
    assert not one.withheld
    assert "medicines" in two.withheld


def test_the_entry_is_valid_r4_and_says_what_policy_held_back(hub) -> None:
    on_day(hub, 1, told_on(1, records=[PENICILLIN]))
    event = loads(hub.store.audit.entry(look(hub, LINKER)).event)
    assert explain(event) == ()
    said = {detail["type"]: detail["valueString"] for detail in event["entity"][0]["detail"]}
    assert said["withheld"] == "immunisations medicines problems results safeguarding"
    assert said["labelled"] == "held back"
    assert "Link worker" in said["rule"]
    assert Shown(hub).at(IVY, event["id"]).value.withheld == tuple(said["withheld"].split())


def test_a_record_that_was_doctored_when_it_was_shown_is_told_apart(hub) -> None:
    on_day(hub, 1, told_on(1, records=[PENICILLIN]))
    kept = hub.store.plans.get(person(hub))
    plan = restore(kept.plan, UnifiedCarePlan)
    doctored = replace(plan, sections=tuple(replace(section, entries=()) for section in plan.sections))
    assert doctored.content_hash == plan.content_hash
    whole = hub.disclosing.plans

    class Doctored:
        def get(self, one):
            return replace(kept, plan=dumps(doctored))

    object.__setattr__(hub.disclosing, "plans", Doctored())
    entry = look(hub)
    object.__setattr__(hub.disclosing, "plans", whole)
    told = Shown(hub).at(IVY, entry).value
    assert told.shown
    assert told.rebuilt
    assert not told.same


def test_who_reads_records_is_told_the_record_less_what_they_or_the_reader_then_may_not_see(hub) -> None:
    on_day(hub, 1, told_on(1, records=[PENICILLIN, {**TASK, "id": "t"}]))
    before = look(hub)
    limited = look(hub, LINKER)
    on_day(hub, 2, told_on(2, records=[{**PENICILLIN, "change": "withdrawn"}]))
    assert Shown(hub).at(IVY, before).value.record is None
    told = Shown(hub).at(NURSE, before).value
    assert told.name == ""
    assert told.record.section("allergies").entries
    for asking, entry in ((NURSE, limited), (LINKER, before)):
        section = Shown(hub).at(asking, entry).value.record.section("medicines")
        assert {state.state for state in section.states} == {"role"}
    views = [loads(row.event)["entity"][0]["detail"][0]["valueString"] for row in hub.store.audit.about(person(hub), 20)]
    assert f"as shown, audit entry {before}" in views
    assert any(view.startswith("as shown, as of ") for view in views)


def test_a_refusal_shows_nothing_and_an_unknown_entry_is_missing_and_others_are_refused(hub) -> None:
    on_day(hub, 1, told_on(1))
    with pytest.raises(Refused):
        hub.disclosing.person_record(ENGINEER, person(hub), "overview")
    refused = hub.store.audit.about(person(hub), 1)[0].id
    told = Shown(hub).at(IVY, refused).value
    assert (told.same, told.shown, told.limits) == (False, "", (NOT_KEPT,))
    with pytest.raises(Missing):
        Shown(hub).at(IVY, "nothing")
    with pytest.raises(Refused):
        Shown(hub).at(ENGINEER, refused)
