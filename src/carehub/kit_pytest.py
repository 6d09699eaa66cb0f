"""The contract as one line of pytest, for an adapter that lives in a repository of its own:

from carehub.kit_pytest import contract

test_contract = contract("path/to/hospice")
"""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

from carehub.kit.cases import read_folder
from carehub.kit.grading import GRADES, clauses, grade_of
from carehub.wiring.examining import check_folder


def contract(folder: str | Path, *, grade: str = "") -> Callable[[str], None]:
    """A test function with one run for each clause up to `grade`, by default the grade that the adapter's manifest claims.

    A clause that is exempt with a reason is passed over with that reason. A relative path counts from where pytest runs.
    """
    path = Path(folder)
    asked = grade or read_folder(path).manifest.grade.level
    names = [name for name in clauses() if GRADES.index(grade_of(name)) <= GRADES.index(asked)]

    @pytest.mark.parametrize("clause", names)
    def test_contract(clause: str) -> None:
        found = check_folder(path, clause)
        if found.standing == "exempt":
            pytest.skip(f"exempt: {found.reasons[0]}")
        assert "\n".join(found.reasons) == ""

    return test_contract
