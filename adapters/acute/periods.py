"""A start and an end that FHIR lets stand together: R4 rule per-1, the start is not after the end.

Times come with different precision, and a day cannot be compared with an hour of it. What cannot stand is kept as it was sent.
"""

from __future__ import annotations

from typing import Any

from carehub.fhir.resource import Resource
from carehub.terms.moments import instant

END_AS_SENT = "urn:carehub:end-as-sent"


def ordered(start: str, end: str) -> bool:
    """True where the start is certainly not after the end; a start that nobody told is not."""
    if not start:
        return True
    began, ended = instant(start), instant(end)
    if began and ended:
        return began <= ended
    at, to = _comparable(start, end)
    return at < to or (at == to and len(start) == len(end))


def contradictory(start: str, end: str) -> bool:
    """True where the start is certainly after the end: which of the two is wrong cannot be seen from here."""
    began, ended = instant(start), instant(end)
    if began and ended:
        return began > ended
    at, to = _comparable(start, end)
    return at > to


def put_in_order(state: Resource) -> None:
    """Let the period of a record say its end only where that can stand beside the start, which may be told later or put right; else the
    end has no value, and an extension that says what was sent.
    """
    period = dict(state.get("period", ()))
    kept = period.pop("_end", None)
    end = period.get("end", "") or _as_sent(kept)
    start = period.get("start", "")
    if end and start and not ordered(start, end):
        period.pop("end", None)
        period["_end"] = {"extension": [{"url": END_AS_SENT, "valueDateTime": end}]}
    elif end:
        period["end"] = end
    if period:
        state["period"] = period


def _comparable(start: str, end: str) -> tuple[str, str]:
    """Both at the precision of the less precise one, a whole day at most."""
    precision = min(len(start), len(end), 10)
    return start[:precision], end[:precision]


def _as_sent(kept: Any) -> str:
    extensions = kept.get("extension", ()) if isinstance(kept, dict) else ()
    return next((str(each.get("valueDateTime", "")) for each in extensions if each.get("url") == END_AS_SENT), "")
