"""Access tokens for backend clients: who gets one, what it covers, and when it ends."""

from __future__ import annotations

import base64
import json
from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest
from joserfc import jwt
from joserfc.jwk import ECKey, RSAKey
from starlette.testclient import TestClient

from carehub.api.app import create_api
from carehub.api.requester import Credentials
from carehub.tokens.apps import read_apps
from carehub.tokens.assertion import TYPE
from carehub.tokens.granting import Code, Granting, challenge
from carehub.tokens.short_lived import ShortLived, digest
from carehub.tokens.sign_in_trail import SignInTrail
from doors.api.conftest import RESULT
from hub.toy_hub import NURSE, PENICILLIN, ada, submit, toy_hub

PUBLIC = "https://hub.example"
URL = f"{PUBLIC}/oauth2/token"
KEY = RSAKey.generate_key(2048, {"kid": "r"}, auto_kid=False)
CURVE = ECKey.generate_key("P-384", {"kid": "e"}, auto_kid=False)
SPEAKS = {"role": NURSE.role, "organisation": "X99001", "organisation_name": "Northvale Community", "purpose": "TREAT"}
JWKS = {"keys": [KEY.as_dict(private=False), CURVE.as_dict(private=False)]}
ROWS = {
    "beds": {"kind": "backend", "name": "Bed board", "jwks": JWKS, "scopes": "system/Patient.rs system/Observation.rs", **SPEAKS},
    "whole": {"kind": "backend", "name": "Whole", "jwks": JWKS, "scopes": "system/*.cruds", **SPEAKS},
    "chart": {"kind": "user", "name": "Chart", "scopes": "launch patient/*.rs", "redirects": ["https://chart.example/cb"]},
}


class Held:
    """A hub with two people, and its door, at a moment that a test can move."""

    def __init__(self) -> None:
        self.hub = toy_hub()
        submit(self.hub, ada(records=[PENICILLIN, RESULT]), ada("acute", "B1", kind="acute", number="", family="Stone", born="1950-02-03"))
        self.hub.drain()
        self.now = self.hub.clock()
        self.trail = SignInTrail(self.hub.store.audit, lambda: self.now)
        self.granting = Granting(ShortLived(self.hub.store.passes, lambda: self.now), read_apps(ROWS), PUBLIC, self.trail)
        credentials = Credentials({}, {}, grant=self.granting.grant_of, beyond=self.trail.beyond)
        api = create_api(self.hub, credentials, max_body_bytes=10_000, granting=self.granting)
        self.client = TestClient(api, base_url=PUBLIC)
        self.number = 0

    def assertion(self, *, header: dict[str, Any] | None = None, key: Any = KEY, without: str = "", **said: Any) -> str:
        self.number += 1
        seconds = int(self.now.timestamp())
        claims = {"iss": "beds", "sub": "beds", "aud": URL, "jti": f"j{self.number}", "iat": seconds, "exp": seconds + 240} | said
        claims.pop(without, None)
        return jwt.encode({"alg": "RS384", "kid": "r"} | (header or {}), claims, key, algorithms=["RS384", "ES384", "RS256", "HS256"])

    def ask(self, path: str = "token", **form: str):
        return self.client.post(f"/oauth2/{path}", data=form)

    def token(self, scope: str, client: str = "beds") -> str:
        proof = self.assertion(iss=client, sub=client)
        answer = self.ask(grant_type="client_credentials", client_assertion_type=TYPE, client_assertion=proof, scope=scope)
        assert answer.status_code == 200, answer.text
        assert answer.headers["cache-control"] == "no-store"
        return answer.json()["access_token"]

    def get(self, path: str, token: str):
        return self.client.get(f"/fhir/R4/{path}", headers={"Authorization": f"Bearer {token}"})


@pytest.fixture
def held() -> Held:
    return Held()


def test_a_proof_gets_a_token_that_covers_what_it_says_and_ends(held: Held) -> None:
    proof = held.assertion(header={"alg": "ES384", "kid": "e"}, key=CURVE)
    form = {"grant_type": "client_credentials", "client_assertion_type": TYPE, "client_assertion": proof}
    told = held.ask(
        **form, scope="system/Patient.rs system/Condition.rs system/Observation.cruds system/Observation.s?code=1 openid"
    ).json()
    assert (told["token_type"], told["expires_in"], told["scope"]) == ("Bearer", 300, "system/Patient.rs")
    token = told["access_token"]
    person = held.get("Patient?identifier=https://fhir.nhs.uk/Id/nhs-number|9990000018", token)
    assert person.status_code == 200, person.text
    id = person.json()["entry"][0]["resource"]["id"]
    for path, status in {
        f"Patient/{id}": 200,
        f"Observation?patient={id}": 403,
        f"Patient/{id}/$everything": 403,
        f"Patient/{id}/$unified-care-plan": 403,
        f"Patient/{id}/$about-me": 403,
        "Subscription": 403,
        f"DetectedIssue?patient={id}": 403,
    }.items():
        answer = held.get(path, token)
        assert answer.status_code == status, path
        assert status == 200 or answer.json()["issue"][0]["details"]["coding"][0]["code"] == "SIGN-005"
    for method, path in (
        ("PUT", f"Patient/{id}"),
        ("POST", "Task"),
        ("GET", "../../operations/feeds"),
        ("GET", f"../../identity/people/{id}/looks"),
    ):
        answer = held.client.request(method, f"/fhir/R4/{path}", headers={"Authorization": f"Bearer {token}"}, json={})
        assert answer.status_code in (403, 404, 405), (method, path, answer.status_code)
    held.now += timedelta(seconds=300)
    assert held.get(f"Patient/{id}", token).status_code == 401


def test_records_of_other_types_come_beside_a_search_only_for_who_may_have_all(held: Held) -> None:
    some, every = held.token("system/Observation.rs"), held.token("system/*.rs", "whole")
    id = held.hub.store.links.persons()[0]
    assert held.get(f"Observation?patient={id}", some).status_code == 200
    for more in (
        "_include=Observation:subject",
        "_revinclude=Provenance:target",
        "subject:Patient.family=Byron",
        "_has:Provenance:target:_id=1",
    ):
        assert held.get(f"Observation?patient={id}&{more}", some).status_code == 403, more
        assert held.get(f"Observation?patient={id}&{more}", every).status_code != 403, more
    sent = {"Authorization": f"Bearer {some}", "content-type": "application/x-www-form-urlencoded"}
    by_form = held.client.post("/fhir/R4/Observation/_search", content=f"patient={id}&_include=Observation:subject", headers=sent)
    assert by_form.status_code == 403
    assert held.get(f"Patient/{id}/$everything", every).status_code == 200


def test_a_scope_never_gives_what_policy_does_not(held: Held) -> None:
    rows = {"beds": ROWS["beds"] | {"role": "integration-engineer", "purpose": "HOPERAT"}}
    held.granting.apps = read_apps(rows)
    token = held.token("system/Patient.rs")
    assert held.get(f"Patient/{held.hub.store.links.persons()[0]}", token).status_code == 403


@pytest.mark.parametrize(
    "wrong",
    [
        {"aud": f"{URL}/"},
        {"aud": PUBLIC},
        {"aud": [URL, "https://other.example/token"]},
        {"exp_in": 301},
        {"exp_in": 0},
        {"without": "exp"},
        {"without": "jti"},
        {"without": "aud"},
        {"without": "sub"},
        {"sub": "whole"},
        {"iss": "nobody", "sub": "nobody"},
        {"iss": "chart", "sub": "chart"},
        {"jti": ""},
        {"jti": 7},
        {"iat_in": 61},
        {"nbf_in": 61},
        {"header": {"alg": "RS256"}},
        {"header": {"kid": "unknown"}},
        {"header": {"jku": "https://attacker.example"}},
        {"key": RSAKey.generate_key(2048, {"kid": "r"}, auto_kid=False)},
    ],
)
def test_a_proof_that_is_not_as_it_must_be_is_refused_and_says_not_why(held: Held, wrong: dict[str, Any]) -> None:
    seconds = int(held.now.timestamp())
    said = {name.removesuffix("_in"): seconds + value if name.endswith("_in") else value for name, value in wrong.items()}
    answer = held.ask(
        grant_type="client_credentials", client_assertion_type=TYPE, client_assertion=held.assertion(**said), scope="system/Patient.rs"
    )
    assert (answer.status_code, answer.json()["error"]) == (401, "invalid_client")
    assert answer.json()["error_description"].startswith("SIGN-008")


def test_a_proof_is_used_once_and_no_other_is_taken(held: Held) -> None:
    form = {
        "grant_type": "client_credentials",
        "client_assertion_type": TYPE,
        "scope": "system/Patient.rs",
        "client_assertion": held.assertion(),
    }
    assert [held.ask(**form).status_code for _ in range(2)] == [200, 401]
    none = base64.urlsafe_b64encode(b'{"alg":"none"}').decode().rstrip("=")
    unsigned = f"{none}.{held.assertion().split('.')[1]}."
    for more, status, error in (
        ({"client_assertion": unsigned}, 401, "invalid_client"),
        ({"client_assertion": held.assertion(), "client_assertion_type": "other"}, 401, "invalid_client"),
        ({"client_assertion": held.assertion(), "client_id": "whole"}, 401, "invalid_client"),
        ({"client_assertion": held.assertion(), "scope": "system/Task.c user/Patient.rs"}, 400, "invalid_scope"),
        ({"client_assertion": held.assertion(), "scope": ""}, 400, "invalid_scope"),
        ({"client_assertion": held.assertion(), "grant_type": "password"}, 400, "unsupported_grant_type"),
        ({"client_assertion": held.assertion(), "grant_type": "authorization_code", "code": "x"}, 400, "invalid_grant"),
    ):
        answer = held.ask(**{**form, **more})
        assert (answer.status_code, answer.json()["error"]) == (status, error), more
    twice = held.client.post(
        "/oauth2/token", content="grant_type=a&grant_type=b", headers={"content-type": "application/x-www-form-urlencoded"}
    )
    assert (twice.status_code, twice.json()["error"]) == (400, "invalid_request")
    assert held.client.post("/oauth2/token", json={"grant_type": "client_credentials"}).status_code == 400


def test_an_app_learns_of_its_own_tokens_only_and_gives_them_back(held: Held) -> None:
    token = held.token("system/Patient.rs")

    def told(client: str, path: str = "introspect") -> Any:
        return held.ask(path, token=token, client_assertion_type=TYPE, client_assertion=held.assertion(iss=client, sub=client)).json()

    seconds = int(held.now.timestamp())
    assert told("whole") == {"active": False}
    assert told("beds") == {
        "active": True,
        "client_id": "beds",
        "sub": "beds",
        "scope": "system/Patient.rs",
        "iat": seconds,
        "exp": seconds + 300,
    }
    assert held.ask("introspect", token=token).json()["error"] == "invalid_client"
    told("whole", "revoke")
    assert told("beds")["active"] is True
    told("beds", "revoke")
    assert told("beds") == {"active": False}


def test_a_token_for_one_person_opens_no_other_record_and_names_its_app_in_the_trail(held: Held) -> None:
    persons = held.hub.store.links.persons()
    session = held.granting.short.make("session", NURSE, timedelta(hours=1))
    code = Code("chart", "https://chart.example/cb", challenge("v" * 43), NURSE, ("patient/*.rs",), persons[0], digest(session))
    form = {"grant_type": "authorization_code", "client_id": "chart", "redirect_uri": code.redirect, "code_verifier": "v" * 43}
    for wrong in ({"code_verifier": "w" * 43}, {"redirect_uri": "https://chart.example/cb/"}, {"code_verifier": ""}):
        assert held.ask(**{**form, **wrong}, code=held.granting.code(code)).json()["error"] == "invalid_grant"
    other = replace(code, app="other")
    assert held.ask(**form, code=held.granting.code(other)).json()["error"] == "invalid_grant"
    given = held.granting.code(code)
    told = held.ask(**form, code=given).json()
    assert (told["patient"], told["scope"], told["expires_in"]) == (persons[0], "patient/*.rs", 900)
    assert held.ask(**form, code=given).json()["error"] == "invalid_grant"
    late = held.granting.code(code)
    held.now += timedelta(seconds=60)
    assert held.ask(**form, code=late).json()["error"] == "invalid_grant"
    token = told["access_token"]
    for path, mine, theirs in (
        ("Patient/{}", 200, 403),
        ("Patient/{}/$everything", 200, 403),
        ("Observation?patient={}", 200, 403),
        ("Patient?_id={}", 200, 403),
    ):
        assert [held.get(path.format(one), token).status_code for one in persons] == [mine, theirs], path
    assert held.get("Patient?family=Byron", token).status_code == 403
    theirs = held.hub.store.links.links_of(persons[1])[0].patient
    assert held.get(f"Patient/{theirs}", token).status_code == 403
    agents = [json.loads(row.event)["agent"] for row in held.hub.store.audit.about(persons[0], 9)]
    assert {agent[2]["who"]["identifier"]["value"] for agent in agents} == {"chart"}
    held.granting.short.end(session)
    assert held.get(f"Patient/{persons[0]}", token).status_code == 401


def test_what_is_served_says_where_access_is_given(held: Held) -> None:
    told = held.client.get("/fhir/R4/.well-known/smart-configuration").json()
    assert (told["token_endpoint"], told["code_challenge_methods_supported"]) == (URL, ["S256"])
    assert "authorization_endpoint" not in told, "no page asks anybody to allow an app"
    security = held.client.get("/fhir/R4/metadata").json()["rest"][0]["security"]
    assert security["service"][0]["coding"][0]["code"] == "SMART-on-FHIR"
    assert {one["url"]: one["valueUri"] for one in security["extension"][0]["extension"]}["token"] == URL


@pytest.mark.parametrize(
    ("id", "change"),
    [
        ("beds", {"scopes": "patient/Patient.rs"}),
        ("beds", {"scopes": "system/Patient"}),
        ("beds", {"role": "king"}),
        ("beds", {"jwks": {"keys": [{"kty": "oct", "k": "c2VjcmV0"}]}}),
        ("beds", {"redirects": ["https://chart.example/cb"]}),
        ("beds", {"secret": "s"}),
        ("chart", {"redirects": ["http://chart.example/cb"]}),
        ("chart", {"redirects": ["https://chart.example/cb#x"]}),
        ("chart", {"redirects": []}),
        ("chart", {"scopes": "system/*.rs"}),
        ("chart", {"launch": "javascript:alert(1)"}),
        ("chart", {"kind": "other"}),
    ],
)
def test_a_registration_that_could_not_be_meant_is_not_read(id: str, change: dict[str, Any]) -> None:
    with pytest.raises(ValueError, match=id):
        read_apps({id: ROWS[id] | change})
