"""Single reads and pages over HTTP: a resource by its id beside a bare Starlette route that returns the same bytes, and the last page of a search beside
the first. As carehub ships: signed in, decided on, and written down on the disk before it answers."""

from __future__ import annotations

import http.client
import json
import os
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from urllib.parse import urlsplit

import feeds
from hubs import GP, folder, ingest, settings_in
from others import served_beside
from processes import NotAnswering, serving
from reads import get
from rounds import rotated
from table import Row, centile

from carehub.wiring.bootstrap import build_hub
from carehub.wiring.demo import DEMO_CREDENTIAL

CLIENTS, _RESOURCES, _PAGE = 4, 980, 50
_HEADERS = {"Authorization": f"Bearer {DEMO_CREDENTIAL}", "Accept": "application/fhir+json"}


def single_rows(rounds: int, times: int) -> list[Row]:
    """G7, G12. times: requests of each kind a round."""
    processes = os.cpu_count() or 1
    with folder() as place, folder() as kept:
        person = _fill(place)
        with serving("demo", place, "/health/ready", processes) as (_, port):
            whole = json.loads(_asked(port, f"/fhir/R4/Patient/{person}/$everything"))["entry"]
            path = next(f"/fhir/R4/Condition/{one['resource']['id']}" for one in whole if one["resource"]["resourceType"] == "Condition")
            (kept / "same").write_bytes(_asked(port, path))
            with serving("bytes", kept, "/same", processes) as (_, bare):
                found = rotated({"ours": lambda: _took(port, path, times), "base": lambda: _took(bare, "/same", times)}, rounds)
            beside_theirs = _beside_fhirstarter(place, kept / "same", path, rounds, times)
            first, *_, last = _pages(port, f"/fhir/R4/Observation?patient={person}&_count={_PAGE}")
            turned = rotated({"last": lambda: _took(port, last, times, 1), "first": lambda: _took(port, first, times, 1)}, rounds)
    remark = f"{CLIENTS} clients, {times} requests a round, {processes} processes each"
    rates = {who: [CLIENTS * 1000 / (sum(took) / len(took)) for took in each] for who, each in found.items()}
    tails = {who: [centile(took, 99) for took in each] for who, each in found.items()}
    middles = {who: [centile(took, 50) for took in each] for who, each in turned.items()}
    beside, page = "same bytes, bare Starlette", f"last page of {_PAGE} of a search, p50"
    return [
        Row("read by id", "req/s", rates["ours"], beside, rates["base"], "G7", (0.35, 0.5), remark=remark),
        beside_theirs,
        Row("read by id, p99", "ms", tails["ours"], beside, tails["base"], "G7", (3.0, 2.0), better="lower"),
        Row(page, "ms", middles["last"], "its first page", middles["first"], "G12", (1.5, 1.1), better="lower"),
    ]


def _beside_fhirstarter(place: Path, kept: Path, path: str, rounds: int, times: int) -> Row:
    """G8, one process each. kept: the resource, which theirs reads into its model for each request."""
    name, beside, limits = "read by id, 4 clients, one process each", "fhirstarter", (6.0, 12.0)
    there = path.removeprefix("/fhir/R4")
    try:
        with served_beside("fhirstarter", kept) as theirs, serving("demo", place, "/health/ready") as (_, ours):
            contenders = {"ours": lambda: _took(ours, path, times), "base": lambda: _took(theirs, there, times)}
            found = rotated(contenders, rounds)
    except NotAnswering as reason:
        return Row(name, "req/s", [], beside, goal="G8", limits=limits, skipped=str(reason))
    rates = {who: [CLIENTS * 1000 / (sum(took) / len(took)) for took in each] for who, each in found.items()}
    return Row(
        name, "req/s", rates["ours"], beside, rates["base"], "G8", limits, remark=f"{beside} without sign-in, decision, store or audit"
    )


def _fill(place: Path) -> str:
    hub = build_hub(settings_in(place))
    ingest(hub, GP, [feeds.gp_record_of(_RESOURCES, who=0)])
    hub.settle()
    [person] = hub.store.links.find(nhs_number=feeds.nhs_numbers(1)[0])
    hub.store.close()
    return person


def _asked(port: int, path: str) -> bytes:
    return get(http.client.HTTPConnection("127.0.0.1", port), path, _HEADERS)


def _took(port: int, path: str, times: int, clients: int = CLIENTS) -> list[float]:
    """Milliseconds of each request, so many clients at once, each over a connection of its own that has been used."""

    def client(_: int) -> list[float]:
        connection, took = http.client.HTTPConnection("127.0.0.1", port), []
        get(connection, path, _HEADERS)
        for _ in range(times // clients):
            started = time.perf_counter()
            get(connection, path, _HEADERS)
            took.append(1000 * (time.perf_counter() - started))
        connection.close()
        return took

    with ThreadPoolExecutor(clients) as pool:
        return [one for each in pool.map(client, range(clients)) for one in each]


def _pages(port: int, path: str) -> Iterator[str]:
    """The addresses of the pages, from the first on."""
    here: str = path
    while here:
        yield here
        links = json.loads(_asked(port, here))["link"]
        to = next((urlsplit(link["url"]) for link in links if link["relation"] == "next"), None)
        here = f"{to.path}?{to.query}" if to else ""
