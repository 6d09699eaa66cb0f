"""The code tables beside this file (codes/*.csv), read once. Words are compared by `fold`, so both releases' wordings find their row."""

from __future__ import annotations

import csv
import re
from functools import cache, lru_cache
from importlib.resources import files

_GAP = re.compile(r"[^a-z0-9]+")
# What Release 2 writes as "or", Release 1 often wrote as a slash or an ampersand.
_LINKING = frozenset(("or", "and", "the"))


@cache
def rows(name: str) -> tuple[dict[str, str], ...]:
    """The rows of codes/<name>.csv, in order."""
    text = (files(__package__) / "codes" / f"{name}.csv").read_text(encoding="utf-8")
    return tuple(csv.DictReader(text.splitlines()))


@lru_cache(maxsize=8192)
def fold(words: str) -> str:
    """Words as they are compared: case, dashes, colons, slashes, ampersands, "or", "and" and spacing do not count."""
    return " ".join(word for word in _GAP.sub(" ", words.casefold()).split() if word not in _LINKING)


def table(name: str) -> dict[str, dict[str, str]]:
    """codes/<name>.csv by the folded words of its first column. Words listed twice would hide a row: refused with ValueError."""
    return _by_words(rows(name), f"codes/{name}.csv")


def _by_words(listed: tuple[dict[str, str], ...], where: str) -> dict[str, dict[str, str]]:
    found: dict[str, dict[str, str]] = {}
    for row in listed:
        key = fold(row["sent"] if "sent" in row else next(iter(row.values())))
        if key in found:
            raise ValueError(f"{where} lists {key!r} twice")
        found[key] = row
    return found


VALUES: dict[str, dict[str, dict[str, str]]] = {
    column: _by_words(tuple(row for row in rows("values") if row["column"] == column), f"codes/values.csv, {column},")
    for column in dict.fromkeys(row["column"] for row in rows("values"))
}
ETHNICITIES = table("ethnic_categories")
CLIENT_TYPES = table("client_types")
OUTCOME_RANKS = {key: int(row["rank"]) for key, row in table("outcomes").items()}


@lru_cache(maxsize=256)
def client_type(sent: str) -> str:
    """The folded Release 2 words of a client type: "Carer" and "Unpaid carer" are one."""
    row = CLIENT_TYPES.get(fold(sent))
    return fold(row["words"]) if row else fold(sent)
