"""Service directories: what a service says, what a page does not say, when a vanished service may be closed, and text that cannot run."""

from __future__ import annotations

import pytest

from carehub.feeds.mapped import Mapped
from carehub.fhir.canonical import dumps
from carehub.fhir.gate import check
from unit.adapters.voluntary_messages import ADAPTER, a_service, give, numbers, of_type, page, parts, read, refused, told, uuid

DAY = {"freq": "WEEKLY", "byday": "MO", "opens_at": "09:00", "closes_at": "17:00"}


def one(n: int = 1, **more):
    return of_type(told(dumps(a_service(n, **more))), "HealthcareService")


def place(**more):
    location = {"id": uuid(10), "name": "Hall", **more}
    mapped = told(dumps(a_service(service_at_locations=[{"id": uuid(9), "location": location}])))
    return mapped, of_type(mapped, "Location")


# ---- nobody's records ----


def test_records_of_a_directory_are_nobodys():
    mapped = told(dumps(a_service(organization={"id": uuid(20), "name": "Growers"})))
    assert mapped.patient is None
    assert {record.ref.patient for record in mapped.records} == {""}
    assert "Patient" not in {record.ref.type for record in mapped.records}


def test_one_organisation_of_two_services_is_told_for_each_by_itself():
    short, full = ({"id": uuid(20), "name": "Growers", **more} for more in ({}, {"email": "a@example.org"}))
    first, second = (told(dumps(a_service(n, organization=o))) for n, o in ((1, short), (2, full)))
    assert of_type(first, "Organization")["id"] != of_type(second, "Organization")["id"]


def test_an_unnamed_directory_must_give_ids_that_are_its_own_alone():
    assert refused(dumps({**a_service(), "id": "17"})) == [("MAP-004", "id")]
    [part, _] = parts(read([page({**a_service(), "id": "17"})]))
    assert isinstance(give(part), Mapped)


@pytest.mark.parametrize("body", [b"[]", b"[1]", b"{}", b'{"id": 1', b'{"carehub": "directory read", "reads": []}', b'{"carehub": 1}'])
def test_what_is_no_directory_is_refused_with_a_reason(body):
    try:
        found = [give(part) for part in parts(body)]
    except Exception:
        found = [give(body)]
    assert all(not isinstance(result, Mapped) and result.issues for result in found)


# ---- status ----


@pytest.mark.parametrize(("status", "active"), [("active", True), ("inactive", False), ("defunct", False), ("Temporarily Closed", False)])
def test_a_service_is_told_as_open_only_when_it_is(status, active):
    mapped = told(dumps(a_service(status=status)))
    assert of_type(mapped, "HealthcareService")["active"] is active
    assert mapped.kind == ("service" if active else "service-closed")


def test_a_status_nobody_knows_is_not_said_and_takes_the_old_one_away():
    mapped = told(dumps(a_service(status="paused")))
    [record] = mapped.records
    assert "active" not in record.resource
    assert "active" not in ADAPTER.revise(one(), record.resource, record.clears)
    assert ("MAP-006", "status") in numbers(mapped)


# ---- an outline ----


def test_an_outline_leaves_places_hours_and_telephones_as_they_were():
    full = one(schedules=[DAY], phones=[{"number": "020 7946 0101"}], email="old@example.org", wait_time="A week", fees="Free")
    outline = told(dumps(a_service(email="new@example.org", wait_time="A month"))).records[0]
    assert outline.change == "update"
    later = ADAPTER.revise(full, outline.resource, outline.clears)
    assert later["availableTime"] == full["availableTime"]
    assert {point["value"] for point in later["telecom"]} == {"new@example.org", "020 7946 0101"}
    assert later["extraDetails"].split("\n\n") == ["Waiting time: A month", "Fees: Free"]


# ---- closing ----


def closing(body: bytes) -> Mapped:
    *_, last = parts(body)
    result = give(last)
    assert isinstance(result, Mapped)
    assert result.closes_submission
    return result


def full(n: int):
    return a_service(n, schedules=[])


@pytest.mark.parametrize(
    ("reads", "closes"),
    [
        ([[page(full(1), full(2))]], ("directory", "directory places")),
        ([[page(a_service(1), a_service(2))]], ("directory",)),
        ([[page(full(1), number=1, of=2, total=2), page(full(2), number=2, of=2, total=2)]], ()),
        ([[page(full(1), number=1, of=2, total=2), page(full(2), number=2, of=2, total=2)]] * 2, ("directory", "directory places")),
        ([[page(full(1), full(2))], [page(full(1), full(3))]], ()),
        ([[page(full(1), full(2))], [page(full(1), total=2)]], ()),
        ([[page(full(1), total=2)]], ()),
        ([[page(full(1), full(1), total=2)]], ()),
        ([[page(full(1), of=2)]], ()),
        ([[page(full(1), "not a service", total=2)]], ()),
        ([[page()]], ()),
        ([[]], ()),
    ],
    ids=[
        "one page, whole",
        "one page, in outline",
        "two pages, read once",
        "two pages, read twice",
        "two reads that differ",
        "second read not whole",
        "fewer than counted",
        "one id twice",
        "a page is missing",
        "an entry is no service",
        "empty",
        "no pages",
    ],
)
def test_only_a_read_that_can_hide_nothing_closes(reads, closes):
    last = closing(read(*reads))
    assert last.closes == closes
    assert (("MAP-040", "reads") in numbers(last)) is not closes


def test_a_page_alone_closes_nothing():
    for body in (dumps(page(full(1), full(2))), dumps(page()), dumps(full(1))):
        assert [give(part).closes for part in parts(body)] == [()] * len(parts(body))


def test_an_end_that_comes_from_outside_closes_nothing():
    [last] = [part for part in parts(read([page(full(1))])) if b"end of directory" in part]
    assert give(last).closes
    assert refused(last) == [("MAP-003", "")]


def test_a_read_tells_each_service_once_and_at_the_time_of_the_read():
    body = read([page(full(1), full(2))], [page(full(1), full(2))])
    found = [give(part) for part in parts(body)]
    assert [one.kind for one in found] == ["service", "service", "end-of-directory"]
    assert {one.recorded for one in found} == {"2026-04-05T06:00:00.000Z"}
    assert {record.scope for one in found for record in one.records} == {"directory"}
    assert max(found, key=lambda one: one.sequence).kind == "end-of-directory"


def test_a_bad_entry_of_a_page_costs_only_itself():
    found = [give(part) for part in parts(dumps(page(a_service(1), "x", None, {"id": uuid(3)}, a_service(4))))]
    assert [isinstance(one, Mapped) for one in found] == [True, False, False, False, True]


# ---- places ----


@pytest.mark.parametrize(
    ("latitude", "longitude"),
    [(100, 101), (53.5, 181), (-90.1, 0.5), (53.5, None), (None, -1.2), (0, 0), ("north", "west"), (True, 1), ("1e400", 2), ("NaN", 2)],
)
def test_an_impossible_position_is_refused_and_the_rest_kept(latitude, longitude):
    mapped, location = place(latitude=latitude, longitude=longitude, addresses=[{"city": "Northvale"}])
    assert "position" not in location
    assert (location["name"], location["address"]) == ("Hall", {"city": "Northvale"})
    assert "MAP-021" in {number for number, _ in numbers(mapped)}


@pytest.mark.parametrize(
    ("latitude", "longitude"), [(53.5, -1.25), ("53.500001", "-1.2"), (1e-7, 51), (90, -180), ("5.35e1", "0.00000000000000000001")]
)
def test_a_possible_position_is_kept(latitude, longitude):
    mapped, location = place(latitude=latitude, longitude=longitude)
    assert set(location["position"]) == {"latitude", "longitude"}
    assert check(location) == ()
    assert numbers(mapped) == set()


# ---- hours ----


@pytest.mark.parametrize(
    ("more", "words"),
    [
        ({"interval": 2}, "every 2 weeks"),
        ({"freq": "MONTHLY", "byday": "2MO"}, "2MO, 09:00 to 17:00, repeats every month"),
        ({"count": 3}, "number of times: 3"),
        ({"byweekno": "41"}, "in weeks 41"),
        ({"valid_to": "2026-03-31"}, "valid to 31-Mar-2026"),
        ({"until": "2005-01-01"}, "until 01-Jan-2005"),
        ({"valid_from": "2026-04-02"}, "valid from 02-Apr-2026"),
        ({"valid_from": "soon"}, "valid from soon"),
        ({"opens_at": "25:00"}, "25:00 to 17:00"),
        ({"opens_at": "18:00"}, "18:00 to 17:00"),
        ({"byday": "MO,Blursday"}, "MO,Blursday"),
    ],
)
def test_hours_that_do_not_hold_every_week_are_told_in_words_only(more, words):
    mapped = told(dumps(a_service(schedules=[{**DAY, **more}])))
    found = of_type(mapped, "HealthcareService")
    assert "availableTime" not in found
    assert words in found["availabilityExceptions"]
    assert ("MAP-007", "schedules") in numbers(mapped)


@pytest.mark.parametrize(
    ("byday", "days"),
    [("TH,FR", ["thu", "fri"]), ("fr, th", ["thu", "fri"]), ("Monday", ["mon"]), ("SU;SA", ["sat", "sun"]), ("tues wed", ["tue", "wed"])],
)
def test_days_are_read_in_any_order_and_case(byday, days):
    [time] = one(schedules=[{**DAY, "byday": byday, "valid_from": "2026-01-01", "valid_to": "2026-12-31"}])["availableTime"]
    assert time == {"daysOfWeek": days, "availableStartTime": "09:00:00", "availableEndTime": "17:00:00"}


# ---- persons, telephones ----


def test_contacts_are_persons_and_only_ways_to_reach_the_service_are_kept():
    contact = {"name": "Pat Example", "title": "Cook", "email": "cook@example.org", "phones": [{"number": "020 7946 0107"}]}
    mapped = told(dumps(a_service(contacts=[contact], organization={"id": "o", "name": "Growers", "contacts": [contact]})))
    assert "Pat" not in str(mapped.records)
    assert "Cook" not in str(mapped.records)
    assert [p["value"] for p in of_type(mapped, "HealthcareService")["telecom"]] == ["020 7946 0107", "cook@example.org"]
    assert ("MAP-014", "contacts") in numbers(mapped)
    own = one(contacts=[contact], email="us@example.org", phones=[{"number": "020 7946 0101"}])
    assert [p["value"] for p in own["telecom"]] == ["020 7946 0101", "us@example.org"]


@pytest.mark.parametrize(
    ("sent", "value"),
    [('"020 7946 0101"', "020 7946 0101"), ("tel:+44 20 7946 0101", "+44 20 7946 0101"), ("(020) 7946-0101", "(020) 7946-0101")],
)
def test_a_telephone_is_taken_out_of_its_quote_marks(sent, value):
    assert one(phones=[{"number": sent}])["telecom"] == [{"system": "phone", "value": value}]


@pytest.mark.parametrize(
    "address",
    [
        "javascript:alert(1)",
        "data:text/html,x",
        "ftp://example.org",
        "https://user@example.org",
        "//example.org",
        "http://a b",
        'https://e.org/"onclick=x',
    ],
)
def test_an_address_that_is_not_safe_to_follow_is_kept_as_words(address):
    mapped = told(dumps(a_service(url=address)))
    found = of_type(mapped, "HealthcareService")
    assert "telecom" not in found
    assert "Contact as sent" in found["extraDetails"]
    assert "javascript:" not in found["extraDetails"]
    assert ("MAP-007", "url") in numbers(mapped)
