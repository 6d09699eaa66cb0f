"""The meeting screen over a whole hub: neither how to reach somebody nor how to get in is on it, wherever a source or the team wrote it."""

from __future__ import annotations

import pytest

from carehub.careplan.joint.team_action import Wanted
from carehub.hub.team_actions import TeamActions
from doors.web.conftest import desk_client
from hub.toy_hub import NURSE, ada, submit, toy_hub

SHOWN = "Walk to the shop"


@pytest.mark.parametrize(
    "words",
    [
        "The spare key is under the pot",
        "Gate code 4471",
        "Code for the alarm is 4471",
        "Key safe 4471",
        "Mobile 07700 900123",
        "E-mail her son",
    ],
)
def test_hazard_it_is_neither_among_the_alerts_nor_the_actions(words: str) -> None:
    """S-H17, H-20, UI-86."""
    hub = toy_hub()
    flags = [{"type": "Flag", "id": f"f{n}", "status": "active", "code": {"text": text}} for n, text in enumerate((words, SHOWN))]
    submit(hub, ada(records=flags))
    hub.drain()
    person = hub.store.links.persons()[0]
    for text in (words, SHOWN):
        TeamActions(hub).enter(NURSE, person, Wanted(text, "Sam Webb", "Northvale Community", "2026-12-01"))
    client = desk_client(hub, (NURSE,), NURSE)
    page = client.get(f"/people/{person}/meeting?present=district-nurse").text
    assert words not in page
    assert page.count(SHOWN) == 2
    assert client.get(f"/people/{person}").text.count(words) > 0


def test_a_number_amid_other_words_is_covered_and_the_words_stay() -> None:
    """UI-86: a plan for an emergency that names a number is still a plan."""
    hub = toy_hub()
    told = "If she falls ring Rowan, then the duty team on 0113 496 0161, and take the folder by the telephone"
    submit(hub, ada(records=[{"type": "Flag", "id": "f1", "status": "active", "code": {"text": told}}]))
    hub.drain()
    person = hub.store.links.persons()[0]
    page = desk_client(hub, (NURSE,), NURSE).get(f"/people/{person}/meeting?present=district-nurse").text
    assert told.replace("0113 496 0161", "[protected]") in page
    assert "496" not in page
