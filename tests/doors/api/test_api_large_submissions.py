"""Large submissions over HTTP: stored as they come, told of a page at a time."""

from __future__ import annotations

import io
import json
from collections.abc import Iterator
from dataclasses import replace
from typing import BinaryIO

import pytest
from starlette.testclient import TestClient

from carehub.api.app import create_api
from carehub.api.requester import Credentials, SourceCredential
from carehub.feeds.adapter import Adapter
from carehub.feeds.formats.tables import read_row, split_table
from carehub.feeds.mapped import Mapped
from carehub.feeds.message import Message
from carehub.terms.errors import Unreadable
from carehub.terms.issue_catalogue import issue
from doors.api.conftest import digest
from hub.toy_hub import ada, map_message, toy_adapter, toy_hub

LARGEST = 200_000


def map_row(message: Message) -> Mapped:
    if message.body.startswith(b"{"):
        return map_message(message)
    row = read_row(message.body)
    if row.text("born") == "unknown":
        raise Unreadable(issue("MAP-004", at="column 2"))
    return map_message(replace(message, body=json.dumps(ada("council", row.text("id"), nhs="", born=row.text("born"))).encode()))


def split_stream(stream: BinaryIO) -> Iterator[bytes]:
    start = stream.read(1)
    stream.seek(0)
    yield from [stream.read()] if start == b"{" else split_table(stream, required=("id",))


def two_feeds() -> Adapter:
    toy = toy_adapter()
    [feed] = toy.manifest.feeds
    feeds = (feed.model_copy(update={"name": "table", "content_type": "text/csv"}), feed)
    manifest = toy.manifest.model_copy(update={"feeds": feeds})
    return replace(
        toy, manifest=manifest, map_message=map_row, split=lambda body: split_stream(io.BytesIO(body)), split_stream=split_stream
    )


@pytest.fixture
def hub(monkeypatch):
    monkeypatch.setattr("carehub.api.intake.WHOLE", 10_000)
    monkeypatch.setattr("carehub.api.intake._HANDED_ON", 5_000)
    return toy_hub(two_feeds())


@pytest.fixture
def sender(hub):
    feeds = frozenset({"toy/table", "toy/feed"})
    credentials = Credentials(
        {digest("both"): SourceCredential("src", feeds), digest("one"): SourceCredential("one", frozenset({"toy/feed"}))}, {}
    )
    app = create_api(hub, credentials, max_body_bytes=20_000, max_streamed_bytes=LARGEST)
    with TestClient(app, raise_server_exceptions=False, headers={"Authorization": "Bearer both"}) as client:
        yield client


def table(rows: int, bad: tuple[int, ...] = ()) -> bytes:
    return b"id,born\n" + b"".join(b"%d,%s\n" % (n, b"unknown" if n in bad else b"1950-01-01") for n in range(1, rows + 1))


def chunked(body: bytes) -> Iterator[bytes]:
    yield from (body[at : at + 999] for at in range(0, len(body), 999))


def number(response) -> str:
    return response.json()["issue"][0]["details"]["coding"][0]["code"]


def test_one_bad_row_in_a_hundred_loses_one_row_and_names_it(sender, hub):
    receipt = sender.post("/feeds/toy/submissions", content=table(100, bad=(57,))).json()
    assert (receipt["feed"], receipt["message_count"]) == ("toy/table", 100)
    hub.drain()
    told = sender.get(receipt["status"]).json()
    assert told["counts"] == {"waiting": 0, "accepted": 99, "partly_quarantined": 0, "rejected": 1}
    assert told["reasons"] == {"MAP-004": 1}
    assert not {"next", "reasons_counted_in"} & set(told)
    [bad] = [line for line in told["messages"] if line["verdict"] != "accepted"]
    assert (bad["number"], bad["outcome"]["issue"][0]["details"]["coding"][0]["code"]) == (57, "MAP-004")
    assert "column 2" in json.dumps(bad)
    assert sender.get(receipt["status"], params={"verdict": "rejected"}).json()["messages"] == [bad]
    assert len(hub.store.links.persons()) == 99


@pytest.mark.parametrize("send", [bytes, chunked], ids=["with its length", "in chunks"])
def test_a_table_larger_than_memory_allows_is_stored_as_it_comes(sender, hub, send):
    body = table(10_000)
    assert 20_000 < len(body) < LARGEST
    answer = sender.post("/feeds/toy/table/submissions", content=send(body), headers={"Idempotency-Key": "k"})
    assert answer.status_code == 202
    receipt = answer.json()
    assert hub.log.submission_body(receipt["submission"]) == body
    assert (receipt["message_count"], len(receipt["messages"])) == (10_000, 1000)
    assert sender.post("/feeds/toy/table/submissions", content=send(body), headers={"Idempotency-Key": "k"}).json() == receipt
    other = sender.post("/feeds/toy/table/submissions", content=send(table(9_000)), headers={"Idempotency-Key": "k"})
    assert (other.status_code, number(other)) == (409, "FEED-003")
    assert hub.log.last_position() == 10_000
    assert hub.store.streams.discard_before("9") == 0


@pytest.mark.parametrize("send", [bytes, chunked], ids=["with its length", "in chunks"])
def test_what_is_too_large_is_refused_and_leaves_nothing(sender, hub, send):
    over = sender.post("/feeds/toy/table/submissions", content=send(table(20_000)))
    assert (over.status_code, number(over)) == (413, "API-006")
    document = sender.post("/feeds/toy/feed/submissions", content=send(b"{" + b" " * 30_000))
    assert (document.status_code, number(document)) == (413, "API-006")
    assert hub.log.last_position() == 0
    assert hub.store.streams.discard_before("9") == 0


def test_results_are_paged(sender, hub):
    receipt = sender.post("/feeds/toy/table/submissions", content=table(250, bad=(1, 120, 250))).json()
    first = sender.get(receipt["status"], params={"limit": 100}).json()
    assert first["counts"]["waiting"] == 250
    hub.drain()
    numbers, where = [], receipt["status"] + "?limit=100"
    pages = 0
    while where:
        page = sender.get(where).json()
        numbers += [line["number"] for line in page["messages"]]
        assert page["counts"] == {"waiting": 0, "accepted": 247, "partly_quarantined": 0, "rejected": 3}
        where, pages = page.get("next"), pages + 1
    assert (numbers, pages) == (list(range(1, 251)), 3)
    bad = sender.get(receipt["status"], params={"verdict": "rejected", "limit": 2}).json()
    assert [line["number"] for line in bad["messages"]] == [1, 120]
    assert [line["number"] for line in sender.get(bad["next"]).json()["messages"]] == [250]
    assert "next" not in sender.get(bad["next"]).json()


def test_reasons_of_very_many_rows_say_how_many_were_looked_at(sender, hub, monkeypatch):
    monkeypatch.setattr("carehub.hub.follow_submission._MOST_COUNTED", 5)
    receipt = sender.post("/feeds/toy/table/submissions", content=table(20, bad=tuple(range(1, 9)))).json()
    hub.drain()
    told = sender.get(receipt["status"]).json()
    assert (told["counts"]["rejected"], told["reasons"], told["reasons_counted_in"]) == (8, {"MAP-004": 5}, 5)


@pytest.mark.parametrize("query", [{"after": -1}, {"limit": 0}, {"limit": 1001}, {"verdict": "lost"}])
def test_a_page_that_cannot_be_is_refused(sender, query):
    receipt = sender.post("/feeds/toy/table/submissions", content=table(1)).json()
    assert number(sender.get(receipt["status"], params=query)) == "API-005"


def test_with_only_an_adapter_named_the_body_says_which_feed(sender, hub):
    assert sender.post("/feeds/toy/submissions", content=table(1)).json()["feed"] == "toy/table"
    told = sender.post("/feeds/toy/submissions", content=json.dumps(ada()).encode()).json()
    assert told["feed"] == "toy/feed"
    assert sender.get(f"/feeds/toy/submissions/{told['submission']}").status_code == 200
    assert number(sender.get(f"/feeds/toy/table/submissions/{told['submission']}")) == "API-003"


def test_a_feed_that_is_not_the_senders_is_refused_whichever_way_it_is_named(sender, hub):
    mine = {"Authorization": "Bearer one"}
    assert sender.post("/feeds/toy/submissions", content=json.dumps(ada()).encode(), headers=mine).status_code == 202
    for path, body in (
        ("/feeds/toy/submissions", table(1)),
        ("/feeds/toy/table/submissions", table(1)),
        ("/feeds/toy/submissions", table(9_000)),
    ):
        refused = sender.post(path, content=body, headers=mine)
        assert (refused.status_code, number(refused)) == (403, "API-002")
    others = sender.post("/feeds/toy/submissions", content=table(2)).json()
    assert sender.get(f"/feeds/toy/submissions/{others['submission']}", headers=mine).status_code == 403
    assert hub.log.last_position() == 3
