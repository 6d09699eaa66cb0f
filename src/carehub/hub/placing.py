"""Where the messages of a streamed submission lie in it, found while it is read, so that their bytes need not be stored twice."""

from __future__ import annotations

from carehub.store.streaming import Piece

_TRIES = 3
_TRIMMED = 1024 * 1024
_MOST = 32 * 1024 * 1024


class Placing:
    """Told of every byte as it is read (`saw`), then asked for each message in order (`place`).

    A message is the submission's bytes as they stand, or those after one head that many messages share (a table's header line), or neither;
    then it is kept with a body of its own. When most messages are so, the search is given up.
    """

    def __init__(self) -> None:
        self.head = b""
        self._window: bytes | bytearray = bytearray()
        self._base = 0
        self._after = 0
        self._misses = self._hits = 0
        self._given_up = False

    def saw(self, data: bytes) -> None:
        """The next bytes of the submission."""
        if self._given_up:
            return
        if not self._window and not self._base:
            self._window = data  # all of it, perhaps: no second copy then
            return
        if isinstance(self._window, bytes):
            self._window = bytearray(self._window)
        if self._after - self._base > _TRIMMED:
            del self._window[: self._after - self._base]
            self._base = self._after
        self._window += data
        if len(self._window) > _MOST:
            self._give_up()

    def place(self, part: bytes) -> Piece:
        """Where the next message lies."""
        if not self._given_up:
            headed = bool(self.head) and part.startswith(self.head)
            rest = part[len(self.head) :] if headed else part
            start = self._find(rest)
            if start < 0 and not self.head and (line := part.find(b"\n") + 1):
                headed, rest = True, part[line:]
                start = self._find(rest)
                if start >= 0:
                    self.head = part[:line]
            if start >= 0:
                self._hits += 1
                self._after = start + len(rest)
                return Piece(start, len(rest), headed, None)
            self._misses += 1
            if self._misses - self._hits >= _TRIES:
                self._give_up()
        return Piece(0, 0, False, part)

    def _find(self, part: bytes) -> int:
        found = self._window.find(part, self._after - self._base)
        return found + self._base if found >= 0 else -1

    def _give_up(self) -> None:
        self._given_up = True
        self._window = b""
