"""MLLP framing: bytes as they arrive to frames, and what is wrong with those that are none. No socket, no clock.

Source: HL7 v2.5.1 appendix C.4 (Minimal Lower Layer Protocol): <VT> message <FS><CR>. Senders bend it, so an end block is also believed before
a line feed, before the next start block, and where the sender then waits (`end`). FS followed by anything else is text.
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import Enum, auto

START, END, CR = b"\x0b", b"\x1c", b"\r"
_NEXT = b"\r\n\x0b"
_NEW_MESSAGE = b"\x0bMSH"
_BLANK = b" \t\r\n\x00\x1c\xef\xbb\xbf"
# Of a frame that is too long, enough to read its header and say so; outside frames, more than any message that only lost its start block.
_HEAD = 4096
_MOST_OUTSIDE = 65_536


class Fault(Enum):
    """Why a frame is not whole, so that nothing of it may be stored."""

    NO_START = auto()
    NO_END = auto()
    TOO_LONG = auto()


@dataclass(frozen=True, slots=True)
class Frame:
    """What lay between two blocks, as it came. fault: None for a whole frame; else body is what is there of it."""

    body: bytes
    fault: Fault | None = None


class Framing:
    """One connection's bytes to frames. most: the longest frame, in bytes.

    stray: bytes outside frames that were passed over. broken: a frame was too long or there is no end of text outside frames; where the next
    frame begins cannot be known any more, and nothing further is read.
    """

    def __init__(self, most: int) -> None:
        self._most = most
        self._held = bytearray()
        self._scanned = 0
        self.inside = False
        self.broken = False
        self.stray = 0

    @property
    def held(self) -> int:
        """Bytes kept in memory."""
        return len(self._held)

    @property
    def may_be_ended(self) -> bool:
        """True when the last byte is an end block that wants its CR: a sender that now waits has forgotten it."""
        return self.inside and self._held.endswith(END)

    def feed(self, piece: bytes) -> list[Frame]:
        """Frames that this piece completes, in order."""
        if self.broken:
            return []
        if not self._held and not self.inside and self._one_frame(piece):
            return [Frame(piece[1:-2])]
        self._held += piece
        frames: list[Frame] = []
        while self._inside(frames) if self.inside else self._outside(frames):
            pass
        if self.inside and len(self._held) - self.may_be_ended > self._most:
            frames.append(Frame(bytes(self._held[:_HEAD]), Fault.TOO_LONG))
            self._break()
        elif not self.inside and len(self._held) > _MOST_OUTSIDE:
            self.stray += len(self._held)
            self._break()
        return frames

    def end(self) -> list[Frame]:
        """The sender waits or has hung up: a frame whose end block only lacks its CR is whole. Half a frame is nobody's message."""
        frames: list[Frame] = []
        if self.may_be_ended:
            self._close(len(self._held) - 1, 1, frames)
        return frames

    def _one_frame(self, piece: bytes) -> bool:
        """Whether this is one whole frame and nothing else, as from most senders: what follows comes to the same, in more steps."""
        end = len(piece) - 2
        return (
            piece[:1] == START and piece.find(END) == end and piece[-1:] == CR and end - 1 <= self._most and piece.find(_NEW_MESSAGE, 1) < 0
        )

    def _outside(self, frames: list[Frame]) -> bool:
        held = self._held
        start, end = held.find(START), held.find(END + CR)
        if end >= 0 and (end < start or start < 0):
            text = bytes(held[:end]).lstrip(_BLANK)
            del held[: end + 2]
            if text.startswith(b"MSH"):
                frames.append(Frame(text, Fault.NO_START))
            else:
                self.stray += len(text)
            return True
        if start < 0:
            return False
        self.stray += len(held[:start].strip(_BLANK))
        del held[: start + 1]
        self.inside, self._scanned = True, 0
        return True

    def _inside(self, frames: list[Frame]) -> bool:
        end = self._held.find(END, self._scanned)
        if end < 0:
            self._scanned = len(self._held)
            return False
        if end + 1 == len(self._held):
            self._scanned = end
            return False
        following = self._held[end + 1]
        if following not in _NEXT:
            self._scanned = end + 1
            return True
        self._close(end, 1 if following == START[0] else 2, frames)
        return True

    def _close(self, end: int, block: int, frames: list[Frame]) -> None:
        body = bytes(self._held[:end])
        del self._held[: end + block]
        self.inside = False
        if len(body) > self._most:
            frames.append(Frame(body[:_HEAD], Fault.TOO_LONG))
            self._break()
            return
        # A start block before MSH in the midst of a frame: the message before it lost its end block.
        *halves, whole = body.split(_NEW_MESSAGE)
        for n, half in enumerate(halves):
            text = (b"MSH" if n else b"") + half
            if text.strip(_BLANK):
                frames.append(Frame(text, Fault.NO_END))
        frames.append(Frame(b"MSH" + whole if halves else whole))

    def _break(self) -> None:
        self._held.clear()
        self.broken, self.inside = True, False
