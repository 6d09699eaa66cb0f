"""A watched folder over a toy hub, whose clock the test moves."""

from __future__ import annotations

import json
from collections.abc import Sequence
from pathlib import Path
from typing import Any, BinaryIO

from carehub.feeds.message import Receipt, Submission
from carehub.hub.hub import Hub
from carehub.intake.folder import FolderDoor, FolderTerms, Round
from carehub.terms.errors import CarehubError
from carehub.terms.moments import iso
from hub.toy_hub import ada, toy_hub

SETTLE = 5.0
FEED = "toy/feed"


def line(**more: Any) -> bytes:
    return json.dumps(ada(**more)).encode()


def control(id: str = "20261122T1", sender: str = "X99MB001", workflow: str = "TOY_EXTRACT", type: str = "Data") -> bytes:
    """A control file as the MESH client writes it beside a message. Subject and recipient hold what must not be told on."""
    return (
        f"<DTSControl><Version>1.0</Version><AddressType>DTS</AddressType><MessageType>{type}</MessageType><From_DTS>{sender}</From_DTS>"
        f"<To_DTS>GPPROVIDER_9990000018_01051944_Okafor</To_DTS><Subject>Okafor 9990000018</Subject><LocalId>okafor.csv</LocalId>"
        f"<DTSId>{id}</DTSId><WorkflowId>{workflow}</WorkflowId><IsCompressed>N</IsCompressed></DTSControl>"
    ).encode()


class Dropped:
    """A folder and its door. round(): one look now; settle(): a look, a rest, and another."""

    def __init__(self, place: Path, hub: Hub | None = None, **terms: Any) -> None:
        self.place = place
        self.hub = hub or toy_hub()
        self.now = 0.0
        self.notes: list[str] = []
        self.groups: list[int] = []
        self.streamed = 0
        self.fails: Exception | None = None
        self.before_storing = lambda: None
        self.door = self.another(**terms)

    def another(self, **terms: Any) -> FolderDoor:
        """A second door on the same folder and hub."""
        return FolderDoor(
            self.place,
            FolderTerms(**{"sender": "council", "settle_seconds": SETTLE, **terms}),
            feed_of=lambda head: self.hub.catalogue.feed_of("toy", head),
            receive_each=self._each,
            receive_stream=self._stream,
            clock=lambda: "2026-11-22T09:00:00.000Z",
            note=self.notes.append,
            steady=lambda: self.now,
        )

    def _each(self, submissions: Sequence[Submission]) -> Sequence[Receipt | CarehubError]:
        self.groups.append(len(submissions))
        self.before_storing()
        if self.fails:
            raise self.fails
        return self.hub.receive_each(submissions)

    def _stream(self, feed: str, stream: BinaryIO, sender: str, key: str) -> Receipt:
        self.streamed += 1
        body = stream.read()
        return self.hub.receive([Submission(feed, body, iso(self.hub.clock()), sender, key)])[0]

    def drop(self, name: str, body: bytes) -> Path:
        path = self.place / name
        path.write_bytes(body)
        return path

    def round(self, door: FolderDoor | None = None) -> Round:
        return (door or self.door).round()

    def settle(self, door: FolderDoor | None = None) -> Round:
        self.round(door)
        self.now += SETTLE
        return self.round(door)

    @property
    def names(self) -> list[str]:
        return sorted(path.name for path in self.place.iterdir() if path.is_file())

    def moved(self, kind: str) -> list[str]:
        return sorted(path.name for path in (self.place / kind).glob("*/*"))

    def papers(self, kind: str) -> list[dict[str, Any]]:
        return [json.loads(path.read_text()) for path in sorted((self.place / kind).glob("*.json"))]

    @property
    def bodies(self) -> list[bytes]:
        heads = self.hub.log.heads(0, 10_000)
        held = self.hub.log.read([head.id for head in heads])
        return [held[head.id].body for head in heads]
