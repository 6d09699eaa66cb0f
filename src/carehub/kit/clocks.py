"""Clauses about time: London's clock in summer, the October hour that comes twice, the March hour that never comes, late and repeated delivery."""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Iterator
from copy import deepcopy
from itertools import combinations
from typing import Any

from carehub.feeds.adapter import Adapter
from carehub.feeds.mapped import Mapped, MappedRecord
from carehub.fhir.canonical import content_hash
from carehub.fhir.gate import check
from carehub.fhir.resource import Resource
from carehub.kit.cases import AdapterFolder, Case, again
from carehub.kit.results import Clause, FolderClause, accepted, accepted_cases, crash
from carehub.terms.refs import RecordRef

_DAY = r"(?:19|20)\d\d(?:0[1-9]|1[0-2])(?:0[1-9]|[12]\d|3[01])"
_TIME = r"(?:[01]\d|2[0-3])[0-5]\d(?:[0-5]\d)?"
# Local times, without an offset: compact (HL7 v2), ISO, and as people in England write them.
_COMPACT = re.compile(rf"(?<![\d.+-]){_DAY}({_TIME})(?![\d.+Z-])")
_ISO = re.compile(r"(?<![\d-])(?:19|20)\d\d-\d\d-\d\d([T ])\d\d:\d\d(:\d\d)?(?![\d:.Z+-])")
_ENGLISH = re.compile(r"(?<![\d/])\d\d/\d\d/(?:19|20)\d\d \d\d:\d\d(:\d\d)?(?![\d:])")

# The hour that comes twice, the hour that never comes, and noon in summer.
OCTOBER, MARCH, SUMMER = "2026-10-25T01:30:00", "2026-03-29T01:30:00", "2026-07-01T12:00:00"


def clock_changes_are_safe(adapter: Adapter, case: Case) -> Iterator[str]:
    """With every local time in the repeated October hour, or in the missing March hour, a message maps to valid R4 or is Rejected."""
    for moment in (OCTOBER, MARCH):
        moved = again(case, at_local_time(case.message.body, moment))
        if found := crash(adapter, moved):
            yield f"at {moment} in London: {found}"
        elif mapped := accepted(adapter, moved):
            for record in (record for record in mapped.records if record.change == "snapshot"):
                yield from (f"at {moment} in London: {record.ref.type} {i.number} at {i.at}" for i in check(record.resource))


def summer_time(adapter: Adapter, case: Case) -> Iterator[str]:
    """A local time without an offset is London's: noon in July is not noon in Greenwich."""
    body = at_local_time(case.message.body, SUMMER)
    mapped = accepted(adapter, again(case, body)) if body != case.message.body else None
    if mapped:
        wrong = re.compile(rf"{SUMMER}(?:\.0+)?(?:Z|\+00:00)")
        if wrong.fullmatch(mapped.recorded):
            yield "recorded takes a local time for Greenwich time"
        for record in mapped.records:
            if any(wrong.fullmatch(text) for text in _texts(record.resource)):
                yield f"{record.ref.type} {record.at}: a local time is taken for Greenwich time"


def at_local_time(body: bytes, moment: str) -> bytes:
    """The message with every local date and time replaced by one (ISO, to the second), each in the form and at the precision it came with."""
    day, time = moment.split("T")
    compact, english = moment.replace("-", "").replace(":", "").replace("T", ""), "/".join(reversed(day.split("-")))
    text = body.decode("utf-8", "surrogateescape")
    text = _COMPACT.sub(lambda found: compact[: 8 + len(found[1])], text)
    text = _ISO.sub(lambda found: f"{day}{found[1]}{time if found[2] else time[:5]}", text)
    text = _ENGLISH.sub(lambda found: f"{english} {time if found[1] else time[:5]}", text)
    return text.encode("utf-8", "surrogateescape")


def twice_is_once(adapter: Adapter, folder: AdapterFolder) -> Iterator[str]:
    """A message delivered twice is as good as once, whatever other cases told of its records before; nothing that is laid over changes."""
    cases = accepted_cases(adapter, folder)
    states = _states(adapter, cases)
    for case, mapped in cases:
        for record in (record for record in mapped.records if record.change == "update"):
            # What a telling takes away it takes away once: the hub lays the same words twice in a row as one.
            earlier = [] if record.clears else states[record.ref]
            if wrong := next((found for state in ({}, *earlier) if (found := _laid_twice(adapter, record, state))), ""):
                yield f"cases/{case.slug}: {record.ref.type} {record.at}: {wrong}"


def _laid_twice(adapter: Adapter, record: MappedRecord, state: Resource) -> str:
    before, update = deepcopy(state), deepcopy(record.resource)
    once = adapter.revise(before, update, record.clears)
    kept = deepcopy(once)
    twice = adapter.revise(once, update, record.clears)
    if before != state or update != record.resource or once != kept:
        return "revise changes what it is given"
    return "" if twice == once else "the same update twice is not the same as once"


def _states(adapter: Adapter, cases: list[tuple[Case, Mapped]]) -> dict[RecordRef, list[Resource]]:
    """What each record was, one state after the other, as the cases told it in the source's order."""
    states: dict[RecordRef, list[Resource]] = defaultdict(list)
    for _, mapped in sorted(cases, key=lambda pair: (pair[1].recorded, pair[1].sequence)):
        for record in (record for record in mapped.records if record.change != "withdrawn"):
            told = states[record.ref]
            said = deepcopy(record.resource)
            after = said if record.change == "snapshot" else adapter.revise(deepcopy(told[-1]) if told else {}, said, record.clears)
            if after not in told:
                told.append(after)
    return states


def late_is_told_from_early(adapter: Adapter, folder: AdapterFolder) -> Iterator[str]:
    """Messages that tell one record differently say which is the later one, by `recorded` or then by `sequence`: arrival must not decide."""
    unordered: list[str] = []
    for (one, first), (other, second) in combinations(accepted_cases(adapter, folder), 2):
        told = {record.ref: _content(record) for record in first.records}
        differ = sorted({record.ref.type for record in second.records if told.get(record.ref, "") not in ("", _content(record))})
        if differ and _in_order(first, second):
            return  # shown once; other cases may be variants of one message, at one time
        if differ:
            unordered.append(f"{one.slug} and {other.slug} tell {', '.join(differ)} differently, and nothing says which is later")
    yield from unordered[:3]


def _content(record: Any) -> str:
    return content_hash([record.resource, record.change, record.clears])


def _in_order(first: Mapped, second: Mapped) -> bool:
    return bool(first.recorded and second.recorded) and (first.recorded, first.sequence) != (second.recorded, second.sequence)


def _texts(value: Any) -> Iterator[str]:
    waiting: list[Any] = [value]
    while waiting:
        part = waiting.pop()
        if isinstance(part, dict):
            waiting.extend(part.values())
        elif isinstance(part, list):
            waiting.extend(part)
        elif isinstance(part, str):
            yield part


CLAUSES: tuple[Clause, ...] = (clock_changes_are_safe, summer_time)
FOLDER_CLAUSES: tuple[FolderClause, ...] = (late_is_told_from_early, twice_is_once)
