"""`carehub watch`: a folder that files are dropped into, or a MESH inbox, as a process of its own."""

from __future__ import annotations

import signal
from collections.abc import Callable, Sequence
from functools import partial
from pathlib import Path
from threading import Event
from typing import BinaryIO

import structlog
import typer

from carehub.feeds.message import Arrival, Receipt
from carehub.hub.hub import Hub
from carehub.intake.folder import FolderDoor, FolderTerms
from carehub.terms.moments import iso
from carehub.wiring.bootstrap import build_hub
from carehub.wiring.settings import Settings
from carehub.wiring.working import worked_on


def watch_folder(
    feed: str, place: Path, *, mesh: bool, workflows: Sequence[str], sender: str, settle: float, every: float, once: bool
) -> bool:
    """Take what is dropped into a folder until stopped (SIGTERM, SIGINT). once: take what is there and end; False when something was set aside.

    Raises Missing for an unknown feed.
    """
    settings = Settings()
    hub = build_hub(settings, role="watch")
    hub.catalogue.full_name(feed)
    terms = FolderTerms(sender, mesh, frozenset(workflows), settle)
    door = folder_door(hub, feed, place, terms)
    stop = Event()
    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, lambda *_: stop.set())
    with worked_on(hub, settings.redis_url):
        if not once:
            typer.echo(f"watching for {feed}")
            door.watch(stop, every)
            return True
        door.round(lambda: False)  # only looks
        stop.wait(settle)
        done = door.round(lambda: not stop.is_set())
    if not settings.redis_url:
        hub.drain()
    typer.echo(f"{done.stored} files stored, {done.failed} set aside, {done.unsettled} not whole yet")
    return not done.failed and not done.busy


def folder_door(hub: Hub, feed: str, place: Path, terms: FolderTerms, note: Callable[[str], None] | None = None) -> FolderDoor:
    """A door over a hub. note: see FolderDoor; by default to the log."""
    return FolderDoor(
        place,
        terms,
        feed_of=partial(hub.catalogue.feed_of, feed),
        receive_each=hub.receive_each,
        receive_stream=partial(_receive_stream, hub),
        clock=lambda: iso(hub.clock()),
        note=note or _note,
    )


def _receive_stream(hub: Hub, feed: str, stream: BinaryIO, sender: str, key: str) -> Receipt:
    return hub.receive_stream(Arrival(feed, iso(hub.clock()), sender, key), stream)


def _note(words: str) -> None:
    structlog.get_logger("carehub").info("intake", what=words)
