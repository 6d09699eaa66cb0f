"""Governance over the API and from the terminal: a privacy officer tries a draft; nobody else, and nothing that is no draft."""

from __future__ import annotations

import pytest
from starlette.testclient import TestClient

from carehub.api.app import create_api
from carehub.api.requester import Credentials
from carehub.governance.requester import Requester
from doors.api.conftest import digest
from hub.test_simulating import HEAD, row
from hub.toy_hub import NURSE

IVY = Requester("ivy", "Ivy Stone", "privacy-officer", "X99001", "Northvale Community", "HCOMPL")
DRAFT = HEAD + row("gp", 'id = "4.2"\nclasses = ["allergies"]\nroles = ["gp"]')


@pytest.fixture
def ivy(hub):
    clients = {digest("nurse"): NURSE, digest("ivy"): IVY}
    with TestClient(create_api(hub, Credentials({}, clients), max_body_bytes=10_000), raise_server_exceptions=False) as client:
        client.headers["Authorization"] = "Bearer ivy"
        yield client


AS_NURSE = {"Authorization": "Bearer nurse"}


def test_a_draft_is_tried_and_its_changed_cells_are_told(ivy, person) -> None:
    told = ivy.post("/governance/simulate", json={"person": person, "agreements": DRAFT, "day": "2026-12-01"}).json()
    [cell] = told["changed"]
    assert (cell["role"], cell["source"], cell["section"], cell["before"], cell["after"]) == ("gp", "gp", "allergies", "shown", "hidden")
    assert "clause 4.2" in cell["because"]
    assert told["day"] == "2026-12-01"


@pytest.mark.parametrize(
    ("more", "number"),
    [
        ({"agreements": "unlisted = 1"}, "GOV-001"),
        ({"policy": "role"}, "GOV-001"),
        ({"day": "2026-12"}, "API-005"),
        ({"day": 1}, "API-005"),
        ({"person": ""}, "API-005"),
        ({"else": "x"}, "API-005"),
    ],
)
def test_what_is_no_draft_is_refused(ivy, person, more, number) -> None:
    answer = ivy.post("/governance/simulate", json={"person": person, **more})
    assert 400 <= answer.status_code < 500
    assert number in answer.text


def test_agreements_are_proposed_by_one_and_approved_by_another(ivy, person) -> None:
    id = ivy.post("/governance/agreements", json={"agreements": DRAFT, "reason": "asked"}).json()["id"]
    own = ivy.post(f"/governance/agreements/{id}", json={"answer": "approved"})
    assert (own.status_code, "GOV-002" in own.text) == (422, True)
    assert ivy.get("/governance/agreements").json()["proposals"][0]["answered"] is None
    assert ivy.post(f"/governance/agreements/{id}", json={"answer": "declined", "words": "no"}).status_code == 204
    assert ivy.post(f"/governance/agreements/{id}", json={"answer": "declined", "words": "no"}).status_code == 409
    assert ivy.get("/governance/agreements", headers=AS_NURSE).status_code == 403


def test_who_gives_care_may_not_try_one(ivy, person) -> None:
    assert ivy.post("/governance/simulate", json={"person": person, "agreements": DRAFT}, headers=AS_NURSE).status_code == 403
