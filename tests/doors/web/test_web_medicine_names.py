"""UI-35: a generic name is bold and in lower case, a brand in capitals, by their look alone; on the page, on paper and on the meeting screen."""

from __future__ import annotations

import re

import pytest

from carehub.hub.hub import Hub
from carehub.web.medicine_names import drawn_length, drawn_words, title_words
from carehub.web.rendering import STATIC
from doors.web.conftest import desk_client
from doors.web.markup import Page
from hub.toy_hub import NURSE, ada, submit, toy_hub

# A title as it was sent: [what looks like a generic name], {what looks like a brand}, and the rest as written.
TITLES = (
    "[Bisoprolol] 2.5mg tablets",
    "[BISOPROLOL] FUMARATE 2.5 MG",
    "[bisoprolol]",
    "[Paracetamol] 500mg tablets",
    "[Co-codamol] 30mg/500mg tablets",
    "[Co-amoxiclav] 500mg/125mg",
    "[Folic acid] 5mg",
    "[Insulin glargine] 100units/ml",
    "[Levothyroxine] sodium 25microgram tablets",
    "[Codeine] 15mg / [Paracetamol] 500mg",
    "{Adalat} LA 30 mg",
    "{Adalat} ([nifedipine]) 30 mg",
    "{Adcal-D3} chewable tablets",
    "{Oramorph} 10mg/5ml oral solution",
    "{NovoRapid} FlexPen",
    "{Humulin} M3",
    "[Warfarin] 1mg ({Coumadin})",
    "Salbutamolum",
    "Co-bisoprolol-like 5mg",
    "pre-warfarin clinic tablets",
    "Hydroxyzine 25mg",
    "hydrOXYzine 25mg",
    "Sirdupla 25",
    "Medicine without a name",
    "<b>[Aspirin]</b> 75mg",
)


def _marked(title: str) -> str:
    html = str(title_words(title, "medicines"))
    html = re.sub(r'<b class="ch-generic">(.*?)</b>', r"[\1]", html)
    html = re.sub(r'<span class="ch-brand">(.*?)</span>', r"{\1}", html)
    return Page(f"<p>{html}</p>").one("p").text


@pytest.mark.parametrize("shown", TITLES)
def test_ui_35_the_names_that_are_known_have_their_look_and_no_character_changes(shown: str) -> None:
    sent = re.sub(r"[\[\]{}]", "", shown)
    assert _marked(sent) == shown
    assert Page(f"<p>{title_words(sent, 'medicines')}</p>").one("p").text == sent


def test_ui_35_the_look_is_lower_case_bold_and_capitals_and_of_medicines_alone() -> None:
    sheet = (STATIC / "carehub.css").read_text(encoding="utf-8")
    assert re.search(r"\.ch-generic \{ font-weight: 700; text-transform: lowercase; \}", sheet)
    assert re.search(r"\.ch-brand \{ text-transform: uppercase; \}", sheet)
    assert [sheet.count(f".{look}") for look in ("ch-generic", "ch-brand")] == [1, 1], (
        "no other rule of the sheet changes the look of a name"
    )
    assert "ch-" not in title_words("Adverse reaction to Warfarin", "allergies")


def test_ui_35_the_names_in_a_drawing_have_the_same_look_and_a_brand_the_room_of_its_capitals() -> None:
    words = "planned: Bisoprolol & adalat LA – GP"
    assert drawn_words(words) == (
        'planned: <tspan class="ch-generic">Bisoprolol</tspan> &amp; <tspan class="ch-brand">adalat</tspan> LA – GP'
    )
    assert drawn_length(words) == len(words) + len("adalat") / 3
    assert drawn_length("bisoprolol") == len("bisoprolol")


@pytest.fixture(scope="module")
def hub() -> Hub:
    made = toy_hub()
    dose = {"doseAndRate": [{"doseQuantity": {"value": 2.50, "unit": "mg."}}], "route": {"text": "oral"}}
    course = {"type": "MedicationStatement", "status": "active"}
    told = [
        {**course, "id": "m1", "medicationCodeableConcept": {"text": "Bisoprolol 2.5mg tablets"}, "dosage": [dose]},
        {**course, "id": "m2", "medicationCodeableConcept": {"text": "Adalat LA 30 mg"}, "dosage": [{"text": "ONE 30.0mg. OD"}]},
    ]
    submit(made, ada(records=told))
    made.drain()
    return made


@pytest.mark.parametrize("page", ["", "/medicines", "/print", "/pack", "/pack/person", "/meeting?present=gp"])
def test_ui_35_page_paper_and_meeting_screen_are_laid_out_alike(hub: Hub, page: str) -> None:
    answer = desk_client(hub, (NURSE,), NURSE).get(f"/people/{hub.store.links.persons()[0]}{page}")
    assert answer.status_code == 200
    assert '<b class="ch-generic">Bisoprolol</b>' in answer.text
    assert '<span class="ch-brand">Adalat</span>' in answer.text
    text = Page(answer.text).text
    assert re.search(r"DOSE\s*2\.5 mg — oral", text)
    assert re.search(r"DOSE\s*ONE 30\.0mg\. OD", text)
