"""A clause keeps one class of one organisation's data back: from every door, by name, on its days in London, and nothing else with it."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest

from carehub.governance.agreements import Agreements
from carehub.hub.as_shown import Shown
from carehub.hub.hub import Hub
from carehub.hub.sharing import Sharing
from carehub.terms.errors import Refused
from hub.test_simulating import ASTHMA, HARM, IVY, RESULT, drafted, row
from hub.toy_hub import NURSE, PENICILLIN, ada, submit, toy_hub

SENTENCE = "Not shown to you here, by clause {} of the sharing agreement with gp."


@pytest.fixture(scope="module")
def made() -> Hub:
    found = toy_hub()
    submit(found, ada(records=[PENICILLIN, ASTHMA, HARM, RESULT]), ada("acute", "A1", kind="acute", records=[ASTHMA, PENICILLIN]))
    found.drain()
    return found


@pytest.fixture
def hub(made: Hub) -> Hub:
    by(made, Agreements())
    made.clock.now = datetime(2026, 11, 22, 9, tzinfo=UTC)
    return made


def by(hub: Hub, agreements: Agreements) -> None:
    object.__setattr__(hub.disclosing, "sharing", Sharing(agreements))


def read(hub: Hub, who=NURSE):
    return hub.disclosing.person_record(who, hub.store.links.persons()[0], "overview").value


def sources(hub: Hub, key: str, who=NURSE) -> set[str]:
    return {told.source.code for entry in read(hub, who).plan.section(key).entries for told in entry.attributions}


def said(hub: Hub, key: str) -> dict[str, str]:
    return {state.source.code: state.sentence for state in read(hub).section_states[key]}


def test_one_class_is_suspended_and_all_else_goes_on(hub):
    by(hub, drafted(row("gp", 'id = "S1"\nclasses = ["allergies"]')))
    assert sources(hub, "allergies") == {"acute"}
    assert sources(hub, "problems") == {"acute", "gp"}
    assert said(hub, "allergies")["gp"] == f"GP: {SENTENCE.format('S1')}"
    assert "nothing recorded" not in said(hub, "allergies")["gp"]
    assert any(gap.sentence == SENTENCE.format("S1") and gap.section == "allergies" for gap in read(hub).plan.gaps)


def test_hazard_a_suspended_list_of_allergies_never_reads_as_none_known(hub):
    by(hub, drafted(*(row(code, 'id = "S1"\nclasses = ["allergies"]') for code in ("gp", "acute"))))
    assert sources(hub, "allergies") == set()
    assert "none" not in read(hub).allergy_label.casefold()
    assert "unavailable" in read(hub).allergy_label


def test_what_speaks_elsewhere_too_goes_whole_and_its_other_place_says_so(hub):
    elsewhere = [key for key in ("alerts", "safeguarding", "risks") if "gp" in sources(hub, key)]
    assert elsewhere
    by(hub, drafted(row("gp", 'id = "S2"\nclasses = ["problems"]')))
    for key in elsewhere:
        assert "gp" not in sources(hub, key)
        assert any(s.source.code == "gp" and s.sentence.endswith(SENTENCE.format("S2")) for s in read(hub).section_states[key])


def test_it_leaves_by_no_door(hub):
    by(hub, drafted(row("gp", 'id = "S1"\nclasses = ["problems"]')))
    person = hub.store.links.persons()[0]
    bodies = hub.disclosing.everything(NURSE, person).value[1]
    assert {(body.type, body.attribution.source.code) for body in bodies if body.type == "Condition"} == {("Condition", "acute")}
    assert {"AllergyIntolerance", "Observation", "Patient"} <= {body.type for body in bodies if body.attribution.source.code == "gp"}
    patients = [link.patient for link in hub.store.links.links_of(person)]
    kept = next(r for r in hub.store.records.of_patients(patients) if r.type == "Condition" and r.source.code == "gp")
    for door in (
        lambda: hub.disclosing.as_sent(NURSE, person, f"Condition/{kept.id}"),
        lambda: hub.disclosing.resource(NURSE, "Condition", kept.id),
    ):
        with pytest.raises(Refused):
            door()
    then = hub.disclosing.record_then(NURSE, person, hub.clock.now, "then").value.plan
    assert "gp" not in {told.source.code for entry in then.section("problems").entries for told in entry.attributions}


@pytest.mark.parametrize(
    ("clause", "kept_from", "shown_to"),
    [
        ('roles = ["link-worker"]', {"role": "link-worker"}, {}),
        ('organisations = ["X99009"]', {"organisation": "X99009"}, {}),
        ('purposes = ["TREAT"]', {}, None),
        ('roles = ["gp"]\norganisations = ["X99009"]', {"role": "gp", "organisation": "X99009"}, {"role": "gp"}),
    ],
)
def test_it_is_kept_from_whom_it_names_and_from_nobody_else(hub, clause, kept_from, shown_to):
    by(hub, drafted(row("gp", f'id = "3"\nclasses = ["allergies"]\n{clause}')))
    assert sources(hub, "allergies", replace(NURSE, **kept_from)) == {"acute"}
    if shown_to is not None:
        assert sources(hub, "allergies", replace(NURSE, **shown_to)) == {"acute", "gp"}


# The last instant of the day before and the first of the day, in London: BST began on 29-Mar-2026 and ended on 25-Oct-2026, both at 01:00 UTC.
@pytest.mark.parametrize(
    ("midnight", "day"),
    [
        (datetime(2027, 6, 30, 23, tzinfo=UTC), "2027-07-01"),
        (datetime(2026, 11, 23, 0, tzinfo=UTC), "2026-11-23"),
        (datetime(2027, 3, 28, 0, tzinfo=UTC), "2027-03-28"),
        (datetime(2027, 3, 28, 23, tzinfo=UTC), "2027-03-29"),
        (datetime(2027, 10, 30, 23, tzinfo=UTC), "2027-10-31"),
        (datetime(2027, 11, 1, 0, tzinfo=UTC), "2027-11-01"),
    ],
)
def test_a_suspension_begins_and_ends_with_the_very_next_read_after_midnight_in_london(hub, midnight, day):
    by(hub, drafted(row("gp", f'id = "S1"\nclasses = ["allergies"]\nfrom = {day}\nuntil = {day}')))
    hub.clock.now = midnight - timedelta(seconds=10)
    assert sources(hub, "allergies") == {"acute", "gp"}
    hub.clock.now = midnight - timedelta(seconds=1)
    assert sources(hub, "allergies") == {"acute"}
    by(hub, drafted(row("gp", f'id = "S1"\nclasses = ["allergies"]\nuntil = {(midnight - timedelta(hours=1)).date()}')))
    hub.clock.now = midnight - timedelta(seconds=10)
    assert sources(hub, "allergies") == {"acute"}
    hub.clock.now = midnight - timedelta(seconds=1)
    assert sources(hub, "allergies") == {"acute", "gp"}


def test_what_a_reader_was_shown_under_a_clause_can_be_proved(hub):
    by(hub, drafted(row("gp", 'id = "3"\nclasses = ["allergies"]\norganisations = ["X99001"]')))
    hub.clock.now = datetime(2028, 1, 1, 9, tzinfo=UTC)
    read(hub)
    entry = max(hub.store.audit.about(hub.store.links.persons()[0], 1000), key=lambda row: row.at)
    assert Shown(hub).at(IVY, entry.id).value.same


def test_emergency_access_opens_nothing_that_a_clause_keeps_back(hub):
    from carehub.hub.emergency_access import EmergencyAccess

    worker = replace(NURSE, user="lena", role="social-worker")
    by(hub, drafted(row("gp", 'id = "3"\nclasses = ["results"]')))
    EmergencyAccess(hub).ask(worker, hub.store.links.persons()[0], "treating", "Found confused at home, results needed.")
    assert read(hub, worker).emergency
    assert sources(hub, "results", worker) == set()
