"""HL7 v2 ADT ingest, whole and by stage, beside the obvious stack and beside the least that could be done with the same bytes."""

from __future__ import annotations

import itertools
import os
import time
from collections.abc import Sequence
from dataclasses import dataclass
from functools import partial

import feeds
import obvious
from hubs import ACUTE, GROUP, accepted, folder, fresh_hub, receive, settings_in
from least import parsed, records_of, split, told, written
from rounds import rotated
from table import Row

from carehub.feeds.message import Message
from carehub.hub.hub import Hub
from carehub.wiring.bootstrap import build_hub, hub_of_process
from carehub.workers.side_by_side import MappingProcesses

PROCESSES = os.cpu_count() or 1
_PEOPLE_SHARE = 4  # messages a person: admitted, moved, updated, discharged
_LONG = 4  # rounds a backlog for all cores: where they begin and end, one of them waits


@dataclass(slots=True)
class Stages:
    """Seconds of one round by stage, over `messages`. least: seconds of the cheapest thing that reads the same bytes, by stage."""

    messages: int
    seconds: dict[str, float]
    least: dict[str, float]
    records: int

    def rate(self, *stages: str) -> float:
        """Messages a second over these stages together."""
        return self.messages / sum(self.seconds[stage] for stage in stages)


def adt_rows(rounds: int, count: int) -> list[Row]:
    """Rows 1 and 2: the whole and its stages. count: messages a round for us; the obvious stack gets a quarter of them."""
    few = feeds.adt_messages(count // 4, count // 4 // _PEOPLE_SHARE)
    # Each round of ours has people of its own: what a process remembers of a patient must not help the next round.
    firsts = itertools.count(step=_LONG * count)

    def strangers(count: int) -> Sequence[bytes]:
        return feeds.adt_messages(count, count // _PEOPLE_SHARE, first=next(firsts))

    found = rotated(
        {
            "ours": lambda: _stages(strangers(count), strangers(count)),
            "all": lambda: _on_all_cores(strangers(_LONG * count), strangers(count)),
            "obvious": lambda: _obvious_adt(few),
        },
        rounds,
    )
    ours: list[Stages] = found["ours"]  # type: ignore[assignment]
    all_: list[float] = found["all"]  # type: ignore[assignment]
    base: list[float] = found["obvious"]  # type: ignore[assignment]
    whole = [s.rate("receive", "map", "reconcile") for s in ours]
    plan = [s.rate("receive", "map", "reconcile", "assemble") for s in ours]
    stack = "hl7 + fhir.resources, FULL, 1 a commit"
    per = ours[0].records / ours[0].messages

    def stage(name: str, label: str, least: str, remark: str = "") -> Row:
        return Row(label, "msg/s", [s.rate(name) for s in ours], least, [s.messages / s.least[name] for s in ours], remark=remark)

    return [
        Row("ADT ingest: stored, indexed, matched, durable", "msg/s", all_, stack, base, "G1", (8, 15),
            remark=f"{PROCESSES} mapping processes, started before; a backlog of {_LONG * count} messages in groups of {GROUP}; "
            f"{per:.0f} resources a message; the obvious stack, one process, maps the same content itself"),
        Row("the same in one process", "msg/s", whole, stack, base),
        Row("ADT ingest to the merged plan", "msg/s", plan, stack, base, remark="the obvious stack makes no plan"),
        stage("receive", "ADT receive (split, stored, durable)", "write + fsync of the same bytes, per group"),
        stage("adapter", "ADT adapter alone (no store)", "str.split of the same bytes"),
        stage("map", "ADT map step (adapter, gate, fold, store)", "json.loads of the same resources"),
        stage("reconcile", "ADT reconcile (identity lane)", "json.loads of the same Patients"),
        stage("assemble", "ADT assemble (one plan a person)", "json.loads of the persons' resources",
              f"per message; one plan for {_PEOPLE_SHARE} messages"),
    ]  # fmt: skip


def _stages(bodies: Sequence[bytes], others: Sequence[bytes]) -> Stages:
    spent = dict.fromkeys(("receive", "map", "reconcile", "assemble"), 0.0)
    with fresh_hub() as hub:
        for start in range(0, len(bodies), GROUP):
            t0 = time.perf_counter()
            [ids] = receive(hub, ACUTE, bodies[start : start + GROUP])
            t1 = time.perf_counter()
            report = hub.map(ids)
            t2 = time.perf_counter()
            while hub.reconcile().more:
                pass
            t3 = time.perf_counter()
            accepted(report)
            for stage, took in (("receive", t1 - t0), ("map", t2 - t1), ("reconcile", t3 - t2)):
                spent[stage] += took
        t0 = time.perf_counter()
        hub.settle()
        spent["assemble"] = time.perf_counter() - t0
        # Of other people, so that nothing is remembered of them.
        spent["adapter"] = _adapter_alone(hub, others)
        tellings = told(hub, len(bodies))
        standing = [record.body for person in hub.store.links.persons() for record in records_of(hub, person)]
        least = {
            "receive": written(bodies),
            "adapter": split(bodies),
            "map": parsed([t.body for t in tellings]),
            "reconcile": parsed([t.body for t in tellings if t.type == "Patient"]),
            "assemble": parsed(standing),
        }
    return Stages(len(bodies), spent, least, len(tellings))


def _on_all_cores(bodies: Sequence[bytes], others: Sequence[bytes]) -> float:
    """Messages a second where this process receives and reconciles and others map, as `carehub ingest` does with a long backlog. others: to
    set them going."""
    with folder() as place:
        settings = settings_in(place)
        hub = build_hub(settings)

        def take(mapping: MappingProcesses, messages: Sequence[bytes]) -> None:
            mapped = 0
            for done in mapping(ids for n in range(0, len(messages), GROUP) for ids in receive(hub, ACUTE, messages[n : n + GROUP])):
                mapped += done.mapped
                while hub.reconcile().more:
                    pass
            if mapped != len(messages) or {verdict for *_, verdict, _ in hub.store.records.counts()} != {"accepted"}:
                raise RuntimeError("the bench's own messages must be accepted")

        with MappingProcesses(partial(hub_of_process, settings), PROCESSES) as mapping:
            take(mapping, others[: GROUP * PROCESSES])
            started = time.perf_counter()
            take(mapping, bodies)
            took = time.perf_counter() - started
        hub.store.close()
    return len(bodies) / took


def _adapter_alone(hub: Hub, bodies: Sequence[bytes]) -> float:
    adapter = hub.catalogue.adapter(ACUTE)
    messages = [Message(f"m{n}", n, "s", 0, ACUTE, "2026-01-01T00:00:00.000Z", body) for n, body in enumerate(bodies, 1)]
    started = time.perf_counter()
    for message in messages:
        adapter.map_message(message)
    return time.perf_counter() - started


def _obvious_adt(bodies: Sequence[bytes]) -> float:
    with folder() as place:
        store = obvious.ObviousStore(place)
        started = time.perf_counter()
        for body in bodies:
            obvious.take_adt(body, store)
        took = time.perf_counter() - started
        store.close()
    return len(bodies) / took


def backlog_rows(rounds: int, count: int) -> list[Row]:
    """A backlog drained in batches, beside one task's work for each message, both to the merged plan."""
    bodies = feeds.adt_messages(count, count // _PEOPLE_SHARE)

    def batched() -> float:
        with fresh_hub() as hub:
            receive(hub, ACUTE, bodies)
            started = time.perf_counter()
            done = hub.drain()
            took = time.perf_counter() - started
            if done.messages != count or done.failed or done.bugs:
                raise RuntimeError("the backlog was not drained")
            return count / took

    def one_by_one() -> float:
        with fresh_hub() as hub:
            stored = [id for group in receive(hub, ACUTE, bodies) for id in group]
            started = time.perf_counter()
            for id in stored:
                accepted(hub.map([id]))
                hub.settle()
            return count / (time.perf_counter() - started)

    found = rotated({"ours": batched, "base": one_by_one}, rounds)
    remark = "the baseline has no broker to pay for"
    return [
        Row(
            "Backlog drain to the plan",
            "msg/s",
            found["ours"],
            "a task's work for each message, in process",
            found["base"],
            "G14",
            (2, 5),
            remark=remark,
        )
    ]
