"""Reading a care and support plan document: texts, lists of entries and dates by their place, nothing assumed about their shape."""

from __future__ import annotations

import re
from collections.abc import Iterator
from datetime import date, datetime
from typing import Any

from carehub.terms.moments import LONDON, instant, iso

from .dates import day
from .draft import Draft

_CONTROL = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\x7f]")
_MOST_ENTRIES = 200


def said(holder: Any, name: str) -> str:
    """The text under a name, stripped; "" when there is none. A number is its digits."""
    value = holder.get(name) if isinstance(holder, dict) else None
    if isinstance(value, int) and not isinstance(value, bool):
        value = str(value)
    return _CONTROL.sub(" ", value).strip() if isinstance(value, str) else ""


def part(holder: Any, name: str) -> dict[str, Any]:
    value = holder.get(name) if isinstance(holder, dict) else None
    return value if isinstance(value, dict) else {}


def entries(draft: Draft, document: dict[str, Any], name: str, about: str) -> Iterator[tuple[str, str, dict[str, Any]]]:
    """(place, id, entry) of each entry under a heading. One without an id and a description, or told twice, is noted and passed over."""
    listed = document.get(name)
    if listed is None:
        return
    if not isinstance(listed, list) or len(listed) > _MOST_ENTRIES:
        draft.note("MAP-004", name, about)
        return
    seen: set[str] = set()
    for number, entry in enumerate(listed):
        place = f"{name}[{number}]"
        id = said(entry, "id")
        if not id or not (said(entry, "description") or said(entry, "name")):
            draft.note("MAP-004", place, about)
        elif id in seen:
            draft.note("MAP-015", place, about)
        else:
            seen.add(id)
            yield place, id, entry


def when(draft: Draft, holder: Any, name: str, at: str, about: str) -> str:
    """A whole date under a name; "" when absent, and noted (MAP-010) when it cannot be read."""
    text = said(holder, name)
    found = day(text)
    if text and not found:
        draft.note("MAP-010", at, about)
    return found


def moment(text: str) -> str:
    """When the document was written, in the hub's own form: an instant, or a date as the end of that day in London; "" when unreadable."""
    if found := instant(text):
        return iso(found)
    whole = day(text)
    return iso(datetime.combine(date.fromisoformat(whole), datetime.max.time().replace(microsecond=0), LONDON)) if whole else ""
