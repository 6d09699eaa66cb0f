"""A record without a first name, linked by its traced number: rules, dry run, activation, a twin who comes later, PDS, and a rebuild say the same."""

from __future__ import annotations

from typing import Any

import pytest

from carehub.hub.hub import Hub
from carehub.hub.rules_feed import Activation, message_of
from carehub.hub.rules_in_force import scales_of
from carehub.identity.rule_changes import State
from carehub.store.memory import MemoryStore
from carehub.terms.moments import iso
from carehub.wiring.matching_rules import load_texts
from carehub.wiring.trying_rules import compare, link_anew
from hub.toy_hub import ada, submit, toy_hub
from hub.tracing_hub import Sandbox, about_number, group, persons, record
from unit.outside.pds_people import ASKED, KEPT, outcome, patient

_RULES, _TEXT, _MODEL = load_texts()
_ON = _TEXT.replace(f"version = {_RULES.version}", "version = 41")
_OFF = _TEXT.replace(f"version = {_RULES.version}", "version = 40").replace(
    "traced-number = true", 'traced-number = "The board of 3 May 2026: ask."'
)
_BORN = "1984-08-29"


def _told(source: str, number: str = ASKED, *, status: str = "01", given: str = "", family: str = "", born: str = _BORN) -> dict[str, Any]:
    said = {
        "system": "https://fhir.nhs.uk/Id/nhs-number",
        "value": number,
        "extension": [{"url": "NHSNumberVerificationStatus", "valueCodeableConcept": {"coding": [{"code": status}]}}],
    }
    extra = {"identifier": [said], "gender": "female", "address": [{"postalCode": "ZB1 1AA"}]}
    return ada(source, nhs="", given=given, family=family, born=born, extra=extra)


_GRACE = _told("gp", given="Grace", family="Okafor")
_NAMELESS = _told("council")
_TWIN = _told("acute", KEPT, given="Miriam", family="Okafor")


def _hub(rules: str = _TEXT) -> Hub:
    hub = toy_hub()
    hub.scales = scales_of(Activation(rules, _MODEL, "", "", "").read())
    return hub


def _submit(hub: Hub, *messages: dict[str, Any]) -> None:
    submit(hub, *messages, key=f"k{hub.log.last_position()}")
    hub.drain()


def _same_again(hub: Hub) -> bool:
    before = persons(hub)
    return hub.rebuild().same and persons(hub) == before


@pytest.mark.parametrize("messages", [(_GRACE, _NAMELESS), (_NAMELESS, _GRACE)])
def test_a_record_without_a_name_is_linked_and_a_twin_who_comes_later_takes_it_apart(messages: tuple[dict[str, Any], ...]) -> None:
    hub = _hub()
    _submit(hub, *messages)
    assert persons(hub) == {group("gp", "council")}
    assert not hub.store.links.reviews()
    _submit(hub, _TWIN)
    assert persons(hub) == {group("gp"), group("council"), group("acute")}
    assert {record("gp"), record("council")} in [{asked.a, asked.b} for asked in hub.store.links.reviews()]
    assert _same_again(hub)
    _submit(hub, {**_TWIN, "born": "1986-02-11", "at": "2026-11-21T08:00:00.000Z"})
    assert persons(hub) == {group("gp", "council"), group("acute")}
    assert not hub.store.links.reviews()
    assert _same_again(hub)


def test_a_number_that_pds_marks_as_not_valid_links_nobody_until_it_says_otherwise() -> None:
    hub = _hub()
    _submit(hub, _GRACE, _NAMELESS)
    about_number(hub, Sandbox({ASKED: outcome("INVALIDATED_RESOURCE")}), ASKED)
    assert persons(hub) == {group("gp"), group("council")}
    assert len(hub.store.links.reviews()) == 1
    assert _same_again(hub)


def test_a_number_that_pds_replaced_by_another_is_asked_about() -> None:
    hub = _hub()
    _submit(hub, _GRACE, _NAMELESS)
    about_number(hub, Sandbox({ASKED: patient(ASKED)}), ASKED)
    assert {"gp", "council"} in persons(hub), "that it is valid changes nothing"
    about_number(hub, Sandbox({ASKED: patient(KEPT)}), ASKED)
    assert not any({"gp", "council"} <= names for names in persons(hub))
    assert _same_again(hub)


def test_a_dry_run_foretells_what_the_rule_does_and_what_turning_it_off_does() -> None:
    for first, second, (before, after) in (
        (_OFF, _ON, (State.ASKED, State.LINKED)),
        (_ON, _OFF.replace("version = 40", "version = 42"), (State.LINKED, State.ASKED)),
    ):
        hub = _hub(first)
        _submit(hub, _GRACE, _NAMELESS)
        rules = Activation(second, _MODEL, "", "", "").read()
        trial = MemoryStore()
        link_anew(hub.store.links, trial.links, rules, quiet=True)
        foretold = compare(hub.store.links, trial.links, rules, 9)
        rule = "traced-number" if after is State.LINKED else "no-given-name"
        assert dict(foretold.by_rule) == {(before, after, rule): 1}
        hub.receive([message_of(Activation(second, _MODEL, "jo", iso(hub.clock()), "as agreed"))])
        hub.drain()
        assert persons(hub) == ({group("gp", "council")} if after is State.LINKED else {group("gp"), group("council")})
        assert _same_again(hub)


def test_without_the_sources_own_word_the_same_is_asked_about() -> None:
    hub = _hub()
    _submit(hub, _GRACE, _told("council", status="02"))
    assert persons(hub) == {group("gp"), group("council")}
    assert hub.store.links.members([record("gp")])[record("gp")].demographics.traced
    assert not hub.store.links.members([record("council")])[record("council")].demographics.traced
