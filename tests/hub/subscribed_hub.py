"""A hub, and an endpoint that is told what happens in it."""

from __future__ import annotations

import json
from datetime import timedelta
from typing import Any

from carehub.governance.requester import Requester
from carehub.governance.subscription import Standing, Subscription
from carehub.hub.subscribing import Subscribing
from carehub.hub.tell_subscribers import TellSubscribers
from carehub.terms.errors import OutsideDown
from carehub.terms.issue_catalogue import issue
from hub.toy_hub import NURSE, Clock, ada, submit, toy_hub


class Receiver:
    """An endpoint: what it was sent, and whether it answers."""

    def __init__(self) -> None:
        self.answers = True
        self.ids: list[str] = []
        self.bundles: list[dict[str, Any]] = []

    def call(self, subscription: Subscription, id: str, body: bytes) -> None:
        if not self.answers:
            raise OutsideDown(issue("OUT-001"))
        self.ids.append(id)
        self.bundles.append(json.loads(body))

    def told(self) -> list[tuple[str, str, str]]:
        """(kind, number, focus) of each notification."""
        return [_told(bundle["entry"][0]["resource"]["parameter"]) for bundle in self.bundles]


def _told(said: list[dict[str, Any]]) -> tuple[str, str, str]:
    named = {one["name"]: one for one in said}
    parts = {one["name"]: one for one in named.get("notification-event", {}).get("part", [])}
    focus = parts.get("focus", {}).get("valueReference", {}).get("reference", "")
    return named["type"]["valueCode"], named["events-since-subscription-start"]["valueString"], focus


class Told:
    """A hub with its receiver."""

    def __init__(self) -> None:
        self.hub = toy_hub()
        self.receiver = Receiver()
        self.hub.tell_subscribers = TellSubscribers(self.hub.store, self.hub.disclosing, self.receiver.call, self.hub.feed_health).tell
        self.verbs = Subscribing(self.hub, lambda endpoint: endpoint.startswith("https://mdt.example/"))

    def say(self, *records: dict[str, Any], source: str = "acute", **more: Any) -> None:
        submit(self.hub, ada(source, "A1" if source == "acute" else "1", kind=source, records=list(records), **more))
        self.hub.drain()

    def tell(self, later: timedelta = timedelta()) -> list[tuple[str, str, str]]:
        clock = self.hub.clock
        assert isinstance(clock, Clock)
        clock.now += later
        before = len(self.receiver.bundles)
        self.hub.tell_subscribers()
        return self.receiver.told()[before:]

    @property
    def person(self) -> str:
        return self.hub.store.links.persons()[0]

    def asked(self, by: Requester = NURSE, **wanted: Any) -> Standing:
        return self.verbs.ask(by, subscription(**{"person": self.person, **wanted}))


def subscription(topic: Any = "admitted", person: str = "", caseload: str = "", payload: Any = "id-only", **more: Any) -> Subscription:
    endpoint = more.pop("endpoint", "https://mdt.example/hook")
    return Subscription("", NURSE, topic, person, caseload, endpoint, payload, "", **more)


def stay(status: str, ends: str = "", **more: Any) -> dict[str, Any]:
    kind = {"system": "http://terminology.hl7.org/CodeSystem/v3-ActCode", "code": "IMP"}
    return {
        "type": "Encounter",
        "id": "e1",
        "status": status,
        "class": kind,
        "period": {"start": "2026-11-21T10:00:00Z", **({"end": ends} if ends else {})},
        **more,
    }
