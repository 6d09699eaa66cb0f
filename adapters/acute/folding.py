"""How an earlier state of a record and an update to it make the later state. Pure; inputs are not changed.

HL7 v2 updates say only some things. Where FHIR keeps several of these in one list, the entries are told apart by a key, so that an update
replaces its own kind and leaves the others. An Encounter's locations are a history.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from carehub.fhir.resource import Resource, first, text
from carehub.terms.codes import DATA_ABSENT_REASON

from . import appointments, documents, labels, periods

_NESTED = frozenset(("period", "hospitalization"))
# A bed may be kept for somebody on leave, or not: nothing is said of it.
_PLACE_STATUS = {"in-progress": "active", "planned": "planned"}
_ABSENT: dict[str, Any] = {"extension": [{"url": DATA_ABSENT_REASON, "valueCode": "unknown"}]}


def _telecom_key(entry: dict[str, Any]) -> str:
    return "work" if entry.get("use") == "work" else "home"


_KEYS: dict[str, Callable[[dict[str, Any]], str]] = {
    "identifier": lambda entry: str(entry.get("system", "")),
    "telecom": _telecom_key,
    "participant": lambda entry: str(first(entry, "type", "coding", "code") or ""),
    "extension": lambda entry: str(entry.get("url", "")),
    "generalPractitioner": lambda entry: text(entry, "reference").partition("/")[0],
    "link": lambda entry: text(entry, "other", "reference"),
}


# What is more than its latest words from the first message on.
_SETTLED = frozenset(("Encounter", "Patient", "Appointment", "DocumentReference"))


def revise(earlier: Resource, update: Resource, clears: tuple[str, ...]) -> Resource:
    """The later state. earlier: {} for a record not told of before. clears: "element", "element.child", "list.key", "location.last" or "meta.security".

    What `clears` names goes first, then the update is laid over. An Encounter whose status or class nobody has said yet gets status
    "unknown" and a class marked unknown, so that it is valid R4 and says so.
    """
    if not earlier and update.get("resourceType") not in _SETTLED:
        return update
    state = _cleared(earlier, tuple(path for path in clears if path != labels.CLEARED))
    _lay(state, update)
    if update.get("resourceType") == "Encounter":
        if update.get("status") == "in-progress" and "end" not in update.get("period", {}):
            _cut(state, "period", "end")
        if "location" in update:
            dropped = _last_place(earlier) if "location.last" in clears else ""
            state["location"] = _history(state_before(earlier, clears), update["location"], dropped)
        periods.put_in_order(state)
        state.setdefault("status", "unknown")
        state.setdefault("class", _ABSENT)
        _settle(state)
    elif update.get("resourceType") == "Patient":
        _one_death(state, earlier, update)
    elif update.get("resourceType") == "Appointment":
        appointments.settle(state)
    elif update.get("resourceType") == "DocumentReference":
        documents.settle(state)
    labels.keep(state, earlier, update, clears)
    return state


def state_before(earlier: Resource, clears: tuple[str, ...]) -> list[dict[str, Any]]:
    """The locations to go on from: without the last where a transfer was cancelled, but never without the only one."""
    places: list[dict[str, Any]] = earlier.get("location", [])
    return places[:-1] if "location.last" in clears and len(places) > 1 else places


def _cleared(earlier: Resource, clears: tuple[str, ...]) -> Resource:
    state = dict(earlier)
    for path in clears:
        name, _, rest = path.partition(".")
        if path == "location.last":
            if "location" in state:
                state["location"] = state_before(earlier, clears)
        elif not rest:
            state.pop(name, None)
        else:
            _cut(state, name, rest)
    return state


def _cut(state: Resource, name: str, rest: str) -> None:
    """Take out one child of an object, or the entries of one key of a list; an element left empty goes too."""
    held = state.get(name)
    if isinstance(held, dict):
        inner = dict(held)
        child, _, key = rest.partition(".")
        if key:
            _cut(inner, child, key)
        else:
            inner.pop(child, None)
            inner.pop(f"_{child}", None)
        _put_or_drop(state, name, inner)
    elif isinstance(held, list) and name in _KEYS:
        _put_or_drop(state, name, [entry for entry in held if _KEYS[name](entry) != rest])


def _put_or_drop(state: Resource, name: str, value: Any) -> None:
    if value:
        state[name] = value
    else:
        state.pop(name, None)


def _lay(state: Resource, update: Resource) -> None:
    for name, value in update.items():
        before = state.get(name)
        if before == value:
            continue
        if name in _NESTED and isinstance(before, dict):
            inner = dict(before)
            _lay(inner, value)
            state[name] = inner
        elif name in _KEYS and before:
            key = _KEYS[name]
            told = {key(entry) for entry in value}
            state[name] = [entry for entry in before if key(entry) not in told] + value
        elif name != "location":
            state[name] = value


def _one_death(state: Resource, earlier: Resource, update: Resource) -> None:
    """deceased[x] is one element. That somebody died does not unsay when."""
    if update.get("deceasedBoolean") is True and "deceasedDateTime" in state:
        state.pop("deceasedBoolean")
    elif "deceasedBoolean" in update:
        state.pop("deceasedDateTime", None)
    elif "deceasedDateTime" in update:
        state.pop("deceasedBoolean", None)


def _place(entry: dict[str, Any]) -> str:
    return str(entry["location"].get("display", ""))


def _last_place(earlier: Resource) -> str:
    places = earlier.get("location")
    return _place(places[-1]) if places else ""


def _history(before: list[dict[str, Any]], told: list[dict[str, Any]], dropped: str) -> list[dict[str, Any]]:
    """The places so far with the ones told: a place equal to the last is the same stay there, another is a move.

    dropped: the place of a cancelled transfer, which an A12 may still name and which is not entered again.
    """
    places = [dict(entry) for entry in before]
    names = [_place(entry) for entry in told]
    if [_place(entry) for entry in places[-len(told) :]] == names:
        places, told = places[: -len(told)], [_joined(a, b) for a, b in zip(places[-len(told) :], told, strict=True)]
    for entry in told:
        if places and _place(places[-1]) == _place(entry):
            places[-1] = _joined(places[-1], entry)
        elif not (places and dropped and _place(entry) == dropped):
            places.append(dict(entry))
    return places


def _joined(before: dict[str, Any], told: dict[str, Any]) -> dict[str, Any]:
    """The same place told again: the time of arrival that was known first stands. An end alone is ours, see _settle, and is no such time."""
    return {**told, **before} if "start" in before.get("period", {}) else {**before, **told}


def _settle(state: Resource) -> None:
    """Make the times and statuses of the places follow from the visit's own."""
    places = state.get("location")
    if not places:
        state.pop("location", None)
        return
    settled = []
    for place, after in zip(places, [*places[1:], None], strict=True):
        period = {name: value for name, value in place.get("period", {}).items() if name == "start"}
        if after is not None:
            status, end = "completed", after.get("period", {}).get("start", "")
        else:
            finished = state["status"] == "finished"
            status = "completed" if finished else _PLACE_STATUS.get(state["status"], "")
            end = state.get("period", {}).get("end", "") if finished else ""
        entry = {"location": place["location"]}
        if status:
            entry["status"] = status
        # Nobody leaves a place before coming to it: the visit's own period has the end as it was told.
        if end and periods.ordered(period.get("start", ""), end):
            period["end"] = end
        if period:
            entry["period"] = period
        settled.append(entry)
    state["location"] = settled
