"""Operations over HTTP: only for whoever runs the hub, always written down, never a value of a record."""

from __future__ import annotations

import re
from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import pytest
import yaml
from prometheus_client.parser import text_string_to_metric_families
from starlette.testclient import TestClient

from carehub.api.app import create_api
from carehub.api.requester import Credentials
from carehub.governance.requester import Requester
from carehub.hub.hub import Hub
from doors.api.conftest import digest
from hub.scoped_feed import mend
from hub.toy_hub import NURSE, ada, submit

ALARMS = Path(__file__).resolve().parents[3] / "docs" / "alarms.yml"
ENGINEER = Requester("ed", "Ed Integrator", "integration-engineer", "X99002", "Northvale ICB", "HOPERAT")


def client_of(hub: Hub, who: Requester = ENGINEER) -> TestClient:
    made = TestClient(create_api(hub, Credentials({}, {digest("ed"): who}), max_body_bytes=10_000), raise_server_exceptions=False)
    made.headers["Authorization"] = "Bearer ed"
    return made


@pytest.fixture
def engineer(hub: Hub) -> TestClient:
    return client_of(hub)


@pytest.fixture
def waiting(hub: Hub) -> list[str]:
    """Two messages that wait: one rejected, one with a part that cannot be used."""
    bad = {"type": "AllergyIntolerance", "id": "bad", "clinicalStatus": "not a concept"}
    ids = submit(hub, ada("gp", "7", bug=True), ada("gp", "8", nhs="", family="Zimmer", records=[bad]))
    hub.drain()
    return ids


def events(hub: Hub, person: str = "") -> list[str]:
    return [row.event.decode() for row in hub.store.audit.about(person, 99)]


def test_what_waits_is_counted_by_feed_and_reason_and_listed_in_order(engineer: TestClient, waiting: list[str]) -> None:
    told = engineer.get("/operations/quarantine").json()
    assert [(c["feed"], c["reason"], c["messages"]) for c in told["counts"]] == [("toy/feed", "GATE-010", 1), ("toy/feed", "MAP-012", 1)]
    assert [(m["message"], m["verdict"], m["attempts"]) for m in told["messages"]] == [
        (waiting[0], "rejected", 1),
        (waiting[1], "partly_quarantined", 1),
    ]
    first = engineer.get("/operations/quarantine?count=1&feed=toy").json()
    assert [m["message"] for m in first["messages"]] == waiting[:1]
    rest = engineer.get(f"/operations/quarantine?after={first['after']}").json()
    assert ([m["message"] for m in rest["messages"]], "after" in rest) == (waiting[1:], False)
    assert [m["message"] for m in engineer.get("/operations/quarantine?reason=GATE-010").json()["messages"]] == waiting[1:]


def test_one_entry_tells_reasons_and_places_and_no_value(engineer: TestClient, waiting: list[str]) -> None:
    answer = engineer.get(f"/operations/quarantine/{waiting[1]}")
    assert answer.json()["state"] == "open"
    assert answer.json()["outcome"]["issue"][0]["details"]["coding"][0]["code"] == "GATE-010"
    assert "Zimmer" not in answer.text
    assert engineer.get("/operations/quarantine/unknown").status_code == 404


def test_bytes_are_given_by_name_for_a_reason_and_written_down(hub: Hub, engineer: TestClient, waiting: list[str]) -> None:
    for why in ("", "&why=", "&why=curious"):
        refused = engineer.get(f"/operations/quarantine/{waiting[1]}?raw=true{why}")
        assert (refused.status_code, b"Zimmer" in refused.content) == (400, False)
    body = engineer.get(f"/operations/quarantine/{waiting[1]}?raw=true&why=answer")
    assert b"Zimmer" in body.content
    assert body.headers["content-type"] == "application/octet-stream"
    patient = hub.store.records.outcomes([waiting[1]])[waiting[1]].patient
    person = hub.store.links.person_of([patient])[patient]
    assert any(f"bytes of message {waiting[1]}: To answer the organisation that sent it" in event for event in events(hub, person))


def test_a_trial_tells_what_a_replay_would_do_and_writes_nothing(hub: Hub, waiting: list[str]) -> None:
    engineer = client_of(mend(hub))
    told = engineer.post("/operations/quarantine/trial", json={"messages": waiting}).json()
    assert (told["messages"], told["usable"], told["still"]) == (2, 1, {"GATE-010": 1})
    assert {hub.waiting_entry(message).outcome.attempts for message in waiting} == {1}
    for body, status in (({}, 400), ({"messages": []}, 400), ({"messages": ["x"] * 201}, 400), ({"messages": ["unknown"]}, 404)):
        assert engineer.post("/operations/quarantine/trial", json=body).status_code == status


def test_replay_after_a_fix_closes_the_entry_with_its_result(hub: Hub, waiting: list[str]) -> None:
    engineer = client_of(mend(hub))
    done = engineer.post("/operations/quarantine/replay", json={"reason": "MAP-012"})
    assert done.json() == {"tried": 1, "closed": [waiting[0]], "adapter_failures": [], "more": False}
    entry = engineer.get(f"/operations/quarantine/{waiting[0]}").json()
    assert (entry["state"], entry["attempts"], entry["first_reasons"], entry["closed"]["by"]) == ("closed", 2, ["MAP-012"], "ed")
    [result] = entry["closed"]["result"]
    assert client_of(mend(hub), NURSE).get(result).status_code == 200
    again = engineer.post("/operations/quarantine/replay", json={"messages": [waiting[0]]}).json()
    assert (again["tried"], again["closed"]) == (1, [])


@pytest.mark.parametrize("body", ["[]", "{", "{}", '{"messages": 1}', '{"messages": [1]}', '{"feed": "toy", "limit": 0}', '{"other": 1}'])
def test_a_replay_that_is_not_well_formed_is_refused(engineer: TestClient, body: str) -> None:
    assert engineer.post("/operations/quarantine/replay", content=body).status_code == 400


def test_an_unknown_message_replays_nothing(engineer: TestClient, waiting: list[str]) -> None:
    assert engineer.post("/operations/quarantine/replay", json={"messages": [waiting[0], "unknown"]}).status_code == 404


@pytest.mark.parametrize(
    "path",
    ["/operations/quarantine", "/operations/quarantine/x", "/operations/quarantine/x?raw=true&why=find", "/operations/feeds", "/metrics"],
)
@pytest.mark.parametrize("who", [NURSE, replace(ENGINEER, purpose="TREAT")])
def test_nobody_else_may_look_and_the_refusal_is_written_down(hub: Hub, path: str, who: Requester) -> None:
    before = len(events(hub))
    assert client_of(hub, who).get(path).status_code == 403
    assert len(events(hub)) == before + 1


def test_a_replay_needs_a_credential_not_a_browser(hub: Hub) -> None:
    browser = TestClient(
        create_api(hub, Credentials({}, {}, lambda request: ENGINEER), max_body_bytes=10_000), raise_server_exceptions=False
    )
    assert browser.get("/operations/feeds").status_code == 200
    assert browser.post("/operations/quarantine/replay", json={"reason": "MAP-012"}).status_code == 401


def test_how_each_feed_stands(engineer: TestClient, waiting: list[str]) -> None:
    lines = engineer.get("/operations/feeds").json()["feeds"]
    assert [(line["source"], line["messages"], line["rejected"]) for line in lines] == [("", 1, 1), ("acute", 1, 0), ("gp", 2, 0)]
    assert {line["state"] for line in lines} == {"current"}
    assert engineer.get("/operations/feeds").headers["cache-control"] == "no-store"


def measured(client: TestClient) -> dict[tuple[str, ...], float]:
    """Every sample of /metrics by its name and the values of its labels."""
    told = client.get("/metrics")
    assert told.headers["content-type"].startswith("text/plain")
    families = text_string_to_metric_families(told.text)
    return {(sample.name, *sample.labels.values()): sample.value for family in families for sample in family.samples}


def test_metrics_tell_what_waits_for_how_long_and_how_each_feed_stands(hub: Hub, engineer: TestClient, waiting: list[str]) -> None:
    told = measured(engineer)
    assert told["carehub_messages_received_total",] == 4
    assert [told["carehub_waiting", step] for step in ("map", "identity", "assemble")] == [0, 0, 0]
    assert told["carehub_oldest_waiting_seconds",] == 0
    assert (told["carehub_feed_state", "toy/feed", "gp", "current"], told["carehub_feed_state", "toy/feed", "gp", "failing"]) == (1, 0)
    verdicts = ("accepted", "partly_quarantined", "rejected")
    assert [told["carehub_feed_messages_total", "toy/feed", "gp", verdict] for verdict in verdicts] == [1, 1, 0]
    assert told["carehub_feed_messages_total", "toy/feed", "", "rejected"] == 1
    assert told["carehub_read_only",] == 0
    assert told["process_resident_memory_bytes",] > 0
    submit(hub, ada("gp", "9"))
    before = hub.clock
    hub.clock = lambda: before() + timedelta(hours=2)
    told = measured(engineer)
    assert [told["carehub_waiting", step] for step in ("map", "identity", "assemble")] == [1, 1, 0]
    assert told["carehub_oldest_waiting_seconds",] >= 7200
    assert told["carehub_feed_oldest_dead_letter_seconds", "toy/feed"] >= 7200
    assert told["carehub_feed_last_message_timestamp_seconds", "toy/feed", "gp"] > 0
    hub.map([message.id for message in hub.log.heads(4, 9)])
    hub.reconcile()
    assert [measured(engineer)["carehub_waiting", step] for step in ("map", "identity", "assemble")] == [0, 0, 1]
    assert "Zimmer" not in engineer.get("/metrics").text


def test_metrics_speak_openmetrics_to_who_asks_for_it_and_every_alarm_names_a_metric_that_is_there(
    engineer: TestClient, waiting: list[str]
) -> None:
    told = engineer.get("/metrics", headers={"accept": "application/openmetrics-text"})
    assert told.headers["content-type"].startswith("application/openmetrics-text")
    assert told.text.endswith("# EOF\n")
    names = {name for name, *_ in measured(engineer)}
    [group] = yaml.safe_load(ALARMS.read_text())["groups"]
    for rule in group["rules"]:
        asked = set(re.findall(r"\bcarehub_\w+", rule["expr"]))
        assert asked <= names, rule["alert"]
        assert set(rule["annotations"]) == {"summary", "what_to_do"}
