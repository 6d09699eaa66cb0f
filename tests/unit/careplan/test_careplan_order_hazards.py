"""Hazards H-15 and H-18: what must be known first comes first, and no entry, action or result loses what it hangs on without a word."""

from __future__ import annotations

from hypothesis import given, settings
from hypothesis import strategies as st

from carehub.careplan.sections import HEADINGS
from unit.careplan.joint_records import goal, task, to
from unit.careplan.told import COMMUNITY, GP, HOSPITAL, LATEX, PENICILLIN, allergy, entries, facts, medicine, plan, record, status, view

SOURCES = (GP, HOSPITAL, COMMUNITY)
WHEN = ("2001", "2019-02-02", "2026-11-01", "")


@st.composite
def told(draw):
    """Allergies, problems, medicines and alerts of three sources, active and past, of any date, in any order."""
    made = []
    for source in SOURCES:
        held = []
        for n in range(draw(st.integers(0, 4))):
            when, past = draw(st.sampled_from(WHEN)), draw(st.booleans())
            clinical = status("resolved" if past else "active")
            kind = draw(st.sampled_from(["allergy", "problem", "medicine", "alert"]))
            name = f"{kind[0]}{n}-{source.code}"
            if kind == "allergy":
                held.append(allergy(source, name, draw(st.sampled_from([LATEX, PENICILLIN])), clinicalStatus=clinical, recordedDate=when))
            elif kind == "problem":
                held.append(record(source, "Condition", name, {"code": {"text": name}, "clinicalStatus": clinical, "onsetDateTime": when}))
            elif kind == "medicine":
                held.append(medicine(source, name, name, status="stopped" if past else "active", effectiveDateTime=when))
            else:
                flag = {"status": "inactive" if past else "active", "code": {"text": name}, "period": {"start": when}}
                held.append(record(source, "Flag", name, flag))
        made.append(view(source, *held))
    return made


def test_hazard_alerts_and_allergies_come_before_all_else() -> None:
    assert [heading.key for heading in HEADINGS[:2]] == ["alerts", "allergies"]
    firsts = [heading.first for heading in HEADINGS]
    assert firsts == sorted(firsts, reverse=True)


@settings(max_examples=80, deadline=None)
@given(told())
def test_hazard_what_is_over_never_stands_before_what_is_current(made) -> None:
    whole = plan(*made)
    assert [section.key for section in whole.sections] == [heading.key for heading in HEADINGS]
    for section in whole.sections:
        standing = [entry.active for entry in section.entries]
        assert standing == sorted(standing, reverse=True), section.key
        for current in (True, False):
            years = [entry.when[:4] for entry in section.entries if entry.active is current]
            assert years == sorted(years, reverse=True), section.key


@settings(max_examples=60, deadline=None)
@given(st.lists(st.tuples(st.sampled_from(["", "L Osei"]), st.sampled_from(["", "2026-11-10"]), st.booleans()), max_size=5))
def test_hazard_every_action_keeps_the_owner_day_and_goal_that_its_source_told(actions) -> None:
    held = [goal(GP, "g", "Get to the shop")]
    for n, (owner, due, linked) in enumerate(actions):
        held.append(task(GP, f"t{n}", f"Visit {n}", owner=owner, due=due, **({"reasonReference": to("Goal", "g")} if linked else {})))
    found = {action.title: action for action in plan(view(GP, *held)).joint.actions}
    assert len(found) == len(actions)
    for n, (owner, due, linked) in enumerate(actions):
        action = found[f"Visit {n}"]
        assert [one.words for one in action.owners] == ([owner] if owner else [])
        assert (action.due, action.goals) == (due, ("Goal/g",) if linked else ())


@settings(max_examples=60, deadline=None)
@given(st.lists(st.booleans(), min_size=1, max_size=6), st.randoms())
def test_hazard_a_result_names_its_report_whichever_comes_first(reported, chance) -> None:
    held = [record(GP, "Observation", f"o{n}", {"status": "final", "code": {"text": f"Test {n}"}}) for n in range(len(reported))]
    results = [to("Observation", f"o{n}") for n, yes in enumerate(reported) if yes]
    held.append(record(GP, "DiagnosticReport", "r", {"status": "final", "code": {"text": "Profile"}, "result": results}))
    chance.shuffle(held)
    by_title = {entry.title: facts(entry) for entry in entries(plan(view(GP, *held)), "results")}
    for n, yes in enumerate(reported):
        assert any("Profile" in value for _, value in by_title[f"Test {n}"]) is yes
