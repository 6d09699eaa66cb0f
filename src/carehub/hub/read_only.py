"""Read-only: nothing is taken in or changed, by order or because the store cannot be written. What can still be written down in the audit trail is
read as always; what cannot is not (hazard H-19)."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime

from carehub.terms.errors import StoreBusy, Unavailable


@dataclass(frozen=True, slots=True)
class Halt:
    """since: from when nothing was taken in, aware UTC. ordered: whether whoever runs the hub ordered it, and in which words ("" for none)."""

    since: datetime
    ordered: bool = False
    words: str = ""


class ReadOnly:
    """order: what is ordered now, or None. try_writing: raises StoreBusy (STORE-007) where the store takes nothing. clock: aware UTC now."""

    def __init__(self, order: Callable[[], Halt | None], try_writing: Callable[[], None], clock: Callable[[], datetime]) -> None:
        self._order = order
        self._try_writing = try_writing
        self._clock = clock
        self._found: Halt | None = None

    def now(self) -> Halt | None:
        """Why nothing is taken in, by order or as the last look found; None when all is well. Asks no store."""
        return self._order() or self._found

    def look(self) -> None:
        """Try to write, and remember whether it could be done. A store that is only busy, or that nobody reaches, changes nothing of it: that is
        answered where it is met."""
        if self._order():
            return
        try:
            self._try_writing()
        except StoreBusy as error:
            if any(found.number == "STORE-007" for found in error.issues):
                self._found = self._found or Halt(self._clock())
        except Unavailable:
            return
        else:
            self._found = None
