"""An NHS number that PDS replaced leads to the one it keeps, and loses nothing: IDN-14."""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import replace
from itertools import permutations
from random import Random
from typing import Any

import pytest

from carehub.feeds.catalogue import Catalogue
from carehub.feeds.message import Submission
from carehub.hub import pds_feed
from carehub.hub.own_feeds import OWN
from carehub.hub.pds_feed import AskedFor, body_of
from carehub.hub.trace_numbers import replacements
from carehub.identity.pds_answers import Answer, Search
from carehub.terms.moments import iso
from hub.toy_hub import ada, toy_adapter
from hub.tracing_hub import Sandbox, a_hub, about_number, about_record, group, persons, rebuilt_the_same, record, tell, told
from unit.outside.pds_people import ASKED, KEPT, THIRD, outcome, patient, searchset

NUMBERS = (ASKED, KEPT, THIRD)


def test_records_under_the_old_and_the_new_number_come_together() -> None:
    hub = a_hub()
    tell(hub, ada("gp", nhs=KEPT), ada("acute", nhs=ASKED))
    assert persons(hub) == {group("gp"), group("acute")}
    done = about_number(hub, Sandbox({ASKED: patient(KEPT)}), "999 000 0018")
    assert (done.trace.outcome, done.records) == ("superseded", 1)
    assert persons(hub) == {group("gp", "acute", ASKED, KEPT)}
    tell(hub, ada("charity", nhs=ASKED))
    assert persons(hub) == {group("gp", "acute", "charity", ASKED, KEPT)}, "also a record that comes with the old number afterwards"
    assert rebuilt_the_same(hub)


def test_both_numbers_are_kept() -> None:
    hub = a_hub()
    tell(hub, ada("acute"))
    about_number(hub, Sandbox({ASKED: patient(KEPT)}), ASKED)
    old = told(hub, ASKED)
    assert old["identifier"] == [{"use": "old", "system": "https://fhir.nhs.uk/Id/nhs-number", "value": ASKED}]
    assert old["active"] is False
    assert old["link"][0]["type"] == "replaced-by"
    assert old["link"][0]["other"]["reference"] == f"Patient/{told(hub, KEPT)['id']}"
    assert hub.store.links.find(nhs_number=KEPT) == hub.store.links.persons()
    because = {link.patient: link.because for person in hub.store.links.persons() for link in hub.store.links.links_of(person)}
    assert because[old["id"]] == "Linked because PDS replaced this NHS number by another one."


def test_a_replaced_number_links_only_who_agrees() -> None:
    """The number alone never links: a stranger who was given the wrong number stays apart, and PDS's details of her are not stored."""
    hub = a_hub()
    tell(hub, ada("gp", nhs=KEPT, given="Grace", born="1971-02-03"), ada("acute", nhs=ASKED))
    about_number(hub, Sandbox({ASKED: patient(KEPT, given="Grace", born="1971-02-03")}), ASKED)
    assert group("gp") in persons(hub)
    assert group("acute") in persons(hub)
    assert "name" not in told(hub, KEPT)
    assert "birthDate" not in told(hub, KEPT)
    assert rebuilt_the_same(hub)


def test_replaced_twice_and_asked_in_either_order() -> None:
    for first, second in permutations([(ASKED, KEPT), (KEPT, THIRD)]):
        hub = a_hub()
        tell(hub, ada("gp", nhs=THIRD), ada("acute", nhs=KEPT), ada("charity", nhs=ASKED))
        # The later answer about KEPT is that THIRD replaced it; asked first, the later one of ASKED finds KEPT live again.
        about_number(hub, Sandbox({first[0]: patient(first[1])}), first[0])
        about_number(hub, Sandbox({second[0]: patient(THIRD)}), second[0])
        assert persons(hub) == {group("gp", "acute", "charity", ASKED, KEPT, THIRD)}
        assert rebuilt_the_same(hub)


def test_a_replacement_that_pds_takes_back_comes_apart_again() -> None:
    hub = a_hub()
    tell(hub, ada("gp", nhs=KEPT), ada("acute", nhs=ASKED))
    apart = persons(hub)
    about_number(hub, Sandbox({ASKED: patient(KEPT)}), ASKED)
    about_number(hub, Sandbox({ASKED: patient(ASKED)}), ASKED)
    assert {names - {ASKED, KEPT} for names in persons(hub)} == apart
    assert rebuilt_the_same(hub)
    history = replacements(KEPT, records=hub.store.records, links=hub.store.links)
    assert [(one.number, one.now) for one in history if one.number == ASKED] == [(ASKED, KEPT), (ASKED, "")]
    assert [one.at for one in history] == sorted(one.at for one in history)


def test_numbers_that_replace_each_other_hang_nobody() -> None:
    hub = a_hub()
    tell(hub, ada("gp", nhs=KEPT), ada("acute", nhs=ASKED))
    about_number(hub, Sandbox({ASKED: patient(KEPT)}), ASKED)
    about_number(hub, Sandbox({KEPT: patient(ASKED)}), KEPT)
    assert persons(hub) == {group("gp", "acute", ASKED, KEPT)}, "the later word counts: ASKED is live, and KEPT leads to it"
    assert rebuilt_the_same(hub)


def test_the_order_of_arrival_does_not_show() -> None:
    """What the sources say before the answer, after it, or some of each: the same persons, and the same record."""
    found = set()
    groups = set()
    for early in range(4):
        hub = a_hub()
        sources = [ada("acute", nhs=ASKED), ada("gp", nhs=KEPT), ada("charity", nhs=ASKED)]
        tell(hub, sources[0])
        for one in sources[1:early]:
            tell(hub, one)
        hub.clock.now = hub.clock.now.replace(hour=12, minute=0, second=0, microsecond=0)  # type: ignore[attr-defined]
        about_number(hub, Sandbox({ASKED: patient(KEPT)}), ASKED)
        for one in sources[max(early, 1) :]:
            tell(hub, one)
        groups.add(frozenset(persons(hub)))
        found.add(hub.store.links.persons() == hub.store.links.find(nhs_number=KEPT))
    assert groups == {frozenset({group("gp", "acute", "charity", ASKED, KEPT)})}
    assert found == {True}


def test_a_mapping_that_changes_is_followed() -> None:
    """The feed mapped again by code that reads answers otherwise: the lane looks again at everybody concerned."""
    hub = a_hub()
    tell(hub, ada("gp", nhs=KEPT), ada("acute", nhs=ASKED), ada("council", nhs=""))
    apart = persons(hub)
    about_number(hub, Sandbox({ASKED: patient(KEPT)}), ASKED)
    about_record(hub, Sandbox(found=searchset(patient(KEPT))), "council")
    assert persons(hub) == {group("gp", "acute", "council", ASKED, KEPT)}
    together = hub.record_hash()

    def says_nothing(message: Any) -> Any:
        mapped = pds_feed.map_message(message)
        return replace(mapped, records=(), merges=(), patient=None)

    hub.catalogue = Catalogue([toy_adapter()], [replace(pds_feed.ADAPTER, map_message=says_nothing)])
    hub.remap(pds_feed.FEED, by="test")
    assert persons(hub) == apart
    hub.catalogue = Catalogue([toy_adapter()], OWN)
    hub.remap(pds_feed.FEED, by="test")
    assert hub.record_hash() == together


def _answers(dice: Random, sources: dict[str, dict[str, Any]]) -> Iterator[bytes]:
    """Invented answers, an hour apart: numbers that lead to one another in any way, also in rings, and records that are traced to any of them."""
    for hour in range(dice.randint(2, 5)):
        at = f"2026-11-20T1{hour}:00:00.000Z"
        kept = patient(dice.choice(NUMBERS), given=dice.choice(["Ada", "Grace"]))
        if dice.random() < 0.6:
            asked = dice.choice(NUMBERS)
            bearing = [(record(name), one) for name, one in sources.items() if one["nhs"] == asked]
            about = tuple(AskedFor(id, asked, True, one["born"], one["family"], one["given"]) for id, one in bearing)
            said = Answer(200, kept) if dice.random() < 0.7 else Answer(404, outcome("INVALIDATED_RESOURCE"))
            yield body_of(at, asked, None, about, said)
        else:
            name = dice.choice(["council", "charity"])
            one = AskedFor(record(name), "", False, "1944-05-01", "Okafor", sources[name]["given"])
            answer = searchset(kept) if dice.random() < 0.8 else searchset()
            yield body_of(at, "", Search("Okafor", ("Ada",), born="1944-05-01"), (one,), Answer(200, answer))


@pytest.mark.parametrize("seed", range(30))
def test_sources_and_answers_in_any_order_give_the_same_persons(seed: int) -> None:
    """The order of the log does not show: a record may come after the answer about it, a replacement after the one that takes it back."""
    dice = Random(seed)
    sources = {
        "gp": ada("gp", nhs=dice.choice(NUMBERS)),
        "acute": ada("acute", nhs=dice.choice(NUMBERS)),
        "council": ada("council", nhs=""),
        "charity": ada("charity", nhs="", given=dice.choice(["Ada", "Grace"])),
    }
    told = [("toy/feed", json.dumps(one).encode()) for one in sources.values()]
    told += [(pds_feed.FEED, one) for one in _answers(dice, sources)]
    found = set()
    for _ in range(6):
        hub = a_hub()
        dice.shuffle(told)
        for n, (feed, body) in enumerate(told):
            hub.receive([Submission(feed, body, "2026-11-22T09:00:00.000Z", "test", str(n))])
            if dice.random() < 0.7:  # sometimes several messages are one batch of the lane
                hub.drain()
        hub.drain()
        found.add((frozenset(persons(hub)), hub.record_hash()))
    assert len({groups for groups, _ in found}) == 1
    assert len(found) == 1


def test_a_record_traced_to_a_number_follows_when_that_leads_elsewhere() -> None:
    """The record itself says no number at all, so it is found by those it passed through."""
    hub = a_hub()
    tell(hub, ada("gp", nhs=KEPT), ada("acute", nhs=ASKED), ada("council", nhs=""))
    about_number(hub, Sandbox({ASKED: patient(KEPT)}), ASKED)
    council = AskedFor(record("council"), "", False, "1944-05-01", "Okafor", "Ada")
    early = body_of("2026-11-20T10:00:00.000Z", "", Search("Okafor", born="1944-05-01"), (council,), Answer(200, searchset(patient(ASKED))))
    hub.receive([Submission(pds_feed.FEED, early, iso(hub.clock()), "test")])
    hub.drain()
    assert group("gp", "acute", "council", ASKED, KEPT) in persons(hub)
    about_number(hub, Sandbox({ASKED: patient(THIRD)}), ASKED)
    assert persons(hub) == {group("gp", KEPT), group("acute", "council", ASKED, THIRD)}
    assert rebuilt_the_same(hub)
