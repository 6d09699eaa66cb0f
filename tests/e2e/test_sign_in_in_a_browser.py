"""Signing in by a provider in headless Chromium: two servers on this machine, as a site would try it, and every way out."""

from __future__ import annotations

import re
import socket
from collections.abc import Iterator
from pathlib import Path
from typing import NamedTuple

import pytest

from carehub.outside.asking import OutsideAsking
from carehub.wiring.development_provider import DevelopmentProvider
from carehub.wiring.serving import create_app
from carehub.wiring.settings import Settings
from e2e.conftest import serving
from e2e.looking import OVERFLOWING, RULES, SMALL_TARGETS
from hub.toy_hub import PENICILLIN, ada, submit, toy_hub

pytestmark = pytest.mark.e2e

ROLES = Path(__file__).parents[2] / "fixtures/cast/roles.toml"


class Site(NamedTuple):
    """hub, provider: their addresses. record: the path of Ada's record."""

    hub: str
    provider: str
    record: str


def free_port() -> int:
    with socket.socket() as held:
        held.bind(("127.0.0.1", 0))
        return held.getsockname()[1]


@pytest.fixture(scope="module")
def site(tmp_path_factory) -> Iterator[Site]:
    ports = free_port(), free_port()
    ours, theirs = (f"http://127.0.0.1:{port}" for port in ports)
    hub = toy_hub()
    submit(hub, ada(records=[PENICILLIN]))
    hub.drain()
    told = {"oidc_issuer": theirs, "oidc_client_id": "carehub", "oidc_client_secret": "s", "public_url": ours, "roles": ROLES}
    settings = Settings(_env_file=None, env="demo", var=tmp_path_factory.mktemp("var"), **told)
    asking = OutsideAsking(frozenset({"127.0.0.1"}), plain=True)
    provider = DevelopmentProvider(theirs, "carehub", "s", f"{ours}/sign-in/callback", hub.clock, asking)
    with serving(provider.app(), ports[1]), serving(create_app(settings, hub), ports[0]):
        yield Site(ours, theirs, f"/people/{hub.store.links.persons()[0]}")


@pytest.fixture
def page(chromium):
    context = chromium.new_context(viewport={"width": 320, "height": 640}, java_script_enabled=False)
    yield context.new_page()
    context.close()


def sign_in(page, site: Site, name: str) -> None:
    page.goto(site.hub + site.record)
    assert page.url.startswith(site.provider + "/authorize?")
    page.get_by_role("button", name=name).click()


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
    for state, text in seen.items():
        looked = chromium.new_page(viewport={"width": 320, "height": 640})
        looked.goto(site.hub + "/help")
        looked.set_content(text)
        result = axe.run(looked, options={"runOnly": RULES}).response
        assert (len(result["passes"]) > 10, result["violations"]) == (True, []), state
        assert looked.evaluate(OVERFLOWING) == [], state
        assert looked.evaluate(SMALL_TARGETS) == [], state
        looked.close()


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
