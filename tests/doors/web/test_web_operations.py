"""The pages of who runs the hub (S9): feeds, what waits, a trial first, and one message opened for a reason. No person is named on any of them."""

from __future__ import annotations

import csv
import io

import pytest

from carehub.governance.requester import Requester
from carehub.hub.feed_health import FeedHealth
from carehub.web.pages import operations
from doors.web.conftest import desk_client, token_of
from doors.web.markup import Page
from hub.scoped_feed import mend
from hub.toy_hub import NURSE, PENICILLIN, ada, submit, toy_hub

KIT = Requester("kit", "Kit Brook", "integration-engineer", "X99001", "Northvale Community", "HOPERAT")


@pytest.fixture
def hub():
    hub = toy_hub()
    submit(hub, ada(records=[PENICILLIN]), ada(patient="2", nhs="9990000026", given="Grace", bug=True))
    submit(hub, ada(patient="3", nhs="9990000034", given="Joan", bug=True))
    hub.drain()
    return hub


@pytest.fixture
def kit(hub):
    return desk_client(hub, (KIT, NURSE), KIT)


def waiting_ids(hub) -> list[str]:
    return [one.message for one in hub.waiting().page]


def test_feeds_are_told_with_what_waits_and_lead_to_it(kit) -> None:
    page = kit.get("/service")
    assert page.status_code == 200
    assert "2 not taken, 0 in part" in page.text
    assert 'href="/service/waiting?feed=toy/feed"' in page.text
    assert 'href="/service"' in kit.get("/people?x").text or kit.get("/help").text
    listed = kit.get("/service/waiting?feed=toy/feed").text
    assert "MAP-012" in listed
    assert len(Page(listed).all("input", type="checkbox")) == 2
    assert kit.get("/service/waiting?feed=no/such").status_code == 404
    assert kit.get("/service/waiting?reason=made-up").status_code == 422
    assert "Nothing waits here" in kit.get("/service/waiting?reason=MAP-001").text


def test_they_are_tried_out_before_they_are_tried_again_and_nothing_is_written_by_it(hub) -> None:
    ids = waiting_ids(hub)
    kit = desk_client(mend(hub), (KIT,), KIT)
    page = kit.get("/service/waiting").text
    token = token_of(page)
    none = kit.post("/service/trial", data={"form_token": token})
    assert (none.status_code, "Choose at least one message" in none.text) == (422, True)
    trial = kit.post("/service/trial", data={"form_token": token, f"message-{ids[0]}": "yes"})
    assert trial.status_code == 200
    assert "Try 1 message again" in trial.text
    assert hub.waiting_entry(ids[0]).outcome.attempts == 1
    hidden = {one.attributes["name"]: one.attributes.get("value", "") for one in Page(trial.text).all("input", type="hidden")}
    done = kit.post("/service/replay", data=hidden)
    assert (done.status_code, done.headers["location"]) == (303, "/service/waiting?done=all-taken")
    assert waiting_ids(hub) == ids[1:]
    assert hub.waiting_entry(ids[0]).state == "closed"


def test_a_message_is_opened_only_for_a_reason_as_a_file_that_no_browser_runs(hub, kit) -> None:
    [id, _] = waiting_ids(hub)
    page = kit.get(f"/service/messages/{id}")
    assert "MAP-012" in page.text
    token = token_of(page.text)
    assert kit.post(f"/service/messages/{id}", data={"form_token": token}).status_code == 422
    assert kit.post(f"/service/messages/{id}", data={"why": "find"}).status_code == 403
    given = kit.post(f"/service/messages/{id}", data={"form_token": token, "why": "find"})
    assert (given.content, given.headers["x-content-type-options"]) == (hub.message_body(id), "nosniff")
    assert given.headers["content-disposition"].startswith("attachment")
    assert kit.get("/service/messages/unknown").status_code == 404


def test_nobody_is_named_and_nobody_else_may_look(hub, kit) -> None:
    [id, _] = waiting_ids(hub)
    addresses = ("/service", "/service/waiting", f"/service/messages/{id}", "/service/feeds.csv")
    for address in addresses:
        told = kit.get(address).text
        assert [word for word in ("Grace", "Joan", "9990000026", "999 000 0026", "Byron") if word in told] == [], address
    nurse = desk_client(hub, (KIT, NURSE), NURSE)
    assert {nurse.get(address).status_code for address in addresses} == {403}
    assert 'href="/service"' not in nurse.get("/help").text


def test_the_counts_are_a_table_that_no_spreadsheet_takes_for_formulas(kit) -> None:
    answer = kit.get("/service/feeds.csv")
    rows = list(csv.DictReader(io.StringIO(answer.text)))
    assert answer.headers["content-type"].startswith("text/csv")
    assert {row["feed"]: (row["messages"], row["rejected"]) for row in rows if row["rejected"] != "0"} == {"toy/feed": ("2", "2")}
    line = FeedHealth("a/b", "=1+1", "@x", "late", "-2", "", "", "P1D", -3, 0, None, 0, None, False, 0, 0, 0, 0, 0.0, 0, 0)
    [told] = csv.DictReader(io.StringIO(operations._table([line])))
    assert (told["source"], told["title"], told["sentence"], told["late_by"]) == ("'=1+1", "'@x", "'-2", "'-3")
