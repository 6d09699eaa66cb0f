"""How the name of a medicine looks: a generic name bold and in lower case, a brand in capitals (NHS CUI MEDi-001, MEDi-003; ADR 0021).

Only the look: the characters in the page stay the source's own, and a name that the table does not hold looks as its source wrote it.
"""

from __future__ import annotations

import csv
import re
from functools import lru_cache
from importlib.resources import files

from markupsafe import Markup, escape

from carehub.web.wrapping import kept_together

_DRAWN = {"generic": '<tspan class="ch-generic">{}</tspan>', "brand": '<tspan class="ch-brand">{}</tspan>'}
_LOOK = {"generic": '<b class="ch-generic">{}</b>', "brand": '<span class="ch-brand">{}</span>'}


def drawn_words(words: str) -> Markup:
    """The same look for the words of a drawing (SVG), which has tags of its own and no line to break."""
    kinds, names = _table()
    marked = Markup("")
    for place, piece in enumerate(names.split(words)):
        marked += Markup(_DRAWN[kinds[piece.casefold()]]).format(piece) if place % 2 else escape(piece)  # noqa: S704 (our own tags)
    return marked


def drawn_length(words: str) -> float:
    """How many letters of the common width they are as wide as: a brand is in capitals."""
    kinds, names = _table()
    return len(words) + sum(len(piece) / 3 for piece in names.split(words)[1::2] if kinds[piece.casefold()] == "brand")


def title_words(title: str, section: str) -> Markup:
    """The title of an entry, escaped; of a medicine, with the names that the table knows marked for their look."""
    if section != "medicines":
        return kept_together(title)
    kinds, names = _table()
    marked = Markup("")
    for place, piece in enumerate(names.split(title)):
        marked += Markup(_LOOK[kinds[piece.casefold()]]).format(piece) if place % 2 else kept_together(piece)  # noqa: S704 (our own tags)
    return marked


@lru_cache(maxsize=1)
def _table() -> tuple[dict[str, str], re.Pattern[str]]:
    """Name to kind, and what finds a name: as whole words, however they are written, the longest first. Raises ValueError for a kind that is none."""
    table = files("carehub.web").joinpath("medicine_names.csv").read_text(encoding="utf-8")
    kinds = {row["name"]: row["kind"] for row in csv.DictReader(line for line in table.splitlines() if not line.startswith("#"))}
    if unknown := set(kinds.values()) - set(_LOOK):
        raise ValueError(f"medicine_names.csv: no kind of name: {', '.join(sorted(unknown))}")
    named = "|".join(map(re.escape, sorted(kinds, key=len, reverse=True)))
    return kinds, re.compile(rf"(?<![\w-])({named})(?![\w-])", re.IGNORECASE)
