"""`carehub identity explain|history|reviews|rule|take-back` on a SQLite store: the same verbs and the same door as over HTTP."""

from __future__ import annotations

import json
import re
from pathlib import Path

import pytest
from typer.testing import CliRunner, Result

from carehub.fhir.canonical import loads
from carehub.identity import rule_file
from carehub.terms.errors import CarehubError, Missing, Refused, Rejected
from carehub.wiring.bootstrap import build_hub
from carehub.wiring.cli import app
from carehub.wiring.matching_rules import load_texts
from carehub.wiring.settings import Settings

CAST = Path(__file__).resolve().parents[2] / "fixtures" / "cast"
DESK = ("--user", "jo", "--organisation", "X99001")


@pytest.fixture
def records(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """A store with a person and a hospital's record without NHS number under another given name: they may be twins. The two records."""
    for name in ("CAREHUB_DATABASE_URL", "CAREHUB_REDIS_URL"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv("CAREHUB_VAR", str(tmp_path / "var"))
    for feed, name in (("gp", "01-gp.json"), ("acute", "02-acute.hl7")):
        assert CliRunner().invoke(app, ["ingest", feed, str(CAST / "03-no-nhs-number" / name)]).exit_code == 0
    [waiting] = json.loads(run("reviews", "--json").output)["pairs"]
    return [waiting["review"]["a"], waiting["review"]["b"]]


def run(*words: str) -> Result:
    return CliRunner().invoke(app, ["identity", *words, *DESK])


def refused(error: type[CarehubError], *words: str) -> str:
    result = run(*words)
    assert isinstance(result.exception, error)
    return str(result.exception.issues[0].number)


def test_a_pair_is_explained_ruled_on_and_taken_back_and_its_history_says_so(records: list[str]) -> None:
    a, b = records
    told = loads(run("explain", a, b, "--json").output)
    assert (told["together"], told["decided_by"], told["rule"]) == (False, "automatic", "given-name-differs")
    assert sum(float(one["weight"] or 0) for one in told["fields"]) == pytest.approx(float(told["total"]), abs=1e-9)
    assert "Not together" in run("explain", a, b).output
    ruled = run("rule", "same", a, b, "--reason", "Seen with the letter.").output.splitlines()
    assert ruled[1] == "in effect"
    assert loads(run("explain", a, b, "--json").output)["decided_by"] == "jo"
    links = json.loads(run("history", a, "--json").output)["links"] + json.loads(run("history", b, "--json").output)["links"]
    assert "steward-same" in {one["link"]["rule"] for one in links}
    assert run("take-back", ruled[0].split()[1], "--reason", "A second look.").output.strip() == "taken back"
    assert "1 waiting" in run("reviews").output
    first = json.loads(run("history", a, "--json").output)["links"][0]
    assert json.loads(run("history", a, "--at", first["since"], "--json").output)["links"] == [first]
    store = build_hub(Settings()).store
    events = [json.loads(row.event) for row in store.audit.about(store.links.person_of([a])[a], 50)]
    assert {event["agent"][0]["who"]["identifier"]["value"] for event in events} == {"jo"}
    store.close()


def test_a_person_is_explained_on_the_terminal_with_the_facts_of_the_api(records: list[str]) -> None:
    a, b = records
    ruled = run("rule", "same", a, b, "--reason", "Seen with the letter.").output.split()[1]
    store = build_hub(Settings()).store
    person = store.links.person_of([a])[a]
    store.close()
    told = loads(run("joined", person, "--json").output)
    assert {one["record"] for one in told["records"]} >= {a, b}
    for one in told["records"]:
        pair = one["explanation"]
        assert sum(float(field["weight"] or 0) for field in pair["fields"]) == pytest.approx(float(pair["total"]), abs=1e-9)
    words = run("joined", person).output
    assert "jo: Seen with the letter." in words
    assert a in words
    run("take-back", ruled, "--reason", "A second look.")
    assert "taken back by jo: A second look." in run("joined", person).output
    assert refused(Missing, "joined", "nobody") == "API-003"


def test_what_cannot_be_is_refused_with_its_number(records: list[str]) -> None:
    a, b = records
    assert refused(Rejected, "rule", "perhaps", a, b, "--reason", "why") == "IDN-004"
    assert refused(Missing, "take-back", "none", "--reason", "why") == "IDN-005"
    assert refused(Missing, "explain", a) == "IDN-008"
    assert refused(Rejected, "history", a, "--at", "yesterday") == "API-005"
    assert refused(Refused, "rule", "same", a, b, "--reason", "why", "--role", "gp") == "API-002"


def test_a_dry_run_says_what_decided_the_store_though_this_carehub_cannot_use_it_any_more(
    records: list[str], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """As when an upgrade brings a rule that a file put in force before does not name."""
    assert records
    _, text, _ = load_texts()
    strict, newer = tmp_path / "strict.toml", tmp_path / "newer.toml"
    strict.write_text(re.sub(r"(?m)^version = \d+", "version = 30", text.replace("auto = 3.0", "auto = 3.5")), encoding="utf-8")
    newer.write_text(
        re.sub(r"(?m)^version = \d+", "version = 31", text.replace("[sources]", "a-new-rule = true\n[sources]")), encoding="utf-8"
    )
    [first, *_] = CliRunner().invoke(app, ["identity", "dry-run", str(strict)]).stdout.splitlines()
    assert re.fullmatch(r"rules \d+ → 30", first)
    activated = CliRunner().invoke(app, ["identity", "activate", str(strict), "--user", "jo", "--reason", "tried first", "--yes"])
    assert activated.exit_code == 0
    monkeypatch.setattr(rule_file, "RULES", (*rule_file.RULES, "a-new-rule"))
    said = CliRunner().invoke(app, ["identity", "dry-run", str(newer)]).stdout.splitlines()
    assert said[:3] == ["rules 30 → 31", "rules.a-new-rule: none → on", "zones.auto: 3.5 → 3"]
    told = json.loads(CliRunner().invoke(app, ["identity", "dry-run", str(newer), "--json"]).stdout)
    assert (told["from"], told["to"], told["rules"]) == (30, 31, said[1:3])


def test_a_dry_run_says_that_a_file_was_not_kept(records: list[str], tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """As when the rules came with carehub and were never put in force by a message."""
    assert records
    rules, text, _ = load_texts()
    newer = tmp_path / "newer.toml"
    newer.write_text(re.sub(r"(?m)^version = \d+", "version = 31", text), encoding="utf-8")
    monkeypatch.setenv("CAREHUB_IDENTITY_RULES", str(newer))
    said = CliRunner().invoke(app, ["identity", "dry-run", str(newer)]).stdout.splitlines()
    assert said[0] == f"rules {rules.version} → 31"
    assert "was not kept" in said[1]
    assert json.loads(CliRunner().invoke(app, ["identity", "dry-run", str(newer), "--json"]).stdout)["rules"] is None
