"""The people of the published sample feeds, combined: no blank panel, nobody's words without their source, and one record in any order of arrival.

No two of the published feeds tell of the same person, so stewards say here that some of them do: each practice's patient is joined with one of a
hospital and one of a community service. Nothing of the samples is altered.
"""

from __future__ import annotations

import random
import re
from collections.abc import Iterator
from pathlib import Path

import pytest
from starlette.testclient import TestClient

from carehub.careplan.accounts import ARRANGING
from carehub.careplan.plan import UnifiedCarePlan
from carehub.careplan.sections import HEADINGS
from carehub.feeds.catalogue import HEAD
from carehub.feeds.message import Submission
from carehub.hub.hub import Hub
from carehub.hub.settle_review import Given
from carehub.hub.stewards import Stewards
from carehub.identity.rulings import Answer
from carehub.terms.errors import Overtaken
from carehub.terms.organisations import SourceKind
from carehub.wiring.bootstrap import build_hub
from carehub.wiring.demo import PERSONAS
from carehub.wiring.serving import create_app
from carehub.wiring.settings import Settings
from doors.api.conftest import digest
from doors.test_absence_everywhere import blanks
from doors.web.conftest import sign_in
from doors.web.markup import Page

ROOT = Path(__file__).resolve().parents[3] / "shared/data/feeds"
FOLDERS = {"gp": "gp", "acute": "acute", "community": "community", "local-authority": "local_authority", "voluntary": "voluntary"}
FILES = [(adapter, path) for folder, adapter in FOLDERS.items() for path in sorted((ROOT / folder).rglob("*")) if path.is_file()]
AT = "2026-11-01T10:00:00.000Z"
ORDERS = 50
NURSE, STEWARDS = PERSONAS[0], [persona for persona in PERSONAS if persona.role == "identity-steward"]

pytestmark = [pytest.mark.real_feeds, pytest.mark.skipif(not FILES, reason="the published sample feeds are not beside the project")]


def new_hub(folder: Path) -> Hub:
    return build_hub(Settings(env="demo", var=folder, database_url="", redis_url=""))


def submissions(hub: Hub) -> list[Submission]:
    bodies = [(adapter, path.read_bytes()) for adapter, path in FILES]
    return [Submission(hub.catalogue.feed_of(adapter, body[:HEAD]), body, AT, "test") for adapter, body in bodies]


def patients(hub: Hub, kind: SourceKind) -> list[str]:
    named = [link.patient for person in hub.store.links.persons() for link in hub.store.links.links_of(person)]
    return sorted(id for id, record in hub.store.records.current(named).items() if record.source.kind is kind)


def join(hub: Hub, a: str, b: str) -> None:
    """Two stewards, of whom the second is asked only where two must answer."""
    for steward in STEWARDS:
        try:
            Stewards(hub).rule(steward, Given(Answer.SAME, a, b, "the test joins them"))
        except Overtaken:
            return


@pytest.fixture(scope="module")
def hub(tmp_path_factory) -> Hub:
    made = new_hub(tmp_path_factory.mktemp("var"))
    for submission in submissions(made):
        made.receive([submission])
    made.drain()
    practice, hospital, community = (patients(made, kind) for kind in (SourceKind.GP, SourceKind.ACUTE, SourceKind.COMMUNITY))
    for n, one in enumerate(practice):
        join(made, one, hospital[n * len(hospital) // len(practice)])
        join(made, one, community[n % len(community)])
    made.drain()
    return made


@pytest.fixture(scope="module")
def people(hub) -> list[str]:
    return sorted(hub.store.links.persons())


@pytest.fixture(scope="module")
def combined(hub, people) -> list[str]:
    return [person for person in people if len(hub.store.links.links_of(person)) > 1]


@pytest.fixture(scope="module")
def reader(hub) -> Iterator[TestClient]:
    with TestClient(
        create_app(Settings(env="demo"), hub, personas=PERSONAS, clients={digest("nurse"): NURSE}), follow_redirects=False
    ) as client:
        assert sign_in(client, f"{NURSE.user}|{NURSE.role}").status_code == 303
        client.headers["Authorization"] = "Bearer nurse"
        yield client


def blanks_of(html: str) -> list[tuple[str, str]]:
    """What stands where words should; that a prescription was issued no time yet is no blank."""
    return blanks(re.sub(r"<dt>Repeats issued</dt><dd>0</dd>", "", html))


def plan_of(hub: Hub, person: str) -> UnifiedCarePlan:
    return hub.disclosing.person_record(NURSE, person, "test").value.plan


def test_the_samples_make_people_of_three_sectors(hub, combined) -> None:
    kinds = [frozenset(report.source.kind for report in plan_of(hub, person).sources) for person in combined]
    assert {SourceKind.GP, SourceKind.ACUTE, SourceKind.COMMUNITY} in kinds
    assert set().union(*kinds) == {SourceKind.GP, SourceKind.ACUTE, SourceKind.COMMUNITY}
    assert len(combined) >= 12


PAGES = ("", *(f"/{heading.key}" for heading in HEADINGS), "/sources", "/timeline", "/care-plan", "/print", "/pack", "/disagreements")


def test_no_panel_of_anybody_is_blank(reader, hub, combined) -> None:
    for person in combined:
        for path in PAGES:
            answer = reader.get(f"/people/{person}{path}")
            assert answer.status_code == 200, path
            assert blanks_of(answer.text) == [], (path, person)
            Page(answer.text)


def test_everybody_alone_renders_too(reader, people) -> None:
    for person in people:
        for path in ("", "/print"):
            answer = reader.get(f"/people/{person}{path}")
            assert answer.status_code == 200
            assert blanks_of(answer.text) == [], (path, person)


def test_every_statement_says_whose_it_is(hub, reader, people) -> None:
    for person in people:
        plan = plan_of(hub, person)
        told = [by for section in plan.sections for entry in section.entries for by in entry.attributions]
        told += [said.attribution for conflict in plan.conflicts for said in conflict.statements]
        told += [by for part in (*plan.joint.goals, *plan.joint.needs, *plan.joint.actions) for by in part.told]
        assert told
        assert all((by.source.name or by.source.code) and by.record and by.received for by in told)


def test_every_row_of_every_section_has_its_badge(reader, combined) -> None:
    rows = 0
    for person in combined:
        for heading in HEADINGS:
            page = Page(reader.get(f"/people/{person}/{heading.key}").text)
            for row in (row for row in page.all("tr", role="row") if row.attributes.get("id")):
                rows += 1
                assert re.search(r"\b(GP|Hospital|Community)\b", row.text), (heading.key, row.text)
    assert rows > 100


def test_no_record_is_lost_between_the_feeds_and_the_page(hub, people) -> None:
    for person in people:
        plan = plan_of(hub, person)
        entries = [one for section in plan.sections for entry in section.entries for one in (entry, *entry.members)]
        shown = {by.record for entry in entries for by in entry.attributions}
        held = hub.store.records.of_patients([link.patient for link in hub.store.links.links_of(person)])
        missing = [
            record for record in held if not record.withdrawn and record.type not in ARRANGING and f"{record.type}/{record.id}" not in shown
        ]
        counted = sum(int(gap.sentence.split()[0]) for gap in plan.gaps if "received that" in gap.sentence)
        assert len(missing) == counted, (person, {record.type for record in missing})


@pytest.fixture(scope="module")
def told(hub, combined) -> list[Submission]:
    """What tells of people who are combined, as it came: HL7 messages one by one, other files whole; and the stewards' words."""
    records = {link.patient for person in combined for link in hub.store.links.links_of(person)}
    heads = hub.store.log.heads(0, 10_000)
    outcomes = hub.store.records.outcomes([head.id for head in heads])
    wanted = {id for id, outcome in outcomes.items() if outcome.patient in records}
    wanted |= {head.id for head in heads if head.feed.partition("/")[0] in hub.catalogue.own}
    bodies = {
        (message.feed, message.body if message.feed == "acute/hl7v2" else hub.store.log.submission_body(message.submission)): message
        for message in hub.store.log.read(wanted).values()
    }
    return [Submission(feed, body, bodies[feed, body].received_at, "test") for feed, body in sorted(bodies)]


@pytest.fixture(scope="module")
def expected(told, tmp_path_factory) -> tuple[str, tuple[int, ...]]:
    return outcome_of(told, tmp_path_factory.mktemp("straight"), random.Random(0))


def outcome_of(submissions: list[Submission], folder: Path, dice: random.Random) -> tuple[str, tuple[int, ...]]:
    """The record's hash, and how many records each person has, after these in this order, with work done now and then between them."""
    made = new_hub(folder)
    for submission in submissions:
        made.receive([submission])
        if dice.random() < 0.1:
            made.drain()
    made.drain()
    hash = made.record_hash()
    sizes = sorted(len(made.store.links.links_of(person)) for person in made.store.links.persons())
    made.store.close()
    return hash, tuple(sizes)


@pytest.mark.parametrize("seed", range(1, ORDERS + 1))
def test_any_order_of_arrival_gives_the_same_record(seed, told, expected, tmp_path) -> None:
    dice = random.Random(seed)
    assert outcome_of(dice.sample(told, len(told)), tmp_path, dice) == expected
    assert max(expected[1]) >= 5
