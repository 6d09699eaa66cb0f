"""The GP adapter over the published sample files: nothing crashes, everything is accounted for, all of it is valid R4."""

from __future__ import annotations

from collections import Counter
from pathlib import Path

import pytest
from fhir.resources.R4B import get_fhir_model_class

from carehub.feeds.mapped import Mapped
from carehub.fhir.canonical import dumps, loads
from carehub.fhir.gate import check
from carehub.fhir.references import find
from carehub.fhir.ukcore import must_haves
from carehub.kit.cases import message
from carehub.kit.golden import outcome
from carehub.terms.errors import Rejected
from carehub.wiring.loading import load_adapter

ROOT = Path(__file__).resolve().parents[3]
FEED = ROOT / ".." / "shared" / "data" / "feeds" / "gp"
FILES = sorted(path for path in FEED.rglob("*") if path.suffix in (".json", ".xml"))
ADAPTER = load_adapter(ROOT / "adapters" / "gp")

pytestmark = [pytest.mark.real_feeds, pytest.mark.skipif(not FILES, reason="the published GP sample files are not beside the project")]


def give(path: Path) -> Mapped | Rejected:
    return outcome(ADAPTER, message(ADAPTER.manifest, path.read_bytes()))


@pytest.mark.parametrize("path", FILES, ids=lambda path: path.stem)
def test_every_file_maps_to_valid_records_or_is_rejected_with_a_reason(path: Path) -> None:
    result = give(path)
    if isinstance(result, Rejected):
        assert result.issues
        return
    known = {record.ref.reference for record in result.records}
    assert len(known) == len(result.records)
    for record in result.records:
        assert {reference for _, reference in find(record.resource)} <= known
        assert check(record.resource) == ()
        assert must_haves(record.resource) == ()
        get_fhir_model_class(record.ref.type).model_validate_json(dumps(record.resource))


@pytest.mark.parametrize("path", FILES, ids=lambda path: path.stem)
def test_every_entry_is_accounted_for(path: Path) -> None:
    result = give(path)
    if isinstance(result, Rejected):
        return
    entries = loads(path.read_bytes())["entry"]
    at_places = {record.at for record in result.records if ".contained[" not in record.at}
    costs = Counter(issue.number for issue in result.issues for _ in range(issue.count))
    assert len(at_places) + costs["MAP-004"] + costs["MAP-005"] + costs["MAP-016"] + costs["MAP-030"] == len(entries)


def test_a_patient_id_used_for_three_people_is_three_patients() -> None:
    patients = {result.patient for path in FILES if isinstance(result := give(path), Mapped) and result.patient.patient[:8] == "88F14BF6"}
    assert len(patients) == 3


def test_the_placeholder_number_shared_by_nine_people_is_nobodys() -> None:
    found = [result for path in FILES if isinstance(result := give(path), Mapped)]
    unusable = {result.patient for result in found if any(issue.number == "MAP-009" for issue in result.issues)}
    assert len({patient.patient for patient in unusable}) >= 9
    assert not any("1234567890" in patient.patient for patient in unusable)


def test_a_later_extract_of_the_same_person_is_the_same_patient_with_mostly_the_same_records() -> None:
    pairs: dict[str, list[Mapped]] = {}
    for path in FILES:
        if path.name.endswith(("_20210119.json", "_20210602.json")) and isinstance(result := give(path), Mapped):
            pairs.setdefault(path.name.split("_")[1], []).append(result)
    compared = [two for two in pairs.values() if len(two) == 2]
    assert len(compared) == 4
    for first, second in compared:
        before, after = ({record.ref.id for record in one.records} for one in (first, second))
        assert first.patient == second.patient
        assert len(before & after) / len(before) > 0.8
