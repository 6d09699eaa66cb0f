"""ITK3 Transfer of Care documents: discharge summaries and letters, FHIR STU3 documents in XML or JSON. The functions adapter.py calls."""

from __future__ import annotations

from carehub.feeds.mapped import Mapped
from carehub.feeds.message import Message

from .document import map_document

__all__ = ["is_document", "map_message"]


def is_document(body: bytes) -> bool:
    """True for bytes that begin as XML or JSON does: one document, which is one message."""
    return body[:64].removeprefix(b"\xef\xbb\xbf").lstrip()[:1] in (b"<", b"{")


def map_message(message: Message) -> Mapped:
    """One document to what it says of its patient. Raises Rejected only; document.py says which."""
    return map_document(message.body)
