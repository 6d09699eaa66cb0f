"""Versioned concept maps: a site's local codes to shared ones. The original coding stays; the translation stands beside it and names its map."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from carehub.fhir.resource import Resource

# On a translated coding: which map and version made it.
MADE_BY = "urn:carehub:concept-map"


@dataclass(frozen=True, slots=True)
class Target:
    """What a local code means in the shared system, and who reviewed that."""

    code: str
    display: str = ""
    reviewer: str = ""


@dataclass(frozen=True, slots=True)
class ConceptMap:
    """One map. source and target are code systems; entries: local code to its target."""

    name: str
    version: str
    source: str
    target: str
    entries: Mapping[str, Target]

    @property
    def canonical(self) -> str:
        """ "urn:carehub:concept-map:winpath-tests|3", for FHIR canonical."""
        return f"{MADE_BY}:{self.name}|{self.version}"

    def resource(self) -> Resource:
        """The map as a FHIR R4 ConceptMap."""
        elements = [
            {
                "code": code,
                "target": [{"code": target.code, **({"display": target.display} if target.display else {}), "equivalence": "equivalent"}],
            }
            for code, target in sorted(self.entries.items())
        ]
        return {
            "resourceType": "ConceptMap",
            "url": self.canonical.partition("|")[0],
            "version": self.version,
            "name": self.name,
            "status": "active",
            "group": [{"source": self.source, "target": self.target, "element": elements}],
        }


def translated(resource: Resource, maps: Iterable[ConceptMap]) -> Resource:
    """The resource with a translation beside each coding that a map knows; the same object where none does. The input is not changed.

    A coding in the target's system that stands there already is the source's own word: it is not doubled and not contradicted.
    """
    by_source: dict[str, list[ConceptMap]] = {}
    for one in maps:
        by_source.setdefault(one.source, []).append(one)
    changed: Resource = _walk(resource, by_source) if by_source else resource
    return changed


def _walk(value: Any, maps: Mapping[str, list[ConceptMap]]) -> Any:
    if isinstance(value, dict):
        changes = {}
        for name, part in value.items():
            new = _codings(part, maps) if name == "coding" and isinstance(part, list) else _walk(part, maps)
            if new is not part:
                changes[name] = new
        return {**value, **changes} if changes else value
    if isinstance(value, list):
        walked = [_walk(part, maps) for part in value]
        return walked if any(new is not old for new, old in zip(walked, value, strict=True)) else value
    return value


def _codings(listed: list[Any], maps: Mapping[str, list[ConceptMap]]) -> list[Any]:
    spoken = {coding.get("system") for coding in listed if isinstance(coding, dict)}
    out: list[Any] = []
    for coding in listed:
        out.append(coding)
        for one in maps.get(str(coding.get("system") or ""), ()) if isinstance(coding, dict) else ():
            target = one.entries.get(str(coding.get("code") or ""))
            if target is not None and one.target not in spoken:
                out.append(_translation(one, target))
                spoken.add(one.target)
    return out if len(out) > len(listed) else listed


def _translation(made_by: ConceptMap, target: Target) -> Resource:
    coding: Resource = {"extension": [{"url": MADE_BY, "valueCanonical": made_by.canonical}], "system": made_by.target, "code": target.code}
    if target.display:
        coding["display"] = target.display
    return coding
