"""/identity over HTTP: reviews as Tasks, rulings and their taking back, explanations and history; who may; and what cannot be is refused."""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import replace
from typing import Any

import pytest
from starlette.testclient import TestClient

from carehub.api.app import create_api
from carehub.api.requester import Credentials
from carehub.fhir.models import explain
from carehub.governance.requester import Requester
from carehub.hub.hub import Hub
from carehub.terms.refs import RecordRef
from hub.toy_hub import NURSE, ada, submit, toy_hub

JO = Requester("jo", "Jo Adeyemi", "identity-steward", "X99001", "Northvale", "PATADMIN")
WHO = {
    "jo": JO,
    "sam": replace(JO, user="sam", name="Sam Reed"),
    "kit": replace(JO, user="kit", role="senior-identity-steward"),
    "nurse": NURSE,
}
GP, COUNCIL = RecordRef("gp", "1", "Patient").id, RecordRef("council", "C1", "Patient").id


@pytest.fixture
def hub() -> Hub:
    made = toy_hub()
    submit(made, ada("gp"), ada("council", "C1", nhs="", kind="local_authority"), ada("acute", "A1", given="Bea", nhs="9990000026"))
    made.drain()
    return made


@pytest.fixture
def client(hub: Hub) -> Iterator[TestClient]:
    from doors.api.conftest import digest

    credentials = Credentials({}, {digest(name): who for name, who in WHO.items()})
    with TestClient(create_api(hub, credentials, max_body_bytes=10_000), raise_server_exceptions=False) as client:
        yield client


def ask(client: TestClient, method: str, path: str, who: str = "jo", **more: Any) -> Any:
    headers = {"Authorization": f"Bearer {who}"} if who else {}
    return client.request(method, f"/identity{path}", headers=headers, **more)


def number(response: Any) -> str:
    return str(response.json()["issue"][0]["details"]["coding"][0]["code"])


def test_reviews_are_tasks_and_one_shows_both_records(client: TestClient) -> None:
    found = ask(client, "GET", "/reviews").json()
    assert (found["type"], found["total"]) == ("searchset", 1)
    task = found["entry"][0]["resource"]
    assert explain(task) == ()
    assert task["status"] == "requested"
    assert {one["valueReference"]["reference"] for one in task["input"][:2]} == {f"Patient/{GP}", f"Patient/{COUNCIL}"}
    one = ask(client, "GET", f"/reviews/{task['id']}").json()
    assert explain(one) == ()
    family = next(out for out in one["output"] if out["type"]["text"] == "family")
    assert family["valueString"] == "Okafor | Okafor | agree | The family names agree."


def test_a_pair_is_decided_and_the_ruling_taken_back(client: TestClient, hub: Hub) -> None:
    task = ask(client, "GET", "/reviews").json()["entry"][0]["resource"]["id"]
    before = hub.record_hash()
    answered = ask(client, "POST", f"/reviews/{task}", json={"answer": "same", "reason": "Seen with the letter."})
    assert (answered.status_code, answered.json()["in_effect"]) == (200, True)
    assert len(set(hub.store.links.person_of([GP, COUNCIL]).values())) == 1
    gone = ask(client, "GET", f"/reviews/{task}")
    assert (gone.status_code, number(gone)) == (404, "IDN-007")
    back = ask(client, "POST", f"/rulings/{answered.json()['ruling']}/taking-back", json={"reason": "A second look."})
    assert back.status_code == 200
    assert hub.record_hash() == before


def test_a_blind_answer_is_not_shown_to_the_second_steward(client: TestClient, hub: Hub) -> None:
    submit(hub, ada("gp", extra={"gender": "female"}, at="2026-11-21T08:00:00.000Z"))
    submit(hub, ada("council", "C1", nhs="", kind="local_authority", extra={"gender": "male"}, at="2026-11-21T08:00:00.000Z"))
    hub.drain()
    task = ask(client, "GET", "/reviews").json()["entry"][0]["resource"]["id"]
    assert ask(client, "POST", f"/reviews/{task}", json={"answer": "same", "reason": "Only Jo knows why."}).status_code == 200
    for path in (f"/reviews/{task}", f"/explanation?record={GP}&other={COUNCIL}"):
        told = ask(client, "GET", path, "sam")
        assert told.status_code == 200
        assert "Only Jo" not in told.text
        assert "Jo Adeyemi" not in told.text
    again = ask(client, "POST", f"/reviews/{task}", json={"answer": "same", "reason": "Once more."})
    assert (again.status_code, number(again)) == (403, "IDN-001")
    assert ask(client, "POST", f"/reviews/{task}", "sam", json={"answer": "different", "reason": "Not so."}).status_code == 200
    stuck = ask(client, "GET", f"/reviews/{task}").json()
    assert (stuck["businessStatus"]["text"], stuck["priority"]) == ("Two stewards disagree; waiting for a senior", "urgent")
    assert ask(client, "POST", f"/reviews/{task}", "kit", json={"answer": "same", "reason": "Both seen."}).status_code == 200
    assert len(set(hub.store.links.person_of([GP, COUNCIL]).values())) == 1


def test_an_explanation_names_values_levels_rule_and_what_would_have_changed_it(client: TestClient) -> None:
    told = ask(client, "GET", f"/explanation?record={GP}&other={COUNCIL}", "nurse").json()
    assert (told["together"], told["result"], told["rule"], told["rules_version"]) == (False, "POSSIBLE_MATCH", "names-and-birth-date", 1)
    assert told["decided_by"] == "automatic"
    assert told["total"] is None
    assert "If the NHS numbers agreed, they would be linked by rule." in told["would_change"]
    number_row = told["fields"][0]
    assert (number_row["values"], number_row["level"], number_row["weight"]) == (["999 000 0018", ""], "missing", None)
    ruled = ask(client, "POST", "/rulings", json={"answer": "never-link", "record": COUNCIL, "other": GP, "reason": "Two sisters."}).json()
    told = ask(client, "GET", f"/explanation?record={GP}&other={COUNCIL}", "nurse").json()
    assert (told["decided_by"], told["rulings"][0]["id"], told["result"]) == ("Jo Adeyemi", ruled["ruling"], "NO_MATCH")
    alone = ask(client, "GET", f"/explanation?record={GP}", "nurse")
    assert (alone.status_code, number(alone)) == (404, "IDN-008")


def test_everything_that_holds_a_person_together_is_told_at_once(client: TestClient, hub: Hub) -> None:
    ask(client, "POST", "/rulings", json={"answer": "link", "record": COUNCIL, "other": GP, "reason": "Her daughter says so."})
    person = hub.store.links.person_of([GP])[GP]
    told = ask(client, "GET", f"/explanation?person={person}", "nurse").json()
    assert {one["record"] for one in told["records"]} == {GP, COUNCIL}
    council = next(one for one in told["records"] if one["record"] == COUNCIL)
    assert council["source"] == {"code": "council", "name": "council", "kind": "local_authority"}
    assert council["explanation"] == ask(client, "GET", f"/explanation?record={COUNCIL}&other={GP}", "nurse").json()
    assert (council["held_by"][0]["record"], council["held_by"][0]["rule"]) == (GP, "steward")
    assert [(turn["by"], turn["reason"], turn["here"]) for turn in council["history"]][-1] == ("Jo Adeyemi", "Her daughter says so.", True)
    assert [one["answer"] for one in told["rulings"]] == ["link"]
    for wrong in ("/explanation", f"/explanation?person={person}&record={GP}"):
        assert number(ask(client, "GET", wrong, "nurse")) == "API-005"
    assert ask(client, "GET", "/explanation?person=nobody", "nurse").status_code == 404
    assert ask(client, "GET", f"/explanation?person={person}", "").status_code == 401


def test_a_report_is_an_urgent_task_and_its_record_is_explained_to_stewards_only(client: TestClient, hub: Hub) -> None:
    ask(client, "POST", "/rulings", json={"answer": "link", "record": COUNCIL, "other": GP, "reason": "why"})
    person = hub.store.links.person_of([GP])[GP]
    body = {"person": person, "record": COUNCIL, "why": "shared-number", "saw": "Not her address.", "hide": True}
    assert ask(client, "POST", "/reports", "nurse", json=body).status_code == 200
    task = ask(client, "GET", "/reviews").json()["entry"][0]["resource"]
    assert explain(task) == ()
    assert task["priority"] == "urgent"
    said = {one["type"]["text"]: next(value for name, value in one.items() if name != "type") for one in task["input"]}
    assert said["reported record"] == {"reference": f"Patient/{COUNCIL}"}
    assert (said["reported because"], said["reported by"]) == ("shared-number: Not her address.", "Jo Adeyemi, district-nurse")
    assert said["hidden while checked"] is True
    hidden = ask(client, "GET", f"/explanation?record={COUNCIL}&other={GP}", "nurse")
    assert (hidden.status_code, number(hidden)) == (403, "IDN-009")
    assert ask(client, "GET", f"/explanation?record={COUNCIL}&other={GP}").status_code == 200
    told = ask(client, "GET", f"/explanation?person={person}", "nurse").json()
    council = next(one for one in told["records"] if one["record"] == COUNCIL)
    assert (council["hidden"], council["explanation"], council["reports"][0]["by"]) == (True, None, "Jo Adeyemi")
    # A ruling joined them, so that is what has to be taken back.
    apart = ask(client, "POST", f"/reviews/{task['id']}", json={"answer": "different", "reason": "Her sister."})
    assert (apart.status_code, number(apart)) == (409, "IDN-003")


def test_history_says_whose_a_record_was_at_a_time(client: TestClient, hub: Hub) -> None:
    early = hub.store.links.history(COUNCIL)[0][1]
    before = hub.store.links.person_of([COUNCIL])[COUNCIL]
    ask(client, "POST", "/rulings", json={"answer": "link", "record": COUNCIL, "other": GP, "reason": "Her daughter says so."})
    links = ask(client, "GET", f"/history?record={COUNCIL}").json()["links"]
    assert [(one["rule"], one["source"]) for one in links] == [("only-record", "AUTO"), ("steward-linked", "MANUAL")]
    then = ask(client, "GET", f"/history?record={COUNCIL}&at={early}").json()
    assert then["person"] == before != links[-1]["person"]
    assert ask(client, "GET", f"/history?record={COUNCIL}&at=2020-01-01T00:00:00Z").status_code == 404
    assert number(ask(client, "GET", f"/history?record={COUNCIL}&at=yesterday")) == "API-005"
    # A rebuild tells the same history: it is kept by the place in the log and by when each message was received.
    hub.rebuild()
    assert ask(client, "GET", f"/history?record={COUNCIL}").json()["links"] == links


@pytest.mark.parametrize(
    ("path", "body", "status", "code"),
    [
        ("/rulings", {"answer": "perhaps", "record": GP, "other": COUNCIL, "reason": "why"}, 422, "IDN-004"),
        ("/rulings", {"answer": "same", "record": GP, "other": COUNCIL}, 422, "IDN-004"),
        ("/rulings", {"answer": "same", "record": GP, "other": "nobody", "reason": "why"}, 404, "API-003"),
        ("/rulings", {"answer": "same", "record": 1, "reason": "why"}, 400, "API-005"),
        ("/rulings", {"answer": "same", "more": ""}, 400, "API-005"),
        ("/rulings", [], 400, "API-005"),
        ("/rulings/none/taking-back", {"reason": "why"}, 404, "IDN-005"),
        ("/reviews/none", {"answer": "same", "reason": "why"}, 404, "IDN-007"),
        ("/reviews/none", {"answer": "unlink", "reason": "why"}, 422, "IDN-004"),
    ],
)
def test_what_cannot_be_is_refused_with_its_number(client: TestClient, path: str, body: Any, status: int, code: str) -> None:
    response = ask(client, "POST", path, json=body)
    assert (response.status_code, number(response)) == (status, code)


def test_a_wrong_match_is_reported_hidden_and_shown_again(client: TestClient, hub: Hub) -> None:
    ask(client, "POST", "/rulings", json={"answer": "same", "record": COUNCIL, "other": GP, "reason": "why"})
    person = hub.store.links.person_of([GP])[GP]
    body = {"person": person, "record": COUNCIL, "why": "another-person", "saw": "Not her address.", "hide": True}
    told = ask(client, "POST", "/reports", "nurse", json=body)
    assert told.status_code == 200
    headers = {"Authorization": "Bearer nurse"}
    hidden = client.get(f"/fhir/R4/Patient/{COUNCIL}", headers=headers)
    assert (hidden.status_code, number(hidden)) == (403, "IDN-009")
    back = ask(client, "POST", f"/reports/{told.json()['ruling']}/taking-back", "nurse", json={"reason": "It is hers."})
    assert back.status_code == 200
    assert client.get(f"/fhir/R4/Patient/{COUNCIL}", headers=headers).status_code == 200
    for wrong in ({**body, "why": "perhaps"}, {**body, "saw": ""}):
        assert number(ask(client, "POST", "/reports", "nurse", json=wrong)) == "IDN-010"


def test_only_stewards_see_and_settle_reviews_and_nobody_without_a_credential(client: TestClient, hub: Hub) -> None:
    before = hub.log.last_position()
    rule = {"answer": "same", "record": GP, "other": COUNCIL, "reason": "why"}
    assert ask(client, "GET", "/reviews", "nurse").status_code == 403
    assert ask(client, "POST", "/rulings", "nurse", json=rule).status_code == 403
    assert ask(client, "POST", "/rulings", "", json=rule).status_code == 401
    assert hub.log.last_position() == before
    ask(client, "GET", f"/explanation?record={GP}&other={COUNCIL}", "nurse")
    for person in hub.store.links.person_of([GP, COUNCIL]).values():
        event = json.loads(hub.store.audit.about(person, 1)[0].event)
        assert event["entity"][0]["detail"][0]["valueString"] == f"explanation of {GP} {COUNCIL}"
