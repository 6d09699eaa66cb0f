"""An NHS number that PDS has marked as not valid puts nobody together; what leaned on it comes apart, is asked about, and comes back when PDS says so."""

from __future__ import annotations

from dataclasses import replace

from carehub.feeds.catalogue import Catalogue
from carehub.hub import pds_feed
from carehub.hub.hub import Hub
from carehub.hub.rules_in_force import scales_of
from carehub.hub.rulings_feed import message_of as ruling_message
from carehub.hub.trace_numbers import replacements
from carehub.identity.links import LinkSource
from carehub.identity.rulings import Answer, Ruling, Steward, Word
from carehub.terms.moments import iso
from carehub.wiring.matching_rules import load_rules
from hub.toy_hub import ada, toy_adapter
from hub.tracing_hub import Sandbox, a_hub, about_number, group, persons, rebuilt_the_same, record, tell
from unit.outside.pds_people import ASKED, KEPT, outcome, patient

VOID = Sandbox({ASKED: outcome("INVALIDATED_RESOURCE")})
LIVE = Sandbox({ASKED: patient(ASKED)})
_HOME = {"address": [{"line": ["3 Alder Road"], "postalCode": "ZB1 1AA"}], "telecom": [{"system": "phone", "value": "+447700900123"}]}
_ELSEWHERE = {"address": [{"line": ["7 Elm Close"], "postalCode": "ZB7 4XQ"}], "telecom": [{"system": "phone", "value": "+447700900456"}]}
_UNVERIFIED = {
    "identifier": [
        {
            "system": "https://fhir.nhs.uk/Id/nhs-number",
            "value": ASKED,
            "extension": [{"url": "NHSNumberVerificationStatus", "valueCodeableConcept": {"coding": [{"code": "02"}]}}],
        }
    ]
}


def _weighing() -> Hub:
    hub = a_hub()
    hub.scales = scales_of(load_rules())
    return hub


def _deaf_to_pds() -> Catalogue:
    deaf = replace(
        pds_feed.ADAPTER, map_message=lambda message: replace(pds_feed.map_message(message), records=(), merges=(), patient=None)
    )
    return Catalogue([toy_adapter()], [deaf])


def _without_pds(hub: Hub) -> set[frozenset[str]]:
    return {found for names in persons(hub) if (found := names - {ASKED, KEPT})}


def test_what_leaned_on_the_number_comes_apart_and_is_asked_about() -> None:
    hub = a_hub()
    tell(hub, ada("gp"), ada("acute", family="Hale"))
    done = about_number(hub, VOID, ASKED)
    assert done.trace.outcome == "invalidated"
    assert persons(hub) == {group("gp"), group("acute")}
    assert [i.number for i in hub.store.records.outcomes([done.message])[done.message].issues] == ["PDS-002"]
    [asked] = hub.store.links.reviews()
    assert {asked.a, asked.b} == {record("gp"), record("acute")}
    assert asked.rule == "void-number"
    assert len(hub.store.links.find(nhs_number=ASKED)) == 2, "both are still found under it"
    assert rebuilt_the_same(hub)


def test_a_later_answer_that_it_is_valid_puts_them_together_again() -> None:
    hub, never = a_hub(), a_hub()
    for one in (hub, never):
        tell(one, ada("gp"), ada("acute"))
    before = hub.store.links.persons()
    about_number(hub, VOID, ASKED)
    for one in (hub, never):
        about_number(one, LIVE, ASKED)
    assert persons(hub) == persons(never) == {group("gp", "acute", ASKED)}
    assert hub.store.links.persons() == never.store.links.persons() == before
    assert hub.store.links.reviews() == []
    assert rebuilt_the_same(hub)
    history = replacements(ASKED, records=hub.store.records, links=hub.store.links)
    assert [(one.now, one.void) for one in history] == [("", True), ("", False)]


def test_a_message_mapped_again_without_the_word_leaves_no_trace() -> None:
    hub = a_hub()
    tell(hub, ada("gp"), ada("acute"))
    before = persons(hub), hub.record_hash()
    about_number(hub, VOID, ASKED)
    assert persons(hub) != before[0]
    hub.catalogue = _deaf_to_pds()
    hub.remap(pds_feed.FEED, by="test")
    assert (persons(hub), hub.record_hash()) == before


def test_it_counts_for_records_that_come_later_and_for_numbers_that_lead_to_it() -> None:
    hub = a_hub()
    tell(hub, ada("gp", nhs=KEPT))
    about_number(hub, Sandbox({KEPT: outcome("INVALIDATED_RESOURCE")}), KEPT)
    tell(hub, ada("acute", nhs=KEPT), ada("charity", nhs=ASKED))
    assert persons(hub) == {group("gp"), group("acute"), group("charity")}
    about_number(hub, Sandbox({ASKED: patient(KEPT)}), ASKED)
    assert group("gp", "acute", "charity") in _without_pds(hub), "the later word of PDS is that it keeps this number"
    about_number(hub, Sandbox({KEPT: outcome("INVALIDATED_RESOURCE")}), KEPT)
    assert _without_pds(hub) == {group("gp"), group("acute"), group("charity")}
    assert rebuilt_the_same(hub)


def test_a_steward_and_enough_other_evidence_hold_without_the_number() -> None:
    hub = _weighing()
    tell(hub, ada("gp", extra=_HOME), ada("acute", extra=_HOME), ada("council", family="Hale", extra=_ELSEWHERE))
    assert persons(hub) == {group("gp", "acute", "council")}
    jo = Steward("jo", "Jo", "identity-steward", "X9A01")
    about_number(hub, VOID, ASKED)
    assert persons(hub) == {group("gp", "acute"), group("council")}
    links = hub.store.links
    [link] = [link for person in links.persons() for link in links.links_of(person) if link.patient == record("gp")]
    assert link.rule == "evidence"
    assert "nhs_number" not in {part.field for part in link.evidence}, "the number is no part of it"
    ruling = Ruling(
        Answer.SAME, by=jo, at=iso(hub.clock()), reason="seen", records=(record("gp"), record("acute")), others=(record("council"),)
    )
    hub.receive([ruling_message(Word(ruling=ruling), jo, iso(hub.clock()))])
    hub.drain()
    about_number(hub, VOID, ASKED)
    assert persons(hub) == {group("gp", "acute", "council")}
    [person] = links.persons()
    assert LinkSource.MANUAL in {link.source for link in links.links_of(person)}
    assert rebuilt_the_same(hub)


def test_a_number_that_its_source_did_not_verify_weighs_nothing_either() -> None:
    """Agreement on an unverified number is evidence; on one that is not valid it is none."""
    hub = _weighing()
    tell(hub, ada("gp", extra=_HOME), ada("council", nhs="", extra={**_HOME, **_UNVERIFIED}))

    def weighed() -> set[str]:
        links = hub.store.links
        return {p.field for person in links.persons() for link in links.links_of(person) if link.rule == "evidence" for p in link.evidence}

    assert "nhs_number" in weighed()
    about_number(hub, VOID, ASKED)
    assert weighed()
    assert "nhs_number" not in weighed()
    assert rebuilt_the_same(hub)
