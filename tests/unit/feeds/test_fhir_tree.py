"""FHIR in XML and JSON as one tree, and narratives made harmless."""

from __future__ import annotations

from xml.etree.ElementTree import fromstring

import pytest

from carehub.feeds.formats.fhir_tree import EMPTY, Node, read_document
from carehub.feeds.formats.narrative import plain_text, xhtml
from carehub.terms.errors import Rejected

XML = b"""<Patient xmlns="http://hl7.org/fhir"><id value="p"/><text><status value="generated"/>
<div xmlns="http://www.w3.org/1999/xhtml"><p>Ruth <b>T</b></p></div></text>
<extension url="https://x/Extension-A-1"><valueBoolean value="true"/></extension>
<contained><Medication><id value="m"/></Medication></contained>
<name><family value=" Tindall "/><given value="Ruth"/><given value="Ann"/></name><multipleBirthInteger value="2"/></Patient>"""
JSON = b"""{"resourceType":"Patient","id":"p","text":{"status":"generated","div":"<div xmlns='http://www.w3.org/1999/xhtml'><p>Ruth <b>T</b></p></div>"},
"extension":[{"url":"https://x/Extension-A-1","valueBoolean":true}],"contained":[{"resourceType":"Medication","id":"m"}],
"name":[{"family":"Tindall","given":["Ruth","Ann"]}],"multipleBirthInteger":2}"""


@pytest.mark.parametrize("body", [XML, JSON, b"\xef\xbb\xbf" + XML])
def test_both_forms_are_one_tree(body: bytes) -> None:
    node = read_document(body)
    assert (node.kind, node.text("id"), node.text("name", "family")) == ("Patient", "p", "Tindall")
    assert [one.value for one in node.all("name", "given")] == ["Ruth", "Ann"]
    assert node.extension("A-1").text("valueBoolean") == "true"
    assert not node.extension("B-1")
    assert node.one("contained").kind == "Medication"
    assert node.one("text").div == '<div xmlns="http://www.w3.org/1999/xhtml"><p>Ruth <b>T</b></p></div>'
    assert node.one("text").words == "Ruth T"
    assert node.choice("multipleBirth") == ("multipleBirthInteger", node.one("multipleBirthInteger"))


def test_same_is_about_what_is_said() -> None:
    assert read_document(XML).same(read_document(XML))
    assert not read_document(XML).same(read_document(XML.replace(b"Ann", b"Jo")))
    assert not read_document(XML).same(read_document(XML.replace(b'<given value="Ann"/>', b"")))


@pytest.mark.parametrize(
    ("body", "number"),
    [(b"<Patient/>", "GATE-005"), (b"<a", "GATE-006"), (b'<!DOCTYPE a [<!ENTITY b "c">]><a>&b;</a>', "GATE-007"), (b"{}", "GATE-005")],
)
def test_what_is_no_resource(body: bytes, number: str) -> None:
    with pytest.raises(Rejected) as refused:
        read_document(body)
    assert [one.number for one in refused.value.issues] == [number]


def test_an_empty_node_holds_nothing_and_is_nothing() -> None:
    assert not Node()
    assert EMPTY.text("a", "b") == ""
    assert EMPTY.choice("value") == ("", EMPTY)


def test_a_narrative_keeps_every_word_and_nothing_that_acts() -> None:
    told = fromstring(
        "<div><p onclick='x()' style='a'>One <script>bad()</script>two</p><a href='javascript:x'>three</a>"
        "<table><tr><th colspan='2'>four</th></tr></table><unknown>five &lt;six&gt;</unknown><img src='x' alt='seven'/></div>"
    )
    assert xhtml(told) == (
        '<div xmlns="http://www.w3.org/1999/xhtml"><p>One two</p><a>three</a><table><tr><th colspan="2">four</th></tr></table>'
        "five &lt;six&gt;[seven]</div>"
    )
    assert plain_text(told) == "One two\nthree\nfour\nfive <six>[seven]"


def test_a_div_that_is_not_xhtml_is_kept_as_words() -> None:
    node = read_document(b'{"resourceType":"Patient","text":{"div":"<p>not closed"}}')
    assert node.one("text").div == '<div xmlns="http://www.w3.org/1999/xhtml">&lt;p&gt;not closed</div>'
    assert node.one("text").words == "<p>not closed"
