"""HL7 v2 over MLLP: bounded frames, stored before they are acknowledged. A port that listens; what is said to a frame is in mllp_answers."""

from __future__ import annotations

import asyncio
import socket
import ssl
from collections.abc import Callable

from carehub.intake.mllp_answers import Answers, Terms
from carehub.intake.mllp_connection import Connection, Held, Limits
from carehub.intake.together import ReceiveEach, Together

__all__ = ["Limits", "MllpDoor", "Terms"]

_PIECE = 65_536


class MllpDoor:
    """One listening port. receive_each: see Hub.receive_each; called in a thread of its own, with what all connections wait for at that moment,
    so that they share a commit. clock, note, alarm: see Answers."""

    def __init__(
        self,
        terms: Terms,
        limits: Limits,
        *,
        receive_each: ReceiveEach,
        clock: Callable[[], str],
        note: Callable[[str], None],
        alarm: Callable[[str], None] = lambda words: None,
    ) -> None:
        self._limits = limits
        self._together = Together(receive_each)
        self._answers = Answers(terms, self._together, clock, note, alarm)
        self._held = Held()
        self._server: asyncio.Server | None = None

    async def open(self, host: str, port: int, tls: ssl.SSLContext | None = None) -> int:
        """Listen; the port, which is chosen where 0 is given."""
        loop = asyncio.get_running_loop()
        self._server = await loop.create_server(self._connection, host, port, ssl=tls, backlog=self._limits.connections)
        for listening in self._server.sockets:
            # Handed on to each connection: so much at once is read of it, and asyncio alone would read four times as much.
            listening.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, _PIECE)
        return int(self._server.sockets[0].getsockname()[1])

    async def close(self) -> None:
        """Stop listening, answer what is being stored, hang up."""
        if self._server is not None:
            self._server.close()
        for connection in self._held.connections:
            connection.hear_no_more()
        await self._together.finish()
        while self._held.connections:
            for connection in tuple(self._held.connections):
                connection.abort()
            await asyncio.sleep(0)

    def _connection(self) -> Connection:
        return Connection(self._answers, self._limits, self._held)
