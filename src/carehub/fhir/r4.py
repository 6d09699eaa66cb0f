"""FHIR R4 as one compiled schema: a validator for each resource type, made on first use from r4_schema.json (tools/make_schema.py)."""

from __future__ import annotations

import json
from functools import cache
from importlib.resources import files
from typing import Any

import jsonschema_rs

_ADDRESS = "urn:carehub:r4"


@cache
def definitions() -> dict[str, Any]:
    """Every definition by name: resource types, datatypes, backbone elements ("PatientContact"), primitives, "_" for a primitive's extensions."""
    loaded: dict[str, Any] = json.loads(files("carehub.fhir").joinpath("r4_schema.json").read_bytes())["$defs"]
    return loaded


@cache
def types() -> frozenset[str]:
    """The resource types that the hub holds."""
    return frozenset(name for name, rule in definitions().items() if "resourceType" in rule.get("properties", ()))


@cache
def names() -> frozenset[str]:
    """Every element name of those types and their datatypes. Only these are repeated in issues: a sender's own key could hold anything."""
    return frozenset(name for rule in definitions().values() for name in rule.get("properties", ()))


@cache
def _registry() -> jsonschema_rs.Registry:
    return jsonschema_rs.Registry([(_ADDRESS, {"$schema": "https://json-schema.org/draft/2020-12/schema", "$defs": definitions()})])


_validators: dict[str, jsonschema_rs.Draft202012Validator] = {}


def validator(kind: str) -> jsonschema_rs.Draft202012Validator | None:
    """The compiled validator of a resource type, or None for a type the hub does not hold. 3 ms on first use of a type."""
    found = _validators.get(kind)
    if found is None and kind in types():
        found = _validators[kind] = jsonschema_rs.Draft202012Validator({"$ref": f"{_ADDRESS}#/$defs/{kind}"}, registry=_registry())
    return found
