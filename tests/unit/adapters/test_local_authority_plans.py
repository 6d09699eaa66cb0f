"""Care and support plans: versions, what a version leaves out, reviews, restrictions, and entries that cannot be read."""

from __future__ import annotations

from typing import Any

import pytest

from carehub.feeds.mapped import Mapped
from carehub.fhir.canonical import loads, stable
from carehub.terms.errors import Rejected
from unit.adapters.council_rows import ADAPTER, FOLDER, mapped, noted, only
from unit.adapters.council_rows import told as tell


def document(**plan: Any) -> dict[str, Any]:
    found: dict[str, Any] = loads((FOLDER / "cases/support-plan/message.json").read_bytes())
    found["plan"] |= plan
    return found


def told(content: dict[str, Any]) -> Mapped:
    return tell(stable(content), "support-plans")


def test_the_plan_is_the_same_persons_as_the_rows_are() -> None:
    assert told(document()).patient == mapped(LA_Person_Unique_Identifier="ASC10001").patient


def test_a_plan_holds_its_goals_needs_actions_team_and_next_review() -> None:
    result = told(document())
    plan = only(result, "CarePlan")
    kinds = sorted(record.ref.type for record in result.records)
    assert kinds == ["CarePlan", "CareTeam", "Condition", "Condition", "Goal", "Patient", "Task", "Task", "Task"]
    assert (plan["status"], plan["intent"], plan["period"]) == ("active", "plan", {"start": "2026-02-10"})
    assert len(plan["activity"]) == 3
    review = next(r.resource for r in result.records if r.ref.local == "CSP-88|review")
    assert review["restriction"] == {"period": {"end": "2027-02-10"}}


def test_a_version_tells_its_plan_completely_and_only_its_plan() -> None:
    result = told(document())
    assert result.closes == ("support plan CSP-88",)
    assert not result.closes_submission
    assert {r.scope for r in result.records if r.ref.type != "Patient"} == {"support plan CSP-88"}
    assert next(r for r in result.records if r.ref.type == "Patient").scope == ""


def test_versions_of_one_day_stand_in_their_order_and_keep_their_names() -> None:
    first, tenth = told(document(version=9)), told(document(version=10))
    assert first.sequence < tenth.sequence
    assert {r.ref for r in first.records} == {r.ref for r in tenth.records}


def test_a_withdrawn_plan_takes_everything_of_it_back() -> None:
    result = told(document(status="withdrawn"))
    assert result.kind == "support-plan-withdrawn"
    assert [(r.ref.type, r.change) for r in result.records] == [("Patient", "update"), ("CarePlan", "withdrawn")]
    assert result.closes == ("support plan CSP-88",)


@pytest.mark.parametrize(("access", "code"), [("restricted", "R"), ("very-restricted", "V"), ("only the team", "R")])
def test_a_restriction_labels_every_record_of_the_plan(access: str, code: str) -> None:
    result = told(document(access=access))
    assert {r.resource["meta"]["security"][0]["code"] for r in result.records if r.ref.type != "Patient"} == {code}


@pytest.mark.parametrize("access", ["", "normal"])
def test_without_a_restriction_there_is_no_label(access: str) -> None:
    assert not any("security" in r.resource.get("meta", {}) for r in told(document(access=access)).records)


def test_an_entry_that_cannot_be_read_costs_itself() -> None:
    content = document()
    content["goals"] += ["text", {"id": "G1", "description": "again"}, {"description": "no id"}]
    result = told(content)
    assert {("MAP-004", "goals[1]"), ("MAP-015", "goals[2]"), ("MAP-004", "goals[3]")} <= noted(result)
    assert only(result, "Goal")["description"]["text"] == "Cook one meal a week"


@pytest.mark.parametrize("list_", ["a text", 7, {"id": "1"}, [{"id": str(n), "description": "x"} for n in range(201)]])
def test_a_heading_of_another_shape_is_noted(list_: Any) -> None:
    content = document()
    content["goals"] = list_
    assert ("MAP-004", "goals") in noted(told(content))


@pytest.mark.parametrize(
    ("path", "value"),
    [
        ("council", "E09000001"),
        ("document", "letter"),
        ("plan.id", ""),
        ("plan.version", "new"),
        ("plan.written", "last week"),
        ("person", {}),
    ],
)
def test_a_plan_of_nobody_or_of_no_date_is_refused(path: str, value: Any) -> None:
    content = document()
    holder, _, name = path.rpartition(".")
    (content[holder] if holder else content)[name] = value
    with pytest.raises(Rejected):
        told(content)


def test_a_plan_without_a_time_zone_is_londons() -> None:
    assert told(document(written="2026-07-01T10:00:00")).recorded == "2026-07-01T09:00:00.000Z"
    assert told(document(written="01/07/2026")).recorded == "2026-07-01T22:59:59.000Z"


def test_an_end_before_the_start_is_left_out() -> None:
    result = told(document(end="2026-01-01"))
    assert only(result, "CarePlan")["period"] == {"start": "2026-02-10"}
    assert ("MAP-010", "plan.end") in noted(result)


def test_what_a_plan_says_of_the_person_is_laid_over_what_is_known() -> None:
    known = only(mapped(LA_Person_Unique_Identifier="ASC10001", GP_Practice_Name="Brook Lane Surgery"), "Patient")
    later = ADAPTER.revise(known, only(told(document()), "Patient"), ())
    assert later["generalPractitioner"] == known["generalPractitioner"]
    assert later["telecom"] == [{"system": "phone", "value": "01632 960123"}]


def test_a_plan_document_is_one_message() -> None:
    body = stable(document())
    assert list(ADAPTER.split(body)) == [body]
