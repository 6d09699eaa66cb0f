"""Postcodes as far as they were told, and the door in an address."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from carehub.identity.places import Address, Postcode, postcode, read_address, read_postcode


@pytest.mark.parametrize(
    ("told", "full", "repaired"),
    [
        ("ZX1 1AA", "ZX1 1AA", False),
        ("zx11aa", "ZX1 1AA", False),
        ("ZX1-1AA.", "ZX1 1AA", False),
        ("ZXI IAA", "ZX1 1AA", True),
        ("ZX1 IAA", "ZX1 1AA", True),
        ("ZX1O 1AA", "ZX10 1AA", True),
        ("ZX1 OAA", "ZX1 0AA", True),
        ("SW1A 1AA", "SW1A 1AA", False),
        ("SWIA 1AA", "SW1A 1AA", True),
        ("W1A 0AX", "W1A 0AX", False),
        ("0X1 1AA", "OX1 1AA", True),
        ("ZX1 1A4", "", False),
        ("ZX1 1CA", "ZX1 1CA", False),
        ("1ZX 1AA", "", False),
        ("OIO OIO", "", False),
        ("X" * 60, "", False),
    ],
)
def test_a_whole_postcode_is_read_and_mistaken_letters_are_put_right(told: str, full: str, repaired: bool) -> None:
    found = read_postcode(told)
    assert (found.full, found.repaired) == (full, repaired)
    assert postcode(told) == full


def test_a_postcode_has_its_sector_district_and_area() -> None:
    assert read_postcode("zx12 3ab") == Postcode("ZX12 3AB", "ZX12 3", "ZX12", "ZX")


@pytest.mark.parametrize(
    ("told", "sector", "district"),
    [("ZX1", "", "ZX1"), (" zx12 ", "", "ZX12"), ("ZX1 1", "ZX1 1", "ZX1"), ("SW1A", "", "SW1A"), ("ZX", "", ""), ("1AA", "", "")],
)
def test_part_of_a_postcode_is_read_as_far_as_it_goes(told: str, sector: str, district: str) -> None:
    found = read_postcode(told)
    assert (found.full, found.sector, found.district) == ("", sector, district)


@pytest.mark.parametrize(
    ("told", "pseudo"),
    [
        ("ZZ99 3VZ", "no fixed abode"),
        ("zz993vz", "no fixed abode"),
        ("ZZ99 3WZ", "not known"),
        ("ZZ99 3CZ", "country only"),
        ("ZZ99 3GZ", "country only"),
        ("ZZ99 1WZ", "country only"),
        ("ZZ99 6CZ", "abroad"),
        ("ZZ99", "not known"),
    ],
)
def test_a_pseudo_postcode_is_no_place(told: str, pseudo: str) -> None:
    assert read_postcode(told) == Postcode(pseudo=pseudo)


_DOORS = {
    "|12|alder rd": [
        "12 Alder Road",
        "12, Alder Road",
        "12 ALDER RD.",
        "12 Alder Rd, Exampleton",
        "12 Alder Road Exampleton",
        "12 Alder Road\nZX1 1AA",
    ],
    "3|12|alder rd": [
        "Flat 3, 12 Alder Road",
        "Flat 3 12 Alder Rd",
        "Apt 3, 12 Alder Road",
        "12 Alder Road, Flat 3",
        "3/12 Alder Road",
        "apartment 3,12 alder road",
    ],
    "|12a|alder rd": ["12A Alder Road", "12 a Alder Road", "12a, Alder Rd"],
    "|12|st johns rd": ["12 St John's Road", "12 Saint Johns Rd", "12 St. Johns Road, Exampleton"],
    "|12|alder st": ["12 Alder Street", "12 Alder St", "12 Alder St., Testbury", "12-14 Alder Street"],
    "|rose ctg|mill ln": ["Rose Cottage, Mill Lane", "Rose Cottage Mill Ln", "rose cottage, mill lane, Exampleton"],
    "|12|birch rd": ["Larkrise Nursing Home, 12 Birch Road, Testbury", "12 Birch Rd"],
    "ground|12|alder rd": ["Ground Floor Flat, 12 Alder Road", "Ground Floor Flat 12 Alder Rd"],
    "4|2|elm cl": ["Room 4, 2 Elm Close", "2 Elm Cl, Room 4"],
    "|the beeches|": ["The Beeches", "the beeches, "],
    "|5|broadway": ["5 Broadway", "5, Broadway, Exampleton"],
    "||alder ln": ["Alder Lane", "Alder Ln, Exampleton", "Alder Lane Exampleton"],
    "|7|the gn": ["7 The Green", "7, The Green"],
}


@pytest.mark.parametrize(("door", "told"), [(door, told) for door, ways in _DOORS.items() for told in ways])
def test_one_door_is_one_door_however_it_is_written(door: str, told: str) -> None:
    assert read_address(told).door == door


@pytest.mark.parametrize(
    "told", ["No fixed abode", "NFA", "N.F.A.", "of no fixed abode", "Homeless", "Not known", "Address unknown", "N/A", "Sofa surfing"]
)
def test_no_address_is_said_in_words(told: str) -> None:
    assert read_address(told) == Address(nowhere=True)
    assert read_address(told).door == ""


def test_the_name_of_a_home_is_kept_beside_its_number() -> None:
    assert read_address("Larkrise Nursing Home, 12 Birch Road") == Address("", "12", "larkrise nursing home", "birch rd")


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("12 Alder Road", "21 Alder Road"),
        ("12 Alder Road", "12 Alder Street"),
        ("Flat 3, 12 Alder Road", "Flat 4, 12 Alder Road"),
        ("Flat 3, 12 Alder Road", "12 Alder Road"),
        ("12 Alder Road", "12A Alder Road"),
        ("Rose Cottage, Mill Lane", "Mill Cottage, Mill Lane"),
    ],
)
def test_two_doors_stay_two(one: str, other: str) -> None:
    assert read_address(one).door != read_address(other).door


@given(st.text(max_size=60) | st.text(alphabet="flat 12/3a-, roadstRdSt.'\n", max_size=40))
def test_no_text_makes_an_address_raise(text: str) -> None:
    found = read_address(text)
    assert found == read_address(text.strip())
    assert not found.nowhere or found.door == ""
    assert all("," not in part and part == part.strip() for part in found[:4])


@given(
    st.integers(1, 999),
    st.sampled_from(["", "Flat 2, ", "Flat 12B, "]),
    st.sampled_from(["Alder", "Saint Johns", "Upper Mill", "Kings"]),
    st.sampled_from([("Road", "Rd"), ("Street", "St"), ("Avenue", "Ave"), ("Close", "Cl"), ("Crescent", "Cres"), ("Gardens", "Gdns")]),
)
def test_long_and_short_words_of_a_street_are_one(number: int, flat: str, street: str, kind: tuple[str, str]) -> None:
    told = read_address(f"{flat}{number} {street} {kind[0]}, Exampleton")
    assert told == read_address(f"{flat}{number} {street.upper()} {kind[1]}")
    assert told.number == str(number)
    # What comes out is read as the same door again.
    assert read_address(f"flat {told.flat}, {told.number} {told.street}" if told.flat else f"{told.number} {told.street}") == told


@given(st.text(max_size=20) | st.text(alphabet="ZXIO019 ABsc5", max_size=9))
def test_no_text_makes_a_postcode_raise_and_a_postcode_is_its_own(text: str) -> None:
    found = read_postcode(text)
    assert read_postcode(found.full).full == found.full
    assert not found.full or (
        found.full.startswith(found.sector) and found.sector.startswith(found.district) and found.district.startswith(found.area)
    )
    assert not found.pseudo or found == Postcode(pseudo=found.pseudo)
