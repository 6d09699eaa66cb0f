"""What an adapter makes of a message, as JSON to be reviewed by a clinician, and a difference they can read."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import MISSING, fields
from typing import Any

from carehub.feeds.adapter import Adapter
from carehub.feeds.mapped import Mapped, MappedRecord, RecordMerge
from carehub.feeds.message import Message
from carehub.fhir.canonical import dumps, loads, pretty, stable
from carehub.terms.errors import Rejected

# A field that a golden file lost and one that it holds as null are different things.
_ABSENT = object()
_SHOWN = 20


def outcome(adapter: Adapter, message: Message) -> Mapped | Rejected:
    """Map one message; a refusal is a value here. Any other exception is the adapter's fault and passes through."""
    try:
        return adapter.map_message(message)
    except Rejected as refusal:
        return refusal


def told(result: Mapped | Rejected) -> Any:
    """The result as JSON values. A refusal is its class and its issues; texts of issues stand in the catalogue, not in golden files."""
    if isinstance(result, Rejected):
        issues = [{"number": i.number, "at": i.at, "about": i.about, "count": i.count} for i in result.issues]
        return {"rejected": type(result).__name__, "issues": issues}
    return result


def text(result: Mapped | Rejected) -> str:
    """The text of expected.json or rejected.json."""
    return pretty(told(result))


def differences(golden: str, result: Mapped | Rejected) -> list[str]:
    """Where the golden text and the result differ, a line each: place, golden value, value now. Empty when they are the same.

    Order inside objects does not count; order of lists and every digit of a decimal do. A part of Mapped that is younger than the golden
    file is no difference while it says nothing (holds its default). At most 20 lines, then how many more.
    Raises ValueError when the golden text is not JSON.
    """
    expected, found = loads(golden), loads(text(result))
    if isinstance(result, Mapped) and isinstance(expected, dict):
        expected = _with_defaults(expected)
    if stable(expected) == stable(found):
        return []
    lines = list(_walk(expected, found, ""))
    return lines[:_SHOWN] + ([f"and {len(lines) - _SHOWN} more"] if len(lines) > _SHOWN else [])


def _with_defaults(golden: dict[str, Any]) -> dict[str, Any]:
    """The golden result with what Mapped and its parts say by default where the file does not say it."""
    filled = {**_defaults(Mapped), **golden}
    for name, kind in (("records", MappedRecord), ("merges", RecordMerge)):
        listed = filled.get(name)
        if isinstance(listed, list):
            filled[name] = [{**_defaults(kind), **one} if isinstance(one, dict) else one for one in listed]
    return filled


def _defaults(kind: type[Mapped | MappedRecord | RecordMerge]) -> dict[str, Any]:
    return {field.name: loads(dumps(field.default)) for field in fields(kind) if field.default is not MISSING}


def _walk(expected: Any, found: Any, at: str) -> Iterator[str]:
    if isinstance(expected, dict) and isinstance(found, dict):
        for name in [*expected, *(name for name in found if name not in expected)]:
            yield from _walk(expected.get(name, _ABSENT), found.get(name, _ABSENT), f"{at}.{name}" if at else str(name))
    elif isinstance(expected, list) and isinstance(found, list):
        for n in range(max(len(expected), len(found))):
            yield from _walk(expected[n] if n < len(expected) else _ABSENT, found[n] if n < len(found) else _ABSENT, f"{at}[{n}]")
    elif _shown(expected) != _shown(found):
        yield f"{at}: golden {_shown(expected)}, now {_shown(found)}"


def _shown(value: Any) -> str:
    return "nothing" if value is _ABSENT else stable(value).decode()
