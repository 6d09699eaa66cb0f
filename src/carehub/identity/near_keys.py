"""Near keys: what two records must have in common, at least one of them, to be weighed against each other. Numbers that the store can index.

A key that more than CAP records bear says nothing. Most keys have a finer one beside them, which goes on where a common name or a household's telephone
makes the coarse one say nothing; so a record has few candidates whatever the data. Whether two records are candidates depends on what all records
say now, and on nothing else.
"""

from __future__ import annotations

from collections.abc import Iterator
from hashlib import blake2b

from carehub.identity.closeness import sound
from carehub.identity.features import Features

# As many records as are settled at once at most (Settings.most as shipped): a person of so many is still found whole.
CAP = 80


def keys(f: Features) -> tuple[int, ...]:
    """The near keys of a record, sorted, about thirteen; each 64 bits of a hash, as a signed number. None is one field alone but the NHS number."""
    return tuple(sorted({int.from_bytes(blake2b(key.encode(), digest_size=8).digest(), signed=True) for key in spelt(f)}))


def spelt(f: Features) -> Iterator[str]:
    """The same as text, "kind|value|value": what a test reads."""
    born, family, first, postcode = f.born, f.family, f.root, f.postcode
    sf, sg = sound(family), sound(f.first)
    sounds = "|".join(sorted((sf, sg)))
    if f.number:
        yield f"number|{f.number}"
    if sg:
        for kind, contact in (("phone", f.phone), ("email", f.email)):
            if contact:
                yield f"{kind}|{contact}|{sg}"
    if born:
        if sg:
            yield f"born-given|{born}|{sg}"
            yield f"born-given-initial|{born}|{first}|{family[:1]}"
        if sf:
            yield f"born-family|{born}|{sf}"
            yield f"born-family-given|{born}|{sf}|{sg}"
        if postcode:
            yield f"born-place|{born}|{postcode}"
    if len(born) == 10 and born[4:] != "-01-01" and sf and sg:
        turned = "|".join((born[:4], *sorted((born[5:7], born[8:])), *sorted((family, first))))
        yield f"turned|{turned}"
        yield f"month|{born[:7]}|{sg}|{sf}"
        yield f"day|{born[4:]}|{sg}|{sf}"
    if sf and sg:
        yield f"names-year|{sounds}|{born[:4]}"
        if postcode:
            yield f"names-place|{sounds}|{postcode}"
    if postcode:
        for kind, name in (("place-family", sf), ("place-given", sg)):
            if name:
                yield f"{kind}|{postcode}|{name}"
