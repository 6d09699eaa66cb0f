"""GP Connect ingest beside fhir.resources over the same resources."""

from __future__ import annotations

import time

import feeds
import obvious
from hubs import GP, folder, fresh_hub, ingest
from least import as_r4
from rounds import rotated
from table import Row


def gp_rows(rounds: int, count: int) -> list[Row]:
    """Row 3: GP Connect records of about 165 resources each."""
    bodies = list(feeds.gp_records(count))
    mapped = as_r4(GP, bodies)
    resources = sum(len(one) for one in mapped)

    def ours() -> float:
        with fresh_hub() as hub:
            started = time.perf_counter()
            ingest(hub, GP, bodies, group=8)
            return resources / (time.perf_counter() - started)

    def base() -> float:
        with folder() as place:
            store = obvious.ObviousStore(place)
            started = time.perf_counter()
            for body, one in zip(bodies, mapped, strict=True):
                obvious.take_bundle(one, body, store)
            took = time.perf_counter() - started
            store.close()
            return resources / took

    found = rotated({"ours": ours, "base": base}, rounds)
    stack = "fhir.resources validate + dump of the same R4, FULL, 1 bundle a commit"
    remark = "the baseline is handed R4; ours reads STU3, maps, checks, folds and matches as well"
    return [Row("GP Connect ingest, one worker, durable", "res/s", found["ours"], stack, found["base"], "G3", (3, 5), remark=remark)]
