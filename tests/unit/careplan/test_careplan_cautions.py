"""What stands beside an entry because of the day, or of who the person is: an overdue review, a score that is not valid for them."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest

from carehub.careplan.cautions import AHEAD, LIMITS, OVERDUE, cautioned
from carehub.careplan.plan import UnifiedCarePlan
from unit.careplan.told import GP, patient, plan, record, view

NOW = datetime(2026, 11, 22, 9, 0, tzinfo=UTC)


def flag(**told: object) -> UnifiedCarePlan:
    return plan(view(GP, record(GP, "Flag", "f", {"status": "active", "code": {"text": "Key safe"}, **told})))


def fact(made: UnifiedCarePlan, label: str, key: str, now: datetime = NOW) -> str:
    entries = [entry for section in cautioned(made, now).sections for entry in section.entries if entry.key == key]
    assert entries
    return entries[0].fact(label)


@pytest.mark.parametrize(
    ("told", "overdue"),
    [
        ({"period": {"start": "2026-01-01", "end": "2026-10-01"}}, "Its dates ended 01-Oct-2026"),
        ({"period": {"start": "2026-01-01", "end": "2026-11-22"}}, ""),
        ({"period": {"start": "2026-01-01", "end": "2026-11"}}, ""),
        ({"period": {"start": "2026-01-01", "end": "2026-10"}}, "Its dates ended Oct-2026"),
        ({"period": {"start": "2026-01-01"}}, ""),
        ({"period": {"end": "2026-10-01"}, "status": "inactive"}, ""),
    ],
)
def test_hazard_a_flag_whose_review_is_overdue_says_so(told: dict[str, object], overdue: str) -> None:
    """S-H32, UI-47."""
    said = fact(flag(**told), OVERDUE, "Flag/f")
    assert said.startswith(overdue)
    assert bool(said) == bool(overdue)


def test_the_day_is_londons_and_a_review_is_overdue_only_when_it_is_over() -> None:
    told = {"period": {"end": "2026-07-01"}}
    assert not fact(flag(**told), OVERDUE, "Flag/f", datetime(2026, 7, 1, 22, 59, tzinfo=UTC))
    assert fact(flag(**told), OVERDUE, "Flag/f", datetime(2026, 7, 1, 23, 1, tzinfo=UTC))


def scored(title: str, born: str, *others: tuple[str, str]) -> UnifiedCarePlan:
    score = record(
        GP, "Observation", "o", {"status": "final", "code": {"text": title}, "valueInteger": 6, "effectiveDateTime": "2026-05-01"}
    )
    conditions = [record(GP, "Condition", f"c{n}", {"code": {"text": text}}) for n, (text, _) in enumerate(others)]
    return plan(view(GP, patient(GP, birthDate=born), score, *conditions))


@pytest.mark.parametrize(
    ("title", "born", "others", "said"),
    [
        ("Clinical Frailty Scale", "1970-06-01", (), "Not valid for this person: it is validated for people over 65, and they were 55."),
        ("Rockwood score", "1941-03-09", (("Mild learning disability", ""),), "Not valid for this person: a learning or other"),
        ("CFS", "1941-03-09", (("Hypertension", ""),), "Validated for people over 65"),
        (
            "CFS",
            "",
            (),
            "Validated for people over 65, and not for a stable long-term or learning disability. This person’s age then is not known.",
        ),
        ("Electronic frailty index (eFI)", "1941-03-09", (), "Calculated from the record, not confirmed"),
        ("Creatinine", "1970-06-01", (), ""),
    ],
)
def test_hazard_a_score_says_for_whom_it_is_not_valid(title: str, born: str, others: tuple[tuple[str, str], ...], said: str) -> None:
    """S-H26, UI-40."""
    found = fact(scored(title, born, *others), LIMITS, "Observation/o")
    assert found.startswith(said)
    assert bool(found) == bool(said)


@pytest.mark.parametrize(
    ("type", "told", "ahead"),
    [
        ("Observation", {"status": "final", "effectiveDateTime": "2026-11-23"}, True),
        ("Observation", {"status": "final", "effectiveDateTime": "2026-11-22"}, False),
        ("Observation", {"status": "final", "effectiveDateTime": "2026-12"}, True),
        ("Observation", {"status": "final", "effectiveDateTime": "2026-11"}, False),
        ("Condition", {"onsetDateTime": "2027"}, True),
        ("Condition", {"onsetDateTime": "2026"}, False),
    ],
)
def test_a_finding_of_a_day_to_come_is_dated_ahead(type: str, told: dict[str, object], ahead: bool) -> None:
    made = plan(view(GP, record(GP, type, "o", {"code": {"text": "Creatinine"}, **told})))
    assert bool(fact(made, AHEAD, f"{type}/o")) == ahead


def test_what_is_planned_may_be_to_come() -> None:
    planned = {"status": "booked", "start": "2026-12-01T09:00:00Z", "participant": [{"status": "accepted"}]}
    assert not fact(plan(view(GP, record(GP, "Appointment", "a", planned))), AHEAD, "Appointment/a")
