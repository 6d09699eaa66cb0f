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
_WRAPPER_FIRST = re.compile(rb"\A(?:\xef\xbb\xbf)?[\s\x0b\x1c]{0,64}(?:FHS|BHS|BTS|FTS)[^0-9A-Za-z\s][^\r\n]*")
_WRAPPER_LAST = re.compile(rb"(?<=[\r\n])[\x0b\x1c \t]{0,8}(FHS|BHS|BTS|FTS)(?:([^0-9A-Za-z\s])([^\r\n]*))?\Z")


def split_batch(body: bytes) -> Iterator[bytes]:
    """The bytes of one hand-over to the bytes of its messages, in order.

    Wrappers, framing and blank lines between messages are taken off. Anything else is handed on, so that nothing is lost unseen: text
    before the first message is a part of its own and will not be readable; a wrapper in the midst of a message stays in it, for the same
    end. Where a batch trailer (BTS-1) counts a different number of messages than came, the trailer is handed on as an unreadable part: the
    file was cut short. A hand-over without any message is one part.
    """
    starts = [match.end() for match in _START.finditer(body)]
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


def _without_leading_wrappers(head: bytes) -> bytes:
    while match := _WRAPPER_FIRST.match(head):
        head = head[match.end() :]
    return head.strip(FRAMING).removeprefix(BOM).strip(FRAMING)


def _without_trailing_wrappers(chunk: bytes) -> tuple[bytes, list[tuple[bytes, bytes, bytes]]]:
    """The message, and each wrapper after it in order: (name, first field, the whole line)."""
    trailers: list[tuple[bytes, bytes, bytes]] = []
    while match := _WRAPPER_LAST.search(chunk, max(0, len(chunk) - 4096)):
        separator, rest = match[2] or b"|", match[3] or b""
        trailers.append((match[1], rest.partition(separator)[0].strip(), match[0].strip(FRAMING)))
        chunk = chunk[: match.start()].rstrip(FRAMING)
    return chunk.removesuffix(BOM).rstrip(FRAMING), trailers[::-1]
