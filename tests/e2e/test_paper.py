"""The print route made into a PDF by the browser and read back: identity on every sheet, nothing cut, nothing folded away."""

from __future__ import annotations

import io
import re

import pytest

from doors.web.records import PEOPLE
from doors.web.whole_record import HARMFUL

pytestmark = pytest.mark.e2e

CUT = """() => [...document.querySelectorAll('body *')].filter(e => {
  const style = getComputedStyle(e);
  return !e.closest('.nhsuk-u-visually-hidden') && style.display !== 'inline' && e.clientWidth > 1
    && ((style.overflowX !== 'visible' && e.scrollWidth > e.clientWidth + 1) || (style.overflowY !== 'visible' && e.scrollHeight > e.clientHeight + 1)
        || e.getBoundingClientRect().right > document.documentElement.clientWidth + 1);
}).map(e => e.tagName + '.' + e.className)"""


def _sheets(page) -> list[str]:
    reading = pytest.importorskip("pypdf", reason="Chromium: the e2e extra is not installed (pypdf)")
    found = reading.PdfReader(io.BytesIO(page.pdf(prefer_css_page_size=True, print_background=True)))
    return [" ".join(sheet.extract_text().split()) for sheet in found.pages]


@pytest.mark.parametrize("person", ["rich", "dead", "empty"])
def test_every_sheet_carries_identity_time_and_number(visit, person) -> None:
    sheets = _sheets(visit(f"/people/{person}/print"))
    name, number = (
        ("Name not known", "NHS No. Not known") if person == "empty" else ("O'BRIEN-SMITH, Margaret (Mrs)", "NHS No. 999 000 0018")
    )
    for place, text in enumerate(sheets, 1):
        assert name in text
        assert number in text
        assert ("Born Not known" if person == "empty" else "Born 09-Mar-1941") in text
        assert "Test data." in text
        assert "Printed 22-Nov-2026 09:02 by Jo Adeyemi. Confidential." in text
        assert "do not rely on this after 23-Nov-2026" in text
        assert f"Page {place} of {len(sheets)}" in text
    assert "Sources" in sheets[0]
    assert person == "empty" or len(sheets) > 2


@pytest.mark.parametrize("path", ["pack", "pack/person", "pack/person?large=yes", "timeline"])
def test_ui_65_every_sheet_of_the_packs_and_of_the_timeline_too(visit, path) -> None:
    sheets = _sheets(visit(f"/people/whole/{path}"))
    for place, text in enumerate(sheets, 1):
        for words in ("O'BRIEN-SMITH, Margaret (Mrs)", "Born 09-Mar-1941", "NHS No. 999 000 0018", "Test data."):
            assert words in text
        assert "Printed 22-Nov-2026 09:02 by Jo Adeyemi. Confidential. Record changes; do not rely on this after 23-Nov-2026" in text
        assert f"Page {place} of {len(sheets)}" in text


def test_ui_65_every_sheet_that_is_about_nobody_says_who_printed_it_too(visit) -> None:
    sheets = _sheets(visit("/help"))
    for place, text in enumerate(sheets, 1):
        for words in ("Test data.", "Printed 22-Nov-2026 09:02 by Jo Adeyemi. Confidential.", f"Page {place} of {len(sheets)}"):
            assert words in text


@pytest.mark.parametrize("path", ["pack", "pack/person"])
def test_ui_66_no_sheet_of_a_pack_holds_safeguarding_detail_and_ui_67_every_conflict_is_on_the_meetings(visit, path) -> None:
    whole = " ".join(_sheets(visit(f"/people/whole/{path}")))
    squeezed = re.sub(r"\s", "", whole)
    assert not [words for words in HARMFUL[:4] if re.sub(r"\s", "", words) in squeezed]
    assert "(Link:" not in whole
    if path == "pack":
        for conflict in PEOPLE["whole"]().plan.conflicts:
            assert re.sub(r"\s", "", conflict.sentence) in squeezed
    else:
        assert "Harmsworth" not in whole


@pytest.mark.parametrize("path", ["print", "pack"])
def test_a_hard_name_prints_exactly(visit, path) -> None:
    sheets = _sheets(visit(f"/people/hostile/{path}"))
    for text in sheets:
        assert "D\"ARCY\\<SCRIPT>ALERT('X')" in text
        assert "Ólafsdóttir" in text
        assert "&#39;" not in text
        assert "&lt;" not in text


def test_every_conflict_and_entry_is_on_paper(visit) -> None:
    whole = " ".join(_sheets(visit("/people/rich/print")))
    squeezed = re.sub(r"\s", "", whole)
    record = PEOPLE["rich"]()
    for conflict in record.plan.conflicts:
        assert re.sub(r"\s", "", conflict.sentence) in squeezed
    for section in record.plan.sections:
        for entry in section.entries:
            for told in (entry, *entry.members):
                # Names of medicines are in lower case or capitals (docs/adr/0021).
                assert re.sub(r"\s", "", told.title).casefold() in squeezed.casefold()
                assert all(re.sub(r"\s", "", fact.value) in squeezed for fact in told.facts)
    for state in record.source_states:
        assert re.sub(r"\s", "", state.sentence) in squeezed
    assert "(Link:" not in whole
    assert "http" not in whole


@pytest.mark.parametrize("person", ["rich", "hostile", "long"])
def test_nothing_is_cut_on_paper(visit, person) -> None:
    page = visit(f"/people/{person}/print", 703, 1000)
    page.emulate_media(media="print")
    assert page.evaluate(CUT) == []
    assert page.locator("details").count() == 0


HEADS = re.compile(
    r"(Status Date Sources|What is recorded Sources|Sources included|Last entry about this person|Why this one is shown"
    r"|(Current|Past) [a-z ]+(\(\d+\))?|What each source could say here)$"
)


@pytest.mark.parametrize("path", ["", "/medicines", "/sources", "/print"])
def test_each_sheet_has_the_identity_and_something_under_every_head_wherever_it_breaks(visit, path) -> None:
    """A spacer pushes the text down step by step, so that the sheets break at many places."""
    page = visit(f"/people/rich{path}")
    page.evaluate(
        "() => { const spacer = document.createElement('div'); spacer.id = 'spacer'; document.querySelector('main').prepend(spacer); }"
    )
    for height in range(0, 700, 50):
        page.evaluate("height => { document.getElementById('spacer').style.height = height + 'px'; }", height)
        for place, text in enumerate(sheets := _sheets(page), 1):
            head, _, rest = text.partition("NHS No. 999 000 0018")
            assert "O'BRIEN-SMITH, Margaret (Mrs)" in head
            assert "Born 09-Mar-1941" in head
            said, foot, _ = rest.partition("Printed 22-Nov-2026 09:02 by Jo Adeyemi. Confidential.")
            assert foot, (height, place)
            assert len(said.split()) > 3 or (place == 1 and height), f"sheet {place} of {len(sheets)} at {height} px is blank"
            assert not HEADS.search(said.strip()), (height, place, said[-80:])


# Between the text that is seen in a cell and that in the next.
GAPS = """() => [...document.querySelectorAll('.ch-table tbody tr')].flatMap(row => {
  const boxes = [...row.children].map(cell => {
    const walk = document.createTreeWalker(cell, NodeFilter.SHOW_TEXT), seen = [];
    for (let node = walk.nextNode(); node; node = walk.nextNode()) {
      if (node.parentElement.closest('.nhsuk-u-visually-hidden, .ch-label')) continue;
      const range = document.createRange(); range.selectNodeContents(node);
      seen.push(...[...range.getClientRects()].filter(box => box.width > 1));
    }
    return { left: Math.min(...seen.map(box => box.left)), right: Math.max(...seen.map(box => box.right)) };
  });
  return boxes.slice(1).map((box, place) => box.left - boxes[place].right);
})"""


@pytest.mark.parametrize("path", ["", "/medicines", "/about", "/print"])
def test_no_row_is_split_and_columns_stay_apart_on_paper(visit, path) -> None:
    page = visit(f"/people/rich{path}", 703, 1000)
    page.emulate_media(media="print")
    split = "() => [...document.querySelectorAll('.ch-table tbody tr')].filter(e => getComputedStyle(e).breakInside !== 'avoid').length"
    assert page.evaluate(split) == 0
    gaps = page.evaluate(GAPS)
    assert gaps
    assert min(gaps) >= 6, "columns run together"


@pytest.mark.parametrize("path", ["", "/medicines", "/about", "/sources", "/timeline", "/print", "/pack", "/pack/person?large=yes"])
def test_nothing_of_a_screen_page_is_cut_or_folded_on_paper(visit, path) -> None:
    page = visit(f"/people/whole{path}", 703, 1000)
    page.emulate_media(media="print")
    assert page.evaluate(CUT) == []
    assert page.evaluate("() => [...document.querySelectorAll('details > *')].filter(e => !e.getClientRects().length).length") == 0
