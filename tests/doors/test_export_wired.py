"""An export of a caseload as a site runs it: settings, the caseload's own criteria, the worker in the process, its folder, and a backup beside it."""

from __future__ import annotations

import time
from collections.abc import Iterator
from contextlib import closing, contextmanager
from pathlib import Path
from typing import Any

import pytest
from pydantic import SecretStr
from starlette.testclient import TestClient

from carehub.feeds.catalogue import Catalogue
from carehub.hub.caseload import caseload_id
from carehub.hub.hub import Hub
from carehub.wiring.backup.archive import new_key
from carehub.wiring.backup.making import make_backup
from carehub.wiring.backup.restoring import restore_backup
from carehub.wiring.bootstrap import build_hub
from carehub.wiring.serving import create_app
from carehub.wiring.settings import Settings
from doors.api.conftest import digest
from hub.caseload_hub import FRAIL, GP, of_gp
from hub.exporting_hub import allergy
from hub.toy_hub import ada, submit, toy_adapter

ASYNC = {"Prefer": "respond-async"}


def settings(folder: Path, **more: Any) -> Settings:
    return Settings(var=folder, secret_key=SecretStr("the secret of this test, long enough to be one"), **more)


def opened(told: Settings) -> Hub:
    return build_hub(told, catalogue=Catalogue([toy_adapter()]))


@contextmanager
def served(told: Settings, hub: Hub) -> Iterator[TestClient]:
    with TestClient(create_app(told, hub, clients={digest("gp"): GP})) as client:
        client.headers["Authorization"] = "Bearer gp"
        yield client


@pytest.fixture
def site(tmp_path: Path) -> Iterator[tuple[Settings, Hub]]:
    told = settings(tmp_path / "var", backup_recipient=new_key(tmp_path / "key"))
    hub = opened(told)
    submit(hub, of_gp(FRAIL, allergy("Nuts")), ada("gp", "2", nhs="9990000026", given="Bea", family="CANARY", born="1950-01-01"))
    submit(hub, ada("hospital", "3", kind="acute", nhs="9990000034", given="Cy", family="CANARY", born="1951-01-01", records=[FRAIL]))
    hub.drain()
    with closing(hub.store):
        yield told, hub


def done(api: TestClient, where: str) -> dict[str, Any]:
    for _ in range(600):
        answer = api.get(where)
        if answer.status_code != 202:
            break
        time.sleep(0.05)
    assert answer.status_code == 200, answer.text
    told: dict[str, Any] = answer.json()
    return told


def test_the_caseload_of_an_organisation_and_nobody_else_is_written_by_the_worker(site: tuple[Settings, Hub]) -> None:
    told, hub = site
    with served(told, hub) as api:
        [group] = api.get("/fhir/R4/Group").json()["entry"]
        assert len(group["resource"]["member"]) == 1
        answer = api.get(f"/fhir/R4/Group/{group['resource']['id']}/$export", headers=ASYNC)
        manifest = done(api, answer.headers["content-location"])
        assert {one["type"]: one["count"] for one in manifest["output"]} == {
            "AllergyIntolerance": 1,
            "Condition": 1,
            "Patient": 2,
            "Provenance": 3,
        }
        files = [api.get(one["url"]).text for one in manifest["output"] + manifest["error"]]
        assert not any("CANARY" in text for text in files)
        operations = api.get("/fhir/R4/metadata").json()["rest"][0]["resource"]
        [served_group] = [one for one in operations if one["type"] == "Group"]
        assert ("export", "http://hl7.org/fhir/uv/bulkdata/OperationDefinition/group-export") in [
            (one["name"], one["definition"]) for one in served_group["operation"]
        ]


def test_a_backup_holds_no_file_and_what_is_restored_forgets_the_export(site: tuple[Settings, Hub], tmp_path: Path) -> None:
    told, hub = site
    with served(told, hub) as api:
        where = api.get(f"/fhir/R4/Group/{caseload_id('gp')}/$export", headers=ASYNC).headers["content-location"]
        done(api, where)
        backup = make_backup(told, tmp_path / "backups").path
    elsewhere = settings(tmp_path / "elsewhere")
    assert restore_backup(elsewhere, backup, tmp_path / "key").same
    assert not elsewhere.exports_folder.exists()
    restored = opened(elsewhere)
    with closing(restored.store), served(elsewhere, restored) as api:
        for _ in range(600):
            if (answer := api.get(where)).status_code == 404:
                break
            time.sleep(0.05)
        assert answer.status_code == 404
        assert restored.store.exports.all() == []


def test_the_setting_says_how_long_the_files_stay(site: tuple[Settings, Hub], tmp_path: Path) -> None:
    told = settings(tmp_path / "var", export_hours=2)
    with served(told, hub := opened(told)) as api:
        where = api.get(f"/fhir/R4/Group/{caseload_id('gp')}/$export", headers=ASYNC).headers["content-location"]
        done(api, where)
        [one] = hub.store.exports.all()
    begun, until = one.progress.begun, one.until
    assert (int(until[11:13]) - int(begun[11:13])) % 24 == 2
    with pytest.raises(ValueError, match="export_hours"):
        settings(tmp_path, export_hours=0)
