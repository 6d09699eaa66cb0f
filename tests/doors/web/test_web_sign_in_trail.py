"""Signing in and out in the audit trail: every one and every refusal, sealed like a look, without a secret; and no sign-in that cannot be written."""

from __future__ import annotations

import json
import re
from urllib.parse import parse_qs, urlsplit

import pytest
from starlette.testclient import TestClient

from carehub.governance.audit_chain import examine
from carehub.tokens.sign_in_trail import SignInTrail
from carehub.web.app import PersonaSignIn, create_web
from doors.web import builders
from doors.web.conftest import SECRET, desk_client, sign_in, token_of
from doors.web.fake_hub import FakeHub
from doors.web.signing_hub import Signing
from doors.web.test_web_no_trail import no_room
from hub.desk_cast import NURSE, desk_hub, person

COOKIE = "__Host-carehub_session"


@pytest.fixture
def made() -> Signing:
    return Signing()


def told(store) -> list[tuple[str, str, str, str, str]]:
    """(Login or Logout, outcome, user, role, words) of each row; the oldest first."""
    rows = list(store.audit.chain())
    assert all(row.person == "" for row in rows)
    events = [json.loads(row.event) for row in rows]
    assert {event["type"]["code"] for event in events} <= {"110114"}
    assert not any("entity" in event for event in events)
    return [
        (
            event["subtype"][0]["display"],
            event["outcome"],
            event["agent"][0]["who"]["identifier"]["value"],
            event["agent"][0]["type"]["text"],
            event["outcomeDesc"].partition(":")[0].partition(";")[0],
        )
        for event in events
    ]


def sign_out(made: Signing):
    token = token_of(made.browser.get("/people").text)
    return made.browser.post("/sign-out", data={"form_token": token})


def test_every_sign_in_choice_and_end_is_written_and_sealed_and_holds_no_secret(made: Signing) -> None:
    address = made.at_provider("ruth.patel")
    made.browser.get(address)
    asked = parse_qs(urlsplit(address).query)
    secrets = [made.browser.cookies[COOKIE], *asked["code"], *asked["state"]]
    made.choose("1")
    secrets.append(made.browser.cookies[COOKIE])
    assert sign_out(made).status_code == 303
    made.sign_in("jo.adeyemi")
    word = made.provider.logout_token("jo.adeyemi")
    secrets.append(word)
    assert made.another().post("/sign-in/back-channel-logout", data={"logout_token": word}).status_code == 200
    assert told(made.store) == [
        ("Login", "0", "ruth.patel", "unknown", "Signed in"),
        ("Login", "0", "ruth.patel", "district-nurse", "Signed in"),
        ("Logout", "0", "ruth.patel", "district-nurse", "Signed out"),
        ("Login", "0", "jo.adeyemi", "district-nurse", "Signed in"),
        ("Logout", "0", "jo.adeyemi", "unknown", "The provider ended the sign-in, and with it every session of this user"),
    ]
    written = b"".join(row.event for row in made.store.audit.chain()).decode()
    assert [one for one in secrets if one in written] == []
    verdict = examine(made.store.audit.chain(), made.store.audit.head(), b"")
    assert (verdict.rows, verdict.faults) == (5, ())


def test_every_refusal_is_written_with_its_number_and_the_user_where_one_is_proved(made: Signing) -> None:
    for user in ("sam.field", "kit.moor"):
        assert made.sign_in(user).status_code == 403
    made.browser.get("/sign-in/callback?code=x&state=y")
    assert told(made.store) == [
        ("Login", "4", "sam.field", "unknown", "SIGN-003"),
        ("Login", "4", "kit.moor", "unknown", "SIGN-002"),
        ("Login", "4", "unknown", "unknown", "SIGN-001"),
    ]


def test_a_cookie_that_has_run_out_is_written_once_with_whose_it_was_and_an_unknown_one_never(made: Signing) -> None:
    made.sign_in("jo.adeyemi")
    made.later(minutes=31)
    for _ in range(2):
        assert made.browser.get("/people").status_code == 303
    made.browser.cookies.set(COOKIE, "planted", domain="hub.example")
    assert made.browser.get("/people").status_code == 303
    assert told(made.store)[1:] == [("Login", "4", "jo.adeyemi", "district-nurse", "API-001")]


def test_who_cannot_be_written_down_is_not_signed_in_and_whoever_signs_out_is_out(
    made: Signing, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    back, stranger = made.at_provider("jo.adeyemi"), made.another()
    with monkeypatch.context() as broken:
        broken.setattr(made.store.audit, "append", no_room)
        answer = made.browser.get(back)
        assert (answer.status_code, "STORE-007" in answer.text, COOKIE in made.browser.cookies) == (503, True, False)
        assert stranger.get("/sign-in/callback?code=x&state=y").status_code == 503
    assert made.sign_in("jo.adeyemi").status_code == 303
    secret = made.browser.cookies[COOKIE]
    token = token_of(made.browser.get("/people").text)
    monkeypatch.setattr(made.store.audit, "append", no_room)
    assert made.browser.post("/sign-out", data={"form_token": token}).status_code == 303
    made.browser.cookies.set(COOKIE, secret, domain="hub.example")
    assert made.browser.get("/people").status_code == 303
    assert "not in the audit trail (STORE-007)" in caplog.text


def test_personas_are_written_too_and_none_that_cannot_be(monkeypatch: pytest.MonkeyPatch) -> None:
    hub = desk_hub()
    rows = len(list(hub.store.audit.chain()))
    people = PersonaSignIn((builders.NURSE,), SECRET, lambda: builders.NOW, SignInTrail(hub.store.audit, hub.clock))
    pages = create_web(FakeHub(), people, clock=lambda: builders.NOW, demo=True, secret=SECRET)
    client = TestClient(pages, follow_redirects=False)
    assert sign_in(client).status_code == 303
    client.post("/session", data={"form_token": token_of(client.get("/people").text)})
    client.post("/sign-out", data={"form_token": token_of(client.get("/people").text)})
    assert [one[0] for one in told(hub.store)[rows:]] == ["Login", "Logout"]
    monkeypatch.setattr(hub.store.audit, "append", no_room)
    client.cookies.clear()
    assert sign_in(client).status_code == 503
    assert client.get("/people").status_code == 303


def test_who_looked_does_not_list_who_signed_in() -> None:
    hub = desk_hub()
    trail = SignInTrail(hub.store.audit, hub.clock)
    trail.signed_in(NURSE, "Signed in here")
    trail.signed_out(NURSE, "Signed out here")
    client = desk_client(hub, (NURSE,), NURSE)
    page = client.get(f"/people/{person(hub)}/who-looked")
    assert page.status_code == 200
    assert not re.search("Signed (in|out) here", page.text)
