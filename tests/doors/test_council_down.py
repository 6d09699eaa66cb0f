"""The council's feed misses one cycle, through a whole hub: messages in, an injected clock, pages, paper and API out."""

from __future__ import annotations

import re
from datetime import UTC, datetime, timedelta

import pytest
from starlette.testclient import TestClient

from carehub.feeds.message import Submission
from carehub.hub.hub import Hub
from carehub.terms.moments import iso
from carehub.wiring import bootstrap
from carehub.wiring.demo import PERSONAS, cast_files, demo_settings
from carehub.wiring.loading import shipped_cast
from carehub.wiring.serving import create_app
from carehub.wiring.settings import Settings
from doors.api.conftest import digest
from doors.test_absence_everywhere import blanks, words_of
from doors.web.conftest import sign_in

NURSE = PERSONAS[0]
START = datetime(2026, 11, 20, 9, tzinfo=UTC)
CYCLE = timedelta(days=7)
LATE = "Social care: Last received"


class Town:
    """A hub over the cast, in which it is the time that a test says it is. One council file, Peter's, is kept back for later."""

    def __init__(self, folder, monkeypatch) -> None:
        self.now = START
        monkeypatch.setattr(bootstrap, "clock", lambda: self.now)
        self.hub: Hub = bootstrap.build_hub(demo_settings(folder))
        files = [(self.hub.catalogue.full_name(feed), path, key) for feed, path, key in cast_files(shipped_cast())]
        *early, self.kept_back = sorted(files, key=lambda file: file[0] == "local_authority/support-plans")
        for file in early:
            self.send(file)
        app = create_app(Settings(env="demo"), self.hub, personas=PERSONAS, clients={digest("nurse"): NURSE})
        self.client = TestClient(app, follow_redirects=False, headers={"Authorization": "Bearer nurse"})
        (self.person,) = (one for one in self.hub.store.links.find(nhs_number="9990000220") if self.council_tells_of(one))

    def council_tells_of(self, person: str) -> bool:
        records = self.hub.store.records.current([link.patient for link in self.hub.store.links.links_of(person)])
        return any(record.feed == "local_authority/support-plans" for record in records.values())

    def send(self, file) -> None:
        feed, path, key = file
        self.hub.receive([Submission(feed, path.read_bytes(), iso(self.now), "test", delivery_key=key)])
        self.hub.drain()

    def everywhere(self, after: timedelta) -> dict[str, str]:
        """The words of the care package wherever it stands, so long after the start."""
        self.now = START + after
        assert sign_in(self.client, f"{NURSE.user}|{NURSE.role}").status_code == 303
        told = {}
        for path in ("", "/support", "/print"):
            page = self.client.get(f"/people/{self.person}{path}")
            assert page.status_code == 200
            assert blanks(page.text) == [], path
            told[path] = words_of(page.text)
        bundle = self.client.get(f"/fhir/R4/Patient/{self.person}/$unified-care-plan").json()
        sections = bundle["entry"][0]["resource"]["section"]
        told["api"] = words_of(next(one for one in sections if one["title"] == "Support at home")["text"]["div"])
        return told


@pytest.fixture
def town(tmp_path, monkeypatch) -> Town:
    return Town(tmp_path, monkeypatch)


def package(words: str) -> str:
    """The line of the care package: from its label to the next one's."""
    found = re.search(r"\bPackage:? (.*?)Suspended during admission", words)
    assert found, words[:400]
    return found[1]


def test_the_package_changes_wording_everywhere_within_the_cycle_and_back_when_the_council_sends_again(town) -> None:
    for place, words in town.everywhere(CYCLE - timedelta(minutes=1)).items():
        assert "Bright Care" in package(words), place
        assert LATE not in package(words), place
    for place, words in town.everywhere(CYCLE + timedelta(minutes=1)).items():
        assert "Bright Care" in package(words), place
        assert re.search(r"Last received 20-Nov-2026 09:00 \(7 days ago\)\. Expected every 7 days\.", package(words)), place
    town.send(town.kept_back)
    for place, words in town.everywhere(CYCLE + timedelta(hours=1)).items():
        assert LATE not in package(words), place
