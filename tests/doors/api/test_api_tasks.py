"""Actions over the API: POST Task creates once, PUT Task is of a version that was read, and what would not be kept is refused by number."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor

import pytest

SYSTEM = "https://mdt.example/action"


def task(person: str, **more) -> dict:
    owner = {
        "resourceType": "PractitionerRole",
        "id": "who",
        "practitioner": {"display": "Sam Webb"},
        "organization": {"display": "Northvale Council"},
    }
    told = {
        "resourceType": "Task",
        "status": "requested",
        "intent": "order",
        "description": "Fit a second stair rail",
        "for": {"reference": f"Patient/{person}"},
        "contained": [owner],
        "owner": {"reference": "#who"},
        "restriction": {"period": {"end": "2026-11-25"}},
    }
    return {name: value for name, value in {**told, **more}.items() if value is not None}


def create(nurse, person, headers=None, **more):
    return nurse.post("/fhir/R4/Task", json=task(person, **more), headers=headers or {})


def update(nurse, stands, tag=None, **more):
    headers = {"If-Match": tag or f'W/"{stands["meta"]["versionId"]}"'}
    return nurse.put(f"/fhir/R4/Task/{stands['id']}", json={**stands, **more}, headers=headers)


def number(answer) -> tuple[int, str]:
    return answer.status_code, answer.json()["issue"][0]["details"]["coding"][0]["code"]


def test_what_is_created_is_read_and_found_and_part_of_everything(nurse, person):
    made = create(nurse, person, identifier=[{"system": SYSTEM, "value": "1"}])
    assert made.status_code == 201
    told = made.json()
    assert made.headers["location"].endswith(f"/fhir/R4/Task/{told['id']}/_history/1")
    read = nurse.get(f"/fhir/R4/Task/{told['id']}")
    assert (read.json(), read.headers["etag"]) == (told, 'W/"1"')
    found = nurse.get("/fhir/R4/Task", params={"patient": person, "identifier": f"{SYSTEM}|1"}).json()
    assert [one["resource"]["id"] for one in found["entry"] if one["search"]["mode"] == "match"] == [told["id"]]
    everything = nurse.get(f"/fhir/R4/Patient/{person}/$everything").json()
    assert told["id"] in [one["resource"]["id"] for one in everything["entry"]]
    assert (told["requester"], told["businessStatus"]) == (
        {"display": "Jo Adeyemi (Northvale Community)"},
        {"text": "Requested, not accepted yet"},
    )


def test_a_conditional_create_gives_back_what_is_there(nurse, person):
    named = {"identifier": [{"system": SYSTEM, "value": "1"}], "headers": {"If-None-Exist": f"identifier={SYSTEM}|1"}}
    first, again = create(nurse, person, **named), create(nurse, person, **named)
    assert (first.status_code, again.status_code) == (201, 200)
    assert first.json() == again.json()
    assert first.headers["etag"] == again.headers["etag"]
    assert number(create(nurse, person, identifier=named["identifier"])) == (409, "ACT-005")


def test_64_callers_at_once_create_one_task(nurse, person, hub):
    headers = {"If-None-Exist": f"identifier={SYSTEM}|64"}
    with ThreadPoolExecutor(64) as pool:
        made = list(pool.map(lambda n: create(nurse, person, headers, identifier=[{"system": SYSTEM, "value": "64"}]), range(64)))
    assert sorted(answer.status_code for answer in made) == [200] * 63 + [201]
    assert len({answer.json()["id"] for answer in made}) == 1
    assert sum(head.feed == "team/actions" for head in hub.log.heads(0, 200)) == 1


@pytest.mark.parametrize("asked", ["", "status=requested", f"identifier={SYSTEM}|2", f"identifier={SYSTEM}|1&status=requested"])
def test_a_condition_on_anything_but_its_own_identifier_is_refused(nurse, person, asked):
    answer = create(nurse, person, {"If-None-Exist": asked}, identifier=[{"system": SYSTEM, "value": "1"}])
    assert number(answer) == (400, "API-005")


@pytest.mark.parametrize(
    ("wrong", "told"),
    [
        ({"description": None}, (422, "ACT-001")),
        ({"owner": None}, (422, "ACT-001")),
        ({"owner": {"display": "Sam Webb"}}, (422, "ACT-001")),
        ({"restriction": None}, (422, "ACT-001")),
        ({"restriction": {"period": {"end": "2026-11-21"}}}, (422, "ACT-001")),
        ({"status": "completed"}, (422, "ACT-002")),
        ({"status": "odd"}, (422, "GATE")),
        ({"for": None}, (400, "API-005")),
        ({"for": {"reference": "Group/1"}}, (400, "API-005")),
        ({"intent": "plan"}, (400, "API-005")),
        ({"output": [{"type": {"text": "x"}, "valueString": "y"}]}, (400, "API-005")),
        ({"resourceType": "Basic"}, (400, "API-005")),
        ({"reasonReference": {"reference": "Goal/x"}}, (422, "ACT-006")),
        ({"for": {"reference": "Patient/nobody"}}, (404, "API-003")),
        ({"identifier": [{"value": "1"}]}, (400, "API-005")),
    ],
    ids=str,
)
def test_what_is_no_action_is_refused_by_number_and_nothing_is_stored(nurse, person, hub, wrong, told):
    length = len(hub.log.heads(0, 100))
    status, code = number(create(nurse, person, **wrong))
    assert (status, code[: len(told[1])]) == told
    assert len(hub.log.heads(0, 100)) == length


def test_a_change_is_of_the_version_that_was_read(nurse, person):
    first = create(nurse, person).json()
    accepted = update(nurse, first, status="accepted")
    assert (accepted.status_code, accepted.headers["etag"], accepted.json()["note"][0]["text"]) == (200, 'W/"2"', "Accepted")
    assert number(update(nurse, first, status="in-progress")) == (412, "ACT-003")
    now = accepted.json()
    told = update(nurse, now, status="in-progress", note=[*now["note"], {"text": "Rail ordered"}]).json()
    assert told["note"][1]["text"] == "In progress. Rail ordered"
    assert number(update(nurse, told, status="cancelled")) == (422, "ACT-002")
    given_up = update(nurse, told, status="cancelled", statusReason={"text": "She declined"})
    assert given_up.json()["statusReason"] == {"text": "She declined"}
    assert "businessStatus" not in given_up.json()
    assert number(update(nurse, given_up.json(), status="requested")) == (422, "ACT-002")


def test_handing_over_names_another_holder_who_has_yet_to_accept(nurse, person):
    now = update(nurse, create(nurse, person).json(), status="accepted").json()
    other = {**now["contained"][0], "practitioner": {"display": "Ann Poole"}}
    assert number(update(nurse, now, contained=[other])) == (422, "ACT-002")
    told = update(nurse, now, contained=[other], status="requested").json()
    assert (told["owner"]["display"], told["businessStatus"]["text"]) == ("Ann Poole, Northvale Council", "Requested, not accepted yet")
    assert told["note"][-1]["text"] == "Handed over from Sam Webb, Northvale Council to Ann Poole, Northvale Council"


def test_a_change_without_a_version_or_of_another_task_is_refused(nurse, person, stranger):
    stands = create(nurse, person).json()
    address = f"/fhir/R4/Task/{stands['id']}"
    assert number(nurse.put(address, json=stands)) == (428, "ACT-004")
    assert number(update(nurse, stands, tag="abc")) == (400, "API-005")
    assert number(nurse.put(address, json={**stands, "id": "x"}, headers={"If-Match": 'W/"1"'})) == (400, "API-005")
    assert number(nurse.put("/fhir/R4/Task/x", json={**stands, "id": "x"}, headers={"If-Match": 'W/"1"'})) == (404, "API-003")
    assert number(update(nurse, stands, description="Fit a ramp", status="accepted")) == (422, "ACT-007")
    assert number(update(nurse, stands, identifier=[{"system": SYSTEM, "value": "9"}], status="accepted")) == (422, "ACT-007")
    assert number(update(nurse, stands, **{"for": {"reference": "Patient/x"}}, status="accepted")) == (422, "ACT-007")
    stranger.headers.pop("Authorization")
    assert nurse.post("/fhir/R4/Task", json=task(person)).status_code == 401
    assert nurse.put(address, json=stands).status_code == 401


def test_what_the_server_says_it_does(nurse):
    served = {one["type"]: one for one in nurse.get("/fhir/R4/metadata").json()["rest"][0]["resource"]}
    assert [one["code"] for one in served["Task"]["interaction"]] == [
        "read",
        "vread",
        "history-instance",
        "create",
        "update",
        "search-type",
    ]
    assert served["Task"]["conditionalCreate"] is True
    assert "conditionalCreate" not in served["Goal"]
