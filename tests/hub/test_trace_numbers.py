"""PDS is asked for a record, the answer becomes a message, and persons follow it: IDN-16, IDN-19."""

from __future__ import annotations

from typing import Any

import pytest

from carehub.feeds.message import Submission
from carehub.hub import pds_feed
from carehub.hub.trace_numbers import untraced
from carehub.identity.pds_answers import Answer
from carehub.terms.errors import Missing, OutsideDown, Rejected
from carehub.terms.issue_catalogue import issue
from carehub.terms.moments import iso
from hub.toy_hub import ada
from hub.tracing_hub import Sandbox, a_hub, about_number, about_record, group, persons, rebuilt_the_same, record, tell, told
from unit.outside.pds_people import ASKED, KEPT, died, outcome, patient, searchset


class Away(Sandbox):
    def retrieve(self, number: str) -> Answer:
        raise OutsideDown(issue("OUT-001"))


def test_a_record_without_a_number_joins_the_person_pds_names() -> None:
    """IDN-16: and the person it joins stays the same person."""
    hub = a_hub()
    tell(hub, ada("gp"), ada("council", nhs="", kind="local_authority"))
    before = hub.store.links.person_of([record("gp")])
    assert persons(hub) == {group("gp"), group("council")}
    pds = Sandbox(found=searchset(patient()))
    done = about_record(hub, pds, "council")
    assert pds.asked == [{"family": ["Okafor"], "given": ["Ada"], "birthdate": ["eq1944-05-01"]}]
    assert (done.trace.outcome, done.records) == ("found", 1)
    assert persons(hub) == {group("gp", "council", ASKED)}
    assert hub.store.links.person_of([record("gp")]) == before
    assert rebuilt_the_same(hub)
    assert len(pds.asked) == 1, "a rebuild asks nobody"


def test_an_unverified_number_that_pds_confirms_counts() -> None:
    hub = a_hub()
    status = "https://fhir.hl7.org.uk/StructureDefinition/Extension-UKCore-NHSNumberVerificationStatus"
    unsure = {
        "system": "https://fhir.nhs.uk/Id/nhs-number",
        "value": ASKED,
        "extension": [{"url": status, "valueCodeableConcept": {"coding": [{"code": "02"}]}}],
    }
    tell(hub, ada("gp"), ada("council", nhs="", extra={"identifier": [unsure]}))
    assert persons(hub) == {group("gp"), group("council")}
    about_record(hub, Sandbox({ASKED: patient()}), "council")
    assert persons(hub) == {group("gp", "council", ASKED)}
    assert rebuilt_the_same(hub)


@pytest.mark.parametrize(
    "answer",
    [
        searchset(),
        searchset(patient(), patient(KEPT)),
        searchset(patient(), total=2),
        searchset(patient(), score=0.9),
        searchset(patient(born="1944-05-02")),
        searchset(patient(given="Grace")),
        searchset(patient(name=[{"use": "usual", "family": "Smith", "given": ["Ada"]}])),
        outcome("TOO_MANY_MATCHES", "multiple-matches"),
    ],
)
def test_a_doubtful_answer_changes_nobody(answer: dict[str, Any]) -> None:
    """IDN-19: nothing, not the best guess; and nothing of a stranger is stored."""
    hub = a_hub()
    tell(hub, ada("gp"), ada("council", nhs=""))
    done = about_record(hub, Sandbox(found=answer), "council")
    assert persons(hub) == {group("gp"), group("council")}
    assert hub.store.records.totals()[0] == 2
    assert hub.store.records.outcomes([done.message])[done.message].verdict == "accepted"
    assert rebuilt_the_same(hub)


def test_a_number_that_is_a_twins_is_not_confirmed() -> None:
    hub = a_hub()
    tell(hub, ada("gp", given="Grace"), ada("council", nhs=""))
    done = about_record(hub, Sandbox(found=searchset(patient(given="Grace"))), "council")
    assert persons(hub) == {group("gp"), group("council")}
    assert [i.number for i in hub.store.records.outcomes([done.message])[done.message].issues] == ["PDS-013"]


def test_a_later_answer_takes_the_number_back() -> None:
    hub = a_hub()
    tell(hub, ada("gp"), ada("council", nhs=""))
    about_record(hub, Sandbox(found=searchset(patient())), "council")
    about_record(hub, Sandbox(found=searchset(patient(), patient(KEPT))), "council")
    assert group("council") in persons(hub)
    assert rebuilt_the_same(hub)


def test_a_record_that_says_another_birth_date_was_not_traced() -> None:
    hub = a_hub()
    tell(hub, ada("gp"), ada("council", nhs=""))
    about_record(hub, Sandbox(found=searchset(patient())), "council")
    tell(hub, ada("council", nhs="", born="1971-02-03", at="2026-11-21T08:00:00.000Z"))
    assert group("council") in persons(hub)
    tell(hub, ada("council", nhs="", at="2026-11-21T09:00:00.000Z", family="Okafor-Hale"))
    assert group("gp", "council", ASKED) in persons(hub), "it says again what it was traced with; a family name may change"
    assert rebuilt_the_same(hub)


def test_restricted_keeps_its_label_and_takes_nothing_from_others() -> None:
    hub = a_hub()
    home = [{"use": "home", "line": ["1 Example Way"], "postalCode": "ZZ1 1ZZ"}]
    tell(hub, ada("gp", extra={"address": home}))
    about_record(hub, Sandbox({ASKED: patient(label="U")}), "gp")
    assert told(hub, ASKED)["address"]
    done = about_record(hub, Sandbox({ASKED: patient(label="R")}), "gp")
    assert "address" not in told(hub, ASKED)
    assert told(hub, ASKED)["meta"]["security"][0]["code"] == "R"
    assert [i.number for i in hub.store.records.outcomes([done.message])[done.message].issues] == ["PDS-011"]
    own = hub.store.records.record("Patient", record("gp"))
    assert own is not None
    assert b"Example Way" in own.body


def test_a_death_is_a_date_as_pds_keeps_it() -> None:
    hub = a_hub()
    tell(hub, ada("gp"))
    about_record(hub, Sandbox({ASKED: patient(**died("2"))}), "gp")
    assert told(hub, ASKED)["deceasedDateTime"] == "2026-10-01"


def test_nothing_is_kept_when_pds_is_away() -> None:
    hub = a_hub()
    tell(hub, ada("gp"))
    last = hub.log.last_position()
    with pytest.raises(OutsideDown):
        about_number(hub, Away(), ASKED)
    assert hub.log.last_position() == last


def test_the_hub_is_no_way_to_look_people_up() -> None:
    hub = a_hub()
    tell(hub, ada("gp"))
    pds = Sandbox({KEPT: patient(KEPT)})
    with pytest.raises(Missing) as refused:
        about_number(hub, pds, KEPT)
    assert refused.value.issues[0].number == "PDS-015"
    with pytest.raises(Rejected):
        about_number(hub, pds, "9990000019")
    with pytest.raises(Missing):
        about_record(hub, pds, "nobody")
    assert pds.asked == []


def test_too_little_is_not_asked() -> None:
    hub = a_hub()
    tell(hub, ada("council", nhs="", born="1944"), ada("charity", nhs="", family=""))
    pds = Sandbox()
    for source in ("council", "charity"):
        with pytest.raises(Rejected) as refused:
            about_record(hub, pds, source)
        assert refused.value.issues[0].number == "PDS-005"
    assert pds.asked == []


def test_who_is_still_to_be_asked_for() -> None:
    hub = a_hub()
    tell(hub, ada("gp"), ada("council", nhs=""), ada("charity", nhs="", given="Grace"))

    def waiting() -> set[str]:
        return set(untraced(records=hub.store.records, links=hub.store.links))

    assert waiting() == {record("council"), record("charity")}
    about_record(hub, Sandbox(found=searchset()), "charity")
    assert waiting() == {record("council")}, "an answer of nobody is an answer"
    about_record(hub, Sandbox(found=searchset(patient())), "council")
    assert waiting() == set()
    tell(hub, ada("charity", nhs="", given="Gracie Anne", born="1950-01-02", at="2026-11-21T08:00:00.000Z"))
    assert waiting() == {record("charity")}, "it says something else of itself now"


@pytest.mark.parametrize(
    "body", [b"{}", b"not JSON", b'{"at": 1}', b'{"at":"","number":"","search":null,"records":[],"status":200,"answer":{}}']
)
def test_rubbish_on_the_feed_waits_with_its_reason(body: bytes) -> None:
    hub = a_hub()
    (receipt,) = hub.receive([Submission(pds_feed.FEED, body, iso(hub.clock()), "test")])
    done = hub.drain()
    assert done.bugs == ()
    found = hub.store.records.outcomes(receipt.messages)[receipt.messages[0]]
    assert (found.verdict, [i.number for i in found.issues]) == ("rejected", ["MAP-001"])
