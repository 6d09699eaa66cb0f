"""What a user's app must ask, whom it may be given, and what every other request gets: SMART App Launch 2.2 in the pages."""

from __future__ import annotations

import re
from urllib.parse import parse_qs, urlencode, urlsplit

import pytest

from carehub.terms.errors import Rejected
from carehub.tokens.granting import challenge
from doors.web.markup import mistakes_of
from doors.web.signing_hub import PUBLIC, Signing
from hub.toy_hub import PENICILLIN, ada, submit, toy_hub

VERIFIER = "v" * 43
BACK, LAUNCH = "https://chart.example/cb", "https://chart.example/launch"
APPS = {
    "chart": {"kind": "user", "name": "Chart <b>", "scopes": "launch launch/patient patient/*.rs", "redirects": [BACK], "launch": LAUNCH},
    "list": {"kind": "user", "name": "List", "scopes": "user/Task.rs", "redirects": ["https://list.example/cb?a=1"]},
}
ASKED = {
    "response_type": "code",
    "client_id": "chart",
    "redirect_uri": BACK,
    "scope": "launch/patient patient/*.rs",
    "state": "s1",
    "aud": f"{PUBLIC}/fhir/R4",
    "code_challenge": challenge(VERIFIER),
    "code_challenge_method": "S256",
}


class Told:
    """A hub with two people, a browser in which a nurse has signed in, and what its last page was."""

    def __init__(self) -> None:
        self.hub = toy_hub()
        submit(self.hub, ada(records=[PENICILLIN]), ada("gp", "2", nhs="9990000026", family="Stone", born="1950-02-03"))
        self.hub.drain()
        (self.ada,) = self.hub.store.links.find(nhs_number="9990000018")
        self.made = Signing(self.hub.disclosing, APPS)
        self.browser = self.made.browser

    def ask(self, **said: str):
        return self.browser.get(f"/oauth2/authorize?{urlencode({k: v for k, v in (ASKED | said).items() if v})}")

    def answer(self, page, **fields: str):
        sent = dict(re.findall(r'type="hidden" name="([a-z_]+)" value="([^"]*)"', page.text))
        return self.browser.post("/oauth2/authorize", data=sent | fields)

    def token(self, back, app: str = "chart", redirect: str = BACK):
        code = parse_qs(urlsplit(back.headers["location"]).query)["code"][0]
        form = {"grant_type": "authorization_code", "client_id": app, "redirect_uri": redirect, "code_verifier": VERIFIER, "code": code}
        return self.made.granting.exchange(form)


@pytest.fixture
def told() -> Told:
    made = Told()
    made.made.sign_in("jo.adeyemi")
    return made


def test_a_person_is_found_chosen_and_given_and_the_end_of_the_session_ends_it(told: Told) -> None:
    page = told.ask()
    assert page.status_code == 200
    assert "Chart &lt;b&gt;" in page.text
    assert "Read, search: records of every kind, of this person only" in page.text
    assert "District nurse at Northvale Community" in page.text
    assert "form-action 'self' https://chart.example;" in page.headers["content-security-policy"]
    assert mistakes_of(told.answer(page, decision="allow")) == ["nhs_number"]
    assert "Nobody found" in told.answer(page, decision="find", nhs_number="9990000034").text
    found = told.answer(page, decision="find", nhs_number="999 000 0018")
    [person] = re.findall(r'type="radio" value="([^"]+)"', found.text)
    for wrong in ({}, {"person": "someone"}, {"person": next(one for one in told.hub.store.links.persons() if one != person)}):
        refused = told.answer(found, decision="allow", **wrong)
        assert (mistakes_of(refused), "Choose the person" in refused.text) == (["person-1"], True), wrong
    back = told.answer(found, decision="allow", person=person)
    assert back.status_code == 303
    assert back.headers["location"].startswith(f"{BACK}?code=")
    assert back.headers["location"].endswith("&state=s1")
    token, grant = told.token(back)
    assert (grant.patient, grant.requester.app, grant.requester.user) == (person, "chart", "jo.adeyemi")
    with pytest.raises(Rejected, match="SIGN-009"):
        told.token(back)
    assert told.made.granting.grant_of(token)
    again = re.search(r'name="form_token" value="([^"]+)"', told.browser.get("/people").text)[1]
    told.browser.post("/sign-out", data={"form_token": again})
    assert told.made.granting.grant_of(token) is None


def test_a_start_from_a_record_names_the_person_to_that_app_and_user_once(told: Told) -> None:
    person = told.ada
    record = told.browser.get(f"/people/{person}").text
    assert f'href="/people/{person}/apps"' in record
    apps = told.browser.get(f"/people/{person}/apps")
    assert "https://chart.example" in apps.headers["content-security-policy"]
    form = {"form_token": re.search(r'name="form_token" value="([^"]+)"', apps.text)[1]}
    assert told.browser.post(f"/people/{person}/apps", data=form | {"app": "list"}).status_code == 404
    started = told.browser.post(f"/people/{person}/apps", data=form | {"app": "chart"}).headers["location"]
    assert started.startswith(f"{LAUNCH}?iss=https%3A%2F%2Fhub.example%2Ffhir%2FR4&launch=")
    launch = parse_qs(urlsplit(started).query)["launch"][0]
    page = told.ask(scope="launch patient/*.rs", launch=launch)
    assert "OKAFOR" in page.text
    other = told.made.another()
    told.made.sign_in("amir.khan", browser=other)
    query = urlencode(ASKED | {"scope": "launch patient/*.rs", "launch": launch})
    theirs = other.get(f"/oauth2/authorize?{query}")
    assert (theirs.status_code, "SIGN-009" in theirs.text) == (422, True)
    back = told.answer(page, decision="allow")
    assert told.token(back)[1].patient == person
    assert told.answer(page, decision="allow").status_code == 422
    events = b" ".join(row.event for row in told.hub.store.audit.about(person, 9))
    assert all(said in events for said in (b"started Chart", b"access for Chart"))


def test_who_says_no_and_what_is_asked_wrongly_goes_back_to_the_app_with_why(told: Told) -> None:
    assert told.answer(told.ask(), decision="refuse").headers["location"] == f"{BACK}?error=access_denied&state=s1"
    for wrong, said in (
        ({"response_type": "token"}, "unsupported_response_type"),
        ({"code_challenge": ""}, "invalid_request"),
        ({"code_challenge_method": "plain"}, "invalid_request"),
        ({"aud": "https://other.example/fhir/R4"}, "invalid_request"),
        ({"state": ""}, "invalid_request"),
        ({"scope": "system/*.rs openid"}, "invalid_scope"),
        ({"scope": "launch patient/*.rs"}, "invalid_scope"),
        ({"launch": "x"}, "invalid_scope"),
    ):
        gone = told.ask(**wrong)
        assert gone.status_code == 303, wrong
        assert gone.headers["location"].startswith(f"{BACK}?error={said}&state="), wrong
    users = told.ask(client_id="list", redirect_uri="https://list.example/cb?a=1", scope="user/Task.rs")
    assert "of everybody whose record you may see" in users.text
    back = told.answer(users, decision="allow")
    assert back.headers["location"].startswith("https://list.example/cb?a=1&code=")
    assert told.token(back, "list", "https://list.example/cb?a=1")[1].patient == ""


def test_nobody_is_sent_to_an_address_that_is_not_registered_and_no_form_of_another_site_consents(told: Told) -> None:
    for wrong in ({"client_id": "x"}, {"redirect_uri": BACK + "/"}, {"redirect_uri": "https://attacker.example"}, {"redirect_uri": ""}):
        refused = told.ask(**wrong)
        assert (refused.status_code, "SIGN-007" in refused.text, "location" in refused.headers) == (422, True, False), wrong
    twice = told.browser.get(f"/oauth2/authorize?{urlencode(ASKED)}&redirect_uri=https%3A%2F%2Fattacker.example")
    assert twice.status_code == 422
    assert told.browser.post("/oauth2/authorize", data=ASKED | {"decision": "allow", "nhs_number": "9990000018"}).status_code == 403


def test_who_is_not_signed_in_signs_in_first_and_comes_back_to_what_was_asked() -> None:
    told = Told()
    sent = told.ask()
    onward = parse_qs(urlsplit(sent.headers["location"]).query)["next"][0]
    assert sent.headers["location"].startswith("/sign-in?next=")
    back = told.made.sign_in("jo.adeyemi", onward)
    assert parse_qs(urlsplit(back.headers["location"]).query) == {name: [value] for name, value in ASKED.items()}
    assert told.browser.get(back.headers["location"]).status_code == 200
