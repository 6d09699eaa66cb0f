"""How to get into a home: a key safe, a code at the door, where the spare key is. Known by its words, because no source gives it a code of its own."""

from __future__ import annotations

import re

from carehub.careplan.plan import Entry

NOT_SHOWN = "How to get into the home is not shown to your role."
"""What stands in the place of what tells it (hazard H-20)."""

_WORDS = r"key ?safe|key[- ]?code|(door|entry|gate|access|alarm) code|code (for|of) the (door|gate|alarm|key)|spare key|key is (under|in|behind|with)"
_SAYS = re.compile(_WORDS, re.IGNORECASE)
_SAYS_BYTES = re.compile(_WORDS.encode(), re.IGNORECASE)


def says_way_in(words: str) -> bool:
    """Whether words tell how to get in."""
    return _SAYS.search(words) is not None


def tells_way_in(entry: Entry) -> bool:
    """Whether a row, or one that it stands for, tells how to get in."""
    told = (entry.title, *(fact.value for fact in entry.facts))
    return any(map(says_way_in, told)) or any(map(tells_way_in, entry.members))


def body_tells_way_in(body: bytes) -> bool:
    """The same of a record as it is stored."""
    return _SAYS_BYTES.search(body) is not None
