"""Signing in by a provider, end to end in one process: there, back, the choice of a role, and every way out."""

from __future__ import annotations

import re
from urllib.parse import parse_qs, urlsplit

import pytest

from carehub.terms.errors import OutsideDown, StoreBusy
from carehub.terms.issue_catalogue import issue
from carehub.tokens.roles import read_roles
from carehub.web.provider_sign_in import IDLE, _Known
from doors.web.conftest import token_of
from doors.web.markup import mistakes_of
from doors.web.signing_hub import CLIENT, ISSUER, PUBLIC, ROLES_TEXT, Signing

COOKIE = "__Host-carehub_session"


@pytest.fixture
def made() -> Signing:
    return Signing()


def number_in(answer) -> str:
    return re.search(r"\((SIGN-\d+|OUT-\d+)\)", answer.text)[1]


def test_there_and_back_with_what_was_wanted_and_cookies_that_scripts_and_other_sites_do_not_get(made: Signing) -> None:
    assert made.browser.get("/people").headers["location"] == "/sign-in?next=/people"
    asked = parse_qs(urlsplit(made.browser.get("/sign-in").headers["location"]).query)
    assert asked["code_challenge_method"] == ["S256"]
    assert asked["acr_values"] == ["AAL3_ANY"]
    assert "nationalrbacaccess" in asked["scope"][0]
    back = made.sign_in("jo.adeyemi", "/people/p1")
    assert (back.status_code, back.headers["location"]) == (303, "/people/p1")
    [cookie] = [one for one in back.headers.get_list("set-cookie") if COOKIE in one and "Max-Age=0" not in one]
    assert {"HttpOnly", "Secure", "Path=/", "SameSite=lax"} <= set(cookie.split("; "))
    assert "Domain" not in cookie
    page = made.browser.get("/people")
    assert page.status_code == 200
    assert "Jo Adeyemi</strong>, District nurse, Northvale Community" in page.text
    assert "no-store" in page.headers["cache-control"]


def test_one_of_several_roles_is_chosen_and_can_be_changed_and_each_time_the_session_is_a_new_one(made: Signing) -> None:
    made.browser.cookies.set(COOKIE, "planted", domain="hub.example")
    assert made.sign_in("ruth.patel", "/people").headers["location"] == "/sign-in/role?next=%2Fpeople"
    assert made.browser.get("/people").headers["location"].startswith("/sign-in?")
    first = made.browser.cookies[COOKIE]
    assert first != "planted"
    page = made.browser.get("/sign-in/role").text
    assert re.findall(r'radios__label" for="role-\d">([^<]+)<', page) == [
        "Care coordinator, Elmfield Surgery",
        "District nurse, Northvale Community",
    ]
    assert mistakes_of(made.browser.post("/sign-in/role", data={"form_token": token_of(page)})) == ["role-1"]
    assert made.choose("7").status_code == 422
    assert made.choose("1").status_code == 303
    second = made.browser.cookies[COOKIE]
    assert "District nurse, Northvale Community" in made.browser.get("/people").text
    assert made.browser.get("/sign-in").headers["location"].startswith("/sign-in/role")
    assert made.choose("0").status_code == 303
    assert "Care coordinator, Elmfield Surgery" in made.browser.get("/people").text
    for old in ("planted", first, second):
        other = made.another()
        other.cookies.set(COOKIE, old, domain="hub.example")
        assert other.get("/people").status_code == 303
    without = made.browser.post("/sign-in/role", data={"role": "0"})
    assert without.status_code == 403


def test_who_has_no_role_here_or_no_strong_sign_in_is_told_which_and_is_not_sent_round_again(made: Signing) -> None:
    for user, number in (("sam.field", "SIGN-003"), ("kit.moor", "SIGN-002")):
        answer = made.sign_in(user)
        assert (answer.status_code, number_in(answer)) == (403, number)
        assert made.browser.get("/people").status_code == 303


def test_an_answer_that_this_browser_did_not_ask_for_signs_nobody_in(made: Signing) -> None:
    theirs = made.another()
    attackers = made.at_provider("amir.khan", browser=theirs)
    assert number_in(made.browser.get(attackers)) == "SIGN-001"
    mine = made.at_provider("jo.adeyemi")
    for wrong in (
        mine.replace("state=", "state=x"),
        f"{PUBLIC}/sign-in/callback?code=x",
        f"{PUBLIC}/sign-in/callback?error=access_denied&state=x",
    ):
        again = made.at_provider("jo.adeyemi")
        answer = made.browser.get(wrong)
        assert (answer.status_code, number_in(answer)) == (401, "SIGN-001"), wrong
        assert made.browser.get(again).status_code == 303, "what this browser did begin still counts"
    other_issuer = re.sub("iss=[^&]+", "iss=https%3A%2F%2Fother.example", made.at_provider("jo.adeyemi"))
    assert made.browser.get(other_issuer).status_code == 401
    late = made.at_provider("jo.adeyemi")
    made.later(minutes=10)
    assert made.browser.get(late).status_code == 401
    good = made.at_provider("jo.adeyemi")
    assert made.browser.get(good).status_code == 303
    assert made.browser.get(good).status_code == 401
    for elsewhere in ("https://attacker.example", "//attacker.example", "/\\attacker.example", "/\t/attacker.example"):
        assert made.sign_in("jo.adeyemi", elsewhere).headers["location"] == "/people"
    assert made.sign_in("jo.adeyemi", "/people/\u0175").headers["location"] == "/people/%C5%B5"


def test_tabs_that_sign_in_together_all_get_there_and_each_once(made: Signing) -> None:
    tabs = [f"/people/p{number}" for number in range(5)]
    forgotten, *backs = [made.at_provider("jo.adeyemi", tab) for tab in tabs]
    assert number_in(made.browser.get(forgotten)) == "SIGN-001", "of a browser's sign-ins the last four count"
    assert [made.browser.get(back).headers["location"] for back in backs] == tabs[1:]
    assert {made.browser.get(back).status_code for back in backs} == {401}


def test_a_session_ends_when_nobody_uses_it_and_after_a_day_of_work_whatever_happens(made: Signing) -> None:
    made.sign_in("jo.adeyemi")
    for _ in range(3):
        made.later(minutes=29)
        assert made.browser.get("/people").status_code == 200
    made.later(minutes=30)
    assert made.browser.get("/people").status_code == 303
    made.sign_in("jo.adeyemi")
    for _ in range(23):
        made.later(minutes=26)
        assert made.browser.get("/people").status_code == 200
    made.later(minutes=2)
    assert made.browser.get("/people").status_code == 303


def test_signing_out_here_ends_the_session_and_leads_to_the_providers_own_end(made: Signing) -> None:
    made.sign_in("jo.adeyemi")
    secret = made.browser.cookies[COOKIE]
    assert made.browser.post("/sign-out", data={"form_token": "x"}).status_code == 403
    token = re.search(r'name="form_token" value="([^"]+)"', made.browser.get("/people").text)[1]
    assert made.browser.post("/sign-out", data={"form_token": token}).headers["location"] == "/signed-out"
    assert "https://provider.example/end?client_id=carehub" in made.browser.get("/signed-out").text
    made.browser.cookies.set(COOKIE, secret, domain="hub.example")
    assert made.browser.get("/people").status_code == 303


def test_the_provider_ends_every_session_of_a_user_and_its_word_counts_once(made: Signing) -> None:
    second = made.another()
    made.sign_in("jo.adeyemi")
    made.sign_in("jo.adeyemi", browser=second)
    other = made.another()
    made.sign_in("amir.khan", browser=other)
    outside = made.another()
    assert outside.post("/sign-in/back-channel-logout", data={"logout_token": "x"}).status_code == 400
    word = made.provider.logout_token("jo.adeyemi")
    assert outside.post("/sign-in/back-channel-logout", data={"logout_token": word}).status_code == 200
    assert [one.get("/people").status_code for one in (made.browser, second, other)] == [303, 303, 200]
    made.sign_in("jo.adeyemi")
    assert outside.post("/sign-in/back-channel-logout", data={"logout_token": word}).status_code == 400
    assert made.browser.get("/people").status_code == 200
    late = made.provider.logout_token("jo.adeyemi")
    made.later(minutes=12)
    assert outside.post("/sign-in/back-channel-logout", data={"logout_token": late}).status_code == 400


def test_a_logout_that_the_store_could_not_take_counts_when_it_is_said_again_and_a_second_sign_in_ends_by_the_same_word(
    made: Signing, monkeypatch: pytest.MonkeyPatch
) -> None:
    made.sign_in("jo.adeyemi")
    made.later(hours=9)
    made.sign_in("jo.adeyemi")
    for _ in range(3):
        made.later(minutes=25)
        assert made.browser.get("/people").status_code == 200
    said = {"iss": ISSUER, "aud": CLIENT, "sid": "sid-jo.adeyemi", "iat": int(made.now.timestamp()), "jti": "j"}
    word = made.provider._signed(said | {"events": {"http://schemas.openid.net/event/backchannel-logout": {}}}, "logout+jwt")

    def busy(owner: str) -> None:
        raise StoreBusy(issue("STORE-001"))

    with monkeypatch.context() as broken:
        broken.setattr(made.short, "end_of", busy)
        assert made.another().post("/sign-in/back-channel-logout", data={"logout_token": word}).status_code == 400
    assert made.browser.get("/people").status_code == 200
    assert made.another().post("/sign-in/back-channel-logout", data={"logout_token": word}).status_code == 200
    assert made.browser.get("/people").status_code == 303


def test_keys_are_kept_and_asked_for_again_when_they_turn_but_not_at_every_made_up_one(made: Signing) -> None:
    made.sign_in("jo.adeyemi")
    made.sign_in("amir.khan")
    assert made.asking.asked.count("/jwks") == 1
    made.provider.turn_key()
    assert made.sign_in("jo.adeyemi").status_code == 401
    made.later(seconds=61)
    assert made.sign_in("jo.adeyemi").status_code == 303
    assert made.asking.asked.count("/jwks") == 2
    for _ in range(5):
        made.provider.turn_key()
        made.sign_in("jo.adeyemi")
    assert made.asking.asked.count("/jwks") == 2


def test_where_the_provider_cannot_be_reached_the_page_says_so(made: Signing, monkeypatch: pytest.MonkeyPatch) -> None:
    def away(*_: object) -> tuple[int, bytes]:
        raise OutsideDown(issue("OUT-001"))

    made.sign_in("amir.khan")
    with monkeypatch.context() as broken:
        broken.setattr(made.asking, "get", away)
        assert number_in(made.sign_in("jo.adeyemi")) == "OUT-001"
        assert made.browser.get("/people").status_code == 200, "who is signed in stays so"
        made.later(hours=2)
        answer = made.browser.get("/sign-in")
        assert (answer.status_code, number_in(answer)) == (503, "OUT-001")
    asked = len(made.asking.asked)
    assert made.browser.get("/sign-in").status_code == 503
    assert len(made.asking.asked) == asked, "one that has just not answered is left alone for ten seconds"
    made.later(seconds=10)
    assert made.sign_in("jo.adeyemi").status_code == 303


def test_a_store_that_takes_nothing_or_does_not_answer_ends_in_a_page_and_lets_nobody_in(
    made: Signing, monkeypatch: pytest.MonkeyPatch
) -> None:
    made.sign_in("jo.adeyemi")
    made.later(minutes=20)

    def busy(*_: object) -> None:
        raise StoreBusy(issue("STORE-007"))

    with monkeypatch.context() as broken:
        broken.setattr(made.short, "renew", busy)
        assert made.browser.get("/people").status_code == 200
        made.later(minutes=11)
        assert made.browser.get("/people").status_code == 303
    made.sign_in("jo.adeyemi")
    monkeypatch.setattr(made.short, "timed", busy)
    answer = made.browser.get("/people")
    assert answer.status_code == 503
    assert "Jo Adeyemi" not in answer.text


def test_who_is_signed_in_is_held_to_the_table_as_it_is_now(made: Signing) -> None:
    made.sign_in("ruth.patel")
    made.choose("1")
    made.signing._roles = read_roles(ROLES_TEXT.replace('organisations = ["X99001"]', 'organisations = ["X99003"]'))
    assert made.browser.get("/people").status_code == 303
    assert "District nurse" not in made.sign_in("ruth.patel").text
    assert "Care coordinator, Elmfield Surgery" in made.browser.get("/people").text


def test_what_another_version_kept_lets_nobody_in(made: Signing) -> None:
    made.sign_in("jo.adeyemi")
    secret = made.short.make("session", _Known("x"), IDLE)
    made.browser.cookies.set(COOKIE, secret, domain="hub.example")
    assert made.browser.get("/people").status_code == 303


def test_what_was_typed_when_the_session_ended_is_sent_again_after_a_new_sign_in(made: Signing) -> None:
    made.sign_in("jo.adeyemi")
    token = re.search(r'name="form_token" value="([^"]+)"', made.browser.get("/people").text)[1]
    made.later(hours=1)
    kept = made.browser.post("/people", data={"form_token": token, "nhs_number": "9990000018"})
    assert kept.status_code == 401
    assert 'href="/sign-in"' in kept.text
    made.sign_in("jo.adeyemi")
    again = re.search(r'name="form_token" value="([^"]+)"', kept.text)[1]
    assert made.browser.post("/people", data={"form_token": again, "nhs_number": "9990000018"}).status_code == 200


def test_ui_84_a_page_warns_before_its_session_ends_and_a_press_lets_it_go_on_up_to_the_day_of_work(made: Signing) -> None:
    """The sheet has the seconds; one press is one request, and after ten hours none helps."""
    made.sign_in("jo.adeyemi")

    def warned() -> tuple[str, str]:
        page = made.browser.get("/people").text
        left = re.search(r"/session\.css\?left=(\d+)", page)[1]
        return page, made.browser.get(f"/session.css?left={left}").text

    page, sheet = warned()
    assert "You will be signed out at 09:32." in page
    assert re.findall(r"__(\w+) .*step-end (\d+)s", sheet) == [("ends", "1680"), ("over", "1800")]
    token = re.search(r'name="form_token" value="([^"]+)"', page)[1]
    assert made.browser.post("/session", data={"form_token": "made up"}).status_code == 403
    made.later(minutes=29)
    assert made.browser.post("/session", data={"form_token": token}).headers["location"] == "/session"
    assert "You stay signed in until 10:01" in made.browser.get("/session").text
    for _ in range(20):
        made.later(minutes=28)
        page, sheet = warned()
    assert "You will be signed out at 19:02, whatever you do." in page
    assert "Stay signed in" not in page
    assert made.browser.get("/session.css?left=soon").headers["cache-control"] == "no-store"
    made.later(hours=1)
    assert made.browser.get("/session").headers["location"].startswith("/sign-in")
