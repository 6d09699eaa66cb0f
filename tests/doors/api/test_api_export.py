"""Group/{id}/$export over the API, as an API client and as a backend client with scopes would ask (FHIR Bulk Data Access 2.0)."""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from starlette.testclient import TestClient

from carehub.api.app import create_api
from carehub.api.requester import Credentials
from carehub.hub.caseload import caseload_id
from carehub.store.stored import AuditRow
from carehub.terms.errors import StoreBusy
from carehub.terms.issue_catalogue import issue
from carehub.tokens.granting import Grant
from doors.api.conftest import digest, granting
from hub.exporting_hub import COORDINATOR, GP, NUMBERS, ExportingHub, allergy, message
from hub.toy_hub import submit

GROUP = caseload_id("X99002")
ASK, ASYNC = f"/fhir/R4/Group/{GROUP}/$export", {"Prefer": "respond-async", "Accept": "application/fhir+json"}


@pytest.fixture
def held(tmp_path: Path) -> ExportingHub:
    return ExportingHub(tmp_path)


@pytest.fixture
def api(held: ExportingHub) -> Iterator[TestClient]:
    other = replace(GP, user="eve", organisation="X99777")
    clients = {
        digest("gp"): GP,
        digest("coordinator"): COORDINATOR,
        digest("other"): other,
        digest("nurse"): replace(GP, role="district-nurse"),
    }
    scoped = {"all": ("system/*.rs",), "some": ("system/AllergyIntolerance.rs",), "one": ("patient/*.rs",), "write": ("system/*.c",)}
    grants = {
        name: Grant("client", replace(GP, user="client"), scopes, "x" if name == "one" else "", "", "", "")
        for name, scopes in scoped.items()
    }
    credentials = Credentials({}, clients, session=lambda request: GP, grant=grants.get)
    app = create_api(held.hub, credentials, max_body_bytes=10_000, granting=granting(held.hub))
    with TestClient(app, raise_server_exceptions=False) as client:
        client.headers["Authorization"] = "Bearer gp"
        yield client


def asked(api: TestClient, query: str = "", **headers: str) -> str:
    answer = api.get(f"{ASK}{query}", headers={**ASYNC, **headers})
    assert answer.status_code == 202, answer.text
    return answer.headers["content-location"].removeprefix("http://testserver")


def number(answer: Any) -> tuple[int, str]:
    return answer.status_code, answer.json()["issue"][0]["details"]["coding"][0]["code"]


def made(held: ExportingHub) -> None:
    while held.running.work_on_next(lambda: True):
        pass


def test_asked_for_looked_at_fetched_and_deleted(held: ExportingHub, api: TestClient) -> None:
    where = asked(api, "?_type=Patient,AllergyIntolerance&_outputFormat=application/fhir%2Bndjson")
    waiting = api.get(where)
    assert (waiting.status_code, waiting.headers["x-progress"], waiting.headers["retry-after"]) == (202, "not begun yet", "5")
    left = iter([True, True, False])
    held.running.work_on_next(lambda: next(left))
    assert api.get(where).headers["x-progress"] in ("1 of 5 people", "2 of 5 people")
    made(held)
    done = api.get(where)
    manifest = done.json()
    assert (done.status_code, done.headers["content-type"]) == (200, "application/json")
    assert "GMT" in done.headers["expires"]
    assert manifest["requiresAccessToken"] is True
    assert manifest["request"] == f"http://testserver{ASK}?_type=Patient,AllergyIntolerance&_outputFormat=application/fhir%2Bndjson"
    assert manifest["transactionTime"].endswith("Z")
    assert [(one["type"], one["count"]) for one in manifest["output"]] == [("AllergyIntolerance", 10), ("Patient", 15)]
    assert (manifest["deleted"], [one["type"] for one in manifest["error"]]) == ([], ["OperationOutcome"])
    for one in manifest["output"] + manifest["error"]:
        file = api.get(one["url"], headers={"Accept": "application/fhir+ndjson"})
        lines = [json.loads(line) for line in file.text.splitlines()]
        assert (file.status_code, file.headers["content-type"], len(lines)) == (200, "application/fhir+ndjson", one["count"])
        assert {line["resourceType"] for line in lines} == {one["type"]}
        assert file.headers["cache-control"] == "no-store"
    assert api.delete(where).status_code == 202
    gone = [api.get(where), api.delete(where), *(api.get(one["url"]) for one in manifest["output"])]
    assert {number(answer) for answer in gone} == {(404, "API-003")}
    assert held.files.held() == []


@pytest.mark.parametrize(
    ("query", "said"),
    [
        ("?_type=Nonsense", "API-004"),
        ("?_type=", "API-004"),
        ("?_type=Patient,Nonsense", "API-004"),
        ("?_since=yesterday", "API-005"),
        ("?_since=2026-11-20", "API-005"),
        ("?_since=2026-11-20T00:00:00Z&_since=2026-11-21T00:00:00Z", "API-005"),
        ("?_outputFormat=text/csv", "API-004"),
        ("?_elements=id", "API-004"),
        ("?patient=9990000018", "API-004"),
        ("?" + "&".join(f"_type=Patient{n}" for n in range(50)), "API-005"),
    ],
)
def test_what_is_not_served_is_refused_and_nothing_is_kept(held: ExportingHub, api: TestClient, query: str, said: str) -> None:
    answer = api.get(ASK + query, headers=ASYNC)
    assert number(answer) == (400, said)
    assert "9990000018" not in answer.text
    strict = api.get(ASK + query, headers={**ASYNC, "Prefer": "respond-async, handling=strict"})
    assert number(strict) == (400, said)
    assert held.hub.store.exports.all() == []


def test_leniently_it_is_left_out_and_told(held: ExportingHub, api: TestClient) -> None:
    lenient = {"Prefer": "respond-async; handling=lenient"}
    answer = api.get(f"{ASK}?_elements=id&_type=Patient,Nonsense&_since=2026-11-20T00:00:00+00:00&9990000018=x", headers=lenient)
    assert (answer.status_code, number(answer)[1], answer.json()["issue"][0]["diagnostics"]) == (202, "API-015", "at _elements")
    assert "9990000018" not in answer.text
    [one] = held.hub.store.exports.all()
    assert (one.export.types, one.export.since, one.export.left_out) == (("Patient",), "2026-11-20T00:00:00.000Z", ("_elements",))
    assert number(api.get(f"{ASK}?_type=Nonsense", headers=lenient)) == (400, "API-004")


def test_it_is_made_in_the_background_only_and_only_for_who_says_who_asks(api: TestClient) -> None:
    assert number(api.get(ASK)) == (400, "EXP-002")
    assert number(api.get(ASK, headers={"Prefer": "return=minimal"})) == (400, "EXP-002")
    assert number(api.get(ASK, headers={**ASYNC, "Accept": "application/fhir+xml"})) == (406, "API-007")
    del api.headers["Authorization"]
    for way in (
        api.get(ASK, headers=ASYNC),
        api.get("/fhir/R4/$export/x"),
        api.delete("/fhir/R4/$export/x"),
        api.get("/fhir/R4/$export/x/y"),
    ):
        assert number(way) == (401, "API-001"), "a browser's session asks for no export"


def test_who_did_not_ask_sees_nothing_and_who_may_not_ask_is_refused(held: ExportingHub, api: TestClient) -> None:
    where = asked(api)
    made(held)
    for token in ("coordinator", "other"):
        by = {"Authorization": f"Bearer {token}"}
        ways = (api.get(where, headers=by), api.delete(where, headers=by), api.get(f"{where}/Patient.ndjson", headers=by))
        unknown = api.get("/fhir/R4/$export/unknown", headers=by)
        assert {(way.status_code, way.text) for way in ways} == {(unknown.status_code, unknown.text)} == {(404, unknown.text)}
    nurse = {"Authorization": "Bearer nurse"}
    assert number(api.get(ASK, headers={**ASYNC, **nurse})) == (403, "API-002")
    assert number(api.get(where, headers=nurse)) == (403, "API-002")
    assert number(api.get(where, headers={"X-Purpose-Of-Use": "HMARKT"})) == (403, "API-002")
    assert api.get(where).status_code == 200


def test_another_organisations_group_is_answered_as_one_that_there_is_not(api: TestClient) -> None:
    for group in (caseload_id("X99001"), "unknown"):
        assert number(api.get(f"/fhir/R4/Group/{group}/$export", headers=ASYNC)) == (404, "API-003")


def test_one_export_too_many(api: TestClient) -> None:
    for _ in range(3):
        asked(api)
    answer = api.get(ASK, headers=ASYNC)
    assert (number(answer), answer.headers["retry-after"]) == ((429, "EXP-001"), "60")


def test_an_export_that_policy_stopped_says_so(held: ExportingHub, api: TestClient) -> None:
    where = asked(api)
    one = held.hub.store.exports.all()[0]
    held.hub.store.exports.end(one.export.id, "failed", one.until, one.progress)
    assert number(api.get(where)) == (500, "EXP-003")


def test_a_backend_client_has_what_its_scopes_cover(held: ExportingHub, api: TestClient) -> None:
    def by(token: str) -> dict[str, str]:
        return {**ASYNC, "Authorization": f"Bearer {token}"}

    where = asked(api, **by("all"))
    made(held)
    assert api.get(where, headers=by("all")).status_code == 200
    assert api.get(f"{where}/Patient.ndjson", headers=by("all")).status_code == 200
    for token in ("some", "one", "write"):
        assert number(api.get(ASK, headers=by(token))) == (403, "SIGN-005"), token
    assert number(api.get(f"{where}/Patient.ndjson", headers=by("some"))) == (403, "SIGN-005")
    assert number(api.get(f"{ASK}?_type=Patient", headers=by("some"))) == (403, "SIGN-005")
    narrow = asked(api, "?_type=AllergyIntolerance", **by("some"))
    made(held)
    for way in (narrow, f"{narrow}/AllergyIntolerance.ndjson", f"{narrow}/errors.ndjson"):
        assert api.get(way, headers=by("some")).status_code == 200
    assert api.delete(narrow, headers=by("some")).status_code == 202


def test_no_word_of_another_organisations_person_is_in_a_file(held: ExportingHub, api: TestClient) -> None:
    submit(
        held.hub,
        {
            **message(NUMBERS[4], "council", records=[allergy("CANARY")]),
            "kind": "voluntary",
            "nhs": "9990000093",
            "born": "1950-01-01",
            "family": "Elsewhere",
        },
    )
    held.hub.drain()
    theirs = {person for person in held.hub.store.links.persons() if len(held.hub.store.links.links_of(person)) == 1}
    held.people = lambda one: ([person for person in held.hub.store.links.persons() if person not in theirs], ())
    where = asked(api)
    made(held)
    told = [api.get(one["url"]).text for one in api.get(where).json()["output"]]
    assert len(theirs) == 1
    assert not any(word in text for text in told for word in ("CANARY", "Elsewhere", "9990000093", *theirs))


def test_where_the_trail_takes_no_row_nothing_is_released_kept_or_deleted(
    held: ExportingHub, api: TestClient, monkeypatch: pytest.MonkeyPatch
) -> None:
    where = asked(api)
    made(held)

    def no_room(rows: list[AuditRow]) -> None:
        raise StoreBusy(issue("STORE-007"))

    with monkeypatch.context() as patched:
        patched.setattr(held.hub.store.audit, "append", no_room)
        ways = (api.get(ASK, headers=ASYNC), api.get(where), api.get(f"{where}/Patient.ndjson"), api.delete(where))
        assert {number(way) for way in ways} == {(503, "STORE-007")}
        assert not any("Okafor" in way.text for way in ways)
    assert len(held.hub.store.exports.all()) == 1
    assert api.get(f"{where}/Patient.ndjson").status_code == 200
