"""What must stay on one line, and what may be parted anywhere (hazard H11)."""

from __future__ import annotations

import re

from markupsafe import Markup, escape

# Dates, NHS numbers, and a number with its unit must never be parted at a line end (hazard H11): "5" on one line and "mg" on the next.
_TOGETHER = re.compile(r"(\d{2}-[A-Z][a-z]{2}-\d{4}(?: \d{2}:\d{2})?|\d{3} \d{3} \d{4}|\d[\d.,]* [^\W\d_%][\w/%]{0,12}\b)")


# No other word is parted in its middle, but for runs that are no word or longer than any: an identifier, a text sent without its spaces.
_LONG = re.compile(r"([^\s-]{31,}|(?=[^\s-]*(?![^\W\d_])[^\s-])[^\s-]{21,})")


def kept_together(text: str) -> Markup:
    """The text, escaped, with what must stay on one line and what may be parted anywhere marked so. The characters are unchanged."""
    marked = Markup("")
    for place, piece in enumerate(_TOGETHER.split(text)):
        if place % 2:
            marked += Markup('<span class="nb">{}</span>').format(piece)
        else:
            for part, run in enumerate(_LONG.split(piece)):
                marked += Markup('<span class="ch-long">{}</span>').format(run) if part % 2 else escape(run)
    return marked
