"""Damaged submissions: seeded mutations of the cases of each format give a result or a refusal, valid records, and no word of the patient's in an
issue."""

from __future__ import annotations

import json
import random
import re
from collections.abc import Callable

import pytest

from carehub.feeds.mapped import Mapped
from carehub.fhir.canonical import stable
from carehub.fhir.gate import check
from carehub.fhir.models import explain
from carehub.fhir.ukcore import must_haves
from carehub.terms import nhs_number
from carehub.terms.errors import Rejected
from unit.adapters.community_messages import ADAPTER, CASES, TABLES, month_xml, month_zip, result

ROUNDS = 10000
_PLACE = re.compile(r"[A-Za-z0-9_.\[\]() -]{0,90}\Z")
_REFERENCE = re.compile(rb'"reference":"([^"]+)"')
_BITS = [
    b"|",
    b'"',
    b"<",
    b">",
    b"&",
    b"/>",
    b"\r\n",
    b"\n",
    b"\x00",
    b"\xff",
    b"\xc3\xa9",
    b"0",
    b"9",
    b"-",
    b"{",
    b"}",
    b"[",
    b"null",
    b"true",
]
_BITS += [b"2026", b"T25:61", b"<id value='x'/>", b'"":', b"urn:uuid:", b"\\", b"'", b"1e400", b" ", b"<p>", b"CYP101", b"NaN"]

Maker = Callable[[random.Random], tuple[bytes, str]]


def _bodies(feed: str, suffix: str) -> list[bytes]:
    found = [
        path.read_bytes() for path in sorted(CASES.glob(f"*/message.{suffix}")) if (path.parent / "feed.txt").read_text().strip() == feed
    ]
    assert found
    return found


def _damaged(dice: random.Random, body: bytes) -> bytes:
    for _ in range(dice.randint(1, 5)):
        place, kind = dice.randint(0, len(body)), dice.randrange(5)
        if kind == 0:
            body = body[:place] + body[place + dice.randint(1, 40) :]
        elif kind == 1:
            other = dice.randint(0, len(body))
            body = body[:place] + body[other : other + dice.randint(1, 120)] + body[place:]
        elif kind == 2 and b'"' in body:
            body = _another_value(dice, body)
        else:
            body = body[:place] + dice.choice(_BITS) * dice.randint(1, 2) + body[place + dice.randint(0, 3) :]
    return body


def _another_value(dice: random.Random, body: bytes) -> bytes:
    """One quoted value for another, so that the format stays whole and only the meaning is odd."""
    quoted = list(re.finditer(rb'"([^"\n]{0,60})"', body))
    if len(quoted) < 2:
        return body
    into, of = dice.choice(quoted), dice.choice(quoted)
    return body[: into.start(1)] + of[1] + body[into.end(1) :]


def _safe(told: Mapped | Rejected, thorough: bool) -> None:
    assert all(_PLACE.match(found.at) for found in told.issues), [found.at for found in told.issues]
    if isinstance(told, Rejected):
        assert told.issues
        return
    known = {record.ref.reference.encode() for record in told.records}
    assert len(known) == len(told.records)
    for record in told.records:
        if record.change == "withdrawn":
            continue
        resource = ADAPTER.revise({}, record.resource, record.clears) if record.change == "update" else record.resource
        assert check(resource) == (), (record.ref.type, check(resource))
        assert must_haves(resource) == ()
        assert set(_REFERENCE.findall(stable(resource))) <= known
        for held in resource.get("identifier", ()) if record.ref.type == "Patient" else ():
            assert held.get("system") != nhs_number.SYSTEM or nhs_number.valid(held["value"]) == held["value"]
        if thorough:
            assert explain(resource) == ()


@pytest.mark.parametrize(
    ("feed", "suffix"),
    [("vaccinations", "csv"), ("vaccinations", "json"), ("csds", "json"), ("end-of-life", "xml"), ("end-of-life", "json")],
)
def test_damaged_messages(feed: str, suffix: str) -> None:
    dice = random.Random(f"{feed} {suffix} 20261122")
    bodies = _bodies(feed, suffix)
    mapped = 0
    for n in range(ROUNDS):
        told = result(_damaged(dice, dice.choice(bodies)), feed)
        mapped += isinstance(told, Mapped)
        _safe(told, n % 40 == 0)
    assert mapped > ROUNDS // 50


@pytest.mark.parametrize(("feed", "make"), [("csds", month_xml), ("csds", month_zip)])
def test_damaged_submissions(feed: str, make: Callable[[dict[str, list[dict[str, str]]]], bytes]) -> None:
    dice = random.Random(f"{make.__name__} 20261122")
    whole, split = make(TABLES), 0
    for _ in range(ROUNDS // 3):
        try:
            parts = list(ADAPTER.split(_damaged(dice, whole)))
        except Rejected:
            continue
        assert parts
        split += 1
        for part in parts:
            _safe(result(part, feed), False)
    assert split > 5


def test_a_message_of_another_feed_is_refused_or_told_and_never_crashes() -> None:
    for path in sorted(CASES.glob("*/message.*")):
        for feed in ("vaccinations", "csds", "end-of-life", "unknown"):
            _safe(result(path.read_bytes(), feed), False)


@pytest.mark.parametrize("value", [1, 1.5, None, [], {}, True, "x", ["a"], {"a": {"b": []}}])
def test_json_of_any_shape_is_refused_or_told(value: object) -> None:
    for feed in ("vaccinations", "csds", "end-of-life"):
        for key in ("carehub", "row", "links", "submission", "closes", "entry", "resourceType", "contained"):
            body = {"carehub": "csds row", "resourceType": "Bundle", "type": "document", "CYP001MPI": {"LocalPatientId": "1"}, "links": {}}
            _safe(result(json.dumps({**body, key: value}).encode(), feed), False)
            _safe(result(json.dumps({"carehub": "end of submission", "submission": {"provider": "X99"}, key: value}).encode(), feed), False)
