"""Who is worth comparing: blocking keys with a cap, and a finer key where too many bear one. Bounded per record whatever the data."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator, KeysView, Mapping

from carehub.identity.closeness import sound
from carehub.identity.features import Features

# A key that more than so many records bear gives way to the next finer key of its chain; after the last it says nothing.
CAP = 40
# The same for keys that say little (one field, or two that people living together share).
WEAK_CAP = 16
# So many candidates of one record are compared, those with most keys in common first.
MOST = 40

Chain = tuple[str, ...]
_NOBODY: list[int] = []


def chains(f: Features) -> Iterator[tuple[int, Chain]]:
    """The keys of one record: (cap, coarse key, finer keys). A key is "kind|value|value"; kinds are kept apart by their first letters."""
    born, family, first, postcode, address = f.born, f.family, f.root, f.postcode, f.address
    sf, sg = sound(family), sound(f.first)
    fi, gi = family[:1], first[:1]
    full = len(born) == 10 and born[4:] != "-01-01"
    year = born[:4]
    if f.number:
        yield CAP, (f"n|{f.number}", f"n1|{f.number}|{born}")
    if f.phone:
        yield WEAK_CAP, (f"p|{f.phone}", f"p1|{f.phone}|{sg}", f"p2|{f.phone}|{first}|{year}")
    if f.email:
        yield WEAK_CAP, (f"e|{f.email}", f"e1|{f.email}|{sg}")
        yield WEAK_CAP, (f"el|{f.email.partition('@')[0]}",)
        yield WEAK_CAP, (f"ed|{f.email.partition('@')[2]}",)
    if sf and sg:
        sounds = f"{sf}|{sg}" if sf < sg else f"{sg}|{sf}"
        names = f"{family}|{first}" if family < first else f"{first}|{family}"
        yield CAP, (f"gf|{sounds}", f"gf1|{names}", f"gf2|{names}|{year}", f"gf3|{names}|{born}")
    if born:
        digits = "".join(sorted(born[2:]))
        if full:
            yield WEAK_CAP, (f"b|{born}", f"b1|{born}|{gi}", f"b3|{born}|{first}")
            yield WEAK_CAP, (f"b2|{born}|{fi}", f"b4|{born}|{family}")
            yield WEAK_CAP, (f"dg|{digits}|{gi}", f"dg1|{digits}|{sg}", f"dg2|{digits}|{first}|{fi}")
            yield WEAK_CAP, (f"df|{digits}|{fi}", f"df1|{digits}|{sf}", f"df2|{digits}|{family}|{gi}")
        if sg:
            yield CAP, (f"bg|{born}|{sg}", f"bg1|{born}|{first}", f"bg2|{born}|{first}|{family}")
            if full:
                yield WEAK_CAP, (f"yg|{born[:7]}|{sg}", f"yg1|{born[:7]}|{first}", f"yg2|{born[:7]}|{first}|{fi}")
                yield WEAK_CAP, (f"mg|{born[4:]}|{sg}", f"mg1|{born[4:]}|{first}", f"mg2|{born[4:]}|{first}|{fi}")
        if sf:
            yield CAP, (f"bf|{born}|{sf}", f"bf1|{born}|{sf}|{sg}")
            if full:
                yield WEAK_CAP, (f"mf|{born[4:]}|{sf}", f"mf1|{born[4:]}|{family}", f"mf2|{born[4:]}|{family}|{gi}")
                yield WEAK_CAP, (f"yf|{born[:7]}|{sf}", f"yf1|{born[:7]}|{family}", f"yf2|{born[:7]}|{family}|{gi}")
        if postcode:
            yield WEAK_CAP, (f"bp|{born}|{postcode}", f"bp1|{born}|{postcode}|{gi}")
        for number, extra in enumerate(f.extras):
            if extra:
                yield WEAK_CAP, (f"bx{number}|{born}|{extra}", f"by{number}|{born}|{extra}|{gi}", f"bz{number}|{born}|{extra}|{sf}")
    if family:
        yield WEAK_CAP, (f"f|{family}", f"f1|{family}|{gi}", f"f2|{family}|{first}", f"f3|{family}|{first}|{year}")
    if first:
        yield WEAK_CAP, (f"g|{first}",)
    if postcode:
        yield WEAK_CAP, (f"c|{postcode}", f"c1|{postcode}|{gi}", f"c2|{postcode}|{sg}")
        if sf:
            yield WEAK_CAP, (f"cf|{postcode}|{sf}", f"cf1|{postcode}|{sf}|{gi}", f"cf2|{postcode}|{sf}|{sg}")
    if address:
        yield WEAK_CAP, (f"a|{address}", f"a1|{address}|{gi}", f"a2|{address}|{sg}|{fi}")
    for number, extra in enumerate(f.extras):
        if extra:
            if sf:
                yield WEAK_CAP, (f"xf{number}|{extra}|{sf}", f"xg{number}|{extra}|{family}|{gi}", f"xh{number}|{extra}|{family}|{first}")
            if sg:
                yield WEAK_CAP, (f"xi{number}|{extra}|{sg}", f"xj{number}|{extra}|{first}|{fi}", f"xk{number}|{extra}|{first}|{year}")
    for other in f.others:
        if len(other) > 2 and family:
            yield WEAK_CAP, (f"o|{other}|{family}", f"o1|{other}|{family}|{gi}")


class CandidateIndex:
    """Records by key. Adding is in place; where a key passes its cap its bearers move to the finer key, so that what the index holds in the
    end does not depend on the order in which records came.
    """

    __slots__ = ("_bearers", "_records")

    def __init__(self) -> None:
        # A key that one record bears, as most do, names it; one that passed its cap has None.
        self._bearers: dict[str, int | list[int] | None] = {}
        self._records: list[Features] = []

    def __len__(self) -> int:
        return len(self._records)

    def add(self, features: Features) -> list[int]:
        """Put the next record in; its candidates come back, numbered in order of arrival, most keys in common first."""
        met: list[int] = []
        held = self._bearers
        number = len(self._records)
        self._records.append(features)
        for cap, chain in chains(features):
            for key in chain:
                bearers = held.get(key, _NOBODY)
                if bearers is None:
                    continue
                if isinstance(bearers, int):
                    met.append(bearers)
                    held[key] = [bearers, number]
                elif not bearers:
                    held[key] = number
                else:
                    met += bearers
                    self._put(key, number, cap, chain)
                break
        return best(Counter(met))

    def _put(self, key: str, number: int, cap: int, chain: Chain) -> None:
        bearers = self._bearers.get(key, _NOBODY)
        if isinstance(bearers, int):
            self._bearers[key] = [bearers, number]
        elif not bearers:
            self._bearers[key] = number
        elif len(bearers) < cap:
            bearers.append(number)
        else:
            self._bearers[key] = None
            for bearer in (*bearers, number):
                self._refine(key, bearer)

    def _refine(self, key: str, bearer: int) -> None:
        for cap, chain in chains(self._records[bearer]):
            if key in chain:
                for finer in chain[chain.index(key) + 1 :]:
                    if self._bearers.get(finer, _NOBODY) is not None:
                        self._put(finer, bearer, cap, chain)
                        return

    def candidates(self, number: int) -> list[int]:
        """Candidates of a record already put in, before and after it alike."""
        met: list[int] = []
        for key in self._usable(number):
            bearers = self._bearers[key]
            met += [bearers] if isinstance(bearers, int) else bearers or ()
        return best(Counter(other for other in met if other != number))

    def shared(self, a: int, b: int) -> bool:
        """True when two records already put in have a usable key in common."""
        return not self._usable(a).isdisjoint(self._usable(b))

    def _usable(self, number: int) -> KeysView[str]:
        """In the order of the chains: a set's order differs from run to run, and with it the last digits of a trained model."""
        held = self._bearers
        usable = (next((key for key in chain if held.get(key) is not None), "") for _, chain in chains(self._records[number]))
        return {key: None for key in usable if key}.keys()


def best(found: Mapping[int, int]) -> list[int]:
    """At most MOST of the candidates: most keys in common first; those with less than a quarter of the best one's keys are left out."""
    if not found:
        return []
    least = min(3, max(found.values()) / 5)
    kept = [other for other, shared in found.items() if shared >= least]
    if len(kept) > MOST:
        kept = sorted(kept, key=lambda other: (-found[other], other))[:MOST]
    return kept


def bearing(records: Iterable[Features]) -> CandidateIndex:
    """An index that holds these records."""
    index = CandidateIndex()
    for record in records:
        index.add(record)
    return index
