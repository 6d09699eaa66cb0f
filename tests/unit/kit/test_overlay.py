"""The site overlay: read with every complaint, applied without touching an adapter, compared with another."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from carehub.feeds.catalogue import Catalogue
from carehub.feeds.concept_maps import ConceptMap, Target, translated
from carehub.feeds.mapped import MappedRecord
from carehub.feeds.overlay import NONE, differences
from carehub.feeds.overlay_file import BadOverlay, read_overlay
from carehub.fhir.gate import check
from carehub.fhir.models import explain
from carehub.terms.errors import Rejected
from carehub.wiring.overlaying import diff_overlays, load_overlay
from unit.kit import careful

LOCAL, SNOMED = "urn:carehub:X99001:code:lab", "http://snomed.info/sct"
FILE = """
version = "7"

[[sender]]
code = "X99001"
name = "Example Hospice"

[[feed]]
feed = "hospice/plans"
stale_after = "P3D"
active_from = 2026-04-01

[[feed]]
feed = "hospice/plans"
organisation = "X99001"
expected_every = "PT6H"
active_to = 2026-10-31
concept_maps = ["lab"]
identifier_domains = { "https://example.org/Id/hospice" = "https://example.org/Id/site" }

[[concept_map]]
name = "lab"
version = "3"
source = "urn:carehub:X99001:code:lab"
target = "http://snomed.info/sct"
code = [{ from = "K", to = "100001", display = "Potassium", reviewer = "A. Clinician" }]
"""
CATALOGUE = Catalogue([careful.adapter()])
LAB = ConceptMap("lab", "3", LOCAL, SNOMED, {"K": Target("100001", "Potassium", "A. Clinician")})


def _mapped() -> Any:
    mapped = careful.careful(careful.case().message)
    ref = mapped.records[0].ref.of_type("Observation", "1")
    code = {"coding": [{"system": LOCAL, "code": "K", "display": "Kalium"}], "text": "K"}
    return replace(
        mapped, records=(*mapped.records, MappedRecord(ref, {"resourceType": "Observation", "id": ref.id, "status": "final", "code": code}))
    )


def _overlay() -> Any:
    return read_overlay(FILE, where="site.toml", catalogue=CATALOGUE)


def test_the_original_coding_stays_and_the_translation_names_its_map() -> None:
    mapped = _mapped()
    told = _overlay().apply(mapped, "hospice/plans", "2026-05-01T10:00:00.000Z")
    first, second = told.records[-1].resource["code"]["coding"]
    assert first == {"system": LOCAL, "code": "K", "display": "Kalium"}
    assert (second["system"], second["code"], second["display"]) == (SNOMED, "100001", "Potassium")
    assert second["extension"] == [{"url": "urn:carehub:concept-map", "valueCanonical": "urn:carehub:concept-map:lab|3"}]
    assert check(told.records[-1].resource) == ()
    assert len(mapped.records[-1].resource["code"]["coding"]) == 1


def test_a_translation_the_source_gave_itself_is_not_doubled_or_contradicted() -> None:
    spoken = {"code": {"coding": [{"system": LOCAL, "code": "K"}, {"system": SNOMED, "code": "100099"}]}}
    assert translated(spoken, [LAB]) is spoken
    unknown = {"code": {"coding": [{"system": LOCAL, "code": "NA"}]}}
    assert translated(unknown, [LAB]) is unknown


def test_a_sender_has_its_name_where_its_records_point_at_it_too() -> None:
    mapped = replace(_mapped(), source=replace(_mapped().source, name=""))
    told = mapped.records[-1].resource | {
        "performer": [{"identifier": {"value": "X99001"}}, {"display": "X99001"}, {"display": "Dr X99001"}],
        "valueCodeableConcept": {"coding": [{"code": "X99001", "display": "X99001"}]},
    }
    mapped = replace(mapped, records=(replace(mapped.records[-1], resource=told),))
    [record] = _overlay().apply(mapped, "hospice/plans", "2026-05-01T10:00:00.000Z").records
    assert [one["display"] for one in record.resource["performer"]] == ["Example Hospice", "Example Hospice", "Dr X99001"]
    assert record.resource["performer"][0]["identifier"] == {"value": "X99001"}
    assert record.resource["valueCodeableConcept"] == told["valueCodeableConcept"], "a code is not a name"


def test_a_concept_map_is_a_fhir_resource() -> None:
    assert explain(LAB.resource()) == ()


def test_sender_and_domain_change_and_no_id_does() -> None:
    mapped = _mapped()
    told = _overlay().apply(mapped, "hospice/plans", "2026-05-01T10:00:00.000Z")
    assert told.source.name == "Example Hospice"
    systems = [one["system"] for one in told.records[0].resource["identifier"]]
    assert systems == ["https://example.org/Id/site", "https://fhir.nhs.uk/Id/nhs-number"]
    assert [record.ref for record in told.records] == [record.ref for record in mapped.records]
    assert (told.source.code, told.patient) == (mapped.source.code, mapped.patient)


@pytest.mark.parametrize(
    ("at", "on"),
    [
        ("2026-03-31T22:59:59.000Z", False),
        ("2026-03-31T23:00:00.000Z", True),
        ("2026-10-31T23:59:59.000Z", True),
        ("2026-11-01T00:00:00.000Z", False),
    ],
)
def test_a_feed_is_on_from_its_first_day_in_london_to_the_end_of_its_last(at: str, on: bool) -> None:
    overlay = _overlay()
    assert overlay.is_on("hospice/plans", "X99001", at) is on
    if not on:
        with pytest.raises(Rejected, match="FEED-010"):
            overlay.apply(_mapped(), "hospice/plans", at)


def test_another_organisation_goes_by_the_rule_of_the_feed() -> None:
    overlay = _overlay()
    assert overlay.is_on("hospice/plans", "X99002", "2030-01-01T00:00:00.000Z")
    declared = CATALOGUE.feed("hospice/plans")
    assert overlay.cadence("hospice/plans", declared, "X99002").stale_after == "P3D"
    assert overlay.cadence("hospice/plans", declared, "X99002").expected_every == "P1D"
    assert overlay.cadence("hospice/plans", declared, "X99001").expected_every == "PT6H"


def test_the_hub_gets_adapters_as_the_site_has_them() -> None:
    over = _overlay().over(CATALOGUE)
    assert over.feed("hospice/plans").stale_after == "P3D"
    told = over.adapter("hospice/plans").map_message(replace(careful.case().message, received_at="2026-05-01T10:00:00.000Z"))
    assert told.source.name == "Example Hospice"
    with pytest.raises(Rejected, match="FEED-010"):
        over.adapter("hospice/plans").map_message(replace(careful.case().message, received_at="2027-05-01T10:00:00.000Z"))
    assert NONE.over(CATALOGUE) is CATALOGUE


@pytest.mark.parametrize(
    ("old", "new", "said"),
    [
        ('version = "7"', "", "version: is missing"),
        ('version = "7"', 'version = "7"\nverison = "8"', "verison: unknown key"),
        ('"P3D"', '"three days"', "feed[0].stale_after: not an ISO 8601 duration"),
        ("2026-04-01", '"2026-04-01"', "feed[0].active_from: is a day"),
        ("active_to = 2026-10-31", "active_from = 2026-12-01\nactive_to = 2026-10-31", "feed[1].active_to: is before active_from"),
        ('["lab"]', '["lib"]', "feed[1].concept_maps: there is no concept map 'lib'"),
        ('to = "100001"', 'to = ""', "concept_map[0].code[0].to: is not a text"),
        ('reviewer = "A. Clinician"', 'checked = "yes"', "concept_map[0].code[0].checked: unknown key"),
        ('organisation = "X99001"', "", "has two rules for organisation ''"),
        ("hospice/plans", "hospital/plans", "feed[0].feed: there is no feed 'hospital/plans'"),
        ('"https://example.org/Id/site"', '"https://fhir.nhs.uk/Id/nhs-number"', "the NHS number's domain is not a site's to change"),
        ("[[sender]]", "[sender]", "sender: is written [[sender]]"),
        ('version = "7"', "version = ", "Invalid value"),
    ],
)
def test_a_wrong_file_is_refused_with_file_and_key(old: str, new: str, said: str) -> None:
    assert old in FILE
    with pytest.raises(BadOverlay) as refused:
        read_overlay(FILE.replace(old, new), where="site.toml", catalogue=CATALOGUE)
    assert str(refused.value).startswith("site.toml: ")
    assert said in str(refused.value)


def test_two_versions_are_compared_by_place() -> None:
    new = (
        FILE.replace('"P3D"', '"P5D"')
        .replace("100001", "100002")
        .replace("active_from = 2026-04-01\n", "")
        .replace('version = "3"', 'version = "4"')
    )
    assert differences(_overlay(), read_overlay(new, where="new.toml")) == [
        "concept map lab urn:carehub:X99001:code:lab K: http://snomed.info/sct 100001 Potassium → http://snomed.info/sct 100002 Potassium",
        "feed hospice/plans X99001 concept map lab: version 3 → version 4",
        "feed hospice/plans active_from: 2026-04-01 → not set",
        "feed hospice/plans stale_after: P3D → P5D",
    ]
    assert differences(_overlay(), _overlay()) == []


def test_a_file_that_is_not_there_stops_the_start_and_none_is_none(tmp_path: Path) -> None:
    assert load_overlay(None, CATALOGUE) is NONE
    with pytest.raises(BadOverlay, match=r"gone\.toml: cannot be read"):
        load_overlay(tmp_path / "gone.toml", CATALOGUE)


def test_the_command_compares_two_files(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    old, new = tmp_path / "old.toml", tmp_path / "new.toml"
    old.write_text(FILE)
    new.write_text(FILE.replace('"P3D"', '"P5D"'))
    assert diff_overlays(old, new) is True
    out = capsys.readouterr().out
    assert "feed hospice/plans stale_after: P3D → P5D" in out
    assert "nobody can tell which of the two was in force" in out
    assert diff_overlays(old, old) is False
    assert "Nothing changes." in capsys.readouterr().out
