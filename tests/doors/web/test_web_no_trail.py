"""Where the audit trail cannot be written, no page shows anything of anybody, and none does anything (hazard H-31)."""

from __future__ import annotations

from collections.abc import Sequence
from urllib.parse import quote

import pytest
from starlette.routing import Route
from starlette.testclient import TestClient

from carehub.hub.hub import Hub
from carehub.hub.stewards import Stewards
from carehub.store.stored import AuditRow
from carehub.terms.errors import StoreBusy
from carehub.terms.issue_catalogue import issue
from doors.web.conftest import token_of
from doors.web.signing_hub import Signing
from doors.web.test_web_app_access import APPS, ASKED
from hub.desk_cast import GP, desk_hub, person
from hub.test_disagreements import NONE_KNOWN, hospital
from hub.toy_hub import PENICILLIN, ada, submit

SAID = ("Okafor", "Penicillin", "999 000 0018", "9990000018", "1944", "Oak Street", "07700")
OF_NOBODY = {
    *("GET /", "GET /people", "GET /help", "GET /session", "POST /session", "GET /session.css", "GET /oauth2/authorize"),
    *("GET /sign-in", "GET /sign-in/callback", "GET /sign-in/role", "POST /sign-in/role", "GET /signed-out"),
    *("POST /sign-in/back-channel-logout", "POST /sign-out"),
}
"""Pages that ask the hub for nothing of anybody. A new page belongs here only where it does not either."""
# What is filled in where an empty form is turned away before anything is looked at.
FILLED = {
    "POST /people": {"nhs_number": "999 000 0018"},
    "POST /people/{person}/disagreements/{id}": {"do": "explain", "seen": "0", "why": "Asked the ward"},
    "POST /people/{person}/actions/{task}": {"do": "change", "seen": "0"},
    "POST /people/{person}/about-me/write": {"seen": "0", "wellness": "Tea at four"},
    "POST /people/{person}/notes/{note}": {"do": "withdraw", "seen": "1", "why": "Asked the ward"},
    "POST /service/trial": {"message-1": "yes"},
    "POST /service/replay": {"message-1": "yes"},
    "POST /service/messages/{message}": {"why": "find"},
    "POST /people/{person}/apps": {"app": "chart"},
    "POST /oauth2/authorize": {**ASKED, "decision": "find", "nhs_number": "999 000 0018"},
}


class Pages:
    """Every page of a whole hub, in the browser of a nurse."""

    def __init__(self) -> None:
        self.hub: Hub = desk_hub()
        submit(self.hub, ada(records=[PENICILLIN]), hospital(NONE_KNOWN))
        self.hub.drain()
        self.made = Signing(self.hub.disclosing, APPS, Stewards(self.hub))
        assert self.made.sign_in("jo.adeyemi").status_code == 303
        self.browser: TestClient = self.made.browser
        self.token = token_of(self.browser.get("/people").text)
        self.record = self.hub.store.records.of_patients([GP])[0]

    def ask(self, door: str):
        """door: "GET /people/{person}", as it is routed."""
        method, _, path = door.partition(" ")
        names = {"person": person(self.hub), "section": "allergies", "id": "none", "task": "none"}
        for name, value in names.items():
            path = path.replace(f"{{{name}}}", value)
        if path.endswith("/as-sent"):
            path += f"?record={quote(f'{self.record.type}/{self.record.id}')}"
        if method == "GET":
            return self.browser.get(path)
        return self.browser.post(path, data={"form_token": self.token, **FILLED.get(door, {})})


def doors_of(app) -> list[str]:
    return [f"{method} {route.path}" for route in app.routes if isinstance(route, Route) for method in sorted(route.methods - {"HEAD"})]


def no_room(rows: Sequence[AuditRow]) -> None:
    """Instead of AuditTrail.append."""
    raise StoreBusy(issue("STORE-007"))


def test_nothing_is_shown_or_done_by_any_page_where_the_audit_trail_cannot_be_written(monkeypatch: pytest.MonkeyPatch) -> None:
    pages = Pages()
    doors, wrong = doors_of(pages.made.app), []
    for telling in ("POST /people", "GET /people/{person}", "GET /people/{person}/as-sent", "POST /people/{person}/joined"):
        assert any(word in pages.ask(telling).text for word in SAID), telling
    monkeypatch.setattr(pages.hub.store.audit, "append", no_room)
    messages = pages.hub.store.log.last_position()
    for door in doors:
        if door in OF_NOBODY and door.startswith("POST"):
            continue
        answer = pages.ask(door)
        # What was typed is given back to who typed it.
        told = [word for word in SAID if word in f"{answer.headers}{answer.text}" and word not in FILLED.get(door, {}).values()]
        closed = door in OF_NOBODY or (answer.status_code == 503 and "STORE-007" in answer.text)
        if told or not closed:
            wrong.append((door, answer.status_code, told))
    assert wrong == []
    assert OF_NOBODY - set(doors) == set()
    assert pages.hub.store.log.last_position() == messages
