"""What a document says only in the narrative of a section is read out with it."""

from __future__ import annotations

import pytest

from carehub.careplan.reading.narratives import plain
from unit.careplan.told import HOSPITAL, facts, one


@pytest.mark.parametrize(
    ("div", "words"),
    [
        ("<div><p>One\n two</p><p>three</p></div>", "One two; three"),
        ("<div><table><tr>\n<th>Dose</th>\n<td>2.5mg &lt; 5</td></tr><tr><td>x</td></tr></table></div>", "Dose: 2.5mg < 5; x"),
        ("<div><pre>Test\tValue\nHb\t150</pre></div>", "Test Value; Hb 150"),
        ("<div><b>a</b>b<br/>c</div>", "ab; c"),
        ("", ""),
    ],
)
def test_plain_words(div: str, words: str) -> None:
    assert plain(div) == words


def test_a_document_tells_its_sections() -> None:
    inner = {"code": {"text": "Legal information"}, "text": {"div": "<div>Capacity assessed</div>"}}
    told = {
        "status": "final",
        "title": "Discharge summary",
        "section": [{"title": "Social context", "text": {"div": "<div><p>Lives alone</p></div>"}, "section": [inner]}, {"title": "Empty"}],
    }
    entry = one("encounters", "Composition", told, source=HOSPITAL)
    assert facts(entry) == [("Kind", "Document"), ("Social context", "Lives alone"), ("Legal information", "Capacity assessed")]
