"""Damaged discharge documents: seeded mutations give a result or a refusal, valid records, and no word of the patient's in an issue."""

from __future__ import annotations

import random
import re

import pytest

from carehub.feeds.mapped import Mapped
from carehub.fhir.canonical import stable
from carehub.fhir.gate import check
from carehub.fhir.models import explain
from carehub.fhir.ukcore import must_haves
from carehub.terms import nhs_number
from carehub.terms.errors import Rejected
from unit.adapters.acute_messages import fold
from unit.adapters.itk3_documents import (
    PATIENT,
    SAMPLES,
    as_json,
    as_xml,
    concept,
    document,
    entry,
    in_message,
    ref,
    result,
    section,
    sections,
)

ROUNDS = 5000
_PLACE = re.compile(r"[A-Za-z0-9_.\[\]() -]{0,120}\Z")
_REFERENCE = re.compile(rb'"reference":"([^"]+)"')
_BITS = [
    b'"',
    b"<",
    b">",
    b"&",
    b"/>",
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
    b"\\",
    b"'",
]
_BITS += [b"2026", b"T25:61", b"<id value='x'/>", b'"":', b"urn:uuid:", b"1e400", b" ", b"<p>", b"NaN", b"<entry>", b'{"value":', b"#"]
_SECRETS = ("Tindall", "9990001014", "999 000 1014", "Ruth")


def _bodies(form: str) -> list[bytes]:
    more = [
        entry(52, "Task", status="requested", intent="order", description="Remove sutures", for_=ref(PATIENT)),
        entry(
            53,
            "Observation",
            status="final",
            code=concept("26604007", "Full blood count"),
            subject=ref(PATIENT),
            valueQuantity={"value": 3},
        ),
    ]
    nested = section("Social context", "887051000000101", "<p>Lives alone</p>", section=[section("More", "886961000000102", "<p>x</p>")])
    replaced = [{"code": "replaces", "targetIdentifier": {"value": "earlier"}}]
    built = [document(), document(add=more, sections=[*sections(), nested]), in_message(document(relatesTo=replaced, confidentiality="R"))]
    return [as_xml(one) if form == "xml" else as_json(one) for one in built]


def _damaged(dice: random.Random, body: bytes) -> bytes:
    for _ in range(dice.randint(1, 4)):
        place, kind = dice.randint(0, len(body)), dice.randrange(8)
        if kind == 0:
            body = body[:place] + body[place + dice.randint(1, 40) :]
        elif kind == 1:
            body = body[:place] + dice.choice(_BITS) * dice.randint(1, 2) + body[place + dice.randint(0, 3) :]
        elif kind < 5:
            body = _another(dice, body, rb'"([^"\n<>]{0,60})"')
        elif kind < 7:
            body = _another(dice, body, rb"</?([A-Za-z]{2,30})[ >/]") if body[:1] == b"<" else _another(dice, body, rb'"([a-zA-Z]{2,30})":')
        else:
            body = _less(dice, body)
    return body


def _another(dice: random.Random, body: bytes, pattern: bytes) -> bytes:
    """One value or name for another, so that the format mostly stays whole and only the meaning is odd."""
    found = list(re.finditer(pattern, body))
    if len(found) < 2:
        return body
    into, of = dice.choice(found), dice.choice(found)
    return body[: into.start(1)] + of[1] + body[into.end(1) :]


def _less(dice: random.Random, body: bytes) -> bytes:
    """One whole line gone: in XML mostly one element."""
    lines = body.split(b"\n")
    del lines[dice.randrange(len(lines))]
    return b"\n".join(lines)


def _safe(told: Mapped | Rejected, *, thorough: bool) -> None:
    for found in told.issues:
        assert _PLACE.match(found.at), found.at
        assert not any(secret in f"{found.at} {found.about}" for secret in _SECRETS), found
    if isinstance(told, Rejected):
        assert told.issues
        return
    known = {record.ref.reference.encode() for record in told.records}
    assert len(known) == len(told.records)
    assert told.patient is not None
    states = fold([told])
    for record in told.records:
        assert (record.ref.source, record.ref.patient) == (told.source.code, told.patient.patient)
        if record.change == "withdrawn":
            continue
        resource = states[record.ref.reference]
        assert check(resource) == (), (record.ref.type, check(resource))
        assert must_haves(resource) == (), record.ref.type
        assert set(_REFERENCE.findall(stable(record.resource))) <= known
        for held in resource.get("identifier", ()) if record.ref.type == "Patient" else ():
            assert held.get("system") != nhs_number.SYSTEM or nhs_number.valid(held["value"]) == held["value"]
        if thorough:
            assert explain(resource) == ()


@pytest.mark.parametrize("form", ["xml", "json"])
def test_damaged_documents(form: str) -> None:
    dice = random.Random(f"itk3 {form} 20261122")
    bodies = _bodies(form)
    mapped = 0
    for n in range(ROUNDS):
        told = result(_damaged(dice, dice.choice(bodies)))
        mapped += isinstance(told, Mapped)
        _safe(told, thorough=n % 100 == 0)
    assert mapped > ROUNDS // 5


@pytest.mark.parametrize("form", ["xml", "json"])
def test_documents_cut_anywhere(form: str) -> None:
    for body in _bodies(form)[:1]:
        for end in range(0, len(body), 97):
            assert isinstance(result(body[:end]), Rejected)


FILES = sorted(SAMPLES.glob("nhsconnect*/**/*.xml"))


@pytest.mark.real_feeds
@pytest.mark.skipif(not FILES, reason="the published sample feeds are not beside the project")
def test_damaged_published_documents() -> None:
    dice = random.Random(20261123)
    bodies = [path.read_bytes() for path in FILES]
    for n in range(300):
        _safe(result(_damaged(dice, dice.choice(bodies))), thorough=n % 50 == 0)
