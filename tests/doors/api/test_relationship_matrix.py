"""Every route and every person, asked by a reader whose organisation stands in a relationship with the person, by one whose does not, and by that one under
emergency access (ADR 0025, hazards H-17 and H-33). relations.csv says which action takes a relationship and which of them emergency access opens."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace
from datetime import timedelta

import pytest

from carehub.api.app import create_api
from carehub.api.requester import Credentials
from carehub.governance.agreements import Agreements, SharingAgreement
from carehub.hub.emergency_access import EmergencyAccess
from carehub.terms.organisations import SourceKind
from doors.api.asking import About, about
from doors.api.canaries import FLAGS, OURS, READERS, WORD, Canaries, canary_hub, client, expected, table
from doors.api.conftest import digest, granting
from doors.api.direct import Direct
from doors.api.test_authorisation_matrix import EVERYTHING, PERMITS, ROUTES, TELLING, ask
from hub.test_disagreements import NONE_KNOWN, hospital
from hub.toy_hub import PENICILLIN, ada, submit

RELATIONS = {row["action"]: row for row in table("relations")}
RELATED = "X99301"
MAY_WIDEN = [role for role in READERS if (role, "TREAT", "use_emergency_access") in PERMITS]
OF_DIRECT_CARE = [route for route, row in ROUTES.items() if any((role, "TREAT", row["asks"]) in PERMITS for role in READERS)]
# What is asked for by an id that there is not is about nobody.
OF_NOBODY = {
    "POST /identity/reports/{id}/taking-back",
    "POST /fhir/R4/CarePlan/{id}/$revise-note",
    "POST /fhir/R4/CarePlan/{id}/$withdraw-note",
}
ADA = "9990000018"


@dataclass(frozen=True)
class Asked:
    """api: a client for each role ("gp"), the same with a relationship ("gp-related"), and one under emergency access ("gp-emergency")."""

    held: Canaries
    api: Direct
    ada: About


@pytest.fixture(scope="module")
def asked() -> Iterator[Asked]:
    held = canary_hub()
    hub = held.hub
    submit(hub, ada(records=[PENICILLIN]), hospital(NONE_KNOWN), ada("council", "C1", nhs="", kind="local_authority"))
    hub.drain()
    clients = {digest(role): client(role) for role in READERS}
    clients |= {digest(f"{role}-related"): client(role, organisation=RELATED) for role in READERS}
    clients |= {digest(f"{role}-emergency"): replace(client(role), user=f"u-{role}-emergency") for role in MAY_WIDEN}
    app = create_api(
        hub,
        Credentials({}, clients),
        max_body_bytes=10_000,
        may_call=lambda endpoint: True,
        granting=granting(hub),
    )
    api = Direct(app)
    [person] = hub.store.links.find(nhs_number=ADA)
    known = SharingAgreement(RELATED, "Elmfield Surgery", SourceKind.GP, True, True, also=frozenset({"gp"}))
    sharing = hub.disclosing.sharing
    listed = (known, *sharing.agreements.listed)
    object.__setattr__(hub.disclosing, "sharing", replace(sharing, agreements=Agreements(listed, relationship=True)))
    [issue] = hub.disclosing.person_record(client("gp", organisation=RELATED), person, "test").value.progress
    task = ask(api, "POST /fhir/R4/Task", about(hub, person, ADA), "gp-related").json()
    yield Asked(held, api, about(hub, person, ADA, disagreement=issue.conflict.id, task=task))
    api.close()


def in_an_emergency(asked: Asked, person: str) -> None:
    asked.held.hub.clock.now += timedelta(hours=1)  # whatever was opened before is over, so that none ends halfway through a test
    for role in MAY_WIDEN:
        who = replace(client(role), user=f"u-{role}-emergency")
        EmergencyAccess(asked.held.hub).ask(who, person, "treating", "Found confused at home, the record is needed.")


def test_every_action_of_direct_care_is_in_the_table() -> None:
    assert RELATIONS.keys() == {action for role, purpose, action in PERMITS if purpose == "TREAT"}


@pytest.mark.parametrize("route", OF_DIRECT_CARE)
def test_each_role_with_and_without_a_relationship_on_each_route(asked: Asked, route: str) -> None:
    row, relation, wrong = ROUTES[route], RELATIONS[ROUTES[route]["asks"]], []
    relation = {"stranger": "permit", "emergency": "permit"} if route in OF_NOBODY else relation
    in_an_emergency(asked, asked.ada.person)
    for role in READERS:
        if (role, "TREAT", row["asks"]) not in PERMITS:
            continue
        wants = {"": relation["stranger"], "-related": "permit", **({"-emergency": relation["emergency"]} if role in MAY_WIDEN else {})}
        for which, want in wants.items():
            own = replace(asked.ada, organisation=RELATED if which == "-related" else OURS)
            answer = ask(asked.api, route, own, role + which)
            if answer.status_code != (int(row["permitted"]) if want == "permit" else 403):
                wrong.append((role + which, answer.status_code, want))
            elif want == "refuse" and ("GOV-005" if role in MAY_WIDEN else "GOV-006") not in answer.text:
                wrong.append((role + which, answer.text, want))
    assert wrong == []


@pytest.mark.parametrize("flag", FLAGS, ids=lambda row: row["flag"])
def test_a_stranger_reads_no_word_of_anybody_by_any_route(asked: Asked, flag: dict[str, str]) -> None:
    """Nor where they live, by a search; and one with a relationship reads in $everything what the role may."""
    hub, person = asked.held.hub, asked.held.people[flag["flag"]]
    whom, found = about(hub, person, asked.held.numbers[flag["flag"]]), {}
    bodies = [
        f"/fhir/R4/{body.type}/{body.id}"
        for body in hub.store.records.of_patients(
            [one.patient for one in hub.store.links.links_of(hub.store.links.current_person(person) or person)]
        )
    ]
    for role in READERS:
        told = [(route, ask(asked.api, route, whom, role)) for route in TELLING]
        told += [(path, asked.api.get(path, headers={"Authorization": f"Bearer {role}"})) for path in bodies]
        found |= {(role, route): WORD.findall(answer.everything) for route, answer in told if WORD.findall(answer.everything)}
        plain = {**flag, "of_one_source": "section", "of_the_other": "section"} if flag["flag"] == "emergency" else flag
        related = set(WORD.findall(ask(asked.api, EVERYTHING, whom, f"{role}-related").everything))
        assert related == expected(role, plain, whole=True, organisation=RELATED), role
    assert found == {}


@pytest.mark.parametrize(
    "flag", [row for row in FLAGS if row["flag"] in ("plain", "labelled", "objection", "no-agreement", "wrong-match", "restricted")]
)
def test_emergency_access_opens_what_a_role_may_read_of_the_one_person_and_nothing_else(asked: Asked, flag: dict[str, str]) -> None:
    hub, person = asked.held.hub, asked.held.people[flag["flag"]]
    whom = about(hub, person, asked.held.numbers[flag["flag"]])
    in_an_emergency(asked, person)
    for role in MAY_WIDEN:
        opened = set(WORD.findall(ask(asked.api, EVERYTHING, whom, f"{role}-emergency").everything))
        sections = {**flag, "of_one_source": "opened"} if role == "social-worker" else flag
        assert opened == expected(role, sections, whole=True, organisation="X99777"), role
    clock = hub.clock.now
    hub.clock.now = clock + timedelta(minutes=61)
    assert ask(asked.api, EVERYTHING, whom, "gp-emergency").status_code == 403
    hub.clock.now = clock
    strange = about(hub, asked.held.people["deceased"], asked.held.numbers["deceased"])
    assert ask(asked.api, EVERYTHING, strange, "gp-emergency").status_code == 403
