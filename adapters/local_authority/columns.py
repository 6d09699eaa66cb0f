"""The fields of a message by the specification's names, however the council's header spells them: for the account of what is mapped."""

from __future__ import annotations

from collections.abc import Iterator

from carehub.feeds import fields as formats
from carehub.feeds.formats.tables import key
from carehub.feeds.message import Message

from .draft import label
from .event import Event

_NAMES = {key(name): label(name) for name in Event._fields}


def fields(message: Message) -> Iterator[str]:
    """Every filled field, each once. A column that the specification does not have goes by the name it was sent with."""
    for path in formats.fields(message.body):
        yield _NAMES.get(key(path), path)


def without(message: Message, path: str) -> bytes | None:
    """The message without one of its fields; None when it does not hold it."""
    for sent in formats.fields(message.body):
        if _NAMES.get(key(sent), sent) == path:
            return formats.without(message.body, sent)
    return None
