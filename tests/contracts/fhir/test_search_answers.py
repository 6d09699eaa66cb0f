"""How searches are answered: modifiers, prefixes, chains, includes, order, pages, parts, handling and refusals."""

from __future__ import annotations

from typing import Any
from urllib.parse import urlsplit

import pytest


def asked(client: Any, type_: str, patient: str, *pairs: tuple[str, str], **headers: str) -> Any:
    """The answer to a search in the record of the contract's patient."""
    return client.get(type_, params=[("patient", patient), *pairs], headers=headers)


def local(bundle: dict[str, Any], mode: str = "match") -> list[str]:
    """The record's own names of what was found, in the order it came."""
    return [
        e["resource"]["identifier"][0]["value"]
        for e in bundle.get("entry", ())
        if e["search"]["mode"] == mode and "identifier" in e["resource"]
    ]


def type_of(bundle: dict[str, Any], mode: str) -> set[str]:
    return {e["resource"]["resourceType"] for e in bundle.get("entry", ()) if e["search"]["mode"] == mode}


SCT = "http://snomed.info/sct"


@pytest.mark.parametrize(
    ("type_", "name", "value", "expected"),
    [
        ("AllergyIntolerance", "code", f"{SCT}|91936005,{SCT}|91935009", {"al1", "al2"}),
        ("AllergyIntolerance", "code", "91936005", {"al1"}),
        ("AllergyIntolerance", "code:not", f"{SCT}|91936005", {"al2"}),
        ("Condition", "severity:missing", "true", {"co2"}),
        ("Condition", "severity:missing", "false", {"co1"}),
        ("Observation", "value-string", "regulier", {"ob2"}),
        ("Observation", "value-string:contains", "72", {"ob2"}),
        ("Observation", "value-string:exact", "Régulier, 72".replace(",", "\\,"), {"ob2"}),
        ("Observation", "value-string:exact", "régulier", set()),
        ("Observation", "date", "2026-11-10", {"ob1"}),
        ("Observation", "date", "2026-10", {"ob2"}),
        ("Observation", "date", "2026", {"ob1", "ob2", "ob3"}),
        ("Observation", "date", "gt2026-10-02", {"ob1"}),
        ("Observation", "date", "ge2026-10-02", {"ob1", "ob2"}),
        ("Observation", "date", "lt2026-10-01", {"ob3"}),
        ("Observation", "date", "le2026-10-02", {"ob2", "ob3"}),
        ("Observation", "date", "sa2026-10-02", {"ob1"}),
        ("Observation", "date", "eb2026-10-02", {"ob3"}),
        ("Observation", "date", "ne2026-11-10", {"ob2", "ob3"}),
        ("Observation", "value-quantity", "81.5", {"ob1"}),
        ("Observation", "value-quantity", "gt81", {"ob1"}),
        ("Observation", "value-quantity", "lt81", set()),
        ("Observation", "value-quantity", "ap80", {"ob1"}),
        ("Observation", "value-quantity", "81.5||mg", set()),
        ("Observation", "code-value-quantity", f"{SCT}|1000731000000107$gt81", {"ob1"}),
        ("Observation", "code-value-quantity", "1000731000000107$lt81", set()),
        ("Observation", "code-value-quantity", f"{SCT}|364075005$81.5", set()),
        ("Observation", "code-value-quantity", f"{SCT}|364075005$81.5,{SCT}|1000731000000107$81.5", {"ob1"}),
        ("Observation", "code-value-quantity", f"{SCT}|129006008$4", set()),
        ("Observation", "component-code-value-quantity", f"{SCT}|129006008$4", {"ob3"}),
        ("Observation", "component-code-value-quantity", f"{SCT}|284779002$4", set()),
        ("Observation", "component-code-value-concept", f"{SCT}|129006008${SCT}|260407003", set()),
        ("Observation", "combo-code-value-quantity", f"{SCT}|129006008$ge4,{SCT}|1000731000000107$81.5", {"ob1", "ob3"}),
        ("Observation", "combo-code-value-concept", f"{SCT}|763264000${SCT}|925561000000107", {"ob3"}),
        ("Observation", "subject:Patient.family", "Okafor", {"ob1", "ob2", "ob3"}),
        ("Observation", "patient.family", "Nobody", set()),
        ("Observation", "encounter.class", "IMP", {"ob1"}),
        ("Observation", "_has:DiagnosticReport:result:status", "final", {"ob1"}),
        ("Condition", "asserter:Practitioner.family", "nunez", {"co1"}),
    ],
)
def test_values_modifiers_prefixes_and_chains(client: Any, patient: str, type_: str, name: str, value: str, expected: set[str]) -> None:
    answer = asked(client, type_, patient, (name, value))
    assert answer.status_code == 200, answer.text[:1000]
    assert set(local(answer.json())) == expected


def test_several_of_one_name_must_all_hold(client: Any, patient: str) -> None:
    found = asked(client, "Observation", patient, ("date", "ge2026-10-01"), ("date", "lt2026-11-01")).json()
    assert local(found) == ["ob2"]


def test_matches_come_in_the_order_that_was_asked_for(client: Any, patient: str) -> None:
    assert local(asked(client, "Observation", patient, ("_sort", "date")).json()) == ["ob3", "ob2", "ob1"]
    assert local(asked(client, "Observation", patient, ("_sort", "-date")).json()) == ["ob1", "ob2", "ob3"]


def test_pages_hold_every_match_once_in_order(client: Any, patient: str) -> None:
    seen: list[str] = []
    answer = asked(client, "Observation", patient, ("_sort", "date"), ("_count", "1"))
    for _ in range(4):
        bundle = answer.json()
        seen += local(bundle)
        onward = [one["url"] for one in bundle["link"] if one["relation"] == "next"]
        if not onward:
            break
        answer = client.get(onward[0])
        assert answer.status_code == 200
    assert seen == ["ob3", "ob2", "ob1"]


def test_includes_come_beside_the_matches_and_are_not_counted(client: Any, patient: str) -> None:
    found = asked(client, "DiagnosticReport", patient, ("_include", "DiagnosticReport:result"), ("_total", "accurate")).json()
    assert (local(found), local(found, "include"), found["total"]) == (["rep1"], ["ob1"], 1)
    found = asked(client, "Observation", patient, ("code", f"{SCT}|1000731000000107"), ("_revinclude", "DiagnosticReport:result")).json()
    assert (local(found), local(found, "include")) == (["ob1"], ["rep1"])
    found = asked(client, "Observation", patient, ("code", f"{SCT}|1000731000000107"), ("_revinclude", "Provenance:target")).json()
    assert type_of(found, "include") == {"Provenance"}


def test_a_count_or_a_part_can_be_asked_for(client: Any, patient: str) -> None:
    counted = asked(client, "Observation", patient, ("_summary", "count")).json()
    assert (counted["total"], counted.get("entry", [])) == (3, [])
    [part] = asked(client, "Condition", patient, ("code", f"{SCT}|84114007"), ("_elements", "onsetDateTime")).json()["entry"]
    assert part["resource"]["onsetDateTime"] == "2018-05"
    assert "asserter" not in part["resource"]
    [short] = asked(client, "MedicationRequest", patient, ("status", "active"), ("_summary", "true")).json()["entry"]
    assert "medicationReference" in short["resource"]
    assert short["resource"].keys().isdisjoint(("encounter", "note", "text"))
    for one in (part, short):
        assert "SUBSETTED" in [tag["code"] for tag in one["resource"]["meta"]["tag"]]


def test_a_read_gives_what_a_search_gave_with_its_version(client: Any, patient: str) -> None:
    [entry] = asked(client, "Flag", patient).json()["entry"]
    found = entry["resource"]
    read = client.get(f"Flag/{found['id']}")
    assert read.json() == found
    version = found["meta"]["versionId"]
    assert read.headers["etag"] == f'W/"{version}"'
    assert client.get(f"Flag/{found['id']}/_history/{version}").json() == found
    assert client.get(f"Flag/{found['id']}", headers={"If-None-Match": f'W/"{version}"'}).status_code == 304
    assert client.get(f"Flag/{found['id']}/_history/99").status_code == 404


def test_a_history_holds_the_version_that_was_read(client: Any, patient: str) -> None:
    [entry] = asked(client, "Flag", patient).json()["entry"]
    found = client.get(f"Flag/{entry['resource']['id']}/_history").json()
    assert (found["type"], found["total"]) == ("history", len(found["entry"]))
    assert found["entry"][0]["resource"] == entry["resource"]
    assert found["entry"][0]["request"]["method"] in ("POST", "PUT")
    assert found["entry"][0]["response"]["etag"] == f'W/"{entry["resource"]["meta"]["versionId"]}"'


def test_an_unknown_parameter_is_refused_or_left_out_as_the_client_prefers(client: Any, patient: str) -> None:
    strict = asked(client, "Observation", patient, ("shoe-size", "9"), Prefer="handling=strict")
    assert (strict.status_code, strict.json()["resourceType"]) == (400, "OperationOutcome")
    lenient = asked(client, "Observation", patient, ("shoe-size", "9"), Prefer="handling=lenient")
    assert lenient.status_code == 200
    assert len(local(lenient.json())) == 3


@pytest.mark.parametrize(
    ("type_", "pairs", "status"),
    [
        ("Observation", [("date", "yesterday")], 400),
        ("Observation", [("date:exact", "2026")], 400),
        ("Observation", [("_count", "-1")], 400),
        ("Observation", [("_sort", "shoe-size")], 400),
        ("Banana", [], 404),
    ],
)
def test_what_cannot_be_answered_is_an_operation_outcome(client: Any, patient: str, type_: str, pairs: Any, status: int) -> None:
    answer = asked(client, type_, patient, *pairs, Prefer="handling=strict")
    assert (answer.status_code, answer.json()["resourceType"]) == (status, "OperationOutcome")


def test_the_self_link_says_what_was_searched(client: Any, patient: str) -> None:
    [own] = [one["url"] for one in asked(client, "Observation", patient, ("status", "final")).json()["link"] if one["relation"] == "self"]
    assert "status=final" in urlsplit(own).query


def test_every_record_is_read_as_it_was_told(client: Any, record: list[dict[str, Any]]) -> None:
    told = [one for one in record if one["resourceType"] not in ("Provenance", "OperationOutcome")]
    assert len(told) > 30
    for one in told:
        read = client.get(f"{one['resourceType']}/{one['id']}").json()
        assert {**read, "meta": {}} == {**one, "meta": {}}
