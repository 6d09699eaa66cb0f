"""The form for About Me: every version stays, a mistake is in words, and neither it nor another writer loses what was typed."""

from __future__ import annotations

from carehub.web.sign_in import COOKIE
from doors.web.conftest import token_of
from doors.web.markup import Page
from doors.web.test_web_disagreements import base, hub, nurse  # noqa: F401

WORDS = {"important": "Stay in my own house with the cat.", "communication": "Speak to my left side."}


def _save(nurse, base, seen: int, **fields):  # noqa: F811
    page = nurse.get(f"{base}/about-me/write").text
    return nurse.post(f"{base}/about-me/write", data={"form_token": token_of(page), "seen": str(seen), **fields})


def test_what_is_written_is_on_the_record_and_the_next_form_begins_with_it(nurse, base):  # noqa: F811
    assert "Nothing has been written in carehub yet." in nurse.get(f"{base}/about-me/write").text
    saved = _save(nurse, base, 0, **WORDS, **{"supported-by": "Her daughter Ruth"})
    assert (saved.status_code, saved.headers["location"]) == (303, f"{base}/about_me?done=written")
    record = Page(nurse.get(f"{base}/about_me?done=written").text).text
    assert all(words in record for words in (*WORDS.values(), "Her daughter Ruth"))
    assert f">{WORDS['important']}</textarea>" in nurse.get(f"{base}/about-me/write").text
    assert _save(nurse, base, 1, important="Go home.").status_code == 303
    again = Page(nurse.get(f"{base}/about-me/write").text).text
    assert "Versions so far (2)" in again
    assert WORDS["important"] in again


def test_a_form_without_words_says_so_and_keeps_who_helped(nurse, base):  # noqa: F811
    refused = _save(nurse, base, 0, **{"supported-by": "Ruth", "important": "  "})
    assert refused.status_code == 422
    assert "There is a problem" in refused.text
    assert 'href="#important"' in refused.text
    assert 'value="Ruth"' in refused.text


def test_the_second_of_two_writers_keeps_their_words_and_sees_the_firsts(nurse, base):  # noqa: F811
    assert _save(nurse, base, 0, important="First.").status_code == 303
    second = _save(nurse, base, 0, important="Second.")
    assert second.status_code == 409
    assert ">Second.</textarea>" in second.text
    assert "First." in Page(second.text).text
    assert "Second." not in Page(nurse.get(f"{base}/about_me?done=written").text).text


def test_hazard_what_was_typed_survives_the_end_of_a_session(nurse, base):  # noqa: F811
    """S-H28, UI-74: it stands on the page that says so, and is saved once its writer has signed in again."""
    form = nurse.get(f"{base}/about-me/write").text
    session = nurse.cookies[COOKIE]
    nurse.cookies.delete(COOKIE)
    typed = {"seen": "0", **WORDS, "worth-knowing": "</textarea><script>x</script> quoted"}
    ended = nurse.post(f"{base}/about-me/write", data={"form_token": token_of(form), **typed})
    assert ended.status_code == 401
    page = Page(ended.text)
    assert "nothing has been saved" in page.text
    assert "<script>" not in ended.text
    kept = {field.attributes["name"]: field.attributes["value"] for field in page.all("input", type="hidden")}
    kept |= {field.attributes["name"]: field.text for field in page.all("textarea")}
    assert {name: kept[name] for name in typed} == typed
    nurse.cookies.set(COOKIE, session)
    assert nurse.post(f"{base}/about-me/write", data=kept).status_code == 303
    assert WORDS["important"] in Page(nurse.get(f"{base}/about_me?done=written").text).text


def test_a_form_that_this_browser_was_not_sent_is_not_given_back(nurse, base):  # noqa: F811
    nurse.cookies.delete(COOKIE)
    for token in ("", "made up"):
        refused = nurse.post(f"{base}/about-me/write", data={"form_token": token, **WORDS})
        assert refused.status_code == 401
        assert WORDS["important"] not in refused.text
