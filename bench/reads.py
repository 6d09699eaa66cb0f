"""Latency of a merged record over HTTP, beside the very same bytes served by a bare Starlette route; and what the server holds in memory."""

from __future__ import annotations

import http.client
import json
import time
from collections.abc import Mapping
from pathlib import Path

import feeds
from hubs import ACUTE, GP, folder, ingest, settings_in
from itsdangerous import URLSafeSerializer
from others import served_beside
from processes import NotAnswering, resident, serving
from rounds import rotated
from table import Row, centile

from carehub.fhir.canonical import dumps
from carehub.terms.moments import iso
from carehub.web.sign_in import COOKIE, persona_key
from carehub.wiring.bootstrap import build_hub, clock
from carehub.wiring.demo import DEMO_CREDENTIAL, PERSONAS

_SIZES = {"~100": 40, "~1,000": 490}  # resources told by the GP; the answer carries a Provenance for each besides
_LONG = "$everything ~1,000"
_LIMITS = {_LONG: ("G9", (0.12, 0.2))}
_PUBLISHED_MS = 15.7
"""What Blaze's makers tell of $everything of 1,000 resources for one client, on their machine: to be told beside ours, no measure of ours."""


def read_rows(rounds: int, times: int) -> list[Row]:
    """Row 4, and the server's part of row 7. times: requests of each kind a round."""
    with folder() as place:
        people = _fill(place)
        with serving("demo", place, "/health/ready") as (child, port), folder() as kept:
            asked = _requests(people, place)
            for name, (path, headers) in asked.items():
                (kept / name.replace(" ", "_")).write_bytes(get(http.client.HTTPConnection("127.0.0.1", port), path, headers))
            with serving("bytes", kept, "/") as (_, other), serving("bare", kept, "/health/ready") as (bare, _):
                rows = [row for name, request in asked.items() for row in _rows(name, request, port, other, rounds, times)]
                rows += _beside_orjson(asked[_LONG], kept / _LONG.replace(" ", "_"), port, rounds, times)
                after = resident(child.pid, peak=True)
                rows.append(_memory(after, resident(bare.pid, peak=True)))
    return rows


def _memory(ours: float, bare: float) -> Row:
    remark = "SQLite caches up to 64 MB for writing and 16 MB a reading connection are part of it"
    return Row("Peak memory of the serving process after these reads", "MB", [ours], "bare FastAPI", [bare], better="lower", remark=remark)


def _fill(place: Path) -> dict[str, str]:
    """A hub with one person of each size, told by the GP and the hospital: person ids by size."""
    people = {}
    hub = build_hub(settings_in(place))
    for n, (label, size) in enumerate(_SIZES.items()):
        ingest(hub, GP, [feeds.gp_record_of(size, who=n)])
        ingest(hub, ACUTE, feeds.adt_messages(1, 1, first=n))
        number = feeds.nhs_numbers(n + 1)[n]
        hub.settle()
        [people[label]] = hub.store.links.find(nhs_number=number)
    hub.store.close()
    return people


def _requests(people: Mapping[str, str], place: Path) -> dict[str, tuple[str, dict[str, str]]]:
    cookie = signed_in(place)
    bearer = {"Authorization": f"Bearer {DEMO_CREDENTIAL}", "Accept": "application/fhir+json"}
    asked: dict[str, tuple[str, dict[str, str]]] = {}
    for label, person in people.items():
        asked[f"page {label}"] = (f"/people/{person}", cookie)
        asked[f"$unified-care-plan {label}"] = (f"/fhir/R4/Patient/{person}/$unified-care-plan", bearer)
        asked[f"$everything {label}"] = (f"/fhir/R4/Patient/{person}/$everything", bearer)
        asked[f"search, page of 50, {label}"] = (f"/fhir/R4/Condition?patient={person}&_count=50", bearer)
    asked["read by id"] = (f"/fhir/R4/Patient/{people['~1,000']}", bearer)
    return asked


def signed_in(place: Path) -> dict[str, str]:
    """The header of a browser in which one of the demonstration's people has signed in."""
    secret = settings_in(place).secret_key.get_secret_value()
    chosen = {"persona": persona_key(PERSONAS[1]), "at": iso(clock())}
    return {"Cookie": f"{COOKIE}={URLSafeSerializer(secret, salt='carehub.persona').dumps(chosen)}"}


def get(connection: http.client.HTTPConnection, path: str, headers: Mapping[str, str]) -> bytes:
    """The body of an answer. Raises RuntimeError for any status but 200."""
    connection.request("GET", path, headers=dict(headers))
    answer = connection.getresponse()
    body = answer.read()
    if answer.status != 200:
        raise RuntimeError(f"{path.rpartition('/')[2] or path} answered {answer.status}")
    return body


def _timed(port: int, path: str, headers: Mapping[str, str], times: int) -> list[float]:
    """Milliseconds of each request over one connection that has been used."""
    # A server lets a connection go that is idle while the other contender has its turn.
    connection = http.client.HTTPConnection("127.0.0.1", port)
    get(connection, path, headers)
    took = []
    for _ in range(times):
        started = time.perf_counter()
        get(connection, path, headers)
        took.append(1000 * (time.perf_counter() - started))
    connection.close()
    return took


def _beside_orjson(request: tuple[str, dict[str, str]], kept: Path, port: int, rounds: int, times: int) -> list[Row]:
    """G10. kept: the answer, whose resources are what the other server reads and writes for each request."""
    name, beside, limits = f"{_LONG} beside its rows read and written, requests/s (from p50)", "orjson, bare Starlette", (5.0, 8.0)
    path, headers = request
    with folder() as place:
        told = [dumps(entry["resource"]) for entry in json.loads(kept.read_bytes())["entry"]]
        (place / "rows").write_bytes(b"\n".join(told))
        try:
            with served_beside("rows", place / "rows") as there:
                contenders = {"ours": lambda: _timed(port, path, headers, times), "base": lambda: _timed(there, "/rows", headers, times)}
                found = rotated(contenders, rounds)
        except NotAnswering as reason:
            return [Row(name, "req/s", [], beside, goal="G10", limits=limits, skipped=str(reason))]
    ours, base = ([1000 / centile(one, 50) for one in found[who]] for who in ("ours", "base"))
    return [Row(name, "req/s", ours, beside, base, "G10", limits)]


def _rows(name: str, request: tuple[str, dict[str, str]], port: int, other: int, rounds: int, times: int) -> list[Row]:
    path, headers = request
    size = len(get(http.client.HTTPConnection("127.0.0.1", port), path, headers))
    still = f"/{name.replace(' ', '_')}"
    found = rotated({"ours": lambda: _timed(port, path, headers, times), "base": lambda: _timed(other, still, headers, times)}, rounds)
    rows = []
    if name == _LONG:
        middles, words = [centile(one, 50) for one in found["ours"]], f"Blaze's makers tell {_PUBLISHED_MS} ms of other hardware"
        limits = (_PUBLISHED_MS, _PUBLISHED_MS / 2)
        rows.append(Row(f"{name}, one client, p50", "ms", middles, goal="G11", limits=limits, better="lower", on_ratio=False, remark=words))
    for percent in (50, 99):
        mine, theirs = ([centile(one, percent) for one in found[who]] for who in ("ours", "base"))
        remark = f"{size / 1000:,.0f} kB; {times} requests a round, one client"
        if percent == 50 and name in _LIMITS:
            goal, limits = _LIMITS[name]
            rates = [1000 / one for one in mine], [1000 / one for one in theirs]
            rows.append(Row(f"{name}, requests/s (from p50)", "req/s", rates[0], "same bytes, bare Starlette", rates[1], goal, limits))
        rows.append(
            Row(
                f"{name}, p{percent}",
                "ms",
                mine,
                "same bytes, bare Starlette",
                theirs,
                better="lower",
                remark=remark if percent == 50 else "",
            )
        )
    return rows
