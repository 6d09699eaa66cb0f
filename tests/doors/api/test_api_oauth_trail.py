"""What is written in the audit trail of apps that ask for access."""

from __future__ import annotations

import json
from datetime import timedelta

import pytest

from carehub.terms.errors import StoreBusy
from carehub.terms.issue_catalogue import issue
from carehub.tokens.assertion import TYPE
from doors.api.test_api_oauth import Held


def test_each_token_given_and_refused_is_written_of_registered_apps_alone_and_none_is_given_that_is_not(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    held = Held()
    before = len(list(held.hub.store.audit.chain()))
    token = held.token("system/Patient.rs")
    proof = held.assertion()
    form = {"grant_type": "client_credentials", "client_assertion_type": TYPE, "client_assertion": proof}
    assert held.ask(**form, scope="system/Task.rs").status_code == 400
    assert held.ask(**form, scope="system/Patient.rs").status_code == 401
    stranger = held.assertion(iss="stranger", sub="stranger")
    assert held.ask(**(form | {"client_assertion": stranger}), scope="system/Patient.rs").status_code == 401
    code = {"grant_type": "authorization_code", "client_id": "chart", "code": "none", "redirect_uri": "https://chart.example/cb"}
    assert held.ask(**code).status_code == 400
    given_back = held.token("system/Patient.rs")
    proved = {"client_assertion_type": TYPE, "client_assertion": held.assertion()}
    assert [held.ask("revoke", token=given_back, **proved).status_code for _ in range(2)] == [200, 401]
    held.now += timedelta(minutes=6)
    assert [held.get("Patient/none", token).status_code for _ in range(2)] == [401, 401]
    rows = list(held.hub.store.audit.chain())[before:]
    events = [json.loads(row.event) for row in rows]
    assert [(one["agent"][2]["who"]["identifier"]["value"], one["outcome"], one["outcomeDesc"].partition(":")[0]) for one in events] == [
        ("beds", "0", "An access token was given to the app"),
        ("beds", "4", "SIGN-010"),
        ("beds", "4", "SIGN-008"),
        ("chart", "4", "SIGN-009"),
        ("beds", "0", "An access token was given to the app"),
        ("beds", "0", "The app gave its access token back"),
        ("beds", "4", "SIGN-008"),
        ("beds", "4", "API-001"),
    ]
    assert {(one["type"]["code"], one["subtype"][0]["code"]) for one in events} == {("110114", "110122"), ("110114", "110123")}
    assert [secret for secret in (token, proof) for row in rows if secret.encode() in row.event] == []

    def no_room(rows: object) -> None:
        raise StoreBusy(issue("STORE-007"))

    monkeypatch.setattr(held.hub.store.audit, "append", no_room)
    for scope in ("system/Patient.rs", "system/Task.rs"):
        answer = held.ask(**(form | {"client_assertion": held.assertion()}), scope=scope)
        assert (answer.status_code, answer.json()["error"], "access_token" in answer.text) == (503, "temporarily_unavailable", False)
        assert "STORE-007" in answer.json()["error_description"]


def test_what_a_token_does_not_cover_is_written_before_it_is_refused_and_never_in_the_words_of_its_address(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    held = Held()
    token = held.token("system/Observation.rs")
    id = held.hub.store.links.persons()[0]
    before = len(list(held.hub.store.audit.chain()))
    asked = {
        f"Condition?patient={id}&code=999": ("search-type", "E", "Condition"),
        f"Condition/{id}": ("read", "R", "Condition"),
        f"Patient/{id}/$everything": ("operation", "E", "every type"),
        f"Observation?patient={id}&_revinclude=Provenance:target": ("search-type", "E", "Observation"),
        "Zwingli/1": ("read", "R", "what no scope speaks of"),
        "Zwingli/1/2": None,
    }
    for path, expected in asked.items():
        assert held.get(path, token).status_code == (403 if expected else 404), path
    rows = list(held.hub.store.audit.chain())[before:]
    events = [json.loads(row.event) for row in rows]
    found = [(one["subtype"][0]["code"], one["action"], one["entity"][0]["detail"][0]["valueString"]) for one in events]
    assert found == [expected for expected in asked.values() if expected]
    assert {(one["agent"][2]["who"]["identifier"]["value"], one["outcome"], one["outcomeDesc"].partition(":")[0]) for one in events} == {
        ("beds", "4", "SIGN-005")
    }
    assert [row for row in rows if row.person or id.encode() in row.event or b"Zwingli" in row.event or token.encode() in row.event] == []

    def no_room(rows: object) -> None:
        raise StoreBusy(issue("STORE-007"))

    monkeypatch.setattr(held.hub.store.audit, "append", no_room)
    assert held.get(f"Condition/{id}", token).status_code == 503
