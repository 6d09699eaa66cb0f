"""How an earlier state of a record and an addition to it make the later state. Pure; inputs are not changed.

Rows of several tables add to one Patient, referral or care plan: lists grow by what is new, and identifiers are one per space.
"""

from __future__ import annotations

from typing import Any

from carehub.feeds.adapter import overlay
from carehub.fhir.resource import Resource, text

_GROWING = ("note", "reasonCode")
# What R4 requires and only the record's main row tells: until that row comes, it is said to be unknown.
_NEEDED: dict[str, dict[str, Any]] = {
    "ServiceRequest": {"status": "unknown", "intent": "order"},
    "CarePlan": {"status": "unknown", "intent": "plan"},
}


def revise(earlier: Resource, update: Resource, clears: tuple[str, ...]) -> Resource:
    """The later state. earlier: {} for a record not told of before."""
    state = overlay(earlier, update, clears)
    for name in _GROWING:
        if name in update and earlier.get(name):
            before: list[Any] = earlier[name]
            state[name] = [*before, *(entry for entry in update[name] if entry not in before)]
    if "identifier" in update and earlier.get("identifier"):
        kept = {text(entry, "system"): entry for entry in update["identifier"]}
        kept |= {text(entry, "system"): entry for entry in earlier["identifier"]}
        state["identifier"] = list(kept.values())
    for name, value in _NEEDED.get(str(update.get("resourceType")), {}).items():
        state.setdefault(name, value)
    return state
