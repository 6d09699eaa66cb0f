"""Secrets that are good for a short time: made here, handed out once, kept only as a digest."""

from __future__ import annotations

import hashlib
import secrets
from collections.abc import Callable
from datetime import datetime, timedelta
from typing import TypeVar

from carehub.fhir.canonical import dumps, restore
from carehub.store.passing import Passes
from carehub.terms.moments import iso

T = TypeVar("T")


class ShortLived:
    """Over the store's passes. clock: now, aware UTC."""

    def __init__(self, passes: Passes, clock: Callable[[], datetime]) -> None:
        self._passes = passes
        self.clock = clock

    def make(self, kind: str, said: object, lasts: timedelta, owner: str = "") -> str:
        """A new secret of 256 bits that stands for what is said (a frozen dataclass). owner: what ends it too."""
        secret = secrets.token_urlsafe(32)
        now = self.clock()
        self._passes.keep(kind, digest(secret), dumps(said), iso(now + lasts), owner, iso(now))
        return secret

    def note(self, kind: str, name: str, said: object, lasts: timedelta) -> None:
        """Keep what is said under a name that was not made here; the first stays, and is good as long as this."""
        now = self.clock()
        if not self._passes.keep(kind, digest(name), dumps(said), iso(now + lasts), "", iso(now)):
            self.renew(kind, name, now + lasts)

    def find(self, kind: str, secret: str, of: type[T]) -> T | None:
        """What a secret stands for; None when it was not made here, has run out or was ended."""
        found = self.timed(kind, secret, of)
        return found[0] if found else None

    def timed(self, kind: str, secret: str, of: type[T]) -> tuple[T, str] | None:
        """The same, with when it runs out, ISO UTC."""
        found = self._passes.find(kind, digest(secret), iso(self.clock())) if secret else None
        said = _restored(found[0], of) if found else None
        return (said, found[1]) if found and said is not None else None

    def ran_out(self, kind: str, secret: str, of: type[T]) -> T | None:
        """What a secret stood for that has run out, as long as that is still kept: to say whose it was, and never to let them in."""
        found = self._passes.find(kind, digest(secret), "") if secret else None
        return _restored(found[0], of) if found and found[1] <= iso(self.clock()) else None

    def stands(self, kind: str, digested: str) -> bool:
        """Whether the secret of this digest is still good."""
        return self._passes.find(kind, digested, iso(self.clock())) is not None

    def take(self, kind: str, secret: str, of: type[T]) -> T | None:
        """As `find`, once: of many who ask one is told."""
        said = self._passes.take(kind, digest(secret), iso(self.clock())) if secret else None
        return _restored(said, of) if said is not None else None

    def once(self, kind: str, number: str, until: str) -> bool:
        """Whether this number is used for the first time before `until`, ISO UTC."""
        return self._passes.keep(kind, digest(number), b"", until, "", iso(self.clock()))

    def renew(self, kind: str, secret: str, until: datetime) -> None:
        """It is good until then."""
        self._passes.renew(kind, digest(secret), iso(until))

    def end(self, secret: str) -> None:
        """It is good no longer, nor is what it owns."""
        self._passes.end(key=digest(secret), owner=digest(secret))

    def end_of(self, owner: str) -> None:
        """All of an owner are good no longer."""
        self._passes.end(owner=owner)


def _restored(said: bytes, of: type[T]) -> T | None:
    """None for what a version before this one kept in another shape: nobody is let in by it, and its bearer signs in again."""
    try:
        return restore(said, of)
    except ValueError:
        return None


def digest(secret: str) -> str:
    """The only form in which a secret is kept: SHA-256 in hex."""
    return hashlib.sha256(secret.encode()).hexdigest()
