"""Medicines that may be one medicine under two names, brand beside generic: shown next to each other, each in full, with words that say so.

By what the records themselves hold: a code that both bear, or one's name standing whole within the other's words. Nothing is folded by it and nothing
is said to be the same; what no record says (that Adalat is nifedipine) is not known here.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import replace

from carehub.careplan.plan import Entry, Fact
from carehub.careplan.reading.doses import product_name
from carehub.careplan.reading.wording import comparable

LABEL = "Recorded also as"
_NAMED = 5


def together(entries: Iterable[Entry]) -> list[Entry]:
    """Medicines by name, each group at the place of its first name; current and past apart from each other as before. Entries in a group of several
    names gain a line that names the others. What a source marked as restricted is named in nobody else's line."""
    ordered = sorted(entries, key=lambda entry: (entry.title.casefold(), entry.key))
    group = _groups(ordered)
    by_group: dict[int, list[int]] = defaultdict(list)
    for place, home in enumerate(group):
        by_group[home].append(place)
    return [_with_others(ordered, place, held) for held in by_group.values() for place in held]


def _with_others(ordered: Sequence[Entry], place: int, held: Sequence[int]) -> Entry:
    entry = ordered[place]
    mine = entry.title.casefold()
    others = dict.fromkeys(
        one.title for n in held if (one := ordered[n]).title.casefold() != mine and not one.labels and one.active == entry.active
    )
    if not others:
        return entry
    named = "; ".join(list(others)[:_NAMED]) + (f"; and {len(others) - _NAMED} more" if len(others) > _NAMED else "")
    return replace(
        entry,
        facts=(*entry.facts, Fact(LABEL, f"{named}. It may be the same medicine under another name or strength. Each is shown in full.")),
    )


def _groups(ordered: Sequence[Entry]) -> list[int]:
    """For each entry the place of the first entry of its group."""
    home = list(range(len(ordered)))

    def root(place: int) -> int:
        while home[place] != place:
            place = home[place]
        return place

    def join(a: int, b: int) -> None:
        first, second = sorted((root(a), root(b)))
        home[second] = first

    by_code: dict[str, int] = {}
    by_word: dict[str, set[int]] = defaultdict(set)
    for place, entry in enumerate(ordered):
        for code in {code for one in (entry, *entry.members) for code in one.codes}:
            join(place, by_code.setdefault(code, place))
        for word in comparable(entry.title).split():
            by_word[word].add(place)
    for place, name in enumerate(product_name(entry.title) for entry in ordered):
        words = [by_word.get(word, set()) for word in name.split()]
        for other in set.intersection(*words) if words else ():
            join(place, other)
    return [root(place) for place in range(len(ordered))]
