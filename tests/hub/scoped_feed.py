"""Messages of the toy feed that tell scopes completely: snapshots of one patient, and a council's monthly files."""

from __future__ import annotations

import random
from dataclasses import replace
from typing import Any

from carehub.feeds.message import Message
from carehub.hub.hub import Hub
from carehub.store.ports import Store
from hub.toy_hub import PENICILLIN, ada, map_message, submit, toy_adapter, toy_hub

NHS = ("9990000018", "9990000026", "9990000034")


def day(number: int, hour: int = 8) -> str:
    return f"2026-11-{number:02d}T{hour:02d}:00:00.000Z"


def allergy(local: str, scope: str = "allergies", **more: Any) -> dict[str, Any]:
    return {**PENICILLIN, "id": local, "scope": scope, **more}


def snapshot(at: int, *locals: str, **more: Any) -> dict[str, Any]:
    """All allergies of one patient at one practice."""
    return ada(at=day(at), records=[allergy(local) for local in locals], closes=["allergies"], **more)


def row(patient: int, local: str, at: int, **more: Any) -> dict[str, Any]:
    """One row of a council's file."""
    said = {"source": "council", "patient": f"c{patient}", "kind": "local_authority", "nhs": NHS[patient], "given": f"Name{patient}"}
    return ada(**{**said, "at": day(at), "records": [allergy(local, "services")], **more})


def closing(at: int) -> dict[str, Any]:
    return {"source": "council", "at": day(at, 9), "closing": ["services"]}


def mended(message: Message) -> Any:
    return map_message(replace(message, body=message.body.replace(b'"bug": true', b'"bug": false')))


def mend(hub: Hub) -> Hub:
    """The same store with an adapter that has no bug."""
    return toy_hub(toy_adapter(mapper=mended), hub.store)


def submissions(dice: random.Random) -> list[list[dict[str, Any]]]:
    """Snapshots of two practices' patients and a council's monthly files, some of whose rows come to grief at first."""
    told: list[list[dict[str, Any]]] = []
    for at in (11, 12, 13, 14):
        for patient in ("1", "2"):
            some = dice.sample(["a", "b", "c"], dice.randint(0, 3))
            complete = {"closes": ["allergies"]} if dice.random() < 0.7 else {}
            records = [allergy(local, criticality=dice.choice(["low", "high"])) for local in some]
            told.append(
                [ada(patient=patient, nhs=NHS[int(patient) - 1], given=f"Name{int(patient) - 1}", at=day(at), records=records, **complete)]
            )
    for at in (1, 5, 5, 9):
        rows = [row(n, f"s{n}{k}", at, bug=dice.random() < 0.2) for n in range(3) for k in range(2) if dice.random() < 0.6]
        told.append([*rows, closing(at)] if dice.random() < 0.8 else rows or [closing(at)])
    return told


def settled(told: list[list[dict[str, Any]]], store: Store | None = None) -> Hub:
    hub = toy_hub(toy_adapter(mapper=mended), store)
    for messages in told:
        submit(hub, *messages)
    hub.drain()
    return hub
