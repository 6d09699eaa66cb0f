"""`carehub retention` from a terminal, over a store on disk: the report, holds, and a site's own schedule."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from typer.testing import CliRunner

from carehub.wiring.bootstrap import build_hub
from carehub.wiring.cli import _about_settings, app
from carehub.wiring.settings import Settings

CAST = Path(__file__).resolve().parents[2] / "fixtures" / "cast"


@pytest.fixture
def person(tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    for name in ("CAREHUB_DATABASE_URL", "CAREHUB_REDIS_URL", "CAREHUB_AGREEMENTS", "CAREHUB_RETENTION"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv("CAREHUB_VAR", str(tmp_path / "var"))
    assert CliRunner().invoke(app, ["ingest", "acute", str(CAST / "06-allergy-conflict" / "02-acute.hl7")]).exit_code == 0
    return build_hub(Settings()).store.links.persons()[0]


def run(*words: str, user: str = "ivy"):
    return CliRunner().invoke(app, ["retention", *words, "--user", user, "--organisation", "X99001"])


def test_a_record_is_due_then_held_then_due_again(person):
    assert "health: 1 kept" in run("report").output
    due = run("report", "--on", "2060-01-01").output
    assert "DUE since 203" in due
    assert f"person {person}" in due
    held = run("hold", "person", person, "--holder", "Inquiry", "--reason", "Asked", "--review", "2059-01-01").output.strip()
    told = json.loads(run("report", "--on", "2060-01-01", "--json").output)
    assert [(one["state"], one["holds"]) for one in told["falling"]] == [("held", [held])]
    assert (told["holds"][0]["id"], told["holds"][0]["of"]) == (held, person)
    assert f"REVIEW | hold {held}" in run("report", "--on", "2060-01-01").output
    assert run("lift", held, "--reason", "Over").exception.issues[0].number == "GOV-002"
    assert run("lift", held, "--reason", "Over", user="noor").output.strip() == f"{held}: lifted."
    assert "DUE since" in run("report", "--on", "2060-01-01").output
    assert "lifted" in run("holds").output
    assert [one["lifted"]["by"] for one in json.loads(run("holds", "--json").output)] == ["noor"]
    assert run("hold", "planet", "x", "--holder", "a", "--reason", "b", "--review", "2059-01-01").exit_code == 2


def test_a_site_names_its_own_schedule_and_a_wrong_one_is_told_in_words(person, tmp_path, monkeypatch):
    mine = tmp_path / "mine.toml"
    row = '[[class]]\nkey = "all"\ntitle = "All"\nbasis = "Ours"\nkinds = ["acute"]\nyears_after_last_contact = 1\n'
    mine.write_text(f'version = "ours-3"\nsource = "Us"\n{row}')
    monkeypatch.setenv("CAREHUB_RETENTION", str(mine))
    told = run("report", "--on", "2060-01-01").output
    assert "schedule ours-3 (Us)" in told
    assert "all: 1 due" in told
    mine.write_text("version = 1")
    refused = run("report")
    assert "version must be a text" in _about_settings(refused.exception)
    monkeypatch.setenv("CAREHUB_RETENTION", str(tmp_path / "nothing.toml"))
    assert "cannot be read" in _about_settings(run("report").exception)


def test_two_officers_destroy_what_is_due(person, tmp_path, monkeypatch):
    old = tmp_path / "old.hl7"
    old.write_bytes((CAST / "06-allergy-conflict" / "02-acute.hl7").read_bytes().replace(b"2026", b"2010"))
    monkeypatch.setenv("CAREHUB_VAR", str(tmp_path / "other"))
    assert CliRunner().invoke(app, ["ingest", "acute", str(old)]).exit_code == 0
    assert "DUE since" in run("report").output
    id = run("propose", "--reason", "Due").output.strip()
    assert f"{id} | proposed" in run("disposals").output
    assert run("apply", id).exception.issues[0].number == "GOV-002"
    told = run("apply", id, user="noor").output
    assert f"{id}: done." in told
    assert "gone: 1 persons, 1 messages; bytes destroyed of 1 submissions" in told
    assert build_hub(Settings()).store.links.persons() == []
    assert run("scrub", user="noor").output.strip() == "Done."
    assert [one["state"] for one in json.loads(run("disposals", "--json").output)] == ["done"]
    assert not any(b"PID|" in file.read_bytes() for file in (tmp_path / "other").glob("*.db*"))
