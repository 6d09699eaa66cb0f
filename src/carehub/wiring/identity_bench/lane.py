"""The identity lane over a store, durable: the first load, batches of a hundred, and one new record at a time. What a user of the hub gets.

Messages and source records are at hand in memory, as receiving and mapping are measured elsewhere; what is timed is everything from a mapped
Patient to its committed link: reading the Patient, standardising, the store's reads, the decision, the write and the commit.
"""

from __future__ import annotations

import tempfile
import time
from array import array
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Any

from carehub.feeds.catalogue import Catalogue
from carehub.fhir.canonical import dumps
from carehub.hub.reconcile_records import reconcile_records
from carehub.identity.scales import Scales
from carehub.store.sql.migrating import upgrade
from carehub.store.sql.store import SqlStore
from carehub.store.stored import Brief, MapOutcome, MessageHead, StoredRecord
from carehub.terms.organisations import SourceKind, SourceOrganisation
from carehub.terms.refs import derived_id
from carehub.wiring.identity_bench.apart import resident
from carehub.wiring.identity_bench.feeding import Figures, spread
from carehub.wiring.identity_bench.labelled import Wanted
from carehub.wiring.matching_rules import load_rules

_BATCH = 100
_BATCHES = 20
_SINGLE = 1_000
_LOAD = 1_000
_AT = "2026-01-01T00:00:00.000Z"
_ABSENT = ("", "", "")
_KINDS = frozenset(kind.value for kind in SourceKind)


class Feed:
    """A log of one message for each Patient, all mapped, of which the lane is told as many as `until` says."""

    def __init__(self, ids: list[str], told: list[dict[str, str]]) -> None:
        self._names = [derived_id("patient", name) for name in ids]
        self._place = {name: at for at, name in enumerate(self._names)}
        self._told = told
        self.until = 0

    def heads(self, after: int, limit: int) -> list[MessageHead]:
        """See the port MessageLog."""
        return [MessageHead(at + 1, self._names[at], "bench") for at in range(after, min(after + limit, self.until))]

    def outcomes(self, messages: Iterable[str]) -> dict[str, MapOutcome]:
        """See the port Records, as of what follows."""
        return {name: self._outcome(name) for name in messages}

    def in_brief(self, ids: Iterable[str]) -> dict[str, Brief]:
        return {name: Brief(self._source(name), "bench", name, self._place[name] + 1) for name in ids}

    def current(self, ids: Iterable[str]) -> dict[str, StoredRecord]:
        return {name: self._stored(name) for name in ids}

    def _source(self, name: str) -> SourceOrganisation:
        code = self._told[self._place[name]].get("source", "")
        return SourceOrganisation(code, "", SourceKind(code) if code in _KINDS else SourceKind.GP)

    def _outcome(self, name: str) -> MapOutcome:
        at, source = self._place[name] + 1, self._source(name)
        return MapOutcome(name, at, "bench", "accepted", name, source, "", _AT, _AT, _AT, "", True, (), (), (), 1, 1, 1, _AT)

    def _stored(self, name: str) -> StoredRecord:
        at, source = self._place[name] + 1, self._source(name)
        body = dumps(patient(self._told[at - 1]))
        common = (_AT, _AT, "", "", 1, False, name, body, _ABSENT, at)
        return StoredRecord(name, "Patient", name, source, "bench", 1, name, *common)


def patient(told: dict[str, str]) -> dict[str, Any]:
    """A UK Core Patient that says what the row of a set says."""
    identifier: dict[str, Any] = {"system": "https://fhir.nhs.uk/Id/nhs-number", "value": told.get("number", "")}
    if told.get("number_status"):
        status = {"coding": [{"code": told["number_status"]}]}
        url = "https://fhir.hl7.org.uk/StructureDefinition/Extension-UKCore-NHSNumberVerificationStatus"
        identifier["extension"] = [{"url": url, "valueCodeableConcept": status}]
    given = [name for name in (told.get("given"), told.get("middle")) if name]
    contacts = [{"system": system, "value": told[system]} for system in ("phone", "email") if told.get(system)]
    found: dict[str, Any] = {
        "resourceType": "Patient",
        "identifier": [identifier] if told.get("number") else [],
        "name": [{"use": "official", "family": told.get("family", ""), "given": given}],
        "address": [{"use": "home", "line": [told.get("address", "")], "postalCode": told.get("postcode", "")}],
        "telecom": contacts,
        "gender": {"M": "male", "F": "female"}.get(told.get("sex", "").upper()[:1], ""),
        "birthDate": told.get("born", ""),
        "deceasedDateTime": told.get("died", ""),
    }
    return {name: value for name, value in found.items() if value}


class Lane:
    """The lane over a store with the shipped rules, and its feed."""

    def __init__(self, url: str, wanted: Wanted) -> None:
        upgrade(url)
        read, rules = wanted.load(), load_rules()
        self.feed: Any = Feed(read.ids, read.told)
        self._store = SqlStore(url)
        self._scales = Scales(rules.model, rules.settings, rules.version)
        self._catalogue = Catalogue(())

    def run(self, records: int, at_once: int) -> tuple[array[float], float, float]:
        """Tell the lane of so many more. (wall ms of each transaction, wall seconds, processor seconds)."""
        self.feed.until, each = self.feed.until + records, array("d")
        wall, processor = time.perf_counter(), time.process_time()
        more = True
        while more:
            began = time.perf_counter()
            more = bool(
                reconcile_records(
                    log=self.feed,
                    records=self.feed,
                    links=self._store.links,
                    catalogue=self._catalogue,
                    now=_AT,
                    limit=at_once,
                    scales=self._scales,
                ).messages
            )
            if more:
                each.append(1000 * (time.perf_counter() - began))
        return each, time.perf_counter() - wall, time.process_time() - processor


def loaded(size: int, seed: int, url: str = "") -> Figures:
    """Load `size` invented records, then single ones and batches. url: of an empty store; "" for SQLite in a folder of its own."""
    with _folder(url) as place:
        lane = Lane(place, Wanted("generated", size=size + _SINGLE + _BATCH * _BATCHES, seed=seed))
        held = resident()
        _, wall, processor = lane.run(size, _LOAD)
        grown = max(resident() - held, 0) / size
        singles, single_wall, single_processor = lane.run(_SINGLE, 1)
        _, batch_wall, batch_processor = lane.run(_BATCH * _BATCHES, _BATCH)
        return {
            "records": size,
            "load_seconds": {"wall": wall, "processor": processor},
            "bytes_per_record": grown,
            "single_ms": spread(singles),
            "single_seconds": {"wall": single_wall, "processor": single_processor},
            "batched_per_second": {"wall": _BATCH * _BATCHES / batch_wall, "processor": _BATCH * _BATCHES / batch_processor},
        }


class _folder:
    def __init__(self, url: str) -> None:
        self._url, self._made = url, tempfile.TemporaryDirectory(prefix="carehub-bench-")

    def __enter__(self) -> str:
        return self._url or f"sqlite:///{Path(self._made.name) / 'bench.db'}"

    def __exit__(self, *_: object) -> None:
        self._made.cleanup()


def rows(told: Figures) -> Iterator[tuple[str, str, str]]:
    """(what, measured, goal) for a table."""
    single, load, batched = told["single_ms"], told["load_seconds"], told["batched_per_second"]
    each = 1000 * told["single_seconds"]["processor"] / _SINGLE
    yield "one new record, committed, p50 / p99 ms by the clock", f"{single['p50']:.2f} / {single['p99']:.2f}", "[S1: 3 / 25]"
    yield "the same, processor ms on average", f"{each:.2f}", ""
    yield (
        "in batches of 100, records a second by the clock (processor)",
        f"{batched['wall']:,.0f} ({batched['processor']:,.0f})",
        "[S2: 1,500]",
    )
    yield "first load, seconds by the clock (processor)", f"{load['wall']:.0f} ({load['processor']:.0f})", "[S4: 60 at 250,000]"
    yield "memory the lane's process grew by, bytes a record", f"{told['bytes_per_record']:,.0f}", "[2,048]"
