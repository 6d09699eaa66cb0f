"""UI-90: for every person of the cast the pages and the API say the same: entries and folding, source states, disagreements, the timeline."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterator

import pytest
from starlette.testclient import TestClient

from carehub.api.requester import SourceCredential
from carehub.careplan.sections import HEADINGS
from carehub.hub.hub import Hub
from carehub.terms.moments import show_date
from carehub.wiring.bootstrap import build_hub
from carehub.wiring.demo import PERSONAS, demo_settings, load_cast
from carehub.wiring.serving import create_app
from carehub.wiring.settings import Settings
from doors.api.conftest import digest
from doors.web.conftest import sign_in
from doors.web.markup import Page
from hub.toy_hub import without_relationships

NURSE = PERSONAS[0]


@pytest.fixture(scope="module")
def hub(tmp_path_factory) -> Hub:
    """The whole cast in a store of its own, as the demonstration has it."""
    made = without_relationships(build_hub(demo_settings(tmp_path_factory.mktemp("var"))))
    load_cast(made, quiet=True)
    return made


@pytest.fixture(scope="module")
def screen_and_api(hub) -> Iterator[TestClient]:
    """One client: signed in as the nurse for the pages, and with her credential for the API."""
    app = create_app(
        Settings(env="demo"),
        hub,
        personas=PERSONAS,
        clients={digest("nurse"): NURSE},
        sources={digest("source"): SourceCredential("demo", frozenset(hub.catalogue.feeds()))},
    )
    with TestClient(app, follow_redirects=False) as client:
        assert sign_in(client, f"{NURSE.user}|{NURSE.role}").status_code == 303
        client.headers["Authorization"] = "Bearer nurse"
        yield client


@pytest.fixture(scope="module")
def cast(hub) -> list[str]:
    people = sorted(hub.store.links.persons())
    assert len(people) >= 12
    return people


def _page(client: TestClient, path: str) -> Page:
    answer = client.get(path)
    assert answer.status_code == 200
    return Page(answer.text)


def _document(client: TestClient, person: str) -> tuple[dict, dict[str, list[dict]]]:
    bundle = client.get(f"/fhir/R4/Patient/{person}/$unified-care-plan").json()
    held: dict[str, list[dict]] = {}
    for entry in bundle["entry"]:
        held.setdefault(entry["resource"]["resourceType"], []).append(entry["resource"])
    return held["Composition"][0], held


def _squeezed(text: str) -> str:
    return re.sub(r"\W+", "", re.sub(r"<[^>]+>", " ", text))


def test_every_section_holds_the_same_entries_folded_alike(screen_and_api, cast) -> None:
    seen = 0
    for person in cast:
        composition, _ = _document(screen_and_api, person)
        sections = {section["title"]: section for section in composition["section"]}
        for heading in HEADINGS:
            page = _page(screen_and_api, f"/people/{person}/{heading.key}")
            unfolded = _page(screen_and_api, f"/people/{person}/{heading.key}?fold=off")
            rows = [e for e in page.all("tr") if e.attributes.get("id", "").startswith("entry-")]
            rows += [e for e in page.all("div") if e.attributes.get("id", "").startswith("entry-")]
            lines = re.findall(r"<li>(.*?)</li>", sections[heading.title]["text"]["div"], re.DOTALL)
            states = _squeezed(page.text)
            told = [line for line in lines if _squeezed(line) not in states]
            assert len(told) <= len(rows), (person, heading.key, told)
            references = {one["reference"] for one in sections[heading.title].get("entry", ())}
            sent = {
                address.split("record=")[1].replace("%2F", "/")
                for address in (e.attributes.get("href", "") for e in unfolded.all("a"))
                if "record=" in address
            }
            assert sent <= references | {""} or heading.key == "about", (person, heading.key, sent - references)
            assert bool(rows) == bool(references) or heading.key == "about"
            seen += len(rows)
    assert seen > 60


def test_the_same_sources_stand_in_the_same_states(screen_and_api, cast) -> None:
    for person in cast:
        composition, _ = _document(screen_and_api, person)
        told = composition["section"][0]["text"]["div"]
        page = _page(screen_and_api, f"/people/{person}/sources")
        for row in re.findall(r"<dt>State</dt><dd>(.*?)</dd>", page.html, re.DOTALL):
            # "Received 5 minutes ago" may pass a minute between two requests; no sentence of the cast has an age.
            tag, _, sentence = row.partition("</strong>")
            assert _squeezed(tag) in _squeezed(told)
            assert _squeezed(re.sub(r'<span class="nhsuk-u-visually-hidden.*?</span>', "", sentence)) in _squeezed(told)
        lanes = [
            {part["name"]: part.get("valueString", "") for part in one["part"]}
            for one in screen_and_api.get(f"/fhir/R4/Patient/{person}/$timeline").json()["parameter"]
            if one["name"] == "lane"
        ]
        assert lanes
        named = {re.sub(r"^(GP|Hospital|Community|Social care|Voluntary) ", "", e.text) for e in page.all("th", scope="row")}
        titles = {lane["title"] for lane in lanes}
        # Of two records of one organisation the page adds their feeds.
        assert all(any(name.startswith(title) for name in named) for title in titles)
        assert all(any(name.startswith(title) for title in titles) for name in named)


def test_the_same_disagreements_are_told_and_counted(screen_and_api, cast) -> None:
    found = 0
    for person in cast:
        _, held = _document(screen_and_api, person)
        issues = held.get("DetectedIssue", [])
        page = _page(screen_and_api, f"/people/{person}")
        shown = page.all("p", class_="ch-disagreement__sentence")
        assert len(shown) == len(issues), person
        for issue in issues:
            assert any(_squeezed(issue["detail"]) in _squeezed(e.text) for e in shown)
        conflicts = sum("Sources disagree" in e.text for e in shown)
        assert page.one("h2", id="disagreements").text == ("Disagreements" if not conflicts else f"Disagreements ({conflicts})")
        found += len(issues)
    assert found >= 4


@pytest.mark.parametrize("query", ["", "?span=all", "?span=5y&show=stay&show=plan"])
def test_the_timeline_has_the_same_events_hidden_counts_and_silences(screen_and_api, cast, query) -> None:
    drawn = 0
    for person in cast:
        told = screen_and_api.get(f"/fhir/R4/Patient/{person}/$timeline{query}").json()["parameter"]
        page = _page(screen_and_api, f"/people/{person}/timeline{query}")
        events = [
            {part["name"]: part.get("valueString", "") or part.get("valueDateTime", "") for part in one["part"]}
            for one in told
            if one["name"] == "event"
        ]
        rows = [e.text for e in page.all("tr") if e.text and not e.text.startswith("Date What")]
        assert page.one("h2", id="events").text == f"The same events as a table ({len(events)})"
        undated = sum(one["name"] == "undated" for one in told)
        assert len(rows) == len(events) + undated
        wanted = Counter(_squeezed(f"{show_date(event['begins'])}{event['title']}") for event in events)
        for words, count in wanted.items():
            assert (
                sum(
                    _squeezed(re.sub(r"(\d{4})\d{1,2} [A-Z][a-z]+ \d{4}", r"\1", row))
                    .removeprefix("Date")
                    .replace("Planned", "")
                    .startswith(words.replace("Planned", ""))
                    for row in rows
                )
                >= count
            ), (person, words)
        counts = {one["name"]: one.get("valueInteger", 0) for one in told if one["name"] in ("earlier", "later")}
        assert ("before that" in page.text) == bool(counts["earlier"])
        assert ("after that" in page.text) == bool(counts["later"])
        drawn += len(events)
    assert drawn or "show" in query
