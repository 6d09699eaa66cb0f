"""What hospital messages list is held against what came out: nothing is lost without an issue that says so."""

from __future__ import annotations

from collections import Counter

import pytest

from carehub.feeds.mapped import Mapped
from carehub.kit.cases import read_folder
from carehub.kit.reconciling import counts_reconcile
from carehub.terms.errors import Rejected
from unit.adapters.acute_messages import ADAPTER, REPOSITORY, SAMPLES, WHO, header, mapped, message, module

# Issues that say an entry is not among the records.
_LOST = {"MAP-004", "MAP-005", "MAP-015", "MAP-016"}
COUNTS = module("counting").counts


def _missing(body: bytes, told: Mapped) -> dict[str, int]:
    """Type to how many were counted and neither came out nor are told as lost; negative where more came out."""
    out = Counter(record.ref.type for record in told.records)
    for found in told.issues:
        if found.number in _LOST:
            out[found.about] += found.count
    return {kind: number - out[kind] for kind, number in COUNTS(message(body)).items() if number != out[kind]}


@pytest.mark.parametrize(
    ("kind", "segments", "expected"),
    [
        ("ADT^A01", ["NK1|1|Okafor^Ben|SPO", "NK1|2|Okafor^Ngozi|CHD", "AL1|1|DA|^Penicillin"], {"RelatedPerson": 2, "AllergyIntolerance": 1}),
        ("ADT^A01", ["PV1|1|I|||||||||||||||||V1", "DG1|1||^Fall", "PR1|1||^Stitches"], {"Condition": 1, "Procedure": 1}),
        ("ADT^A23", ["PV1|1|I|||||||||||||||||V1", "DG1|1||^Fall", "PR1|1||^Stitches"], {}),
        ("ORU^R01", ["OBR|1||F1|A", "OBX|1|TX|B||one", "OBX|2|TX|B||two", "OBX|3|NM|C||3"], {"DiagnosticReport": 1, "Observation": 2}),
        ("ORU^R01", ["OBR|1||F1|A", "OBX|1|NM|B||1", "OBX|2|NM|B||2"], {"DiagnosticReport": 1, "Observation": 2}),
        ("MDM^T02", ["TXA|1|DS|TX|20261122||||||||D1", "OBX|1|TX|B||one"], {"DocumentReference": 1}),
        ("SIU^S12", ["SCH|P1|F1", "AIL|1||^Clinic"], {"Appointment": 1}),
    ],
)  # fmt: skip
def test_what_a_message_lists(kind: str, segments: list[str], expected: dict[str, int]) -> None:
    body = "\r".join((header(kind), WHO, *segments)).encode()
    assert COUNTS(message(body)) == expected
    assert _missing(body, mapped(*body.decode().split("\r"))) == {}


def test_a_record_that_does_not_come_out_is_noticed() -> None:
    body = "\r".join((header("ORU^R01"), WHO, "OBR|1||F1|A", "OBX|1|NM|B||1", "OBX|2|NM|C||2")).encode()
    less = mapped(*body.decode().split("\r")[:-1])
    assert _missing(body, less) == {"Observation": 1}


def test_every_case_of_every_feed_comes_out_as_counted() -> None:
    folder = read_folder(REPOSITORY / "adapters" / "acute")
    assert list(counts_reconcile(ADAPTER, folder)) == []
    told = {case.message.feed for case in folder.cases if not case.rejected and ADAPTER.counts and ADAPTER.counts(case.message)}
    assert told == {"acute/hl7v2", "acute/edifact-pathology", "acute/itk3-documents"}


@pytest.mark.real_feeds
def test_every_published_message_comes_out_as_counted() -> None:
    if not SAMPLES.is_dir():
        pytest.skip("the published sample feeds are not beside the project")
    folders = [SAMPLES / "feeds/acute" / name for name in ("google+simhospital", "microsoft+FHIR-Converter")]
    files = [path for folder in folders for path in sorted(folder.glob("**/*")) if path.suffix in (".hl7", ".out")]
    counted: Counter[str] = Counter()
    for body in (part for path in files for part in ADAPTER.split(path.read_bytes())):
        try:
            told = ADAPTER.map_message(message(body))
        except Rejected:
            continue
        assert _missing(body, told) == {}
        counted.update(COUNTS(message(body)))
    assert counted["Observation"] > 2_000
    assert counted["DiagnosticReport"] > 400
