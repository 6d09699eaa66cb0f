"""The port for what is good for a short time: sessions, tokens, codes, and numbers that may be used once."""

from __future__ import annotations

from typing import Protocol


class Passes(Protocol):
    """kind: what it is for ("session", "token"). key: a digest; the secret itself is kept nowhere. now, until: ISO UTC. owner: what ends it too.

    Losing all of them signs everybody out and harms nothing else, so they outlive Records.clear and are in no backup's way.
    """

    def keep(self, kind: str, key: str, said: bytes, until: str, owner: str, now: str) -> bool:
        """Keep one until then, and drop what has run out. False, and nothing is changed, when the key is there: of many callers one is told True."""

    def find(self, kind: str, key: str, now: str) -> tuple[bytes, str] | None:
        """What was said with it, and until when it is good; None when it is not there or has run out."""

    def take(self, kind: str, key: str, now: str) -> bytes | None:
        """What was said with it, and it is gone: of many callers one has it."""

    def renew(self, kind: str, key: str, until: str) -> None:
        """It is good until then; nothing when it is not there."""

    def end(self, *, key: str = "", owner: str = "") -> None:
        """The one of this key, whatever its kind, and all of this owner, are gone."""
