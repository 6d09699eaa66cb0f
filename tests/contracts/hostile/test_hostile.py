"""The contract over an adapter that breaks it: the kit notices, names each clause, and gives no grade."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from carehub.kit.grading import clauses
from carehub.wiring.examining import check_folder, examine_folder
from carehub.wiring.kit_cli import check_adapters

HOSTILE = Path(__file__).parent / "hostile"

# Clauses it cannot break as well: to break these, it would have to keep others.
KEEPS = {
    "code_is_readable": "what is not Python breaks nothing else",
    "named_as_folder": "the loader refuses another name",
    "says_something": "it says too much",
    "merge_case": "it merges, a record with itself",
    "withdrawn_case": "it withdraws, though nothing that was told",
}


def test_the_contract_is_broken_and_no_grade_is_given() -> None:
    report = examine_folder(HOSTILE)
    broken = {one.name for one in report.checked if one.standing == "broken"}
    assert report.reached == ""
    assert broken == ({*clauses(), "code_is_exercised"}) - set(KEEPS)


def test_most_clauses_break_for_what_the_adapter_says_and_not_because_it_crashed() -> None:
    report = examine_folder(HOSTILE)
    own = [one.name for one in report.checked if one.standing == "broken" and not one.reasons[0].startswith("the adapter failed")]
    assert len(own) >= 40


def test_the_command_lists_findings(capsys: pytest.CaptureFixture[str]) -> None:
    assert check_adapters([str(HOSTILE)], strict=False, measure=False, as_json=True) is False
    (told,) = json.loads(capsys.readouterr().out)
    assert len(told["findings"]) >= 40
    assert check_adapters([str(HOSTILE)], strict=False, measure=False, as_json=False) is False
    assert "hostile reaches no grade" in capsys.readouterr().out


def test_an_exemption_of_bronze_is_no_exemption() -> None:
    assert check_folder(HOSTILE, "same_twice").standing == "broken"
