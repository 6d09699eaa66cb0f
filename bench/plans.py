"""Assembling one person's plan, by the number of records."""

from __future__ import annotations

import time
from collections.abc import Sequence

import feeds
from hubs import GP, fresh_hub, ingest
from least import parsed, records_of
from rounds import rotated
from table import Row

from carehub.careplan.accounts import READINGS
from carehub.hub.assemble_plan import assemble_plans
from carehub.hub.hub import Hub
from carehub.hub.source_records import RECORDS
from carehub.store.stored import StoredPlan

# What assembling a person of so many records may cost: milliseconds of one core's time.
_CPU_MS = {1000: (60.0, 40.0), 5000: (300.0, 200.0)}


class _OnePerson:
    """The plans port with one person always due, so that one plan can be assembled again and again."""

    def __init__(self, hub: Hub, person: str) -> None:
        self._plans = hub.store.plans
        self._person = person
        self._position = hub.store.links.lane_position()

    def dirty(self, limit: int) -> list[tuple[str, int]]:
        return [(self._person, self._position)]

    def get(self, person: str) -> StoredPlan | None:
        return self._plans.get(person)

    def put(self, plans: Sequence[StoredPlan], emptied: Sequence[tuple[str, int]]) -> None:
        self._plans.put(plans, emptied)


def plan_rows(rounds: int, sizes: Sequence[int]) -> list[Row]:
    """Plans a second for a person with so many records, written durably, beside a plain parse of the same records."""
    rows = []
    for size in sizes:
        with fresh_hub() as hub:
            ingest(hub, GP, [feeds.gp_record_of(size)])
            [person] = hub.store.links.persons()
            bodies = [record.body for record in records_of(hub, person)]
            due = _OnePerson(hub, person)
            times = max(2, 200 // size)

            def ours(hub: Hub = hub, due: _OnePerson = due, times: int = times) -> float:
                started = time.perf_counter()
                for _ in range(times):
                    _forget()
                    _assembled(hub, due)
                return times / (time.perf_counter() - started)

            def base(bodies: list[bytes] = bodies, times: int = times) -> float:
                return times / sum(parsed(bodies) for _ in range(times))

            if size in _CPU_MS:
                rows += _cpu_rows(hub, person, size, len(bodies), rounds)
            found = rotated({"ours": ours, "base": base}, rounds)
            rows.append(
                Row(f"Assemble a plan of {len(bodies)} records", "plans/s", found["ours"], "json.loads of the same records", found["base"])
            )
    return rows


def _assembled(hub: Hub, due: _OnePerson) -> None:
    """A plan that could not be made must not pass for a fast one. Raises RuntimeError."""
    store = hub.store
    done = assemble_plans(records=store.records, links=store.links, plans=due, catalogue=hub.catalogue, now="2026-11-25T12:00:00.000Z")
    if done.failed:
        raise RuntimeError("the plan could not be made")


def _forget() -> None:
    READINGS.clear()
    RECORDS.clear()


def _cpu_rows(hub: Hub, person: str, size: int, records: int, rounds: int) -> list[Row]:
    """Processor time of one assembly: of a process that has just begun, and of one that made this plan a message ago."""
    anew, again = [], []
    for n in range(max(3, rounds)):
        # The GP's whole record comes again, as it does, with one value changed; then the plan is made twice.
        ingest(hub, GP, [feeds.gp_record_of(size, later=n + 1)])
        due = _OnePerson(hub, person)
        again.append(_milliseconds(hub, due))
        _forget()
        anew.append(_milliseconds(hub, due))
    found = {"all read": anew, "after one message": again[1:]}
    return [
        Row(f"Assemble a plan of {records} records, processor, {what}", "ms", ms, limits=_CPU_MS[size], better="lower", on_ratio=False)
        for what, ms in found.items()
    ]


def _milliseconds(hub: Hub, due: _OnePerson) -> float:
    started = time.process_time()
    _assembled(hub, due)
    return 1000 * (time.process_time() - started)
