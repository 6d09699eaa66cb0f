"""The demonstration's people show what fixtures/cast/README.md says of them: read through the same door as a page."""

from __future__ import annotations

import json
import re
import stat
from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import pytest
from starlette.testclient import TestClient
from typer.testing import CliRunner

from carehub.api.app import create_api
from carehub.api.requester import Credentials
from carehub.careplan.joint.standing import standing
from carehub.careplan.plan import UnifiedCarePlan
from carehub.fhir.canonical import restore
from carehub.fhir.models import explain
from carehub.fhir.references import find
from carehub.hub.hub import Hub
from carehub.terms.errors import Refused
from carehub.terms.organisations import SourceKind
from carehub.web.sign_in import persona_key
from carehub.wiring.bootstrap import build_hub
from carehub.wiring.cli import app
from carehub.wiring.demo import PERSONAS, cast_files, demo_settings, load_cast
from carehub.wiring.loading import shipped_cast
from carehub.wiring.settings import Settings, UnsafeSettings
from carehub.wiring.summaries import last_written_words, requester_of, summaries_by, write_summaries
from doors.api.conftest import digest
from doors.web.conftest import client_of, sign_in
from doors.web.markup import Page
from hub.toy_hub import without_relationships

NURSE, LINK_WORKER = PERSONAS[0], PERSONAS[4]
TWELVE = (
    "Ferris Margaret", "Malik Aisha", "Tulley George", "Kovalenko Olena", "Nwosu Peter", "Whitlock Joan",
    "Clarke Desmond", "Sandhu Ruby", "Malik Zara", "Finch Harold", "Pritchard Siân", "Okoro Thomas",
)  # fmt: skip
SECTORS = {SourceKind.GP, SourceKind.ACUTE, SourceKind.COMMUNITY, SourceKind.LOCAL_AUTHORITY, SourceKind.VOLUNTARY}


@pytest.fixture(scope="module")
def hub(tmp_path_factory) -> Hub:
    made = without_relationships(build_hub(demo_settings(tmp_path_factory.mktemp("var"))))
    load_cast(made, quiet=True)
    return made


@pytest.fixture(scope="module")
def plans(hub) -> dict[str, UnifiedCarePlan]:
    """Family and first given name to the plan as the nurse may read it."""
    found = {}
    for person in hub.store.links.persons():
        plan = hub.disclosing.person_record(NURSE, person, "test").value.plan
        found[f"{plan.identity.family} {plan.identity.given.partition(' ')[0]}"] = plan
    return found


def states(hub: Hub, plan: UnifiedCarePlan) -> set[tuple[str, str]]:
    return {(state.title, state.code) for state in hub.disclosing.person_record(NURSE, plan.person, "test").value.source_states}


def sentences(plan: UnifiedCarePlan, type: str) -> str:
    return " ".join(conflict.sentence for conflict in plan.conflicts if conflict.type == type)


def test_everybody_is_there_and_all_five_sectors_tell_of_them(plans) -> None:
    assert set(TWELVE) <= set(plans)
    told = {name: {report.source.kind for report in plans[name].sources} for name in TWELVE}
    assert set().union(*told.values()) == SECTORS
    assert told["Ferris Margaret"] == told["Nwosu Peter"] == told["Sandhu Ruby"] == SECTORS


def test_every_file_is_of_a_feed_and_every_message_is_accounted_for(hub) -> None:
    fed = {hub.catalogue.full_name(feed) for feed, _, _ in cast_files(shipped_cast())}
    assert {feed.partition("/")[0] for feed in fed} == {"gp", "acute", "community", "local_authority", "voluntary"}
    assert len(fed) == 9
    assert {verdict for _, _, verdict, _ in hub.store.records.counts()} == {"accepted", "partly_quarantined"}


def test_margaret_has_a_plan_of_several_agencies_with_what_is_late_and_told_twice(hub, plans) -> None:
    plan = plans["Ferris Margaret"]
    stands = standing(plan, hub.clock())
    assert {late.what.told[0].source.kind for late in stands.overdue} == {SourceKind.LOCAL_AUTHORITY, SourceKind.COMMUNITY}
    assert len({by.source for part in (*plan.joint.goals, *plan.joint.actions) for by in part.told}) >= 4
    assert "open action on falls referral" in sentences(plan, "C6")
    assert [entry.title for entry in plan.section("advance").entries if entry.title.startswith("CPR decision: CPR attempts recommended")]
    assert len(plan.section("contingency").entries) == 2
    assert "Northvale Council" in {by.source.name for entry in plan.section("support").entries for by in entry.attributions}


def test_joans_three_statements_and_desmonds_two_plans_for_fluids_are_disagreements(plans) -> None:
    assert [len(conflict.statements) for conflict in plans["Whitlock Joan"].conflicts if conflict.type == "C1"] == [3]
    assert "Plans differ on fluids" in sentences(plans["Clarke Desmond"], "C6")


def test_a_death_that_two_tell_of_is_one_and_a_death_that_one_tells_of_is_not(hub, plans) -> None:
    assert standing(plans["Nwosu Peter"], hub.clock()).closed
    assert not standing(plans["Finch Harold"], hub.clock()).closed
    assert standing(plans["Finch Harold"], hub.clock()).open
    assert "not confirmed by" in sentences(plans["Finch Harold"], "C8")


def test_what_is_missing_is_said(hub, plans) -> None:
    assert ("Northvale Council", "late") in states(hub, plans["Ferris Margaret"])
    assert ("Fellside Council", "not_connected") in states(hub, plans["Tulley George"])
    assert ("Harbour Befrienders", "no_agreement") in states(hub, plans["Kovalenko Olena"])
    assert ("Age Well Northvale", "objected") in states(hub, plans["Sandhu Ruby"])
    assert ("Elmfield Surgery", "in_transfer") in states(hub, plans["Malik Zara"])
    assert ("Northvale Community", "checking") in states(hub, plans["Okoro Thomas"])


def test_no_sender_is_shown_by_its_code(plans) -> None:
    codes = ("X99001", "X99004", "CSSR", "Council 503")
    shown = {report.source.title for plan in plans.values() for report in plan.sources}
    assert not [title for title in shown if any(code in title for code in codes)]
    said = {fact.value for plan in plans.values() for part in plan.sections for entry in part.entries for fact in entry.facts}
    assert not [value for value in said if any(code in value for code in codes)]


def test_twins_are_two_and_who_may_be_one_waits_for_a_steward(hub, plans) -> None:
    assert plans["Malik Aisha"].person != plans["Malik Zara"].person
    assert plans["TULLEY Gerard"].person != plans["Tulley George"].person
    waiting = hub.store.links.person_of([side for review in hub.store.links.reviews() for side in (review.a, review.b)])
    assert {plans[name].person for name in ("Tulley George", "TULLEY Gerard", "Okoro Thomas")} <= set(waiting.values())
    assert not {plans[name].person for name in ("Malik Aisha", "Malik Zara")} & set(waiting.values())


def test_pages_say_a_disagreement_once_an_age_at_death_and_why_nothing_can_be_told(hub, plans) -> None:
    """What looked wrong on the pages when somebody read them."""
    client = client_of(hub.disclosing, personas=[NURSE])
    assert sign_in(client, persona_key(NURSE)).status_code == 303

    def page(name: str, path: str = "") -> str:
        return Page(client.get(f"/people/{plans[name].person}{path}").text).text

    joan = page("Whitlock Joan")
    assert "High severity. Sources disagree: Community" in joan
    assert "Sources disagree (high severity): Sources disagree" not in joan
    assert "Age at Death 71y" in page("Nwosu Peter")
    plan = page("Nwosu Peter", "/care-plan")
    assert "In another section: Treatment escalation plan." in page("Finch Harold")
    assert "What was still open (3)" in plan
    assert "Every open action" not in plan
    assert "Enter an action" not in plan
    assert "Closed – Age Well Northvale" in plan
    assert re.search(
        r"Cannot tell: Received \S+ .{0,60}Patient record transfer from previous GP practice not yet complete", page("Malik Zara")
    )
    assert "missing.." not in page("Malik Zara")
    assert "shown as one. Folded because: same coded allergy" in page("Malik Aisha", "/print")
    assert "Not part of what it shares" not in page("Kovalenko Olena", "/timeline")
    for path in ("", "/timeline"):
        siân = client.get(f"/people/{plans['Pritchard Siân'].person}{path}").text
        assert re.search(r"<[^>]+>Methotrexate<[^>]+> 2.5mg", siân), "as on the page of medicines (UI-35)"
    george = client.get(f"/people/{plans['Tulley George'].person}").text
    assert "1 possible record of this person is being checked by a person and not shown here." in Page(george).text
    assert 'No known allergies (GP, <span class="nb">02-Feb-2019</span>)' in george


def test_everybody_has_a_summary_that_is_a_whole_document(hub, plans) -> None:
    app = create_api(hub, Credentials({}, {digest(role): one for role, one in (("n", NURSE), ("l", LINK_WORKER))}), max_body_bytes=1000)
    client = TestClient(app, base_url="http://carehub.test/fhir/R4")
    for plan in plans.values():
        for role in ("n", "l"):
            told = client.get(f"Patient/{plan.person}/$summary", headers={"Authorization": f"Bearer {role}"})
            bundle = told.json()
            assert (told.status_code, explain(bundle)) == (200, ())
            held = {f"{e['resource']['resourceType']}/{e['resource']['id']}": e["resource"] for e in bundle["entry"]}
            composition = bundle["entry"][0]["resource"]
            assert composition["resourceType"] == "Composition"
            assert [one["code"]["coding"][0]["code"] for one in composition["section"][:3]] == ["10160-0", "48765-2", "11450-4"]
            assert all(("entry" in one) is not ("emptyReason" in one) for one in composition["section"][:-1])
            assert {at for _, at in find(composition)} <= held.keys()
            told_of = {t["reference"] for r in held.values() if r["resourceType"] == "Provenance" for t in r["target"]}
            assert not [at for at in held if at.partition("/")[0] == "MedicationStatement" and (role == "l" or at not in told_of)]
    told = client.get(f"Patient/{plans['Ferris Margaret'].person}/$summary", headers={"Authorization": "Bearer n"})
    assert "MedicationStatement" in told.text


def test_safeguarding_is_not_for_a_link_worker(hub, plans) -> None:
    person = plans["Sandhu Ruby"].person
    assert len(plans["Sandhu Ruby"].section("safeguarding").entries) == 2
    assert hub.disclosing.person_record(LINK_WORKER, person, "test").value.plan.section("safeguarding").entries == ()


def test_loading_again_changes_nothing(hub) -> None:
    before = (hub.record_hash(), hub.store.records.version_count(), len(hub.store.links.rulings()))
    load_cast(hub, quiet=True)
    assert (hub.record_hash(), hub.store.records.version_count(), len(hub.store.links.rulings())) == before


def test_the_figures_are_of_the_same_people() -> None:
    figures = json.loads(CliRunner().invoke(app, ["demo", "--once", "--json"]).stdout)
    assert (figures["people"], figures["messages"]["rejected"]) == (22, 0)


def test_what_is_counted_as_conflicts_are_conflicts_and_no_mere_differences(hub):
    kept = [restore(hub.store.plans.get(person).plan, UnifiedCarePlan).conflicts for person in hub.store.links.persons()]
    conflicts, differences = ([one for told in kept for one in told if one.difference is kind] for kind in (False, True))
    assert differences
    assert hub.store.plans.totals()[1] == len(conflicts)


def test_hazard_summaries_for_when_the_hub_is_away_are_whole_alone_and_written_down(hub, plans, tmp_path: Path) -> None:
    """H-19: alerts first, as of when, what is missing; no safeguarding; a file that needs nothing but itself, and only its owner can open."""
    people, kept = tmp_path / "people.txt", tmp_path / "kept"
    people.write_text(
        "# the team's list\n" + "\n".join(plan.identity.nhs_number for plan in plans.values()) + "\n999 000 0042\n", encoding="utf-8"
    )
    settings = Settings(summaries_folder=kept, summaries_people=people, summaries_organisation="X99001", summaries_role="district-nurse")
    assert "none has been written" in last_written_words(kept)
    done = write_summaries(hub, kept, people, requester_of(settings), demo=True)
    assert (done.people, done.unknown) == (len([plan for plan in plans.values() if plan.identity.nhs_number]), 1)
    assert {stat.S_IMODE(one.stat().st_mode) for one in (kept, done.folder)} == {0o700}
    files = {one.name: one.read_text(encoding="utf-8") for one in done.folder.iterdir()}
    assert {stat.S_IMODE(one.stat().st_mode) for one in done.folder.iterdir()} == {0o600}
    assert len(files) == done.people + 1
    for name, text in files.items():
        leads = set(re.findall(r'(?:href|src|action)="([^"]*)"', text))
        assert all(lead in files or lead.startswith("#") for lead in leads), (name, leads)
        assert "<script" not in text
        assert "Test data" in text
        assert not re.search(r"safeguarding (enquiry|concern)|MARAC", text, re.IGNORECASE), name
        if name != "index.html":
            alerts, disagreements = text.index("<h2>Allergies"), text.index("<h2>Disagreements")
            assert text.index("not as it is now") < alerts < disagreements
            assert re.search("What carehub could not see|was up to date", text)
    for plan in (plan for plan in plans.values() if plan.identity.nhs_number):
        assert plan.identity.family.upper() in files["index.html"]
        assert any(b"emergency summary" in row.event for row in hub.store.audit.about(plan.person, 100))
    assert "999 000 0042" in files["index.html"]
    assert "The last were written" in last_written_words(kept)


def test_the_writings_before_the_last_two_go_and_one_that_fails_leaves_the_last(hub, plans, tmp_path: Path) -> None:
    people, kept = tmp_path / "people.txt", tmp_path / "kept"
    people.write_text(plans["Ferris Margaret"].identity.nhs_number, encoding="utf-8")
    settings = Settings(summaries_folder=kept, summaries_people=people, summaries_organisation="X99001")
    now, later = hub.clock(), [timedelta()]
    ticking = replace(hub, clock=lambda: now + later[0])
    for hours in range(4):
        later[0] = timedelta(hours=hours)
        write_summaries(ticking, kept, people, requester_of(settings))
    folders = sorted(one.name for one in kept.iterdir() if one.is_dir())
    assert len(folders) == 2
    write = summaries_by(settings)
    assert write is not None
    write(ticking)
    assert sorted(one.name for one in kept.iterdir() if one.is_dir()) == folders, "they are not due again within the hour"
    with pytest.raises(Refused):
        write_summaries(ticking, kept, people, replace(requester_of(settings), role="integration-engineer"))
    people.write_text("9990000018\nMrs Okafor", encoding="utf-8")
    with pytest.raises(UnsafeSettings, match="line 2 is no NHS number"):
        write_summaries(ticking, kept, people, requester_of(settings))
    assert sorted(one.name for one in kept.iterdir() if one.is_dir()) == folders
    assert summaries_by(Settings()) is None
    with pytest.raises(UnsafeSettings, match="CAREHUB_SUMMARIES_ORGANISATION"):
        requester_of(Settings())
