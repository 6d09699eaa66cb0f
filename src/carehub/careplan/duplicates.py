"""Folding: the same statement told twice becomes one row with every attribution, and says why. What differs stays apart (SCREENS 3.0.5)."""

from __future__ import annotations

from collections.abc import Iterable
from typing import NamedTuple

from carehub.careplan.plan import Entry, Fact
from carehub.careplan.reading.draft import LOST, Draft, Traits
from carehub.terms.attribution import Attribution
from carehub.terms.codes import SNOMED
from carehub.terms.moments import sort_key

_BECAUSE = {
    "allergies": "same coded allergy, and no disagreement in status, severity, risk or verification",
    "medicines": "same product and dose, dates overlap",
    "problems": "same coded condition, same status, and no disagreement in side, severity or certainty",
    "results": "same coded test, time, value and range",
    "immunisations": "same vaccine on the same day, and no disagreement in batch or dose",
    "care_team": "same national identifier",
}

# SNOMED CT codes that name a whole class of allergy: an equal code is then not an equal statement.
_TOO_BROAD = frozenset(
    f"{SNOMED}|{code}"
    for code in (
        "416098002",  # Allergy to drug
        "414285001",  # Allergy to food
        "419199007",  # Allergy to substance
        "420134006",  # Propensity to adverse reaction
        "419511003",  # Propensity to adverse reaction to drug
        "418471000",  # Propensity to adverse reaction to food
        "418038007",  # Propensity to adverse reaction to substance
        "235719002",  # Intolerance to food
        "59037007",  # Intolerance to drug
        "426232007",  # Environmental allergy
    )
)


_PRODUCT = "product|"


class Folded(NamedTuple):
    """One row of a section with the drafts it stands for (one, or several)."""

    entry: Entry
    drafts: tuple[Draft, ...]


def fold(drafts: Iterable[Draft]) -> list[Folded]:
    """Rows of one section from its drafts, whatever their order. Every draft is in exactly one row."""
    groups: list[list[tuple[Draft, frozenset[str]]]] = []
    # What must be equal is part of the bucket, so that a long series of one test is not compared pair by pair.
    by_name: dict[tuple[str, str, tuple[str, ...]], dict[int, list[tuple[Draft, frozenset[str]]]]] = {}
    for candidate in sorted(drafts, key=lambda d: d.entry.key):
        names = _named(candidate) if candidate.entry.kind == "statement" else frozenset()
        sought, kept = _buckets(names, candidate.traits)
        near = {number: group for key in sought for number, group in by_name.get(key, {}).items()}
        home = next((n for n, g in near.items() if all(names & others and _alike(candidate, other) for other, others in g)), len(groups))
        if home == len(groups):
            groups.append([])
        groups[home].append((candidate, names))
        for key in kept:
            by_name.setdefault(key, {}).setdefault(home, groups[home])
    found = [[draft for draft, _ in group] for group in groups]
    return [Folded(_row(group), tuple(group)) for group in found]


def same(a: Draft, b: Draft) -> bool:
    """Whether two entries are one statement told twice. Symmetric. Never for two entries of one source record, nor for "none known"."""
    if a.entry.kind != "statement" or b.entry.kind != "statement" or a.entry.section != b.entry.section:
        return False
    return bool(_named(a) & _named(b)) and _alike(a, b)


def _alike(a: Draft, b: Draft) -> bool:
    """Whether nothing speaks against two statements of one name in one section being the same."""
    if a.entry.attributions[0].record == b.entry.attributions[0].record:
        return False
    x, y = a.traits, b.traits
    if x.concept and y.concept and not x.concept & y.concept:
        return False
    if x.exact != y.exact or a.entry.active != b.entry.active:
        return False
    if a.entry.status != b.entry.status and a.entry.status and b.entry.status:
        return False
    if any(p != q and p and q for p, q in zip(x.quiet, y.quiet, strict=True)):
        return False
    # A text that its codes do not contain may carry more than they do, so then the words must be equal as well.
    if not (x.title_only and y.title_only) and x.name != y.name:
        return False
    return a.entry.labels == b.entry.labels and _overlap(a, b)


def _named(draft: Draft) -> frozenset[str]:
    """What an entry is folded by: its codes; for a medicine also the product in the source's words, strength and all, for where one has no code."""
    codes = draft.traits.concept - _TOO_BROAD
    if draft.entry.section != "medicines" or not draft.traits.name:
        return codes
    product = " ".join(draft.entry.title.casefold().split())
    return codes if product.startswith(LOST) else codes | {f"{_PRODUCT}{product}"}


def _buckets(names: Iterable[str], traits: Traits) -> tuple[list[tuple[str, str, tuple[str, ...]]], list[tuple[str, str, tuple[str, ...]]]]:
    """Where to look for what an entry may fold with, and where it is to be found. Two that share a product and bear different codes never fold,
    so below a product entries stand apart by their codes, and one that bears none looks at them all."""
    sought, kept = [], []
    for name in sorted(names):
        if not name.startswith(_PRODUCT):
            sought.append((name, "", traits.exact))
            kept.append(sought[-1])
            continue
        coded = [(name, code, traits.exact) for code in sorted(traits.concept)]
        uncoded, every = (name, "uncoded", traits.exact), (name, "every", traits.exact)
        sought += [*coded, uncoded] if coded else [every]
        kept += [*(coded or [uncoded]), every]
    return sought, kept


def _overlap(a: Draft, b: Draft) -> bool:
    """Dates overlap or touch, compared by day. What goes on has no end; what is past and has no known end lasts as long as its start."""
    first, second = (a, b) if a.traits.begins <= b.traits.begins else (b, a)
    first_ends = first.traits.ends or ("" if first.entry.active else first.traits.begins)
    second_begins = second.traits.begins
    if not first_ends or not second_begins:
        return True
    length = min(len(first_ends), len(second_begins), 10)
    return first_ends[:length] >= second_begins[:length]


def _row(group: list[Draft]) -> Entry:
    if len(group) == 1:
        return group[0].entry
    entries = [d.entry for d in group]
    newest = max(entries, key=_age)
    attributions: dict[str, Attribution] = {}
    for entry in sorted(entries, key=_age, reverse=True):
        for told in entry.attributions:
            attributions.setdefault(told.record, told)
    return Entry(
        key=entries[0].key,
        section=newest.section,
        kind="statement",
        title=newest.title,
        status=newest.status or next((e.status for e in entries if e.status), ""),
        active=newest.active,
        when=newest.when or max((e.when for e in entries), key=sort_key),
        facts=_facts(newest, entries),
        codes=tuple(dict.fromkeys(code for entry in [newest, *entries] for code in entry.codes)),
        attributions=tuple(attributions.values()),
        folded_because=f"Folded because: {_BECAUSE.get(newest.section, 'same coded statement')}",
        members=tuple(entries),
        labels=newest.labels,
        ends=newest.ends,
    )


def _age(entry: Entry) -> tuple[str, str, str]:
    """Orders statements by when their source told them; the key settles ties so that order of arrival never does."""
    told = entry.attributions[0]
    return sort_key(told.recorded), sort_key(entry.when), entry.key


def _facts(newest: Entry, entries: list[Entry]) -> tuple[Fact, ...]:
    """The newest entry's facts, then those whose label it does not use (a severity it is silent on must not be hidden), and every note."""
    facts = list(newest.facts)
    labels = {fact.label for fact in facts} - {"Note"}
    for entry in entries:
        facts.extend(fact for fact in entry.facts if fact.label not in labels and fact not in facts)
    return tuple(facts)
