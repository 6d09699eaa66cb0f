"""The simulator against the door itself: what a draft says would change is what changes, no more and no less; and nothing of the record is told."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, date, datetime

import pytest

from carehub.fhir.canonical import dumps
from carehub.governance import agreements, matrix
from carehub.governance.agreements import Agreements
from carehub.governance.policy import TABLE
from carehub.governance.simulating import ANY_OTHER
from carehub.hub.hub import Hub
from carehub.hub.sharing import Sharing
from carehub.hub.simulating import Simulating
from carehub.terms.errors import Missing, Refused
from hub.toy_hub import NURSE, PENICILLIN, ada, submit, toy_hub

IVY = replace(NURSE, user="ivy", name="Ivy Stone", role="privacy-officer", purpose="HCOMPL")
ASTHMA = {
    "type": "Condition",
    "id": "p1",
    "code": {"coding": [{"system": "http://snomed.info/sct", "code": "195967001", "display": "Asthma"}]},
}
HARM = {
    "type": "Condition",
    "id": "p2",
    "code": {"coding": [{"system": "http://snomed.info/sct", "code": "95922009", "display": "Domestic abuse victim"}]},
}
RESULT = {"type": "Observation", "id": "o1", "status": "final", "code": {"text": "Creatinine"}, "valueString": "81"}
SECTIONS = ("allergies", "problems", "results", "alerts", "safeguarding")
HEAD = 'unlisted = "shown"\nrelationship = "not asked"\n'


def row(code: str, *clauses: str) -> str:
    kind = {"gp": "gp", "acute": "acute"}[code]
    told = f'[[organisation]]\ncode = "{code}"\nname = "{code}"\nkind = "{kind}"\nconnected = true\nagreement = "yes"\n'
    return told + "".join(f"[[organisation.clause]]\n{clause}\n" for clause in clauses)


def drafted(*rows: str) -> Agreements:
    return agreements.read(HEAD + "".join(rows), where="draft")


@pytest.fixture(scope="module")
def hub() -> Hub:
    made = toy_hub()
    submit(made, ada(records=[PENICILLIN, ASTHMA, HARM, RESULT]), ada("acute", "A1", kind="acute", records=[ASTHMA, PENICILLIN, RESULT]))
    made.drain()
    return made


@pytest.fixture
def person(hub: Hub) -> str:
    object.__setattr__(hub.disclosing, "sharing", Sharing(Agreements()))
    object.__setattr__(hub.disclosing, "policy", TABLE)
    hub.clock.now = datetime(2026, 11, 22, 9, tzinfo=UTC)
    return hub.store.links.persons()[0]


def shown(hub: Hub, person: str) -> set[tuple[str, str, str, str]]:
    """(role, organisation, source, section) of all that the door gives to each role that may read, at two organisations."""
    found = set()
    for role, purpose in hub.disclosing.policy:
        for organisation in ("X99001", ANY_OTHER):
            who = replace(NURSE, role=role, purpose=purpose, organisation=organisation)
            try:
                plan = hub.disclosing.person_record(who, person, "overview").value.plan
            except Refused:
                continue
            for key in SECTIONS:
                found |= {(role, organisation, told.source.code, key) for e in plan.section(key).entries for told in e.attributions}
    return found


SUSPENDED = drafted(row("gp", 'id = "S1"\nclasses = ["results"]'))
DRAFTS = {
    "one class is suspended": {"agreements": SUSPENDED},
    "voluntary services lose conditions": {
        "agreements": drafted(row("acute", 'id = "4.2"\nclasses = ["problems", "allergies"]\nroles = ["link-worker", "gp"]'))
    },
    "one organisation's readers lose allergies": {
        "agreements": drafted(row("gp", 'id = "9"\nclasses = ["allergies"]\norganisations = ["X99001"]\npurposes = ["TREAT"]'))
    },
    "one organisation's readers, by another of its codes": {
        "agreements": drafted(row("gp", 'id = "9"\nclasses = ["results"]\norganisations = ["acute"]'), row("acute") + 'also = ["X99001"]\n')
    },
    "a clause that begins later": {"agreements": drafted(row("gp", 'id = "9"\nclasses = ["allergies"]\nfrom = 2026-11-23'))},
    "an agreement ends": {"agreements": drafted(row("acute").replace('"yes"', '"no"'))},
    "a policy that lets nobody but the GP read": {
        "policy": matrix.read("role,purpose,action,expected,masked,restricted\ngp,TREAT,read_record,permit,results,sees\n")
    },
    "nothing": {},
}


@pytest.mark.parametrize("name", DRAFTS)
def test_activating_a_draft_changes_exactly_the_cells_it_said(hub, person, name):
    before = shown(hub, person)
    told = Simulating(hub).at(IVY, person, **DRAFTS[name]).value
    if "agreements" in DRAFTS[name]:
        object.__setattr__(hub.disclosing, "sharing", Sharing(DRAFTS[name]["agreements"]))
    if "policy" in DRAFTS[name]:
        object.__setattr__(hub.disclosing, "policy", DRAFTS[name]["policy"])
    after = shown(hub, person)
    named = {code for one in DRAFTS[name].get("agreements", Agreements()).listed for c in one.clauses for code in c.organisations}
    cells = {
        (one.cell.role, organisation, one.cell.source, one.cell.section)
        for one in told.changed
        for organisation in ({"X99001", ANY_OTHER} - named if one.cell.organisation == ANY_OTHER else {one.cell.organisation})
    }
    assert before ^ after == cells & (before | after)
    assert (before == after) is (name in ("nothing", "a clause that begins later"))
    assert all(one.before or one.after for one in told.changed)


def test_it_tells_the_clause_and_nothing_that_the_record_says(hub, person):
    told = Simulating(hub).at(IVY, person, agreements=SUSPENDED).value
    assert {one.words for one in told.changed if one.cell.role == "gp"} == {
        "shown -> hidden (Not shown to you here, by clause S1 of the sharing agreement with gp.)"
    }
    assert not [word for word in (b"enicillin", b"Asthma", b"Creatinine", b"Okafor") if word in dumps(told)]
    assert any(b"simulation of a draft" in row.event for row in hub.store.audit.about(person, 1000))


def test_a_day_to_come_is_worked_out_as_of_that_day(hub, person):
    later = DRAFTS["a clause that begins later"]
    assert Simulating(hub).at(IVY, person, **later).value.changed == ()
    assert {one.cell.section for one in Simulating(hub).at(IVY, person, day=date(2026, 11, 23), **later).value.changed} == {"allergies"}


def test_only_a_privacy_officer_may_and_only_of_a_person_that_there_is(hub, person):
    with pytest.raises(Refused):
        Simulating(hub).at(NURSE, person, agreements=SUSPENDED)
    with pytest.raises(Missing):
        Simulating(hub).at(IVY, "nobody")
