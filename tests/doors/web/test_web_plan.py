"""The care plan's page over a real hub's answers: contingency first, owners and due dates, what is overdue, as it stood, and what changed."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

import pytest

from carehub.careplan.changes import difference
from carehub.careplan.gaps import allergy_label, section_states, source_states
from carehub.careplan.sections import HEADINGS
from carehub.hub.reading import EarlierRecord, PersonRecord, PlanChanges
from carehub.terms.moments import iso
from doors.web.builders import NOW, disclosed, masked
from doors.web.conftest import client_of, sign_in
from unit.careplan.joint_records import three
from unit.careplan.told import HOSPITAL, patient, plan, view


@dataclass
class PlanHub:
    """The door out over one assembled plan. masked: sections that the reader does not see."""

    views: tuple
    masked: tuple[str, ...] = ()

    def _fields(self):
        held = plan(*self.views)
        states = {heading.key: section_states(held, heading.key, NOW) for heading in HEADINGS}
        return held, source_states(held, NOW), states, allergy_label(held, NOW), NOW

    def person_record(self, requester, person, page):
        return masked(PersonRecord(*self._fields()), self.masked)

    def record_then(self, requester, person, at: datetime, page):
        return disclosed(EarlierRecord(*self._fields(), as_of=iso(at), limits=("Possible matches are those of today.",)))

    def changes(self, requester, person, since, until, page):
        record = PersonRecord(*self._fields())
        found = difference(plan(view(HOSPITAL)), record.plan, since, NOW)
        return disclosed(PlanChanges(record, iso(since), iso(NOW), found, (("Northvale Council", "Late."),), ()))


def page(hub: PlanHub, address: str = "/people/p/care-plan"):
    client = client_of(hub)
    sign_in(client)
    return client.get(address)


@pytest.fixture
def shown() -> str:
    return page(PlanHub(tuple(three()))).text


def test_what_to_do_when_things_go_wrong_comes_first(shown):
    main = shown[shown.index("<main") :]
    assert main.index("ring the district nurses") < main.index('id="overdue"') < main.index('id="goals"') < main.index('id="agencies"')


def test_overdue_and_past_review_are_in_words_with_owner_and_source(shown):
    assert "OVERDUE 12 days" in shown
    assert "PAST REVIEW 20 days" in shown
    assert "L Osei" in shown
    assert "S Webb (Physiotherapist), Northvale Community" in shown.replace("\n", "")
    assert "no owner named" in shown


def test_agreement_and_who_took_part_are_told_and_silence_is_said(shown):
    assert "Agreed with: Peggy and her daughter" in shown
    assert "not recorded" in shown
    assert "R Patel, Coordinator, Elmfield Surgery" in shown


def test_what_stands_alone_is_listed(shown):
    assert "Needs without a goal (2)" in shown
    assert "Actions without a goal" in shown


def test_an_earlier_day_is_marked_as_such():
    text = page(PlanHub(tuple(three())), "/people/p/care-plan?as-of=2026-11-01").text
    assert "The record as it stood" in text
    assert "not as it is now" in text
    assert "2026-11-01T23:59:59.999Z" in text


@pytest.mark.parametrize("path", ["", "/medicines", "/about", "/sources", "/timeline", "/timeline?span=all"])
def test_every_page_of_the_record_can_be_seen_as_it_stood_and_says_that_it_is_the_past(path):
    hub = PlanHub(tuple(three()))
    joint = "&" if "?" in path else "?"
    text = page(hub, f"/people/p{path}{joint}as-of=2026-11-01").text
    assert "The record as it stood" in text
    assert "not as it is now" in text
    assert "Possible matches are those of today." in text
    assert "as-of=2026-11-01T23%3A59%3A59.999Z" in text
    assert "The record as it stood" not in page(hub, f"/people/{plan(*three()).person}{path}").text
    assert page(hub, f"/people/p{path}{joint}as-of=soon").status_code in (400, 422)


@pytest.mark.parametrize("address", ["?as-of=soon", "/changes?since=soon", "/changes?since=2026-11-01&until=soon"])
def test_what_is_no_day_is_refused(address):
    assert page(PlanHub(tuple(three())), f"/people/p/care-plan{address}").status_code in (400, 422)


def test_changes_are_listed_with_what_cannot_be_told():
    text = page(PlanHub(tuple(three())), "/people/p/care-plan/changes?since=2026-10-25").text
    assert "Cannot tell for: Northvale Council" in text
    assert "By heading and agency" in text
    assert "Plan and actions – Northvale Council" in text


def test_hazard_a_confirmed_death_is_said_and_nothing_is_overdue():
    views = (*three(), view(HOSPITAL, patient(HOSPITAL, deceasedDateTime="2026-11-14")))
    unsure = page(PlanHub(views)).text
    assert "It closes every open action" not in unsure
    assert "OVERDUE" in unsure


def test_a_masked_plan_says_so_and_shows_nothing():
    text = page(PlanHub(tuple(three()), masked=("plan",))).text
    assert "Not shown to your role." in text
    assert "Home safety visit" not in text


def test_a_person_without_any_plan_gets_words_everywhere():
    text = page(PlanHub((view(HOSPITAL),))).text
    for words in (
        "No contingency plan is recorded",
        "No goal is recorded",
        "No care plan of an agency",
        "No note on capacity",
        "there is nothing to link",
    ):
        assert words in text
