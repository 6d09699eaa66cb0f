"""A real browser on a real server, over the hand-written records of the page tests."""

from __future__ import annotations

import os
import re
import shutil
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from functools import cache
from pathlib import Path

import pytest
import uvicorn

from carehub.web.app import PersonaSignIn, create_web
from carehub.web.rendering import STATIC, VENDOR_SHEET
from doors.web import builders, fake_hub

CHROMIUM = os.environ.get("CAREHUB_TEST_CHROMIUM") or shutil.which("chromium") or ""
SECRET = "only for these tests, not a secret"
ARGUMENTS = (
    "--headless",
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
)


@contextmanager
def serving(app, port: int = 0) -> Iterator[str]:
    """The app on this port of this machine, or a free one; gives its address."""
    server = uvicorn.Server(uvicorn.Config(app, host="127.0.0.1", port=port, log_level="error", ws="none", lifespan="off"))
    thread = threading.Thread(target=server.run, daemon=True)
    thread.start()
    while not server.started:
        time.sleep(0.01)
    try:
        yield f"http://127.0.0.1:{server.servers[0].sockets[0].getsockname()[1]}"
    finally:
        server.should_exit = True
        thread.join()


@pytest.fixture(scope="module", params=["own stylesheet", "with nhsuk-frontend"])
def static(request, tmp_path_factory) -> Path:
    """The folder of static files once with our own stylesheet alone, once with nhsuk-frontend, where `make assets` has put it."""
    if request.param == "own stylesheet":
        own = tmp_path_factory.mktemp("static")
        for name in ("carehub.css", "icon.svg"):
            shutil.copy(STATIC / name, own)
        return own
    if not (STATIC / VENDOR_SHEET).is_file():
        pytest.skip("nhsuk-frontend is not there: make assets puts it there")
    return STATIC


@pytest.fixture(scope="module")
def address(static) -> Iterator[str]:
    """The pages over the hand-written records."""
    people = PersonaSignIn([builders.NURSE], SECRET, lambda: builders.NOW)
    app = create_web(fake_hub.FakeHub(), people, clock=lambda: builders.NOW, demo=True, secret=SECRET, static=static)
    with serving(app) as found:
        yield found


@pytest.fixture(scope="module")
def chromium() -> Iterator[object]:
    """For one file of tests at a time: while Playwright runs, nothing else in the process can run an event loop."""
    playwright = pytest.importorskip("playwright.sync_api", reason="Chromium: the e2e extra is not installed")
    with playwright.sync_playwright() as driver:
        browser = driver.chromium.launch(executable_path=CHROMIUM, args=list(ARGUMENTS))
        yield browser
        browser.close()


@pytest.fixture(scope="session")
def axe():
    return pytest.importorskip("axe_playwright_python.sync_playwright", reason="Chromium: the e2e extra is not installed").Axe()


@pytest.fixture(scope="module")
def signed_in(chromium):
    """signed_in(address) → the cookies of a browser whose user has signed in there; done once for each address."""

    @cache
    def sign_in(address: str):
        context = chromium.new_context()
        page = context.new_page()
        page.goto(address + "/sign-in")
        page.get_by_label(re.compile("Jo Adeyemi")).check()
        page.get_by_role("button", name="Continue").click()
        cookies = context.storage_state()
        context.close()
        return cookies

    return sign_in


@pytest.fixture
def visit(chromium, address, signed_in):
    """visit(path, width, height, scripts=True) → a page of a signed-in browser. Everything it asks for is in page.asked."""
    contexts = []

    def open_page(path: str, width: int = 1366, height: int = 768, *, scripts: bool = True):
        context = chromium.new_context(
            viewport={"width": width, "height": height}, java_script_enabled=scripts, storage_state=signed_in(address)
        )
        contexts.append(context)
        page = context.new_page()
        page.asked = []
        page.said = []
        page.on("request", lambda request: page.asked.append(request.url))
        page.on("console", lambda message: page.said.append(message.text))
        page.goto(address + path)
        return page

    yield open_page
    for context in contexts:
        context.close()


@pytest.fixture
def as_persona(chromium, desk):
    """as_persona(requester, path, width, height, scripts=True) → a page of a browser of their own, signed in, at the path.

    desk: a module's own, the address of its pages. page.said: what the browser's console said."""
    contexts = []

    def open_page(who, path: str, width: int = 1366, height: int = 768, *, scripts: bool = True):
        context = chromium.new_context(viewport={"width": width, "height": height}, java_script_enabled=scripts)
        contexts.append(context)
        page = context.new_page()
        page.said = []
        page.on("console", lambda message: page.said.append(message.text))
        page.goto(desk + "/sign-in")
        page.get_by_label(re.compile(who.name)).check()
        page.get_by_role("button", name="Continue").click()
        page.goto(desk + path)
        return page

    yield open_page
    for context in contexts:
        context.close()
