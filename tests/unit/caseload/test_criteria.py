"""The file of criteria: what ships, what it may say, and that nothing in it goes unheeded."""

from __future__ import annotations

from pathlib import Path

import pytest

from carehub.caseload.criteria import BadCriteria, Threshold, read, shipped
from carehub.caseload.evidence import ADMITTED, FRAIL, PACKAGE
from carehub.wiring.caseload_criteria import load_criteria

GOOD = 'version = "x"\n[severe_frailty]\n'


def test_what_ships_is_two_admissions_in_a_year_frailty_and_a_package_changed_in_ninety_days() -> None:
    assert shipped().rules == {ADMITTED: Threshold(2, 365), FRAIL: Threshold(1, 0), PACKAGE: Threshold(1, 90)}
    assert shipped().sentences() == (
        "At least 2 unplanned admissions in the last 365 days",
        "Severe frailty is coded",
        "A service arranged by social care began or ended in the last 90 days",
    )


@pytest.mark.parametrize(
    ("text", "complaint"),
    [
        ("version = ", "not TOML"),
        ("[severe_frailty]\n", "version"),
        ('version = " "\n[severe_frailty]\n', "version"),
        ("version = 3\n[severe_frailty]\n", "version"),
        ('version = "x"\n', "no rule"),
        (GOOD + "score = 9\n", "score is not read by anything"),
        (GOOD + "[ward]\n", "ward is none of"),
        ('version = "x"\nsevere_frailty = 1\n', "must be a table"),
        (GOOD + "[unplanned_admissions]\nat_least = 2\n", "within_days is missing"),
        (GOOD + "[unplanned_admissions]\nat_least = 0\nwithin_days = 9\n", "at_least must be a whole number"),
        (GOOD + "[unplanned_admissions]\nat_least = 2.0\nwithin_days = 9\n", "at_least must be a whole number"),
        (GOOD + "[care_package_changed]\nwithin_days = true\n", "within_days must be a whole number"),
        (GOOD + "[care_package_changed]\nwithin_days = 3661\n", "within_days must be a whole number"),
    ],
)
def test_a_file_that_cannot_be_heeded_is_refused_by_name(text: str, complaint: str) -> None:
    with pytest.raises(BadCriteria, match=f"^site.toml: .*{complaint}|^site.toml: {complaint}"):
        read(text, where="site.toml")


def test_a_site_has_its_own_file_or_those_that_ship(tmp_path: Path) -> None:
    assert load_criteria(None) is shipped()
    path = tmp_path / "criteria.toml"
    path.write_text(GOOD, encoding="utf-8")
    assert load_criteria(path).version == "x"
    with pytest.raises(BadCriteria, match="cannot be read"):
        load_criteria(tmp_path / "nowhere.toml")
    path.write_bytes(b"\xff")
    with pytest.raises(BadCriteria, match="cannot be read"):
        load_criteria(path)
