"""References: every one found with its path; some replaced, the rest shared."""

from __future__ import annotations

from typing import Any

from carehub.fhir.references import find, rewrite

RESOURCE: dict[str, Any] = {
    "resourceType": "Encounter",
    "subject": {"reference": "Patient/1", "display": "Ann"},
    "participant": [{"individual": {"reference": "Practitioner/2"}}, {"individual": {"display": "someone"}}],
    "contained": [{"resourceType": "Location", "id": "x", "managingOrganization": {"reference": "Organization/3"}}],
    "location": [{"location": {"reference": "#x"}}],
    "extension": [{"url": "urn:x", "valueReference": {"reference": "Patient/1"}}],
    "identifier": [["odd"], "text"],
}


def test_every_reference_is_found_with_its_path() -> None:
    assert dict(find(RESOURCE)) == {
        "subject": "Patient/1",
        "participant[0].individual": "Practitioner/2",
        "contained[0].managingOrganization": "Organization/3",
        "location[0].location": "#x",
        "extension[0].valueReference": "Patient/1",
    }
    assert dict(find({"reference": {"reference": "A/1"}})) == {"reference": "A/1"}


def test_what_the_table_answers_for_is_replaced_everywhere() -> None:
    changed = rewrite(RESOURCE, {"Patient/1": {"reference": "Patient/9"}, "Organization/3": {"display": "gone"}}.get)
    assert dict(find(changed)) == {
        "subject": "Patient/9",
        "participant[0].individual": "Practitioner/2",
        "location[0].location": "#x",
        "extension[0].valueReference": "Patient/9",
    }
    assert changed["subject"] == {"display": "Ann", "reference": "Patient/9"}
    assert changed["contained"][0]["managingOrganization"] == {"display": "gone"}


def test_the_input_is_not_changed_and_untouched_parts_are_shared() -> None:
    before = repr(RESOURCE)
    changed = rewrite(RESOURCE, {"Patient/1": {"display": "gone"}}.get)
    assert repr(RESOURCE) == before
    assert changed["participant"] is RESOURCE["participant"]
    assert rewrite(RESOURCE, lambda _: None) is RESOURCE


def test_references_inside_the_resource_are_never_asked_about() -> None:
    asked: list[str] = []
    rewrite(RESOURCE, asked.append)  # type: ignore[arg-type]
    assert sorted(asked) == ["Organization/3", "Patient/1", "Patient/1", "Practitioner/2"]


def test_two_in_one_list_are_both_replaced() -> None:
    changed = rewrite({"a": [{"reference": "A/1"}, {"reference": "B/2"}]}, lambda _: {"display": "gone"})
    assert changed == {"a": [{"display": "gone"}, {"display": "gone"}]}
