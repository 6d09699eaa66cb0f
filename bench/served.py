"""Servers under test, each a process of its own: `python served.py demo|bytes|bare FOLDER PORT [FD]`, FD a listening socket that others share.

demo: carehub over the hub in FOLDER with the demonstration's people signing in and its credential. bytes: a bare Starlette application that
serves each file of FOLDER at its name. bare: a FastAPI application with one route.
"""

from __future__ import annotations

import hashlib
import socket
import sys
from collections.abc import Callable
from pathlib import Path

import uvicorn


def demo(folder: Path) -> object:
    """carehub as `carehub demo` serves it."""
    from hubs import settings_in

    from carehub.api.requester import SourceCredential
    from carehub.wiring.bootstrap import build_hub
    from carehub.wiring.demo import DEMO_CREDENTIAL, PERSONAS
    from carehub.wiring.heap import seldom_collected
    from carehub.wiring.serving import create_app

    seldom_collected()
    settings = settings_in(folder)
    hub = build_hub(settings)
    digest = hashlib.sha256(DEMO_CREDENTIAL.encode()).hexdigest()
    sources = {digest: SourceCredential("bench", frozenset(hub.catalogue.feeds()))}
    return create_app(settings, hub, personas=PERSONAS, clients={digest: PERSONAS[1]}, sources=sources)


def static(folder: Path) -> object:
    """Files as they are, by a bare route each."""
    from starlette.applications import Starlette
    from starlette.requests import Request
    from starlette.responses import Response
    from starlette.routing import Route

    def route(path: Path) -> Route:
        body = path.read_bytes()

        async def answer(request: Request) -> Response:
            return Response(body, media_type="application/octet-stream")

        return Route(f"/{path.name}", answer)

    return Starlette(routes=[route(path) for path in sorted(folder.iterdir()) if path.is_file()])


def bare(folder: Path) -> object:
    """The least FastAPI can be."""
    from fastapi import FastAPI

    app = FastAPI()

    @app.get("/health/ready")
    def ready() -> dict[str, str]:
        return {"status": "ready"}

    return app


if __name__ == "__main__":
    kinds: dict[str, Callable[[Path], object]] = {"demo": demo, "bytes": static, "bare": bare}
    config = uvicorn.Config(
        kinds[sys.argv[1]](Path(sys.argv[2])),  # type: ignore[arg-type]
        host="127.0.0.1",
        port=int(sys.argv[3]),
        log_level="warning",
        access_log=False,
        server_header=False,
    )
    # As carehub.wiring.serving does: uvicorn takes a bare descriptor for one of a Unix socket, and then each answer waits 40 ms for an acknowledgement.
    uvicorn.Server(config).run(sockets=[socket.socket(fileno=int(sys.argv[4]))] if len(sys.argv) > 4 else None)
