"""What one feed brought, in counts."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Tally:
    """What one feed brought from one source on one day ("" for ever; the source "" where no message told it).

    messages by verdict; untranslated: local codes without translation; not_mapped: entries and details without mapping. Times are receipt
    times of the newest message, and of the newest that was good and that was rejected when it was mapped, with their positions.
    """

    feed: str
    source: str
    day: str
    messages: int
    partly: int
    rejected: int
    untranslated: int
    not_mapped: int
    last: str
    last_good: str
    good_position: int
    dead_position: int
