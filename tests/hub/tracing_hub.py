"""A hub over the memory store, PDS as a dictionary, and who is together, for tests of tracing."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from carehub.fhir.canonical import loads
from carehub.hub.hub import Hub
from carehub.hub.trace_numbers import Traced, trace_number, trace_record
from carehub.identity.pds_answers import Answer, Search, parameters
from carehub.terms.moments import iso
from carehub.terms.refs import RecordRef
from hub.toy_hub import submit, toy_hub
from unit.outside.pds_people import ASKED, KEPT, THIRD, outcome, searchset


class Sandbox:
    """PDS with these answers; everything it is asked is remembered."""

    def __init__(self, numbers: Mapping[str, dict[str, Any]] | None = None, found: dict[str, Any] | None = None) -> None:
        self.numbers = dict(numbers or {})
        self.found = found if found is not None else searchset()
        self.asked: list[object] = []

    def retrieve(self, number: str) -> Answer:
        self.asked.append(number)
        body = self.numbers.get(number, outcome("RESOURCE_NOT_FOUND", "not-found"))
        return Answer(200 if body["resourceType"] == "Patient" else 404, body)

    def search(self, question: Search) -> Answer:
        self.asked.append(parameters(question))
        return Answer(200, self.found)


def a_hub() -> Hub:
    return toy_hub()


def tell(hub: Hub, *messages: dict[str, Any]) -> None:
    submit(hub, *messages, key=f"k{hub.log.last_position()}")
    hub.drain()


def record(source: str, local: str = "1") -> str:
    return RecordRef(source, local, "Patient").id


def about_record(hub: Hub, pds: Sandbox, source: str, local: str = "1") -> Traced:
    done = trace_record(record(source, local), pds=pds, records=hub.store.records, receive=hub.receive, now=iso(hub.clock()))
    hub.drain()
    return done


def about_number(hub: Hub, pds: Sandbox, number: str) -> Traced:
    store = hub.store
    done = trace_number(number, pds=pds, records=store.records, links=store.links, receive=hub.receive, now=iso(hub.clock()))
    hub.drain()
    return done


def persons(hub: Hub) -> set[frozenset[str]]:
    """Who is together, by the short names of the records; PDS's own by their numbers."""
    links = hub.store.links
    names = {record(source): source for source in ("gp", "acute", "council", "charity")}
    names |= {RecordRef("PDS", number, "Patient").id: number for number in (ASKED, KEPT, THIRD)}
    return {frozenset(names[link.patient] for link in links.links_of(person)) for person in links.persons()}


def told(hub: Hub, number: str) -> dict[str, Any]:
    found = hub.store.records.record("Patient", RecordRef("PDS", number, "Patient").id)
    assert found is not None
    return dict(loads(found.body))


def rebuilt_the_same(hub: Hub) -> bool:
    before = persons(hub)
    done = hub.rebuild()
    return done.same and persons(hub) == before


def group(*names: str) -> frozenset[str]:
    return frozenset(names)
