"""The generated schema: it is what its generator writes, and its codes are no fewer than the models know."""

from __future__ import annotations

import importlib.util
import json
from pathlib import Path
from typing import Any

import pytest

from carehub.fhir import models, r4

ROOT = Path(__file__).resolve().parents[3]


@pytest.fixture
def generator(monkeypatch: pytest.MonkeyPatch) -> Any:
    monkeypatch.syspath_prepend(str(ROOT / "tools"))
    spec = importlib.util.spec_from_file_location("make_schema", ROOT / "tools" / "make_schema.py")
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def test_the_file_is_what_the_generator_writes(generator: Any) -> None:
    assert generator.TARGET.read_text(encoding="utf-8") == generator.text()


def test_every_required_code_list_holds_what_the_models_name() -> None:
    """The models name the codes of a list in its short text, often cut off with "+": what they name must be there."""
    table = json.loads((ROOT / "tools" / "r4_required_codes.json").read_text(encoding="utf-8"))
    compared = 0
    for path, codes in table.items():
        holder, _, name = path.rpartition(".")
        if "." in holder or not isinstance(codes, list):
            continue
        fields = models.model(holder).model_fields
        field = next(f for key, f in fields.items() if (f.alias or key) == name)
        named = {code for code in (field.json_schema_extra or {}).get("enum_values", ()) if code.strip("+. ") == code}
        assert named <= set(codes), path
        compared += bool(named)
    assert compared > 60


def test_every_reference_in_the_schema_leads_somewhere() -> None:
    known = r4.definitions()
    used = set()

    def walk(value: Any) -> None:
        if isinstance(value, dict):
            if isinstance(value.get("$ref"), str):
                used.add(value["$ref"].removeprefix("#/$defs/"))
            for part in value.values():
                walk(part)
        elif isinstance(value, list):
            for part in value:
                walk(part)

    walk(known)
    assert used <= known.keys()
    assert len(r4.types()) > 46


def test_what_r4_does_not_have_is_not_in_it() -> None:
    assert not r4.names() & models.NOT_R4_ELEMENTS
    assert not r4.types() & models.NOT_R4_TYPES
