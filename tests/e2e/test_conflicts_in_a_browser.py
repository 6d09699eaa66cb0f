"""The pages of disagreements in headless Chromium: accessible, whole at every width, by keyboard alone, without scripts, and on paper."""

from __future__ import annotations

import io
import re

import pytest

from carehub.hub.stewards import Stewards
from carehub.web.app import PersonaSignIn, create_web
from doors.web import builders
from e2e.conftest import SECRET, serving
from e2e.looking import BROKEN, ELLIPSIS, OVERFLOWING, PARTED, RULES, SIZES, SMALL_TARGETS
from hub.test_disagreements import LATEX, NONE_KNOWN, SENTENCE, correct, hospital
from hub.toy_hub import NURSE, PENICILLIN, ada, submit, toy_hub

pytestmark = pytest.mark.e2e


@pytest.fixture
def hub():
    """Three sources, three different words on one person's allergies."""
    made = toy_hub()
    submit(made, ada(records=[PENICILLIN]), hospital(NONE_KNOWN), ada("community", "C1", kind="community", records=[LATEX]))
    made.drain()
    return made


@pytest.fixture
def address(hub, static):
    people = PersonaSignIn([NURSE], SECRET, lambda: builders.NOW)
    app = create_web(hub.disclosing, people, clock=lambda: builders.NOW, demo=True, secret=SECRET, static=static, stewards=Stewards(hub))
    with serving(app) as found:
        yield found


@pytest.fixture
def person(hub) -> str:
    return f"/people/{hub.store.links.persons()[0]}"


def opened(visit, person: str, *size: int, scripts: bool = True):
    """A browser at the one disagreement, come to by its link on the overview."""
    page = visit(person, *size, scripts=scripts)
    page.get_by_role("link", name="Assign or explain").first.click()
    assert "/disagreements/" in page.url
    return page


def explain(page, words: str) -> None:
    page.get_by_label("Why they differ, in your own words").fill(words)
    page.get_by_role("button", name="Save the explanation").click()
    page.get_by_role("listitem").filter(has_text=words).wait_for()


def complaints(page, axe) -> list[object]:
    result = axe.run(page, options={"runOnly": RULES})
    assert len(result.response["passes"]) > 10, "axe ran"
    found: list[object] = [(one["id"], one["nodes"][0]["html"][:160]) for one in result.response["violations"]]
    return found + [one for script in (OVERFLOWING, ELLIPSIS, BROKEN, SMALL_TARGETS, PARTED) for one in page.evaluate(script)]


@pytest.mark.parametrize("size", SIZES, ids=lambda size: f"{size[0]} px")
def test_the_list_the_one_its_mistakes_and_its_history_are_accessible_and_whole(visit, address, person, hub, axe, size) -> None:
    page = opened(visit, person, *size)
    found = {"one": complaints(page, axe)}
    page.get_by_role("button", name="Assign").click()
    found["mistakes"] = complaints(page, axe)
    explain(page, "Asked by the ward, who had the wrong list before them.")
    found["history"] = complaints(page, axe)
    page.goto(f"{address}{person}/disagreements")
    found["list"] = complaints(page, axe)
    correct(hub)
    hub.drain()
    page.reload()
    assert page.get_by_role("heading", name="Resolved at source, or not compared at present (1)").count() == 1
    found["resolved"] = complaints(page, axe)
    assert {place: said for place, said in found.items() if said} == {}


def test_a_mistake_says_what_is_wrong_and_leads_to_its_field(visit, person) -> None:
    page = opened(visit, person)
    page.get_by_label("Organisation").fill("Northvale General")
    page.get_by_role("button", name="Assign").click()
    assert page.title().startswith("Error: ")
    page.get_by_role("alert").get_by_role("link", name="Say which person or team").press("Enter")
    assert page.evaluate("() => document.activeElement.id") == "owner"
    told = page.evaluate(
        "() => document.activeElement.getAttribute('aria-describedby').split(' ').map(id => document.getElementById(id).innerText)"
    )
    assert any("Say which person or team" in words for words in told), "a screen reader hears the mistake in the field"
    assert page.get_by_label("Organisation").input_value() == "Northvale General", "what was written is kept"


def test_it_is_assigned_by_keyboard_alone_and_says_so_wherever_it_stands(visit, address, person) -> None:
    page = visit(person)
    page.get_by_role("link", name="Assign or explain").first.focus()
    page.keyboard.press("Enter")
    page.get_by_label("Person or team").focus()
    for words in ("Ward pharmacist", "Northvale General", "2026-11-26", "Please correct it."):
        page.keyboard.type(words)
        page.keyboard.press("Tab")
    assert page.evaluate("() => document.activeElement.innerText") == "Assign"
    page.keyboard.press("Enter")
    page.wait_for_load_state()
    assert "Ward pharmacist" in page.get_by_role("listitem").filter(has_text="Please correct it.").inner_text()
    for path in (person, f"{person}/disagreements", f"{person}/allergies", f"{person}/print"):
        page.goto(address + path)
        assert "Ward pharmacist" in page.locator("main").inner_text(), path
        assert "26-Nov-2026" in page.locator("main").inner_text(), path


def test_an_explanation_is_saved_without_scripts_and_takes_nothing_back(visit, person) -> None:
    page = opened(visit, person, 320, 640, scripts=False)
    explain(page, "The ward copied an old list.")
    assert "The ward copied an old list." in page.locator("main").inner_text()
    assert SENTENCE in " ".join(page.locator("main").inner_text().split())
    for words in ("Allergy to penicillin", "No known allergies"):
        assert page.get_by_text(re.compile(words, re.IGNORECASE)).count() > 0, "no side is taken away"


def test_paper_has_who_said_what_and_what_was_done_and_no_form(visit, address, person) -> None:
    pypdf = pytest.importorskip("pypdf", reason="Chromium: the e2e extra is not installed")
    page = opened(visit, person)
    explain(page, "The ward copied an old list.")

    def paper() -> list[str]:
        return [" ".join(sheet.extract_text().split()) for sheet in pypdf.PdfReader(io.BytesIO(page.pdf(prefer_css_page_size=True))).pages]

    one = paper()
    page.goto(f"{address}{person}/disagreements")
    for sheets in (one, paper()):
        said = re.sub(r"\s", "", " ".join(sheets))
        for words in (SENTENCE, "The ward copied an old list."):
            assert re.sub(r"\s", "", words) in said
        assert "By which day" not in " ".join(sheets)
        for place, sheet in enumerate(sheets, 1):
            assert "NHS No." in sheet
            assert f"Page {place} of {len(sheets)}" in sheet
