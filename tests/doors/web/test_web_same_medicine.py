"""A brand beside its generic: next to each other, each in full, never folded and never said to be the same."""

from __future__ import annotations

from dataclasses import replace

from carehub.terms.codes import SNOMED
from carehub.web.rows import in_order
from carehub.web.same_medicine import LABEL
from doors.web.builders import GP, HOSPITAL, entry, said


def _told(title: str, *, by=GP, code: str = "", **more):
    codes = (f"{SNOMED}|{code}",) if code else ()
    return replace(entry("medicines", title, by=(said(by, f"MedicationStatement/{title}"),), **more), codes=codes)


def _also(entry) -> str:
    return next((fact.value for fact in entry.facts if fact.label == LABEL), "")


def test_a_brand_stands_beside_its_generic_where_both_bear_a_code_and_both_say_so_in_full() -> None:
    rows = in_order(
        "medicines",
        [_told("Nifedipine 30 mg tablets", by=HOSPITAL, code="1"), _told("Bisoprolol 2.5 mg tablets"), _told("Adalat LA 30 mg", code="1")],
    )
    assert [row.title for row in rows] == ["Adalat LA 30 mg", "Nifedipine 30 mg tablets", "Bisoprolol 2.5 mg tablets"]
    assert _also(rows[0]).startswith("Nifedipine 30 mg tablets. It may be the same medicine")
    assert _also(rows[1]).startswith("Adalat LA 30 mg. It may be the same medicine")
    assert _also(rows[2]) == ""


def test_a_brand_whose_words_hold_the_generic_stands_beside_it_and_another_medicine_does_not() -> None:
    rows = in_order(
        "medicines", [_told("Nifedipine 30 mg"), _told("Adalat (nifedipine) 30 mg"), _told("Amlodipine 5 mg"), _told("Codeine 30 mg")]
    )
    assert [row.title for row in rows] == ["Adalat (nifedipine) 30 mg", "Nifedipine 30 mg", "Amlodipine 5 mg", "Codeine 30 mg"]
    assert [bool(_also(row)) for row in rows] == [True, True, False, False]


def test_what_a_source_restricted_or_what_is_past_is_not_named_beside_what_is_current() -> None:
    rows = in_order(
        "medicines",
        [_told("Nifedipine 30 mg"), _told("Adalat nifedipine", labels=("R",)), _told("Coracten nifedipine", active=False)],
    )
    assert _also(next(row for row in rows if row.title == "Nifedipine 30 mg")) == ""
    assert len(rows) == 3
