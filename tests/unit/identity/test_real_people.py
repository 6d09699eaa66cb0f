"""Published sample people: nobody is linked who should not be."""

from __future__ import annotations

import csv
import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from carehub.identity import rules
from carehub.identity.demographics import read

FEEDS = Path(__file__).resolve().parents[3] / ".." / "shared" / "data" / "feeds"
PEOPLE = FEEDS / "people" / "NHSDigital+immunisation-fhir-api" / "testData.part-a.csv"
pytestmark = [
    pytest.mark.real_feeds,
    pytest.mark.skipif(not FEEDS.is_dir(), reason="the published sample feeds are not beside the project"),
]


def _patients(element: Any) -> Iterator[dict[str, Any]]:
    if isinstance(element, dict):
        if element.get("resourceType") == "Patient":
            yield element
        for value in element.values():
            yield from _patients(value)
    elif isinstance(element, list):
        for value in element:
            yield from _patients(value)


def _gp() -> Iterator[tuple[str, dict[str, Any]]]:
    for path in sorted((FEEDS / "gp").rglob("*.json")):
        try:
            message = json.loads(path.read_text(encoding="utf-8-sig"))
        except ValueError:
            continue  # one published example is not JSON
        for number, patient in enumerate(_patients(message)):
            yield f"{path.name}#{number}", patient


def test_gp_patients_link_only_with_the_same_birth_date_and_name(lane: Any) -> None:
    said = {}
    for record, patient in _gp():
        said[record] = read(patient, kind="gp", source="X9A01")
        lane.tell(record, said[record])
    assert len(said) >= 30
    for persons in lane.partition():
        assert len({(said[r].birth_date, said[r].family_key, said[r].given_key) for r in persons}) == 1


def test_the_placeholder_number_of_nine_people_links_nobody(lane: Any) -> None:
    shared = {r: p for r, p in _gp() if any(i.get("value") == "1234567890" for i in p.get("identifier", ()))}
    assert len({(p["birthDate"], p["name"][0]["family"]) for p in shared.values()}) == 9
    for record, patient in shared.items():
        found = read(patient, kind="gp", source="X9A01")
        assert not found.nhs_number
        lane.tell(record, found)
    assert all(len(person) == 1 for person in lane.partition())


def test_a_sample_of_synthetic_people_gives_no_false_link_and_finds_each_one_again(lane: Any) -> None:
    with PEOPLE.open(encoding="utf-8-sig") as file:
        rows = list(csv.DictReader(file))
    people = []
    for row in rows:
        patient = {
            "resourceType": "Patient",
            "identifier": [{"system": "https://fhir.nhs.uk/Id/nhs-number", "value": row["nhs_number"]}],
            "name": [{"use": "official", "family": row["family_name"], "given": [row["given_name"]]}],
            "birthDate": row["birth_date"],
            "gender": row["gender"],
            "address": [{"use": "home", "postalCode": row["postal_code"]}],
        }
        people.append(read(patient, kind="gp", source="X9A01"))
    assert len(people) > 1300
    keys = {}
    for number, found in enumerate(people):
        key = lane.tell(f"gp/{number:04d}", found).members[0].match_key if number < 200 else ""
        keys[number] = key
    # Every row is a person of its own: no link at all between the first 200, told one by one ...
    assert all(len(person) == 1 for person in lane.partition())
    # ... and no match key of any two rows agrees.
    made = [key for key in map(rules.match_key, people) if key]
    assert len(made) == len(set(made))
    assert len(made) > 1200
    # The hospital's record of the same people, name in another case, links to each whose record may link at all.
    for number, found in enumerate(people[:200]):
        lane.tell(f"acute/{number:04d}", found)
    for number in range(200):
        together = lane.member[f"gp/{number:04d}"].person == lane.member[f"acute/{number:04d}"].person
        assert together == bool(keys[number])
