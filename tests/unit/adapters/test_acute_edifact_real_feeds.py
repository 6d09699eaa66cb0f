"""The published EDIFACT samples: a verdict for every message, and ours beside the published STU3 translations, field by field.

Where ours differs on purpose the difference is named here and in adapters/acute/edifact/README.md.
"""

from __future__ import annotations

import re
from collections import Counter
from datetime import datetime
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest

from carehub.fhir.canonical import loads
from carehub.fhir.gate import check
from carehub.fhir.models import explain
from carehub.fhir.resource import Resource, first
from carehub.fhir.resource import many as each
from carehub.fhir.ukcore import must_haves
from carehub.terms.errors import Rejected
from carehub.terms.moments import LONDON
from unit.adapters.acute_messages import SAMPLES, message, module
from unit.adapters.edifact_messages import one

ROOT = SAMPLES / "feeds/acute/NHSDigital+integration-adaptor-lab-results"
FILES = sorted(ROOT.rglob("*.edifact.dat"))
TRANSLATIONS = sorted(ROOT.rglob("*.fhir.json"))
pytestmark = [pytest.mark.real_feeds, pytest.mark.skipif(not FILES, reason="the published sample feeds are not beside the project")]

REFUSED = {
    "pathology_IRI": "UNZ-2",
    "pathology_IRM": "UNH[2]",
    "interchange_parsing_failure_with_nhsack": "UNZ-1",
    "message_parsing_failure_with_nhsack": "UNT-2",
    "message_parsing_failure_without_nhsack": "UNT-2",
    "screening_interchange_parsing_failure_with_nhsack": "UNZ-2",
}
# The only errors: a party without a name, and a coded value that is announced and missing.
ERRORS = {"pathology_IAP": "NAD[1]", "pathology_IRA": "NAD[1]", "screening_invalid_coded_value": "RSL[1]"}


def many(value: Any, *path: str) -> list[Any]:
    return list(each(value, *path))


def outcomes(path: Path) -> list[Any]:
    edifact = module("edifact")
    found = []
    for part in edifact.split(path.read_bytes()):
        try:
            found.append(edifact.map_message(message(part)))
        except Rejected as refusal:
            found.append(refusal)
    return found


@pytest.mark.parametrize("path", FILES, ids=lambda path: f"{path.parent.name}/{path.name}")
def test_every_message_maps_to_valid_records_or_is_refused_with_a_reason(path: Path) -> None:
    name = path.name.removesuffix(".edifact.dat")
    for told in outcomes(path):
        if isinstance(told, Rejected):
            assert (told.issues[0].number, told.issues[0].at) == ("MAP-001", REFUSED[name])
            continue
        assert name not in REFUSED
        for issue in told.issues:
            if issue.severity == "error":
                assert issue.at == next(at for start, at in ERRORS.items() if name.startswith(start))
        for record in told.records:
            assert not [*check(record.resource), *must_haves(record.resource)], record.ref
            assert not explain(record.resource), record.ref


def test_every_investigation_and_specimen_of_an_accepted_message_is_a_record() -> None:
    edifact = module("edifact")
    sent, told, messages = Counter[str](), Counter[str](), Counter[bool]()
    for path in FILES:
        for part, result in zip(edifact.split(path.read_bytes()), outcomes(path), strict=True):
            messages[not isinstance(result, Rejected)] += 1
            if not isinstance(result, Rejected):
                sent.update(
                    {"Observation": len(re.findall(rb"'\s*INV\+", part)), "Specimen": len(re.findall(rb"'\s*S16\+", part)), "Patient": 1}
                )
                told.update(record.ref.type for record in result.records if record.ref.type in ("Observation", "Specimen", "Patient"))
    assert messages == {True: 35, False: 6}
    assert told == sent == {"Observation": 90, "Specimen": 35, "Patient": 35}


class Translation:
    """One published bundle by type, and ours of the same message."""

    def __init__(self, path: Path) -> None:
        bundle = loads(path.read_bytes())
        self.theirs: dict[str, Resource] = {entry["fullUrl"]: entry["resource"] for entry in bundle["entry"]}
        stem, number = re.match(r"(.*)\.(\d+)\.fhir", path.name).groups()  # type: ignore[union-attr]
        self.ours = outcomes(path.with_name(f"{stem}.edifact.dat"))[int(number) - 1]
        self.records = {record.ref.reference: record.resource for record in self.ours.records}

    def published(self, kind: str) -> list[Resource]:
        return [found for found in self.theirs.values() if found["resourceType"] == kind]


@pytest.fixture(params=TRANSLATIONS, ids=lambda path: f"{path.parent.name}/{path.name}")
def translation(request: pytest.FixtureRequest) -> Translation:
    return Translation(request.param)


def test_the_patient_is_theirs(translation: Translation) -> None:
    theirs, ours = translation.published("Patient")[0], one(translation.ours, "Patient")
    for path in (("name", "family"), ("name", "given"), ("name", "prefix"), ("address", "line"), ("address", "postalCode")):
        assert many(ours, *path) == many(theirs, *path), path
    assert (ours.get("gender"), ours["birthDate"]) == (theirs.get("gender"), theirs["birthDate"])
    # The laboratory's own number is an identifier here; the translation puts it into Identifier.id.
    published = {found.get("value") or found["id"] for found in theirs.get("identifier", [])}
    ours_too = {found["value"] for found in ours.get("identifier", [])}
    # One message carries both numbers; the translation leaves the laboratory's out.
    assert published <= ours_too
    assert len(ours_too - published) <= 1


def test_who_asked_and_who_answered_are_theirs(translation: Translation) -> None:
    theirs = translation.published("ProcedureRequest")[0]
    ours = one(translation.ours, "ServiceRequest")
    asked = translation.theirs[theirs["requester"]["agent"]["reference"]]
    requester = translation.records[ours["requester"]["reference"]]
    place = None
    if requester["resourceType"] == "PractitionerRole":
        place = translation.records[requester["organization"]["reference"]]
        requester = translation.records[requester["practitioner"]["reference"]]
    assert requester["name"] == asked["name"]
    assert many(requester, "identifier", "value") == many(asked, "identifier", "value")
    behalf = translation.theirs[theirs["requester"]["onBehalfOf"]["reference"]]
    assert many(place or {}, "identifier", "value") == many(behalf, "identifier", "value")
    assert many(ours, "note", "text") == many(theirs, "note", "text")
    published = next(found for found in translation.published("Organization") if "type" in found)
    performers = [translation.records[found["reference"]] for found in ours["performer"]]
    names = {name for found in performers for name in many(found, "name")}
    # A name cut at 35 characters is put together here; the translation leaves the colon in. A department "UNKNOWN" is none.
    wanted = {first(published, "type", "coding", "display"), published.get("name", "").replace("Pro:gramme", "Programme")} - {"UNKNOWN", ""}
    assert names == wanted
    assert [v for found in performers for v in many(found, "identifier", "value")] == many(published, "identifier", "value")


def same_moment(ours: str, theirs: str) -> bool:
    """The translation takes the laboratory's local time for UTC, so in summer it is an hour late; here local time is London's."""
    if "T" not in theirs or "T" not in ours:
        return ours == theirs
    mine, published = (datetime.fromisoformat(text.replace("Z", "+00:00")).astimezone(LONDON) for text in (ours, theirs))
    shift = mine.utcoffset()
    assert shift is not None
    return published - mine == shift


def test_the_report_is_theirs(translation: Translation) -> None:
    theirs, ours = translation.published("DiagnosticReport")[0], one(translation.ours, "DiagnosticReport")
    assert many(ours, "identifier", "value") == many(theirs, "identifier", "value")
    assert ours["code"]["coding"] == theirs["code"]["coding"]
    assert ours["status"] == theirs["status"] == "unknown"
    assert same_moment(ours["issued"], theirs["issued"])
    assert len(ours["result"]) == len(theirs["result"])
    assert len(ours["specimen"]) == len(theirs["specimen"])


def test_the_specimens_are_theirs(translation: Translation) -> None:
    for reference, theirs in zip(one(translation.ours, "DiagnosticReport")["specimen"], translation.published("Specimen"), strict=True):
        ours = translation.records[reference["reference"]]
        assert first(ours, "accessionIdentifier", "value") == first(theirs, "accessionIdentifier", "value")
        coding = theirs["type"]["coding"][0]
        assert coding.get("code") in (None, first(ours, "type", "coding", "code"))
        assert coding.get("display") in (None, ours["type"]["text"])
        for path in (("receivedTime",), ("collection", "collectedDateTime")):
            assert same_moment(str(first(ours, *path) or ""), str(first(theirs, *path) or "")), path


def test_the_results_are_theirs_in_their_order(translation: Translation) -> None:
    ours = [translation.records[found["reference"]] for found in one(translation.ours, "DiagnosticReport")["result"]]
    report = translation.published("DiagnosticReport")[0]
    theirs = [translation.theirs[found["reference"]] for found in report["result"]]
    for mine, published in zip(ours, theirs, strict=True):
        _same_result(mine, published)
        members = [ours.index(translation.records[found["reference"]]) for found in mine.get("hasMember", [])]
        related = [theirs.index(translation.theirs[found["target"]["reference"]]) for found in published.get("related", [])]
        assert members == related
        assert "specimen" in mine
        assert "specimen" in published


def _same_result(mine: Resource, published: Resource) -> None:
    coding = published["code"]["coding"][0]
    assert first(mine, "code", "coding", "code") == coding.get("code")
    assert (first(mine, "code", "text") or None) == coding.get("display")
    assert mine["status"] == published["status"]
    if "valueQuantity" in published:
        value = {name: part for name, part in mine["valueQuantity"].items() if name not in ("system", "code")}  # UCUM is ours alone
        assert value == {name: Decimal(str(part)) if name == "value" else part for name, part in published["valueQuantity"].items()}
    if "valueCodeableConcept" in published:
        assert mine["valueCodeableConcept"]["coding"] == published["valueCodeableConcept"]["coding"]
    # A result that is words only is the value here, a comment there.
    said = mine["valueString"] if "valueString" in mine else first(mine, "note", "text")
    assert (said or None) == published.get("comment")
    assert first(mine, "interpretation", "coding", "code") == first(published, "interpretation", "coding", "code")
    ranges = [_bounds(found) for found in mine.get("referenceRange", [])]
    assert ranges == [_bounds(found) for found in published.get("referenceRange", [])]


def _bounds(found: dict[str, Any]) -> dict[str, tuple[Decimal, str]]:
    return {end: (Decimal(str(found[end]["value"])), found[end].get("unit", "")) for end in ("low", "high") if end in found}


def test_acknowledgements_are_the_published_ones() -> None:
    acknowledging = module("edifact.acknowledge")
    folder = ROOT / "src/intTest/resources/edifact"
    at = datetime(2020, 4, 27, 16, 37, tzinfo=LONDON)

    def answer(name: str, *accepted: bool) -> bytes:
        verdicts = [acknowledging.Verdict(str(n), ok, "Index 2 out of bounds for length 2") for n, ok in enumerate(accepted, 1)]
        found: bytes = acknowledging.acknowledge((folder / f"{name}.edifact.dat").read_bytes(), verdicts, at=at, control="1015")
        return found

    assert answer("pathology_IAF", True) == (folder / "pathology.nhsack.dat").read_bytes()
    for name, accepted in (("pathology_IAP", (True, False, True, True, True, True)), ("pathology_IRA", (False,))):
        pattern = (folder / f"{name}_regex.nhsack.dat").read_text()
        assert re.fullmatch(pattern, answer(name, *accepted).decode())
    assert b"+IRI'" in answer("pathology_IRI")
    assert b"+IRM'" in answer("pathology_IRM")
