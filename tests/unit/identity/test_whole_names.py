"""A whole name beside its parts: what the parts leave out is read from it, and a title is nobody's name."""

from __future__ import annotations

import pytest

from carehub.identity import features


@pytest.mark.parametrize(
    ("given", "family", "full", "first", "others"),
    [
        ("Sir", "Smith", "Sir John Paul Smith", "john", ("paul",)),
        ("Mrs.", "", "Mrs Ann Smith", "ann", ("smith",)),
        ("Mr", "", "Mr Smith", "", ("smith",)),  # the word after a title may be the family name
        ("Mr", "Smith", "Mr Smith", "", ()),
        ("Mr", "Smith", "", "", ()),
        ("John", "Smith", "Dr John Paul Smith", "john", ("paul",)),
        ("", "Smith", "John Smith", "", ("john",)),
    ],
)
def test_a_title_in_the_place_of_the_first_name(given: str, family: str, full: str, first: str, others: tuple[str, ...]) -> None:
    found = features.read("r", {"given": given, "family": family, "full": full})
    assert (found.first, found.given, found.others, found.unnamed) == (first, first, others, False)


def test_a_child_not_named_yet_stays_without_a_name() -> None:
    assert features.read("r", {"given": "Baby", "family": "Smith", "full": "Baby Grace Smith"}).unnamed
    assert features.read("r", {"given": "Mrs", "family": "Smith", "full": "Mrs Baby Smith"}).first == ""
