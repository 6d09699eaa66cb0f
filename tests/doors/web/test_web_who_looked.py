"""Who has looked: every view and refusal, newest first, names only for the privacy officer, filtered, paged, and itself written down."""

from __future__ import annotations

import json
from dataclasses import replace
from functools import partial

import pytest

from carehub.governance.requester import Requester
from carehub.hub.settle_review import Given
from carehub.hub.stewards import Stewards
from carehub.hub.who_looked import Asked, WhoLooked
from carehub.identity.rulings import Answer
from carehub.terms.errors import Missing, Refused
from doors.web.conftest import desk_client
from doors.web.markup import Page
from hub.desk_cast import COUNCIL, GP, GP_DOCTOR, NIA, NURSE, desk_hub, person

IVY = Requester("ivy", "Ivy Stone", "privacy-officer", "X99001", "Northvale Community", "HCOMPL")


@pytest.fixture
def hub():
    made = desk_hub()
    made.disclosing.person_record(GP_DOCTOR, person(made), "overview")
    made.disclosing.everything(NURSE, person(made))
    with pytest.raises(Refused):
        made.disclosing.person_record(replace(GP_DOCTOR, user="roy", name="Dr S Roy", purpose="HMARKT"), person(made), "overview")
    return made


@pytest.fixture
def as_persona(hub):
    return partial(desk_client, hub, (NURSE, GP_DOCTOR, NIA, IVY))


def rows(html: str) -> list[str]:
    return [" ".join(row.text.split()) for row in Page(html).all("tr", role="row")][1:]


def test_the_privacy_officer_sees_every_look_and_refusal_by_name_newest_first_and_no_clinical_word(hub, as_persona) -> None:
    html = as_persona(IVY).get(f"/people/{person(hub)}/who-looked").text
    own, roy, nurse, doctor = rows(html)
    assert "Ivy Stone" in own
    assert "Dr S Roy" in roy
    assert "Refused tried to open: overview" in roy
    assert NURSE.name in nurse
    assert "$everything" in nurse
    assert "Direct care" in nurse
    assert GP_DOCTOR.name in doctor
    assert "4 entries by 4 people" in Page(html).text
    assert not Page(html).all("section", aria_label="Patient identity")


def test_hazard_snooping_a_clinician_sees_roles_and_organisations_and_no_name(hub, as_persona) -> None:
    client = as_persona(NURSE)
    links = [a.attributes["href"] for a in Page(client.get(f"/people/{person(hub)}").text).all("a")]
    assert f"/people/{person(hub)}/who-looked" in links
    html = client.get(f"/people/{person(hub)}/who-looked").text
    assert "Dr S Roy" not in html
    assert GP_DOCTOR.name not in html
    assert any(GP_DOCTOR.organisation_name in row for row in rows(html))
    assert "Names are told by the privacy officer" in html


def test_looking_at_who_looked_is_itself_a_look(hub, as_persona) -> None:
    client = as_persona(IVY)
    before = rows(client.get(f"/people/{person(hub)}/who-looked").text)
    after = rows(client.get(f"/people/{person(hub)}/who-looked").text)
    assert len(after) == len(before) + 1
    assert any("Ivy Stone" in row and "who looked" in row and "Privacy review" in row for row in after)


@pytest.mark.parametrize(
    ("query", "count"),
    [
        ("refused=yes", 1),
        ("purpose=TREAT", 2),
        ("last=2020-01-01", 0),
        ("first=2020-01-01&last=2099-12-31", 4),
        ("organisation=Nowhere", 0),
    ],
)
def test_it_is_filtered_by_day_organisation_reason_and_refusal(hub, as_persona, query: str, count: int) -> None:
    html = as_persona(IVY).get(f"/people/{person(hub)}/who-looked?{query}").text
    assert len(rows(html)) == count
    if not count:
        assert "Nobody of this kind has looked" in html


def test_a_long_trail_is_paged_and_a_page_that_is_none_is_the_nearest(hub, as_persona) -> None:
    for _ in range(120):
        hub.disclosing.person_record(NURSE, person(hub), "overview")
    client = as_persona(IVY)
    first, second, beyond = (client.get(f"/people/{person(hub)}/who-looked?page={n}").text for n in (1, 2, 99))
    assert (len(rows(first)), 23 <= len(rows(second)) <= 25, len(rows(beyond)) > 0) == (100, True, True)


@pytest.mark.parametrize("day", ["2026-13-01", "yesterday", "2026", "' OR 1=1"])
def test_a_day_that_is_none_is_refused(hub, as_persona, day: str) -> None:
    assert as_persona(IVY).get(f"/people/{person(hub)}/who-looked", params={"first": day}).status_code == 422


def test_who_may_not_is_refused_and_that_is_written_down(hub) -> None:
    verb = WhoLooked(hub)
    with pytest.raises(Refused):
        verb.at(replace(NURSE, purpose="HMARKT"), person(hub), Asked())
    with pytest.raises(Refused):
        hub.disclosing.person_record(IVY, person(hub), "overview")
    newest = [json.loads(row.event) for row in hub.store.audit.about(person(hub), 2)]
    assert [event["outcome"] for event in newest] == ["4", "4"]


def test_a_person_that_there_is_not_is_missing(hub) -> None:
    with pytest.raises(Missing):
        WhoLooked(hub).at(IVY, "nobody", Asked())


def test_looks_under_an_id_that_the_records_had_before_are_listed(hub) -> None:
    """The council's record is a person of its own until a steward finds her to be Ada: who looked at it looked at Ada."""
    alone = person(hub, COUNCIL)
    hub.disclosing.person_record(replace(NURSE, user="lena", name="Lena Osei"), alone, "overview")
    Stewards(hub).rule(NIA, Given(Answer.SAME, GP, COUNCIL, "The same woman."))
    hub.drain()
    assert person(hub, COUNCIL) == person(hub)
    told = WhoLooked(hub).at(IVY, alone, Asked()).value
    assert told.person == person(hub)
    assert {"Lena Osei", GP_DOCTOR.name} <= {look.name for look in told.looks}
