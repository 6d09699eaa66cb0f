"""No blank anywhere: fourteen source states, in every section, for a role that sees it and one that does not, on the page, on paper and by API."""

from __future__ import annotations

import json
import re
from dataclasses import replace
from datetime import timedelta
from html import unescape
from html.parser import HTMLParser

import pytest

from carehub.api.document import plan_document
from carehub.api.patient_summary import patient_summary
from carehub.careplan import absence
from carehub.careplan.absence import TAGS
from carehub.careplan.freshness import FeedClock
from carehub.careplan.gaps import allergy_label, section_states, source_states
from carehub.careplan.known_services import KnownService, with_services
from carehub.careplan.plan import ExpectedSource, SectionState, UnifiedCarePlan
from carehub.careplan.sections import HEADINGS
from carehub.hub.reading import PersonRecord
from carehub.terms.organisations import SourceKind
from doors.web import builders
from doors.web.conftest import client_of, sign_in
from unit.careplan.told import COUNCIL, notice, patient, plan, record, view

NOW = builders.NOW
KEYS = tuple(heading.key for heading in HEADINGS)
FORBIDDEN = {"", "N/A", "None", "Nil", "-", "–", "0", "No data", "No results"}
AGE_WELL = KnownService("X99010", "Age Well Northvale", SourceKind.VOLUNTARY, "no_agreement")
TRUST = KnownService("X99011", "Northvale Mental Health Trust", SourceKind.COMMUNITY, "not_connected")
WARNINGS = {"withheld": absence.WITHHELD, "in_transfer": absence.in_transfer("03-Oct-2026"), "awaiting_filing": absence.AWAITING_FILING}

# The exact words of SCREENS 3.0.3, written out, so that a change in the code that makes them is a failure here.
SENTENCES = {
    "current": "Received 22-Nov-2026 08:01.",
    "late": "Last received 20-Nov-2026 23:02 (1 day 10 hours ago). Expected every hour.",
    "stale": "Last received 12 days ago (10-Nov-2026 09:02). Expected every 7 days.",
    "failing": "Messages are arriving but 14 cannot be read. Last good 22-Nov-2026 08:01.",
    "no_agreement": "No data sharing agreement with Age Well Northvale, so nothing is received.",
    "not_connected": "Northvale Mental Health Trust is not connected to carehub.",
    "no_record": "No record in this source has been matched to this person. They may still be known to the service.",
    "checking": "A possible record in this source is being checked and is not shown.",
    "hidden_wrong": "A record from this source was reported as possibly another person's on 21-Nov-2026 and is hidden.",
    "withheld": "Items excluded due to confidentiality and/or patient preferences.",
    "in_transfer": "Patient record transfer from previous GP practice not yet complete; information recorded before 03-Oct-2026 may be missing.",
    "awaiting_filing": "Some items are waiting to be reviewed by the practice and are not included.",
    "objected": "The person has asked for this source not to be shared.",
    "role": "Your role (Link worker) cannot see this section. Ask the care coordinator.",
}


def plan_in(state: str) -> UnifiedCarePlan:
    """A person of whom one source is in a state and no section has an entry but what its Patient record gives."""
    person = patient(COUNCIL)
    if state in ("no_record", "checking"):
        expected = ExpectedSource("local_authority/client-level-data", "Council adult social care", "Social care", int(state == "checking"))
        return plan(expected=(expected,))
    if state in ("no_agreement", "not_connected"):
        return with_services(plan(), (AGE_WELL if state == "no_agreement" else TRUST,))
    more = {
        "late": {"received": "2026-11-20T23:02:00.000Z", "expected_every": "PT1H", "stale_after": "P7D"},
        "stale": {"received": "2026-11-10T09:02:00.000Z", "expected_every": "P7D", "stale_after": "P7D"},
        "failing": {"notices": (notice("", number="MAP-001", count=14),)},
        "hidden_wrong": {"hidden": "2026-11-21T10:00:00.000Z"},
        "objected": {"unshared": "objected"},
    }.get(state, {})
    made = plan(view(COUNCIL, person, **more))
    if state in WARNINGS:
        limit = SectionState(COUNCIL, state, WARNINGS[state])
        made = replace(
            made,
            sections=tuple(replace(s, states=(*s.states, limit)) for s in made.sections),
            sources=tuple(replace(r, warnings=(limit,)) for r in made.sources),
        )
    return made


def read(made: UnifiedCarePlan, now=NOW, feeds=None) -> PersonRecord:
    clocks = feeds or {}
    states = {key: section_states(made, key, now, clocks) for key in KEYS}
    return PersonRecord(made, source_states(made, now, clocks), states, allergy_label(made, now, clocks), now)


class OnePerson:
    """The door out over one record."""

    def __init__(self, record: PersonRecord, masks: tuple[str, ...] = ()) -> None:
        self.released = builders.masked(record, masks) if masks else builders.disclosed(record)

    def person_record(self, requester, person: str, page: str):
        return self.released


class Cells(HTMLParser):
    """The words of every cell, line and paragraph of the main part of a page."""

    VALUES = ("td", "dd", "li", "p", "dt", "th")

    def __init__(self) -> None:
        super().__init__()
        self.open: list[tuple[str, list[str]]] = []
        self.found: list[tuple[str, str]] = []

    def handle_starttag(self, tag, attrs) -> None:
        if tag in self.VALUES:
            self.open.append((tag, []))
        elif self.open and tag in ("img", "input", "svg", "button", "form"):
            self.open[-1][1].append("(control)")

    def handle_data(self, data) -> None:
        for _, words in self.open:
            words.append(data)

    def handle_endtag(self, tag) -> None:
        if self.open and self.open[-1][0] == tag:
            name, words = self.open.pop()
            self.found.append((name, " ".join("".join(words).split())))


def blanks(html: str) -> list[tuple[str, str]]:
    cells = Cells()
    cells.feed(html[html.find("<main") :] if "<main" in html else html)
    assert cells.found
    return [(tag, words) for tag, words in cells.found if words in FORBIDDEN]


_SPOKEN = re.compile(r'<span class="nhsuk-u-visually-hidden ch-spoken">[^<]*</span>')


def words_of(html: str) -> str:
    """What a reader sees; the long form of a date, which is for who listens, is left out."""
    told = " ".join(unescape(re.sub(r"<[^>]+>", " ", _SPOKEN.sub("", html))).split())
    return re.sub(r" ([.,;)])", r"\1", told).replace("( ", "(")


def said(html: str, sentence: str) -> bool:
    return sentence in words_of(html)


def pages(hub: OnePerson):
    client = client_of(hub)
    sign_in(client)
    return lambda path: client.get(f"/people/person-1{path}")


def composition(hub: OnePerson, made=plan_document) -> dict:
    _, body = next(iter(made(hub.released, ())))
    return json.loads(body)


def test_the_matrix_knows_every_state_of_the_vocabulary():
    assert list(SENTENCES) == list(TAGS)


@pytest.mark.parametrize("state", [state for state in TAGS if state != "role"])
def test_every_section_says_the_state_on_the_page_on_paper_and_by_api(state):
    """UI-10, UI-14, UI-15; hazards H01, H-06, H-30."""
    record = read(plan_in(state))
    assert {one.code for one in record.source_states} == {state}
    assert SENTENCES[state] in record.source_states[0].sentence
    hub = OnePerson(record)
    ask = pages(hub)
    told = composition(hub)
    assert said(json.dumps(told["section"][0], ensure_ascii=False), SENTENCES[state])
    by_title = {section["title"]: section for section in told["section"]}
    for heading in HEADINGS:
        page = ask(f"/{heading.key}")
        assert page.status_code == 200
        assert blanks(page.text) == [], heading.key
        assert state == "current" or said(page.text, SENTENCES[state]), heading.key
        section = by_title[heading.title]
        assert words_of(section["text"]["div"]), heading.key
        if state != "current":
            assert said(section["text"]["div"], SENTENCES[state]), heading.key
        if "entry" not in section and heading.key != "about":
            assert section["emptyReason"]["text"] not in FORBIDDEN
            assert section["emptyReason"].get("coding", [{}])[0].get("code") != "nilknown"
    for section in composition(hub, patient_summary)["section"][:-1]:
        told = (section["text"]["div"], section["emptyReason"]["text"])
        assert state == "current" or all(said(words, SENTENCES[state]) for words in told), section["title"]
        assert section["emptyReason"].get("coding", [{}])[0].get("code") != "nilknown"
    for path in ("", "/sources", "/print"):
        page = ask(path)
        assert page.status_code == 200
        assert blanks(page.text) == [], path
        assert said(page.text, SENTENCES[state]), path


@pytest.mark.parametrize("state", [state for state in TAGS if state != "role"])
@pytest.mark.parametrize("heading", HEADINGS, ids=lambda heading: heading.key)
def test_a_role_that_may_not_see_a_section_is_told_so_whatever_the_state(state, heading):
    """UI-85."""
    hub = OnePerson(read(plan_in(state)), (heading.key,))
    page = pages(hub)(f"/{heading.key}")
    assert SENTENCES["role"] in words_of(page.text)
    assert blanks(page.text) == []
    section = next(one for one in composition(hub)["section"] if one["title"] == heading.title)
    assert SENTENCES["role"] in words_of(section["text"]["div"])
    for section in composition(hub, patient_summary)["section"]:
        if section["title"] in {"medicines": "Medication Summary", "allergies": "Allergies and Intolerances"}.get(heading.key, ""):
            assert section["emptyReason"]["coding"][0]["code"] == "withheld"
            assert words_of(section["text"]["div"]) == SENTENCES["role"]


# ---- the council's feed goes down for one cycle ---------------------------------------------------------------------------------

FEED = "local_authority/records"
SERVICE = {
    "status": "active",
    "type": [{"text": "Home care"}, {"text": "Four visits a day"}],
    "period": {"start": "2025-06-25"},
    "team": [{"display": "Bright Care"}],
}
TEAM = {"status": "active", "name": "Team", "participant": [{"member": {"display": "L Osei"}, "role": [{"text": "Social worker"}]}]}
ENQUIRY = {"status": "active", "code": {"text": "Safeguarding enquiry (section 42)"}, "period": {"start": "2026-11-02"}}
CAME = NOW - timedelta(days=1)


def council(*more) -> UnifiedCarePlan:
    told = (patient(COUNCIL), record(COUNCIL, "EpisodeOfCare", "e", SERVICE), record(COUNCIL, "CareTeam", "t", TEAM), *more)
    return plan(view(COUNCIL, *told, received=CAME.isoformat(), expected_every="P7D", stale_after="P30D"))


def at(made: UnifiedCarePlan, now) -> OnePerson:
    clock = FeedClock(FEED, CAME.isoformat(), CAME.isoformat(), 0, "P7D", "P30D")
    return OnePerson(read(made, now, {FEED: clock}))


def everywhere(hub: OnePerson) -> dict[str, str]:
    """The panel's words wherever it stands."""
    ask = pages(hub)
    support = next(one for one in composition(hub)["section"] if one["title"] == "Support at home")
    shown = {path: ask(path) for path in ("", "/support", "/print")}
    for path, page in shown.items():
        assert page.status_code == 200
        assert blanks(page.text) == [], path
    return {**{path: words_of(page.text) for path, page in shown.items()}, "api": words_of(support["text"]["div"])}


def test_the_care_package_says_in_four_lines_what_is_known_and_what_is_not():
    for told in everywhere(at(council(record(COUNCIL, "Flag", "f", ENQUIRY)), NOW)).values():
        assert "Home care (Four visits a day), Bright Care, since" in told
        assert "L Osei (Social worker)" in told
        assert re.search(r"Suspended during admission:? Not known\.", told)
        assert "Last received" not in told.partition("Package")[2].partition("Worker")[0]


def test_a_safeguarding_enquiry_is_on_the_screen_and_never_on_paper():
    """Hazard H17: its line on paper is the same whether there is one or not."""
    with_one, without = (everywhere(at(made, NOW)) for made in (council(record(COUNCIL, "Flag", "f", ENQUIRY)), council()))
    assert "Open: Safeguarding enquiry (section 42)" in with_one[""]
    assert "Not known. Social care: nothing recorded." in without[""]
    line = re.compile(r"Safeguarding enquiry Not printed\. See the screen\.")
    assert line.search(with_one["/print"])
    assert line.search(without["/print"])


def test_when_the_council_feed_misses_one_cycle_the_care_package_changes_wording_everywhere():
    """The step's own example: one cycle after the last delivery, and not a moment before."""
    made = council()
    late = "Social care: Last received"
    due = CAME + timedelta(days=7)
    before, after, long_after = (
        at(made, due - timedelta(minutes=1)),
        at(made, due + timedelta(minutes=1)),
        at(made, CAME + timedelta(days=31)),
    )
    for place, told in everywhere(before).items():
        assert late not in told, place
    for place, told in everywhere(after).items():
        assert re.search(
            r"Home care \(Four visits a day\), Bright Care, since .*?Social care: Last received .*?Expected every 7 days\.", told
        ), place
        assert "(7 days ago)" in told, place
    for place, told in everywhere(long_after).items():
        assert "Social care: Last received 31 days ago" in told or "Last received 31 days ago" in told, place


def test_when_the_council_holds_no_record_the_panel_says_so_in_the_words_of_the_vocabulary():
    for place, told in everywhere(OnePerson(read(plan_in("no_record")))).items():
        assert f"Not known. Social care: {SENTENCES['no_record']}" in told, place
