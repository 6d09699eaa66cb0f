"""Feeds in which the hub speaks to itself: what it was told by a steward or by a service it asked becomes a message like any other."""

from __future__ import annotations

from collections.abc import Callable
from typing import Literal

from carehub.feeds.adapter import Adapter, overlay, whole
from carehub.feeds.manifest import Feed, Grade, Manifest
from carehub.feeds.mapped import Mapped
from carehub.feeds.message import Message
from carehub.terms.organisations import SourceKind


def own_adapter(
    feed: str,
    map_message: Callable[[Message], Mapped],
    *,
    speaker: str,
    title: str,
    domain: str,
    arrives: Literal["push", "pull"],
    messages: tuple[str, ...],
) -> Adapter:
    """The adapter of one such feed. feed: its full name; title: its own, speaker: whose words it brings. domain: identifier system of what it
    names. messages: the kinds it maps."""
    adapter, _, name = feed.partition("/")
    declared = Feed(
        name=name,
        title=title,
        content_type="application/json",
        arrives=arrives,
        messages=messages,
        # The hub speaks when there is something to say, so there is no silence to remark on.
        expected_every="P365D",
        stale_after="P365D",
        expected=False,
    )
    manifest = Manifest(
        name=adapter,
        title=speaker,
        owner="The hub",
        clinical_owner="The hub's clinical safety officer",
        source_kind=SourceKind.NATIONAL,
        identifier_domain=domain,
        mapping_version=1,
        produces=("Patient",),
        sections=("about",),
        feeds=(declared,),
        grade=Grade(level="bronze"),
    )
    return Adapter(manifest, map_message, whole, overlay)
