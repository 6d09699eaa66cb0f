"""One hand-over of HL7 v2, many messages: files with blank lines, batch wrappers, byte order marks and MLLP framing.

Source: HL7 v2.5.1 chapter 2.10.3 (batch protocol: FHS, BHS, BTS, FTS) and the MLLP transport specification.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from itertools import pairwise

from carehub.feeds.formats.hl7v2_text import BOM, FRAMING

# A message starts where a line starts with MSH and a separator; "MSH|" inside a field is text. Bounded, so that it cannot run away.
_START = re.compile(rb"(?:\A|(?<=[\r\n\x0b\x1c]))(?:\xef\xbb\xbf)?[ \t]{0,8}(?=MSH[^0-9A-Za-z\s])")
_LEADING = re.compile(rb"(?:\xef\xbb\xbf)?[\s\x0b\x1c]*(?:FHS|BHS|BTS|FTS)[^0-9A-Za-z\s][^\r\n]*")
_TRAILING = re.compile(rb"(FHS|BHS|BTS|FTS)(?:([^0-9A-Za-z\s])([^\r\n]*))?\Z")
_LONGEST_WRAPPER = 4096


def split_batch(body: bytes) -> Iterator[bytes]:
    """The bytes of one hand-over to the bytes of its messages, in order.

    Wrappers, framing and blank lines between messages are taken off. Anything else is handed on, so that nothing is lost unseen: text
    before the first message is a part of its own and will not be readable; a wrapper in the midst of a message stays in it, for the same
    end. Where a batch trailer (BTS-1) counts a different number of messages than came, the trailer is handed on as an unreadable part: the
    file was cut short. A hand-over without any message is one part.
    """
    starts = _starts(body)
    lead = _without_leading_wrappers(body[: starts[0]] if starts else body)
    if lead or not starts:
        yield lead or body
    seen = 0
    for begin, end in pairwise([*starts, len(body)]):
        message, trailers = _without_trailing_wrappers(body[begin:end].strip(FRAMING))
        yield message
        seen += 1
        for name, count, line in trailers:
            if name == b"BHS":
                seen = 0
            elif name == b"BTS":
                if count.isdigit() and int(count[:9]) != seen:
                    yield line
                seen = 0


def _starts(body: bytes) -> list[int]:
    # Most hand-overs are one message, and looking for starts of lines byte by byte takes longer than all else.
    if body.startswith(b"MSH") and body.find(b"MSH", 3) < 0:
        return [0] if _START.match(body) else []
    return [match.end() for match in _START.finditer(body)]


def _without_leading_wrappers(head: bytes) -> bytes:
    begin = 0
    while match := _LEADING.match(head, begin):
        begin = match.end()
    return head[begin:].strip(FRAMING).removeprefix(BOM).strip(FRAMING)


def _without_trailing_wrappers(chunk: bytes) -> tuple[bytes, list[tuple[bytes, bytes, bytes]]]:
    """The message, and each wrapper after it in order: (name, first field, the whole line)."""
    trailers: list[tuple[bytes, bytes, bytes]] = []
    end = len(chunk)
    while True:
        while end and chunk[end - 1] in FRAMING:
            end -= 1
        nearest = max(0, end - _LONGEST_WRAPPER)
        begin = max(chunk.rfind(b"\r", nearest, end), chunk.rfind(b"\n", nearest, end)) + 1
        line = chunk[begin:end].strip(FRAMING) if begin else b""
        match = _TRAILING.match(line)
        if not match:
            break
        trailers.append((match[1], (match[3] or b"").partition(match[2] or b"|")[0].strip(), line))
        end = begin
    return chunk[:end].removesuffix(BOM).rstrip(FRAMING), trailers[::-1]
