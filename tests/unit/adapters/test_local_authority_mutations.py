"""Damaged rows and plans: 10,000 seeded mutations give valid records or a refusal, and no word of the person's in an issue."""

from __future__ import annotations

import random
import re

import pytest

from carehub.fhir.gate import check
from carehub.fhir.models import explain
from carehub.fhir.ukcore import must_haves
from carehub.terms.errors import Rejected
from unit.adapters.council_rows import ADAPTER, FOLDER, told

CASES = sorted((FOLDER / "cases").glob("*/message.*"))
_PLACE = re.compile(r"(?:column \d+|row|header|[a-z]+(?:\[\d+\])?(?:\.[a-z]+)?|line \d+|[A-Z][A-Za-z0-9_]*|)\Z")
_BITS = [
    b",",
    b'"',
    b"\r\n",
    b"\x00",
    b"\xff",
    b"99/99/9999",
    b"-",
    b"{",
    b"}",
    b"[",
    b"null",
    b"\xe2\x80\x8b",
    b"9" * 40,
    b"\t",
    b"\\u0000",
    b"",
]


def mutated(dice: random.Random, body: bytes) -> bytes:
    out = bytearray(body)
    for _ in range(dice.randint(1, 5)):
        place = dice.randrange(len(out) + 1)
        match dice.randrange(4):
            case 0:
                out[place : place + dice.randint(1, 12)] = dice.choice(_BITS)
            case 1:
                out[place:place] = dice.choice(_BITS)
            case 2:
                cells = bytes(out).split(b",")
                cells[dice.randrange(len(cells))] = dice.choice(cells)
                out = bytearray(b",".join(cells))
            case _:
                out[place : place + 1] = bytes([dice.randrange(256)])
    return bytes(out)


def faults_of(body: bytes, feed: str, *, thorough: bool) -> list[str]:
    """Everything wrong with what became of these bytes; "refused" is not wrong."""
    try:
        result = told(body, feed)
    except Rejected as refusal:
        issues, records = refusal.issues, ()
    else:
        issues, records = result.issues, result.records
    found = [f"a place that is no place: {i.at}" for i in issues if not _PLACE.match(i.at)]
    for record in records:
        if record.change == "withdrawn":
            continue
        resource = ADAPTER.revise({}, record.resource, record.clears) if record.change == "update" else record.resource
        wrong = check(resource) or must_haves(resource) or (explain(resource) if thorough else ())
        found += [f"{record.ref.type}: {i.number} at {i.at}" for i in wrong]
    return found


@pytest.mark.parametrize("seed", range(20))
def test_damaged_messages_map_to_valid_records_or_are_refused(seed: int) -> None:
    dice = random.Random(seed)
    for number in range(500):
        case = dice.choice(CASES)
        feed = "support-plans" if (case.parent / "feed.txt").exists() else "client-level-data"
        body = mutated(dice, case.read_bytes())
        assert faults_of(body, feed, thorough=number % 100 == 0) == [], f"seed {seed}, number {number}: {case.parent.name}"


@pytest.mark.parametrize("seed", range(5))
def test_damaged_files_are_split_and_every_part_is_answered(seed: int) -> None:
    dice = random.Random(1000 + seed)
    tables = [case for case in CASES if case.suffix == ".csv"]
    for _ in range(100):
        body = mutated(dice, dice.choice(tables).read_bytes())
        try:
            found = list(ADAPTER.split(body))
        except Rejected:
            continue
        assert [fault for part in found for fault in faults_of(part, "client-level-data", thorough=False)] == []
