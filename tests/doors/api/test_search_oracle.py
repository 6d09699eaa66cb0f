"""The published search cases of another FHIR server (MIT, fhir-candle) asked of this API: how many are answered alike, and why each other one is refused.

Whatever is answered is answered with the oracle's total, but for three searches in which it reads a unit as a code: a search is answered or refused, and a
condition is never left out.
"""

from __future__ import annotations

import json
from collections import Counter
from pathlib import Path
from typing import Any

import pytest

from carehub.api.app import create_api
from carehub.api.requester import Credentials
from carehub.terms.nhs_number import valid
from carehub.terms.refs import RecordRef
from carehub.tokens.granting import Grant
from doors.api.conftest import digest
from doors.api.direct import Direct
from hub.toy_hub import NURSE, submit, toy_hub

ORACLE = Path(__file__).resolve().parents[4] / "shared" / "data" / "adversarial" / "fhir-search-candle"
pytestmark = [pytest.mark.real_feeds, pytest.mark.skipif(not ORACLE.is_dir(), reason="the adversarial lists are not beside the project")]
Answered = tuple[str, int, tuple[dict[str, Any], ...]]
"""Catalogue number of a refusal or "", total, and the matches and includes."""
IN_ONE_RECORD = 4
# Of a quantity with a system the third part is a code (R4 3.1.1.4.8); the oracle finds the words of its unit too.
DIFFER = ["value-quantity=185|http://unitsofmeasure.org|lbs"]
DIFFER += [f"value-quantity=820|urn:iso:std:iso:11073:10101|{unit}" for unit in ("cL/s", "cl/s")]
# docs/api.md says why, under "Held against another server's cases".
SCORE = {
    ("Observation", "alike"): 4,
    ("Observation", "API-016"): 28,
    ("Observation in context", "alike"): 1,
    ("Observation in context", "API-002"): 1,
    ("Patient", "alike"): 2,
    ("Patient", "API-004"): 32,
    ("Patient", "API-005"): 2,
    ("Patient in context", "alike"): 1,
    ("Patient in context", "API-004"): 22,
    ("Patient in context", "API-002"): 2,
    ("compartment", "API-003"): 9,
}
RECORD_BY_RECORD = {"alike": 25, "API-004": 3, "API-005": 1, "differs": 3}
NUMBERS = [number for number in map(str, range(9990000000, 9990009999)) if valid(number)][80:]


def fixture(name: str) -> dict[str, Any]:
    return json.loads((ORACLE / "fixtures" / f"{name}.json").read_text(encoding="utf-8-sig"))


def cases() -> list[dict[str, Any]]:
    return json.loads((ORACLE / "cases.json").read_text(encoding="utf-8"))["cases"]


class Held:
    """The fixtures as records of one source: each Patient a person, each Observation in the record of whom it is about."""

    def __init__(self) -> None:
        self.hub = toy_hub()
        patients = [fixture(f"patient-example{end}") for end in ("", "-a", "-b", "-c", "-d")]
        patients += [{"id": "shaw", **fixture("Bundle-transaction-cdex-load-payer")["entry"][0]["resource"]}]
        told = {one["id"]: self._person(n, one) for n, one in enumerate(patients)}
        # Two observations are about somebody of whom no Patient is among the fixtures.
        told["other"], told["newborn"] = (
            {"source": "X", "patient": id, "nhs": NUMBERS[20 + n], "records": []} for n, id in enumerate(("other", "newborn"))
        )
        for name in ("example", "blood-pressure", "blood-pressure-cancel", "blood-pressure-dar", "656", "1minute-apgar-score"):
            one = fixture(f"Observation-{name}")
            kept = {key: value for key, value in one.items() if key not in ("resourceType", "subject", "contained", "text")}
            whose = {"656": "other", "1minute-apgar-score": "newborn"}.get(name, "example")
            told[whose]["records"].append({"type": "Observation", **kept})
        submit(self.hub, *told.values())
        self.hub.drain()
        self.people = {id: self.hub.store.links.find(nhs_number=one["nhs"])[0] for id, one in told.items()}

    def _person(self, n: int, one: dict[str, Any]) -> dict[str, Any]:
        extra = {key: value for key, value in one.items() if key not in ("resourceType", "id", "text", "photo", "contained", "identifier")}
        return {"source": "X", "patient": one["id"], "nhs": NUMBERS[n], "extra": extra, "records": []}

    def id(self, type_: str, said: str) -> str:
        """This hub's id for one of the fixtures'."""
        patient = RecordRef("X", "example", "Patient")
        return patient.of_type(type_, said).id if type_ != "Patient" else RecordRef("X", said, "Patient").id

    def query(self, case: dict[str, Any]) -> list[tuple[str, str]]:
        """The parameters of a case with ids of this hub."""
        said = case.get("search") or case.get("sort") or ""
        pairs = [(name, value) for name, _, value in (one.partition("=") for one in said.split("&") if one)]
        return [(name, self._value(case["type"], name, value)) for name, value in pairs]

    def _value(self, type_: str, name: str, value: str) -> str:
        if name.startswith("_has:Observation") or (type_ != "Patient" and name.startswith("_id")):
            return self.id("Observation", value) if not name.endswith(":missing") else value
        if name == "_id" and value == "example":
            return self.people["example"]
        whose = name.startswith(("_id:not", "subject", "patient")) and not name.endswith("name")
        return "/".join([*value.split("/")[:-1], self.id("Patient", value.split("/")[-1])]) if whose else value


@pytest.fixture(scope="module")
def held() -> Held:
    return Held()


@pytest.fixture(scope="module")
def api(held: Held):
    scopes = {"PatientExampleFull": ("patient/*.cruds", "example"), "PatientDoesNotExistFull": ("patient/*.cruds", "nobody")}
    grants = {name: Grant("chart", NURSE, (scope,), held.people.get(whose, whose), "", "", "") for name, (scope, whose) in scopes.items()}
    made = Direct(create_api(held.hub, Credentials({}, {digest("nurse"): NURSE}, grant=grants.get), max_body_bytes=10))
    yield made
    made.close()


def ask(api: Direct, case: dict[str, Any], path: str, query: list[tuple[str, str]], post: bool = False) -> Answered:
    token = case.get("auth") or "nurse"
    more: dict[str, Any] = {"data": query} if post else {"params": query}
    answer = api.request(
        "POST" if post else "GET", path + ("/_search" if post else ""), headers={"Authorization": f"Bearer {token}"}, **more
    )
    told = json.loads(answer.content)
    if answer.status_code != 200:
        return told["issue"][0]["details"]["coding"][0]["code"], 0, ()
    return "", told["total"], tuple(one["resource"] for one in told.get("entry", ()) if one["search"]["mode"] != "outcome")


def summed(answers: list[Answered]) -> Answered:
    """The answers of many records as one; refused where any is."""
    refused = next((number for number, _, _ in answers if number), "")
    return refused, sum(total for _, total, _ in answers), tuple(one for *_, entries in answers for one in entries)


def verdict(case: dict[str, Any], answered: Answered) -> str:
    """ "alike", the number of the refusal, or "differs"."""
    number, total, entries = answered
    if number or case.get("sort"):
        return number or ("alike" if ordered(case["sort"].partition("=")[2], entries) else "differs")
    return "alike" if total == case["total"] and case.get("entries") in (None, len(entries)) else "differs"


def ordered(by: str, entries: tuple[dict[str, Any], ...]) -> bool:
    name = by.removeprefix("-")
    values = [
        one["meta"]["lastUpdated"] if name == "_lastUpdated" else one["effectiveDateTime" if name == "date" else name] for one in entries
    ]
    return len(values) == IN_ONE_RECORD and values == sorted(values, reverse=by.startswith("-"))


def test_each_case_is_answered_alike_or_refused_for_a_reason_that_is_told(held: Held, api: Direct) -> None:
    score, of_one_record, differ = Counter(), Counter(), []
    for case in cases():
        if case["type"] == "compartment":
            whose = held.people.get(case["compartment"].partition("/")[2], "nobody")
            path, query = f"/fhir/R4/Patient/{whose}/{case['resource'] or '*'}", held.query({**case, "type": "Observation"})
            score["compartment", verdict(case, ask(api, case, path, query))] += 1
            continue
        path, query = f"/fhir/R4/{case['type']}", held.query(case)
        found = verdict(case, ask(api, case, path, query))
        assert verdict(case, ask(api, case, path, query, post=True)) == found, case
        score[case["type"] + (" in context" if case.get("auth") else ""), found] += 1
        if case["type"] == "Observation" and not case.get("auth"):
            people = [held.people["example"]] if case.get("sort") else list(held.people.values())
            found = verdict(case, summed([ask(api, case, path, [("patient", person), *query]) for person in people]))
            of_one_record[found] += 1
        if found == "differs":
            differ.append(case["search"])
    print(f"{dict(score)}; Observation, record by record: {dict(of_one_record)}")
    assert differ == DIFFER
    assert score == SCORE
    assert of_one_record == RECORD_BY_RECORD
