"""UK Core 2.0.0 must-haves: a resource that names a UK Core profile is held against that profile's rows of the table.

Not looked at: bindings to SNOMED CT and dm+d (no terminology here), constraints that UK Core calls warnings, and two error constraints
about R5 back-port extensions (ukcore-diag-lab-002, ukcore-spec-001).
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from functools import lru_cache
from typing import Any

from carehub.fhir.resource import Resource, many
from carehub.fhir.ukcore_table import BASES, SLICES, TABLE
from carehub.terms.codes import ukcore
from carehub.terms.issue import Issue
from carehub.terms.issue_catalogue import issue

_MAX_ISSUES = 20
_PREFIX = ukcore("")


_Found = list[tuple[Any, str]]


@dataclass(frozen=True, slots=True)
class _Step:
    name: str
    where: tuple[tuple[tuple[str, ...], str], ...] = ()

    def of(self, parent: Any) -> _Found:
        """(item, place below the parent) of every item of this element under one parent; a primitive with only extensions counts."""
        if not isinstance(parent, dict):
            return []
        found: _Found = []
        for name in (self.name,) if self.name[-1] != "]" else self._choice(parent):
            value = parent[name] if name in parent else parent.get(f"_{name}")
            if isinstance(value, list):
                found += [(item, f"{name}[{n}]") for n, item in enumerate(value) if not self.where or self._belongs(item)]
            elif value is not None and (not self.where or self._belongs(value)):
                found.append((value, name))
        return found

    def _choice(self, parent: Resource) -> list[str]:
        stem = self.name[:-3]
        return list(dict.fromkeys(k.removeprefix("_") for k in parent if k.removeprefix("_").startswith(stem)))

    def _belongs(self, item: Any) -> bool:
        if not isinstance(item, dict):
            return False
        for path, value in self.where:
            told = item.get(path[0]) if len(path) == 1 else value if value in many(item, *path) else None
            if told != value:
                return False
        return True


@dataclass(frozen=True, slots=True)
class _Rule:
    """parents: the number of the walk to the elements that the rule is about; last: what of theirs it counts, or compares with `fixed`."""

    parents: int
    last: _Step
    low: int = 0
    high: int | None = None
    fixed: str | None = None

    def broken(self, parents: _Found) -> Iterator[tuple[str, str]]:
        """(issue number, place) of each parent where the rule does not hold."""
        for parent, place in parents:
            items = self.last.of(parent)
            if self.fixed is not None:
                yield from (("GATE-019", f"{place}.{below}") for item, below in items if item != self.fixed)
            elif len(items) < self.low:
                yield "GATE-017", f"{place}.{self.last.name}"
            elif self.high is not None and len(items) > self.high:
                yield "GATE-019", f"{place}.{self.last.name}"


@dataclass(frozen=True, slots=True)
class _Profile:
    """A profile's rules. walks: how to come to the elements they are about, each one step on from an earlier walk, number 0 being the
    resource itself; many rules are about the same elements, which are so found once."""

    name: str
    kind: str
    walks: tuple[tuple[int, _Step], ...]
    rules: tuple[_Rule, ...]

    def broken(self, resource: Resource) -> Iterator[tuple[str, str]]:
        """(issue number, place) of each place where a rule does not hold, rule by rule."""
        walked: list[_Found] = [[(resource, self.kind)]]
        for start, step in self.walks:
            walked.append([(item, f"{place}.{below}") for parent, place in walked[start] for item, below in step.of(parent)])
        for rule in self.rules:
            if parents := walked[rule.parents]:
                yield from rule.broken(parents)


# Addresses come from outside, so not all there ever were are kept.
@lru_cache(maxsize=512)
def _profile(address: str) -> _Profile | None:
    """The profile of an address in meta.profile, with no rules where UK Core adds none to R4; None for a profile that is not UK Core's."""
    if not address.startswith(_PREFIX):
        return None
    name = address.removeprefix(_PREFIX).partition("|")[0]
    walks: dict[tuple[int, _Step], int] = {}
    rules = []
    for text in _rules(name):
        path, _, said = text.partition(" ")
        *before, last = [_step(part) for part in path.split(".")]
        at = 0
        for step in before:
            at = walks.setdefault((at, step), len(walks) + 1)
        low, _, high = said.partition("..")
        fixed = said.startswith("= ")
        rules.append(_Rule(at, last, fixed=said[2:]) if fixed else _Rule(at, last, int(low or 0), int(high) if high else None))
    return _Profile(name, name.partition("-")[0], tuple(walks), tuple(rules))


def _rules(profile: str) -> list[str]:
    inherited = _rules(BASES[profile]) if profile in BASES else []
    return inherited + [text for text in TABLE.get(profile, "").split("; ") if text]


def _step(part: str) -> _Step:
    if ":" not in part:
        return _Step(part)
    return _Step(part.partition(":")[0], tuple((tuple(path.split(".")), value) for path, value in SLICES[part]))


def must_haves(resource: Resource) -> tuple[Issue, ...]:
    """What the UK Core profiles in meta.profile require and this resource does not have: GATE-017 missing, GATE-019 too many or another
    value than the fixed one; at most 20, with places, no values. () for a resource without a UK Core profile.

    The resource must have passed gate.check.
    """
    profiles = (resource.get("meta") or {}).get("profile")
    if not profiles:
        return ()
    kind = resource["resourceType"]
    found: dict[Issue, None] = {}
    for address in profiles:
        profile = _profile(address) if isinstance(address, str) else None
        if profile is None:
            continue
        if profile.kind != kind:
            found[issue("GATE-019", at=f"{kind}.meta.profile", about=kind)] = None
            continue
        if profile.rules:
            for number, place in profile.broken(resource):
                found[issue(number, at=place, about=kind)] = None
        if profile.name == "Immunization" and resource.get("status") == "not-done" and "statusReason" not in resource:
            found[issue("GATE-017", at="Immunization.statusReason", about=kind)] = None  # ukcore-imm-001
    return tuple(found)[:_MAX_ISSUES]
