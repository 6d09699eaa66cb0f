"""`carehub linkage` from a terminal, over a store on disk: files of each kind, whole or not there, and Splink's own answer to one."""

from __future__ import annotations

import csv
import importlib.util
import json
import os
import stat
import subprocess
import sys
from pathlib import Path

import pytest
from typer.testing import CliRunner

from carehub.wiring import linkage_files
from carehub.wiring.bootstrap import build_hub
from carehub.wiring.cli import app
from carehub.wiring.settings import Settings

ROOT = Path(__file__).resolve().parents[2]
CAST = ROOT / "fixtures" / "cast"
DESK = ["--user", "kit", "--organisation", "X99001"]
NAMED = ["--tool", "Splink 5.0.0", "--model", "icb-1"]


@pytest.fixture(scope="module")
def records(tmp_path_factory: pytest.TempPathFactory):
    """Ids of the patient records of two sources, in a store of their own."""
    with pytest.MonkeyPatch.context() as patch:
        for name in ("CAREHUB_DATABASE_URL", "CAREHUB_REDIS_URL", "CAREHUB_AGREEMENTS"):
            patch.delenv(name, raising=False)
        patch.setenv("CAREHUB_VAR", str(tmp_path_factory.mktemp("var")))
        for feed in ("gp", "acute", "community"):
            assert CliRunner().invoke(app, ["ingest", feed, *map(str, sorted(CAST.glob(f"*/*-{feed}.*")))]).exit_code in (0, 1)
        yield [member.patient for member in build_hub(Settings()).store.links.in_turn("", 1000)]


def run(*words: str):
    return CliRunner().invoke(app, ["linkage", *words, *DESK])


def read(path: Path) -> list[dict[str, str | None]]:
    if path.suffix == ".csv":
        with path.open(newline="") as file:
            return [{key: value or None for key, value in row.items()} for row in csv.DictReader(file)]
    return [json.loads(line) for line in path.read_text().splitlines()]


def test_both_plain_kinds_hold_the_same_rows_for_their_owner_alone(records, tmp_path):
    told = []
    for name in ("a.csv", "a.ndjson"):
        done = run("export", str(tmp_path / name), "--with", "phone")
        assert (done.exit_code, f"{len(records)} records" in done.output) == (0, True), done.output
        assert stat.S_IMODE((tmp_path / name).stat().st_mode) == 0o600
        told.append(read(tmp_path / name))
    assert told[0] == told[1]
    assert [row["record_id"] for row in told[0]] == records
    assert "phone" in told[0][0]
    assert "email" not in told[0][0]
    assert sorted(path.name for path in tmp_path.iterdir()) == ["a.csv", "a.ndjson"]


def test_what_is_there_already_or_has_no_known_ending_is_left_alone(records, tmp_path):
    (tmp_path / "there.csv").write_text("mine")
    assert run("export", str(tmp_path / "there.csv")).exit_code == 2
    assert (tmp_path / "there.csv").read_text() == "mine"
    assert run("export", str(tmp_path / "people.xlsx")).exit_code == 2
    assert run("export", str(tmp_path / "people.csv"), "--with", "religion").exit_code == 2
    assert [path.name for path in tmp_path.iterdir()] == ["there.csv"]


def test_a_refused_export_leaves_nothing(records, tmp_path):
    done = run("export", str(tmp_path / "people.csv"), "--role", "identity-steward")
    assert done.exit_code != 0
    assert list(tmp_path.iterdir()) == []


def test_an_export_that_fails_half_way_leaves_nothing(tmp_path):
    def half() -> None:
        with linkage_files.new_file(tmp_path / "people.csv") as beside:
            beside.write_text("half")
            raise OSError("full")

    with pytest.raises(OSError, match="full"):
        half()
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize("kind", [".csv", ".ndjson"])
def test_pairs_are_put_once_and_what_is_strange_is_an_exit_of_1(records, tmp_path, kind):
    a, b = records[0], records[-1]
    rows = [{"record_id_l": a, "record_id_r": b, "match_probability": 0.9}]
    first = linkage_import(tmp_path / f"pairs{kind}", rows)
    assert first.exit_code == 0, first.output
    counts = json.loads(first.output)
    assert counts["read"] == 1
    again = json.loads(linkage_import(tmp_path / f"pairs{kind}", rows).output)
    assert again["proposed"] == 0
    strange = linkage_import(
        tmp_path / f"strange{kind}", [*rows, {"record_id_l": a, "record_id_r": "nobody", "match_probability": 1}, {"x": 1}]
    )
    told = json.loads(strange.output)
    assert (strange.exit_code, told["unknown"], told["unusable"], told["records"]) == (1, 1, 1, ["nobody"])


def linkage_import(path: Path, rows: list[dict[str, object]]):
    if path.suffix == ".csv":
        with path.open("w", newline="") as file:
            out = csv.DictWriter(file, ["record_id_l", "record_id_r", "match_probability"], extrasaction="ignore")
            out.writeheader()
            out.writerows(rows)
    else:
        path.write_text("".join(json.dumps(row) + "\n" for row in rows))
    return run("import", str(path), *NAMED, "--json")


def test_a_file_without_the_columns_is_refused(records, tmp_path):
    (tmp_path / "pairs.csv").write_text("left,right\n1,2\n")
    assert run("import", str(tmp_path / "pairs.csv"), *NAMED).exit_code == 2
    (tmp_path / "empty.csv").write_text("")
    assert run("import", str(tmp_path / "empty.csv"), *NAMED).exit_code == 0


def test_rubbish_in_a_file_of_lines_is_counted(tmp_path):
    (tmp_path / "p.ndjson").write_text('{"record_id_l": "a", "record_id_r": "b", "match_probability": "0.5"}\n{\n[1]\n\n')
    one, two, three = linkage_files.pairs(tmp_path / "p.ndjson")
    assert (one.probability, two, three) == (0.5, None, None)


def test_splink_links_an_export_and_what_it_finds_is_put_before_the_stewards(records, tmp_path):
    if any(importlib.util.find_spec(name) is None for name in ("splink", "duckdb", "pyarrow")):
        pytest.skip("splink, duckdb, pyarrow not installed: pip install 'carehub[linkage]'")
    people, pairs = tmp_path / "people.parquet", tmp_path / "pairs.parquet"
    done = run("export", str(people))
    assert (done.exit_code, stat.S_IMODE(people.stat().st_mode)) == (0, 0o600), done.output
    script = [sys.executable, str(ROOT / "tools" / "linkage_splink.py"), str(people), str(pairs)]
    linked = subprocess.run(script, capture_output=True, text=True, timeout=300, env={**os.environ, "PYTHONWARNINGS": "ignore"})
    assert linked.returncode == 0, linked.stderr
    assert stat.S_IMODE(pairs.stat().st_mode) == 0o600
    told = run("import", str(pairs), *NAMED, "--json")
    counts = json.loads(told.output)
    assert (told.exit_code, counts["unknown"], counts["changed"]) == (0, 0, 0)
    assert counts["read"] > 0
    assert counts["together"] > 0
