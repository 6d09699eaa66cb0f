"""The bench's invented messages: synthetic, the same on every run, and wholly accepted by the adapters they are for."""

import json
import re

import feeds
import pytest
from hubs import ACUTE, GP
from least import as_r4

from carehub.feeds.message import Message
from carehub.terms.nhs_number import valid
from carehub.wiring.loading import load_adapters


def test_nhs_numbers_are_valid_and_in_the_test_range() -> None:
    numbers = feeds.nhs_numbers(500)
    assert len(set(numbers)) == 500
    assert all(valid(number) == number and number.startswith("999") for number in numbers)


def test_messages_are_the_same_on_every_run() -> None:
    assert feeds.adt_messages(40, 10) == feeds.adt_messages(40, 10)
    assert feeds.gp_record_of(60) == feeds.gp_record_of(60)


def test_every_message_has_twelve_segments_and_a_number_of_its_own() -> None:
    messages = feeds.adt_messages(40, 10)
    assert {message.count(b"\r") for message in messages} == {12}
    assert len({message.split(b"|")[9] for message in messages}) == 40
    assert [message.split(b"|")[8] for message in messages[::10]] == [b"ADT^A01", b"ADT^A02", b"ADT^A08", b"ADT^A03"]


def test_telephone_numbers_are_for_drama() -> None:
    told = b"".join(feeds.adt_messages(200, 200)).decode()
    assert all(re.fullmatch(r"020 7946 0\d{3}", number) for number in re.findall(r"020 [ \d]+", told))


def test_a_visit_keeps_its_number_and_another_person_has_another() -> None:
    messages = feeds.adt_messages(20, 5)
    visits = [next(s for s in m.decode().split("\r") if s.startswith("PV1")).split("|")[19] for m in messages]
    assert visits[0] == visits[5] == visits[15]
    assert len(set(visits)) == 5


@pytest.mark.parametrize(("feed", "bodies"), [(ACUTE, feeds.adt_messages(40, 10)), (GP, [feeds.gp_record_of(100)])])
def test_the_adapters_leave_nothing_out_that_is_an_error(feed: str, bodies: list[bytes]) -> None:
    adapter = load_adapters().adapter(feed)
    for n, body in enumerate(bodies, 1):
        mapped = adapter.map_message(Message(f"m{n}", n, "s", 0, feed, "2026-01-01T00:00:00.000Z", body))
        assert not [found for found in mapped.issues if found.severity in ("error", "fatal")]


@pytest.mark.parametrize("size", [10, 100, 1000])
def test_a_gp_record_is_about_as_large_as_asked(size: int) -> None:
    resources = [entry["resource"]["resourceType"] for entry in json.loads(feeds.gp_record_of(size))["entry"]]
    assert abs(len(resources) - size) <= max(3, size // 50)
    assert {"Patient", "MedicationRequest", "Observation", "Condition", "List"} <= set(resources)


def test_baselines_are_handed_whole_resources() -> None:
    [resources] = as_r4(ACUTE, feeds.adt_messages(1, 1))
    types = [resource["resourceType"] for resource in resources]
    assert (types.count("AllergyIntolerance"), types.count("Condition"), types.count("RelatedPerson")) == (2, 2, 2)
    assert all("id" in resource for resource in resources)
    assert next(r for r in resources if r["resourceType"] == "Encounter")["status"] == "in-progress"
