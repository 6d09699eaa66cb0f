"""Signing in by a provider, and a user's app started from a record, in headless Chromium: servers on this machine, as a site would try them."""

from __future__ import annotations

import json
import re
import socket
from collections.abc import Iterator
from pathlib import Path
from typing import NamedTuple
from urllib.parse import parse_qs, urlencode, urlsplit

import httpx
import pytest
from starlette.applications import Starlette
from starlette.responses import HTMLResponse, RedirectResponse
from starlette.routing import Route

from carehub.outside.asking import OutsideAsking
from carehub.tokens.granting import challenge
from carehub.wiring.development_provider import DevelopmentProvider
from carehub.wiring.serving import create_app
from carehub.wiring.settings import Settings
from e2e.conftest import serving
from e2e.looking import OVERFLOWING, RULES, SMALL_TARGETS
from hub.toy_hub import PENICILLIN, ada, submit, toy_hub

pytestmark = pytest.mark.e2e

VERIFIER = "v" * 43
ROLES = Path(__file__).parents[2] / "fixtures/cast/roles.toml"


class Site(NamedTuple):
    """hub, provider, app: their addresses. record: the path of Ada's record. other: of somebody else's."""

    hub: str
    provider: str
    app: str
    record: str
    other: str


def free_port() -> int:
    with socket.socket() as held:
        held.bind(("127.0.0.1", 0))
        return held.getsockname()[1]


@pytest.fixture(scope="module")
def site(tmp_path_factory) -> Iterator[Site]:
    ports, var = (free_port(), free_port(), free_port()), tmp_path_factory.mktemp("var")
    ours, theirs, apps = (f"http://127.0.0.1:{port}" for port in ports)
    hub = toy_hub()
    submit(hub, ada(records=[PENICILLIN]), ada("gp", "2", nhs="9990000026", given="Ben", born="1938-02-11"))
    hub.drain()
    chart = {"kind": "user", "name": "Chart", "scopes": "launch patient/*.rs", "redirects": [f"{apps}/cb"], "launch": f"{apps}/launch"}
    (var / "apps.json").write_text(json.dumps({"chart": chart}))
    told = {"oidc_issuer": theirs, "oidc_client_id": "carehub", "oidc_client_secret": "s", "public_url": ours, "roles": ROLES}
    settings = Settings(_env_file=None, env="demo", var=var, apps_file=var / "apps.json", **told)
    asking = OutsideAsking(frozenset({"127.0.0.1"}), plain=True)
    provider = DevelopmentProvider(theirs, "carehub", "s", f"{ours}/sign-in/callback", hub.clock, asking)
    paths = (f"/people/{hub.store.links.find(nhs_number=number)[0]}" for number in ("9990000018", "9990000026"))
    with serving(provider.app(), ports[1]), serving(create_app(settings, hub), ports[0]), serving(chart_app(apps), ports[2]):
        yield Site(ours, theirs, apps, *paths)


def chart_app(address: str) -> Starlette:
    """A SMART app as its maker would write one: it finds the hub by what it is started with."""

    def launch(request):
        iss = request.query_params["iss"]
        found = httpx.get(f"{iss}/.well-known/smart-configuration", trust_env=False).json()
        asked = {"response_type": "code", "client_id": "chart", "redirect_uri": f"{address}/cb", "scope": "launch patient/*.rs", "aud": iss}
        asked |= {
            "state": "s1",
            "code_challenge": challenge(VERIFIER),
            "code_challenge_method": "S256",
            "launch": request.query_params["launch"],
        }
        return RedirectResponse(f"{found['authorization_endpoint']}?{urlencode(asked)}", 302)

    def back(request):
        return HTMLResponse("<title>Chart</title><h1>Chart</h1>")

    return Starlette(routes=[Route("/launch", launch), Route("/cb", back)])


@pytest.fixture
def page(chromium):
    context = chromium.new_context(viewport={"width": 320, "height": 640}, java_script_enabled=False)
    yield context.new_page()
    context.close()


def sign_in(page, site: Site, name: str) -> None:
    page.goto(site.hub + site.record)
    assert page.url.startswith(site.provider + "/authorize?")
    page.get_by_role("button", name=name).click()


def hold_to_the_rules(seen: dict[str, str], site: Site, axe, chromium) -> None:
    """Pages by state: axe finds nothing, and nothing overflows or is too small on a narrow screen."""
    for state, text in seen.items():
        looked = chromium.new_page(viewport={"width": 320, "height": 640})
        looked.goto(site.hub + "/help")
        looked.set_content(text)
        result = axe.run(looked, options={"runOnly": RULES}).response
        assert (len(result["passes"]) > 10, result["violations"]) == (True, []), state
        assert looked.evaluate(OVERFLOWING) == [], state
        assert looked.evaluate(SMALL_TARGETS) == [], state
        looked.close()


def test_one_of_two_roles_is_chosen_a_record_is_seen_and_signing_out_ends_it(page, site, axe, chromium) -> None:
    sign_in(page, site, "Ruth Patel")
    assert page.url.startswith(site.hub + "/sign-in/role?")
    assert page.get_by_role("radio").count() == 2
    page.get_by_role("button", name="Continue").click()
    assert page.get_by_text("Choose who you are working as").count() == 2, "above, as a link to the field, and at the field"
    seen = {"roles": page.content()}
    page.get_by_label("District nurse, Northvale Community").check()
    page.get_by_role("button", name="Continue").click()
    assert page.url == site.hub + site.record
    assert "Ruth Patel, District nurse, Northvale Community" in page.locator("header").inner_text()
    assert "Allergy to penicillin" in page.content()
    [cookie] = [one for one in page.context.cookies() if one["name"] == "carehub_session"]
    assert (cookie["httpOnly"], cookie["sameSite"], cookie["expires"]) == (True, "Lax", -1)
    page.get_by_role("link", name="Change role").click()
    page.get_by_label("Care coordinator, Elmfield Surgery").check()
    page.get_by_role("button", name="Continue").click()
    assert "Care coordinator, Elmfield Surgery" in page.locator("header").inner_text()
    assert page.context.cookies()[0]["value"] != cookie["value"]
    page.get_by_role("button", name="Sign out").click()
    assert page.url == site.hub + "/signed-out"
    assert "carehub_session" not in {one["name"] for one in page.context.cookies()}
    seen["left"] = page.content()
    page.goto(site.hub + site.record)
    assert page.url.startswith(site.provider)
    sign_in(page, site, "Kit Moor")
    assert "(SIGN-002)" in page.get_by_role("main").inner_text()
    seen["failed"] = page.content()
    hold_to_the_rules(seen, site, axe, chromium)


def test_signing_out_at_the_provider_ends_the_session_here(page, site, chromium) -> None:
    sign_in(page, site, "Jo Adeyemi")
    assert page.url == site.hub + site.record
    elsewhere = chromium.new_page()
    elsewhere.goto(site.provider + "/end")
    elsewhere.get_by_role("button", name=re.compile("Jo Adeyemi")).click()
    assert "The hub answered 200" in elsewhere.content()
    elsewhere.close()
    page.reload()
    assert page.url.startswith(site.provider + "/authorize?")


def test_an_app_is_started_from_a_record_asks_and_reads_that_record_alone_until_its_user_signs_out(page, site, axe, chromium) -> None:
    sign_in(page, site, "Jo Adeyemi")
    page.get_by_role("link", name="Open this record in an app").click()
    seen = {"apps": page.content()}
    page.get_by_role("button", name="Open Chart").click()
    assert page.url.startswith(site.hub + "/oauth2/authorize?")
    assert "Give Chart access to this record?" in page.get_by_role("heading", level=1).inner_text()
    assert "OKAFOR" in page.content()
    seen["consent"] = page.content()
    page.get_by_role("button", name="Give access", exact=True).click()
    assert page.url.startswith(site.app + "/cb?code=")
    code = parse_qs(urlsplit(page.url).query)["code"][0]
    form = {
        "grant_type": "authorization_code",
        "client_id": "chart",
        "redirect_uri": f"{site.app}/cb",
        "code_verifier": VERIFIER,
        "code": code,
    }
    with httpx.Client(base_url=site.hub, trust_env=False) as app:
        given = app.post("/oauth2/token", data=form).json()
        assert (site.record.endswith(given["patient"]), given["scope"], given["expires_in"]) == (True, "launch patient/*.rs", 900)
        app.headers["Authorization"] = f"Bearer {given['access_token']}"
        records = [f"/fhir/R4/Patient/{path.rpartition('/')[2]}" for path in (site.record, site.other)]
        assert [app.get(path).status_code for path in records] == [200, 403]
        page.goto(site.hub + "/help")
        page.get_by_role("button", name="Sign out").click()
        assert app.get(records[0]).status_code == 401
    sign_in(page, site, "Jo Adeyemi")
    asked = {"response_type": "code", "client_id": "chart", "redirect_uri": f"{site.app}/cb", "scope": "patient/*.rs", "state": "s2"}
    asked |= {"aud": f"{site.hub}/fhir/R4", "code_challenge": challenge(VERIFIER), "code_challenge_method": "S256"}
    page.goto(f"{site.hub}/oauth2/authorize?{urlencode(asked)}")
    page.get_by_label("NHS number").fill("9990000018")
    page.get_by_role("button", name="Find the person").click()
    seen["found"] = page.content()
    page.get_by_role("button", name="Do not give access").click()
    assert page.url == f"{site.app}/cb?error=access_denied&state=s2"
    hold_to_the_rules(seen, site, axe, chromium)
