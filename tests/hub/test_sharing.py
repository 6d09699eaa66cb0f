"""Agreements and objections at the door out: worked out at every reading, on the record, its resources and the search alike."""

from __future__ import annotations

import base64
from datetime import UTC, datetime, timedelta

import pytest

from carehub.governance.agreements import Agreements, SharingAgreement
from carehub.hub.reading import PersonQuery
from carehub.hub.sharing import Sharing
from carehub.terms.errors import Refused
from carehub.terms.organisations import SourceKind
from hub import toy_hub

REFUSED = {
    "type": "Observation",
    "id": "c1",
    "status": "final",
    "effectiveDateTime": "2026-11-20",
    "code": {"coding": [{"system": "http://snomed.info/sct", "code": "416409005"}]},
}


@pytest.fixture
def hub():
    made = toy_hub.toy_hub()
    toy_hub.submit(made, toy_hub.ada(records=[toy_hub.PENICILLIN]), toy_hub.ada("acute", "A1", kind="acute"))
    made.drain()
    return made


def read(hub):
    return hub.disclosing.person_record(toy_hub.NURSE, hub.store.links.persons()[0], "overview").value


def state(hub, title: str) -> str:
    return next(state.code for state in read(hub).source_states if state.title == title)


def allergies(hub) -> list[str]:
    return [entry.title for entry in read(hub).plan.section("allergies").entries]


def with_agreements(hub, *listed: SharingAgreement, unlisted: bool = True):
    object.__setattr__(hub.disclosing, "sharing", Sharing(Agreements(listed, unlisted)))


def test_an_agreement_that_ends_at_midnight_is_over_for_the_next_reader(hub):
    ends = toy_hub.START.date().isoformat()
    with_agreements(hub, SharingAgreement("gp", "Elmfield Surgery", SourceKind.GP, True, True, ends=ends))
    assert allergies(hub) == ["Allergy to penicillin"]
    hub.clock.now = toy_hub.START.replace(hour=23, minute=59, second=40)
    assert allergies(hub) == ["Allergy to penicillin"]
    hub.clock.now += timedelta(seconds=30)
    assert allergies(hub) == []
    assert state(hub, "gp") == "no_agreement"
    assert read(hub).allergy_label == "Allergies unavailable"


def test_an_agreement_ends_at_midnight_in_london_not_in_utc(hub):
    """In summer London is an hour before UTC: the last day is over at 23:00 UTC, and the next reading is narrower."""
    with_agreements(hub, SharingAgreement("gp", "Elmfield Surgery", SourceKind.GP, True, True, ends="2027-06-30"))
    hub.clock.now = datetime(2027, 6, 30, 22, 59, 40, tzinfo=UTC)
    assert (allergies(hub), state(hub, "gp") == "no_agreement") == (["Allergy to penicillin"], False)
    hub.clock.now += timedelta(seconds=20)
    assert (allergies(hub), state(hub, "gp")) == ([], "no_agreement")


def test_without_agreement_nothing_of_a_source_leaves_by_any_door(hub):
    """UI-22: no entries from it appear anywhere."""
    with_agreements(hub, SharingAgreement("gp", "Elmfield Surgery", SourceKind.GP, True, False))
    person = hub.store.links.persons()[0]
    _, bodies = hub.disclosing.everything(toy_hub.NURSE, person).value
    assert {body.attribution.source.code for body in bodies} == {"acute"}
    record = next(
        r for r in hub.store.records.of_patients([link.patient for link in hub.store.links.links_of(person)]) if r.source.code == "gp"
    )
    with pytest.raises(Refused):
        hub.disclosing.as_sent(toy_hub.NURSE, person, f"{record.type}/{record.id}")
    assert "gp" not in {a.source.code for value in read(hub).plan.identity.values for a in value.attributions}
    then = hub.disclosing.record_then(toy_hub.NURSE, person, hub.clock.now, "then").value
    assert then.plan.section("allergies").entries == ()


def test_a_source_that_is_not_listed_is_shown_only_where_the_file_says_so(hub):
    with_agreements(hub, unlisted=False)
    assert {state.code for state in read(hub).source_states} == {"no_agreement"}
    with_agreements(hub, unlisted=True)
    assert allergies(hub) == ["Allergy to penicillin"]


def test_an_objection_hides_its_source_at_once_and_lifting_it_shows_the_same_record_again(hub):
    before = read(hub).plan
    toy_hub.submit(hub, toy_hub.ada(at="2026-11-21T08:00:00.000Z", records=[toy_hub.PENICILLIN, REFUSED]))
    hub.drain()
    assert (allergies(hub), state(hub, "gp")) == ([], "objected")
    assert "The person has asked for this source not to be shared." in next(s.sentence for s in read(hub).source_states if s.title == "gp")
    toy_hub.submit(hub, toy_hub.ada(at="2026-11-21T09:00:00.000Z", records=[toy_hub.PENICILLIN, {**REFUSED, "change": "withdrawn"}]))
    hub.drain()
    assert [e.title for e in before.section("allergies").entries] == allergies(hub)


def test_hazard_where_a_restricted_person_lives_leaves_by_no_door(hub):
    """H-26: the label comes late, from one source; no source's address is shown after it, nor found by it, nor by looking back."""
    where = {"address": [{"line": ["12 Oak Street"], "postalCode": "ZZ1 1AA"}], "telecom": [{"system": "phone", "value": "01632 960001"}]}
    where["contact"] = [{"name": {"family": "Okafor"}, "address": {"line": ["12 Oak Street"]}}]
    where["generalPractitioner"] = [{"display": "Dr Quill, Fernside Surgery"}]
    letter = base64.b64encode(b"Dear Ada, 12 OAK STREET, ZZ11AA. Warfarin 3 mg.").decode()
    records = [
        toy_hub.PENICILLIN | {"note": [{"text": "Seen at 12, Oak  Street by Dr Quill, Fernside Surgery. Ring 01632 960 001."}]},
        {
            "type": "DocumentReference",
            "id": "d1",
            "status": "current",
            "content": [{"attachment": {"contentType": "text/plain", "data": letter}}],
        },
        {
            "type": "DocumentReference",
            "id": "d2",
            "status": "current",
            "content": [{"attachment": {"contentType": "application/pdf", "data": letter}}],
        },
    ]
    toy_hub.submit(hub, toy_hub.ada("acute", "A1", kind="acute", at="2026-11-21T08:00:00.000Z", extra=where, records=records))
    hub.drain()
    person, by_postcode = hub.store.links.persons()[0], PersonQuery(family="Okafor", postcode="ZZ1 1AA")
    before = hub.clock()
    assert "12 Oak Street" in told_anywhere(hub, person)
    assert [hit.postcode for hit in hub.disclosing.search_people(toy_hub.NURSE, by_postcode).value] == ["ZZ1 1AA"]
    toy_hub.submit(hub, toy_hub.ada(at="2026-11-21T09:00:00.000Z", extra=toy_hub.CLOSED))
    hub.drain()
    everywhere = told_anywhere(hub, person) + str(hub.disclosing.record_then(toy_hub.NURSE, person, before, "then").value)
    secrets = ("Oak Street", "Oak  Street", "ZZ1 1AA", "960001", "960 001", "Quill", "Fernside", letter)
    assert not [secret for secret in secrets if secret in everywhere]
    assert all(words in everywhere for words in ("Address protected", "GP and practice protected", "Seen at [protected] by [protected]."))
    assert base64.b64encode(b"Dear Ada, [protected], [protected]. Warfarin 3 mg.").decode() in everywhere
    assert "Document protected" in everywhere
    assert hub.disclosing.search_people(toy_hub.NURSE, by_postcode).value == ()
    assert [hit.postcode for hit in hub.disclosing.search_people(toy_hub.NURSE, PersonQuery(family="Okafor")).value] == [""]


def told_anywhere(hub, person: str) -> str:
    """All that a reader is given of a person: the record, every resource, and each as it was sent."""
    plan, bodies = hub.disclosing.everything(toy_hub.NURSE, person).value
    sent = [hub.disclosing.as_sent(toy_hub.NURSE, person, f"{body.type}/{body.id}").value for body in bodies]
    return str((hub.disclosing.person_record(toy_hub.NURSE, person, "overview").value, plan, bodies, sent))


def test_what_is_not_shown_is_not_left_out_of_the_stored_record(hub):
    """Agreements and objections are asked at reading, so a record's hash, and a rebuild, do not turn on the day."""
    held = hub.record_hash()
    with_agreements(hub, SharingAgreement("gp", "Elmfield Surgery", SourceKind.GP, True, False))
    assert allergies(hub) == []
    assert hub.rebuild().after == held
