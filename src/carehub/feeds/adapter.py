"""The Adapter protocol: one required pure function and two optional ones."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from typing import BinaryIO

from carehub.feeds.manifest import Feed, Manifest
from carehub.feeds.mapped import Mapped
from carehub.feeds.message import Message
from carehub.fhir.resource import Resource


@dataclass(frozen=True, slots=True)
class Adapter:
    """One source's adapter, as loaded.

    map_message: a message to Mapped; raises Rejected with catalogue issues when the whole message cannot be used, and nothing else.
    split: the bytes of one submission to the bytes of its messages, in order; the default is one message.
    split_stream: the same messages from a submission read once, forwards, in bounded memory; None when split must have all of it.
    revise: an earlier state of a record and an "update" to its later state; the default lays elements over (`overlay`). Not asked for an
    update that says the very same as the telling before it.
    fields, without, counts: for the contract kit only, and optional. The names of the source fields a message holds; the message's bytes
    without one of them, None when it has none; how many statements of each resource type the message holds, in the source's own terms.
    All are pure: same input, same output, no clock, no dice, no input or output.
    """

    manifest: Manifest
    map_message: Callable[[Message], Mapped]
    split: Callable[[bytes], Iterator[bytes]]
    revise: Callable[[Resource, Resource, tuple[str, ...]], Resource]
    split_stream: Callable[[BinaryIO], Iterator[bytes]] | None = None
    fields: Callable[[Message], Iterator[str]] | None = None
    without: Callable[[Message, str], bytes | None] | None = None
    counts: Callable[[Message], Mapping[str, int]] | None = None

    def parts(self, stream: BinaryIO) -> Iterator[bytes]:
        """The messages of a submission that can be read as a stream, in order."""
        return self.split_stream(stream) if self.split_stream else self.split(stream.read())

    def feed(self, name: str) -> Feed:
        """The feed called name (without the adapter's own name). Raises KeyError."""
        return {feed.name: feed for feed in self.manifest.feeds}[name]


def whole(body: bytes) -> Iterator[bytes]:
    """One submission is one message."""
    yield body


def overlay(earlier: Resource, update: Resource, clears: tuple[str, ...]) -> Resource:
    """Lay an update over an earlier state: elements it carries replace, nested objects are laid over in turn, `clears` are removed.

    Inputs are not changed. Lists are replaced whole, as HL7 v2 snapshots of a field are.
    """
    merged = dict(earlier)
    for name, value in update.items():
        before = merged.get(name)
        merged[name] = overlay(before, value, ()) if isinstance(before, dict) and isinstance(value, dict) else value
    for path in clears:
        parent, _, child = path.partition(".")
        if not child:
            merged.pop(parent, None)
        elif isinstance(merged.get(parent), dict):
            kept = {k: v for k, v in merged[parent].items() if k != child}
            if kept:
                merged[parent] = kept
            else:
                merged.pop(parent)
    return merged
