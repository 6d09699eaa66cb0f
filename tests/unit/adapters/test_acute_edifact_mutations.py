"""Damaged EDIFACT reports: a result or a refusal, valid records, and no word of the patient in an issue."""

from __future__ import annotations

import random

from carehub.terms.errors import Rejected
from unit.adapters.acute_messages import message, module
from unit.adapters.edifact_messages import (
    FERRITIN,
    GROUP,
    PLACE,
    interchange,
    report,
    valid,
)


def test_damaged_reports_map_to_valid_records_or_are_refused_and_no_issue_names_anybody() -> None:
    dice = random.Random(20261122)
    body = interchange(report(*GROUP, *FERRITIN), report(number="2", place=PLACE[:1]))
    edifact = module("edifact")
    bits = [
        b"'",
        b"+",
        b":",
        b"?",
        b"::::::",
        b"S16+16'",
        b"PNA+PAT'",
        b"INV+MQ'",
        b"RSL+NV+1:9'",
        b"RFF+ASL:1'",
        b"NAD+PO+'",
        b"\xff",
        b"\x00",
        b"-1",
        b"",
    ]
    accepted = 0
    for _ in range(1500):
        damaged = body
        for _ in range(dice.randint(1, 6)):
            at = dice.randrange(len(damaged) + 1)
            damaged = damaged[:at] + dice.choice(bits) + damaged[at + dice.choice((0, 0, 1, 3, 20)) :]
        for part in edifact.split(damaged):
            try:
                result = edifact.map_message(message(part))
            except Rejected as refusal:
                issues = refusal.issues
            else:
                accepted += 1
                valid(result)
                issues = result.issues
            places = " ".join(issue.at for issue in issues)
            assert not any(word in places for word in ("OKAFOR", "ADA", "9993000019", "NV40017", "EXAMPLE", "19441103"))
    assert accepted > 300
