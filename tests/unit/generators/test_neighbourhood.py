"""The invented neighbourhood: the same for a seed, nobody's, with the households, feeds and slips it says it has, and with hazards that are two people each."""

from __future__ import annotations

import csv
import hashlib
import re
import subprocess
import sys
from collections import Counter, defaultdict
from functools import cache
from importlib import import_module
from typing import Any

import pytest
from rapidfuzz.distance import DamerauLevenshtein

from carehub.terms import nhs_number
from unit.generators.making import ROOT

made = import_module("fixtures.generators.neighbourhood")
people = import_module("fixtures.generators.neighbourhood.people")
places = import_module("fixtures.generators.neighbourhood.places")
slips = import_module("fixtures.generators.neighbourhood.slips")

DRAMA = re.compile(r"0(?:11[3-8]4960|1[2-6]14960|1914980|2079460|2920180|1632960|7700900)\d{3}")
OUT_OF_USE = re.compile(r"0(?:477|613)\d{7}")


@cache
def _town(size: int = 20_000, seed: int = 3) -> tuple[list[dict[str, str]], list[Any]]:
    rows, truths = made.neighbourhood(size, seed)
    return rows, truths


@cache
def _hazard(name: str) -> tuple[list[dict[str, str]], list[Any]]:
    rows, truths = made.hazard(name)
    return rows, truths


def _phone(told: str) -> str:
    return "0" + told.replace(" ", "").removeprefix("+44").removeprefix("0")


def test_a_seed_gives_the_same_rows_and_another_seed_others() -> None:
    assert made.neighbourhood(500, 5) == made.neighbourhood(500, 5)
    assert made.neighbourhood(500, 5)[0] != made.neighbourhood(500, 6)[0]
    assert made.hazard("twins", 20, 5) == made.hazard("twins", 20, 5)


def test_the_gates_set_changes_only_on_purpose() -> None:
    rows, truths = made.neighbourhood(*made.GATE)
    told = "\n".join("|".join((*row.values(), *map(str, truth))) for row, truth in zip(rows, truths, strict=True))
    assert len(rows) == 2_000
    assert hashlib.sha256(told.encode()).hexdigest()[:16] == "3b254fe6931ad871"


@pytest.mark.parametrize("size", [1, 17, 1_000])
def test_any_size_is_given_to_the_record(size: int) -> None:
    rows, truths = made.neighbourhood(size, 9)
    assert len(rows) == len(truths) == size
    assert [row["record_id"] for row in rows] == [truth.record_id for truth in truths]
    assert len({row["record_id"] for row in rows}) == size
    assert all(tuple(row) == made.COLUMNS for row in rows)


@pytest.mark.parametrize("name", ["", *made.HAZARDS])
def test_every_value_is_nobodys(name: str) -> None:
    rows, _ = _hazard(name) if name else _town()
    numbers = {row["nhs_number"] for row in rows}
    assert any(nhs_number.valid(number) for number in numbers) is (name != "one postcode")
    assert [number for number in numbers if nhs_number.valid(number) and not nhs_number.in_test_range(number)] == []
    phones = {_phone(row["phone"]) for row in rows if row["phone"]}
    assert [phone for phone in phones if not DRAMA.fullmatch(phone) and not OUT_OF_USE.fullmatch(phone)] == []
    areas = {re.match(r"[A-Z]+", row["postcode"].upper())[0] for row in rows if row["postcode"]}  # type: ignore[index]
    assert areas <= {"ZX", "ZXI", "QQ", "QQI", "ZZ"}
    assert {row["email"].rpartition("@")[2] for row in rows} <= {"", "example.com", "example.org", "mail.example", "post.example"}


def test_numbers_are_different_and_have_their_check_digit() -> None:
    numbers = [number for number, _ in zip(places.nhs_numbers(4), range(40_000), strict=False)]
    assert len(set(numbers)) == 40_000
    assert [number for number in numbers if nhs_number.valid(number) != number or not number.startswith("999")] == []
    assert len({places.postcode(number) for number in range(120_000)}) == 120_000
    assert len({places.landline(number) for number in range(20_000)} | {places.mobile(number) for number in range(20_000)}) == 40_000


def test_feeds_differ_in_what_they_fill() -> None:
    rows, _ = _town()
    count = Counter(row["source"] for row in rows)
    told = {column: dict.fromkeys(count, 0.0) for column in made.COLUMNS}
    for row in rows:
        for column, value in row.items():
            told[column][row["source"]] += (value != "") / count[row["source"]]
    order = ["gp", "acute", "community", "local_authority", "voluntary"]
    assert [feed for feed, _ in count.most_common()] == order
    for column in ("nhs_number", "middle_name", "address"):
        assert sorted(order, key=lambda feed: -told[column][feed]) == order or column == "address"
    assert told["nhs_number"]["gp"] > 0.99
    assert 0.25 < told["nhs_number"]["local_authority"] < 0.45
    assert told["nhs_number"]["voluntary"] < 0.12
    verified = Counter(row["source"] for row in rows if row["nhs_number_status"] == "01")
    assert verified["gp"] / count["gp"] > 0.98
    assert verified["local_authority"] / count["local_authority"] < 0.2


def test_every_kind_of_slip_happens_and_most_records_have_none() -> None:
    _, truths = _town()
    found = Counter(slip for truth in truths for slip in truth.slips.split("; "))
    assert 0.6 < found.pop("") / len(truths) < 0.9
    assert {name for name, times in found.items() if times >= 3} >= {
        "stale address",
        "name before marriage",
        "spelling of the first name",
        "spelling of the surname",
        "typing of the first name",
        "typing of the surname",
        "short form",
        "middle name first",
        "shared first name",
        "names swapped",
        "surname joined otherwise",
        "no first name yet",
        "birth date",
        "day and month turned",
        "default birth date",
        "sex",
        "postcode",
        "placeholder number",
        "mistyped number",
        "number of another in the household",
        "superseded number",
        "telephone of another in the household",
    }


def test_slips_are_more_frequent_in_names_that_are_not_british() -> None:
    _, truths = _town()
    rate = {}
    for british in (True, False):
        these = [truth for truth in truths if (truth.origin in ("english", "welsh", "scottish", "irish")) is british]
        rate[british] = sum("spelling" in truth.slips for truth in these) / len(these)
    assert rate[False] > 1.3 * rate[True]


def test_names_have_a_head_and_a_long_tail() -> None:
    town = people.Neighbourhood(2)
    while len(town.residents) < 10_000:
        town.grow()
    families = Counter(one.family for one in town.residents)
    assert families.most_common(1)[0][1] / len(town.residents) < 0.02
    assert 0.1 < sum(times for _, times in families.most_common(50)) / len(town.residents) < 0.45
    assert len(families) > 2_000
    origins = Counter(one.origin.name for one in town.residents)
    assert len(origins) == 13
    assert 0.5 < origins["english"] / len(town.residents) < 0.7
    assert min(origins.values()) / len(town.residents) > 0.005


def test_households_hold_twins_namesakes_and_shared_telephones() -> None:
    town = people.Neighbourhood(2)
    while len(town.residents) < 10_000:
        town.grow()
    residents = town.residents
    assert [one.index for one in residents] == list(range(len(residents)))
    assert len({one.nhs for one in residents}) == len(residents)
    twins = [one for one in residents if one.twin >= 0]
    assert len(twins) > 20
    for one in twins:
        other = residents[one.twin]
        assert (other.twin, other.born, other.household, other.place) == (one.index, one.born, one.household, one.place)
        assert not slips.one_name(one.given, other.given)
    homes: dict[int, list[Any]] = defaultdict(list)
    for one in residents:
        homes[one.household].append(one)
    namesakes = sum(
        a.given == b.given and a.family == b.family and a.born.year - b.born.year < -17
        for home in homes.values()
        for a in home
        for b in home
    )
    assert namesakes > 20
    sizes = Counter(min(len(home), 12) for home in homes.values())
    assert sizes[1] > 0.2 * len(homes)
    assert sizes[2] > 0.2 * len(homes)
    assert sum(sizes[n] for n in (3, 4, 5)) > 0.2 * len(homes)
    assert sizes[12] >= 3
    assert any(one.place.postcode == places.NO_FIXED_ABODE for one in residents)
    mobiles = Counter(one.mobile for one in residents if one.mobile)
    assert sum(times > 1 for times in mobiles.values()) > 0.05 * len(mobiles)
    assert 0.1 < sum(one.moved_from is not None for one in residents) / len(residents) < 0.4
    assert all(one.age >= 18 for one in residents if one.family_before)


@pytest.mark.parametrize("name", made.HAZARDS)
def test_a_hazard_is_500_times_two_people(name: str) -> None:
    rows, truths = _hazard(name)
    assert [row["record_id"] for row in rows] == [truth.record_id for truth in truths]
    assert len({truth.person_id for truth in truths}) == 1_000
    records = Counter(truth.person_id for truth in truths)
    assert set(records.values()) == {2, 3}


def _pairs(name: str) -> list[tuple[list[dict[str, str]], list[dict[str, str]]]]:
    rows, truths = _hazard(name)
    told: dict[str, list[dict[str, str]]] = defaultdict(list)
    for row, truth in zip(rows, truths, strict=True):
        told[truth.person_id].append(row)
    people_ids = sorted(told)
    return [(told[one], told[other]) for one, other in zip(people_ids[::2], people_ids[1::2], strict=True)]


def _shared(pairs: list[tuple[list[dict[str, str]], list[dict[str, str]]]], column: str) -> float:
    """Share of the cases in which both people were told with one value of the column, whatever its capitals and spaces."""

    def values(rows: list[dict[str, str]]) -> set[str]:
        return {(_phone(row[column]) if column == "phone" else row[column].casefold().replace(" ", "")) for row in rows if row[column]}

    return sum(bool(values(one) & values(other)) for one, other in pairs) / len(pairs)


def test_each_hazard_shares_what_its_name_says() -> None:
    twins, namesakes = _pairs("twins"), _pairs("father and son")
    assert _shared(twins, "dob") > 0.95
    assert _shared(twins, "postcode") > 0.95
    assert _shared(twins, "nhs_number") > 0.1
    assert _shared(namesakes, "given_name") > 0.9
    assert _shared(namesakes, "dob") < 0.1
    assert _shared(_pairs("shared phone"), "phone") > 0.9
    assert _shared(_pairs("shared phone"), "nhs_number") < 0.02
    assert _shared(_pairs("shared address"), "postcode") > 0.95
    assert _shared(_pairs("reused number"), "nhs_number") > 0.5
    families = _pairs("one postcode")
    assert _shared(families, "given_name") > 0.9
    assert _shared(families, "postcode") > 0.5
    assert not any(row["nhs_number"] or row["address"] for pair in families for rows in pair for row in rows)
    told = Counter(sum(any(row["dob"] for row in rows) for rows in pair) for pair in families)
    assert min(told[0], told[1], told[2]) > 50


def test_a_twins_wrong_number_stands_beside_a_name_that_cannot_be_a_slip() -> None:
    """Where name, birth date and verified number are all another person's within a slip, nothing could tell: no such row is made."""
    for one, other in _pairs("twins"):
        for rows, others in ((one, other), (other, one)):
            theirs = {row["nhs_number"] for row in others if row["source"] == "gp"} - {
                row["nhs_number"] for row in rows if row["source"] == "gp"
            }
            names = [row["given_name"].casefold() for row in others if not re.match(r"(?i)twin|baby|infant|b/o", row["given_name"])]
            for row in rows:
                if row["nhs_number"] in theirs - {""} and not re.match(r"(?i)twin|baby|infant|b/o", row["given_name"]):
                    assert all(DamerauLevenshtein.distance(row["given_name"].casefold(), name) > 1 for name in names)


def test_a_slip_of_the_finger_is_one_slip() -> None:
    dice = people.Random(1)
    for name in ("Margaret", "O'Neill", "Nowak", "Khan", "12 Alder Road"):
        for _ in range(200):
            assert DamerauLevenshtein.distance(slips.typed(dice, name), name) <= 1
    assert slips.typed(dice, "Jo") == "Jo"


def test_turned_and_mistyped_birth_dates_are_dates() -> None:
    dice = people.Random(1)
    born = people.date(1961, 3, 9)
    assert slips.turned(born) == "1961-09-03"
    assert slips.turned(people.date(1961, 3, 19)) == "1961-03-19"
    for _ in range(500):
        told = people.date.fromisoformat(slips.another_day(dice, people.born_about(dice, dice.random() * 99)))
        assert told.year <= 2026


@pytest.mark.parametrize(
    ("family", "ways"),
    [
        ("O'Brien", {"O Brien", "OBrien"}),
        ("Al-Sayed", {"Al Sayed", "AlSayed", "Sayed"}),
        ("Hall-Green", {"Hall Green", "HallGreen", "Hall", "Green", "Green-Hall"}),
        ("Smith", {"Smith"}),
    ],
)
def test_a_family_name_is_joined_in_the_ways_that_clerks_do(family: str, ways: set[str]) -> None:
    dice = people.Random(1)
    assert {slips.joined_otherwise(dice, family) for _ in range(100)} == ways


def test_a_short_form_and_a_name_are_one_name() -> None:
    assert slips.one_name("William", "Liam")
    assert slips.one_name("Mohammed", "Muhammad")
    assert slips.plain("Łukasz Ștefan") == "Lukasz Stefan"
    assert not slips.one_name("Ella", "Emma")


def test_the_command_writes_records_and_truth(tmp_path: Any) -> None:
    command = [sys.executable, "-m", "fixtures.generators.neighbourhood", "--records", "50", "--seed", "3", "--out", str(tmp_path / "out")]
    subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=True)
    with (tmp_path / "out" / "records.csv").open(encoding="utf-8", newline="") as written:
        assert list(csv.DictReader(written)) == made.neighbourhood(50, 3)[0]
    assert len((tmp_path / "out" / "truth.csv").read_text(encoding="utf-8").splitlines()) == 51
