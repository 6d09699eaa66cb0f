"""Why records are joined, the report of a wrong match and the stewards' worklist in headless Chromium: by keyboard alone, accessible, whole at every
width, without scripts, and not for paper."""

from __future__ import annotations

import io
import re

import pytest

from carehub.hub.stewards import Stewards
from carehub.identity.rulings import Answer, Why
from carehub.web.app import PersonaSignIn, create_web
from doors.web import builders
from e2e.conftest import SECRET, serving
from e2e.looking import BROKEN, ELLIPSIS, OVERFLOWING, PARTED, RULES, SIZES, SMALL_TARGETS
from hub.desk_cast import COUNCIL, FLAG, GP_DOCTOR, GRACE, LOU, NIA, NURSE, OMAR, answer, desk_hub, person, report

pytestmark = pytest.mark.e2e

PEOPLE = (NURSE, GP_DOCTOR, NIA, OMAR, LOU, GRACE)


@pytest.fixture
def hub():
    return desk_hub(held=[FLAG])


@pytest.fixture
def desk(hub, static):
    people = PersonaSignIn(PEOPLE, SECRET, lambda: builders.NOW)
    app = create_web(hub.disclosing, people, clock=lambda: builders.NOW, demo=True, secret=SECRET, static=static, stewards=Stewards(hub))
    with serving(app) as address:
        yield address


def why(hub) -> str:
    return f"/people/{person(hub)}/joined"


def wrong(hub) -> str:
    return f"/people/{person(hub)}/wrong-match"


def waiting(hub, *, reported: bool) -> str:
    found = next(one for one in Stewards(hub).reviews(NIA).value.pairs if (one.report is not None) is reported)
    return f"/reviews/{found.id}"


@pytest.mark.parametrize("size", SIZES, ids=lambda size: f"{size[0]} px")
def test_axe_finds_nothing_and_nothing_overflows_in_any_state(as_persona, desk, hub, axe, size) -> None:
    report(hub, why=Why.TWO_NUMBERS)
    report(hub, record=COUNCIL, hide=False)
    id = waiting(hub, reported=True)
    answer(hub, id.rpartition("/")[2], Answer.SAME, OMAR)
    nurse, steward, omar = (as_persona(who, "/help", *size) for who in (NURSE, NIA, OMAR))
    found: dict[str, object] = {}
    visits = [
        (nurse, why(hub), 200),
        (nurse, f"{why(hub)}?done=hidden", 200),
        (nurse, wrong(hub), 200),
        (nurse, f"/people/{person(hub, COUNCIL)}/joined", 200),
        (steward, why(hub), 200),
        (steward, "/reviews", 200),
        (steward, "/reviews/unknown", 404),
        (steward, id, 200),
        (steward, f"{id}?total=shown", 200),
        (steward, f"{waiting(hub, reported=False)}?total=shown", 200),
        (omar, id, 200),
        (omar, "/reviews?done=answered", 200),
    ]
    for page, path, status in visits:
        assert page.goto(desk + path).status == status
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
            complaints = page.evaluate(script)
            if complaints:
                found[f"{path}: {name}"] = complaints[:5]
        assert [words for words in page.said if "404" not in words] == []
    assert found == {}


def test_mistakes_and_the_check_of_answers_are_accessible(as_persona, desk, hub, axe) -> None:
    page = as_persona(NURSE, wrong(hub), 320, 640)
    page.get_by_role("button", name="Continue").click()
    assert page.get_by_role("alert").inner_text().startswith("There is a problem")
    assert axe.run(page, options={"runOnly": RULES}).response["violations"] == []
    page.get_by_role("link", name="Choose what is wrong").click()
    assert page.evaluate("() => document.activeElement.id") == "why-1"
    page.get_by_label(re.compile("Hospital")).check()
    page.get_by_label("Facts in it belong to another person").check()
    page.get_by_label("What did you see?").fill("She was never in hospital.")
    page.get_by_role("button", name="Continue").click()
    assert page.get_by_role("heading", level=1).inner_text() == "Check your report"
    assert axe.run(page, options={"runOnly": RULES}).response["violations"] == []
    assert page.evaluate(OVERFLOWING) == []


def test_hazard_a_wrong_match_is_hidden_from_two_users_and_shown_again_without_scripts(as_persona, hub) -> None:
    nurse = as_persona(NURSE, f"/people/{person(hub)}", scripts=False)
    doctor = as_persona(GP_DOCTOR, f"/people/{person(hub)}/allergies", scripts=False)
    assert doctor.get_by_role("rowheader", name="Allergy to penicillin").count() == 1
    nurse.get_by_role("link", name="Why these records are joined, or report a wrong match").click()
    nurse.get_by_role("link", name="Report a wrong match", exact=True).click()
    nurse.get_by_label(re.compile("Hospital")).check()
    nurse.get_by_label("Facts in it belong to another person").check()
    nurse.get_by_label("What did you see?").fill("She was never in hospital.")
    nurse.get_by_role("button", name="Continue").click()
    nurse.get_by_role("button", name="Hide it and send for checking").click()
    assert "hidden from everyone from now on" in nurse.get_by_role("status").inner_text()
    doctor.reload()
    assert doctor.get_by_role("rowheader", name="Allergy to penicillin").count() == 0
    assert doctor.get_by_text("reported as possibly another person").count() > 0
    nurse.get_by_text(re.compile("Take back the report")).click()
    nurse.get_by_label("Why the record is this person’s after all").fill("The ward confirms it.")
    nurse.get_by_role("button", name="Take the report back").click()
    assert "shown again" in nurse.get_by_role("status").inner_text()
    doctor.reload()
    assert doctor.get_by_role("rowheader", name="Allergy to penicillin").count() == 1


def test_a_pair_is_answered_with_at_most_eight_keys_after_reading(as_persona, hub) -> None:
    page = as_persona(NIA, waiting(hub, reported=False))
    keys = ["Tab", "Enter", "Tab", "Enter", "Space", "Tab"]  # skip link, "Go to the answer", the first answer, on to the reason
    for key in keys:
        page.keyboard.press(key)
    assert page.evaluate("() => document.querySelector('#answer-1').checked")
    assert page.evaluate("() => document.activeElement.id") == "reason"
    page.keyboard.type("Seen with the letter.")
    page.keyboard.press("Enter")
    page.wait_for_url(re.compile("done=(next|answered)"))
    assert len(keys) + 1 <= 8
    [told] = hub.store.links.rulings()
    assert (told.by.user, told.answer, told.reason) == ("nia", Answer.SAME, "Seen with the letter.")


def test_three_stewards_settle_a_report_blind_and_a_senior_decides(as_persona, desk, hub) -> None:
    report(hub)
    address = waiting(hub, reported=True)
    for who, choice in ((NIA, "Same person"), (OMAR, "Different people")):
        page = as_persona(who, "/reviews")
        page.get_by_role("link", name="Start next").click()
        assert page.url == desk + address
        assert "Nia has seen" not in page.content()
        page.get_by_label(choice).check()
        page.get_by_label("Reason", exact=True).fill(f"{who.name.split()[0]} has seen the letter.")
        page.get_by_role("button", name="Save and next").click()
    for who, sentence in ((NIA, "a senior steward must decide"), (OMAR, "a senior steward must decide")):
        page = as_persona(who, address)
        assert page.get_by_text(sentence).count() > 0
        assert page.get_by_role("radio").count() == 0
    senior = as_persona(GRACE, address)
    senior.get_by_label("Different people").check()
    senior.get_by_label("Reason", exact=True).fill("The ward had two women of one name.")
    senior.get_by_role("button", name="Save and next").click()
    assert "Allergy to penicillin" not in as_persona(GP_DOCTOR, f"/people/{person(hub)}/allergies").content()


def test_a_difference_shows_by_more_than_colour_and_a_screen_reader_gets_the_value_whole(as_persona, hub) -> None:
    page = as_persona(NIA, waiting(hub, reported=False))
    marks = page.locator("mark.ch-differs")
    assert "u" in marks.all_inner_texts()
    assert {page.evaluate("e => getComputedStyle(e).textDecorationLine", mark) for mark in marks.element_handles()} == {"underline"}
    row = page.get_by_role("row").filter(has=page.get_by_role("rowheader", name="Family name"))
    cells = row.get_by_role("cell")
    assert {cells.nth(n).locator(".ch-spoken").inner_text() for n in (0, 1)} == {"Okafor", "Okafour"}
    assert "has “u”" in cells.nth(2).inner_text()


def test_at_four_hundred_percent_each_row_is_a_then_b_then_the_comparison(as_persona, hub) -> None:
    page = as_persona(NIA, waiting(hub, reported=False), 320, 256)
    tops = page.evaluate(
        """() => [...document.querySelectorAll('.ch-table--pair tbody tr')].map(row => [...row.children].map(cell => cell.getBoundingClientRect().top))"""
    )
    assert len(tops) > 8
    assert all(row == sorted(set(row)) for row in tops)
    assert page.evaluate("() => document.documentElement.scrollWidth") == 320


def test_pages_about_two_people_and_readers_explanations_are_not_for_paper(as_persona, desk, hub) -> None:
    pypdf = pytest.importorskip("pypdf", reason="Chromium: the e2e extra is not installed")
    report(hub, why=Why.TWO_NUMBERS)

    def paper(page) -> str:
        return " ".join("".join(sheet.extract_text() for sheet in pypdf.PdfReader(io.BytesIO(page.pdf())).pages).split())

    for who, path in ((NIA, "/reviews"), (NIA, waiting(hub, reported=False)), (NURSE, why(hub))):
        said = paper(as_persona(who, path))
        assert "not for paper" in said
        assert "agree" not in said
    checklist = paper(as_persona(NIA, waiting(hub, reported=True)))
    assert "To report nationally" in checklist
    assert "Okafor" not in checklist
    sheet = paper(as_persona(NIA, why(hub)))
    assert "The NHS numbers agree" in sheet
    assert "not for paper" not in sheet
    assert "Printed 22-Nov-2026 09:02 by Nia Rees. Confidential." in sheet
    assert sheet.count(f"Person {person(hub)}") == sheet.count("Page ") > 1
