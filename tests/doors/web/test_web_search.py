"""Finding a person: enough to tell people apart, and no NHS number in an address."""

from __future__ import annotations

from dataclasses import replace

import pytest

from carehub.hub.reading import PersonHit, PersonQuery
from carehub.web.pages.people import found, query_by_name
from doors.web import builders, fake_hub
from doors.web.conftest import token_of
from doors.web.markup import Page


def _by_number(client, number: str, **more):
    token = token_of(client.get("/people").text)
    return client.post("/people", data={"form_token": token, "nhs_number": number} | more)


def test_the_root_leads_to_the_search(client) -> None:
    assert client.get("/").headers["location"] == "/people"


def test_an_nhs_number_is_searched_for_without_its_spaces(client, hub) -> None:
    answer = _by_number(client, "999 000 0018")
    assert answer.status_code == 200
    assert hub.asked == [("search", PersonQuery(nhs_number="9990000018"))]
    assert "3 people found" in Page(answer.text).text


def test_the_number_form_posts(client) -> None:
    number_form, name_form = [
        form for form in Page(client.get("/people").text).all("form") if form.attributes["action"] == "/people#result"
    ]
    assert number_form.attributes["method"] == "post"
    assert name_form.attributes["method"] == "get"
    assert client.get("/people?nhs_number=9990000018").text.count("9990000018") == 0


@pytest.mark.parametrize(
    ("typed", "says"), [("", "10 digits"), ("123", "10 digits"), ("999 000 0019", "not a real one"), ("0000000000", "not a real one")]
)
def test_an_impossible_number_is_refused_before_the_hub_is_asked(client, hub, typed, says) -> None:
    answer = _by_number(client, typed)
    page = Page(answer.text)
    assert answer.status_code == 422
    assert page.one("title").text.startswith("Error: ")
    assert says in page.one("div", role="alert").text
    assert page.one("input", id="nhs_number").attributes["value" if typed else "id"] == (typed or "nhs_number")
    assert hub.asked == []


def test_a_number_form_from_elsewhere_is_refused(client, hub) -> None:
    assert client.post("/people", data={"nhs_number": "9990000018"}).status_code == 403
    assert client.post("/people", data={"nhs_number": "9990000018", "form_token": "made.up"}).status_code == 403
    token = token_of(client.get("/people").text)
    crossed = client.post("/people", data={"form_token": token, "nhs_number": "9990000018"}, headers={"Sec-Fetch-Site": "cross-site"})
    assert crossed.status_code == 403
    assert hub.asked == []


def test_a_name_and_date_of_birth_become_a_query(client, hub) -> None:
    client.get("/people?family=+O%27Brien+&given=M&postcode=nv1+2ab&born-day=9&born-month=3&born-year=1941")
    assert hub.asked == [("search", PersonQuery(family="O'Brien", given="M", postcode="nv1 2ab", birth_date="1941-03-09"))]


@pytest.mark.parametrize(
    ("typed", "field"),
    [
        ({"given": "Margaret"}, "family"),
        ({"postcode": "NV1 2AB"}, "family"),
        ({"family": "Smith", "born-day": "31", "born-month": "2", "born-year": "1941"}, "born-day"),
        ({"born-day": "9"}, "born-day"),
        ({"born-day": "1", "born-month": "1", "born-year": "2030"}, "born-day"),
        ({"born-day": "x", "born-month": "1", "born-year": "1950"}, "born-day"),
        ({"born-day": "1", "born-month": "1", "born-year": "41"}, "born-day"),
    ],
)
def test_a_search_that_names_nobody_says_what_to_do(client, hub, typed, field) -> None:
    answer = client.get("/people", params=typed)
    page = Page(answer.text)
    assert answer.status_code == 422
    assert page.one("div", role="alert")
    assert [link.attributes["href"] for link in page.all("a") if link.attributes["href"].startswith(f"#{field}")]
    assert page.one("input", id=field)
    assert hub.asked == []


def test_what_was_typed_stays(client) -> None:
    page = Page(client.get("/people", params={"family": "O'Brien", "born-day": "31", "born-month": "2", "born-year": "1941"}).text)
    assert page.one("input", id="family").attributes["value"] == "O'Brien"
    assert page.one("input", id="born-month").attributes["value"] == "2"


def test_people_are_told_apart(client) -> None:
    rows = [element.text for element in Page(client.get("/people?family=O").text).all("tr")]
    margaret = next(row for row in rows if "Margaret" in row)
    assert "O'BRIEN-SMITH, Margaret (Mrs)" in margaret
    assert "09-Mar-1941" in margaret
    assert "(85y)" in margaret
    assert "999 000 0018" in margaret
    assert "Another person in this list has a similar name." in margaret
    margery = next(row for row in rows if "Margery" in row)
    assert "Died 14-Nov-2026" in margery
    assert "NHS No.Not known" in margery


def test_twins_are_warned_of_by_their_birthday() -> None:
    twins = tuple(PersonHit(name, "Okafor", name, "", "2015-05-05", "female", "", "", "", ("GP",)) for name in ("Ada", "Ngozi"))
    rows = found(builders.disclosed(twins), builders.NOW)
    assert [[words.partition(".")[0] for words in row.alike] for row in rows] == [
        ["Another person in this list has the same family name and date of birth"]
    ] * 2
    assert [row.age for row in rows] == ["11y 6m", "11y 6m"]


def test_people_who_are_not_alike_are_not_warned_of() -> None:
    people = (
        PersonHit("1", "Okafor", "Ada", "", "2015-05-05", "", "", "", "", ()),
        PersonHit("2", "Okafor", "Ben", "", "1980-01-01", "", "", "", "", ()),
        PersonHit("3", "Patel", "Ada", "", "2015-05-05", "", "", "", "", ()),
    )
    assert [row.alike for row in found(builders.disclosed(people), builders.NOW)] == [(), (), ()]


def test_two_people_with_one_nhs_number_are_warned_of_whatever_their_names(client, monkeypatch) -> None:
    one = PersonHit("1", "Okafor", "Ada", "", "2015-05-05", "", "9990000018", "", "", ())
    other = replace(one, person="2", family="Patel", given="Ravi", birth_date="1960-01-01")
    third = replace(one, person="3", nhs_number="")
    fourth = replace(third, person="4", family="Zeta", birth_date="")
    monkeypatch.setattr(fake_hub, "HITS", (one, other, third, fourth))
    warned = {row.person: row.alike for row in found(builders.disclosed(fake_hub.HITS), builders.NOW)}
    assert [words.startswith("Another person in this list has the same NHS number.") for words in warned["1"]] == [True, False]
    assert [words.startswith("Another person in this list has the same NHS number.") for words in warned["2"]] == [True]
    assert warned["4"] == (), "two numbers that are not known are not one number"
    rows = [row.text for row in Page(_by_number(client, "999 000 0018").text).all("tr")]
    assert sum("has the same NHS number" in row for row in rows) == 2


def test_a_full_answer_says_that_it_may_be_cut(client, hub, monkeypatch) -> None:
    many = tuple(PersonHit(str(number), f"Name{number:02d}", "A", "", "", "", "", "", "", ()) for number in range(50))
    monkeypatch.setattr(fake_hub, "HITS", many)
    assert "Only the first 50 are shown" in Page(client.get("/people?family=Name").text).text


def test_nobody_found_is_not_nobody_known(client) -> None:
    text = Page(client.get("/people?family=Nobody").text).text
    assert "Nobody found" in text
    assert "The person may still be known to a service" in text


def test_hits_that_were_not_disclosed_are_not_shown() -> None:
    with pytest.raises(TypeError, match="disclosed"):
        found(fake_hub.HITS, builders.NOW)


def test_the_query_keeps_only_what_was_given() -> None:
    blank = dict.fromkeys(("family", "given", "postcode", "born-day", "born-month", "born-year"), "")
    query, mistakes = query_by_name(blank | {"family": "Smith"}, builders.NOW)
    assert query == PersonQuery(family="Smith")
    assert mistakes == ()
