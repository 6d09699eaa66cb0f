"""What the indexes of members hold of each: its keys as rows."""

from __future__ import annotations

from collections.abc import Iterable

from carehub.identity.links import Member


class Keys:
    """The rows of both indexes that these members have."""

    def __init__(self, held: Iterable[Member]) -> None:
        self.near, self.shared = set[tuple[int, str]](), set[tuple[str, str]]()
        for m in held:
            self.near.update((key, m.patient) for key in m.near_keys)
            self.shared.update((text, m.patient) for key in (m.match_key, *m.blocking_keys) if (text := indexed(key)))


def indexed(value: str) -> str:
    """A value as it stands in an index: PostgreSQL text cannot hold U+0000. The value itself is kept whole beside it."""
    return value.replace("\x00", "")
