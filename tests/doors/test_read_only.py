"""Hazard H-19: while nothing can be written what can be audited is read, nothing is taken in, and every page, sheet and answer says so."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from sqlalchemy import make_url
from starlette.testclient import TestClient

from carehub.api.requester import SourceCredential
from carehub.hub.hub import Hub
from carehub.hub.read_only import Halt, ReadOnly
from carehub.store.sql.migrating import upgrade
from carehub.store.sql.store import SqlStore
from carehub.terms.errors import StoreBusy
from carehub.wiring.read_only_order import refusing_while
from carehub.wiring.serving import create_app
from carehub.wiring.settings import Settings
from contracts.stores import postgresql_schema
from doors.api.conftest import digest
from doors.web.conftest import token_of
from hub.toy_hub import NURSE, PENICILLIN, START, ada, submit, toy_hub

SAYS = "carehub is read-only since"


def reader(hub: Hub, var: Path, expected: int = 200, **settings: object) -> TestClient:
    """A nurse at the pages and the API; the work of the hub is done by the test alone. expected: how signing in is answered."""
    app = create_app(
        Settings(env="demo", var=var, **settings),  # type: ignore[arg-type]
        hub,
        personas=[NURSE],
        clients={digest("nurse"): NURSE},
        sources={digest("source"): SourceCredential("src", frozenset({"toy/feed"}))},
    )
    client = TestClient(app, headers={"Authorization": "Bearer nurse"})
    form = {"form_token": token_of(client.get("/sign-in").text), "persona": f"{NURSE.user}|{NURSE.role}", "next": "/people"}
    assert client.post("/sign-in", data=form).status_code == expected
    return client


def send(client: TestClient, key: str):
    body = json.dumps(ada("acute", key, at="2026-11-21T08:00:00.000Z"))
    return client.post("/feeds/toy/feed/submissions", content=body, headers={"Authorization": "Bearer source", "Idempotency-Key": key})


def test_hazard_by_order_nothing_is_taken_in_and_reading_goes_on_and_says_so(tmp_path: Path) -> None:
    order = tmp_path / "read-only"
    url = f"sqlite:///{tmp_path / 'carehub.db'}"
    upgrade(url)
    store = SqlStore(url, before_writing=refusing_while(order))
    hub = toy_hub(store=store)  # type: ignore[arg-type]
    submit(hub, ada(records=[PENICILLIN]))
    hub.drain()
    [person] = store.links.persons()
    pages = (f"/people/{person}", f"/people/{person}/medicines", f"/people/{person}/pack", f"/people/{person}/print", "/people", "/help")
    client = reader(hub, tmp_path)
    assert all(SAYS not in client.get(page).text for page in pages)
    assert "carehub-read-only" not in client.get(f"/fhir/R4/Patient/{person}/$everything").headers

    order.write_text("Moving to another server until noon.\n<b>", encoding="utf-8")
    looked, last = len(store.audit.about(person, 100)), store.log.last_position()
    for page in pages:
        said = client.get(page)
        assert said.status_code == 200
        assert SAYS in said.text
        assert "Moving to another server until noon. &lt;b&gt;" in said.text
    answer = client.get(f"/fhir/R4/Patient/{person}/$everything")
    assert (answer.status_code, "carehub-read-only" in answer.headers) == (200, True)
    assert len(store.audit.about(person, 100)) > looked
    assert client.get("/health/ready").json()["status"] == "read-only"
    refused = send(client, "one")
    assert (refused.status_code, refused.json()["issue"][0]["details"]["coding"][0]["code"]) == (503, "STORE-006")
    page = f"/people/{person}/about-me/write"
    kept = client.post(page, data={"form_token": token_of(client.get(page).text), "seen": "0", "important": "My garden in May"})
    assert (kept.status_code, "STORE-006" in kept.text, "nothing has been saved" in kept.text) == (503, True, True)
    assert "My garden in May" in kept.text
    with pytest.raises(StoreBusy):
        submit(hub, ada("acute", "2"))
    assert store.log.last_position() == last

    order.unlink()
    assert send(client, "one").status_code == 202
    assert SAYS not in client.get(f"/people/{person}").text
    store.close()


@pytest.mark.pg
def test_hazard_a_store_that_cannot_be_written_makes_the_hub_read_only_by_itself(tmp_path: Path) -> None:
    """A copy for reading, as after a failover, with the audit trail in a database of its own: with it reading goes on, without it nothing is read."""
    audit = f"sqlite:///{tmp_path / 'trail.db'}"
    with postgresql_schema() as url:
        upgrade(url)
        upgrade(url, audit)
        whole = SqlStore(url, audit_url=audit)
        hub = toy_hub(store=whole)  # type: ignore[arg-type]
        submit(hub, ada(records=[PENICILLIN]))
        hub.drain()
        [person] = whole.links.persons()
        options = str(make_url(url).query["options"])
        copy_url = make_url(url).update_query_dict({"options": f"{options} -cdefault_transaction_read_only=on"})
        copy = SqlStore(copy_url.render_as_string(hide_password=False), audit_url=audit)
        copy.ready()
        read_only = ReadOnly(lambda: None, copy.try_writing, lambda: START)
        read_only.look()
        assert read_only.now() == Halt(START)
        client = reader(toy_hub(store=copy), tmp_path)  # type: ignore[arg-type]
        with client:
            until_said(client, person)
            assert send(client, "one").json()["issue"][0]["details"]["coding"][0]["code"] == "STORE-007"
        assert whole.audit.about(person, 10)
        read_only = ReadOnly(lambda: None, whole.try_writing, lambda: START)
        read_only.look()
        assert read_only.now() is None
        alone = SqlStore(copy_url.render_as_string(hide_password=False))
        nobody = reader(toy_hub(store=alone), tmp_path, 503, summaries_folder=tmp_path / "kept")  # type: ignore[arg-type]
        nobody.cookies.update(client.cookies)  # who signed in while it could be written down
        page = nobody.get(f"/people/{person}")
        assert (page.status_code, "Okafor" in page.text, "OKAFOR" in page.text) == (503, False, False)
        assert "keeps emergency summaries, but none has been written" in page.text
        for store in (whole, copy, alone):
            store.close()


def until_said(client: TestClient, person: str) -> None:
    """The first look is made when the server starts, by a thread of its own."""
    for _ in range(200):
        page = client.get(f"/people/{person}")
        assert (page.status_code, "OKAFOR" in page.text) == (200, True)
        if SAYS in page.text:
            return
    raise AssertionError("it never says that it is read-only")


def test_a_store_that_is_only_busy_is_not_called_read_only() -> None:
    from carehub.terms.issue_catalogue import issue

    said = [StoreBusy(issue("STORE-007")), StoreBusy(issue("STORE-001")), None]

    def try_writing() -> None:
        if error := said.pop(0):
            raise error

    read_only = ReadOnly(lambda: None, try_writing, lambda: START)
    seen = []
    for _ in range(3):
        read_only.look()
        seen.append(read_only.now())
    assert seen == [Halt(START), Halt(START), None]
