"""Bundles: bodies go in as they are, and what comes out is good R4."""

from __future__ import annotations

import pytest

from carehub.fhir.bundles import Entry, collection, document, searchset
from carehub.fhir.gate import check
from carehub.fhir.models import explain
from carehub.fhir.reading import read_resource

AT = "2026-11-22T06:10:00.000Z"
BODY = b'{"resourceType":"Observation","id":"o","status":"final","code":{"text":"x"},"valueQuantity":{"value":1.50}}'
COMPOSITION = (
    b'{"resourceType":"Composition","id":"c","status":"final","type":{"text":"x"},"date":"2026","author":[{"display":"x"}],"title":"x"}'
)


@pytest.mark.parametrize(
    "made",
    [
        searchset(
            [Entry("https://example.org/Observation/o", BODY, "match"), Entry("urn:x", BODY, "include")], 1, "https://example.org/?a=b"
        ),
        searchset([], 0, "https://example.org/"),
        searchset([Entry("urn:x", BODY, "match")], None, "https://example.org/", "https://example.org/?page=2"),
        collection([Entry("urn:x", BODY)], id="b", timestamp=AT),
        collection([]),
        document([Entry("urn:c", COMPOSITION), Entry("urn:x", BODY)], id="d", system="urn:s", value="v", timestamp=AT),
    ],
)
def test_every_bundle_is_good_r4(made: bytes) -> None:
    bundle = read_resource(made)
    assert check(bundle) == ()
    assert explain(bundle) == ()


def test_bodies_are_spliced_as_they_are() -> None:
    assert searchset([Entry('urn:"x', BODY, "match")], 7, "s") == (
        b'{"resourceType":"Bundle","type":"searchset","total":7,"link":[{"relation":"self","url":"s"}],"entry":[{"fullUrl":"urn:\\"x","resource":'
        + BODY
        + b',"search":{"mode":"match"}}]}'
    )
    assert collection([Entry("a", BODY), Entry("b", BODY)]).count(BODY) == 2


def test_a_document_says_which_and_when() -> None:
    made = read_resource(document([Entry("urn:c", COMPOSITION)], id="d", system="urn:s", value="v", timestamp=AT))
    assert made["identifier"] == {"system": "urn:s", "value": "v"}
    assert made["timestamp"] == AT
    assert made["entry"][0]["resource"]["resourceType"] == "Composition"


def test_the_next_page_is_linked_only_when_there_is_one() -> None:
    assert [link["relation"] for link in read_resource(searchset([], 0, "s", "n"))["link"]] == ["self", "next"]
    assert "total" not in read_resource(searchset([], None, "s"))
