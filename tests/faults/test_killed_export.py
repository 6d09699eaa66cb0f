"""The worker of an export killed at any moment: everybody is in the files once, nobody is missing, and nobody was read without its being written down."""

from __future__ import annotations

import json
import random
import time
from collections import Counter
from pathlib import Path

from carehub.store.sql.store import SqlStore
from contracts.stores import prepare
from faults.processes import Program, until
from faults.stream import nhs_number
from hub.exporting_hub import GP, ExportingHub, allergy, wanted
from hub.toy_hub import submit, toy_hub

PEOPLE, KILLS = 40, 8


def test_killed_at_any_moment_everybody_is_in_it_once(tmp_path: Path) -> None:
    url = f"sqlite:///{tmp_path / 'carehub.db'}"
    prepare(url)
    store = SqlStore(url)
    held = ExportingHub(tmp_path, toy_hub(store=store), load=False)
    for n, number in ((n, nhs_number(n)) for n in range(PEOPLE)):
        told = {"source": "gp", "patient": str(n), "nhs": number, "born": "1950-01-01", "given": "Ada", "family": f"Okafor{n}"}
        submit(held.hub, {**told, "records": [allergy(f"Nuts{n}-{of}") for of in range(5)]})
    held.hub.drain()
    id, dice, kills = held.verbs.ask(GP, wanted()).id, random.Random(7), 0
    worker = Program(tmp_path / "worker", {"PYTHONPATH": str(Path(__file__).parents[1])}, "-m", "faults.exporter", url, str(tmp_path), id)
    while (standing := held.hub.store.exports.of(id)) is not None and standing.state == "waiting":
        done = standing.progress.done
        worker.start()
        if kills == KILLS:
            assert worker.ended() == 0
            continue
        until(lambda least=done: reached(held, id) > least, "somebody is written", worker)
        time.sleep(dice.uniform(0, 0.1))
        worker.kill()
        kills += 1
    written = held.written(id)
    allergies = Counter(one["code"]["text"] for one in written["AllergyIntolerance.ndjson"])
    assert allergies == Counter(f"Nuts{n}-{of}" for n in range(PEOPLE) for of in range(5))
    assert set(Counter(one["id"] for one in written["Patient.ndjson"]).values()) == {1}
    looks = Counter(
        row.person
        for row in store.audit.chain()
        if row.person and "Group $export" in json.loads(row.event)["entity"][0]["detail"][0]["valueString"]
    )
    assert looks.keys() == set(store.links.persons())
    assert PEOPLE <= looks.total() <= PEOPLE + kills
    assert kills > 3
    store.close()


def reached(held: ExportingHub, id: str) -> int:
    standing = held.hub.store.exports.of(id)
    return standing.progress.done if standing is not None else 0
