"""The acute adapter as the hub loads it, and short ways to write a message and read what became of it."""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path
from types import ModuleType
from typing import Any

from carehub.feeds.mapped import Mapped
from carehub.feeds.message import Message
from carehub.fhir.canonical import loads, stable
from carehub.fhir.resource import Resource
from carehub.wiring.loading import load_adapter
from unit.adapters.remembering import remembering

REPOSITORY = Path(__file__).resolve().parents[3]
SAMPLES = REPOSITORY / ".." / "shared" / "data"
ADAPTER = load_adapter(REPOSITORY / "adapters" / "acute")
REMEMBERING = remembering(ADAPTER)

WHO = "PID|1||H10001^^^X9A01^MR~9993000019^^^NHS^NH||Okafor^Ada^^^Mrs^^L||19441103|2"


def module(name: str) -> ModuleType:
    """One module of `ADAPTER` itself, whoever has loaded the adapter again since."""
    return REMEMBERING.modules[name]


def header(event: str, at: str = "20261122061000", control: str = "1", version: str = "2.4") -> str:
    return f"MSH|^~\\&|NORTHPAS|X9A01|||{at}||{event}|{control}|P|{version}"


def visit(**fields: str) -> str:
    """PV1 with fields by number: visit(f2="I", f19="V1")."""
    return segment("PV1", **{"f1": "1", "f2": "I", "f19": "V1", **fields})


def segment(name: str, **fields: str) -> str:
    last = max(int(key[1:]) for key in fields)
    return "|".join([name, *(fields.get(f"f{number}", "") for number in range(1, last + 1))])


def mapped(*segments: str, encoding: str = "utf-8") -> Mapped:
    """Map one message of these segments."""
    return ADAPTER.map_message(message("\r".join(segments).encode(encoding)))


def message(body: bytes) -> Message:
    return Message("m", 1, "s", 0, "acute/hl7v2", "2026-11-25T00:00:00.000Z", body)


def event(kind: str, at: str, *segments: str, evn6: str = "", control: str = "1") -> Mapped:
    """An ADT of this event at this time about the person of WHO (or of a PID among the segments)."""
    who = [] if any(text.startswith("PID") for text in segments) else [WHO]
    return mapped(header(f"ADT^{kind}", at, control), f"EVN|{kind}|{at}||||{evn6}", *who, *segments)


def fold(told: Iterable[Mapped]) -> dict[str, Resource]:
    """The records these messages leave behind, by reference, folded in the source's order as the hub does."""
    records: dict[str, Resource] = {}
    for one in sorted(told, key=lambda each: (each.recorded, each.sequence)):
        for record in one.records:
            if record.change == "withdrawn":
                records.pop(record.ref.reference, None)
                continue
            said = loads(stable(record.resource))
            before = records.get(record.ref.reference, {})
            records[record.ref.reference] = said if record.change == "snapshot" else ADAPTER.revise(before, said, record.clears)
    return records


def only(records: dict[str, Resource] | Mapped, type: str) -> Any:
    """The one record of a type."""
    held = fold([records]) if isinstance(records, Mapped) else records
    (found,) = [resource for resource in held.values() if resource["resourceType"] == type]
    return found


def every(told: Mapped, type: str) -> list[Any]:
    return [record.resource for record in told.records if record.ref.type == type]


def numbers(told: Mapped) -> dict[tuple[str, str], int]:
    """Issues as (number, place) to count."""
    return {(issue.number, issue.at): issue.count for issue in told.issues}
