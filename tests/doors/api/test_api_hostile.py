"""S-04, S-05, S-06, S-07, S-09, S-10: the published hostile lists at the doors where each means something. None is accepted, none is a server error."""

from __future__ import annotations

import gzip
import json
from collections import Counter
from pathlib import Path
from urllib.parse import quote

import pytest

from carehub.api.app import create_api
from carehub.api.requester import Credentials, SourceCredential
from carehub.feeds.message import Submission
from carehub.store.memory import MemoryStore
from carehub.wiring.bootstrap import build_hub
from carehub.wiring.settings import Settings
from carehub.wiring.subscribers import rest_hook
from doors.api.asking import about, request_of
from doors.api.conftest import RESULT, digest
from doors.api.direct import Direct
from hub.toy_hub import NURSE, PENICILLIN, ada, submit, toy_hub

LISTS = Path(__file__).resolve().parents[4] / "shared" / "data" / "adversarial"
pytestmark = [pytest.mark.real_feeds, pytest.mark.skipif(not LISTS.is_dir(), reason="the adversarial lists are not beside the project")]
SECRET = ("root:x:0", "[extensions]", "Creatinine", "penicillin")
"""Words of files that the lists reach for, and of the record, which no answer to them may hold."""


@pytest.fixture(scope="module")
def hub():
    made = toy_hub()
    submit(made, ada(records=[PENICILLIN, RESULT]))
    made.drain()
    return made


@pytest.fixture(scope="module")
def api(hub):
    settings = Settings(env="demo", subscription_hosts="hook.example", database_url="", redis_url="")
    sources = {digest("source"): SourceCredential("src", frozenset({"toy/feed"}))}
    app = create_api(
        hub, Credentials(sources, {digest("nurse"): NURSE}), max_body_bytes=200_000, may_call=rest_hook(settings, hub).may_call
    )
    made = Direct(app)
    yield made
    made.close()


@pytest.fixture(scope="module")
def whom(hub):
    return about(hub, hub.store.links.find(nhs_number="9990000018")[0], "9990000018")


def payloads(*kinds: str) -> list[str]:
    told = json.loads((LISTS / "injection" / "payloads.json").read_text(encoding="utf-8"))
    return [one["payload"] for one in told if not kinds or one["kind"] in kinds]


def nurse(api: Direct, method: str, path: str, **more):
    return api.request(method, path, **{**more, "headers": {"Authorization": "Bearer nurse", **more.get("headers", {})}})


def told(answers: list) -> dict[int, int]:
    """Statuses. Fails for a server error, for an answer with a word that it must not hold, and for one that sets a header of the payload's."""
    for where, answer in answers:
        assert answer.status_code < 500, where
        assert [word for word in SECRET if word in answer.text] == [], where
        assert {name.lower() for name, _ in answer.headers}.isdisjoint({b"set-cookie", b"location", b"crlf"}), where
    return dict(Counter(answer.status_code for _, answer in answers))


def test_each_injection_in_values_addresses_headers_and_names_finds_nothing(api, whom) -> None:
    searches, refused = [], []
    for text in payloads():
        for query in ({"family": text, "birthdate": "1944-05-01"}, {"identifier": text}, {"_id": text}):
            searches.append((text, nurse(api, "GET", "/fhir/R4/Patient", params=query)))
        for query in (
            {"code": text},
            {"code:text": text},
            {"_sort": text},
            {"_include": text},
            {"_cursor": text},
            {text: "x"},
            {"date": text},
        ):
            asked = {"patient": whom.person, "status": "entered-in-error", **query}
            searches.append((text, nurse(api, "GET", "/fhir/R4/Observation", params=asked)))
        searches.append((text, nurse(api, "POST", "/fhir/R4/Flag/_search", data={"patient": text})))
        refused.append((text, nurse(api, "GET", f"/fhir/R4/Patient/{whom.person}", headers={"X-Purpose-Of-Use": text})))
        for path in (
            f"/fhir/R4/Flag/{quote(text, safe='')}",
            f"/fhir/R4/Patient/{quote(text, safe='')}/$everything",
            f"/fhir/R4/{quote(text, safe='')}/1",
        ):
            refused.append((text, nurse(api, "GET", path)))
        refused.append(
            (text, api.request("POST", f"/feeds/{quote(text, safe='')}/submissions", headers={"Authorization": "Bearer source"}))
        )
        refused.append((text, nurse(api, "GET", "/fhir/R4/Flag", headers={"If-None-Match": text, "X-Request-ID": text})))
    statuses = told(searches)
    assert statuses.keys() <= {200, 400, 403}
    assert [text for text, answer in searches if answer.status_code == 200 and answer.json()["total"]] == []
    assert told(refused).keys() <= {400, 403, 404, 405, 406}
    print(f"injection: {len(payloads())} items, {len(searches) + len(refused)} requests")


def test_no_address_of_the_lists_is_called_or_taken_as_whose_an_action_is(api, whom, hub) -> None:
    _, _, subscription = request_of("POST /fhir/R4/Subscription", whom)
    _, _, task = request_of("POST /fhir/R4/Task", whom)
    length, answers = len(hub.log.heads(0, 500)), []
    for text in payloads("ssrf", "redirect", "crlf", "path"):
        asked = subscription["json"]
        answers.append(
            (text, nurse(api, "POST", "/fhir/R4/Subscription", json={**asked, "channel": {**asked["channel"], "endpoint": text}}))
        )
        answers.append((text, nurse(api, "POST", "/fhir/R4/Task", json={**task["json"], "for": {"reference": text}})))
        reason = {"reasonReference": {"reference": text}}
        answers.append((text, nurse(api, "POST", "/fhir/R4/Task", json={**task["json"], **reason})))
    assert told(answers).keys() <= {400, 404, 422}
    assert len(hub.log.heads(0, 500)) == length
    print(f"ssrf, redirect, crlf, path: {len(answers)} requests")


def test_each_json_text_that_is_none_is_refused_by_every_door_that_reads_json(api, whom) -> None:
    doors = ("POST /fhir/R4/{type}/$validate", "POST /fhir/R4/Task", "POST /fhir/R4/Patient/{id}/$about-me", "POST /fhir/R4/Patient/$match")
    doors += (
        "POST /fhir/R4/Subscription",
        "POST /identity/reports",
        "POST /fhir/R4/Patient/{id}/$emergency-access",
        "POST /governance/simulate",
    )
    files = sorted((LISTS / "json-parsing").rglob("*.json"))
    answers = []
    for path in files:
        for route in doors:
            method, address, _ = request_of(route, whom)
            answers.append(
                (
                    f"{path.name} {route}",
                    nurse(api, method, address, content=path.read_bytes(), headers={"Content-Type": "application/json"}),
                )
            )
    assert told(answers).keys() <= {400, 413, 422}
    print(f"json: {len(files)} items, {len(answers)} requests")


def test_nothing_compressed_is_taken_for_what_it_holds(api, whom) -> None:
    bomb, good = gzip.compress(bytes(20_000_000)), gzip.compress(b'{"resourceType": "Flag", "status": "active"}')
    answers = []
    for body in (bomb, good, b"PK\x03\x04" + bomb):
        for encoding in ("gzip", "deflate", "br", "identity"):
            for route in (
                "POST /fhir/R4/{type}/$validate",
                "POST /fhir/R4/Task",
                "POST /fhir/R4/Patient/_search",
                "POST /identity/reports",
            ):
                method, address, _ = request_of(route, whom)
                answers.append((f"{encoding} {route}", nurse(api, method, address, content=body, headers={"Content-Encoding": encoding})))
    assert told(answers).keys() <= {400, 413, 422}


def test_each_xml_with_a_document_type_waits_in_quarantine_and_tells_nothing(tmp_path) -> None:
    """At every feed of the adapters that ship: no record comes of it, and the reason that is kept quotes nothing."""
    hub = build_hub(Settings(env="demo", var=tmp_path, database_url="", redis_url=""), store=MemoryStore())
    found = json.loads((LISTS / "xxe" / "payloads.json").read_text(encoding="utf-8"))
    feeds = [
        feed for feed in hub.catalogue.feeds() if feed.partition("/")[0] in ("gp", "acute", "community", "local_authority", "voluntary")
    ]
    at = "2026-11-01T10:00:00.000Z"
    taken = hub.receive([Submission(feed, one["xml"].encode(), at, "test", f"{feed} {n}") for feed in feeds for n, one in enumerate(found)])
    report = hub.drain()
    messages = [message for receipt in taken for message in receipt.messages]
    outcomes = hub.store.records.outcomes(messages)
    assert report.bugs == ()
    assert {outcomes[message].verdict for message in messages} <= {"rejected", "quarantined", "unreadable", "parked"}
    assert list(hub.store.links.persons()) == []
    assert "root:" not in repr(outcomes)
    print(f"xxe: {len(found)} items at {len(feeds)} feeds, {len(messages)} messages")
