"""The least that could be done with the same bytes, and what a hub holds after a run."""

from __future__ import annotations

import json
import os
import time
from collections.abc import Sequence

from hubs import GROUP, folder

from carehub.feeds.message import Message
from carehub.hub.hub import Hub
from carehub.store.stored import StoredRecord
from carehub.wiring.loading import load_adapters


def as_r4(feed: str, bodies: Sequence[bytes]) -> list[list[dict[str, object]]]:
    """The R4 resources that each message of a feed maps to, as plain JSON: what a baseline is handed."""
    adapter = load_adapters().adapter(feed)
    messages = [Message(f"m{n}", n, "s", 0, feed, "2026-01-01T00:00:00.000Z", body) for n, body in enumerate(bodies, 1)]
    states = [
        [adapter.revise({}, r.resource, r.clears) if r.change == "update" else r.resource for r in adapter.map_message(message).records]
        for message in messages
    ]
    resources: list[list[dict[str, object]]] = json.loads(json.dumps(states, default=float))
    return resources


def told(hub: Hub, count: int) -> tuple[list[bytes], list[bytes]]:
    """Bodies of all tellings, and of those about Patients."""
    messages = [head.id for head in hub.log.heads(0, count)]
    ids = sorted(set().union(*hub.store.records.told_by(messages).values()))
    return [telling for listed in hub.store.records.tellings(ids).values() for telling in listed]


def records_of(hub: Hub, person: str) -> list[StoredRecord]:
    """Current records of a person."""
    return list(hub.store.records.of_patients([link.patient for link in hub.store.links.links_of(person)]))


def parsed(bodies: Sequence[bytes]) -> float:
    """Seconds for the standard library to parse them."""
    started = time.perf_counter()
    for body in bodies:
        json.loads(body)
    return time.perf_counter() - started


def split(bodies: Sequence[bytes]) -> float:
    """Seconds to cut HL7 v2 into segments and fields."""
    started = time.perf_counter()
    for body in bodies:
        [segment.split("|") for segment in body.decode().split("\r")]
    return time.perf_counter() - started


def written(bodies: Sequence[bytes]) -> float:
    """Seconds to append them to a file, with an fsync for each group."""
    with folder() as place, (place / "bytes").open("wb") as file:
        started = time.perf_counter()
        for start in range(0, len(bodies), GROUP):
            file.write(b"".join(bodies[start : start + GROUP]))
            file.flush()
            os.fsync(file.fileno())
        return time.perf_counter() - started
