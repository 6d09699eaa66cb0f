"""Doors under test, each a process of its own: `python doorways_served.py KIND FOLDER PORT`.

Nothing is mapped meanwhile: a door is measured that stands before workers of their own. mllp: the MLLP door over the hub in FOLDER, which on
SIGUSR1 writes how many messages it has stored and in how many commits. accept: the same door where storing is left out. echo: a bare asyncio
server that sends back what comes. http: carehub over the hub in FOLDER. post: one bare Starlette route that reads a body.
"""

from __future__ import annotations

import asyncio
import signal
import sys
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from pathlib import Path

from hubs import ACUTE, settings_in


async def _mllp(place: Path, port: int, stored: bool) -> None:
    from carehub.feeds.message import Receipt, Submission
    from carehub.intake.mllp import Limits, MllpDoor, Terms
    from carehub.terms.errors import CarehubError
    from carehub.terms.moments import iso
    from carehub.wiring.bootstrap import build_hub, clock

    def receipts(submissions: Sequence[Submission]) -> Sequence[Receipt | CarehubError]:
        return [Receipt(one.id, one.feed, one.received_at, "", ()) for one in submissions]

    receive = build_hub(settings_in(place)).receive_each if stored else receipts
    groups: list[int] = []

    def counted(submissions: Sequence[Submission]) -> Sequence[Receipt | CarehubError]:
        groups.append(len(submissions))
        return receive(submissions)

    def tell() -> None:
        (place / "writing").write_text(f"{sum(groups)} {len(groups)}")
        (place / "writing").replace(place / "commits")

    asyncio.get_running_loop().add_signal_handler(signal.SIGUSR1, tell)
    door = MllpDoor(Terms(ACUTE, "bench"), Limits(), receive_each=counted, clock=lambda: iso(clock()), note=lambda words: None)
    await door.open("127.0.0.1", port)
    await asyncio.Event().wait()


async def _echo(port: int) -> None:
    async def back(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        while piece := await reader.read(65_536):
            writer.write(piece)
            await writer.drain()
        writer.close()

    await asyncio.start_server(back, "127.0.0.1", port)
    await asyncio.Event().wait()


def _http(place: Path, port: int, stored: bool) -> None:
    import uvicorn
    from starlette.applications import Starlette
    from starlette.requests import Request
    from starlette.responses import JSONResponse, Response
    from starlette.routing import Route

    async def post(request: Request) -> Response:
        return JSONResponse({"bytes": len(await request.body())}, 202)

    app: Starlette
    if stored:
        import served

        found = served.demo(place)
        assert isinstance(found, Starlette)
        app = found
        app.router.lifespan_context = _without_work
    else:
        app = Starlette(routes=[Route("/", post, methods=["POST"])])

    uvicorn.run(app, host="127.0.0.1", port=port, log_level="warning", access_log=False, server_header=False)


@asynccontextmanager
async def _without_work(app: object) -> AsyncIterator[None]:
    yield


def _serve(kind: str, place: Path, port: int) -> None:
    from carehub.wiring.heap import seldom_collected

    seldom_collected()
    if kind in ("http", "post"):
        _http(place, port, kind == "http")
    else:
        asyncio.run(_echo(port) if kind == "echo" else _mllp(place, port, kind == "mllp"))


if __name__ == "__main__":
    _serve(sys.argv[1], Path(sys.argv[2]), int(sys.argv[3]))
