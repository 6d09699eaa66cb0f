"""`carehub rights` from a terminal, over a store on disk."""

from __future__ import annotations

import json
import stat
import zipfile
from pathlib import Path

import pytest
from typer.testing import CliRunner

from carehub.terms.errors import Missing
from carehub.wiring.bootstrap import build_hub
from carehub.wiring.cli import app
from carehub.wiring.settings import Settings

CAST = Path(__file__).resolve().parents[2] / "fixtures" / "cast"
DESK = ["--user", "ivy", "--organisation", "X99001"]


@pytest.fixture(scope="module")
def person(tmp_path_factory: pytest.TempPathFactory):
    with pytest.MonkeyPatch.context() as patch:
        for name in ("CAREHUB_DATABASE_URL", "CAREHUB_REDIS_URL", "CAREHUB_AGREEMENTS"):
            patch.delenv(name, raising=False)
        patch.setenv("CAREHUB_VAR", str(tmp_path_factory.mktemp("var")))
        assert CliRunner().invoke(app, ["ingest", "gp", str(CAST / "03-no-nhs-number" / "01-gp.json")]).exit_code == 0
        yield build_hub(Settings()).store.links.persons()[0]


def run(*words: str):
    return CliRunner().invoke(app, [*words, *DESK])


def test_all_that_is_held_is_written_to_a_file_that_only_its_owner_reads(person, tmp_path):
    out = tmp_path / "tulley.zip"
    done = run("rights", "subject-access", person, "--out", str(out))
    assert (done.exit_code, "things held" in done.output) == (0, True), done.output
    assert stat.S_IMODE(out.stat().st_mode) == 0o600
    with zipfile.ZipFile(out) as archive:
        looks = [json.loads(line) for line in archive.read("for-the-person/accesses.ndjson").splitlines()]
        assert [look["agent"][0]["who"]["identifier"]["value"] for look in looks] == ["ivy"]
        held = {
            json.loads(line)["resourceType"]
            for name in archive.namelist()
            if name.endswith("records.ndjson")
            for line in archive.open(name)
        }
    kept = {record.type for record in build_hub(Settings()).store.records.of_patients(_patients(person))}
    assert held == kept
    assert [one.name for one in tmp_path.iterdir()] == ["tulley.zip"]


def test_no_file_is_written_over_and_none_is_left_of_what_failed(person, tmp_path):
    out = tmp_path / "a.zip"
    out.write_text("mine")
    assert run("rights", "subject-access", person, "--out", str(out)).exit_code == 2
    assert out.read_text() == "mine"
    assert isinstance(run("rights", "subject-access", "nobody", "--out", str(tmp_path / "b.zip")).exception, Missing)
    assert run("rights", "subject-access", person, "--out", str(tmp_path / "no" / "c.zip")).exit_code == 1
    assert [one.name for one in tmp_path.iterdir()] == ["a.zip"]


def _patients(person: str) -> list[str]:
    return [link.patient for link in build_hub(Settings()).store.links.links_of(person)]
