"""Medicines that may be one medicine under two names, brand beside generic: shown next to each other, each in full, with words that say so.

By what the records themselves hold: a code that both bear, or one's name standing whole within the other's words. Nothing is folded by it and nothing
is said to be the same; what no record says (that Adalat is nifedipine) is not known here.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator, Sequence
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
    by_group: dict[int, list[Entry]] = defaultdict(list)
    for entry, home in zip(ordered, group, strict=True):
        by_group[home].append(entry)
    return [one for held in by_group.values() for one in _naming_each_other(held)]


def _naming_each_other(held: Sequence[Entry]) -> Iterator[Entry]:
    names = dict.fromkeys((entry.active, entry.title) for entry in held if not entry.labels)
    for entry in held:
        mine = entry.title.casefold()
        yield _with_others(entry, [title for active, title in names if active == entry.active and title.casefold() != mine])


def _with_others(entry: Entry, others: Sequence[str]) -> Entry:
    if not others:
        return entry
    named = "; ".join(others[:_NAMED]) + (f"; and {len(others) - _NAMED} more" if len(others) > _NAMED else "")
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
    by_name: dict[str, list[int]] = defaultdict(list)
    for place, entry in enumerate(ordered):
        by_name[product_name(entry.title)].append(place)
        for code in {code for one in (entry, *entry.members) for code in one.codes}:
            join(place, by_code.setdefault(code, place))
        for word in comparable(entry.title).split():
            by_word[word].add(place)
    for name, named in by_name.items():
        words = [by_word.get(word, set()) for word in name.split()]
        # Once for a name, however many entries bear it.
        if words and (within := set.intersection(*words)):
            for other in (*named, *within):
                join(named[0], other)
    return [root(place) for place in range(len(ordered))]
