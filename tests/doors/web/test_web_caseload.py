"""The caseload's page: every person with reasons, source and date, no patient banner, a filter that says what it hides, and look-alikes told apart."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime
from functools import partial

import pytest

from carehub.governance.requester import Requester
from carehub.hub.hub import Hub
from doors.web.conftest import desk_client
from doors.web.markup import Page
from hub.caseload_hub import FRAIL, GP, ONE, TWO, of_gp, of_hospital
from hub.toy_hub import submit, toy_hub

LINK_WORKER = replace(GP, user="tom", name="Tom Hart", role="link-worker")
NOBODYS = replace(GP, user="zoe", name="Zoe Brand", organisation="elsewhere", organisation_name="Harbour Befrienders")
NIA = Requester("nia", "Nia Rees", "identity-steward", "gp", "Elmfield Surgery", "PATADMIN")


def many(hub: Hub, count: int) -> None:
    for n in range(count):
        who = {"patient": f"p{n}", "nhs": "", "given": f"Zoe{n:02d}", "family": f"Brand{n:02d}", "born": "1931-02-03"}
        submit(hub, of_gp({**FRAIL, "onsetDateTime": "2025-01-01"}, **who))


@pytest.fixture(scope="module")
def hub() -> Hub:
    made = toy_hub()
    submit(made, of_gp(FRAIL), of_hospital(ONE, TWO))
    submit(made, of_gp(FRAIL, patient="2", nhs="9990000026", given="Adah", born="1950-01-01"))
    many(made, 60)
    made.drain()
    made.clock.now = datetime(2026, 11, 22, 9, tzinfo=UTC)
    return made


@pytest.fixture
def as_persona(hub: Hub):
    return partial(desk_client, hub, (GP, LINK_WORKER, NOBODYS, NIA))


def rows(html: str) -> list[str]:
    return [" ".join(row.text.split()) for row in Page(html).all("tr", role="row")][1:]


def said(html: str) -> str:
    return " ".join(Page(html).text.split())


def test_ui_39_every_row_has_a_reason_with_source_and_date_and_the_newest_evidence_is_first(as_persona) -> None:
    html = as_persona(GP).get("/caseload").text
    found = rows(html)
    assert len(found) == 50
    assert "OKAFOR, Ada" in found[0]
    assert "2 unplanned admissions in the last 365 days: 03-Oct-2026, 03-Feb-2026 (acute)" in found[0]
    assert "Severe frailty coded 12-Mar-2026 (gp)" in found[0]
    assert "OKAFOR, Adah" in found[1]
    assert all("(gp)" in row for row in found)
    assert "score" not in " ".join(found).casefold()


def test_ui_02_no_patient_banner_stands_on_a_page_of_several_people(as_persona) -> None:
    assert not Page(as_persona(GP).get("/caseload").text).all("section", aria_label="Patient identity")


def test_ui_37_the_filter_says_what_it_hides_and_leads_out_and_pages_keep_it(as_persona) -> None:
    client = as_persona(GP)
    assert "All 62 people, no filter, page 1 of 2." in said(client.get("/caseload").text)
    assert len(rows(client.get("/caseload?page=2").text)) == 12
    html = client.get("/caseload?reason=unplanned_admissions").text
    assert "1 of 62 people shown, 61 hidden by the filter: Unplanned admissions." in said(html)
    assert len(rows(html)) == 1
    assert "/caseload#result" in [a.attributes["href"] for a in Page(html).all("a")]
    none = client.get("/caseload?reason=care_package_changed").text
    assert "0 of 62 people shown, 62 hidden by the filter: Care package changed." in said(none)
    older = [a.attributes["href"] for a in Page(client.get("/caseload?reason=severe_frailty").text).all("a")]
    assert "/caseload?reason=severe_frailty&page=2#result" in older


@pytest.mark.parametrize("query", ["reason=score", "reason=%00", "reason=severe_frailty%27"])
def test_a_reason_that_there_is_none_of_is_refused(as_persona, query: str) -> None:
    assert as_persona(GP).get(f"/caseload?{query}").status_code == 422


@pytest.mark.parametrize("page", ["0", "-1", "99999", "x", "٣", ""])
def test_any_page_is_one_that_there_is(as_persona, page: str) -> None:
    assert as_persona(GP).get("/caseload", params={"page": page}).status_code == 200


def test_hazard_look_alikes_are_told_apart_before_a_record_is_opened(as_persona) -> None:
    first = rows(as_persona(GP).get("/caseload").text)[0]
    assert "Another person in this list has a similar name" in first


def test_what_is_not_counted_for_a_role_is_said_and_nothing_of_it_is_told(as_persona) -> None:
    html = as_persona(LINK_WORKER).get("/caseload").text
    assert len(rows(html)) == 1
    assert "Severe frailty coded" not in html
    assert "Your role (Link worker) is not shown Conditions and Results" in said(html)


def test_an_empty_list_does_not_say_that_nobody_needs_to_be_looked_at(as_persona) -> None:
    html = as_persona(NOBODYS).get("/caseload").text
    assert rows(html) == []
    assert "it does not say that nobody needs to be looked at" in said(html)


def test_who_may_not_read_the_list_is_refused_and_not_led_to_it(as_persona) -> None:
    client = as_persona(NIA)
    assert client.get("/caseload").status_code == 403
    assert "/caseload" not in [a.attributes["href"] for a in Page(client.get("/people").text).all("a")]
    assert "/caseload" in [a.attributes["href"] for a in Page(as_persona(GP).get("/people").text).all("a")]
