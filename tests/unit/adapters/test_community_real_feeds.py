"""The published community samples: every file goes through, everything is accounted for, all of it is valid R4."""

from __future__ import annotations

from collections import Counter

import pytest

from carehub.feeds.coverage import coverage
from carehub.feeds.mapped import Mapped
from carehub.feeds.message import Message
from carehub.fhir.gate import check
from carehub.fhir.models import explain
from carehub.fhir.references import find
from carehub.fhir.ukcore import must_haves
from carehub.kit.cases import read_folder
from carehub.terms.errors import Rejected
from unit.adapters.community_messages import ADAPTER, ROOT, SAMPLES, all_words, numbers, of_type, told_of

FILES = sorted(p for p in SAMPLES.rglob("*") if p.suffix in (".csv", ".json", ".xml") and "csds-tables" not in p.name)
# A layout of another service, and a questionnaire without answers: no message of any patient.
NO_MESSAGE = {"TestLayout": "GATE-005", "EOLC-Questionnaire": "MAP-003"}

pytestmark = [pytest.mark.real_feeds, pytest.mark.skipif(not FILES, reason="the published sample feeds are not beside the project")]


def feed_of(name: str) -> str:
    return "end-of-life" if name.startswith("EOLC") else "vaccinations"


@pytest.mark.parametrize("path", FILES, ids=lambda path: path.stem)
def test_every_file_maps_to_valid_records_or_is_refused_with_a_reason(path) -> None:  # type: ignore[no-untyped-def]
    for told in told_of(path.read_bytes(), feed_of(path.stem)):
        if isinstance(told, Rejected):
            assert numbers(told) == {NO_MESSAGE[path.stem]}
            continue
        known = {record.ref.reference for record in told.records}
        assert len(known) == len(told.records)
        assert not [found for found in told.issues if found.severity in ("error", "fatal")]
        for record in told.records:
            assert {reference for _, reference in find(record.resource)} <= known
            assert (check(record.resource), must_haves(record.resource), explain(record.resource)) == ((), (), ())


def test_what_comes_out_of_all_files() -> None:
    told = [t for path in FILES for t in told_of(path.read_bytes(), feed_of(path.stem))]
    accepted = [t for t in told if isinstance(t, Mapped)]
    assert (len(FILES), len(told), len(accepted)) == (25, 28, 26)
    counts = Counter(record.ref.type for t in accepted for record in t.records)
    assert (counts["Patient"], counts["Immunization"], counts["Composition"]) == (26, 24, 2)
    assert Counter(t.kind for t in accepted) == {"vaccination new": 4, "vaccination event": 20, "end of life document": 2}


def test_one_id_for_two_people_stays_two() -> None:
    (path,) = (p for p in FILES if p.name == "test-batch-data.csv")
    told = [t for t in told_of(path.read_bytes(), "vaccinations") if isinstance(t, Mapped)]
    assert len({t.patient for t in told}) == 3


def test_no_section_loses_a_word() -> None:
    for path in FILES:
        if feed_of(path.stem) == "end-of-life" and path.stem not in NO_MESSAGE:
            (told,) = told_of(path.read_bytes(), "end-of-life")
            assert isinstance(told, Mapped)
            (plan,) = of_type(told, "CarePlan")
            for words in ("Advanced Treatment Preferences", "Disability", "Functional Status"):
                assert words in all_words(plan["note"])


def test_no_field_is_unknown() -> None:
    uses = read_folder(ROOT / "adapters" / "community").uses
    assert uses is not None
    assert ADAPTER.fields is not None
    held = {
        field
        for path in FILES
        if path.stem not in NO_MESSAGE
        for part in ADAPTER.split(path.read_bytes())
        for field in ADAPTER.fields(Message("m", 1, "s", 0, "community/x", "", part))
    }
    found = coverage(held, uses)
    assert (found.unlisted, found.unmapped) == ((), ())
    assert found.total > 250
