"""Near keys: what two records must have in common, at least one of them, to be weighed against each other. Numbers that the store can index.

A key that more than CAP records bear says nothing. Most keys have a finer one beside them, which goes on where a common name or a household's telephone
makes the coarse one say nothing; so a record has few candidates whatever the data. Whether two records are candidates depends on what all records
say now, and on nothing else.
"""

from __future__ import annotations

from collections.abc import Iterator
from functools import lru_cache
from hashlib import blake2b

from carehub.identity import standardising
from carehub.identity.closeness import sound
from carehub.identity.features import Features

# As many records as are settled at once at most (Settings.most as shipped): a person of so many is still found whole.
CAP = 80


def keys(f: Features) -> tuple[int, ...]:
    """The near keys of a record, sorted, about thirteen; each 64 bits, as a signed number: 24 of what the key turns on (a date, two names, a
    place), so that one record's keys lie in few places of an index, and 40 of the key. None is one field alone but the NHS number."""
    return tuple(sorted({_hashed(group, key) for group, keys in spelt(f) for key in keys}))


def watched(f: Features) -> tuple[int, ...]:
    """Of these keys those by which the rule traced-number finds all who bear a number, and all who could be meant instead (see bearers)."""
    kinds = ("number|", "born-place|", "born-family|") if exact(f.born) else ("number|",)
    return tuple(sorted({_hashed(group, key) for group, keys in spelt(f) for key in keys if key.startswith(kinds)}))


def numbers(f: Features) -> tuple[int, ...]:
    """The key of the number it bears."""
    return (_hashed(f.number, f"number|{f.number}"),) if f.number else ()


@lru_cache(maxsize=1 << 14)
def exact(born: str) -> bool:
    """True for a day that the calendar has, and that is not given to those who do not know theirs."""
    return len(born) == 10 and standardising.birth_date(born) == born and not standardising.is_default_birth_date(born)


def _hashed(group: str, key: str) -> int:
    return int.from_bytes(_head(group) + blake2b(key.encode(), digest_size=5).digest(), signed=True)


@lru_cache(maxsize=1 << 14)
def _head(group: str) -> bytes:
    return blake2b(group.encode(), digest_size=3).digest()


def spelt(f: Features) -> Iterator[tuple[str, list[str]]]:
    """The same as text: what the keys turn on, which all who bear one of them have in common, and keys "kind|value|value"."""
    born, family, first, postcode = f.born, f.family, f.root, f.postcode
    sf, sg = sound(family), sound(f.first)
    sounds = f"{sf}|{sg}" if sf < sg else f"{sg}|{sf}"
    full = len(born) == 10 and born[4:] != "-01-01"
    for number in sorted({f.number, *f.former} - {""}):
        yield number, [f"number|{number}"]
    if sg:
        for kind, contact in (("phone", f.phone), ("email", f.email)):
            if contact:
                yield contact, [f"{kind}|{contact}|{sg}"]
    if born:
        # A date and the one with day and month exchanged lie together.
        date = "|".join((born[:4], *sorted((born[5:7], born[8:])))) if len(born) == 10 else born
        found = []
        if sg:
            found += [f"born-given|{born}|{sg}", f"born-given-initial|{born}|{first}|{family[:1]}"]
        if sf:
            found += [f"born-family|{born}|{sf}", f"born-family-given|{born}|{sf}|{sg}"]
        if postcode:
            found.append(f"born-place|{born}|{postcode}")
        if full and sf and sg:
            found.append(f"turned|{date}|{family}|{first}" if family < first else f"turned|{date}|{first}|{family}")
        yield date, found
    if sf and sg:
        found = [f"names-year|{sounds}|{born[:4]}"]
        if full:
            found += [f"month|{born[:7]}|{sg}|{sf}", f"day|{born[4:]}|{sg}|{sf}"]
        if postcode:
            found.append(f"names-place|{sounds}|{postcode}")
        yield sounds, found
    if postcode:
        yield postcode, [f"{kind}|{postcode}|{name}" for kind, name in (("place-family", sf), ("place-given", sg)) if name]
