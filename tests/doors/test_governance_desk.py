"""`carehub policy` from a terminal, over a store on disk."""

from __future__ import annotations

from pathlib import Path

import pytest
from typer.testing import CliRunner, Result

from carehub.wiring.bootstrap import build_hub
from carehub.wiring.cli import app
from carehub.wiring.settings import Settings
from hub.test_simulating import HEAD

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


def run(*words: str) -> Result:
    return CliRunner().invoke(app, [*words, *DESK])


def test_a_draft_is_tried_from_a_terminal(person, tmp_path):
    source = next(report.source for report in _sources(person))
    draft = tmp_path / "draft.toml"
    told = f'[[organisation]]\ncode = "{source.code}"\nname = "{source.title}"\nkind = "gp"\nconnected = true\nagreement = "yes"\n'
    draft.write_text(HEAD + told)
    same = run("policy", "simulate", person, "--agreements", str(draft))
    assert (same.exit_code, "0 cells would change" in same.output) == (0, True)
    draft.write_text(HEAD + told + '[[organisation.clause]]\nid = "4.2"\nclasses = ["problems"]\nroles = ["gp"]\n')
    changes = run("policy", "simulate", person, "--agreements", str(draft), "--day", "2027-01-01")
    assert changes.exit_code == 1
    assert f"gp TREAT at any other | {source.code} | problems: shown -> hidden (Not shown to you here, by clause 4.2" in changes.output
    assert '"after":"hidden"' in run("policy", "simulate", person, "--agreements", str(draft), "--json").output


def _sources(person: str):
    from carehub.careplan.plan import UnifiedCarePlan
    from carehub.fhir.canonical import restore

    stored = build_hub(Settings()).store.plans.get(person)
    assert stored is not None
    return restore(stored.plan, UnifiedCarePlan).sources


def test_agreements_are_changed_by_two_from_a_terminal(person, tmp_path):
    draft = tmp_path / "agreements.toml"
    draft.write_text(HEAD)
    id = run("policy", "propose", str(draft), "--reason", "asked").output.strip()
    assert f"# Waits: {id}" in run("policy", "show").output
    assert run("policy", "answer", id, "approved").exception.issues[0].number == "GOV-002"
    done = CliRunner().invoke(app, ["policy", "answer", id, "approved", "--user", "sol", "--organisation", "X99002"])
    assert done.exit_code == 0
    assert f"# In force by proposal {id}" in run("policy", "show").output


def test_the_record_of_processing_follows_what_was_approved_and_is_written_down(person, tmp_path):
    looks = len(list(build_hub(Settings()).store.audit.chain()))
    before = run("policy", "record-of-processing")
    assert len(list(build_hub(Settings()).store.audit.chain())) == looks + 1
    assert (before.exit_code, "A source that no agreement lists is shown." in before.output) == (0, True)
    assert "## Sources and their agreements\n\nNone." in before.output
    draft = tmp_path / "agreements.toml"
    row = '[[organisation]]\ncode = "X99010"\nname = "Age Well"\nkind = "voluntary"\nconnected = true\nagreement = "yes"\nbasis = "Article 9(2)(h)"\n'
    draft.write_text('unlisted = "not shown"\nrelationship = "not asked"\n' + row)
    id = run("policy", "propose", str(draft), "--reason", "asked").output.strip()
    assert run("policy", "record-of-processing").output == before.output
    CliRunner().invoke(app, ["policy", "answer", id, "approved", "--user", "sol", "--organisation", "X99002"])
    after = run("policy", "record-of-processing").output
    assert "A source that no agreement lists is not shown." in after
    assert "| Age Well | X99010 | voluntary | yes | in force | open | open | not told | Article 9(2)(h) |" in after
    assert person not in after
    assert CliRunner().invoke(app, ["policy", "record-of-processing", "--user", "", "--organisation", "X99002"]).exit_code != 0
