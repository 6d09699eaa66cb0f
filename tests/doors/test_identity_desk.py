"""`carehub identity explain|history|reviews|rule|take-back` on a SQLite store: the same verbs and the same door as over HTTP."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from typer.testing import CliRunner, Result

from carehub.fhir.canonical import loads
from carehub.terms.errors import CarehubError, Missing, Refused, Rejected
from carehub.wiring.bootstrap import build_hub
from carehub.wiring.cli import app
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
