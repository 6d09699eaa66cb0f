"""What a batch linkage proposes is asked about and never linked; rules, vetoes and stewards stand above it; a rebuild asks it again."""

from __future__ import annotations

import json
from dataclasses import replace
from typing import Any

import pytest

from carehub.feeds.message import Submission
from carehub.fhir.canonical import dumps
from carehub.governance.requester import Requester
from carehub.hub.batch_linkage import FIELDS, TOGETHER, BatchLinkage, Imported, Pair, said_of
from carehub.hub.hub import Hub
from carehub.hub.proposals_feed import FEED
from carehub.hub.settle_review import Given
from carehub.hub.stewards import Stewards
from carehub.identity.rulings import Answer
from carehub.store.memory import MemoryStore
from carehub.terms.errors import Refused, Rejected, StoreBusy
from carehub.terms.issue_catalogue import issue
from carehub.terms.refs import RecordRef
from hub.toy_hub import CLOSED, NURSE, ada, submit, toy_hub

KIT = Requester("kit", "Kit Lowe", "senior-identity-steward", "X99001", "Northvale", "PATADMIN")
SAM = replace(KIT, user="sam", role="identity-steward")
GP, COUNCIL, OTHER = (RecordRef(source, local, "Patient").id for source, local in (("gp", "1"), ("council", "C1"), ("acute", "Z9")))
TOOL, MODEL = "Splink 5.0.0", "icb-2026-11"


def married(**more: Any) -> dict[str, Any]:
    """The council's record of her: a later name, no number, a birth date a year out. No rule asks about it."""
    return ada("council", "C1", **{"nhs": "", "kind": "local_authority", "family": "Bell", "given": "Adaeze", "born": "1945-05-01", **more})


@pytest.fixture
def hub() -> Hub:
    hub = toy_hub()
    submit(hub, ada("gp"), married(), ada("acute", "Z9", nhs="9990158398", given="Ivy", family="Stone", born="1950-02-03", kind="acute"))
    hub.drain()
    assert hub.store.links.reviews() == []
    return hub


def propose(hub: Hub, *pairs: Pair | None, by: Requester = KIT, **more: Any) -> Imported:
    return BatchLinkage(hub).propose(by, pairs, **{"tool": TOOL, "model": MODEL, **more}).value


def verdicts(found: Imported) -> dict[str, int]:
    return {verdict: count for verdict, count in found.counts.items() if count}


def trail(hub: Hub) -> list[dict[str, Any]]:
    return [json.loads(one.event) for one in hub.store.audit.chain()]


def asked(hub: Hub) -> list[tuple[str, str, str]]:
    return [(review.a, review.b, review.rule) for review in hub.store.links.reviews()]


def together(hub: Hub) -> bool:
    return len(set(hub.store.links.person_of([GP, COUNCIL]).values())) == 1


PAIR = Pair(COUNCIL, GP, 0.987)
ON_THE_LIST = [(*sorted((GP, COUNCIL)), "proposed")]


def test_a_proposal_is_a_question_that_says_where_it_comes_from_and_links_nobody(hub: Hub) -> None:
    assert verdicts(propose(hub, PAIR)) == {"proposed": 1}
    assert not together(hub)
    [waiting] = Stewards(hub).reviews(KIT).value.pairs
    assert (waiting.review.a, waiting.review.b, waiting.review.rule) == ON_THE_LIST[0]
    assert "Splink 5.0.0, model icb-2026-11, gives 98.7% that the two are one person's" in waiting.review.because
    person = hub.store.links.person_of([GP])[GP]
    plan = hub.disclosing.person_record(NURSE, person, "plan").value.plan
    assert b"is being checked" in dumps(plan)


def test_certainty_itself_links_nobody(hub: Hub) -> None:
    propose(hub, replace(PAIR, probability=1.0))
    assert not together(hub)
    assert asked(hub) == ON_THE_LIST


def test_the_same_file_twice_changes_nothing_and_another_probability_is_told(hub: Hub) -> None:
    propose(hub, PAIR)
    position, hashed = hub.log.last_position(), hub.record_hash()
    assert verdicts(propose(hub, PAIR, Pair(GP, COUNCIL, 0.987))) == {"proposed already": 2}
    assert (hub.log.last_position(), hub.record_hash()) == (position, hashed)
    assert verdicts(propose(hub, replace(PAIR, probability=0.6), model="icb-2026-12")) == {"proposed": 1}
    assert "icb-2026-12, gives 60.0%" in hub.store.links.reviews()[0].because


def test_a_rebuild_asks_again_what_was_proposed(hub: Hub) -> None:
    propose(hub, PAIR)
    hashed, told = hub.record_hash(), hub.store.links.reviews()
    assert hub.rebuild().after == hashed
    assert hub.store.links.reviews() == told
    assert hub.store.links.proposals() == hub.store.links.proposals([GP]) != []


def test_what_the_rules_link_by_themselves_they_link_as_ever(hub: Hub) -> None:
    propose(hub, PAIR)
    submit(hub, married(nhs="9990000018", given="Ada", born="1944-05-01", at="2026-11-21T08:00:00.000Z"))
    hub.drain()
    assert together(hub)
    assert asked(hub) == []
    link = next(link for link in hub.store.links.links_of(hub.store.links.person_of([GP])[GP]) if link.patient == COUNCIL)
    assert link.rule == "agreement"
    assert verdicts(propose(hub, PAIR)) == {"together": 1}


def test_two_verified_numbers_that_differ_are_a_veto_now_and_later(hub: Hub) -> None:
    assert verdicts(propose(hub, Pair(GP, OTHER, 0.99))) == {"vetoed": 1}
    assert asked(hub) == []
    propose(hub, PAIR)
    submit(hub, married(nhs="9990237581", at="2026-11-21T08:00:00.000Z"))
    hub.drain()
    assert asked(hub) == []
    submit(hub, married(at="2026-11-22T08:00:00.000Z"))
    hub.drain()
    assert asked(hub) == ON_THE_LIST


@pytest.mark.parametrize("answer", [Answer.NEVER_LINK, Answer.SAME])
def test_a_steward_who_has_answered_is_not_asked_again_until_it_is_taken_back(hub: Hub, answer: Answer) -> None:
    propose(hub, PAIR)
    desk = Stewards(hub)
    rulings = [
        desk.rule(by, Given(answer, COUNCIL, GP, "Seen with the letter.")).value.message
        for by in (KIT, SAM)[: 2 if answer is Answer.SAME else 1]
    ]
    assert asked(hub) == []
    assert together(hub) is (answer is Answer.SAME)
    assert verdicts(propose(hub, replace(PAIR, probability=1.0))) == {("together" if answer is Answer.SAME else "answered"): 1}
    desk.take_back(KIT, rulings[-1], "A second look.")
    assert asked(hub) == ON_THE_LIST
    assert not together(hub)


def test_where_rules_ask_themselves_the_question_is_theirs(hub: Hub) -> None:
    submit(hub, married(given="Ada", family="Okafor", born="1944-05-01", at="2026-11-21T08:00:00.000Z"))
    hub.drain()
    before = hub.store.links.reviews()
    assert [review.rule for review in before] == ["names-and-birth-date"]
    assert verdicts(propose(hub, PAIR)) == {"asked already": 1}
    assert hub.store.links.reviews() == before


def test_a_proposal_stands_behind_the_rules_that_come_to_ask_and_after_them(hub: Hub) -> None:
    propose(hub, PAIR)
    submit(hub, married(given="Ada", family="Okafor", born="1944-05-01", at="2026-11-21T08:00:00.000Z"))
    hub.drain()
    assert [rule for *_, rule in asked(hub)] == ["names-and-birth-date"]
    submit(hub, married(at="2026-11-22T08:00:00.000Z"))
    hub.drain()
    assert asked(hub) == ON_THE_LIST


def test_what_a_file_should_not_have_is_counted_by_its_reason(hub: Hub) -> None:
    members = hub.store.links.members([GP, COUNCIL])
    now = (said_of(members[COUNCIL].demographics), said_of(members[GP].demographics))
    found = propose(
        hub,
        None,
        Pair(GP, GP, 0.9),
        Pair(GP, COUNCIL, 1.1),
        Pair(GP, COUNCIL, float("nan")),
        Pair(GP, "nobody", 0.9),
        Pair(COUNCIL, OTHER, 0.2),
        replace(PAIR, said=(now[0], "another")),
        least=0.5,
    )
    assert verdicts(found) == {"unusable": 4, "unknown": 1, "unlikely": 1, "changed": 1}
    assert (found.findings, found.read, found.strange) == (True, 7, ("nobody",))
    assert asked(hub) == []
    assert verdicts(propose(hub, replace(PAIR, said=now))) == {"proposed": 1}


def test_more_than_one_lot_is_told_in_several_messages(hub: Hub) -> None:
    many = [Pair(f"x{n}", f"y{n}", 0.9) for n in range(TOGETHER)]
    assert verdicts(propose(hub, *many, PAIR)) == {"unknown": TOGETHER, "proposed": 1}
    assert asked(hub) == ON_THE_LIST


@pytest.mark.parametrize("name", ["", "x" * 61, "<b>", "a\nb"])
def test_a_tool_or_model_without_a_plain_name_is_refused(hub: Hub, name: str) -> None:
    for field in ("tool", "model"):
        with pytest.raises(Rejected):
            propose(hub, PAIR, **{field: name})
    assert asked(hub) == []


@pytest.mark.parametrize(
    "body",
    [
        b"{",
        b"[]",
        b'{"tool":"x","model":"y","pairs":[],"by":"k","at":"2026"}',
        b'{"tool":"x","model":"y","pairs":[["b","a",0.5]],"by":"k","at":"2026"}',
    ],
)
def test_a_message_that_is_no_lot_waits_in_quarantine(hub: Hub, body: bytes) -> None:
    [message] = hub.receive([Submission(FEED, body, "2026-11-22T09:00:00.000Z", "kit")])[0].messages
    hub.drain()
    assert hub.store.records.verdicts([message]) == {message: "rejected"}


@pytest.mark.parametrize("who", [NURSE, SAM, replace(KIT, purpose="TREAT")])
def test_only_a_senior_steward_takes_or_brings_and_a_refusal_is_written_down(hub: Hub, who: Requester) -> None:
    taken: list[Any] = []
    with pytest.raises(Refused):
        BatchLinkage(hub).export(who, (), lambda rows: len(taken.append(list(rows)) or ()))
    with pytest.raises(Refused):
        propose(hub, PAIR, by=who)
    assert taken == []
    assert asked(hub) == []
    assert [event["outcome"] for event in trail(hub)[-2:]] == ["4", "4"]


def export(hub: Hub, *fields: str) -> list[dict[str, str]]:
    rows: list[dict[str, str]] = []

    def take(told: Any) -> int:
        rows.extend(told)
        return len(rows)

    assert BatchLinkage(hub).export(KIT, fields, take).value == len(rows)
    return rows


def test_an_export_has_one_row_a_record_as_the_matcher_reads_it_and_says_who_took_how_many(hub: Hub) -> None:
    rows = {row["record_id"]: row for row in export(hub)}
    assert rows.keys() == {GP, COUNCIL, OTHER}
    assert all(tuple(row) == FIELDS for row in rows.values())
    told = rows[GP]
    assert (told["nhs_number"], told["nhs_number_trusted"], told["given_name"], told["family_name"]) == (
        "9990000018",
        "true",
        "ada",
        "okafor",
    )
    assert (rows[COUNCIL]["nhs_number"], rows[COUNCIL]["nhs_number_trusted"]) == ("", "")
    first, last = trail(hub)[-2:]
    assert "export begun" in json.dumps(first)
    assert "export taken: 3 records" in json.dumps(last)
    assert "kit" in json.dumps(last)


def test_a_restricted_persons_address_is_not_exported() -> None:
    hub = toy_hub()
    home = {"address": [{"line": ["1 High St"], "postalCode": "ZB1 1AA"}], "telecom": [{"system": "phone", "value": "07700 900123"}]}
    submit(hub, ada("gp", extra=home), ada("acute", "A1", given="Eve", nhs="", extra={**home, **CLOSED}))
    hub.drain()
    rows = {row["given_name"]: row for row in export(hub, "phone", "address")}
    assert (rows["ada"]["postcode"], bool(rows["ada"]["phone"]), rows["ada"]["address"]) == ("ZB1 1AA", True, "1 high st")
    assert (rows["eve"]["postcode"], rows["eve"]["phone"], rows["eve"]["address"]) == ("", "", "")
    with pytest.raises(Rejected):
        export(hub, "religion")


def test_an_export_that_cannot_be_written_down_is_not_given(hub: Hub, monkeypatch: pytest.MonkeyPatch) -> None:
    store = hub.store
    assert isinstance(store, MemoryStore)
    taken: list[Any] = []

    def fails(rows: Any) -> None:
        raise StoreBusy(issue("STORE-001"))

    monkeypatch.setattr(store.audit, "append", fails)
    with pytest.raises(StoreBusy):
        BatchLinkage(hub).export(KIT, (), lambda rows: len(taken.append(list(rows)) or ()))
    assert taken == []
