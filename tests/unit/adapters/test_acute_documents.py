"""Documents: what they hold is kept as bytes and trusted to be nothing; the next word about one stands, and what is replaced is not current."""

from __future__ import annotations

import base64
from typing import Any

import pytest

from carehub.feeds.mapped import Mapped
from carehub.fhir.gate import check
from carehub.fhir.models import explain
from unit.adapters.acute_messages import WHO, every, fold, header, mapped, numbers, segment

PDF = b"%PDF-1.4\n%%EOF\n"


def told(event: str, at: str, *lines: str, number: str = "D1", **txa: str) -> Mapped:
    said = {"f1": "1", "f2": "DS", "f6": "20261125120000", "f12": number, **txa}
    return mapped(header(f"MDM^{event}", at), WHO, segment("TXA", **said), *lines)


def encapsulated(body: str, kind: str = "application^pdf", encoding: str = "Base64") -> str:
    return f"OBX|1|ED|||^{kind}^{encoding}^{body}"


def documents(*messages: Mapped) -> dict[str, Any]:
    """The documents left, by number."""
    found = [each for each in fold(messages).values() if each["resourceType"] == "DocumentReference"]
    for each in found:
        assert check(each) == ()
        assert explain(each) == ()
    return {each["identifier"][0]["value"] if "identifier" in each else "": each for each in found}


def files(message: Mapped) -> list[tuple[str, bytes]]:
    return [(each["contentType"], base64.b64decode(each["data"])) for each in every(message, "Binary")]


def test_text_and_file_are_two_files_of_one_document() -> None:
    sent = told("T02", "20261125121000", "OBX|1|FT|||First line\\.br\\second", encapsulated(base64.b64encode(PDF).decode()))
    assert files(sent) == [("text/plain", b"First line\nsecond"), ("application/pdf", PDF)]
    attached = documents(sent)["D1"]["content"]
    assert [each["attachment"]["size"] for each in attached] == [17, len(PDF)]
    assert {each["attachment"]["url"] for each in attached} == {f"Binary/{each['id']}" for each in every(sent, "Binary")}


@pytest.mark.parametrize(
    ("line", "kept"),
    [
        (encapsulated(base64.b64encode(b"MZ not a PDF").decode()), [("application/octet-stream", b"MZ not a PDF")]),
        (encapsulated(base64.b64encode(b"<script>").decode(), "text^HTML"), [("text/plain", b"<script>")]),
        (encapsulated(base64.b64encode(b"<svg/>").decode(), "image^SVG"), [("application/octet-stream", b"<svg/>")]),
        (encapsulated("25504446 2D312E34", encoding="Hex"), [("application/pdf", b"%PDF-1.4")]),
        (encapsulated("not+base64!"), []),
        (encapsulated("", encoding="Base64"), []),
    ],
)
def test_what_a_file_holds_is_never_trusted_to_be_what_it_is_called(line: str, kept: list[tuple[str, bytes]]) -> None:
    assert files(told("T02", "20261125121000", line)) == kept


def test_a_file_that_cannot_be_read_is_noted() -> None:
    assert numbers(told("T02", "20261125121000", encapsulated("not+base64!"))) == {("MAP-004", "OBX[1]"): 1}


def test_a_message_without_content_leaves_the_content() -> None:
    first = told("T02", "20261125121000", "OBX|1|TX|||Text")
    signed = told("T03", "20261125130000", f17="AU")
    found = documents(first, signed)["D1"]
    assert (found["docStatus"], len(found["content"])) == ("final", 1)
    assert first.closes == ("document|D1",)
    assert signed.closes == ()


def test_announced_only_it_says_that_its_content_is_not_known() -> None:
    found = documents(told("T01", "20261125121000"))["D1"]
    assert found["content"][0]["attachment"]["extension"][0]["valueCode"] == "unknown"


def test_an_addition_stands_beside_and_a_replacement_in_the_place_of_another() -> None:
    first = told("T02", "20261125121000", "OBX|1|TX|||Text")
    added = told("T06", "20261125122000", "OBX|1|TX|||More", number="D2", f13="D1")
    replaced = told("T10", "20261125123000", "OBX|1|TX|||Other", number="D3", f13="D1")
    found = documents(first, added, replaced)
    assert {number: each["status"] for number, each in found.items()} == {"D1": "superseded", "D2": "current", "D3": "current"}
    assert found["D2"]["relatesTo"][0]["code"] == "appends"
    assert found["D3"]["relatesTo"] == [{"code": "replaces", "target": {"reference": f"DocumentReference/{found['D1']['id']}"}}]


def test_taken_back_with_its_files() -> None:
    gone = told("T11", "20261125121000")
    assert [record.change for record in gone.records if record.ref.type == "DocumentReference"] == ["withdrawn"]
    assert gone.closes == ("document|D1",)


def test_a_document_without_a_number_goes_by_its_type_and_time_and_has_no_number() -> None:
    (found,) = documents(told("T02", "20261125121000", "OBX|1|TX|||Text", number="")).values()
    assert "identifier" not in found
    nameless = told("T02", "20261125121000", "OBX|1|TX|||Text", number="", f6="")
    assert numbers(nameless) == {("MAP-004", "TXA[1]"): 1}
