"""Social prescribing referrals and Open Referral UK directories to R4 UK Core. The functions the hub and the contract call."""

from __future__ import annotations

from collections.abc import Iterator
from io import BytesIO
from typing import BinaryIO

from carehub.feeds import fields as known_formats
from carehub.feeds.formats.tables import split_table
from carehub.feeds.mapped import Mapped
from carehub.feeds.message import Message
from carehub.fhir.resource import Resource

from . import person, service_records
from .directory import map_part
from .directory_pages import split_directory
from .referral_row import REQUIRED
from .referrals import map_row

__all__ = ["fields", "map_message", "revise", "split", "split_stream", "without"]

_WRAPPED = "service."


def split(body: bytes) -> Iterator[bytes]:
    """A referral list is a message a row; a directory a message a service."""
    return split_stream(BytesIO(body))


def split_stream(stream: BinaryIO) -> Iterator[bytes]:
    """The same. A list is read in bounded memory, a directory whole."""
    start = stream.read(64)
    stream.seek(0)
    if _is_json(start):
        yield from split_directory(stream.read())
    else:
        yield from split_table(stream, required=REQUIRED)


def map_message(message: Message) -> Mapped:
    """One part of a submission. Raises Rejected only; see referrals.map_row and directory.map_part."""
    return map_part(message.body) if _is_json(message.body) else map_row(message.body)


def revise(earlier: Resource, update: Resource, clears: tuple[str, ...]) -> Resource:
    """A later row of a referral, or a service in outline, laid over what was known."""
    if update.get("resourceType") == "HealthcareService":
        return service_records.revise(earlier, update, clears)
    return person.revise(earlier, update, clears)


def fields(message: Message) -> Iterator[str]:
    """The fields a message holds; those of a service by their own names, whether or not it stands in a page."""
    return iter(dict.fromkeys(path.removeprefix(_WRAPPED) for path in known_formats.fields(message.body)))


def without(message: Message, path: str) -> bytes | None:
    """The message without one field."""
    found = known_formats.without(message.body, path)
    return found if found is not None else known_formats.without(message.body, _WRAPPED + path)


def _is_json(body: bytes) -> bool:
    return body.removeprefix(b"\xef\xbb\xbf").lstrip()[:1] in (b"{", b"[")
