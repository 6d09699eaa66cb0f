"""Deciding anew under other rules: the classes as the store has them, since by the rules of now they cannot be worked out."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping

from carehub.identity.links import Member


def as_stored(members: Mapping[str, Member], of: Mapping[str, str]) -> dict[str, str]:
    """Record → class before, by the persons these members have. of: record → class now. A person keeps the class that most of its records are in
    now; of two persons that keep one class, the one with more records in it, then the first, and the other one has a class of its own."""
    wanted: dict[str, Counter[str]] = {}
    for patient, member in members.items():
        if patient in of:
            wanted.setdefault(member.person, Counter())[of[patient]] += 1
    keeper: dict[str, tuple[int, str]] = {}
    for person, names in wanted.items():
        name = min(names, key=lambda name: (-names[name], name))
        keeper[name] = min((-names[name], person), keeper.get(name, (0, "")))
    kept = {person: name for name, (_, person) in keeper.items()}
    return {patient: kept.get(member.person, f"person|{member.person}") for patient, member in members.items()}
