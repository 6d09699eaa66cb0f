from __future__ import annotations

from dataclasses import replace
from decimal import Decimal

import pytest

from carehub.feeds.mapped import Mapped, MappedRecord, RecordMerge
from carehub.kit.golden import differences, text
from carehub.terms.errors import Unmappable
from carehub.terms.issue_catalogue import issue
from carehub.terms.organisations import SourceKind, SourceOrganisation
from carehub.terms.refs import RecordRef

PATIENT = RecordRef("X99001", "1", "Patient")


def _mapped(value: object) -> Mapped:
    record = MappedRecord(PATIENT, {"resourceType": "Patient", "id": PATIENT.id, "x": value})
    return Mapped(SourceOrganisation("X99001", "", SourceKind.GP), PATIENT, "plan", "", (record,))


def test_a_golden_text_is_readable_and_keeps_every_digit() -> None:
    written = text(_mapped(Decimal("1.50")))
    assert '"x": 1.50' in written
    assert written.endswith("}\n")
    assert differences(written, _mapped(Decimal("1.50"))) == []


def test_a_lost_digit_is_a_difference() -> None:
    assert differences(text(_mapped(Decimal("1.50"))), _mapped(Decimal("1.5"))) == ["records[0].resource.x: golden 1.50, now 1.5"]


def test_the_order_of_fields_is_not_a_difference_and_that_of_lists_is() -> None:
    assert differences(text(_mapped({"a": 1, "b": 2})), _mapped({"b": 2, "a": 1})) == []
    assert differences(text(_mapped([1, 2])), _mapped([2, 1])) == [
        "records[0].resource.x[0]: golden 1, now 2",
        "records[0].resource.x[1]: golden 2, now 1",
    ]


def test_what_went_and_what_came_is_named() -> None:
    assert differences(text(_mapped({"gone": None})), _mapped({"came": "here"})) == [
        "records[0].resource.x.gone: golden null, now nothing",
        'records[0].resource.x.came: golden nothing, now "here"',
    ]


def test_a_long_difference_is_cut_with_a_count() -> None:
    lines = differences(text(_mapped(list(range(50)))), _mapped(list(range(100, 150))))
    assert len(lines) == 21
    assert lines[-1] == "and 30 more"


def test_a_refusal_is_its_class_and_issues() -> None:
    refusal = Unmappable(issue("MAP-002", at="PID"))
    assert differences('{"rejected": "Unmappable", "issues": [{"number": "MAP-002", "at": "PID", "about": "", "count": 1}]}', refusal) == []
    assert differences('{"rejected": "Unreadable", "issues": []}', refusal) != []


def test_a_golden_text_that_is_not_json_is_refused() -> None:
    with pytest.raises(ValueError, match="truncated"):
        differences("{", _mapped(1))


def test_a_part_that_is_younger_than_the_golden_file_is_no_difference_until_it_says_something() -> None:
    older = text(_mapped(1)).replace(',\n  "closes": [],\n  "closes_submission": false', "").replace(',\n      "scope": ""', "")
    assert "closes" not in older
    assert "scope" not in older
    assert differences(older, _mapped(1)) == []
    assert differences(older, replace(_mapped(1), closes=("a",))) == ['closes[0]: golden nothing, now "a"']


def test_a_merge_in_an_older_golden_file_is_one_that_stands() -> None:
    merged = replace(_mapped(1), merges=(RecordMerge(PATIENT, PATIENT.of_type("Patient", "x")),))
    older = text(merged).replace(',\n      "undone": false', "")
    assert "undone" not in older
    assert differences(older, merged) == []
