"""Guessing at credentials: slowed, noticed once, and never at the cost of who proves who they are."""

from __future__ import annotations

import hashlib
import json

import pytest
import time_machine
from starlette.testclient import TestClient

from carehub.api.app import create_api
from carehub.api.requester import Credentials
from carehub.terms.errors import StoreBusy
from carehub.terms.issue_catalogue import issue
from carehub.tokens.sign_in_trail import SignInTrail
from hub.toy_hub import NURSE, ada, submit, toy_hub

KNOWN = "a credential that is known"


class Guessed:
    """A hub that answers five guesses a minute of one address."""

    def __init__(self) -> None:
        self.hub = toy_hub()
        submit(self.hub, ada())
        self.hub.drain()
        self.trail = SignInTrail(self.hub.store.audit, self.hub.clock)
        credentials = Credentials({}, {hashlib.sha256(KNOWN.encode()).hexdigest(): NURSE})
        self.api = create_api(self.hub, credentials, max_body_bytes=10_000, most_unproved=5, besieged=self.trail.besieged)

    def ask(self, credential: str, address: str = "192.0.2.7", path: str = "Patient?family=Byron&birthdate=1950-02-03") -> tuple[int, str]:
        client = TestClient(self.api, client=(address, 40_000))
        answer = client.get(f"/fhir/R4/{path}", headers={"Authorization": f"Bearer {credential}"})
        told = answer.json().get("issue")
        assert (answer.headers.get("retry-after") == "60") is (answer.status_code == 429)
        return answer.status_code, told[0]["details"]["coding"][0]["code"] if told else ""

    def rows(self) -> list[dict]:
        return [json.loads(row.event) for row in self.hub.store.audit.chain()]


def test_a_thousand_guesses_of_one_address_are_slowed_and_written_once_and_nobody_else_is_held_up() -> None:
    guessed = Guessed()
    before = len(guessed.rows())
    with time_machine.travel("2026-11-28T09:00:00Z", tick=False) as clock:
        found = [guessed.ask(f"guess {n}") for n in range(1000)]
        assert found == [(401, "API-001")] * 5 + [(429, "API-019")] * 995
        [row] = guessed.rows()[before:]
        assert row["agent"][0]["network"] == {"address": "192.0.2.7", "type": "2"}
        assert (row["outcome"], row["outcomeDesc"].partition(":")[0], "guess" in json.dumps(row)) == ("4", "API-019", False)
        assert guessed.ask("guess", "192.0.2.8") == (401, "API-001")
        assert guessed.ask(KNOWN)[0] == 200
        clock.shift(61)
        assert guessed.ask("guess") == (401, "API-001")


def test_a_trail_that_takes_nothing_lets_no_guess_in(monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture) -> None:
    guessed = Guessed()

    def no_room(rows: object) -> None:
        raise StoreBusy(issue("STORE-007"))

    monkeypatch.setattr(guessed.hub.store.audit, "append", no_room)
    assert {guessed.ask(f"guess {n}")[0] for n in range(8)} == {401, 429}
    assert "STORE-007" in caplog.text
    assert "192.0.2" not in caplog.text
