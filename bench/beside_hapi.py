"""carehub over HTTP beside a real HAPI FHIR R4 JPA server (tools/hapi.py): the same resources, the same requests, the same client, in one run.

carehub stands as it ships: sign-in, decision, a durable audit entry before each answer, SQLite with synchronous FULL, and as many processes at one
socket as there are processors, as `carehub up` has them (HAPI has a thread for each request). HAPI stands as it ships too: no
validation of what is written, no sign-in, no audit, and its database in memory, so that nothing of it waits for a disk.
"""

from __future__ import annotations

import http.client
import json
import os
import sys
import time
from collections.abc import Callable, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import urlsplit

import feeds
from hubs import GP, folder, ingest, settings_in
from least import as_r4
from processes import free_port, serving
from rounds import rotated
from table import Row

from carehub.fhir.canonical import dumps
from carehub.wiring.bootstrap import build_hub
from carehub.wiring.demo import DEMO_CREDENTIAL

sys.path.insert(0, str(Path(__file__).resolve().parents[1] / "tools"))

from hapi import absent, hapi

CLIENTS = 4
_JSON = {"Content-Type": "application/fhir+json", "Accept": "application/fhir+json"}
_BASELINE = "HAPI FHIR 8.4 JPA, H2 in memory"
_SIZES = {"~100": 100, "~1,000": 980}  # resources told by the GP
_LOADED = 8  # people of about 165 resources each, in a round of loading
_WARM = 300  # a Java server is several times as slow until its code is compiled


@dataclass(frozen=True, slots=True)
class Served:
    """A FHIR server. base: its address; headers: sent with every request."""

    base: str
    headers: Mapping[str, str]

    def connect(self) -> http.client.HTTPConnection:
        """A connection of one's own."""
        return http.client.HTTPConnection(urlsplit(self.base).netloc, timeout=600)

    def ask(self, connection: http.client.HTTPConnection, method: str, path: str, body: bytes | None = None) -> tuple[int, bytes]:
        """(status, answer); path: below the base, or from the root when it begins with a slash."""
        where = path if path.startswith("/") else f"{urlsplit(self.base).path}{path}"
        connection.request(method, where, body, dict(self.headers))
        answer = connection.getresponse()
        return answer.status, answer.read()


def hapi_rows(rounds: int, times: int) -> list[Row]:
    """The rows beside HAPI, or one that says why there are none. times: requests of each kind a round."""
    if why := absent():
        return [Row("Beside a HAPI FHIR server", "", (), goal="", skipped=why)]
    with hapi(free_port(), judging=False) as theirs:
        return _beside(theirs, rounds, times)


def _beside(theirs: str, rounds: int, times: int) -> list[Row]:
    with folder() as place:
        standing = [feeds.gp_record_of(size, who=n) for n, size in enumerate(_SIZES.values())]
        told = as_r4(GP, standing)
        other = Served(theirs, _JSON)
        hub = build_hub(settings_in(place))
        ingest(hub, GP, standing)
        hub.settle()
        hub.store.close()
        for one in told:
            _transact(other, one)
        with serving("demo", place, "/health/ready", os.cpu_count() or 1) as (_, port):
            ours = Served(f"http://127.0.0.1:{port}/fhir/R4/", {**_JSON, "Authorization": f"Bearer {DEMO_CREDENTIAL}"})
            rows = [_read_row(name, path, ours, other, rounds, times) for name, path in _questions(told).items()]
            rows.append(_plan_row(_patient(told[-1]), ours, rounds, times))
            rows.append(_load_row(ours, other, rounds))
    return rows


def _patient(resources: Sequence[Mapping[str, object]]) -> str:
    return next(str(one["id"]) for one in resources if one["resourceType"] == "Patient")


def _questions(told: Sequence[Sequence[Mapping[str, object]]]) -> dict[str, str]:
    """What is asked of both, by name: paths below the base."""
    whole = told[-1]
    condition = next(one["id"] for one in whole if one["resourceType"] == "Condition")
    patient = _patient(whole)
    asked = {
        "read by id": f"Condition/{condition}",
        "search by patient, page of 50": f"MedicationRequest?patient={patient}&_count=50",
        "search by patient, code and date": f"Observation?patient={patient}&code=http://snomed.info/sct|75367002&date=ge2025-06&_count=50",
    }
    for label, one in zip(_SIZES, told, strict=True):
        asked[f"$everything {label}"] = f"Patient/{_patient(one)}/$everything"
    return asked


def _read_row(name: str, path: str, ours: Served, other: Served, rounds: int, times: int) -> Row:
    whole = f"{path}?_count=5000" if path.endswith("$everything") else path  # HAPI gives it by pages, and we always whole
    times, warm = (max(CLIENTS, times // 4), CLIENTS) if name.endswith("~1,000") else (times, _WARM)
    sizes = []
    for one, asked in ((ours, path), (other, whole)):
        status, body = one.ask(one.connect(), "GET", asked)
        if status != 200:
            raise RuntimeError(f"{name} answered {status}")
        sizes.append((len(body), len(json.loads(body).get("entry", "1"))))
        _together(one, [asked] * warm)
    found = rotated({"ours": _rate(ours, path, times), "base": _rate(other, whole, times)}, rounds)
    (mine, entries), (their, others) = sizes
    remark = (
        f"{entries} entries, {mine / 1000:,.0f} kB, beside {others}, {their / 1000:,.0f} kB; {CLIENTS} clients, {times} requests a round"
    )
    return _row(f"{name}, beside HAPI", "req/s", found["ours"], found["base"], remark)


def _row(name: str, unit: str, ours: list[float], base: list[float], remark: str) -> Row:
    ratios = [a / b for a, b in zip(ours, base, strict=True)]
    spread = f"ratio from x{min(ratios):.2f} to x{max(ratios):.2f} in {len(ratios)} rounds; "
    return Row(name, unit, ours, _BASELINE, base, limits=(1, 2), remark=spread + remark)


def _plan_row(patient: str, ours: Served, rounds: int, times: int) -> Row:
    _, found = ours.ask(ours.connect(), "GET", f"Patient/{patient}/$everything")
    person = json.loads(found)["entry"][0]["resource"]["id"]  # the golden Patient comes first
    path = f"Patient/{person}/$unified-care-plan"
    _together(ours, [path])
    rates = [_rate(ours, path, times)() for _ in range(rounds)]
    return Row("$unified-care-plan ~1,000, which HAPI has not", "req/s", rates, remark=f"{CLIENTS} clients, {times} requests a round")


def _rate(one: Served, path: str, times: int) -> Callable[[], float]:
    def measured() -> float:
        _together(one, [path] * CLIENTS)
        started = time.perf_counter()
        _together(one, [path] * times)
        return times / (time.perf_counter() - started)

    return measured


def _together(one: Served, paths: Sequence[str]) -> None:
    """Ask all, CLIENTS at a time, each over its own connection. Raises RuntimeError for an answer other than 200."""

    def some(first: int) -> None:
        connection = one.connect()
        for path in paths[first::CLIENTS]:
            status, _ = one.ask(connection, "GET", path)
            if status != 200:
                raise RuntimeError(f"{path.partition('?')[0]} answered {status}")
        connection.close()

    with ThreadPoolExecutor(CLIENTS) as pool:
        list(pool.map(some, range(CLIENTS)))


def _load_row(ours: Served, other: Served, rounds: int) -> Row:
    """People that neither server knows, anew each round, until each can be read."""
    start, counts = len(_SIZES), []

    def batch(n: int) -> tuple[list[bytes], list[list[dict[str, object]]]]:
        first = start + n * _LOADED
        bodies = list(feeds.gp_records(first + _LOADED))[first:]
        return bodies, as_r4(GP, bodies)

    batches = [batch(n) for n in range(rounds + 1)]
    turn = {"ours": iter(batches), "base": iter(batches)}

    def submitted() -> float:
        bodies, mapped = next(turn["ours"])
        counts.append(sum(map(len, mapped)))
        started = time.perf_counter()
        with ThreadPoolExecutor(CLIENTS) as pool:
            list(pool.map(lambda body: _submit(ours, body), bodies))
        connection, left = ours.connect(), [_patient(one) for one in mapped]
        while left:
            if ours.ask(connection, "GET", f"Patient/{left[-1]}")[0] == 200:
                left.pop()
            else:
                time.sleep(0.01)
        return counts[-1] / (time.perf_counter() - started)

    def transacted() -> float:
        _, mapped = next(turn["base"])
        started = time.perf_counter()
        with ThreadPoolExecutor(CLIENTS) as pool:
            list(pool.map(lambda one: _transact(other, one), mapped))
        return sum(map(len, mapped)) / (time.perf_counter() - started)

    submitted()
    transacted()
    found = rotated({"ours": submitted, "base": transacted}, rounds)
    remark = f"{_LOADED} GP records of {counts[0]} resources a round, {CLIENTS} clients. Ours: submissions in STU3, until every person can be read (mapped, "
    remark += "checked, matched, plan made, durable); HAPI: the same resources in R4, a transaction for each record, nothing durable"
    return _row("Records loaded, beside HAPI", "res/s", found["ours"], found["base"], remark)


def _submit(one: Served, body: bytes) -> None:
    status, answer = one.ask(one.connect(), "POST", f"/feeds/{GP}/submissions", body)
    if status != 202:
        raise RuntimeError(f"a submission answered {status}: {answer[:300]!r}")


def _transact(one: Served, resources: Sequence[Mapping[str, object]]) -> None:
    entries = [{"resource": r, "request": {"method": "PUT", "url": f"{r['resourceType']}/{r['id']}"}} for r in resources]
    status, answer = one.ask(one.connect(), "POST", "", dumps({"resourceType": "Bundle", "type": "transaction", "entry": entries}))
    if status != 200:
        raise RuntimeError(f"a transaction answered {status}: {answer[:300]!r}")
