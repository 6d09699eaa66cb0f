"""Where the next page of a search begins, signed: opaque to a client, good only for the search and the reader it was given for."""

from __future__ import annotations

import base64
import hashlib
import hmac
from collections.abc import Iterable, Sequence

from carehub.fhir.canonical import dumps, loads
from carehub.terms.errors import Rejected
from carehub.terms.issue_catalogue import issue


def key_of(digests: Iterable[str]) -> bytes:
    """The key of cursors, from the digests of the hub's credentials: these are secret, and the same in every process that serves it."""
    return hashlib.sha256(b"cursor\0" + "".join(sorted(digests)).encode()).digest()


def sealed(key: bytes, search: Sequence[Sequence[str]], after: Sequence[str]) -> str:
    """A cursor. search: what it belongs to, any strings; after: the order key of the last match that was given."""
    said = dumps(list(after))
    return base64.urlsafe_b64encode(_seal(key, search, said) + said).decode().rstrip("=")


def opened(key: bytes, search: Sequence[Sequence[str]], cursor: str) -> tuple[str, ...]:
    """The order key in a cursor of this very search. Raises Rejected(API-005) for any other."""
    try:
        raw = base64.urlsafe_b64decode(cursor + "=" * (-len(cursor) % 4))
    except ValueError:
        raise Rejected(issue("API-005", at="_cursor")) from None
    seal, said = raw[:16], raw[16:]
    if not hmac.compare_digest(seal, _seal(key, search, said)):
        raise Rejected(issue("API-005", at="_cursor"))
    return tuple(loads(said))


def _seal(key: bytes, search: Sequence[Sequence[str]], said: bytes) -> bytes:
    return hmac.digest(key, dumps([list(one) for one in search]) + b"\0" + said, hashlib.sha256)[:16]
