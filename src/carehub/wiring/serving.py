"""`carehub serve`: the API and the pages over HTTP, with the worker in the same process unless Redis is named."""

from __future__ import annotations

import socket
from collections.abc import AsyncIterator, Callable, Mapping
from contextlib import asynccontextmanager
from typing import Any

import uvicorn
from fastapi import FastAPI

from carehub.api.app import create_api
from carehub.api.requester import Credentials, SourceCredential
from carehub.governance.requester import Requester
from carehub.hub.hub import Hub
from carehub.hub.read_only import ReadOnly
from carehub.hub.stewards import Stewards
from carehub.tokens.granting import Granting
from carehub.tokens.short_lived import ShortLived
from carehub.tokens.sign_in_trail import SignInTrail
from carehub.web.app import create_web
from carehub.web.provider_sign_in import ProviderSignIn
from carehub.wiring.bootstrap import build_hub, warn_of_rules
from carehub.wiring.caseload_criteria import load_criteria
from carehub.wiring.credentials import read_clients, read_registered, read_sources
from carehub.wiring.heap import seldom_collected
from carehub.wiring.read_only_order import looked_after, order_of
from carehub.wiring.request_times import FileTimes
from carehub.wiring.settings import Settings
from carehub.wiring.signing_in import sign_in_of
from carehub.wiring.summaries import last_written_words
from carehub.wiring.working import worked_on


def create_app(
    settings: Settings,
    hub: Hub,
    *,
    personas: list[Requester] | None = None,
    clients: Mapping[str, Requester] | None = None,
    sources: Mapping[str, SourceCredential] | None = None,
) -> FastAPI:
    """The whole application over a hub. personas: the demonstration's; ignored unless settings.env is demo.

    With no Redis the hub's work is done by a thread of this process, started and stopped with the application.
    """
    secret = settings.secret_key.get_secret_value()
    is_demo = settings.env == "demo"
    short = ShortLived(hub.store.passes, hub.clock)
    trail = SignInTrail(hub.store.audit, hub.clock)
    sign_in = sign_in_of(settings, short, trail, personas or [])
    read_only = ReadOnly(order_of(settings), hub.store.try_writing, hub.clock)
    apps = read_registered(settings.apps_file)
    granting = Granting(short, apps, settings.public, trail, users=isinstance(sign_in, ProviderSignIn)) if apps else None
    criteria = load_criteria(settings.caseload)
    pages = create_web(
        hub.disclosing,
        sign_in,
        clock=hub.clock,
        demo=is_demo,
        secret=secret,
        stewards=Stewards(hub),
        halted=read_only.now,
        meanwhile=lambda: last_written_words(settings.summaries_folder),
        granting=granting,
        criteria=criteria,
    )
    credentials = Credentials(
        sources=dict(sources or {}) | read_sources(settings.source_keys_file),
        clients=dict(clients or {}) | read_clients(settings.clients_file),
        session=sign_in.current,
        grant=granting.grant_of if granting else lambda token: None,
        beyond=trail.beyond,
    )
    app = create_api(
        hub,
        credentials,
        max_body_bytes=settings.max_body_bytes,
        max_streamed_bytes=settings.max_streamed_bytes,
        pages=pages,
        may_call=_may_call(settings, hub),
        halted=read_only.now,
        granting=granting,
        most_unproved=settings.unproved_per_minute,
        besieged=trail.besieged,
        criteria=criteria,
        times=FileTimes(settings.var / "request-times"),
        body_seconds=settings.body_seconds,
    )
    working = worked_on(hub, settings.redis_url)

    @asynccontextmanager
    async def lifespan(_: FastAPI) -> AsyncIterator[None]:
        with working, looked_after(read_only):
            yield

    app.router.lifespan_context = lifespan
    return app


def _may_call(settings: Settings, hub: Hub) -> Callable[[str], bool]:
    if not settings.subscription_names:
        return lambda endpoint: False
    from carehub.wiring.subscribers import rest_hook

    return rest_hook(settings, hub).may_call


def serve_settings(listening: int = -1) -> None:
    """Serve what the environment says, until stopped. listening: file descriptor of a socket that others answer at too, or -1."""
    seldom_collected()
    settings = Settings()
    hub = build_hub(settings, role="api")
    warn_of_rules(hub)
    serve(create_app(settings, hub), settings.host, settings.port, listening)


def serve(app: FastAPI, host: str, port: int, listening: int = -1) -> None:
    """Run uvicorn. Access lines are off: addresses of people's records do not belong in a log."""
    options: dict[str, Any] = {"host": host, "port": port, "log_level": "warning", "access_log": False, "server_header": False}
    if listening < 0:
        return uvicorn.run(app, **options)
    return uvicorn.Server(uvicorn.Config(app, **options)).run(sockets=[socket.socket(fileno=listening)])
