"""UK Core 2.0.0 must-haves: a resource that names a UK Core profile is held against that profile's rows of the table.

Not looked at: bindings to SNOMED CT and dm+d (no terminology here), constraints that UK Core calls warnings, and two error constraints
about R5 back-port extensions (ukcore-diag-lab-002, ukcore-spec-001).
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache
from typing import Any

from carehub.fhir.resource import Resource, many
from carehub.fhir.ukcore_table import BASES, SLICES, TABLE
from carehub.terms.codes import ukcore
from carehub.terms.issue import Issue
from carehub.terms.issue_catalogue import issue

_MAX_ISSUES = 20
_PREFIX = ukcore("")


@dataclass(frozen=True, slots=True)
class _Step:
    name: str
    where: tuple[tuple[str, ...], ...] = ()
    values: tuple[str, ...] = ()

    def of(self, parent: Any) -> list[tuple[Any, str]]:
        """(item, place below the parent) of every item of this element under one parent; a primitive with only extensions counts."""
        if not isinstance(parent, dict):
            return []
        found: list[tuple[Any, str]] = []
        for name in self._names(parent):
            value = parent.get(name, parent.get(f"_{name}"))
            if isinstance(value, list):
                found += [(item, f"{name}[{n}]") for n, item in enumerate(value)]
            elif value is not None:
                found.append((value, name))
        return [pair for pair in found if self._belongs(pair[0])] if self.where else found

    def _names(self, parent: Resource) -> list[str]:
        if not self.name.endswith("[x]"):
            return [self.name]
        stem = self.name[:-3]
        return list(dict.fromkeys(k.removeprefix("_") for k in parent if k.removeprefix("_").startswith(stem)))

    def _belongs(self, item: Any) -> bool:
        return isinstance(item, dict) and all(value in many(item, *path) for path, value in zip(self.where, self.values, strict=True))


@dataclass(frozen=True, slots=True)
class _Rule:
    steps: tuple[_Step, ...]
    low: int = 0
    high: int | None = None
    fixed: str | None = None

    def broken(self, resource: Resource) -> Iterator[tuple[str, str]]:
        """(issue number, place) of each parent where the rule does not hold."""
        parents: list[tuple[Any, str]] = [(resource, resource["resourceType"])]
        for step in self.steps[:-1]:
            parents = [(item, f"{place}.{below}") for parent, place in parents for item, below in step.of(parent)]
        last = self.steps[-1]
        for parent, place in parents:
            items = last.of(parent)
            if self.fixed is not None:
                yield from (("GATE-019", f"{place}.{below}") for item, below in items if item != self.fixed)
            elif len(items) < self.low:
                yield "GATE-017", f"{place}.{last.name}"
            elif self.high is not None and len(items) > self.high:
                yield "GATE-019", f"{place}.{last.name}"


@cache
def _rules(profile: str) -> tuple[_Rule, ...]:
    inherited = _rules(BASES[profile]) if profile in BASES else ()
    return inherited + tuple(_rule(text) for text in TABLE.get(profile, "").split("; ") if text)


def _rule(text: str) -> _Rule:
    path, _, said = text.partition(" ")
    steps = tuple(_step(part) for part in path.split("."))
    if said.startswith("= "):
        return _Rule(steps, fixed=said[2:])
    low, _, high = said.partition("..")
    return _Rule(steps, int(low or 0), int(high) if high else None)


def _step(part: str) -> _Step:
    if ":" not in part:
        return _Step(part)
    belongs = SLICES[part]
    return _Step(part.partition(":")[0], tuple(tuple(path.split(".")) for path, _ in belongs), tuple(value for _, value in belongs))


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
        if isinstance(address, str) and address.startswith(_PREFIX):
            name = address.removeprefix(_PREFIX).partition("|")[0]
            if name.partition("-")[0] != kind:
                found[issue("GATE-019", at=f"{kind}.meta.profile", about=kind)] = None
                continue
            for rule in _rules(name):
                for number, place in rule.broken(resource):
                    found[issue(number, at=place, about=kind)] = None
            if name == "Immunization" and resource.get("status") == "not-done" and "statusReason" not in resource:
                found[issue("GATE-017", at="Immunization.statusReason", about=kind)] = None  # ukcore-imm-001
    return tuple(found)[:_MAX_ISSUES]
