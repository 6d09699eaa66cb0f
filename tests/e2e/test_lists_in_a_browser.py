"""The caseload, the pages of who runs the hub and the form of a dispute in headless Chromium: by keyboard alone, accessible, whole at every width, and on
paper."""

from __future__ import annotations

import io
import os
import re
from datetime import UTC, datetime
from pathlib import Path

import pytest

from carehub.governance.requester import Requester
from carehub.hub.stewards import Stewards
from carehub.terms.refs import RecordRef
from carehub.web.app import PersonaSignIn, create_web
from doors.web import builders
from e2e.conftest import SECRET, serving
from e2e.looking import BROKEN, ELLIPSIS, OVERFLOWING, PARTED, RULES, SIZES, SMALL_TARGETS
from hub.caseload_hub import FRAIL, GP, ONE, TWO, of_gp, of_hospital
from hub.toy_hub import PENICILLIN, ada, submit, toy_hub

pytestmark = pytest.mark.e2e

KIT = Requester("kit", "Kit Brook", "integration-engineer", "gp", "Elmfield Surgery", "HOPERAT")
LONG = "Featherstonehaugh-Cholmondeley"
LOOKED_AT = os.environ.get("CAREHUB_TEST_SHOTS")
"""A folder for a picture of each page, for somebody to look at."""


@pytest.fixture(scope="module")
def hub():
    made = toy_hub()
    submit(made, of_gp(FRAIL, PENICILLIN), of_hospital(ONE, TWO))
    submit(made, of_gp(FRAIL, patient="2", nhs="9990000026", given="Adah", born="1950-01-01"))
    submit(made, of_gp(FRAIL, patient="3", nhs="9990000034", given="Wilhelmina", family=LONG, born="1931-02-03"))
    submit(made, ada(patient="4", nhs="9990000042", given="Grace", bug=True), ada(patient="5", nhs="9990000050", given="Joan", bug=True))
    made.drain()
    made.clock.now = datetime(2026, 11, 22, 9, tzinfo=UTC)
    return made


@pytest.fixture
def desk(hub, static):
    people = PersonaSignIn((GP, KIT), SECRET, lambda: builders.NOW)
    app = create_web(hub.disclosing, people, clock=lambda: builders.NOW, demo=True, secret=SECRET, static=static, stewards=Stewards(hub))
    with serving(app) as address:
        yield address


def dispute(hub) -> str:
    record = RecordRef("gp", "1", "AllergyIntolerance", "a1").id
    patient = hub.store.records.record("AllergyIntolerance", record).patient
    return f"/people/{hub.store.links.person_of([patient])[patient]}/dispute?record=AllergyIntolerance/{record}"


def focused(page) -> str:
    return page.evaluate("() => (document.activeElement.textContent || document.activeElement.name || '').trim().replace(/\\s+/g, ' ')")


def to(page, words: str, most: int = 60) -> None:
    """Tab until what has the focus begins with these words."""
    for _ in range(most):
        page.keyboard.press("Tab")
        if focused(page).startswith(words):
            return
    raise AssertionError(f"the keyboard does not come to {words!r}")


@pytest.mark.parametrize("size", SIZES, ids=lambda size: f"{size[0]} px")
def test_axe_finds_nothing_and_nothing_overflows(as_persona, desk, hub, axe, size) -> None:
    doctor, kit = as_persona(GP, "/help", *size), as_persona(KIT, "/help", *size)
    message = hub.waiting().page[0].message
    visits = [
        (doctor, "/caseload"),
        (doctor, "/caseload?reason=care_package_changed"),
        (doctor, "/caseload?reason=unplanned_admissions"),
        (doctor, dispute(hub)),
        (kit, "/service"),
        (kit, "/service/waiting"),
        (kit, "/service/waiting?reason=MAP-001"),
        (kit, f"/service/messages/{message}"),
    ]
    found: dict[str, object] = {}
    for n, (page, path) in enumerate(visits):
        assert page.goto(desk + path).status == 200, path
        if LOOKED_AT:
            page.screenshot(path=Path(LOOKED_AT) / f"{n}-{size[0]}.png", full_page=True)
        page.evaluate("() => document.querySelectorAll('details').forEach(d => d.open = true)")
        result = axe.run(page, options={"runOnly": RULES})
        assert len(result.response["passes"]) > 10, "axe ran"
        if result.response["violations"]:
            found[f"{path}: axe"] = [(one["id"], one["nodes"][0]["html"][:160]) for one in result.response["violations"]]
        for name, script in (
            ("overflow", OVERFLOWING),
            ("ellipsis", ELLIPSIS),
            ("broken", BROKEN),
            ("small", SMALL_TARGETS),
            ("parted", PARTED),
        ):
            if complaints := page.evaluate(script):
                found[f"{path}: {name}"] = complaints[:5]
    assert found == {}


def test_ui_43_the_first_person_stands_high_enough_for_four_more_of_two_lines_on_a_common_screen(as_persona) -> None:
    page = as_persona(GP, "/caseload")
    page.set_viewport_size({"width": 1366, "height": 768})
    rows = page.evaluate("[...document.querySelectorAll('tbody tr')].map(row => row.getBoundingClientRect().toJSON())")
    assert rows[0]["top"] + 5 * 64 <= 768


def test_a_person_on_the_caseload_is_opened_by_keyboard_alone(as_persona) -> None:
    page = as_persona(GP, "/caseload")
    to(page, "OKAFOR, Ada")
    page.keyboard.press("Enter")
    page.wait_for_url(re.compile("/people/"))
    assert "OKAFOR, Ada" in page.get_by_role("heading", level=1).or_(page.get_by_label("Patient identity")).first.inner_text()


def test_what_waits_is_chosen_and_tried_by_keyboard_alone(as_persona) -> None:
    page = as_persona(KIT, "/service")
    to(page, "2 not taken")
    page.keyboard.press("Enter")
    page.wait_for_url(re.compile("/service/waiting"))
    to(page, "message-")
    page.keyboard.press("Space")
    assert page.locator("input[type=checkbox]:checked").count() == 1
    page.keyboard.press("Enter")
    page.wait_for_url(re.compile("/service/trial"))
    assert page.get_by_role("heading", level=1).count() == 1


def test_a_dispute_is_said_by_keyboard_alone_and_too_few_words_lead_back_to_the_field(as_persona, hub, desk) -> None:
    page = as_persona(GP, dispute(hub), 320, 640)
    to(page, "words")
    page.keyboard.type("No")
    to(page, "Save")
    page.keyboard.press("Enter")
    page.get_by_role("alert").wait_for()
    assert page.get_by_role("alert").inner_text().startswith("There is a problem")
    page.get_by_role("alert").get_by_role("link").click()
    assert page.evaluate("() => document.activeElement.id") == "words"
    assert page.evaluate("() => document.activeElement.value") == "No"


def test_the_feeds_are_whole_on_paper(as_persona) -> None:
    pypdf = pytest.importorskip("pypdf", reason="Chromium: the e2e extra is not installed")
    page = as_persona(KIT, "/service")
    sheets = [sheet.extract_text() for sheet in pypdf.PdfReader(io.BytesIO(page.pdf())).pages]
    said = " ".join("".join(sheets).split())
    if LOOKED_AT:
        page.emulate_media(media="print")
        page.screenshot(path=Path(LOOKED_AT) / "service-print.png", full_page=True)
    assert "2 not taken, 0 in part" in said
    assert "toy/feed" in said
    assert "Grace" not in said
