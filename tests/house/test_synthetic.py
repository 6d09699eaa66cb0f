"""Everything written here about people is invented: test-range NHS numbers and drama telephone numbers only."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path

import pytest

from house.tree import REAL, Tree, plant

HELD = ("fixtures", "adapters", "tests", "docs", "src", "bench", "tools", "README.md")

_TEN = re.compile(r"(?<![\d.])(\d{3})([ -]?)(\d{3})\2(\d{4})(?![\d]|\.\d)")
# Ids derived from names are UUIDs, and digits inside one are nobody's telephone.
_UUID = re.compile(r"[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}")
_PHONE = re.compile(r"(?<![\d.])(?:\+44[ ]?|0)(?:\(0\))?\d(?:[ -]?\d){8,9}(?!\d)")

# Numbers set aside by Ofcom for drama (https://www.ofcom.org.uk, "Telephone numbers for use in TV and radio drama programmes").
_DRAMA = re.compile(r"0(?:11[3-8]496|1[2-6]1496|1914980|2079460|2896496|2920180|1632960|7700900|8081570|9098790|3069990)\d+")


def real_looking_numbers(tree: Tree) -> Iterator[str]:
    """Every ten-digit string that passes modulus 11 and is not in the test range, by file and line."""
    for path in tree.under(*HELD):
        for line, text in enumerate(tree.text(path).splitlines(), 1):
            for match in _TEN.finditer(text):
                digits = "".join(match.group(1, 3, 4))
                if _passes_modulus_11(digits) and not digits.startswith("999") and not _is_harmless(digits):
                    yield f"{path}:{line}: a number that could be a person's"


def _passes_modulus_11(digits: str) -> bool:
    check = 11 - sum(int(digit) * (10 - place) for place, digit in enumerate(digits[:9])) % 11
    return check % 11 == int(digits[9]) and check != 10


def _is_harmless(digits: str) -> bool:
    """One digit repeated (a placeholder), the bound of 32-bit integers, or a SNOMED CT concept id: partition "00" and a Verhoeff check digit."""
    return len(set(digits)) == 1 or int(digits) == 2**31 or (digits[7:9] == "00" and _passes_verhoeff(digits))


# Verhoeff's permutation; applied n times at the nth digit from the right.
_TURN = (1, 5, 7, 6, 2, 8, 3, 0, 9, 4)


def _passes_verhoeff(digits: str) -> bool:
    """The check of a SNOMED CT identifier (SNOMED CT Release File Specification, "Check-digit"): products in the dihedral group D5 end at 0."""
    check = 0
    for place, digit in enumerate(reversed(digits)):
        turned = int(digit)
        for _ in range(place % 8):
            turned = _TURN[turned]
        check = _times(check, turned)
    return check == 0


def _times(a: int, b: int) -> int:
    if a < 5:
        return (a + b) % 5 if b < 5 else (a + b) % 5 + 5
    return (a - b) % 5 + 5 if b < 5 else (a - b) % 5


def real_looking_phones(tree: Tree) -> Iterator[str]:
    """Every UK telephone number outside the drama ranges, by file and line."""
    for path in tree.under("fixtures", "adapters", "tests", "docs", "README.md"):
        for line, text in enumerate(tree.text(path).splitlines(), 1):
            for match in _PHONE.finditer(_UUID.sub("", text)):
                digits = "0" + re.sub(r"\D", "", match[0]).removeprefix("44").removeprefix("0")
                if not _DRAMA.fullmatch(digits) and len(set(digits)) > 2:
                    yield f"{path}:{line}: a telephone number that could be somebody's"


def test_nhs_numbers_are_in_the_test_range() -> None:
    assert "\n".join(real_looking_numbers(REAL)) == ""


def test_telephone_numbers_are_for_drama() -> None:
    assert "\n".join(real_looking_phones(REAL)) == ""


def _with_check_digit(nine: str) -> str:
    """A number that passes modulus 11, made here so that none outside the test range stands in the project's text."""
    return next(f"{nine}{last}" for last in range(10) if _passes_modulus_11(f"{nine}{last}"))


@pytest.mark.parametrize("nine", ["943476591", "401023213"])
@pytest.mark.parametrize("form", ["{0}", "{1} {2} {3}", "{1}-{2}-{3}"])
def test_a_planted_number_is_caught(tmp_path: Path, nine: str, form: str) -> None:
    number = _with_check_digit(nine)
    planted = "PID|1||" + form.format(number, number[:3], number[3:6], number[6:]) + "^^^NHS"
    assert list(real_looking_numbers(plant(tmp_path, {"fixtures/a.hl7": planted}))) == [
        "fixtures/a.hl7:1: a number that could be a person's"
    ]


def test_test_range_placeholders_and_concepts_pass(tmp_path: Path) -> None:
    text = f"{_with_check_digit('999123457')} 2222222222 1156257007 20261122061045 1234567890 {2**31}"
    assert list(real_looking_numbers(plant(tmp_path, {"fixtures/a.json": text}))) == []


# Kept in parts, so that none of them stands in the project's text.
@pytest.mark.parametrize("parts", [("020 7946", "1234"), ("07700", "800123"), ("+44 113", "2430000"), ("0161", "8340000")])
@pytest.mark.parametrize("between", ["", " "])
def test_a_planted_telephone_number_is_caught(tmp_path: Path, parts: tuple[str, str], between: str) -> None:
    planted = plant(tmp_path, {"adapters/gp/cases/a/message.json": between.join(parts)})
    assert len(list(real_looking_phones(planted))) == 1


def test_drama_numbers_pass(tmp_path: Path) -> None:
    text = "020 7946 0123, 0113 496 0456, 07700 900789, +44 7700 900001, +447700900002, 01632 960111, 00000000000"
    assert list(real_looking_phones(plant(tmp_path, {"fixtures/a.json": text}))) == []
