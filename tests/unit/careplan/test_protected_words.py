"""Where a restricted person lives is covered wherever words tell it, and nothing else is touched (hazard H-26)."""

from __future__ import annotations

from base64 import b64decode, b64encode

import pytest
from hypothesis import given
from hypothesis import strategies as st

from carehub.careplan.protected_words import DOCUMENT_PROTECTED, PROTECTED, cover_of

HOME = {
    "resourceType": "Patient",
    "address": [{"line": ["Flat 2", "The Old Forge"], "city": "Northvale", "postalCode": "ZZ9 4AA"}],
    "telecom": [{"system": "email", "value": "ada@example.org"}],
    "contact": [{"address": {"text": "7 Mill Bank, Northvale"}, "telecom": [{"value": "0191 498 0123"}]}],
    "generalPractitioner": [{"display": "Harbour Lane Surgery"}, {"display": "Surgery"}],
}
UNKNOWN = {"resourceType": "RelatedPerson", "address": [{"line": ["Not known"]}]}
COVER = cover_of([HOME, UNKNOWN])


@pytest.mark.parametrize(
    ("told", "left"),
    [
        ("Lives at the old forge (flat 2).", "Lives at [protected] ([protected])."),
        ("Letter to ZZ94AA, copy to ada@example.org", "Letter to [protected], copy to [protected]"),
        ("Daughter at 7, Mill Bank; Northvale: 01914980123", "Daughter at [protected]: [protected]"),
        ("Registered at Harbour Lane Surgery since May", "Registered at [protected] since May"),
        ("Moved to 14 High Green Road, postcode ZE3 9JZ", "Moved to [protected], postcode [protected]"),
        ("Call +44 7700 900123 or 07700900123", "Call [protected] or [protected]"),
        ("Write to care.team@example.nhs.uk.", "Write to [protected]."),
        ("Tel.01632 960001, or (0191) 498 0199.", "Tel.[protected], or [protected]."),
    ],
)
def test_a_place_is_covered_however_it_is_written(told: str, left: str) -> None:
    assert COVER.words(told) == left


@pytest.mark.parametrize(
    "told",
    [
        "Vitamin B12 5MG daily", "Take 1 tablet at 08:00 with food", "Hb 131 g/L on 2026-11-20", "NHS number 999 000 0018", "Seen on the Northvale ward",
        "Warfarin 0.5 mg, INR 2.5", "BP 130/80, pulse 072", "Grade 2 pressure ulcer, left heel", "1 in 4 chance", "Room 12 Ward 4",
        " ".join(("Seen 05-12-2026", "10:30")), "VIT B12 1BD and THIAMINE B1 2TD", "Hip surgery; next of kin not known", "Walks 3 Miles",
    ],
)  # fmt: skip
def test_what_tells_no_place_stays_letter_for_letter(told: str) -> None:
    assert COVER.words(told) == told


def test_codes_ids_and_references_are_never_touched_and_nothing_is_changed_in_place() -> None:
    resource = {
        "resourceType": "Observation",
        "id": "ZZ94AA",
        "code": {"coding": [{"system": "urn:ZZ9 4AA", "code": "ZZ9 4AA", "display": "Visit to ZZ9 4AA"}]},
        "subject": {"reference": "Patient/ZZ9 4AA"},
    }
    left = COVER.resource(resource)
    assert left["code"]["coding"] == [{"system": "urn:ZZ9 4AA", "code": "ZZ9 4AA", "display": "Visit to [protected]"}]
    assert (left["id"], left["subject"]) == (resource["id"], resource["subject"])
    assert resource["code"]["coding"][0]["display"] == "Visit to ZZ9 4AA"
    untold = {"resourceType": "Observation", "note": [{"text": "Walks with a frame"}]}
    assert COVER.resource(untold) is untold


def test_a_document_is_read_where_it_is_text_and_goes_where_it_is_not() -> None:
    def document(told: bytes, kind: str | None) -> dict[str, object]:
        left = COVER.resource({"resourceType": "Media", "content": {"contentType": kind, "data": b64encode(told).decode(), "size": 9}})
        return left["content"]

    letter = "Write to The Old Forge"
    assert b64decode(document(letter.encode(), "text/plain")["data"]) == b"Write to [protected]"
    assert document(b"Walks with a frame", "text/plain")["size"] == 9
    for gone in (
        document(letter.encode(), "application/pdf"),
        document(letter.encode(), None),
        document(letter.encode("utf-16-le"), "text/plain"),
    ):
        assert "data" not in gone
        assert gone["title"] == DOCUMENT_PROTECTED
    curve = {"resourceType": "Observation", "valueSampledData": {"dimensions": 1, "data": "2 4 E"}}
    assert COVER.resource(curve) is curve


def test_who_stands_inside_another_record_and_what_was_said_to_somebody_are_covered() -> None:
    inside = {"resourceType": "RelatedPerson", "address": [{"line": ["Flat 2", "The Old Forge"], "postalCode": "ZZ9 4AA"}]}
    left = COVER.resource({"resourceType": "Communication", "contained": [inside], "payload": [{"contentString": "Go to The Old Forge"}]})
    assert left["contained"][0]["address"] == [{"line": ["[protected]", "[protected]"], "postalCode": "[protected]"}]
    assert left["payload"] == [{"contentString": "Go to [protected]"}]


def test_what_is_covered_stays_so_when_it_is_covered_again() -> None:
    covered = {"resourceType": "Patient", "address": [{"text": PROTECTED}], "telecom": [{"value": PROTECTED}]}
    assert cover_of([covered]).resource(covered) is covered


@given(st.text(max_size=200))
def test_covering_twice_is_covering_once(told: str) -> None:
    once = COVER.words(told)
    assert COVER.words(once) == once
