"""The print route made into a PDF by the browser and read back: identity on every sheet, nothing cut, nothing folded away."""

from __future__ import annotations

import io
import re

import pytest

from doors.web.records import PEOPLE

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


def test_a_hard_name_prints_exactly(visit) -> None:
    sheets = _sheets(visit("/people/hostile/print"))
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
                assert re.sub(r"\s", "", told.title) in squeezed
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
