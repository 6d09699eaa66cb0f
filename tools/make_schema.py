"""Write src/carehub/fhir/r4_schema.json from the R4B models and the table of required codes.

    python tools/make_schema.py          write the file
    python tools/make_schema.py --check  exit 1 when the file differs from what would be written

The models know elements, cardinalities, types and choices; r4_required_codes.json (facts of FHIR R4 4.0.1: every code element with a
required binding whose value set can be listed) knows the codes. Everything the hot check needs is in the one document, so that one
compiled validator decides and no Python runs for a good resource.
"""

from __future__ import annotations

import json
import sys
import typing
from pathlib import Path
from typing import Any

from r4_rules import INNER, PRIMITIVES, TYPES

from carehub.fhir.models import NOT_R4_ELEMENTS, model

ROOT = Path(__file__).resolve().parents[1]
TARGET = ROOT / "src" / "carehub" / "fhir" / "r4_schema.json"
CODES = Path(__file__).with_name("r4_required_codes.json")


class _Element(typing.NamedTuple):
    name: str
    kind: str
    many: bool
    primitive: bool
    required: bool
    choice: str
    choice_required: bool
    inner: Any


def _read(cls: Any, key: str) -> _Element | None:
    """One field of a model as an element; None for the fields that are not elements of JSON."""
    field = cls.model_fields[key]
    extra = field.json_schema_extra
    if not isinstance(extra, dict) or key == "fhir_comments":
        return None
    name = field.alias or key
    if name in NOT_R4_ELEMENTS:
        return None
    kinds, many = _unfold(field.annotation)
    primitive, kind, inner = _kind(kinds)
    return _Element(
        name,
        kind,
        many,
        primitive,
        field.is_required() or bool(extra.get("element_required")),
        str(extra.get("one_of_many") or ""),
        bool(extra.get("one_of_many_required")),
        inner,
    )


def _unfold(annotation: Any) -> tuple[list[Any], bool]:
    """The type inside Optional and List, as [base, metadata...]; and whether there was a List."""
    many = False
    while True:
        origin, arguments = typing.get_origin(annotation), typing.get_args(annotation)
        if origin is typing.Annotated:
            return list(arguments), many
        if origin is list:
            annotation, many = arguments[0], True
        elif arguments:
            annotation = next(a for a in arguments if a is not type(None))
        else:
            return [annotation], many


def _kind(parts: list[Any]) -> tuple[bool, str, Any]:
    base = parts[0]
    for mark in parts[1:]:
        visit = getattr(mark, "__visit_name__", None)
        if visit:
            return True, str(visit), None
    if base is bool:
        return True, "boolean", None
    if getattr(base, "__name__", "") == "UUID":
        return True, "uuid", None
    if getattr(base, "__name__", "") in ("AnyUrl", "UrlType", "Url"):
        return True, "url", None
    name = base.__name__.removesuffix("Type")
    if hasattr(base, "get_model_klass"):
        return (False, name, None) if name in ("Resource", "Element") else (False, name, base.get_model_klass())
    raise TypeError(f"no FHIR type for {parts!r}")


def _ref(name: str) -> dict[str, Any]:
    return {"$ref": f"#/$defs/{name}"}


class Builder:
    """Collects the definitions of all types reached from TYPES, breadth first, so that every type gets its shortest path."""

    def __init__(self, codes: dict[str, Any]) -> None:
        self.codes = codes
        self.defs: dict[str, Any] = {name: dict(rule) for name, rule in PRIMITIVES.items()}
        self.defs["_"] = {
            "type": "object",
            "minProperties": 1,
            "additionalProperties": False,
            "properties": {"id": _ref("string"), "extension": {"type": "array", "minItems": 1, "items": _ref("Extension")}},
        }
        self.used: set[str] = set()
        self.queue: list[tuple[Any, str]] = []

    def add(self, cls: Any, path: str) -> None:
        name = cls.__resource_type__ if hasattr(cls, "__resource_type__") else cls.get_resource_type()
        if name not in self.defs:
            self.defs[name] = {}
            self.queue.append((cls, path))

    def run(self) -> dict[str, Any]:
        while self.queue:
            cls, path = self.queue.pop(0)
            self.defs[cls.get_resource_type()] = self._object(cls, path)
        return {"$schema": "https://json-schema.org/draft/2020-12/schema", "$defs": dict(sorted(self.defs.items()))}

    def _object(self, cls: Any, path: str) -> dict[str, Any]:
        properties: dict[str, Any] = {}
        required: list[str] = []
        every: list[dict[str, Any]] = []
        choices: dict[str, list[_Element]] = {}
        if cls.has_resource_base():
            properties["resourceType"] = {"const": cls.get_resource_type()}
            required.append("resourceType")
        for key in cls.model_fields:
            element = _read(cls, key)
            if element is None:
                continue
            rule = self._value(element, path, cls)
            properties[element.name] = {"type": "array", "minItems": 1, "items": rule} if element.many else rule
            if element.primitive and key != "id":
                properties[f"_{element.name}"] = (
                    {"type": "array", "minItems": 1, "items": {"anyOf": [{"type": "null"}, _ref("_")]}} if element.many else _ref("_")
                )
                if element.many:
                    # A null keeps the place of a value that has only extensions, so it may stand only beside those.
                    properties[element.name]["items"] = {"anyOf": [rule, {"type": "null"}]}
                    every.append(
                        {
                            "anyOf": [
                                {"properties": {element.name: {"items": {"not": {"type": "null"}}}}},
                                {"required": [f"_{element.name}"]},
                            ]
                        }
                    )
            if element.choice:
                choices.setdefault(element.choice, []).append(element)
            elif element.required:
                if element.primitive:
                    every.append({"anyOf": [{"required": [element.name]}, {"required": [f"_{element.name}"]}]})
                else:
                    required.append(element.name)
        result: dict[str, Any] = {"type": "object", "properties": dict(sorted(properties.items())), "additionalProperties": False}
        if required:
            result["required"] = required
        else:
            result["minProperties"] = 1
        dependent: dict[str, Any] = {}
        for options in choices.values():
            names = {option.name: ([option.name, f"_{option.name}"] if option.primitive else [option.name]) for option in options}
            if any(option.choice_required for option in options):
                every.append({"anyOf": [{"required": [one]} for group in names.values() for one in group]})
            if len(options) > 1:
                dependent.update(_exclusive(names, sorted(properties)))
        if every:
            result["allOf"] = every
        if dependent:
            result["dependentSchemas"] = dependent
        return result

    def _value(self, element: _Element, path: str, cls: Any) -> dict[str, Any]:
        where = f"{path}.{element.name}"
        codes = self.codes.get(where)
        if element.inner is not None:
            self.add(element.inner, where if element.inner.get_resource_type().startswith(cls.get_resource_type()) else element.kind)
        if codes is not None:
            self.used.add(where)
            if isinstance(codes, list):
                return {"enum": codes}
            options = [
                {"properties": {"system": {"const": s}, "code": {"enum": c}}, "required": ["system", "code"]} for s, c in codes.items()
            ]
            bound = {"contains": options[0] if len(options) == 1 else {"anyOf": options}}
            return {"allOf": [_ref("CodeableConcept"), {"properties": {"coding": bound}, "required": ["coding"]}]}
        if element.primitive:
            if cls.get_resource_type() == "Reference" and element.name == "reference":
                return _ref("reference")
            return _ref(element.kind)
        if element.inner is None:
            return INNER if element.kind == "Resource" else _ref("_")
        return _ref(element.inner.get_resource_type())


def _exclusive(names: dict[str, list[str]], all_names: list[str]) -> dict[str, Any]:
    """For each spelling of a choice: no other one. Said as what is allowed or as what is not, whichever is shorter."""
    spelled = [one for group in names.values() for one in group]
    rules: dict[str, Any] = {}
    for group in names.values():
        others = [one for one in spelled if one not in group]
        allowed = [one for one in all_names if one not in others]
        if len(allowed) < len(others):
            rule: dict[str, Any] = {"propertyNames": {"enum": allowed}}
        else:
            rule = {"properties": dict.fromkeys(others, False)}
        for one in group:
            rules[one] = rule
    return rules


def build() -> dict[str, Any]:
    """The whole document."""
    codes = json.loads(CODES.read_text(encoding="utf-8"))
    builder = Builder(codes)
    for name in TYPES:
        builder.add(model(name), name)
    document = builder.run()
    unused = sorted(set(codes) - builder.used)
    if unused:
        raise SystemExit(f"codes for elements that are not reached: {unused}")
    return document


def text() -> str:
    """The file's text: one definition a line, so that a change can be read."""
    document = build()
    lines = [f"{json.dumps(name)}:{json.dumps(rule, separators=(',', ':'))}" for name, rule in document["$defs"].items()]
    return f'{{"$schema":{json.dumps(document["$schema"])},"$defs":{{\n' + ",\n".join(lines) + "\n}}\n"


if __name__ == "__main__":
    made = text()
    if "--check" in sys.argv:
        sys.exit(0 if TARGET.exists() and TARGET.read_text(encoding="utf-8") == made else 1)
    TARGET.write_text(made, encoding="utf-8")
    print(f"{TARGET.relative_to(ROOT)}: {len(made):,} characters")
