"""The adapter contract, over every shipped adapter. An adapter's author writes no test code."""

from __future__ import annotations

from functools import cache
from pathlib import Path

import pytest

from carehub.feeds.adapter import Adapter
from carehub.kit.cases import AdapterFolder, adapter_folders, read_folder
from carehub.kit.grading import GRADES, Checked, Report, check, clauses, grade_of
from carehub.wiring.examining import examine_folder, no_sockets
from carehub.wiring.kit_cli import new_adapter
from carehub.wiring.loading import load_adapter, load_adapters

ROOT = Path(__file__).resolve().parents[2] / "adapters"
FOLDERS = adapter_folders(ROOT)
# What the manifest of each adapter has to reach before it may go live.
ASKED = {folder.name: read_folder(folder).manifest.grade.level for folder in FOLDERS}


@cache
def _loaded(folder: Path) -> tuple[Adapter, AdapterFolder]:
    return load_adapter(folder), read_folder(folder)


def test_every_adapter_folder_is_loaded() -> None:
    assert sorted(load_adapters(ROOT).adapters) == [folder.name for folder in FOLDERS]


@pytest.mark.parametrize("clause", list(clauses()))
@pytest.mark.parametrize("folder", FOLDERS, ids=lambda folder: folder.name)
def test_adapter(folder: Path, clause: str) -> None:
    with no_sockets():
        found = check(clause, clauses()[clause], *_loaded(folder))
    if GRADES.index(found.grade) <= GRADES.index(ASKED[folder.name]):
        assert found.standing != "broken", "\n".join(found.reasons)
    else:
        assert found.grade == grade_of(clause)


def test_a_report_says_what_is_reached(tmp_path: Path) -> None:
    new_adapter("hospice", tmp_path)
    report = examine_folder(tmp_path / "hospice")
    assert isinstance(report, Report)
    assert (report.reached, report.coverage.unlisted) == ("bronze", ())
    assert [one for one in report.checked if not isinstance(one, Checked) or not one.says] == []
