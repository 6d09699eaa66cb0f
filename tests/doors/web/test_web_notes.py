"""Notes to the care plan on the page: written, revised and withdrawn by forms, signed, shown on paper, and nothing typed is lost."""

from __future__ import annotations

import pytest

from doors.web.test_web_actions import send, text_of
from doors.web.test_web_disagreements import base, nurse  # noqa: F401
from hub.test_team_actions import GOAL, NEED, PLAN, person
from hub.test_team_notes import SECOND, WORDS, TeamNotes, write
from hub.toy_hub import ada, submit, toy_hub


@pytest.fixture
def hub():
    made = toy_hub()
    submit(made, ada(records=[NEED]), ada("acute", "A1", kind="acute", records=[GOAL, PLAN]))
    made.drain()
    return made


def test_a_note_is_written_from_the_plan_and_stands_there_and_on_paper_signed(nurse, base, hub):  # noqa: F811
    assert f'href="{base}/notes/write"' in nurse.get(f"{base}/care-plan").text
    saved = send(nurse, f"{base}/notes/write", words="<i>Mondays</i> it is", once="1")
    assert (saved.status_code, saved.headers["location"]) == (303, f"{base}/care-plan?done=noted")
    told = text_of(nurse, f"{base}/care-plan?done=noted")
    assert "<i>Mondays</i> it is – Jo Adeyemi, District nurse, Northvale Community, 22-Nov-2026" in told
    assert "The note is saved." in told
    assert "<i>" not in nurse.get(f"{base}/care-plan").text
    for page in ("print", "plan"):
        assert "<i>Mondays</i> it is" in text_of(nurse, f"{base}/{page}")
    send(nurse, f"{base}/notes/write", words="<i>Mondays</i> it is", once="1")
    assert text_of(nurse, f"{base}/care-plan").count("it is – Jo") == 1


def test_it_is_revised_and_withdrawn_and_all_of_it_stays(nurse, base, hub):  # noqa: F811
    address = f"{base}/notes/{write(hub).record.id}"
    assert f'href="{address}"' in nurse.get(f"{base}/care-plan").text
    assert send(nurse, address, do="revise", words="Tuesdays", seen="1").status_code == 303
    assert "Before: " + WORDS in text_of(nurse, f"{base}/care-plan")
    assert send(nurse, address, do="withdraw", why="Wrong record", seen="2").status_code == 303
    told = text_of(nurse, f"{base}/care-plan")
    assert all(words in told for words in ("Withdrawn", "Wrong record", "Tuesdays", WORDS))
    assert f'href="{address}"' not in nurse.get(f"{base}/care-plan").text
    assert "Save the new version" not in nurse.get(address).text


def test_somebody_elses_change_meanwhile_is_said_and_what_was_typed_is_kept(nurse, base, hub):  # noqa: F811
    kept = write(hub)
    TeamNotes(hub).revise(SECOND, kept.record.id, "Somebody was first", 1)
    again = send(nurse, f"{base}/notes/{kept.record.id}", do="revise", words="What I typed", seen="1")
    assert again.status_code == 409
    assert all(words in again.text for words in ("Somebody changed this note", "Somebody was first", "What I typed", 'value="2"'))


@pytest.mark.parametrize(("do", "field"), [("revise", "words"), ("withdraw", "why")])
def test_no_words_are_refused_with_a_link_to_the_field(nurse, base, hub, do, field):  # noqa: F811
    kept = write(hub)
    refused = send(nurse, f"{base}/notes/{kept.record.id}", do=do, seen="1", **{field: "  "})
    assert refused.status_code == 422
    assert f'href="#{field}"' in refused.text
    assert send(nurse, f"{base}/notes/write", words="", once="1").status_code == 422
    assert send(nurse, f"{base}/notes/{kept.record.id}", do="erase", seen="1", words="x").status_code in (400, 422)
    assert nurse.post(f"{base}/notes/write", data={"words": "x"}).status_code == 403
    assert len(hub.disclosing.person_record(SECOND, person(hub), "x").value.plan.joint.notes[0].lines) == 1
