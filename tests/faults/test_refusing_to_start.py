"""What must not start does not: exit code 2 for settings, 3 for a store that cannot be trusted, and every reason named."""

from __future__ import annotations

import sys
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path

import pytest
from sqlalchemy import make_url
from starlette.testclient import TestClient

from carehub.store.memory import MemoryStore
from carehub.store.sql.migrating import upgrade
from carehub.wiring import bootstrap
from carehub.wiring.cli import main
from carehub.wiring.demo import PERSONAS
from carehub.wiring.serving import create_app
from carehub.wiring.settings import Settings, UnsafeSettings
from contracts.stores import postgresql_schema

SAFE = {
    "CAREHUB_ENV": "production",
    "CAREHUB_DATABASE_URL": "postgresql+psycopg://carehub@127.0.0.1:1/carehub",
    "CAREHUB_REDIS_URL": "redis://127.0.0.1:1/0",
    "CAREHUB_SECRET_KEY": "long enough, and not the default one",
}


@dataclass(frozen=True, slots=True)
class Ended:
    code: int
    said: str


Run = Callable[..., Ended]


@pytest.fixture
def run(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capfd: pytest.CaptureFixture[str]) -> Run:
    """Run the command line with an environment of CAREHUB_ variables; it must end by itself."""
    monkeypatch.chdir(tmp_path)
    for name in ("sources", "clients"):
        (tmp_path / f"{name}.json").write_text("{}")

    def run(environment: Mapping[str, str], *arguments: str) -> Ended:
        for name, value in {"CAREHUB_VAR": str(tmp_path / "var"), **environment}.items():
            monkeypatch.setenv(name, value)
        monkeypatch.setattr(sys, "argv", ["carehub", *arguments])
        with pytest.raises(SystemExit) as ended:
            main()
        return Ended(int(str(ended.value.code)), "".join(capfd.readouterr()))

    return run


def production(tmp_path: Path, **other: str) -> dict[str, str]:
    files = {f"CAREHUB_{kind}_FILE": str(tmp_path / f"{name}.json") for kind, name in (("SOURCE_KEYS", "sources"), ("CLIENTS", "clients"))}
    return {**SAFE, **files, **other}


@pytest.mark.parametrize("verb", ["serve", "worker", "sweep", "rebuild"])
def test_production_names_everything_that_is_unsafe_at_once(run: Run, verb: str) -> None:
    ended = run({"CAREHUB_ENV": "production", "CAREHUB_REDIS_URL": "" if verb != "worker" else SAFE["CAREHUB_REDIS_URL"]}, verb)
    assert ended.code == 2
    named = {"CAREHUB_DATABASE_URL", "CAREHUB_SECRET_KEY", "CAREHUB_SOURCE_KEYS_FILE", "CAREHUB_CLIENTS_FILE"}
    assert {name for name in named if name not in ended.said} == set()
    assert "Traceback" not in ended.said


def test_a_secret_is_never_in_what_is_said(run: Run, tmp_path: Path) -> None:
    for wrong in ({"CAREHUB_SECRET_KEY_FILE": "absent.txt"}, {"CAREHUB_PORT": "none"}, {"CAREHUB_DATABASE_URL": ""}):
        ended = run(production(tmp_path, **wrong), "serve")
        assert ended.code == 2
        assert SAFE["CAREHUB_SECRET_KEY"] not in ended.said


@pytest.mark.parametrize(
    ("variable", "value"),
    [
        ("CAREHUB_DATABASE_URL", ""),
        ("CAREHUB_DATABASE_URL", "sqlite:////nowhere/carehub.db"),
        ("CAREHUB_SECRET_KEY", "change-me-this-is-the-default-secret"),
        ("CAREHUB_SECRET_KEY", "short"),
        ("CAREHUB_REDIS_URL", ""),
        ("CAREHUB_SOURCE_KEYS_FILE", "absent.json"),
        ("CAREHUB_CLIENTS_FILE", "absent.json"),
        ("CAREHUB_SECRET_KEY_FILE", "absent.txt"),
        ("CAREHUB_ENV", "producton"),
    ],
)
def test_one_unsafe_setting_is_enough_and_is_named(
    run: Run, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, variable: str, value: str
) -> None:
    monkeypatch.setattr(bootstrap, "open_store", lambda settings: MemoryStore())
    ended = run(production(tmp_path, **{variable: value}), "serve")
    assert ended.code == 2
    assert (value if value.startswith("absent") else variable) in ended.said
    assert "Traceback" not in ended.said


def test_a_credential_file_with_a_wrong_row_is_named(run: Run, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(bootstrap, "open_store", lambda settings: MemoryStore())
    (tmp_path / "sources.json").write_text('{"a credential in clear": {"name": "x", "feeds": []}}')
    ended = run(production(tmp_path), "serve")
    assert ended.code == 2
    assert "sources.json" in ended.said
    assert "in clear" not in ended.said


def test_a_worker_without_redis_does_not_start(run: Run) -> None:
    ended = run({}, "worker")
    assert (ended.code, "CAREHUB_REDIS_URL" in ended.said) == (2, True)


@pytest.mark.parametrize("allowed", ["", "|X9A01", " "])
def test_an_mllp_door_that_would_take_messages_of_no_named_sender_does_not_open(run: Run, allowed: str) -> None:
    ended = run({}, "mllp", "acute", "--port", "0", "--allow", "PAS|X9A01", "--allow", allowed)
    assert ended.code == 2
    assert "--allow" in ended.said


def test_the_demonstration_does_not_run_in_production(run: Run, tmp_path: Path) -> None:
    ended = run(production(tmp_path), "demo", "--once")
    assert ended.code == 2
    assert "CAREHUB_ENV" in ended.said


def test_a_weak_or_half_set_sign_in_does_not_run_in_production_nor_does_the_provider_that_lets_anybody_in(run: Run, tmp_path: Path) -> None:
    good = {
        "oidc_issuer": "https://provider.example",
        "oidc_client_id": "carehub",
        "oidc_client_secret": "s",
        "roles": "roles.toml",
        "public_url": "https://hub.example",
    }

    def said(**wrong: str | None) -> str:
        told = good | wrong
        try:
            Settings(_env_file=None, var=tmp_path, env="production", **told).refuse_unsafe()
        except UnsafeSettings as error:
            return str(error)
        return ""

    assert "OIDC" not in said()
    for setting, value, name in (
        ("oidc_issuer", "http://127.0.0.1:8090", "CAREHUB_OIDC_ISSUER"),
        ("public_url", "http://hub.example", "CAREHUB_PUBLIC_URL"),
        ("oidc_acr", " ", "CAREHUB_OIDC_ACR"),
        ("oidc_client_secret", "", "CAREHUB_OIDC_KEY_FILE"),
        ("roles", None, "CAREHUB_ROLES"),
    ):
        assert name in said(**{setting: value}), setting
    ended = run(production(tmp_path), "development-provider")
    assert (ended.code, "development provider" in ended.said) == (2, True)


def test_a_bad_adapter_stops_server_and_worker_at_the_start(run: Run, tmp_path: Path) -> None:
    (tmp_path / "adapters" / "toy").mkdir(parents=True)
    (tmp_path / "adapters" / "toy" / "manifest.toml").write_text('name = "toy"\nwrong = 1\n')
    chosen = {"CAREHUB_ADAPTERS": str(tmp_path / "adapters")}
    for verb, more in (("serve", {}), ("worker", {"CAREHUB_REDIS_URL": SAFE["CAREHUB_REDIS_URL"]})):
        ended = run({**chosen, **more}, verb)
        assert (ended.code, "manifest.toml" in ended.said) == (2, True)


def test_production_signs_nobody_in_by_choosing_a_persona(tmp_path: Path) -> None:
    settings = Settings(_env_file=None, var=tmp_path, env="production", secret_key=SAFE["CAREHUB_SECRET_KEY"])
    hub = bootstrap.build_hub(settings.model_copy(update={"env": "development"}), store=MemoryStore())
    with TestClient(create_app(settings, hub, personas=PERSONAS)) as client:
        assert client.get("/people").status_code == 401
        choosing = client.post("/sign-in", data={"persona": PERSONAS[0].user, "user": PERSONAS[0].user}, follow_redirects=False)
        assert choosing.status_code in (401, 403, 404, 405)
        assert client.get("/people").status_code == 401


@pytest.mark.pg
class TestPostgresql:
    def test_commits_that_would_not_survive_are_refused(self, run: Run) -> None:
        with postgresql_schema() as url:
            upgrade(url)
            options = make_url(url).query["options"]
            forgetful = make_url(url).update_query_dict({"options": f"{options} -csynchronous_commit=off"})
            for verb in ("serve", "sweep"):
                ended = run({"CAREHUB_DATABASE_URL": forgetful.render_as_string(hide_password=False)}, verb)
                assert (ended.code, "STORE-003" in ended.said) == (3, True)
            bootstrap.open_store(Settings(_env_file=None, database_url=url)).close()

    def test_a_schema_that_is_not_current_is_refused(self, run: Run) -> None:
        with postgresql_schema() as url:
            ended = run({"CAREHUB_DATABASE_URL": url}, "serve")
            assert (ended.code, "STORE-002" in ended.said) == (3, True)

    def test_a_database_that_cannot_be_reached_is_told_without_its_password(self, run: Run) -> None:
        ended = run({"CAREHUB_DATABASE_URL": "postgresql+psycopg://carehub:hunter2@127.0.0.1:1/carehub"}, "serve")
        assert (ended.code, "STORE-001" in ended.said) == (3, True)
        assert "hunter2" not in ended.said
