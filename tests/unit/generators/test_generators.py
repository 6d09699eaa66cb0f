"""The generated feeds: the same for a seed, invented throughout, and with the variety their specifications make possible."""

from __future__ import annotations

import csv
import io
import json
import re
import subprocess
import sys
from collections import Counter
from pathlib import Path
from typing import Any
from xml.etree import ElementTree

import pytest

from carehub.terms import nhs_number
from unit.generators.making import GENERATORS, ROOT

SEEDS = (1, 2, 7)


def _rows(body: bytes) -> list[dict[str, str]]:
    return list(csv.DictReader(io.StringIO(body.decode("utf-8-sig"), newline="")))


def _made(name: str, seed: int = 1) -> Any:
    return GENERATORS[name](seed)


@pytest.mark.parametrize("name", GENERATORS)
def test_a_seed_gives_the_same_bytes_and_another_seed_others(name: str) -> None:
    assert _made(name, 5) == _made(name, 5)
    assert _made(name, 5).submissions != _made(name, 6).submissions


@pytest.mark.parametrize("seed", SEEDS)
@pytest.mark.parametrize("name", GENERATORS)
def test_every_number_that_could_be_a_persons_is_of_the_test_range(name: str, seed: int) -> None:
    made = _made(name, seed)
    told = b"".join(one.body for one in made.submissions).decode("utf-8", "replace") + made.truth_text()
    found = {number for number in re.findall(r"(?<!\d)\d{3} ?\d{3} ?\d{4}(?!\d)", told) if nhs_number.valid(number)}
    assert found
    assert [number for number in found if not nhs_number.in_test_range(number)] == []
    phones = re.findall(r"(?<!\d)07\d{3} ?\d{6}", told)
    assert [phone for phone in phones if not phone.replace(" ", "").startswith("07700900")] == []


@pytest.mark.parametrize("name", GENERATORS)
def test_submissions_come_in_order_and_there_is_a_truth(name: str) -> None:
    made = _made(name)
    assert made.truth
    if name != "adt":  # two hospitals, each with a clock of its own
        days = [one.received for one in made.submissions]
        assert days == sorted(days)


@pytest.mark.parametrize("seed", SEEDS)
def test_client_level_data_has_both_wordings_and_every_trap(seed: int) -> None:
    made = _made("cld", seed)
    first, second = (_rows(one.body) for one in made.submissions)
    assert {row["LA Code"] for row in first + second} == {"503"}
    assert "Service User" in {row["Client Type"] for row in first}
    assert "Service user" in {row["Client Type"] for row in second}
    assert not {row["Client Type"] for row in first} & {row["Client Type"] for row in second}
    assert {row["Reporting Period End Date"] for row in first} == {"30/06/2025"}
    assert {row["Reporting Period End Date"] for row in second} == {"2025-09-30"}
    services = [row for row in second if row["Event Type"] == "Service"]
    assert any(not row["Event End Date"] for row in services)
    assert any(row["Event Start Date"] == "2025-04-01" for row in services)
    assert any(row["Unit Cost"].startswith("-") for row in services)
    assert any(row["Event End Date"] == row["Event Start Date"] for row in services)
    assert any(row["Event End Date"] and row["Event End Date"] < row["Event Start Date"] for row in services)
    assert any(row["Date of Death"] and row["Date of Death"] < row["Event End Date"] for row in services)
    assert any(row["Adult 1 Linked Person_ID"] for row in second)
    locals_ = [{row["LA Person Unique Identifier"] for row in rows} for rows in (first, second)]
    assert locals_[1] - locals_[0]
    assert sum(not row["NHS Number"] for row in second) > len(second) / 2
    kinds = Counter(one["kind"] for one in made.truth)
    assert min(kinds.values()) >= 2
    assert len(kinds) == 12


@pytest.mark.parametrize("seed", SEEDS)
def test_the_community_set_has_three_months_and_one_again(seed: int) -> None:
    made = _made("csds", seed)
    trees = [ElementTree.fromstring(one.body) for one in made.submissions]
    months = [tree.findtext("CYP000Header/ReportingPeriodStartDate") for tree in trees]
    assert months == ["2026-04-01", "2026-05-01", "2026-04-01", "2026-06-01"]
    assert {one.text for tree in trees for one in tree.iter("AttendanceStatus")} == set("0234567")
    assert {one.text for tree in trees for one in tree.iter("NHSNumberStatusIndicatorCode")} == {f"0{n}" for n in range(1, 9)}
    referrals = [{one.text for one in tree.findall("CYP101Referral/ServiceRequestIdentifier")} for tree in trees]
    assert set.intersection(*referrals)
    activities = [{one.text for one in tree.findall("CYP202CareActivity/CareActivityIdentifier")} for tree in trees]
    assert activities[0] - activities[2]
    attended = [
        {row.findtext("CareContactIdentifier"): row.findtext("AttendanceStatus") for row in tree.iter("CYP201CareContact")}
        for tree in trees
    ]
    assert any(attended[0][key] != attended[2][key] for key in attended[0])
    assert all(tree.find("CYP301GroupSession") is not None for tree in trees)


@pytest.mark.parametrize("seed", SEEDS)
def test_hospital_pathways_have_every_event_in_two_dialects(seed: int) -> None:
    made = _made("adt", seed)
    messages = [one.body.decode() for one in made.submissions]
    events = {message.split("|")[8] for message in messages}
    assert events == {f"ADT^{event}" for event in ["A01", "A02", "A03", "A08", "A11", "A12", "A13", "A28", "A31", "A34", "A40"]}
    assert {message.split("|")[11].partition("\r")[0] for message in messages} == {"2.3", "2.4"}
    sexes = {message.split("PID|", 1)[1].split("|")[7] for message in messages}
    assert sexes == {"1", "2", "M", "F"}
    assert any('||""' in message for message in messages)
    assert any(count > 1 for count in Counter(messages).values())
    assert len({one["pathway"] for one in made.truth}) == 12


@pytest.mark.parametrize("seed", SEEDS)
def test_referrals_move_on_under_ten_columns(seed: int) -> None:
    made = _made("referrals", seed)
    first, second = (_rows(one.body) for one in made.submissions)
    assert len(first[0]) < 10
    assert made.submissions[1].body.startswith(b"\xef\xbb\xbf")
    assert {row["Status"] for row in second} == {"", "accepted", "closed", "declined", "consent withdrawn"}
    assert {row["Referral_ID"] for row in first} - {row["Referral_ID"] for row in second}
    assert {row["NHS_Number"] for row in first} >= {"", "1234567890"}


def test_support_plans_have_versions_reviews_and_less_in_a_later_one() -> None:
    made = _made("support-plans")
    told = [json.loads(one.body) for one in made.submissions]
    assert {one["plan"]["status"] for one in told} >= {"active", "draft", "completed", "withdrawn"}
    assert any("nhsNumber" not in one["person"] for one in told)
    goals = {(one["plan"]["id"], one["plan"]["version"]): len(one.get("goals", [])) for one in told}
    assert any(goals[plan, 1] > goals[plan, 2] for plan, version in goals if version == 2)
    reviews: dict[str, set[str]] = {}
    for one in told:
        reviews.setdefault(one["plan"]["id"], set()).add(one["plan"].get("review", ""))
    assert any(len(days) > 1 for days in reviews.values())


def test_the_command_writes_submissions_and_truth(tmp_path: Path) -> None:
    command = [sys.executable, "-m", "fixtures.generators", "referrals", "--seed", "3", "--out", str(tmp_path / "out")]
    ran = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=True)
    assert "2 submissions of voluntary/referrals" in ran.stdout
    assert sorted(path.name for path in (tmp_path / "out").iterdir()) == [
        "001-referrals-2026-04-01.csv",
        "002-referrals-2026-05-01.csv",
        "truth.json",
    ]
