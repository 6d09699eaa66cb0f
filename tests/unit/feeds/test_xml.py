"""XML comes in through one door: no document type, no entity, nothing fetched, nothing too deep; well-formed documents come in whole."""

from __future__ import annotations

import json
import tracemalloc
from pathlib import Path
from typing import Any

import pytest

from carehub.feeds.formats.xml import MAX_DEPTH, parse_xml, text_of
from carehub.terms.errors import Unreadable

XXE = Path(__file__).resolve().parents[4] / "shared" / "data" / "adversarial" / "xxe" / "payloads.json"


def verdict(body: bytes, **caps: Any) -> str:
    try:
        parse_xml(body, **caps)
    except Unreadable as error:
        return error.issues[0].number
    return "read"


def test_a_document_comes_in_with_its_namespaces_text_and_order() -> None:
    root = parse_xml(b'<?xml version="1.0" encoding="UTF-8"?><!-- c --><a xmlns="urn:hl7-org:v3" k="1">x<b/>y<?p q?>z &lt;&#163;</a>')
    assert root.tag == "{urn:hl7-org:v3}a"
    assert root.attrib == {"k": "1"}
    assert [child.tag for child in root] == ["{urn:hl7-org:v3}b"]
    assert text_of(root) == "xyz <\u00a3"


@pytest.mark.parametrize(
    ("body", "number"),
    [
        (b"", "GATE-006"),
        (b"<a>", "GATE-006"),
        (b"<a></b>", "GATE-006"),
        (b"<a/><b/>", "GATE-006"),
        (b'<a x="1" x="2"/>', "GATE-006"),
        (b"<a>&unknown;</a>", "GATE-006"),
        (b"<a>\xff</a>", "GATE-006"),
        (b"<a>\x00</a>", "GATE-006"),
        (b'<?xml version="1.0" encoding="utf-7"?><a/>', "GATE-006"),
        (b'<?xml version="1.0" encoding="no-such"?><a/>', "GATE-006"),
        (b'<?xml version="1.0" encoding="zlib"?><a/>', "GATE-006"),
        (b'{"resourceType": "Bundle"}', "GATE-006"),
        (b"<!DOCTYPE a><a/>", "GATE-007"),
        (b'<!DOCTYPE a SYSTEM "file:///etc/passwd"><a/>', "GATE-007"),
        (b'<!DOCTYPE a [<!ENTITY e "x">]><a>&e;</a>', "GATE-007"),
        (b'<!DOCTYPE a [<!ENTITY % e SYSTEM "http://127.0.0.1/x">%e;]><a/>', "GATE-007"),
        ("<!DOCTYPE a><a/>".encode("utf-16"), "GATE-007"),
    ],
)
def test_what_is_refused_and_why(body: bytes, number: str) -> None:
    assert verdict(body) == number


def test_other_encodings_that_xml_allows_are_read() -> None:
    assert text_of(parse_xml("<?xml version='1.0' encoding='utf-16'?><a>\u00a3</a>".encode("utf-16"))) == "\u00a3"
    assert text_of(parse_xml("<?xml version='1.0' encoding='windows-1252'?><a>\u20ac</a>".encode("cp1252"))) == "\u20ac"
    assert text_of(parse_xml(b"\xef\xbb\xbf<a>b</a>")) == "b"


def test_depth_size_and_number_of_elements_are_capped() -> None:
    def nested(n: int) -> bytes:
        return b"<a>" * n + b"</a>" * n

    assert verdict(nested(MAX_DEPTH)) == "read"
    assert verdict(nested(MAX_DEPTH + 1)) == "GATE-003"
    assert verdict(b"<a>" * 1_000_000) == "GATE-003"
    assert verdict(b"<a/>", max_bytes=3) == "GATE-001"
    assert verdict(b"<a><b/><b/></a>", max_elements=3) == "read"
    assert verdict(b"<a><b/><b/><b/></a>", max_elements=3) == "GATE-001"


def test_a_refusal_says_where_and_repeats_nothing_of_the_body() -> None:
    with pytest.raises(Unreadable) as caught:
        parse_xml(b"<a>\n<Barnaby></Rudge>\n</a>")
    assert caught.value.issues[0].at == "line 2"
    assert "Rudge" not in str(caught.value)
    assert caught.value.__cause__ is None


def test_a_million_laughs_costs_nothing() -> None:
    rows = "".join(f'<!ENTITY l{n} "{f"&l{n - 1};" * 10}">' for n in range(1, 10))
    body = f'<!DOCTYPE a [<!ENTITY l0 "ha">{rows}]><a>&l9;</a>'.encode()
    tracemalloc.start()
    try:
        assert verdict(body) == "GATE-007"
        assert tracemalloc.get_traced_memory()[1] < 5_000_000
    finally:
        tracemalloc.stop()


@pytest.mark.real_feeds
@pytest.mark.skipif(not XXE.exists(), reason="the hostile samples are not on this machine")
def test_every_published_hostile_payload_is_refused_or_harmless(monkeypatch: pytest.MonkeyPatch) -> None:
    def no(*_: object, **__: object) -> None:
        raise AssertionError("something outside the bytes was opened")

    monkeypatch.setattr("socket.socket", no)
    monkeypatch.setattr("socket.create_connection", no)
    payloads = json.loads(XXE.read_text())
    monkeypatch.setattr("builtins.open", no)
    told: dict[str, int] = {}
    for payload in payloads:
        answer = verdict(payload["xml"].encode("utf-8", "surrogatepass"))
        told[answer] = told.get(answer, 0) + 1
        if "<!DOCTYPE" in payload["xml"] or "<!ENTITY" in payload["xml"]:
            assert answer in {"GATE-006", "GATE-007"}, payload["id"]
    assert len(payloads) == sum(told.values()) >= 146
    assert told["GATE-007"] >= 50
