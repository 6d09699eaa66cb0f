"""Damaged messages: 10,000 seeded mutations of the cases give a result or a refusal, valid records, and no word of the patient's in an issue."""

from __future__ import annotations

import random
import re

import pytest

from carehub.feeds.mapped import Mapped
from carehub.fhir.canonical import stable
from carehub.fhir.gate import check
from carehub.fhir.models import explain
from carehub.fhir.resource import Resource
from carehub.fhir.ukcore import must_haves
from carehub.terms.errors import Rejected
from carehub.terms.moments import instant
from unit.adapters.acute_messages import ADAPTER, REPOSITORY, SAMPLES, fold, message

CASES = sorted((REPOSITORY / "adapters/acute/cases").glob("*/message.hl7"))
_PLACE = re.compile(r"(?:[A-Z][A-Z0-9]{2}(?:-\d{1,3}|\[\d{1,4}\](?:-\d)?)?|line\[\d{1,4}\]|)\Z")
_REFERENCE = re.compile(rb'"reference":"([^"]+)"')
_BITS = [
    b"|",
    b"^",
    b"~",
    b"\\",
    b"&",
    b"\r",
    b"\n",
    b'""',
    b"\x00",
    b"\xff",
    b"\xc3\xa9",
    b"0",
    b"9",
    b"-",
    b"<",
    b"OBX|",
    b"\rPID|1||",
    b"\rNTE|1||x",
    b"|||||||",
]


def _mutated(dice: random.Random, body: bytes) -> bytes:
    lines = re.split(rb"[\r\n]+", body)
    for _ in range(dice.randint(1, 6)):
        kind, n = dice.randrange(7), dice.randrange(len(lines))
        if kind == 0:
            lines[n] = b""
        elif kind == 1:
            lines.insert(n, lines[dice.randrange(len(lines))])
        elif kind == 2:
            other = dice.randrange(len(lines))
            lines[n], lines[other] = lines[other], lines[n]
        else:
            place = dice.randint(0, len(lines[n]))
            lines[n] = lines[n][:place] + dice.choice(_BITS) * dice.randint(0, 3) + lines[n][place + dice.randint(0, 4) :]
    return b"\r".join(lines)


def _result(body: bytes) -> Mapped | Rejected:
    try:
        return ADAPTER.map_message(message(body))
    except Rejected as refused:
        return refused


def _held_together(told: Mapped) -> None:
    known = {record.ref.reference.encode() for record in told.records}
    assert len(known) == len(told.records)
    for record in told.records:
        assert set(_REFERENCE.findall(stable(record.resource))) <= known


def _no_end_before_its_start(resource: Resource) -> None:
    for period in (resource.get("period", {}), *(place.get("period", {}) for place in resource.get("location", ()))):
        start, end = instant(period.get("start", "")), instant(period.get("end", ""))
        assert not (start and end) or start <= end


@pytest.mark.parametrize("seed", range(20261122, 20261127))
def test_two_thousand_mutations(seed: int) -> None:
    dice = random.Random(seed)
    bodies = [path.read_bytes() for path in CASES]
    mapped = 0
    for _ in range(2000):
        body = _mutated(dice, dice.choice(bodies))
        told = _result(body)
        assert all(_PLACE.match(found.at) for found in told.issues)
        if isinstance(told, Rejected):
            continue
        mapped += 1
        _held_together(told)
        for resource in fold([told]).values():
            assert check(resource) == ()
            assert must_haves(resource) == ()
            _no_end_before_its_start(resource)
        if mapped % 100 == 0:
            assert [found for resource in fold([told]).values() for found in explain(resource)] == []
    assert mapped > 700


def test_every_case_is_cut_anywhere_without_harm() -> None:
    for path in CASES:
        body = path.read_bytes()
        for end in range(0, len(body), 23):
            told = _result(body[:end])
            assert isinstance(told, Rejected) or told.records
            if isinstance(told, Mapped):
                _held_together(told)


def _published(*folders: str) -> list[bytes]:
    files = [path for folder in folders for path in sorted((SAMPLES / folder).glob("**/*")) if path.suffix in (".hl7", ".out")]
    return [part for path in files for part in ADAPTER.split(path.read_bytes())]


@pytest.mark.real_feeds
def test_every_published_message_is_accounted_for_and_every_record_is_valid() -> None:
    if not SAMPLES.is_dir():
        pytest.skip("the published sample feeds are not beside the project")
    accepted: list[Mapped] = []
    refused: dict[str, int] = {}
    for body in _published("feeds/acute/google+simhospital", "feeds/acute/microsoft+FHIR-Converter"):
        told = _result(body)
        if isinstance(told, Rejected):
            refused[str(told)] = refused.get(str(told), 0) + 1
        else:
            accepted.append(told)
    assert refused == {"MAP-003 at MSH-9": 4, "MAP-002 at MRG[1]-1": 1, "MAP-013 at PID[2]": 1}
    assert len(accepted) == 752
    for told in accepted:
        _held_together(told)
        assert not [found for found in told.issues if found.severity == "error"]
    records = fold(accepted)
    assert [found for resource in records.values() for found in (*check(resource), *must_haves(resource))] == []
    for reference, resource in list(records.items())[::7]:
        assert explain(resource) == (), reference


@pytest.mark.real_feeds
def test_the_simulated_hospital_comes_out_whole() -> None:
    """687 messages about 269 patients: every OBX is a result, every OBR a report; 268 visits by number and 39 by time; one merge."""
    if not SAMPLES.is_dir():
        pytest.skip("the published sample feeds are not beside the project")
    told = [ADAPTER.map_message(message(body)) for body in _published("feeds/acute/google+simhospital")]
    counts: dict[str, int] = {}
    for resource in fold(told).values():
        counts[resource["resourceType"]] = counts.get(resource["resourceType"], 0) + 1
    assert (counts["Observation"], counts["DiagnosticReport"], counts["Encounter"]) == (2248, 418, 268 + 39)
    assert counts["Patient"] == 269
    assert sum(len(each.merges) for each in told) == 1
