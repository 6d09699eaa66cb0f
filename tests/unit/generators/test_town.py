"""A generated town: the same for a seed, nobody's, and a whole hub of the shipped adapters held against its truth."""

from __future__ import annotations

import hashlib
import json
import os
import re
import subprocess
import sys
from collections import Counter
from copy import deepcopy
from datetime import UTC, datetime
from importlib import import_module
from pathlib import Path
from typing import Any

import pytest

from carehub.caseload.criteria import shipped
from carehub.caseload.evidence import RULES
from carehub.hub.hub import Hub
from carehub.store.memory import MemoryStore
from carehub.terms import nhs_number
from carehub.wiring.bootstrap import build_hub
from carehub.wiring.neighbourhood.checking import measured
from carehub.wiring.neighbourhood.loading import load, load_month, months_of
from carehub.wiring.neighbourhood.truth import Truth, read_truth
from carehub.wiring.settings import Settings, UnsafeSettings
from unit.generators import making  # noqa: F401  puts the repository's root on the path

town = import_module("fixtures.generators.town")
lives = import_module("fixtures.generators.town.lives")
SIZE = {"people": 40, "complex": 4, "seed": 4}


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    made: Path = tmp_path_factory.mktemp("town") / "made"
    town.write(made, **SIZE)
    return made


@pytest.fixture(scope="module")
def said(folder: Path) -> list[dict[str, Any]]:
    return [json.loads(line) for line in (folder / "truth.jsonl").read_text(encoding="utf-8").splitlines()]


@pytest.fixture(scope="module")
def loaded(folder: Path) -> tuple[Hub, Truth]:
    settings = Settings(env="development", database_url="", redis_url="")
    hub = build_hub(settings, store=MemoryStore())
    hub.clock = lambda: datetime(2026, 11, 1, tzinfo=UTC)
    for month in months_of(folder):
        load_month(hub, month)
    return hub, read_truth(folder / "truth.jsonl")


def _digest(folder: Path) -> str:
    found = hashlib.sha256()
    for path in sorted(path for path in folder.rglob("*") if path.is_file()):
        found.update(path.relative_to(folder).as_posix().encode() + path.read_bytes())
    return found.hexdigest()


def test_a_seed_gives_the_same_bytes_in_any_process_and_another_seed_others(folder: Path, tmp_path: Path) -> None:
    command = [
        sys.executable,
        "-c",
        "from carehub.wiring.cli import main; main()",
        "neighbourhood",
        "generate",
        str(tmp_path / "again"),
        "--json",
    ]
    command += [f"--{name}={value}" for name, value in SIZE.items()]
    done = subprocess.run(command, env=os.environ | {"PYTHONHASHSEED": "7"}, capture_output=True, text=True, check=True)
    assert _digest(tmp_path / "again") == _digest(folder)
    assert json.loads(done.stdout)["people"] == 40
    assert done.stderr == ""
    town.write(tmp_path / "other", **(SIZE | {"seed": 5}))
    assert _digest(tmp_path / "other") != _digest(folder)


def test_nobody_in_it_can_be_anybody(folder: Path) -> None:
    text = "".join(path.read_text(encoding="utf-8") for path in folder.rglob("*") if path.is_file())
    found = {number for number in re.findall(r"(?<![\d/.-])\d{10}(?!\d)", text) if nhs_number.valid(number)}
    assert len(found) > 30
    assert [number for number in found if not nhs_number.in_test_range(number)] == []
    postcodes = set(re.findall(r"\b([A-Z]{1,2})\d{1,2} \d[A-Z]{2}\b", text))
    assert postcodes <= {"ZX", "QQ", "ZZ"}


def test_the_truth_is_at_one_with_itself(said: list[dict[str, Any]]) -> None:
    people = {line["id"]: line for line in said if line["is"] == "person"}
    records = Counter(line["person"] for line in said if line["is"] == "record")
    assert len(people) == 40
    assert {name: line["records"] for name, line in people.items() if line["records"]} == records
    assert sum(line["complex"] for line in people.values()) == 4
    assert all(bool(line["caseload"]) == (line["complex"] and not line["died"]) for line in people.values())
    keys = {(line["source"], line["patient"]): line["person"] for line in said if line["is"] == "record"}
    for line in said:
        if line["is"] == "conflict":
            assert {keys[tuple(record)] for side in line["sides"] for record in side} == {line["person"]}
            assert line["sides"][0]


def test_a_hub_loses_no_message_and_takes_nobody_for_another(loaded: tuple[Hub, Truth]) -> None:
    told = measured(*loaded, shipped())
    assert told["messages"]["lost"] == 0
    assert told["messages"]["planted_not_rejected"] == told["messages"]["rejected_not_planted"] == {}
    assert "partly_quarantined" not in told["messages"]["verdicts"]
    assert told["identity"]["records_missing"] == 0
    assert loaded[0].store.records.totals()[0] == told["identity"]["records"]
    assert told["identity"]["false_merges"] == 0
    assert told["identity"]["pairs"]["precision"] == 1.0
    assert told["identity"]["pairs"]["recall"] > 0.5
    assert told["identity"]["when_answered"]["recall"] > 0.9
    assert told["merges"]["joined"] == told["merges"]["told"]
    assert sum(found["found"] for found in told["conflicts"].values()) > 0
    assert [name for name, found in told["conflicts"].items() if found["missed"] or found["not_planted"]] == []


def test_the_caseload_is_measured_by_reason_and_what_is_missed_has_its_cause(loaded: tuple[Hub, Truth]) -> None:
    hub, truth = loaded
    told = measured(hub, truth, shipped())["caseload"]
    assert (told["measured"], told["at"], told["should"]) == (True, "2026-09-30", len(truth.caseload))
    assert told["should"] == told["found"] + sum(told["missed"].values()) > 0
    assert told["found"] > 0
    assert told["missed"]["unknown"] == told["missed"]["else"] == 0
    assert told["too_many"]["mixed"] == told["too_many"]["else"] == 0
    assert [*told["by_reason"]] == [*RULES]
    other = deepcopy(truth)
    [name] = list(other.caseload)[:1]
    del other.caseload[name]
    other.caseload["nobody"] = ["severe frailty"]
    told = measured(hub, other, shipped())["caseload"]
    assert (told["missed"]["unknown"], told["too_many"]["else"]) == (1, 1)
    other.until = ""
    assert measured(hub, other, shipped())["caseload"]["measured"] is False


def test_what_is_wrong_in_a_hub_is_counted(loaded: tuple[Hub, Truth]) -> None:
    hub, truth = loaded
    other = deepcopy(truth)
    other.messages["gp/structured-record"] += 3
    person = next(name for name, times in Counter(truth.people).items() if times > 2)
    for n, name in enumerate(other.people):
        if name == person:
            other.people[n] = f"{name}-{n}"  # as if each of these records were somebody else's
    other.records[0] = "never-told"
    told = measured(hub, other, shipped())
    assert told["messages"]["lost"] == 3
    assert told["identity"]["false_merges"] == 1
    assert told["identity"]["records_missing"] == 1


def test_it_does_not_go_into_production_and_half_a_truth_is_none(folder: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    half = tmp_path / "truth.jsonl"
    half.write_text('{"is":"person"', encoding="utf-8")
    with pytest.raises(UnsafeSettings, match="whole truth"):
        read_truth(half)
    monkeypatch.setenv("CAREHUB_ENV", "production")
    monkeypatch.setenv("CAREHUB_VAR", str(tmp_path))
    with pytest.raises(UnsafeSettings, match="production"):
        load(folder, as_json=True, write=None)
    assert list(tmp_path.iterdir()) == [half]


def test_the_complex_are_exactly_as_many_as_asked_for_and_have_their_reasons() -> None:
    dice = lives.Random(1)
    residents = import_module("fixtures.generators.neighbourhood.people").Neighbourhood(2)
    while len(residents.residents) < 400:
        residents.grow()
    for n, one in enumerate(residents.residents):
        life = lives.live(dice, one, n % 4 == 0)
        year = [stay for stay in life.stays if stay.unplanned and (lives.LAST - stay.admitted).days < 365]
        assert bool(life.reasons) == (n % 4 == 0)
        assert (len(year) > 1) == (lives.REASONS[0] in life.reasons) or life.died
        assert all(life.alive_on(stay.left) for stay in life.stays)
