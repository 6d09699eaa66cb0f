"""Published samples beside the project, and a reader of FHIR XML good enough for them."""

from __future__ import annotations

from collections.abc import Iterator
from decimal import Decimal
from pathlib import Path
from typing import Any
from xml.etree import ElementTree

import pytest

from carehub.fhir import r4
from carehub.fhir.reading import read_json
from carehub.terms.errors import Unreadable

ROOT = Path(__file__).resolve().parents[3]
SAMPLES = ROOT.parent / "shared" / "data"
_F = "{http://hl7.org/fhir}"
_NUMBERS = {
    "integer": int,
    "unsignedInt": int,
    "positiveInt": int,
    "decimal": Decimal,
    "boolean": lambda text: {"true": True, "false": False}[text],
}


@pytest.fixture(scope="session")
def samples() -> Path:
    if not SAMPLES.is_dir():
        pytest.skip("the published sample feeds are not beside the project")
    return SAMPLES


@pytest.fixture(scope="session")
def uk_core_examples(samples: Path) -> dict[str, dict[str, Any]]:
    """UK Core's own examples by file name, from XML, for the resource types the hub holds."""
    found = {}
    for path in sorted((samples / "ukcore" / "examples").glob("*.xml")):
        resource = from_xml(ElementTree.fromstring(path.read_bytes()))
        if resource["resourceType"] in r4.types():
            found[path.name] = resource
    return found


@pytest.fixture(scope="session")
def json_resources(samples: Path) -> list[tuple[str, dict[str, Any]]]:
    """(place, resource) of every R4 resource in the JSON samples: whole files, and every entry of a Bundle on its own."""
    found = []
    for path in sorted(samples.rglob("*.json")):
        name = str(path.relative_to(samples))
        if name.startswith(("feeds/gp/", "adversarial/json-parsing")):
            continue  # GP Connect is STU3
        try:
            value = read_json(path.read_bytes(), max_depth=200)
        except Unreadable:
            continue
        found += [(f"{name}{place}", one) for place, one in _resources(value, "")]
    return found


def _resources(value: Any, place: str) -> Iterator[tuple[str, dict[str, Any]]]:
    if isinstance(value, dict):
        if isinstance(value.get("resourceType"), str):
            yield place, value
        for name, part in value.items():
            if name != "contained":
                yield from _resources(part, f"{place}/{name}")
    elif isinstance(value, list):
        for n, part in enumerate(value):
            yield from _resources(part, f"{place}/{n}")


def from_xml(element: ElementTree.Element) -> dict[str, Any]:
    """A FHIR XML resource as JSON, by the same definitions the gate uses (https://hl7.org/fhir/R4/json.html)."""
    kind = element.tag.removeprefix(_F)
    return {"resourceType": kind, **_complex(element, kind)}


def _complex(element: ElementTree.Element, kind: str) -> dict[str, Any]:
    rules = r4.definitions().get(kind, {}).get("properties", {})
    made: dict[str, Any] = {}
    if "id" in element.attrib:
        made["id"] = element.attrib["id"]
    if "url" in element.attrib:
        made["url"] = element.attrib["url"]
    for child in element:
        name = child.tag.rpartition("}")[2]
        if name == "div":
            made["div"] = ElementTree.tostring(child, encoding="unicode")
            continue
        rule = rules.get(name, {})
        many = rule.get("type") == "array"
        value, extra = _value(child, rule["items"] if many else rule)
        if many:
            made.setdefault(name, []).append(value)
            if extra or f"_{name}" in made:
                made.setdefault(f"_{name}", [None] * (len(made[name]) - 1)).append(extra)
        else:
            if value is not None:
                made[name] = value
            if extra:
                made[f"_{name}"] = extra
    return made


def _value(element: ElementTree.Element, rule: dict[str, Any]) -> tuple[Any, Any]:
    """(value, what belongs under the underscore name)."""
    kind = _kind(rule)
    if kind == "resource":
        return from_xml(element[0]), None
    if "properties" in r4.definitions().get(kind, {}):
        return _complex(element, kind), None
    text = element.attrib.get("value")
    return (None if text is None else _NUMBERS.get(kind, str)(text)), _complex(element, "_") or None


def _kind(rule: dict[str, Any]) -> str:
    for part in (rule, *rule.get("anyOf", ()), *rule.get("allOf", ())):
        if "$ref" in part:
            return str(part["$ref"]).rpartition("/")[2]
    return "resource" if rule.get("required") == ["resourceType"] else "code"
