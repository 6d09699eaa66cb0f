"""Feeds in which the hub speaks to itself: what it was told by a steward or by a service it asked becomes a message like any other."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from contextlib import suppress
from typing import Literal, TypeVar

from carehub.feeds.adapter import Adapter, overlay, whole
from carehub.feeds.manifest import Feed, Grade, Manifest
from carehub.feeds.mapped import Mapped
from carehub.feeds.message import Message
from carehub.fhir.canonical import dumps, restore
from carehub.fhir.reading import read_json
from carehub.terms.errors import CarehubError, Unreadable
from carehub.terms.issue_catalogue import issue
from carehub.terms.organisations import SourceKind, SourceOrganisation

T = TypeVar("T")
_HUB = SourceOrganisation("carehub", "carehub", SourceKind.NATIONAL)
DISPOSED = Mapped(source=_HUB, patient=None, kind="disposed", recorded="", records=())
"""What mapping makes of a message that was disposed of: nothing, whatever its bytes were."""


def heard(messages: Iterable[Message], feed: str, read: Callable[[bytes, str, int], T]) -> list[T]:
    """What the messages of one such feed say, in order: `read` makes it of body, message id and log position, and raises ValueError for what is no
    word of it, which is passed over here and is mapping's to refuse."""
    words = []
    for message in messages:
        if message.feed == feed:
            with suppress(ValueError):
                words.append(read(message.body, message.id, message.position))
    return words


def word_in(body: bytes, of: type[T]) -> T:
    """The word of a frozen dataclass in a message's bytes. Raises ValueError for bytes that hold none."""
    try:
        return restore(dumps(read_json(body)), of)
    except CarehubError:
        raise ValueError("not JSON") from None


def of_nobody(kind: Callable[[Message], str]) -> Callable[[Message], Mapped]:
    """How a feed is mapped whose words add nothing to anybody's record. kind: of a message, raising ValueError for one that is no word of the feed;
    then mapping raises Unreadable (MAP-001)."""

    def map_message(message: Message) -> Mapped:
        try:
            found = kind(message)
        except ValueError:
            raise Unreadable(issue("MAP-001")) from None
        return Mapped(source=_HUB, patient=None, kind=found, recorded="", records=())

    return map_message


def own_adapter(
    feed: str,
    map_message: Callable[[Message], Mapped],
    *,
    speaker: str,
    title: str,
    domain: str,
    arrives: Literal["push", "pull"],
    messages: tuple[str, ...],
    kind: SourceKind = SourceKind.NATIONAL,
    produces: tuple[str, ...] = ("Patient",),
    sections: tuple[str, ...] = ("about",),
    mapping_version: int = 1,
) -> Adapter:
    """The adapter of one such feed. feed: its full name; title: its own, speaker: whose words it brings. domain: identifier system of what it
    names. messages: the kinds it maps. kind, produces, sections, mapping_version: as of a manifest."""
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
        source_kind=kind,
        identifier_domain=domain,
        mapping_version=mapping_version,
        produces=produces,
        sections=sections,
        feeds=(declared,),
        grade=Grade(level="bronze"),
    )
    return Adapter(manifest, map_message, whole, overlay)
