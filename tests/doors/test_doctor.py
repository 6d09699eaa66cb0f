"""`carehub doctor` says of each part whether it is well, changes nothing, and tells no value of anybody."""

from __future__ import annotations

import json
import sys
from collections.abc import Callable
from contextlib import closing
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from carehub.store.sql.migrating import upgrade
from carehub.store.sql.store import SqlStore
from carehub.wiring import doctor
from carehub.wiring.cli import main
from contracts.stores import postgresql_schema
from faults.stream import hub_over, messages_of

Told = dict[str, tuple[str, str]]


@pytest.fixture
def told(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capfd: pytest.CaptureFixture[str]) -> Callable[..., Told]:
    """Run it with these settings: the state and the words of each part. It exits 1 when one is wrong and 0 when none is."""

    def run(**settings: str) -> Told:
        for name, value in {"var": str(tmp_path / "var"), **settings}.items():
            monkeypatch.setenv(f"CAREHUB_{name.upper()}", value)
        monkeypatch.setattr(sys, "argv", ["carehub", "doctor", "--json"])
        with pytest.raises(SystemExit) as ended:
            main()
        found = {one["what"]: (one["state"], one["words"]) for one in json.loads(capfd.readouterr().out)["findings"]}
        assert ended.value.code == ("wrong" in {state for state, _ in found.values()})
        return found

    return run


def test_where_there_is_no_store_it_makes_none(told: Callable[..., Told], tmp_path: Path) -> None:
    found = told()
    assert found["store"] == ("wrong", "There is no store yet: `carehub db upgrade` makes one.")
    assert list(tmp_path.rglob("*.db")) == []


def test_work_that_waits_too_long_is_wrong_and_a_late_feed_is_to_be_looked_at(told: Callable[..., Told], tmp_path: Path) -> None:
    url = f"sqlite:///{tmp_path / 'var' / 'carehub.db'}"
    upgrade(url)
    assert {state for state, _ in told().values()} == {"well", "look"}
    with closing(SqlStore(url)) as store:
        hub_over(store).receive([one.submission for one in messages_of(1)])
    state, words = told()["work"]
    assert (state, words.split(": ")[1]) == ("wrong", "4 to map, 4 for the identity lane, 0 plans to make, 0 exports to write.")
    with closing(SqlStore(url)) as store:
        hub_over(store).drain()
    found = told()
    assert found["work"] == ("well", "4 messages received; 0 to map, 0 for the identity lane, 0 plans to make, 0 exports to write.")
    assert found["feeds"] == ("look", "acute/hl7v2 stale: `carehub feeds`.")
    assert "Brannigan" not in str(found)
    (tmp_path / "var" / "read-only").write_text("for the move")
    assert told()["writing"][0] == "look"


def test_what_is_wrong_outside_the_store_is_named(told: Callable[..., Told], tmp_path: Path) -> None:
    (tmp_path / "overlay.toml").write_text("[[nothing]]\nthat = 'is known'\n")
    found = told(
        env="production", redis_url="redis://127.0.0.1:1/0", overlay=str(tmp_path / "overlay.toml"), secret_key="short, and nobody else's"
    )
    assert found["settings"][0] == found["adapters"][0] == found["queue"][0] == "wrong"
    assert "CAREHUB_SECRET_KEY" in found["settings"][1]
    assert "overlay.toml" in found["adapters"][1]
    assert "short, and" not in str(found)


@pytest.mark.parametrize("address", ["postgres//nobody:secret@x", "mysql://nobody:secret@x/y", "sqlite://"])
def test_an_address_of_no_database_is_named_and_not_repeated(
    address: str, monkeypatch: pytest.MonkeyPatch, capfd: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("CAREHUB_DATABASE_URL", address)
    monkeypatch.setattr(sys, "argv", ["carehub", "doctor"])
    with pytest.raises(SystemExit) as ended:
        main()
    said = "".join(capfd.readouterr())
    assert ended.value.code == 2
    assert "CAREHUB_DATABASE_URL" in said
    assert "secret" not in said


@pytest.mark.pg
def test_clocks_that_are_apart_and_tables_of_another_version(told: Callable[..., Told], monkeypatch: pytest.MonkeyPatch) -> None:
    with postgresql_schema() as url:
        assert told(database_url=url)["store"] == (
            "wrong",
            "STORE-002 The store's tables are not the ones this version needs. Run the migrations; where they are newer, start the newer version.",
        )
        upgrade(url)
        assert told(database_url=url)["clock"] == ("well", "The database's clock and this machine's are 0 seconds apart.")
        monkeypatch.setattr(doctor, "told_by", lambda _: datetime.now(UTC) + timedelta(seconds=90))
        assert told(database_url=url)["clock"][0] == "wrong"
