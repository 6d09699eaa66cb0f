"""The published discharge documents: both go through whole, every word of every section is kept, all of it is valid R4."""

from __future__ import annotations

from collections import Counter
from pathlib import Path
from xml.etree.ElementTree import Element

import pytest

from carehub.feeds.formats.xml import parse_xml
from carehub.feeds.mapped import Mapped
from carehub.fhir.resource import Resource
from unit.adapters.itk3_documents import SAMPLES, numbers, of_type, only, result, valid

FILES = sorted(SAMPLES.glob("nhsconnect*/**/*.xml"))
_FHIR, _XHTML = "{http://hl7.org/fhir}", "{http://www.w3.org/1999/xhtml}"

pytestmark = [pytest.mark.real_feeds, pytest.mark.skipif(not FILES, reason="the published sample feeds are not beside the project")]


def read(path: Path) -> Mapped:
    told = result(path.read_bytes())
    assert isinstance(told, Mapped)
    return valid(told)


@pytest.mark.parametrize("path", FILES, ids=lambda path: path.stem)
def test_every_entry_of_every_file_is_told(path: Path) -> None:
    told = read(path)
    assert numbers(told) == {"MAP-009"}, "the published NHS number fails its check; nothing else is left out"
    root = parse_xml(path.read_bytes())
    sent = Counter(held[0].tag.removeprefix(_FHIR) for held in root.iterfind(f"{_FHIR}entry/{_FHIR}resource"))
    got = Counter(record.ref.type for record in told.records)
    sent.pop("Flag", 0)  # told with the medicine or allergy that each is about
    assert all(got[kind] == count for kind, count in sent.items())
    assert got.keys() - sent.keys() == {"Binary", "DocumentReference", "CarePlan"}


@pytest.mark.parametrize("path", FILES, ids=lambda path: path.stem)
def test_no_section_loses_a_word(path: Path) -> None:
    def words(element: Element) -> list[str]:
        return " ".join(element.itertext()).split()

    root = parse_xml(path.read_bytes())
    sent = [words(held) for held in root.iterfind(f".//{_FHIR}Composition/{_FHIR}section/{_FHIR}text/{_XHTML}div")]
    kept: list[Resource] = only(read(path), "Composition")["section"]
    assert [words(parse_xml(held["text"]["div"].encode())) for held in kept] == sent
    assert len(sent) > 15


def test_what_is_said_of_the_stay_and_the_medicines() -> None:
    for told in map(read, FILES):
        stay = only(told, "Encounter")
        assert stay["period"]["end"] == "2015-02-16T09:00:00+00:00"
        assert len(of_type(told, "MedicationStatement")) == 6
        assert all(held["dosage"][0]["text"] for held in of_type(told, "MedicationStatement"))
        assert only(told, "AllergyIntolerance")["code"]["coding"][0]["code"] == "373270004"
    assert len({told.patient for told in map(read, FILES)}) == 1
