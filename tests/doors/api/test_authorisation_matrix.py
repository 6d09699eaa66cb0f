"""Every cell of the policy against the running API (hazards S-H17, S-H25, H-26): who may ask what, and what of whom is in the answer.

The tables of fixtures/policy say what is expected: matrix.csv (role, purpose, action), routes.csv (which action a route needs), types.csv (which
section a record belongs to) and flags.csv (what a source, a person or an agreement keeps back). Nothing of it is worked out by the code under test.
Every route for every role and purpose, and every flag for every reader, in two organisations, over every route that reads.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import replace
from itertools import count

import pytest

from carehub.api.app import create_api
from carehub.api.requester import Credentials, SourceCredential
from carehub.store.stored import AuditRow
from carehub.terms.errors import StoreBusy
from carehub.terms.issue_catalogue import issue
from carehub.tokens.granting import Grant
from doors.api.asking import About, about, request_of
from doors.api.canaries import CELLS, FLAGS, READERS, TYPES, WORD, Canaries, canary_hub, client, expected, in_an_emergency, table
from doors.api.conftest import digest, granting
from doors.api.direct import Direct
from doors.api.test_words_stay_in import SAID
from hub.test_disagreements import NONE_KNOWN, hospital
from hub.toy_hub import PENICILLIN, ada, submit

ROUTES = {f"{row['method']} {row['path']}": row for row in table("routes")}
PERMITS = {(row["role"], row["purpose"], row["action"]) for row in CELLS if row["expected"] == "permit"}
ROLES = [*dict.fromkeys(row["role"] for row in CELLS)]
PURPOSES = [*dict.fromkeys(row["purpose"] for row in CELLS), "treat"]
# Addresses that tell something of one person's record, and of which records as they were told are all that is in the answer.
TELLING = [
    route
    for route, row in ROUTES.items()
    if row["asks"] == "search_people"
    or (
        row["asks"] == "read_record"
        and ("{" in route or route.removesuffix("/_search").rpartition("/")[2] in {one["type"] for one in TYPES})
    )
]
READS = [
    [route for route in TELLING if "{" in route or "Patient" in route or route.endswith("_search") is by_post] for by_post in (False, True)
]
EVERYTHING = "GET /fhir/R4/Patient/{id}/$everything"
NUMBER = count(1)


@pytest.fixture(scope="module")
def held() -> Canaries:
    made = canary_hub()
    submit(made.hub, ada(records=[PENICILLIN]), hospital(NONE_KNOWN), ada("council", "C1", nhs="", kind="local_authority"))
    made.hub.drain()
    return made


@pytest.fixture(scope="module")
def api(held: Canaries) -> Iterator[Direct]:
    """A client for each role ("gp"), for a role of no organisation ("gp@") or of no user ("gp-nobody"), and one source."""
    clients = {digest(role or "none"): client(role) for role in ROLES}
    clients |= {digest(f"{role}@"): client(role, organisation="") for role in ROLES}
    clients |= {digest(f"{role}-nobody"): replace(client(role), user="") for role in ROLES}
    clients |= {digest(f"{role}-elsewhere"): client(role, organisation="X99777") for role in ROLES}
    sources = {digest("source"): SourceCredential("src", frozenset({"toy/feed"}))}
    grants = {"app": Grant("chart", client("gp"), ("patient/*.cruds",), held.people["plain"], "", "", "")}
    app = create_api(
        held.hub,
        Credentials(sources, clients, grant=grants.get),
        max_body_bytes=10_000,
        may_call=lambda endpoint: True,
        granting=granting(held.hub),
    )
    made = Direct(app)
    yield made
    made.close()
    print(
        f"{len(ROLES)} roles, {len(PURPOSES)} purposes, {len(ROUTES)} routes, {len(FLAGS)} flags: {next(NUMBER) - 1} requests of the tables"
    )


@pytest.fixture(scope="module")
def ada_s(held: Canaries, api: Direct) -> About:
    hub = held.hub
    [person] = hub.store.links.find(nhs_number="9990000018")
    [issue] = hub.disclosing.person_record(client("gp"), person, "test").value.progress
    made = about(hub, person, "9990000018")
    task = ask(api, "POST /fhir/R4/Task", made, "gp").json()
    steward = {"Authorization": "Bearer identity-steward", "X-Purpose-Of-Use": "PATADMIN"}
    review = api.get("/identity/reviews", headers=steward).json()["entry"][0]["resource"]["id"]
    return about(hub, person, "9990000018", disagreement=issue.conflict.id, review=review, task=task, looked_at=held.people["plain"])


def ask(api: Direct, route: str, whom: About, token: str, purpose: str = "TREAT"):
    method, address, more = request_of(route, whom, next(NUMBER))
    headers = {**more.pop("headers", {}), "Authorization": f"Bearer {token}", "X-Purpose-Of-Use": purpose}
    return api.request(method, address, headers=headers, **more)


def allowed(role: str, purpose: str, asks: str) -> bool:
    """By the tables: the action is permitted, or, for what tells nothing of anybody, any action at all is."""
    if asks == "anything":
        return any(cell[:2] == (role, purpose) for cell in PERMITS)
    return (role, purpose, asks) in PERMITS


def test_every_route_is_in_the_table_and_none_that_is_not_served(api: Direct) -> None:
    """A new route: write its row in fixtures/policy/routes.csv, and a request for it in doors/api/asking.py where it needs more than a person's id."""
    served = {f"{method.upper()} {path}" for path, verbs in api.app.openapi()["paths"].items() for method in verbs}
    assert served ^ ROUTES.keys() == set()


@pytest.mark.parametrize("route", ROUTES)
def test_each_role_and_purpose_on_each_route(api: Direct, ada_s: About, route: str) -> None:
    row, wrong = ROUTES[route], []
    for role in ROLES:
        for purpose in PURPOSES:
            status = ask(api, route, ada_s, role or "none", purpose).status_code
            may = row["asks"] == "open" or allowed(role, purpose, row["asks"])
            want = int(row["permitted"]) if may else 401 if row["asks"] == "source" else 403
            if status != want:
                wrong.append((role, purpose, status, want))
    assert wrong == []


@pytest.mark.parametrize("route", [route for route, row in ROUTES.items() if row["asks"] != "open"])
def test_whoever_is_nobody_is_refused_on_each_route(api: Direct, ada_s: About, route: str) -> None:
    """No credential, an unknown one, none after the scheme, another scheme, a source's for a reader and a reader's for a source: 401. A user or an
    organisation that is empty: 403. Another organisation's reader in the same role is answered as one's own, but for a list that one organisation
    has of its own people."""
    asks = ROUTES[route]["asks"]
    method, address, more = request_of(route, ada_s, next(NUMBER))
    given = more.pop("headers", {})
    other = "gp" if asks == "source" else "source"
    for credential in ("", "Bearer", "Bearer ", "Bearer unknown", "Basic Z3A6", "Bearer " + digest("gp"), f"Bearer {other}"):
        headers = {**given, "X-Purpose-Of-Use": "TREAT", **({"Authorization": credential} if credential else {})}
        answer = api.request(method, address, headers=headers, **more)
        assert (answer.status_code, WORD.findall(answer.everything)) == (401, []), credential
    for row in CELLS:
        if asks == row["action"] and row["expected"] == "permit":
            for nobody in ("@", "-nobody"):
                assert ask(api, route, ada_s, row["role"] + nobody, row["purpose"]).status_code == 403
            elsewhere = "403" if route == "GET /fhir/R4/Group/{id}" else ROUTES[route]["permitted"]
            assert ask(api, route, ada_s, f"{row['role']}-elsewhere", row["purpose"]).status_code == int(elsewhere)


@pytest.mark.parametrize("route", ROUTES)
def test_nothing_leaves_by_any_route_where_the_audit_trail_cannot_be_written(
    held: Canaries, api: Direct, ada_s: About, monkeypatch: pytest.MonkeyPatch, route: str
) -> None:
    """What asks for an action is answered 503 and does nothing; what is open to all, or takes something in, tells of nobody anyway."""
    row = ROUTES[route]
    role, purpose = next(((role, purpose) for role, purpose, action in sorted(PERMITS) if action == row["asks"]), ("gp", "TREAT"))
    plain = replace(ada_s, person=held.people["plain"], number=held.numbers["plain"])
    token = "source" if row["asks"] == "source" else role
    assert ask(api, route, ada_s, token, purpose).status_code == int(row["permitted"])
    messages = held.hub.store.log.last_position()
    monkeypatch.setattr(held.hub.store.audit, "append", no_room)
    for whom in (ada_s, plain):
        answer = ask(api, route, whom, token, purpose)
        assert [word for word in SAID if word in answer.everything] + WORD.findall(answer.everything) == []
        if row["asks"] not in ("open", "source", "anything"):
            assert (answer.status_code, "STORE-007" in answer.text) == (503, True), answer.text
            assert held.hub.store.log.last_position() == messages


def no_room(rows: Sequence[AuditRow]) -> None:
    """Instead of AuditTrail.append."""
    raise StoreBusy(issue("STORE-007"))


@pytest.mark.parametrize("flag", FLAGS, ids=lambda row: row["flag"])
@pytest.mark.parametrize("role", READERS)
def test_what_each_reader_is_told_of_each_person(held: Canaries, api: Direct, role: str, flag: dict[str, str]) -> None:
    """Over every route that reads: no word that the role may not read, nor one of anybody else; and in $everything each that it may. Searches by GET
    and by POST, and reads, histories and versions, for one role and the next in turn."""
    in_an_emergency(held)
    whom = about(held.hub, held.people[flag["flag"]], held.numbers[flag["flag"]])
    told, may = {}, expected(role, flag, whole=False)
    turn = [*READERS].index(role)
    for route in READS[turn % 2]:
        answer = ask(api, route, whom, role)
        assert answer.status_code < 500, route
        told[route] = set(WORD.findall(answer.everything))
        assert told[route] <= may, route
    assert told[EVERYTHING] == expected(role, flag, whole=True)
    assert may - {f"QX{flag['flag']}1Address"} <= told["GET /fhir/R4/Patient/{id}/$unified-care-plan"]
    links = held.hub.store.links.links_of(current(held, flag))
    for at, body in enumerate(held.hub.store.records.of_patients([link.patient for link in links])):
        more = ("", "/_history", "/_history/1")[(at + turn) % 3]
        answer = api.get(f"/fhir/R4/{body.type}/{body.id}{more}", headers={"Authorization": f"Bearer {role}"})
        assert set(WORD.findall(answer.everything)) <= expected(role, flag, whole=True), (body.type, more)
    elsewhere = set(WORD.findall(ask(api, EVERYTHING, whom, f"{role}-elsewhere").everything))
    if flag["of_one_source"] != "opened":
        assert elsewhere == expected(role, flag, whole=True, organisation="X99777")


def test_an_apps_access_for_one_person_reads_nobody_else_by_any_route(held: Canaries, api: Direct) -> None:
    own = next(row for row in FLAGS if row["flag"] == "plain")
    whom = about(held.hub, held.people["plain"], held.numbers["plain"])
    assert set(WORD.findall(ask(api, EVERYTHING, whom, "app").everything)) == expected("gp", own, whole=True)
    statuses = Counter()
    for flag in (row["flag"] for row in FLAGS if row is not own):
        whom = about(held.hub, held.people[flag], held.numbers[flag])
        for route in TELLING if flag != "labelled" else [one for one, row in ROUTES.items() if row["asks"] not in ("open", "source")]:
            answer = ask(api, route, whom, "app")
            statuses[answer.status_code] += 1
            assert WORD.findall(answer.everything) == [], (flag, route)
            # A resource that tells nothing of anybody is judged for whoever asks; another record's words are in no answer.
            assert answer.status_code >= 400 or route.endswith("$validate"), (flag, route, answer.text)
    assert statuses[403] > 400


def current(held: Canaries, flag: dict[str, str]) -> str:
    person = held.people[flag["flag"]]
    return held.hub.store.links.current_person(person) or person
