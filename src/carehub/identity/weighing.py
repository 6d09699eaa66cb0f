"""Why the model says what it says: for two records or two persons, each field's level, weight and sentence, and their sum."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from carehub.identity import decision
from carehub.identity.features import Features
from carehub.identity.pairing import Comparer, levels
from carehub.identity.partition import SHARE, evidence, fused, gather
from carehub.identity.weights import HOME, SETTINGS, SOURCE, STREET

_NAMES = {
    "number": "The NHS numbers",
    "given": "The given names",
    "others": "The further given names",
    "family": "The family names",
    "born": "The dates of birth",
    "sex": "The sexes",
    "place": "The addresses",
    "phone": "The telephone numbers",
    "email": "The e-mail addresses",
    "source": "The sources",
}
_SAYS = {
    "equal": "agree",
    "same": "are one",
    "other": "are two",
    "differ": "differ",
    "same-name": "are forms of one name",
    "alike": "differ by a slip",
    "sounds-alike": "sound alike",
    "short-form": "may be forms of one name",
    "two-names": "are alike but two names that people have",
    "default-slip": "are both a first of January, of years one digit apart",
    "near": "are near each other",
    "initial": "agree as far as an initial goes",
    "swapped": "stand in each other's place",
    "crossed": "stand in each other's place in the one name that was said",
    "other-given": "differ, but the one is a further given name of the other record",
    "placeholder": "cannot be compared: one is only a word such as baby or twin",
    "part": "share one half of a double-barrelled name",
    "turned": "agree when digits change places",
    "one-slip": "differ in one digit",
    "two-slips": "differ in two digits",
    "first-of-january": "agree in the year, and one may be a made-up first of January",
    "two-parts": "agree in two of day, month and year",
    "year": "agree in the year only",
    "same-address": "agree",
    "alike-address": "nearly agree",
    "same-postcode": "agree in the postcode, and no address is said",
    "other-house": "agree in the postcode but are two houses",
    "area": "lie in one postal area",
    "elsewhere": "lie apart",
    "same-local": "agree before the @",
}
_MISSING = "missing"


@dataclass(frozen=True, slots=True)
class FieldWeight:
    """One compared field: the level of the closest pair of records, its part of the total in bits, a sentence without values."""

    field: str
    level: str
    bits: float
    sentence: str


@dataclass(frozen=True, slots=True)
class Weighing:
    """All that makes a score: the prior, each field's part, their sum; zone and rule with its sentence; the setting; the model's name."""

    prior: float
    fields: tuple[FieldWeight, ...]
    total: float
    zone: str
    rule: str
    because: str
    setting: str
    model: str


def weigh(
    comparer: Comparer, one: Sequence[Features], other: Sequence[Features], zones: decision.Zones | None = None, share: float = SHARE
) -> Weighing:
    """Two persons' records (or one record each). The parts and the prior sum to the total; the total is what clustering uses.

    A veto or a guard stands whatever the total; that somebody else may be meant by a traced number is not seen here. ValueError when a side is empty.
    """
    if not one or not other:
        raise ValueError("there is nothing to weigh against nothing")
    zones = zones or decision.Zones()
    pairs = [(a, b) for a in one for b in other]
    compared = [comparer.pair(a, b) for a, b in pairs]
    seen = [levels(a, b) for a, b in pairs]
    found = evidence(compared[0])
    for more in compared[1:]:
        gather(found, more)
    parts = []
    for at, (field, names) in enumerate(comparer.model.fields().items()):
        told = found[at]
        if told is None:
            parts.append(FieldWeight(field, _MISSING, 0.0, f"{_called(field)} are not said by both."))
            continue
        bits = told[0] if at == SOURCE else told[0] * share + told[1] / told[2] * (1 - share)
        closest = next(pattern for pattern, (row, _) in zip(seen, compared, strict=True) if row[at] == told[0])
        level = names[closest[at + 1]]
        parts.append(FieldWeight(field, level, bits, f"{_called(field)} {_SAYS[level]}{_weighs(bits)}."))
    total = fused(found, comparer.model.prior, share)
    rule, zone = _decided(pairs, [told for _, told in compared], total, decision.guard(found, zones.off), zones)
    home = {pattern[0] for pattern in seen}
    setting = SETTINGS[HOME if HOME in home else STREET if STREET in home else 0]
    return Weighing(comparer.model.prior, tuple(parts), total, zone, rule, decision.SENTENCES[rule], setting, comparer.model.name)


def _decided(
    pairs: Sequence[tuple[Features, Features]], flags: Sequence[int], total: float, guard: str, zones: decision.Zones
) -> tuple[str, str]:
    for a, b in pairs:
        veto = decision.veto(a, b, zones.once, zones.off)
        if veto:
            return veto, decision.NONE
    if decision.CERTAIN not in zones.off and any(decision.certain(a, b, told) for (a, b), told in zip(pairs, flags, strict=True)):
        return decision.CERTAIN, decision.AUTO
    if decision.TRACED not in zones.off and any(decision.traced(a, b) for a, b in pairs):
        return decision.TRACED, decision.AUTO
    if total < zones.review:
        return "not-close", decision.NONE
    if guard:
        return guard, decision.REVIEW
    return ("agreement", decision.AUTO) if total >= zones.auto else ("below-automatic", decision.REVIEW)


def _called(field: str) -> str:
    return _NAMES.get(field, f"The values of {field.replace('_', ' ')}")


def _weighs(bits: float) -> str:
    return f", which speaks {'for' if bits > 0 else 'against'} one person" if abs(bits) >= 0.5 else ", which says little"
