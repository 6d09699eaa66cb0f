"""What may be in a span is one list. Whoever adds to it changes this test, and thinks of whom it could name."""

from __future__ import annotations

from typing import Any

import pytest

from carehub.wiring.telemetry.allowed import ATTRIBUTES, MOST, Allowed

LIST = {
    "http.route", "http.request.method", "error.type", "carehub.status", "carehub.feed", "carehub.action", "carehub.verdict", "carehub.number",
    "carehub.numbers", "carehub.queue", "carehub.more", "carehub.submissions", "carehub.messages", "carehub.accepted",
    "carehub.partly_quarantined", "carehub.rejected", "carehub.bugs", "carehub.waiting", "carehub.persons", "carehub.failed",
    "carehub.notifications",
}  # fmt: skip


class Custom(Exception):
    """An error of nobody's."""


@pytest.fixture
def allowed() -> Allowed:
    made = Allowed()
    made.learn("route", ["/fhir/R4/Patient/{id}"])
    made.learn("feed", ["gp/structured-record"])
    return made


def test_the_list_is_this() -> None:
    assert ATTRIBUTES == LIST


def test_what_is_on_the_list_is_told(allowed: Allowed) -> None:
    facts: dict[str, Any] = {
        "route": "/fhir/R4/Patient/{id}",
        "method": "GET",
        "status": "2xx",
        "feed": "gp/structured-record",
        "action": "read_record",
        "verdict": "refused",
        "number": "GOV-007",
        "numbers": ["MAP-012"],
        "queue": "map",
        "more": True,
        "messages": MOST,
        "error": Custom,
    }
    assert len(allowed.sifted(facts)) == len(facts)
    assert allowed.sifted({"error": Custom}) == {"error.type": "Custom"}
    assert allowed.refused == 0


@pytest.mark.parametrize(
    ("fact", "value"),
    [
        ("route", "/fhir/R4/Patient/9990000018"),
        ("method", "OKAFOR"),
        ("status", "200 Okafor"),
        ("feed", "gp/okafor"),
        ("action", "read_okafor"),
        ("verdict", "Okafor"),
        ("number", "MAP-999000"),
        ("numbers", ["MAP-012", "Okafor"]),
        ("numbers", "MAP-012"),
        ("queue", "okafor"),
        ("more", "Okafor"),
        ("more", 1),
        ("messages", 9990000018),
        ("messages", -1),
        ("messages", True),
        ("messages", "9990000018"),
        ("error", "Okafor"),
        ("error", Custom("Okafor")),
        ("error", str),
        ("person", "p1"),
        ("http.route", "/fhir/R4/Patient/{id}"),
        ("url.path", "/x"),
        ("messages", 1.5),
    ],
)
def test_what_is_not_is_left_out_and_counted(allowed: Allowed, fact: str, value: Any) -> None:
    assert allowed.sifted({fact: value, "queue" if fact != "queue" else "status": "map" if fact != "queue" else "2xx"}).keys() <= {
        "carehub.queue",
        "carehub.status",
    }
    assert allowed.refused == 1


@pytest.mark.parametrize("fact", ["action", "verdict", "number", "method", "status", "queue"])
def test_a_closed_list_stays_closed(allowed: Allowed, fact: str) -> None:
    with pytest.raises(ValueError, match=fact):
        allowed.learn(fact, ["okafor"])
