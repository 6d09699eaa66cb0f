"""UI-81: every form leads to what came of it, and every page that answers one says that in one place, once."""

from __future__ import annotations

import re

import pytest

from carehub.web.done import DONE
from carehub.web.rendering import STATIC
from doors.web.conftest import desk_client
from doors.web.markup import Page, result_of
from hub.desk_cast import NURSE, desk_hub, person
from hub.toy_hub import ada, submit

# Forms that lead out of the page that they stand on: to another session, or to an app, to whose address a fragment would be added.
ELSEWHERE = {"choosing.html", "base.html", "parts/session.html", "app_access.html", "app_access_of_person.html", "person_apps.html"}


@pytest.fixture(scope="module")
def nurse():
    made = desk_hub()
    submit(made, ada("gp", at="2026-11-21T08:00:00.000Z"))
    made.drain()
    client = desk_client(made, (NURSE,), NURSE)
    client.base = f"/people/{person(made)}"
    return client


def test_ui_81_every_form_leads_to_what_comes_of_it() -> None:
    templates = STATIC.parent / "templates"
    found = {
        path.relative_to(templates).as_posix(): re.findall("<form [^>]*>", path.read_text("utf-8")) for path in templates.rglob("*.html")
    }
    astray = {name for name, forms in found.items() for form in forms if '#result"' not in form}
    assert sum(map(len, found.values())) > 20
    assert astray == ELSEWHERE


@pytest.mark.parametrize("done", DONE)
def test_ui_81_what_was_done_is_said_once_and_only_where_the_page_is_there(nurse, done) -> None:
    page = Page(nurse.get(f"{nurse.base}/about_me?done={done}").text)
    assert result_of(page) == DONE[done]
    assert [one.attributes.get("role") for one in page.elements if one.attributes.get("id") == "result"] == ["status"]
    assert DONE[done] not in nurse.get(f"/people/nobody?done={done}").text


@pytest.mark.parametrize(
    ("path", "says"),
    [
        ("{base}/timeline?span=all", "event"),
        ("{base}/medicines?fold=off", "recorded"),
        ("{base}/care-plan?as-of=2026-11-21", "The record as it stood"),
        ("{base}/care-plan/changes?since=2026-11-01", "received"),
        ("{base}/who-looked", "the newest first"),
        ("{base}/who-looked?refused=yes", "Nobody of this kind has looked"),
        ("{base}/about_me?done=<b>", "recorded"),
        ("{base}/meeting?present=gp", "because of who is in the room"),
        ("/people?family=Nobody", "Nobody found"),
        ("/people/nobody", "There is nothing at this address"),
    ],
)
def test_ui_81_what_a_filter_or_a_search_came_to_has_a_place_for_the_focus(nurse, path, says) -> None:
    assert says in result_of(Page(nurse.get(path.format(base=nurse.base)).text))
