"""How big the fault tests are: CAREHUB_TEST_FAULTS is nothing for every run, `large`, or `release` (`make faults-release`)."""

from __future__ import annotations

import os
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Size:
    """people: four messages each. kills: how often a fault strikes in one test. together: submissions at once."""

    people: int
    kills: int
    together: int


NAMED = os.environ.get("CAREHUB_TEST_FAULTS", "")
RELEASE = NAMED == "release"
LARGE = NAMED in ("large", "release")
_USUAL = Size(400, 40, 200) if LARGE else Size(12, 3, 50)
# Where a release asks for more than `large` does.
_RELEASE = {
    "R-01": Size(5000, 200, 200),
    "R-02": Size(400, 200, 200),
    "R-03": Size(400, 20, 200),
    "R-04": Size(400, 30, 200),
    "R-07": Size(2250, 20, 200),
}


def size(row: str) -> Size:
    """Of the tests of one row of docs/faults.md."""
    return _RELEASE.get(row, _USUAL) if RELEASE else _USUAL
