"""meta: put in once, taken out again without a trace."""

from __future__ import annotations

from typing import Any

import pytest

from carehub.fhir.canonical import loads
from carehub.fhir.meta import without_meta, written

AT = "2026-11-22T06:10:00.000Z"
SOURCES_TAG = {"system": "urn:source", "code": "a"}


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
    body = written(resource).served(version=3, last_updated=AT, source="urn:carehub:feed#m")
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
    assert written(resource).served(version=2, last_updated=AT, source="urn:s") == (
        b'{"resourceType":"Patient","id":"p","meta":{"versionId":"2","lastUpdated":"2026-11-22T06:10:00.000Z","source":"urn:s",'
        b'"tag":[{"code":"a","system":"urn:source"}]},"active":true,"gender":"female"}'
    )


def test_equal_states_give_equal_bytes_in_any_order() -> None:
    one = written({"resourceType": "Patient", "id": "p", "a": 1, "b": 2}).served(version=1, last_updated="", source="s")
    two = written({"b": 2, "id": "p", "resourceType": "Patient", "a": 1}).served(version=1, last_updated="", source="s")
    assert one == two
    assert "lastUpdated" not in loads(one)["meta"]


def test_what_is_told_differs_from_what_is_served_in_meta_alone() -> None:
    resource = {"gender": "female", "meta": {"profile": ["urn:x"]}, "active": True, "id": "p", "resourceType": "Patient"}
    told, served = written(resource).told, written(resource).served(version=2, last_updated=AT, source="urn:s")
    assert told == b'{"resourceType":"Patient","id":"p","meta":{"profile":["urn:x"]},"active":true,"gender":"female"}'
    assert served.replace(b'"versionId":"2","lastUpdated":"2026-11-22T06:10:00.000Z","source":"urn:s",', b"") == told


def test_equal_resources_are_told_in_equal_bytes_however_they_are_ordered() -> None:
    one = {"resourceType": "Patient", "meta": {"tag": [SOURCES_TAG], "profile": ["urn:x"]}, "a": {"c": 1, "b": 2}}
    two = {"a": {"b": 2, "c": 1}, "meta": {"profile": ["urn:x"], "tag": [dict(reversed(SOURCES_TAG.items()))]}, "resourceType": "Patient"}
    assert written(one).told == written(two).told


@pytest.mark.parametrize("resource", [{}, {"resourceType": "Patient"}, {"id": "p"}, {"b": 1, "a": 2}])
def test_whatever_is_there_is_told(resource: dict[str, Any]) -> None:
    assert loads(written(resource).told) == resource
