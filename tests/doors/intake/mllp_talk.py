"""A sender and a door in one event loop, over a real socket, with a hub in memory behind the door."""

from __future__ import annotations

import asyncio
import threading
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass, field, replace

from carehub.feeds.adapter import whole
from carehub.feeds.message import Receipt, Submission
from carehub.hub.hub import Hub
from carehub.intake.mllp import Limits, MllpDoor, Terms
from carehub.terms.errors import CarehubError
from carehub.terms.moments import iso
from hub.toy_hub import toy_adapter, toy_hub

ADT = b"MSH|^~\\&|PAS|X9A01|CAREHUB|NBK|20261122061000||ADT^A28|%s|P|2.4\rEVN|A28|20261122061000\rPID|1||H1^^^X9A01^MR||Okafor^Ada\r"


def adt(control: str = "M1", **fields: bytes) -> bytes:
    """A message; f3=… replaces MSH-3, and so on, adding fields where the header is shorter."""
    first, rest = (ADT % control.encode()).split(b"\r", 1)
    cells = first.split(b"|")
    for name, value in fields.items():
        number = int(name[1:])
        cells += [b""] * (number - len(cells))
        cells[number - 1] = value
    return b"|".join(cells) + b"\r" + rest


def framed(body: bytes) -> bytes:
    return b"\x0b" + body + b"\x1c\r"


@dataclass(slots=True)
class Ack:
    """An acknowledgement as it came, and its segments cut at MSH-1."""

    raw: bytes

    def field(self, segment: bytes, number: int) -> bytes:
        bar = self.raw[3:4]
        line = next(line for line in self.raw.split(b"\r") if line.startswith(segment))
        cells = line.split(bar)
        place = number - 1 if segment == b"MSH" else number
        return cells[place] if place < len(cells) else b""

    @property
    def said(self) -> tuple[str, str]:
        """(MSA-1, MSA-2)."""
        return self.field(b"MSA", 1).decode(), self.field(b"MSA", 2).decode("latin-1")

    @property
    def number(self) -> str:
        return self.field(b"ERR", 5).decode()


@dataclass(slots=True)
class Talk:
    """One connection of a sender, and what is behind the door."""

    hub: Hub
    door: MllpDoor
    port: int
    notes: list[str]
    alarms: list[str]
    reader: asyncio.StreamReader
    writer: asyncio.StreamWriter
    others: list[asyncio.StreamWriter] = field(default_factory=list)

    async def send(self, *pieces: bytes) -> None:
        for piece in pieces:
            self.writer.write(piece)
            await self.writer.drain()
            await asyncio.sleep(0)

    async def ack(self) -> Ack:
        raw = await asyncio.wait_for(self.reader.readuntil(b"\x1c\r"), 30)
        assert raw[:1] == b"\x0b"
        return Ack(raw[1:-2])

    async def said(self, *pieces: bytes) -> tuple[str, str]:
        await self.send(*pieces)
        return (await self.ack()).said

    async def hung_up(self) -> bytes:
        """What still comes before the door hangs up."""
        try:
            return await asyncio.wait_for(self.reader.read(), 30)
        except ConnectionResetError:
            return b""

    async def another(self) -> Talk:
        reader, writer = await asyncio.open_connection("127.0.0.1", self.port)
        self.others.append(writer)
        return replace(self, reader=reader, writer=writer, others=self.others)

    @property
    def stored(self) -> list[bytes]:
        heads = self.hub.log.heads(0, 10_000)
        read = self.hub.log.read([head.id for head in heads])
        return [read[head.id].body for head in heads]


Receive = Callable[[Sequence[Submission]], Sequence[Receipt | CarehubError]]


def behind(gate: threading.Event, taken: Callable[[int], object] = lambda count: None) -> Callable[[Hub], Receive]:
    """A hub that stores nothing before the gate opens. taken: told how many it then takes at once."""

    def receive(hub: Hub) -> Receive:
        def each(submissions: Sequence[Submission]) -> Sequence[Receipt | CarehubError]:
            assert gate.wait(30)
            taken(len(submissions))
            return hub.receive_each(submissions)

        return each

    return receive


def talking(
    case: Callable[[Talk], Awaitable[None]], terms: Terms | None = None, receive: Callable[[Hub], Receive] | None = None, **limits: float
) -> None:
    """Run a case against a door."""

    async def run() -> None:
        hub = toy_hub(replace(toy_adapter(), split=whole))
        notes: list[str] = []
        alarms: list[str] = []
        door = MllpDoor(
            terms or Terms("toy/feed", "hospital"),
            Limits(**limits),  # type: ignore[arg-type]
            receive_each=receive(hub) if receive else hub.receive_each,
            clock=lambda: iso(hub.clock()),
            note=notes.append,
            alarm=alarms.append,
        )
        port = await door.open("127.0.0.1", 0)
        reader, writer = await asyncio.open_connection("127.0.0.1", port)
        talk = Talk(hub, door, port, notes, alarms, reader, writer)
        try:
            await asyncio.wait_for(case(talk), 60)
        finally:
            for each in (writer, *talk.others):
                each.close()
            await door.close()
        assert not any("Okafor" in words for words in (*notes, *alarms))

    asyncio.run(run())
