"""The page of a person of 1,000 entries over HTTP (sign-in, decision, durable audit entry, rendering), beside merely parsing the records that it shows."""

from __future__ import annotations

import http.client
from pathlib import Path

import feeds
import obvious
from hubs import GP, folder, ingest, settings_in
from least import parsed
from processes import serving
from reads import get, signed_in
from rounds import rate, rotated
from table import Row

from carehub.wiring.bootstrap import build_hub

ENTRIES = 1000


def page_rows(rounds: int, times: int) -> list[Row]:
    """Pages a second, one client after another; times: pages and parses a round. The baselines parse in the bench's own process, with no HTTP."""
    with folder() as place:
        person, bodies = _fill(place)
        path, headers = f"/people/{person}", signed_in(place)
        with serving("demo", place, "/health/ready") as (_, port):

            def pages() -> None:
                connection = http.client.HTTPConnection("127.0.0.1", port)
                for _ in range(times):
                    get(connection, path, headers)
                connection.close()

            pages()
            found = rotated(
                {
                    "page": rate(times, pages),
                    "models": rate(1, lambda: [obvious.validated(body) for body in bodies]),
                    "json": lambda: times / sum(parsed(bodies) for _ in range(times)),
                },
                rounds,
            )
    name = f"page of {ENTRIES:,} entries, served"
    return [
        Row(name, "pages/s", found["page"], "fhir.resources parses its records", found["models"], "G10", (5.0, 5.0)),
        Row("the same", "pages/s", found["page"], "json parses its records", found["json"]),
    ]


def _fill(place: Path) -> tuple[str, list[bytes]]:
    """A hub with one person: its id, and the records as they are stored."""
    hub = build_hub(settings_in(place))
    ingest(hub, GP, [feeds.gp_record_of(ENTRIES, who=0)])
    hub.settle()
    [person] = hub.store.links.find(nhs_number=feeds.nhs_numbers(1)[0])
    patients = [link.patient for link in hub.store.links.links_of(person)]
    bodies = [record.body for record in hub.store.records.of_patients(patients)]
    hub.store.close()
    return person, bodies
