"""The sources panel: record in, lines out."""

from __future__ import annotations

from dataclasses import replace

from carehub.web.source_lines import source_lines
from doors.web import builders, records


def test_two_records_of_one_organisation_are_told_apart_by_their_feeds_and_one_alone_is_not() -> None:
    record = records.rich()
    first = next(state for state in record.source_states if state.title == "Elmfield Surgery")
    again = replace(first, report=builders.report(builders.GP, patient="Patient/2"), feeds=("Out of hours letters",))
    both = source_lines(replace(record, source_states=(*record.source_states, again)))
    told = {(line.one_of_several, line.feeds) for line in both if line.title == "Elmfield Surgery"}
    assert told == {(True, first.feeds), (True, ("Out of hours letters",))}
    assert not any(line.one_of_several for line in source_lines(record))
