"""The adapter contract, over every shipped adapter. An adapter's author writes no test code."""

from __future__ import annotations

from pathlib import Path

import pytest

from carehub.kit.cases import adapter_folders, read_folder
from carehub.kit.grading import GRADES, Checked, Report, clauses, grade_of
from carehub.wiring.examining import check_folder, examine_folder
from carehub.wiring.loading import load_adapters

ROOT = Path(__file__).resolve().parents[2] / "adapters"
FOLDERS = adapter_folders(ROOT)
# What the manifest of each adapter has to reach before it may go live.
ASKED = {folder.name: read_folder(folder).manifest.grade.level for folder in FOLDERS}


def test_every_adapter_folder_is_loaded() -> None:
    assert sorted(load_adapters(ROOT).adapters) == [folder.name for folder in FOLDERS]


@pytest.mark.parametrize("clause", list(clauses()))
@pytest.mark.parametrize("folder", FOLDERS, ids=lambda folder: folder.name)
def test_adapter(folder: Path, clause: str) -> None:
    found = check_folder(folder, clause)
    if GRADES.index(found.grade) <= GRADES.index(ASKED[folder.name]):
        assert found.standing != "broken", "\n".join(found.reasons)
    else:
        assert found.grade == grade_of(clause)


def test_a_report_says_what_is_reached() -> None:
    report = examine_folder(ROOT / "acute")
    assert isinstance(report, Report)
    assert report.reached in GRADES
    assert [one for one in report.checked if not isinstance(one, Checked) or not one.says] == []
