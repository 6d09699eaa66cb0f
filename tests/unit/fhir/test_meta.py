"""meta: put in once, taken out again without a trace."""

from __future__ import annotations

from typing import Any

import pytest

from carehub.fhir.canonical import loads
from carehub.fhir.meta import with_meta, without_additions, without_meta

AT = "2026-11-22T06:10:00.000Z"
SOURCES_TAG = {"system": "urn:source", "code": "a"}
OUR_TAG = {"system": "urn:carehub:level", "code": "b"}


@pytest.mark.parametrize(
    "resource",
    [
        {"resourceType": "Patient", "id": "p", "active": True},
        {"resourceType": "Patient", "id": "p"},
        {"resourceType": "Patient"},
        {"resourceType": "Patient", "id": "p", "meta": {"profile": ["urn:x"], "tag": [SOURCES_TAG]}, "active": True},
    ],
)
def test_what_was_put_in_comes_out(resource: dict[str, Any]) -> None:
    before = repr(resource)
    body = with_meta(resource, version=3, last_updated=AT, source="urn:carehub:feed#m", tags=[OUR_TAG])
    assert without_meta(body) == resource
    assert repr(resource) == before


def test_the_exact_text() -> None:
    resource = {
        "meta": {"tag": [SOURCES_TAG], "source": "urn:sender"},
        "gender": "female",
        "active": True,
        "id": "p",
        "resourceType": "Patient",
    }
    assert with_meta(resource, version=2, last_updated=AT, source="urn:s", tags=[OUR_TAG]) == (
        b'{"resourceType":"Patient","id":"p","meta":{"versionId":"2","lastUpdated":"2026-11-22T06:10:00.000Z","source":"urn:s",'
        b'"tag":[{"system":"urn:source","code":"a"},{"system":"urn:carehub:level","code":"b"}]},"active":true,"gender":"female"}'
    )


def test_equal_states_give_equal_bytes_in_any_order() -> None:
    one = with_meta({"resourceType": "Patient", "id": "p", "a": 1, "b": 2}, version=1, last_updated="", source="s")
    two = with_meta({"b": 2, "id": "p", "resourceType": "Patient", "a": 1}, version=1, last_updated="", source="s")
    assert one == two
    assert "lastUpdated" not in loads(one)["meta"]


def test_without_additions_differs_from_what_is_served_in_meta_alone() -> None:
    resource = {"gender": "female", "meta": {"profile": ["urn:x"]}, "active": True, "id": "p", "resourceType": "Patient"}
    told, served = without_additions(resource), with_meta(resource, version=2, last_updated=AT, source="urn:s")
    assert told == b'{"resourceType":"Patient","id":"p","meta":{"profile":["urn:x"]},"active":true,"gender":"female"}'
    assert served.replace(b'"versionId":"2","lastUpdated":"2026-11-22T06:10:00.000Z","source":"urn:s",', b"") == told


def test_equal_resources_are_told_in_equal_bytes_however_they_are_ordered() -> None:
    one = {"resourceType": "Patient", "meta": {"tag": [SOURCES_TAG], "profile": ["urn:x"]}, "a": {"c": 1, "b": 2}}
    two = {"a": {"b": 2, "c": 1}, "meta": {"profile": ["urn:x"], "tag": [dict(reversed(SOURCES_TAG.items()))]}, "resourceType": "Patient"}
    assert without_additions(one) == without_additions(two)


@pytest.mark.parametrize("resource", [{}, {"resourceType": "Patient"}, {"id": "p"}, {"b": 1, "a": 2}])
def test_whatever_is_there_is_told(resource: dict[str, Any]) -> None:
    assert loads(without_additions(resource)) == resource
