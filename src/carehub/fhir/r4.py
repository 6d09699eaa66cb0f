"""FHIR R4 as one compiled schema, made on first use from r4_schema.json (tools/make_schema.py)."""

from __future__ import annotations

import json
from functools import cache
from importlib.resources import files
from typing import Any

import jsonschema_rs


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
def validator() -> jsonschema_rs.Draft202012Validator:
    """The one compiled validator. It takes {type: resource}, so that the type picks its rules by a look-up and all types share one
    compilation (a validator for each type costs 1.5 MB each). 25 ms on first use.
    """
    return jsonschema_rs.Draft202012Validator(
        {"$defs": definitions(), "properties": {kind: {"$ref": f"#/$defs/{kind}"} for kind in sorted(types())}}
    )
