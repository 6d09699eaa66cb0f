"""A person's merged record is pushed into another server and found equal there, or it is said what is not."""

from __future__ import annotations

import json
from typing import Any

import httpx
import respx

from carehub.outside.fhir_server import FhirServer
from carehub.outside.http import OutsideClient
from carehub.wiring.pushing import record_of
from hub.toy_hub import NURSE, PENICILLIN, ada, submit, toy_hub

BASE = "https://fhir.example.org/R4"


class Held:
    """A FHIR server of two operations that keeps what it is given; `bend` changes what it gives back."""

    def __init__(self, bend: Any = lambda resource: resource) -> None:
        self.resources: dict[str, Any] = {}
        self.bend = bend

    def __call__(self, request: httpx.Request) -> httpx.Response:
        if request.method == "POST":
            entries = json.loads(request.content)["entry"]
            self.resources |= {one["request"]["url"]: one["resource"] for one in entries}
            done = {"resourceType": "Bundle", "type": "transaction-response", "entry": [{"response": {"status": "201"}} for _ in entries]}
            return httpx.Response(200, json=done)
        found = self.resources.get(request.url.path.removeprefix("/R4/"))
        return httpx.Response(200, json=self.bend(found)) if found else httpx.Response(404)


def pushed(held: Held) -> tuple[list[Any], list[Any]]:
    """What was sent, and what was found unequal."""
    hub = toy_hub()
    submit(hub, ada(records=[PENICILLIN]), ada("acute", "A1", kind="acute"))
    hub.drain()
    record = record_of(hub, NURSE, hub.store.links.persons()[0]).value
    client = OutsideClient(BASE, hosts=frozenset({"fhir.example.org"}))
    with respx.mock(base_url=BASE) as routes:
        routes.route().mock(side_effect=held)
        server = FhirServer(client)
        server.load(record)
        unequal = list(server.unequal(record))
    client.close()
    return record, unequal


def test_the_merged_record_is_read_back_equal() -> None:
    held = Held()
    record, unequal = pushed(held)
    assert unequal == []
    types = sorted(one["resourceType"] for one in record)
    assert types == ["AllergyIntolerance", "Patient", "Patient", "Patient", "Provenance", "Provenance", "Provenance"]
    assert len(held.resources) == len(record)


def test_a_server_that_drops_an_element_is_named() -> None:
    _, unequal = pushed(Held(lambda one: {name: value for name, value in one.items() if name != "clinicalStatus"}))
    assert [(at.partition("/")[0], elements) for at, elements in unequal] == [("AllergyIntolerance", ("clinicalStatus",))]
