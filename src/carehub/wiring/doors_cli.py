"""`carehub mllp` and `carehub watch`: the doors that are not HTTP, as processes of their own."""

from __future__ import annotations

import asyncio
import signal
import ssl
from collections.abc import Sequence

import structlog
import typer

from carehub.hub.hub import Hub
from carehub.intake.mllp import Limits, MllpDoor, Terms
from carehub.terms.moments import iso
from carehub.wiring.bootstrap import build_hub
from carehub.wiring.settings import Settings, UnsafeSettings
from carehub.wiring.working import worked_on


def run_mllp(feed: str, *, host: str, port: int, sender: str, allow: Sequence[str], any_processing: bool) -> None:
    """Take HL7 v2 for one feed on one port until stopped (SIGTERM, SIGINT). Raises Missing for an unknown feed, UnsafeSettings."""
    settings = Settings()
    hub = build_hub(settings, role="mllp")
    live = settings.env == "production" and not any_processing
    terms = Terms(hub.catalogue.full_name(feed), sender, frozenset(map(_pair, allow)), frozenset({"P"} if live else ()))
    if settings.env == "production" and not terms.allowed and settings.mllp_tls_clients is None:
        raise UnsafeSettings(
            "production refuses to start: name who may send with --allow, or in CAREHUB_MLLP_TLS_CLIENTS whose certificates"
        )
    with worked_on(hub, settings.redis_url):
        asyncio.run(_serve(hub, terms, settings, host, port))


async def _serve(hub: Hub, terms: Terms, settings: Settings, host: str, port: int) -> None:
    door = mllp_door(hub, terms, settings)
    stopped = asyncio.Event()
    for number in (signal.SIGTERM, signal.SIGINT):
        asyncio.get_running_loop().add_signal_handler(number, stopped.set)
    listening = await door.open(host, port, tls_of(settings))
    typer.echo(f"MLLP for {terms.feed} on {host}:{listening}")
    await stopped.wait()
    await door.close()


def mllp_door(hub: Hub, terms: Terms, settings: Settings) -> MllpDoor:
    """A door over a hub, within the settings' limits."""
    limits = Limits(settings.mllp_frame_bytes, settings.mllp_connections, settings.mllp_idle_seconds, settings.mllp_frame_seconds)
    return MllpDoor(terms, limits, receive_each=hub.receive_each, clock=lambda: iso(hub.clock()), note=_note, alarm=_alarm)


def tls_of(settings: Settings) -> ssl.SSLContext | None:
    """TLS 1.2 and up as the settings have it; None for none. Raises UnsafeSettings when the files cannot be used."""
    if settings.mllp_tls_certificate is None:
        if settings.mllp_tls_key or settings.mllp_tls_clients:
            raise UnsafeSettings("CAREHUB_MLLP_TLS_CERTIFICATE must name the certificate too")
        return None
    context = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH)
    try:
        context.load_cert_chain(settings.mllp_tls_certificate, settings.mllp_tls_key)
        if settings.mllp_tls_clients is not None:
            context.load_verify_locations(settings.mllp_tls_clients)
            context.verify_mode = ssl.CERT_REQUIRED
    except OSError as error:
        raise UnsafeSettings(f"the files of CAREHUB_MLLP_TLS_… cannot be used: {type(error).__name__}") from error
    return context


def _pair(allowed: str) -> tuple[str, str]:
    application, _, facility = allowed.partition("|")
    if not application.strip():
        raise UnsafeSettings("--allow must name MSH-3: a sender without a name could be anyone")
    return application.strip(), facility.strip()


def _alarm(words: str) -> None:
    structlog.get_logger("carehub").error("alarm", reason=words)


def _note(words: str) -> None:
    structlog.get_logger("carehub").info("intake", what=words)
