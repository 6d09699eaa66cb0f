"""Every cell of the policy matrix, decided by the running policy; and everything unknown refused."""

from __future__ import annotations

import csv
from dataclasses import replace
from pathlib import Path
from typing import get_args

import pytest

from carehub.careplan.sections import BY_KEY
from carehub.governance.decision import decide
from carehub.governance.policy import ROWS, TABLE, Action
from carehub.governance.requester import Requester

MATRIX = Path(__file__).resolve().parents[3] / "fixtures" / "policy" / "matrix.csv"
CELLS = list(csv.DictReader(MATRIX.read_text(encoding="utf-8").splitlines()))
PERSON = "00000000-0000-0000-0000-000000000001"


def asking(role: str, purpose: str) -> Requester:
    return Requester("u", "N", role, "X99001", "O", purpose)


@pytest.mark.parametrize("cell", CELLS, ids=lambda c: f"{c['role']}-{c['purpose']}-{c['action']}")
def test_each_cell_of_the_matrix(cell: dict[str, str]) -> None:
    decision = decide(asking(cell["role"], cell["purpose"]), cell["action"], PERSON, TABLE)  # type: ignore[arg-type]
    assert decision.permitted == (cell["expected"] == "permit")
    assert decision.masked_sections == frozenset(cell["masked"].split())
    assert decision.restricted == (cell["restricted"] == "sees")
    assert decision.reason


def test_the_matrix_has_every_role_purpose_and_action_of_the_policy() -> None:
    asked = {(cell["role"], cell["purpose"], cell["action"]) for cell in CELLS}
    purposes = {row.purpose for row in ROWS}
    assert {(row.role, purpose, action) for row in ROWS for purpose in purposes for action in get_args(Action)} <= asked


def test_masks_name_real_sections() -> None:
    assert {key for row in ROWS for key in row.masked_sections} <= set(BY_KEY)


@pytest.mark.parametrize("missing", ["user", "organisation", "role", "purpose"])
def test_an_empty_part_of_the_requester_is_refused(missing: str) -> None:
    assert not decide(replace(asking("gp", "TREAT"), **{missing: ""}), "read_record", PERSON, TABLE).permitted


def test_an_empty_table_refuses_everybody() -> None:
    assert not decide(asking("gp", "TREAT"), "read_record", PERSON, {}).permitted


def test_a_record_asked_for_without_saying_whose_is_refused() -> None:
    assert not decide(asking("gp", "TREAT"), "read_record", "", TABLE).permitted
