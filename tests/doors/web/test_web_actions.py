"""UI-50: an action cannot be saved without words, a named holder and a day; overdue is in words, its history stays, and nothing typed is lost."""

from __future__ import annotations

from datetime import timedelta

import pytest

from doors.web import builders
from doors.web.conftest import token_of
from doors.web.markup import Page
from doors.web.test_web_disagreements import base, nurse  # noqa: F401
from hub.desk_cast import NURSE
from hub.test_team_actions import GOAL, NEED, PLAN, TeamActions, answerable, plan
from hub.toy_hub import ada, submit, toy_hub

FIELDS = {"description": "Fit a second stair rail", "holder": "Sam Webb", "organisation": "Northvale Council", "due": "2026-11-25"}


@pytest.fixture
def hub():
    made = toy_hub()
    submit(made, ada(records=[NEED]), ada("acute", "A1", kind="acute", records=[GOAL, PLAN]))
    made.drain()
    return made


def send(nurse, address, **fields):  # noqa: F811
    return nurse.post(address, data={"form_token": token_of(nurse.get(address).text), **fields})


def entered(nurse, base, **more):  # noqa: F811
    saved = send(nurse, f"{base}/actions/enter", **{**FIELDS, "once": "1", "priority": "routine", **more})
    assert saved.status_code == 303, saved.text
    return saved.headers["location"].removesuffix("?done=entered")


def text_of(nurse, address) -> str:  # noqa: F811
    return Page(nurse.get(address).text).text


def test_an_action_is_entered_from_the_plan_and_stands_there_with_its_holder_and_badge(nurse, base, hub):  # noqa: F811
    assert f'href="{base}/actions/enter"' in nurse.get(f"{base}/care-plan").text
    goal = next(record for record, words in answerable(plan(hub)) if words.startswith("Goal"))
    address = entered(nurse, base, answers=goal, priority="urgent")
    told = text_of(nurse, address)
    assert all(
        words in told
        for words in (*list(FIELDS.values())[:3], "25-Nov-2026", "Requested, not accepted yet", "Urgent", "Goal: Walk to the shop")
    )
    assert "Jo Adeyemi (Northvale Community)" in told
    page = nurse.get(f"{base}/care-plan").text
    assert f'href="{address}"' in page
    assert "Requested, not accepted yet – Sam Webb, Northvale Council – due 25-Nov-2026" in Page(page).text
    assert "Entered here" in Page(page).text
    assert "Fit a second stair rail" in text_of(nurse, f"{base}/pack")
    assert "Fit a second stair rail" in text_of(nurse, f"{base}/print")


@pytest.mark.parametrize("left_out", FIELDS)
def test_what_is_left_out_is_said_by_its_field_and_the_rest_is_still_there(nurse, base, hub, left_out):  # noqa: F811
    length = len(hub.log.heads(0, 100))
    refused = send(nurse, f"{base}/actions/enter", **{**FIELDS, left_out: " ", "once": "1", "priority": "urgent"})
    assert refused.status_code == 422
    assert f'href="#{left_out}"' in refused.text
    assert all(words in refused.text for name, words in FIELDS.items() if name != left_out)
    assert '<option value="urgent" selected>' in refused.text
    assert len(hub.log.heads(0, 100)) == length


def test_a_team_alone_is_no_holder_and_a_day_in_the_past_is_none(nurse, base):  # noqa: F811
    refused = send(nurse, f"{base}/actions/enter", **{**FIELDS, "holder": "Therapy team", "due": "2026-11-01", "once": "1"})
    assert refused.text.count("nhsuk-error-message") == 2
    assert "a team or an organisation alone is nobody" in refused.text


def test_a_form_sent_twice_is_one_action_and_with_other_words_another(nurse, base, hub):  # noqa: F811
    assert entered(nurse, base) == entered(nurse, base)
    assert entered(nurse, base, description="Order a commode") != entered(nurse, base)
    assert len(plan(hub).joint.actions) == 2


def test_its_holder_accepts_it_and_hands_it_over_and_every_step_is_told(nurse, base):  # noqa: F811
    address = entered(nurse, base)
    assert send(nurse, address, do="change", seen="1", status="accepted", due="2026-11-25", priority="routine").status_code == 303
    handed = send(nurse, address, do="hand-over", seen="2", holder="Ann Poole", organisation="Northvale Council", because="On leave")
    assert handed.status_code == 303
    told = text_of(nurse, address)
    assert "Accepted" in told
    assert "Handed over from Sam Webb, Northvale Council to Ann Poole, Northvale Council. On leave" in told
    assert "Ann Poole, Northvale Council – due" in text_of(nurse, f"{base}/care-plan")
    same = send(nurse, address, do="hand-over", seen="3", holder="Ann Poole", organisation="Northvale Council", because="Again")
    assert same.status_code == 422
    assert 'value="Again"' in same.text


def test_cancelling_says_why_and_a_change_of_nothing_is_none(nurse, base):  # noqa: F811
    address = entered(nurse, base)
    refused = send(nurse, address, do="change", seen="1", status="cancelled", due="2026-11-25", priority="routine", why=" ")
    assert (refused.status_code, 'href="#why"' in refused.text) == (422, True)
    assert '<option value="cancelled" selected>' in refused.text
    nothing = send(nurse, address, do="change", seen="1", status="requested", due="2026-11-25", priority="routine")
    assert (nothing.status_code, 'href="#status"' in nothing.text) == (422, True)
    assert (
        send(nurse, address, do="change", seen="1", status="cancelled", due="2026-11-25", priority="routine", why="Declined").status_code
        == 303
    )
    told = nurse.get(address).text
    assert "Cancelled. Declined" in told
    assert "Save the change" not in told


def test_the_second_of_two_writers_keeps_their_words_and_sees_the_firsts(nurse, base):  # noqa: F811
    address = entered(nurse, base)
    send(nurse, address, do="change", seen="1", status="accepted", due="2026-11-25", priority="routine", why="Will do")
    second = send(nurse, address, do="change", seen="1", status="in-progress", due="2026-11-28", priority="urgent", why="Rail ordered")
    assert second.status_code == 409
    assert ">Rail ordered</textarea>" in second.text
    assert 'value="2026-11-28"' in second.text
    assert "Accepted. Will do" in second.text
    assert "Rail ordered" not in nurse.get(address).text


def test_overdue_is_in_words_and_the_list_leads_to_it(nurse, base, hub):  # noqa: F811
    address = entered(nurse, base)
    hub.clock.now += timedelta(days=9)
    page = nurse.get(f"{base}/care-plan").text
    overdue = page[page.index('id="overdue"') : page.index('id="goals"')]
    assert "OVERDUE" in overdue
    assert f'href="{address}"' in overdue


def test_another_persons_address_or_an_unknown_one_is_not_found(nurse, base):  # noqa: F811
    address = entered(nurse, base)
    assert nurse.get(address.replace(base, "/people/nobody")).status_code == 404
    assert nurse.get(f"{base}/actions/nothing").status_code == 404


def test_without_the_forms_own_token_nothing_is_saved(nurse, base, hub):  # noqa: F811
    assert nurse.post(f"{base}/actions/enter", data=FIELDS).status_code == 403
    assert TeamActions(hub).record(NURSE, base.rpartition("/")[2]).value.plan.joint.actions == ()
    assert builders.NOW
