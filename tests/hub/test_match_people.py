"""$match answers as the lane would decide: certain, probable, possible or nobody, by the shipped rules; and it changes nothing."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest

from carehub.fhir.canonical import loads
from carehub.hub.hub import Hub
from carehub.hub.match_people import Matching
from carehub.hub.report_match import Doubt
from carehub.hub.stewards import Stewards
from carehub.identity.scales import Scales
from carehub.terms.errors import Refused, Rejected
from carehub.wiring.matching_rules import load_rules
from hub.toy_hub import CLOSED, NURSE, submit, toy_hub

NHS = "https://fhir.nhs.uk/Id/nhs-number"
HOME = {"address": [{"use": "home", "line": ["3 Alder Road"], "postalCode": "ZB1 1AA"}], "gender": "female"}


def _told(patient: str, given: str, born: str, nhs: str = "", **extra: Any) -> dict[str, Any]:
    return {
        "source": "gp", "patient": patient, "nhs": nhs, "born": born, "given": given, "family": "Okonjo",
        "at": "2026-11-20T08:00:00.000Z", "extra": {**HOME, **extra},
    }  # fmt: skip


@pytest.fixture(scope="module")
def hub() -> Hub:
    """Three people at one door: twins, and Adaeze, who has an NHS number. And a restricted man elsewhere."""
    rules, made = load_rules(), toy_hub()
    made.scales = Scales(rules.model, rules.settings, rules.version)
    submit(
        made,
        _told("1", "Adaeze", "1944-05-01", "9990000018"),
        _told("2", "Chidi", "1971-03-09"),
        _told("3", "Chike", "1971-03-09"),
        {**_told("4", "Emeka", "1950-02-03", "9990000026", **CLOSED), "family": "Balogun"},
    )
    made.drain()
    return made


def patient(given: str = "", born: str = "", number: str = "", family: str = "Okonjo", **more: Any) -> dict[str, Any]:
    said: dict[str, Any] = {"resourceType": "Patient"}
    if given:
        said["name"] = [{"family": family, "given": [given]}]
    if born:
        said["birthDate"] = born
    if number:
        said["identifier"] = [{"system": NHS, "value": number}]
    return said | more


def graded(hub: Hub, told: dict[str, Any], **asked: Any) -> list[tuple[str, str]]:
    found = Matching(hub).match(NURSE, told, **asked).value
    assert [one.score for _, one in found] == sorted((one.score for _, one in found), reverse=True)
    assert all(0 <= one.score <= 1 for _, one in found)
    return [(plan.identity.given, one.grade.value) for plan, one in found]


@pytest.mark.parametrize(
    ("told", "expected"),
    [
        (patient("Adaeze", "1944-05-01", "9990000018"), [("Adaeze", "certain")]),
        (patient("Adaeze", "1944-05-01", **HOME), [("Adaeze", "certain")]),
        (patient("Adaeze", "1949-09-21", **HOME), [("Adaeze", "possible")]),  # a daughter of the same name?
        (patient("Ngozi", "1980-01-02", "9990000018"), [("Adaeze", "probable")]),  # her number, and nothing else of hers
        (patient("Adaeze", "1944-05-01", "9990000034", **HOME), [("Adaeze", "possible")]),  # a verified number that differs
        (patient("Walter", "1930-12-12", family="Ridley"), []),
    ],
)
def test_it_answers_as_the_lane_would_decide(hub: Hub, told: dict[str, Any], expected: list[tuple[str, str]]) -> None:
    assert graded(hub, told) == expected
    assert graded(hub, told, only_certain=True) == [one for one in expected if one[1] == "certain"]


def test_of_two_that_fit_neither_is_certain(hub: Hub) -> None:
    unnamed = patient(born="1971-03-09", name=[{"family": "Okonjo"}], **HOME)
    found = graded(hub, unnamed)
    assert {name for name, _ in found} >= {"Chidi", "Chike"}
    assert {grade for _, grade in found} <= {"probable", "possible"}
    assert graded(hub, unnamed, only_certain=True) == []


def test_where_a_restricted_person_lives_is_not_found_out_by_asking(hub: Hub) -> None:
    here, there = (patient("Emeka", "1950-02-03", family="Balogun", address=[{"postalCode": code}]) for code in ("ZB1 1AA", "ZB9 9ZZ"))
    answers = [Matching(hub).match(NURSE, told).value for told in (here, there)]
    assert answers[0] == answers[1]
    assert graded(hub, patient("Emeka", "1950-02-03", "9990000026", family="Balogun", **HOME)) == [("Emeka", "certain")]


def test_a_description_that_says_too_little_is_refused(hub: Hub) -> None:
    for told in (patient(born="1944-05-01"), patient(), patient("Adaeze", "1944-05-01", "1234567890")):
        with pytest.raises(Rejected):
            Matching(hub).match(NURSE, told)


def test_it_is_decided_on_and_written_down_and_changes_nothing(hub: Hub) -> None:
    before, position = hub.record_hash(), hub.store.links.lane_position()
    graded(hub, patient("Adaeze", "1944-05-01", "9990000018"))
    with pytest.raises(Refused):
        Matching(hub).match(replace(NURSE, role="identity-steward", purpose="PATADMIN"), patient("Adaeze", "1944-05-01"))
    looks = [loads(row.event) for row in list(hub.store.audit.chain())[-2:]]
    assert [(event["action"], event["outcome"], event["subtype"][0]["code"]) for event in looks] == [
        ("E", "0", "search"),
        ("E", "4", "search"),
    ]
    assert (hub.record_hash(), hub.store.links.lane_position()) == (before, position)


def test_whoever_was_reported_as_a_wrong_match_is_not_certain_until_it_is_settled() -> None:
    made = toy_hub()
    told = _told("1", "Adaeze", "1944-05-01", "9990000018")
    submit(made, told, {**told, "source": "acute", "kind": "acute"})
    made.drain()
    asked = patient("Adaeze", "1944-05-01", "9990000018")
    assert graded(made, asked) == [("Adaeze", "certain")]
    [person] = made.store.links.persons()
    record = made.store.links.links_of(person)[0].patient
    Stewards(made).report(NURSE, Doubt(person, record, "another-person", "Another address", hide=True))
    assert graded(made, asked) == [("Adaeze", "probable")]
    assert graded(made, asked, only_certain=True) == []
