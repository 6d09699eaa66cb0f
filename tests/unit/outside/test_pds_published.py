"""Every published example of PDS is understood, or refused for a reason that is in the catalogue. Read where they lie, never copied."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import respx

from carehub.hub.conform import faults
from carehub.identity.pds_answers import Search, Trace, read_answer
from carehub.outside.http import OutsideClient
from carehub.outside.pds import Pds
from carehub.terms.errors import CarehubError
from unit.outside.pds_people import BASE

PUBLISHED = Path(__file__).resolve().parents[4] / "shared" / "data" / "feeds" / "national-pds"
STUBS = "*/karate-tests/src/test/java/mocks/stubs"

pytestmark = pytest.mark.real_feeds


def _files(pattern: str) -> dict[str, dict[str, Any]]:
    return {path.name: json.loads(path.read_text()) for path in sorted(PUBLISHED.glob(pattern))}


def _trace(name: str) -> Trace:
    (body,) = _files(f"{STUBS}/*/{name}.json").values()
    return read_answer(200, body, body.get("id", ""))


REFUSED = {
    "ACCESS_DENIED": "PDS-004",
    "ADDITIONAL_PROPERTIES": "PDS-007",
    "FORBIDDEN_UPDATE": "PDS-007",
    "INSERT_BIRTH_DEATH_STATUS_INCONSISTENT": "PDS-007",
    "INVALID_CREATE": "PDS-007",
    "INVALID_METHOD": "PDS-004",
    "INVALID_UPDATE": "PDS-007",
    "MISSING_VALUE": "PDS-005",
    "NOT_SUPPORTED_SEARCH": "PDS-006",
    "RESOURCE_VERSION_MISMATCH": "PDS-007",
    "SINGLE_MATCH_FOUND": "PDS-007",
    "TOO_FEW_VALUES_SUBMITTED": "PDS-005",
    "UNSUPPORTED_SERVICE": "PDS-006",
}
ANSWERED = {
    "INVALIDATED_RESOURCE": ("invalidated", "PDS-002"),
    "MULTIPLE_MATCHES_FOUND": ("multiple", "PDS-003"),
    "RESOURCE_NOT_FOUND": ("none", "PDS-001"),
    "TOO_MANY_MATCHES": ("multiple", "PDS-003"),
}


def test_every_published_outcome_has_its_issue() -> None:
    found = {
        name.removesuffix(".json"): body for name, body in _files(f"{STUBS}/*/*.json").items() if body["resourceType"] == "OperationOutcome"
    }
    assert found.keys() == REFUSED.keys() | ANSWERED.keys()
    for name, number in REFUSED.items():
        with pytest.raises(CarehubError) as refused:
            read_answer(400, found[name])
        assert (name, refused.value.issues[0].number) == (name, number)
    for name, (result, number) in ANSWERED.items():
        told = read_answer(404, found[name])
        assert (name, told.outcome, told.issues, told.patient) == (name, result, (number,), None)


def _patients() -> Iterator[tuple[str, dict[str, Any]]]:
    for name, body in _files(f"{STUBS}/*/*.json").items():
        held = [body] if body["resourceType"] == "Patient" else [entry["resource"] for entry in body.get("entry", [])]
        yield from ((name, one) for one in held if one["resourceType"] == "Patient")


def test_every_published_patient_is_found_and_could_be_stored() -> None:
    seen = 0
    for name, one in _patients():
        if one["id"] == "90000000" + "15":  # its check digit is wrong, so no number of that record can be believed
            continue
        told = read_answer(200, one, one["id"])
        restricted = one["meta"]["security"][0]["code"] == "R"
        assert (name, told.outcome, told.number) == (name, "found", one["id"])
        assert (name, told.access) == (name, "restricted" if restricted else "unrestricted")
        assert not restricted or not {"address", "telecom", "generalPractitioner"} & one.keys()
        assert (name, faults(one)) == (name, ())
        seen += 1
    assert seen > 60


def test_searches_are_read_as_published() -> None:
    many = (
        "fuzzy_multimatch_searchset",
        "multimatch_phoneAndEmail_searchset",
        "pauline_attison_searchset",
        "postalcode_wildcard_searchset",
    )
    assert {(_trace(name).outcome, _trace(name).number) for name in (*many, "youds_searchset")} == {("multiple", "")}
    assert (_trace("fuzzy_single_searchset").outcome, _trace("fuzzy_single_searchset").score) == ("found", 0.8827)
    assert (_trace("Sensitive_PatientSearch").access, _trace("Sensitive_PatientSearch").score) == ("restricted", 0.75)
    assert _trace("rodney_godsoe_searchset").access == "restricted"
    assert _trace("Minimal_PatientSearch").outcome == "found"
    assert (_trace("dateOfDeath_searchset").death, _trace("patient_90000000" + "09").death) == ("informal", "formal")


def test_a_replaced_number_is_seen_by_the_id_that_comes_back() -> None:
    """The published superseded search finds one record; retrieved by the number it replaced, that is the answer with another id."""
    (bundle,) = _files(f"{STUBS}/*/cuff_superseded_searchset.json").values()
    kept = bundle["entry"][0]["resource"]
    assert (_trace("cuff_superseded_searchset").outcome, _trace("cuff_superseded_searchset").score) == ("found", 1.0)
    told = read_answer(200, kept, "9990000018")
    assert (told.outcome, told.number) == ("superseded", kept["id"])


def test_published_answers_over_the_wire() -> None:
    client = OutsideClient(BASE, hosts=frozenset({"pds.example.org"}), pause=lambda seconds: None)
    pds = Pds(client)
    with respx.mock(base_url=BASE) as routes:
        for name, one in _files(f"{STUBS}/patientResponses/*.json").items():
            routes.get(f"/Patient/{one['id']}").respond(200, json=one)
            assert (name, pds.retrieve(one["id"]).body["id"]) == (name, one["id"])
        searches = [(n, b) for n, b in _files(f"{STUBS}/searchResponses/*.json").items() if b["resourceType"] == "Bundle"]
        for name, bundle in searches:
            routes.get("/Patient").respond(200, json=bundle)
            if name == "john_paul_smith_searchset.json":
                with pytest.raises(CarehubError):
                    pds.search(Search("A", born="1944-05-01"))
            else:
                assert pds.search(Search("A", born="1944-05-01")).status == 200
    client.close()
    assert len(searches) > 15
