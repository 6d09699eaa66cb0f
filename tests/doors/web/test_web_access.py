"""Signing in, forms, headers, and what a reader sees when a page cannot be shown."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

import pytest
from starlette.testclient import TestClient

from carehub.careplan.absence import TAGS
from carehub.terms.errors import CarehubError, Missing, Overtaken, Refused, Rejected, StoreBusy, Unauthenticated, Unavailable, Unmappable
from carehub.terms.issue_catalogue import issue
from carehub.web.app import PersonaSignIn, create_web
from carehub.web.failures import BUG, TABLE, failure_of
from carehub.web.pages.sign_in import onward
from doors.web import builders, fake_hub
from doors.web.conftest import SECRET, client_of, sign_in, token_of
from doors.web.markup import Page


class Somebody:
    """A sign-in other than the demonstration's."""

    def __init__(self, requester) -> None:
        self.requester = requester

    def current(self, request):
        return self.requester

    def ends(self, request):
        return None


def _live(requester) -> TestClient:
    app = create_web(fake_hub.FakeHub(), Somebody(requester), clock=lambda: builders.NOW, demo=False, secret=SECRET)
    return TestClient(app, follow_redirects=False)


@pytest.mark.parametrize("path", ["/people", "/people?family=O%27Brien", "/people/rich", "/people/rich/medicines", "/people/rich/print"])
def test_nobody_sees_anything_before_signing_in(hub, path) -> None:
    answer = client_of(hub).get(path)
    assert answer.status_code == 303
    assert answer.headers["location"] == f"/sign-in?next={path.partition('?')[0]}"
    assert "Brien" not in answer.headers["location"]
    assert hub.asked == []


def test_a_number_search_before_signing_in_is_refused(hub) -> None:
    assert client_of(hub).post("/people", data={"nhs_number": "9990000018"}).status_code == 401
    assert hub.asked == []


def test_signing_in_leads_on_and_sets_a_guarded_cookie(hub) -> None:
    client = client_of(hub)
    answer = sign_in(client, onward="/people/rich")
    assert (answer.status_code, answer.headers["location"]) == (303, "/people/rich")
    cookie = answer.headers["set-cookie"]
    assert cookie.startswith("carehub_persona=")
    assert "HttpOnly" in cookie
    assert "SameSite=lax" in cookie
    assert "Secure" not in cookie
    assert client.get("/people/rich").status_code == 200


def test_under_https_the_cookies_are_secure(hub) -> None:
    client = client_of(hub, base_url="https://carehub.example.org")
    assert "Secure" in client.get("/sign-in").headers["set-cookie"]
    assert "Secure" in sign_in(client).headers["set-cookie"]


def test_a_persona_must_be_chosen(hub) -> None:
    answer = sign_in(client_of(hub), persona="somebody|else")
    page = Page(answer.text)
    assert answer.status_code == 422
    assert page.one("title").text.startswith("Error: ")
    assert page.one("a", href="#persona-1").text == "Choose who you are working as"
    assert page.one("input", id="persona-1")


def test_a_sign_in_form_from_elsewhere_is_refused(hub) -> None:
    client = client_of(hub)
    client.get("/sign-in")
    assert client.post("/sign-in", data={"persona": "jo|district_nurse"}).status_code == 403
    other = token_of(client_of(hub).get("/sign-in").text)
    assert client.post("/sign-in", data={"persona": "jo|district_nurse", "form_token": other}).status_code == 403


def test_signing_out_forgets(client) -> None:
    token = token_of(client.get("/people").text)
    assert client.post("/sign-out", data={"form_token": token}).headers["location"] == "/sign-in"
    assert client.get("/people/rich").status_code == 303


def test_signing_out_needs_its_form(client) -> None:
    assert client.post("/sign-out", data={"form_token": "made.up"}).status_code == 403
    assert client.get("/people/rich").status_code == 200


def test_a_changed_or_foreign_cookie_signs_nobody_in(hub) -> None:
    client = client_of(hub)
    sign_in(client)
    kept = client.cookies["carehub_persona"]
    client.cookies.delete("carehub_persona")
    client.cookies.set("carehub_persona", kept[:-2] + ("AA" if kept[-2:] != "AA" else "BB"))
    assert client.get("/people/rich").status_code == 303


def test_a_choice_lasts_twelve_hours(hub) -> None:
    now = [builders.NOW]
    people = PersonaSignIn((builders.NURSE,), SECRET, lambda: now[0])
    client = TestClient(create_web(hub, people, clock=lambda: now[0], demo=True, secret=SECRET), follow_redirects=False)
    sign_in(client)
    now[0] += timedelta(hours=12)
    assert client.get("/people/rich").status_code == 200
    now[0] += timedelta(seconds=1)
    assert client.get("/people/rich").status_code == 303


def test_personas_are_for_demonstrations_only(hub) -> None:
    with pytest.raises(ValueError, match="demonstration"):
        client_of(hub, demo=False)
    for path in ("/sign-in", "/sign-out"):
        assert _live(builders.NURSE).get(path).status_code == 404
    assert _live(builders.NURSE).post("/sign-in").status_code == 404


def test_two_personas_must_differ(hub) -> None:
    with pytest.raises(ValueError, match="same user and role"):
        client_of(hub, personas=(builders.NURSE, builders.NURSE))


def test_a_short_secret_is_refused(hub) -> None:
    with pytest.raises(ValueError, match="16"):
        create_web(hub, Somebody(None), clock=lambda: builders.NOW, demo=False, secret="short")


def test_in_live_use_there_is_no_test_strip_and_no_choice_of_role() -> None:
    text = Page(_live(builders.NURSE).get("/people/rich").text).text
    assert "Test data" not in text
    assert "Change role" not in text
    assert "District nurse" in text


def test_in_live_use_nobody_signed_in_is_told_so() -> None:
    answer = _live(None).get("/people/rich")
    assert answer.status_code == 401
    assert "You are not signed in" in Page(answer.text).text


def test_a_requester_without_a_purpose_is_refused() -> None:
    answer = _live(replace(builders.NURSE, purpose="")).get("/people/rich")
    assert answer.status_code == 403
    assert "API-010" in Page(answer.text).text


@pytest.mark.parametrize(
    ("error", "status", "says"),
    [
        (Refused(issue("API-002")), 403, "This does not mean that there is no record."),
        (Missing(issue("API-003")), 404, "The person may still be known to a service"),
        (Rejected(issue("API-005")), 422, "could not use this request"),
        (Unmappable(issue("API-005")), 422, "could not use this request"),
        (Overtaken(issue("API-005")), 409, "Someone else changed this first"),
        (Unavailable(issue("STORE-001")), 503, "do not take this as an empty record"),
        (StoreBusy(issue("STORE-001")), 503, "do not take this as an empty record"),
    ],
    ids=lambda value: type(value).__name__ if isinstance(value, CarehubError) else "",
)
def test_an_error_becomes_a_plain_page(client, hub, error, status, says) -> None:
    hub.fails = error
    for path in ("/people?family=O", "/people/rich", "/people/rich/medicines", "/people/rich/sources", "/people/rich/print"):
        answer = client.get(path)
        page = Page(answer.text)
        assert answer.status_code == status
        assert says in page.one("main").text
        assert error.issues[0].number in page.one("main").text
        assert not page.all("section", aria_label="Patient identity")
        assert answer.headers["cache-control"] == "no-store"
    assert (answer.headers.get("retry-after") == "10") == (status == 503)


def test_a_bug_shows_a_number_and_none_of_its_words(hub) -> None:
    client = client_of(hub, raise_server_exceptions=False)
    sign_in(client)
    hub.fails = RuntimeError("Margaret O'Brien, 9990000018")
    answer = client.get("/people/rich")
    assert answer.status_code == 500
    assert "API-008" in answer.text
    assert "Brien" not in answer.text
    assert answer.headers["content-security-policy"].startswith("default-src 'none'")
    assert answer.headers["cache-control"] == "no-store"


def test_every_error_class_has_its_row() -> None:
    classes = [CarehubError]
    for found in classes:
        classes.extend(found.__subclasses__())
    unlisted = {
        found.__name__ for found in classes if found.__module__ == CarehubError.__module__ and failure_of(found(issue("API-003"))) is BUG
    }
    assert unlisted == {"CarehubError"}
    assert TABLE[0][0] is Unauthenticated, "the narrower class comes before the wider"


def test_an_unknown_section_is_missing_and_the_hub_is_not_asked(client, hub) -> None:
    assert client.get("/people/rich/nonsense").status_code == 404
    assert client.get("/people/rich/as-sent").status_code == 404
    assert hub.asked == []


def test_a_wrong_method_is_refused_in_words(client) -> None:
    answer = client.delete("/people")
    assert answer.status_code == 405
    assert "API-012" in answer.text


@pytest.mark.parametrize("path", ["/people", "/people/rich", "/people/unknown", "/help", "/nowhere", "/sign-in", "/static/carehub.css"])
def test_every_answer_has_the_guarding_headers(client, path) -> None:
    headers = client.get(path).headers
    policy = headers["content-security-policy"]
    assert policy.startswith("default-src 'none'; ")
    for part in ("style-src 'self'", "img-src 'self'", "form-action 'self'", "frame-ancestors 'none'", "base-uri 'none'"):
        assert part in policy
    assert "unsafe" not in policy
    assert headers["x-content-type-options"] == "nosniff"
    assert headers["x-frame-options"] == "DENY"
    assert headers["referrer-policy"] == "same-origin"
    assert headers["cache-control"] == ("public, max-age=86400" if path.startswith("/static") else "no-store")


def test_a_form_must_be_small_and_of_the_right_kind(client) -> None:
    assert client.post("/people", content="x" * 20_000, headers={"Content-Type": "application/x-www-form-urlencoded"}).status_code == 422
    assert client.post("/people", json={"nhs_number": "9990000018"}).status_code == 422
    assert client.post("/people", content=b"\xff\xfe", headers={"Content-Type": "application/x-www-form-urlencoded"}).status_code == 422


@pytest.mark.parametrize(
    "path", ["//evil.example", "https://evil.example", "/\\evil.example", "javascript:alert(1)", "", "people", "/a\nb"]
)
def test_signing_in_never_leads_to_another_site(path) -> None:
    assert onward(path) == "/people"


def test_help_uses_the_words_of_the_record(hub) -> None:
    text = Page(client_of(hub).get("/help").text).text
    assert all(tag in text for tag in TAGS.values())
