"""What a reader is not shown puts nobody on their list: no reason, no member and no count tells of it, for any of the ways in which it is kept back."""

from __future__ import annotations

from dataclasses import replace

import pytest

from carehub.caseload.criteria import read, shipped
from carehub.caseload.evidence import marks
from carehub.caseload.reasons import possible
from carehub.fhir.canonical import dumps
from carehub.governance.agreements import Agreements
from carehub.hub.caseload import Caseload, Caseloads
from carehub.hub.caseload_evidence import evidence_of
from carehub.hub.hub import Hub
from carehub.hub.in_hand import parsed
from carehub.hub.report_match import Doubt
from carehub.hub.sharing import Sharing
from carehub.hub.stewards import Stewards
from carehub.identity.rulings import Why
from carehub.terms.refs import RecordRef
from hub.caseload_hub import FRAIL, GP, ONE, TWO, arranged, caseloads, of_council, of_gp, of_hospital, told
from hub.test_sharing import REFUSED
from hub.test_simulating import drafted, row
from hub.toy_hub import CLOSED, NURSE, submit

DOCTOR = replace(GP, user="doc", role="hospital-doctor", organisation="acute", organisation_name="Northvale General Hospital")


def rules(hub: Hub, who=GP) -> dict[str, int]:
    """Rule → pieces of evidence, of the only person there is; {} where the list is empty."""
    people = caseloads(hub).members(who).value.people
    return {reason.rule: len(reason.evidence) for one in people for reason in one.reasons}


def by(hub: Hub, agreements: Agreements) -> None:
    object.__setattr__(hub.disclosing, "sharing", Sharing(agreements))


@pytest.fixture
def hub() -> Hub:
    return told(of_gp(FRAIL), of_hospital(ONE, TWO), of_council(arranged("e1", "2026-10-20")))


ALL = {"unplanned_admissions": 2, "severe_frailty": 1, "care_package_changed": 1}


def test_nothing_is_kept_back_from_a_gp_here(hub: Hub) -> None:
    assert rules(hub) == rules(hub, DOCTOR) == ALL


def test_a_record_hidden_as_another_persons_counts_for_nothing_at_once_and_again_when_it_is_shown(hub: Hub) -> None:
    person, acute = hub.store.links.persons()[0], RecordRef("acute", "A1", "Patient").id
    report = Stewards(hub).report(NURSE, Doubt(person, acute, Why.OTHER_PERSON, "Not hers.", True)).value.message
    assert rules(hub) == {"severe_frailty": 1, "care_package_changed": 1}
    assert rules(hub, DOCTOR) == {}, "whose only record of her is the one that may not be hers"
    Stewards(hub).lift(NURSE, report, "It is hers.")
    assert rules(hub) == rules(hub, DOCTOR) == ALL


def test_an_objection_takes_what_the_source_told_and_the_source_off(hub: Hub) -> None:
    made = told(of_gp(FRAIL, REFUSED), of_hospital(ONE, TWO))
    assert rules(made) == {}, "the practice holds nothing of her that may be shown"
    assert rules(made, DOCTOR) == {"unplanned_admissions": 2}


def test_without_an_agreement_nothing_counts(hub: Hub) -> None:
    by(hub, drafted(row("acute").replace('"yes"', '"no"')))
    assert rules(hub) == {"severe_frailty": 1, "care_package_changed": 1}
    assert rules(hub, DOCTOR) == {}


def test_a_clause_takes_its_class_from_the_readers_it_names(hub: Hub) -> None:
    by(hub, drafted(row("gp", 'id = "4"\nclasses = ["problems"]\norganisations = ["acute"]')))
    assert rules(hub) == ALL
    assert rules(hub, DOCTOR) == {"unplanned_admissions": 2, "care_package_changed": 1}


def test_a_masked_section_counts_for_nothing_and_the_list_says_so(hub: Hub) -> None:
    link_worker = replace(GP, role="link-worker")
    assert rules(hub, link_worker) == {"unplanned_admissions": 2, "care_package_changed": 1}
    said = caseloads(hub).members(link_worker).value.withheld
    assert said[0] == "Your role (Link worker) is not shown Conditions and Results, so nothing in them counts as a reason here."
    assert caseloads(hub).members(GP).value.withheld == ()


def test_what_a_source_labelled_counts_for_those_who_see_it(hub: Hub) -> None:
    made = told(of_gp({**FRAIL, **CLOSED}), of_hospital())
    assert rules(made) == {"severe_frailty": 1}
    coordinator = replace(GP, role="care-coordinator")
    assert rules(made, coordinator) == {}
    assert "labelled" in caseloads(made).members(coordinator).value.withheld[-1]


def said(caseload: Caseload) -> str:
    return dumps([(one.person, one.records, [reason.sentence for reason in one.reasons]) for one in caseload.people]).decode()


def test_the_index_narrows_and_never_decides() -> None:
    """The answer is what it would be if every plan were looked at; the index alone would have said more."""
    made = told(of_gp(FRAIL, REFUSED), of_hospital(ONE), of_council(arranged("e1", "2026-01-20")))
    assert [marks for _, marks in made.store.plans.marked()] == ["a2026-02-03 f2026-03-12 p2026-01-20"]
    assert rules(made, DOCTOR) == {}
    [stored] = [made.store.plans.get(person) for person in made.store.links.persons()]
    assert marks(evidence_of(parsed(stored.plan))) == made.store.plans.marked()[0][1]
    everybody = replace_index(made, [(person, "f") for person in made.store.links.persons()])
    assert said(everybody.members(DOCTOR).value) == said(caseloads(made).members(DOCTOR).value)


def replace_index(hub: Hub, marked: list[tuple[str, str]]) -> Caseloads:
    """The same caseloads over an index that says this."""

    class Index:
        def __getattr__(self, name: str) -> object:
            return getattr(hub.store.plans, name)

        def marked(self) -> list[tuple[str, str]]:
            return marked

    class Store:
        plans = Index()

        def __getattr__(self, name: str) -> object:
            return getattr(hub.store, name)

    return Caseloads(replace(hub, store=Store()), shipped())  # type: ignore[arg-type]


def test_the_index_is_worked_out_again_from_the_log(hub: Hub) -> None:
    before = hub.store.plans.marked()
    assert before
    hub.store.records.clear()
    assert hub.store.plans.marked() == []
    hub.drain()
    assert hub.store.plans.marked() == before


def test_who_has_nothing_more_to_count_leaves_the_index() -> None:
    made = told(of_gp(FRAIL))
    assert made.store.plans.marked()
    submit(made, of_gp({**FRAIL, "change": "withdrawn"}, at="2026-11-21T08:00:00.000Z"))
    made.drain()
    assert made.store.plans.marked() == []
    assert rules(made) == {}


def test_a_site_with_other_criteria_has_another_list(hub: Hub) -> None:
    strict = read('version = "9"\n[unplanned_admissions]\nat_least = 3\nwithin_days = 365\n', where="site")
    assert Caseloads(hub, strict).members(GP).value.people == ()
    loose = read('version = "9"\n[unplanned_admissions]\nat_least = 1\nwithin_days = 60\n', where="site")
    [one] = Caseloads(hub, loose).members(GP).value.people
    assert [reason.sentence for reason in one.reasons] == ["1 unplanned admission in the last 60 days: 03-Oct-2026 (acute)"]
    assert not possible("a2026-02-03", loose, hub.clock().date())
