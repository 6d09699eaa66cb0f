"""Postcodes and addresses in comparable form."""

from __future__ import annotations

import re
from functools import lru_cache
from typing import NamedTuple

from carehub.identity.names import fold

_POSTCODE = re.compile(r"^([A-Z]{1,2}[0-9][A-Z0-9]?)([0-9][A-Z]{2})$")
_POSTCODE_IN_TEXT = re.compile(r"\b([A-Z]{1,2}[0-9][A-Z0-9]?)\s*([0-9][A-Z]{2})\b")
_DISTRICT = re.compile(r"^([A-Z]{1,2}[0-9][A-Z0-9]?)$")
_SECTOR = re.compile(r"^([A-Z]{1,2}[0-9][A-Z0-9]?) ([0-9])$")
_AREA = re.compile(r"^[A-Z]{1,2}")

# ODS pseudo postcodes (HES data dictionary, HOMEADD): who lives nowhere, whose address is not known, of a country, abroad.
_PSEUDO = {
    "3VZ": "no fixed abode",
    "3WZ": "not known",
    "3CZ": "country only",
    "3GZ": "country only",
    "1WZ": "country only",
    "2WZ": "country only",
}

# Shapes of the outward half (A letter, 9 digit), and what is mistaken for what.
_SHAPES = {2: ("A9",), 3: ("A99", "AA9", "A9A"), 4: ("AA99", "AA9A")}
_AS_DIGIT = {"O": "0", "Q": "0", "I": "1", "L": "1", "S": "5", "Z": "2", "B": "8"}
_AS_LETTER = {"0": "O", "1": "I", "5": "S", "8": "B", "2": "Z"}
# Letters that stand third in A9A and fourth in AA9A, and those that are in no inward half (Royal Mail, Programmers' Guide).
_LAST_LETTERS = {3: "ABCDEFGHJKPSTUW", 4: "ABEHMNPRVWXY"}
_NOT_INWARD = frozenset("CIKMOV")


class Postcode(NamedTuple):
    """A postcode as far as it was told.

    full: "ZX1 1AA", sector: "ZX1 1", district: "ZX1", area: "ZX"; "" where less was told. repaired: a letter was read as a digit or the
    other way round. pseudo: "no fixed abode", "not known", "country only" or "abroad" for ZZ99 codes, which are no place, so that the
    other fields are ""; else "".
    """

    full: str = ""
    sector: str = ""
    district: str = ""
    area: str = ""
    repaired: bool = False
    pseudo: str = ""


_NO_POSTCODE = Postcode()


@lru_cache(maxsize=65536)
def read_postcode(text: str) -> Postcode:
    """A postcode as any feed writes it: without its space, in small letters, the outward half only, O for 0 or I for 1. Never raises."""
    upper = re.sub(r"[\s.\-]+", " ", text).strip().upper()
    joined = upper.replace(" ", "")
    if joined.startswith("ZZ99"):
        return Postcode(pseudo=_PSEUDO.get(joined[4:], "abroad" if len(joined) == 7 else "not known"))
    found = _POSTCODE.match(joined)
    repaired = False
    if not found or _doubtful(found[1], found[2]):
        better = _repaired(joined)
        if better:
            found, repaired = _POSTCODE.match(better), better != joined
    if found:
        return Postcode(f"{found[1]} {found[2]}", f"{found[1]} {found[2][0]}", found[1], _area(found[1]), repaired)
    sector = _SECTOR.match(upper)
    if sector:
        return Postcode("", upper, sector[1], _area(sector[1]))
    district = _DISTRICT.match(joined)
    return Postcode("", "", joined, _area(joined)) if district else _NO_POSTCODE


def _area(district: str) -> str:
    found = _AREA.match(district)
    return found[0] if found else ""


def _doubtful(outward: str, inward: str) -> bool:
    """A letter where Royal Mail has none: "BN1O" is BN10."""
    return bool(_NOT_INWARD & set(inward)) or (outward[-1].isalpha() and outward[-1] not in _LAST_LETTERS.get(len(outward), ""))


def _repaired(joined: str) -> str:
    """The one postcode that differs in the fewest mistaken letters, at most two; "" when there is none, or two are as near."""
    outward, inward = joined[:-3], joined[-3:]
    if len(outward) not in _SHAPES or not joined.isascii():
        return ""
    found: dict[str, int] = {}
    for shape in _SHAPES[len(outward)]:
        made = [_as(kind, letter) for kind, letter in zip(shape + "9AA", outward + inward, strict=True)]
        if "" in made:
            continue
        code = "".join(made)
        if not _doubtful(code[:-3], code[-3:]):
            found[code] = sum(a != b for a, b in zip(code, joined, strict=True))
    least = min(found.values(), default=9)
    nearest = [code for code, changes in found.items() if changes == least]
    return nearest[0] if least <= 2 and len(nearest) == 1 else ""


def _as(kind: str, letter: str) -> str:
    if kind == "9":
        return letter if letter.isdigit() else _AS_DIGIT.get(letter, "")
    return letter if letter.isalpha() else _AS_LETTER.get(letter, "")


def postcode(text: str) -> str:
    """ "sw1a1aa" as "SW1A 1AA"; "" when it is not a whole postcode, or is a ZZ99 pseudo postcode (no fixed abode, overseas: ODS pseudo codes)."""
    return read_postcode(text).full


def postcode_in(text: str) -> str:
    """The last postcode inside an address written as one text, or ""."""
    found = _POSTCODE_IN_TEXT.findall(text.upper())
    return postcode("".join(found[-1])) if found else ""


# One spelling for the words of a street. St is Street and Saint: it comes out as "st" either way.
_STREET_WORDS = {
    long: short
    for short, longs in {
        "rd": "road",
        "st": "street saint str",
        "ave": "avenue av aven",
        "ln": "lane la",
        "dr": "drive drv",
        "cl": "close clo",
        "ct": "court crt",
        "cres": "crescent cresc cr",
        "pl": "place plc",
        "gdns": "gardens gdn garden gds",
        "gr": "grove gro grv",
        "terr": "terrace ter tce",
        "sq": "square",
        "pk": "park",
        "hse": "house ho",
        "bldgs": "buildings bldg building",
        "mans": "mansions",
        "ctg": "cottage cott",
        "flat": "apartment apt flt",
        "unit": "unt",
        "room": "rm",
        "mt": "mount",
        "gn": "green",
        "hl": "hill",
        "wk": "walk",
        "vw": "view",
        "n": "north",
        "s": "south",
        "e": "east",
        "w": "west",
    }.items()
    for long in longs.split()
}
_STREETS = frozenset(
    {
        "rd",
        "st",
        "ave",
        "ln",
        "dr",
        "cl",
        "ct",
        "cres",
        "pl",
        "gdns",
        "gr",
        "terr",
        "sq",
        "pk",
        "way",
        "row",
        "mews",
        "wharf",
        "parade",
        "rise",
    }
    | {"gn", "hl", "wk", "vw", "mt", "crossway", "drove", "gate", "yard"}
)
_BUILDINGS = frozenset({"hse", "ctg", "lodge", "farm", "hall", "mans", "villa", "bldgs", "manor", "home", "hostel", "hotel", "barn"})
_FLATS = frozenset({"flat", "unit", "room", "bedsit", "studio", "suite"})
_FLOORS = frozenset({"ground", "basement", "first", "second", "third", "top", "garden", "upper", "lower"})
_NUMBER = re.compile(r"^\d{1,5}[a-z]?$")
_NUMBER_RANGE = re.compile(r"^(\d{1,5})[a-z]?\s*[-–]\s*\d{1,5}[a-z]?\b")
_NOWHERE = re.compile(
    r"^(?:no fixed (?:abode|address)|nfa|of no fixed abode|homeless|unknown|not known|(?:no )?address (?:not known|unknown)|none|n a|nil|sofa surfing)$"
)
_MARKS = re.compile(r"['’‘ʼ`´.]")
_SEGMENTS = re.compile(r"[,;\n\r|]+")
_WORDS = re.compile(r"[^\W_]+")


class Address(NamedTuple):
    """The part of an address that says which door.

    flat: "3", "3a", "ground"; number: "12", "12a", of a range the first; name: a house, home or hostel ("rose ctg"); street: words in one
    spelling ("alder rd"), the town left out where it could be told. "" where not told. nowhere: the text says that there is no address.
    """

    flat: str = ""
    number: str = ""
    name: str = ""
    street: str = ""
    nowhere: bool = False

    @property
    def door(self) -> str:
        """What is the same for one door however it is written: "3|12|alder rd"; with a name only where there is no number. "" for none."""
        if not self.street and not self.name:
            return ""
        return f"{self.flat}|{self.number or self.name}|{self.street}"


@lru_cache(maxsize=65536)
def read_address(text: str) -> Address:
    """The door in an address as one text or its first line: "Flat 3, 12 Alder Road, Exampleton", "3/12 Alder Rd", "Rose Cottage, Mill Ln".

    Never raises; what cannot be told apart stays in name or street. The postcode is left out where it stands in the text.
    """
    folded = _MARKS.sub("", fold(_POSTCODE_IN_TEXT.sub(" ", text.upper())))
    if _NOWHERE.match(" ".join(_WORDS.findall(folded))):
        return Address(nowhere=True)
    flat = number = name = street = ""
    for segment in _SEGMENTS.split(folded):
        slashed = re.match(r"^\s*(\d{1,4}[a-z]?)\s*/\s*(?=\d)", segment)
        if slashed and not flat:
            flat, segment = slashed[1], segment[slashed.end() :]
        ranged = _NUMBER_RANGE.match(segment.strip())
        told = [_STREET_WORDS.get(word, word) for word in _WORDS.findall(segment)]
        if ranged and len(told) > 1:
            del told[1]
        flat_told, told = _flat(told)
        flat = flat or flat_told
        if not told or street:
            continue
        at = next((place for place, word in enumerate(told) if _NUMBER.match(word)), -1)
        if at < 0 and number:
            street = _street(told)
        elif at < 0:
            before, after = _name_before(told)
            name = name or before
            street = after
        else:
            number, rest = told[at], told[at + 1 :]
            name = name or " ".join(told[:at])
            if len(rest) > 1 and len(rest[0]) == 1 and rest[0].isalpha() and number.isdigit() and rest[0] not in "nsew":
                number, rest = number + rest[0], rest[1:]
            street = _street(rest)
    return Address(flat, number, name, street)


def _flat(told: list[str]) -> tuple[str, list[str]]:
    """(which flat, the words without it)."""
    for place, word in enumerate(told):
        if word not in _FLATS:
            continue
        floor = [one for one in told[:place] if one in _FLOORS]
        if floor:
            return floor[0], told[place + 1 :]
        after = told[place + 1 : place + 2]
        if after and (after[0][0].isdigit() or len(after[0]) == 1):
            return after[0], told[:place] + told[place + 2 :]
    return "", told


def _street(told: list[str]) -> str:
    """The words up to the last word for a kind of street, never the first word alone (St Johns Rd); all where there is none."""
    last = max((place for place, word in enumerate(told) if word in _STREETS and place > 0), default=len(told) - 1)
    return " ".join(told[: last + 1])


def _name_before(told: list[str]) -> tuple[str, str]:
    """(house name, street) of words without a number: "rose ctg mill ln" is two, "rose ctg" a name, "mill ln" a street."""
    built = next((place for place, word in enumerate(told) if word in _BUILDINGS), -1)
    if 0 <= built < len(told) - 2 and told[-1] in _STREETS:
        return " ".join(told[: built + 1]), " ".join(told[built + 1 :])
    if built < 0 and len(told) > 1 and any(word in _STREETS for word in told[1:]):
        return "", _street(told)
    return " ".join(told), ""
