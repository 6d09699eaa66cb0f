"""A record's states from what was told of it: tellings in the source's order, never in order of arrival (ADR 0010)."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from typing import Protocol

from carehub.feeds.mapped import Change
from carehub.fhir.canonical import content_hash, loads
from carehub.fhir.meta import Written, written
from carehub.fhir.resource import Resource

Revise = Callable[[Resource, Resource, tuple[str, ...]], Resource]


class Told(Protocol):
    """One message's telling of one record, as the store keeps it."""

    @property
    def change(self) -> Change: ...
    @property
    def clears(self) -> tuple[str, ...]: ...
    @property
    def sha(self) -> str: ...
    @property
    def body(self) -> bytes: ...
    @property
    def message(self) -> str: ...
    @property
    def told_at(self) -> str: ...


@dataclass(frozen=True, slots=True)
class State:
    """A record as it stands. version counts the different states so far; message and told_at are those of the telling that began this one.

    text: the resource as JSON, where working out the state needed it.
    """

    resource: Resource
    content: str
    version: int
    message: str
    told_at: str
    withdrawn: bool
    text: Written | None = field(default=None, compare=False)


def step(before: State | None, told: Told, resource: Resource | None, revise: Revise, text: Written | None = None) -> State:
    """The state after one more telling. resource and text: the telling's body, when it is already parsed, and when it is in pieces.

    A telling that changes nothing keeps the state, and so the message that first said it. Withdrawn keeps the last content, marked.
    """
    withdrawn = told.change == "withdrawn"
    if withdrawn:
        after: Resource = before.resource if before else (resource or {})
        text = None
    else:
        said = loads(told.body) if resource is None else resource
        after = said if told.change == "snapshot" else revise(before.resource if before else {}, said, told.clears)
        text = text if after is said else None
    if told.change == "snapshot":
        content = told.sha
    else:
        text = text or written(after)
        content = content_hash(text.told)
    if before and before.content == content and before.withdrawn == withdrawn:
        return before
    return State(after, content, before.version + 1 if before else 1, told.message, told.told_at, withdrawn, text)


def fold(tellings: Iterable[Told], revise: Revise, state: State | None = None, last: str = "") -> State | None:
    """The state after all tellings, which must come in order. None when there are none.

    state: what earlier tellings came to, the newest of which had the sha `last`. The same words twice in a row are one statement: "the last
    transfer is cancelled", sent again, does not cancel the one before.
    """
    for told in tellings:
        if state is None or state.withdrawn or told.sha != last:
            state = step(state, told, None, revise)
        last = told.sha
    return state
