"""The care plan's facts by API, now and as it stood, and what changed."""

from __future__ import annotations

import pytest

from hub.toy_hub import NURSE


def test_actions_and_changes_are_parameters_with_their_sources(nurse, person) -> None:
    found = nurse.get(f"/fhir/R4/Patient/{person}/$care-plan").json()
    assert found["resourceType"] == "Parameters"
    changed = nurse.get(f"/fhir/R4/Patient/{person}/$changes?since=2026-11-01").json()
    told = [p for p in changed["parameter"] if p["name"] == "change"]
    assert told
    assert all(any(part["name"] == "source" for part in p["part"]) for p in told)
    assert any(p["name"] == "limit" for p in changed["parameter"])


def test_each_source_says_what_it_could_tell_of_the_plan(nurse, hub, person) -> None:
    found = nurse.get(f"/fhir/R4/Patient/{person}/$care-plan").json()
    said = [p["valueString"] for p in found["parameter"] if p["name"] == "state"]
    held = hub.disclosing.person_record(NURSE, person, "plan").value.section_states["plan"]
    assert held
    assert said == list(dict.fromkeys(state.sentence for state in held))


def test_as_it_stood_before_anything_came_says_so(nurse, person) -> None:
    found = nurse.get(f"/fhir/R4/Patient/{person}/$care-plan?as-of=2026-11-01").json()
    assert found["parameter"][0]["valueString"].startswith("Nothing about this person had been received")


@pytest.mark.parametrize("asked", ["$changes", "$changes?since=soon", "$care-plan?as-of=soon", "$care-plan?as-of=2999-01-01"])
def test_what_is_no_past_day_is_refused(nurse, person, asked) -> None:
    assert nurse.get(f"/fhir/R4/Patient/{person}/{asked}").status_code in (400, 422)


def test_nobody_reads_without_a_credential(stranger, person) -> None:
    assert stranger.get(f"/fhir/R4/Patient/{person}/$care-plan").status_code == 401
