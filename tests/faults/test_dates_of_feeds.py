"""R-11: hospital feeds whose times are wrong or told oddly. States go by the source's own time, whatever came first, and what is dated ahead is flagged."""

from __future__ import annotations

import json
from itertools import permutations

import pytest

from carehub.careplan.cautions import AHEAD
from carehub.feeds.message import Submission
from carehub.governance.requester import Requester
from carehub.hub.hub import Hub
from carehub.store.memory import MemoryStore
from faults.stream import FEED, account, hub_over, nhs_number

RECEIVED = "2026-11-24T12:30:00.000Z"
READER = Requester(user="a", name="A", role="gp", organisation="X99002", organisation_name="Elmfield Surgery", purpose="TREAT")
STOOD, NEW = "07700 900101", "07700 900202"
NOON = "20261124120000"


def message(key: str, made: str, event: str, phone: str, allergy: str = "") -> bytes:
    lines = [
        f"MSH|^~\\&|NORTHPAS|X9A01|CAREHUB|NBK|{made}||ADT^A31|{key}|P|2.4",
        f"EVN|A31|{event}",
        f"PID|1||H70000^^^X9A01^MR~{nhs_number(0)}^01^^NHS^NH||Okafor^Ada^^^^^L||19410309|2|||1 Heron Row^^Northbeck^^NB1 4ZZ||{phone}^PRN",
        *([f"AL1|1|DA|91936005^{allergy}^SCT|MO|Rash"] if allergy else []),
    ]
    return "\r".join([*lines, ""]).encode()


def hub_told(bodies: tuple[bytes, ...]) -> Hub:
    hub = hub_over(MemoryStore())
    for place, body in enumerate(bodies):
        hub.receive([Submission(FEED, body, RECEIVED, "test", f"k{place}")])
    hub.drain()
    return hub


def phone(hub: Hub) -> str:
    [person] = hub.store.links.persons()
    [link] = hub.store.links.links_of(person)
    record = hub.store.records.record("Patient", link.patient)
    assert record is not None
    return str(json.loads(record.body)["telecom"][0]["value"])


def flagged(hub: Hub) -> int:
    ids = [head.id for head in hub.log.heads(0, 100)]
    return sum(any(found.number == "MAP-027" for found in one.issues) for one in hub.store.records.outcomes(ids).values())


@pytest.mark.parametrize(
    ("stood", "made", "event", "newer", "ahead"),
    [
        pytest.param(NOON, "20261125120000", "20261125120000", True, True, id="both a day ahead"),
        pytest.param(NOON, "20261123120000", "20261123120000", False, False, id="both a day behind"),
        pytest.param(NOON, "20261125120100", "20261124120100", True, False, id="made a day ahead, the event right"),
        pytest.param(NOON, "20261123130000", "20261124120100", True, False, id="made almost a day behind, the event right"),
        pytest.param(NOON, "20261123120000", "20261124120100", False, False, id="an event over a day after it was told cannot be when"),
        pytest.param(NOON, "20261124120100", "20261125130000", True, False, id="the event a day ahead, made right"),
        pytest.param(NOON, "20261124120100", "20261123120000", False, False, id="the event a day behind"),
        pytest.param(NOON, "20261124123600", "20261124123600", True, True, id="six minutes ahead of the receipt"),
        pytest.param(NOON, "20261124123400", "20261124123400", True, False, id="four minutes ahead, as clocks may be"),
        pytest.param(NOON, "20261124173100+0530", "20261124173100+0530", True, False, id="an eastern zone, later"),
        pytest.param(NOON, "20261124172900+0530", "20261124172900+0530", False, False, id="an eastern zone, earlier"),
        pytest.param(NOON, "20261124070100-0500", "20261124070100-0500", True, False, id="a western zone, later"),
        pytest.param(NOON, "20261124065900-0500", "20261124065900-0500", False, False, id="a western zone, earlier"),
        pytest.param(NOON, "20261124173100", "20261124173100", True, True, id="an eastern clock that tells no zone"),
        pytest.param(f"{NOON}+0000", "20261124120100", "20261124120100", True, False, id="no zone in winter"),
        pytest.param("20260615120000+0100", "20260615120100", "20260615120100", True, False, id="no zone in summer, later"),
        pytest.param("20260615120000+0100", "20260615115900", "20260615115900", False, False, id="no zone in summer, earlier"),
        pytest.param("20240228235900", "20240229000100", "20240229000100", True, False, id="29 February follows the 28th"),
        pytest.param("20240301000000", "20240229235900", "20240229235900", False, False, id="29 February is before 1 March"),
        pytest.param("20230301120000", "20230302120000", "20230229120000", True, False, id="29 February of no leap year is no time"),
        pytest.param("20261025014500+0100", "20261025011500+0000", "20261025011500+0000", True, False, id="repeated hour, second time"),
        pytest.param("20261025011500+0000", "20261025014500+0100", "20261025014500+0100", False, False, id="repeated hour, first time"),
        pytest.param(
            "20261025011500+0100", "20261025014500", "20261025014500", True, False, id="repeated hour, no zone: the first is taken"
        ),
        pytest.param(
            "20261025011500+0000", "20261025014500", "20261025014500", False, False, id="repeated hour, no zone, before the second"
        ),
        pytest.param("20261025014500", "20261025020000", "20261025020000", True, False, id="after the repeated hour"),
        pytest.param("20260329005900", "20260329020000+0100", "20260329020000+0100", True, False, id="over the hour that is left out"),
    ],
)
def test_the_order_is_the_sources_whatever_came_first(stood: str, made: str, event: str, newer: bool, ahead: bool) -> None:
    before = message("1", "20230101120000", "20230101120000", "07700 900303")
    told = (before, message("2", stood, stood, STOOD), message("3", made, event, NEW))
    hubs = [hub_told(order) for order in permutations(told)]
    assert {account(hub.store) for hub in hubs} == {account(hubs[0].store)}
    assert {phone(hub) for hub in hubs} == {NEW if newer else STOOD}
    assert {flagged(hub) for hub in hubs} == {int(ahead)}


def test_who_reads_is_told_that_a_statement_is_dated_ahead() -> None:
    late = message("2", "20261125120000", "20261125120000", NEW, "Allergy to penicillin")
    hub = hub_told((message("1", NOON, NOON, STOOD), late))
    [person] = hub.store.links.persons()
    record = hub.disclosing.person_record(READER, person, "overview").value
    [entry] = record.plan.section("allergies").entries
    assert "dates this 25-Nov-2026 12:00, and it came 24-Nov-2026 12:30: a clock is wrong." in entry.fact(AHEAD)
    on_time = hub_told((message("1", NOON, NOON, STOOD, "Allergy to penicillin"),))
    [person] = on_time.store.links.persons()
    [entry] = on_time.disclosing.person_record(READER, person, "overview").value.plan.section("allergies").entries
    assert entry.fact(AHEAD) == ""
