"""`carehub bench identity` on a small set: its figures, its files, and what it says of what is not there."""

from __future__ import annotations

import csv
import json
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
from typer.testing import CliRunner

from carehub.wiring.cli import app
from carehub.wiring.identity_bench import feeding, splink_batch
from carehub.wiring.identity_bench.columns import BadColumns
from carehub.wiring.identity_bench.labelled import HAZARDS, Wanted, found_sets, neighbourhood_package

_EVALUATOR = Path(__file__).resolve().parents[3] / "shared" / "tools" / "eval_match.py"
_SIZE = 1_500


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """sets/small, as a user would have it, and sets/empty."""
    place = tmp_path_factory.mktemp("sets")
    package = neighbourhood_package()
    assert package is not None
    rows, truths = package.neighbourhood(_SIZE, 3)
    small = place / "small"
    small.mkdir()
    (place / "empty").mkdir()
    with (small / "records.csv").open("w", encoding="utf-8", newline="") as records, (small / "truth.csv").open("w", newline="") as truth:
        writer = csv.DictWriter(records, rows[0].keys())
        writer.writeheader()
        writer.writerows(rows)
        csv.writer(truth).writerows([("record_id", "person_id"), *((one.record_id, one.person_id) for one in truths)])
    return place


@pytest.fixture(scope="module")
def run(folder: Path, tmp_path_factory: pytest.TempPathFactory) -> tuple[str, dict[str, Any], Path]:
    """What one run printed and wrote, and where its clusters are."""
    out = tmp_path_factory.mktemp("out")
    options = ["--sets", str(folder), "--generated", "0", "--no-hazards", "--order", "shuffled"]
    done = CliRunner().invoke(app, ["bench", "identity", *options, "--write-clusters", str(out), "--json", str(out / "told.json")])
    assert done.exit_code == 0, done.output
    return done.output, json.loads((out / "told.json").read_text(encoding="utf-8")), out


def test_a_set_is_measured_and_one_that_is_not_there_is_skipped_with_the_reason(run: tuple[str, dict[str, Any], Path]) -> None:
    printed, told, _ = run
    small = told["sets"]["small"]
    assert small["records"] == _SIZE
    assert small["pairs"]["precision"] > 0.99
    assert 0.8 < small["pairs"]["recall"] <= small["review"]["recall"] <= 1
    assert small["records_per_second"]["linking_only"] >= small["records_per_second"]["processor"] > 0
    assert small["comparisons"]["p99"] >= small["comparisons"]["mean"]
    assert "neither records.csv with truth.csv" in told["sets"]["empty"]["skipped"]
    assert "skipped: neither" in printed


def test_another_order_differs_little_and_by_what_is_said(run: tuple[str, dict[str, Any], Path]) -> None:
    small = run[1]["sets"]["small"]
    other = small["shuffled"]
    assert other["bcubed_f1_differs"] == pytest.approx(abs(other["bcubed"]["f1"] - small["bcubed"]["f1"]))
    assert other["bcubed_f1_differs"] < 0.02


def test_recall_is_told_apart_by_sex_and_age(run: tuple[str, dict[str, Any], Path]) -> None:
    groups = run[1]["sets"]["small"]["groups"]
    assert set(groups) == {"sex", "age band"}
    assert {"F", "M"} <= set(groups["sex"])


def test_the_clusters_that_are_written_are_those_that_were_measured(run: tuple[str, dict[str, Any], Path], folder: Path) -> None:
    _, told, out = run
    with (out / "small.csv").open(encoding="utf-8") as file:
        cluster = {row["record_id"]: row["cluster_id"] for row in csv.DictReader(file)}
    loaded = Wanted("small", folder / "small").load()
    judged = feeding.judged([cluster[one] for one in loaded.ids], loaded.persons)
    assert judged == {key: told["sets"]["small"][key] for key in judged}


def test_the_independent_evaluator_gives_the_same_figures(run: tuple[str, dict[str, Any], Path]) -> None:
    if not _EVALUATOR.is_file():
        pytest.skip("eval_match.py is not beside the project")
    _, told, out = run
    answer = out / "evaluated.json"
    command = [
        sys.executable,
        str(_EVALUATOR),
        "--pred",
        str(out / "small.csv"),
        "--truth",
        str(out / "small-truth.csv"),
        "--json",
        str(answer),
    ]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    if "ModuleNotFoundError" in done.stderr:
        pytest.skip("eval_match.py needs polars or pandas, and numpy")
    assert done.returncode == 0, done.stderr
    theirs, ours = json.loads(answer.read_text(encoding="utf-8")), told["sets"]["small"]
    for level, name in (("pairwise", "pairs"), ("bcubed", "bcubed")):
        assert {key: theirs[level][key] for key in ours[name]} == pytest.approx(ours[name], abs=1e-12)
    merges, missed = theirs["false_merges"], theirs["missed_links"]
    assert merges["clusters_with_more_than_one_person"] == ours["false_merges"]
    assert merges["per_10000_clusters"] == pytest.approx(ours["false_merges_per_10000"])
    assert missed["persons_in_more_than_one_cluster"] == ours["splits"]
    assert (theirs["clusters"], theirs["persons"]) == (ours["clusters"], ours["persons"])


def test_a_question_answered_rightly_joins_only_what_is_one_person() -> None:
    clusters, persons = [1, 1, 2, 3, 4], ["a", "a", "a", "b", "b"]
    assert feeding.answered(clusters, persons, [(1, 2), (2, 3)]) == [1, 1, 1, 3, 4]
    told = feeding.reviewed(clusters, persons, {(1, 2), (2, 3)})
    assert (told["questions"], told["joined_when_answered"], told["records_per_100"]) == (2, 1, 20.0)
    assert told["recall"] == pytest.approx(3 / 4)


def test_recall_of_a_group_looks_at_its_own_people_only() -> None:
    told = feeding.by_group({"sex": ["F", "F", "M", "M", ""]}, [1, 1, 1, 2, 2], ["a", "a", "b", "b", "c"], set())
    assert {name: (one["persons"], one["recall"]) for name, one in told["sex"].items()} == {"F": (1, 1.0), "M": (1, 0.0)}


def test_a_share_of_the_values_is_not_passed() -> None:
    assert [feeding.at_share(range(1, 101), share) for share in (0.5, 0.99, 1.0)] == [51, 100, 100]
    assert feeding.at_share([], 0.5) == 0


def test_thresholds_of_scored_pairs_are_chosen_on_the_clusters_they_make() -> None:
    rows = [(0, 1, 9.0), (2, 3, 5.0), (1, 2, 1.0)]
    told = splink_batch.chosen(rows, ["a", "a", "b", "b"])
    assert told["best"] == {"weight": 5.0, "precision": 1.0, "recall": 1.0, "f1": 1.0}
    assert told["at_precision"]["0.999"]["weight"] == 5.0
    assert told["documented"]["weight"] == 5.0
    assert splink_batch.chosen([], ["a"])["best"] is None


def test_a_truth_that_says_nothing_of_a_record_is_refused(folder: Path, tmp_path: Path) -> None:
    small = tmp_path / "half"
    small.mkdir()
    (small / "records.csv").write_text("record_id,surname\n1,Okafor\n2,Okafor\n", encoding="utf-8")
    (small / "truth.csv").write_text("record_id,person_id\n1,a\n", encoding="utf-8")
    with pytest.raises(BadColumns, match="says nothing of 1 record"):
        Wanted("half", small).load()
    assert [one.name for one in found_sets(small)] == ["half"]
    assert [one.name for one in found_sets(folder)] == ["empty", "small"]


def test_every_hazard_of_the_generator_is_run() -> None:
    package = neighbourhood_package()
    assert package is not None
    assert set(HAZARDS) == set(package.HAZARDS)
    told = Wanted("twins", size=4, hazard="twins").load()
    assert len(set(told.persons)) == 8
