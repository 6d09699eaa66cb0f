"""Who may import whom: lower floors only, third parties only where the table names them, adapters only what they are given."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from house.imports import imports
from house.tree import REAL, Source, Tree, plant

FLOORS = {
    "terms": 0,
    "fhir": 1,
    "feeds": 2,
    "identity": 2,
    "careplan": 2,
    "caseload": 2,
    "governance": 3,
    "kit": 3,
    "store": 4,
    "outside": 4,
    "tokens": 5,
    "hub": 5,
    "intake": 6,
    "api": 6,
    "web": 6,
    "workers": 6,
    "wiring": 7,
}

# Room, or the one file of a room, to the packages it may import beside the standard library.
THIRD_PARTIES: dict[str, set[str]] = {
    "terms": {"nhs_number", "phonenumbers"},
    "fhir": {"fhirpathpy", "jsonschema_rs"},
    "fhir.models": {"fhir", "fhir_core", "pydantic"},
    "fhir.canonical": {"msgspec"},
    "feeds.manifest": {"pydantic"},
    "feeds.formats.xml": {"defusedxml"},
    "identity": {"rapidfuzz", "nicknames", "phonenumbers"},
    "store": {"sqlalchemy", "alembic", "psycopg"},
    "outside": {"httpcore", "httpx", "stamina", "standardwebhooks"},
    "tokens": {"joserfc"},
    "intake": {"hl7"},
    "api": {"fastapi", "starlette", "fastapi_offline", "uvicorn", "pydantic"},
    "api.throttling": {"starlette", "limits"},
    "api.metrics": {"fastapi", "starlette", "prometheus_client"},
    "web": {"fastapi", "starlette", "jinja2", "markupsafe", "itsdangerous", "nhsuk_frontend_jinja"},
    "workers": {"celery", "kombu"},
}

# The hub's verbs take ports as arguments: of the floor below they know the protocols and the values, never an implementation.
HUB_KNOWS = (
    *("store.ports", "store.stored", "store.streaming", "store.stepping", "store.subscribing", "store.auditing", "store.trying"),
    *("store.planning", "store.exporting", "store.disposing"),
)
# Whatever could tell somebody outside what the hub does is in one room, so that what is told is decided in one place.
TELLING, ITS_PACKAGES = "wiring.telemetry.", frozenset({"opentelemetry"})
GIVEN_TO_ADAPTERS = ("terms", "fhir", "feeds")


def broken_floors(tree: Tree) -> Iterator[str]:
    """Every import in src/carehub that the floors do not allow."""
    for source in tree.python("src/carehub"):
        if source.room and source.room not in FLOORS:
            yield f"{source.path}: {source.room} is on no floor"
        elif source.room and source.room != "wiring":
            for line, name in imports(source):
                complaint = _ours(source, name) if name.startswith("carehub.") else _theirs(source, name)
                if complaint:
                    yield f"{source.path}:{line}: {complaint}"


def _ours(source: Source, name: str) -> str:
    wanted = name.split(".")[1]
    if wanted == source.room or wanted not in FLOORS:
        return ""
    if FLOORS[wanted] >= FLOORS[source.room]:
        return f"{source.room} may not import {wanted}"
    inside = name.removeprefix("carehub.")
    if source.room == "hub" and FLOORS[wanted] == 4 and not any(inside == known or inside.startswith(f"{known}.") for known in HUB_KNOWS):
        return f"hub may not import {inside}: ports are arguments"
    if FLOORS[source.room] == 6 and FLOORS[wanted] == 4:
        return f"{source.room} is a door and may not import {wanted}"
    return ""


def _theirs(source: Source, name: str) -> str:
    package = name.split(".")[0]
    if package in sys.stdlib_module_names or package == "carehub":
        return ""
    allowed = THIRD_PARTIES.get(source.room, set()) | THIRD_PARTIES.get(source.module(), set())
    return "" if package in allowed else f"{source.module()} may not import {package}"


def told_elsewhere(tree: Tree) -> Iterator[str]:
    """Every import of OpenTelemetry outside its one room."""
    for source in tree.python("src/carehub", "adapters"):
        for line, name in imports(source):
            if name.split(".")[0] in ITS_PACKAGES and not source.module().startswith(TELLING):
                yield f"{source.path}:{line}: {source.module()} may not import {name}"


def broken_adapters(tree: Tree) -> Iterator[str]:
    """Every import in adapters/ beyond the standard library, the three rooms given to adapters and the adapter's own folder."""
    for source in tree.python("adapters"):
        for line, name in imports(source):
            parts = name.split(".")
            ours = parts[0] == "carehub" and len(parts) > 1 and parts[1] in GIVEN_TO_ADAPTERS
            own = parts[:2] == ["adapters", source.adapter] and _is_relative(source, line)
            collector = source.path.name == "collector.py" and parts[0] == "httpx"
            if not (ours or own or collector or parts[0] in sys.stdlib_module_names):
                yield f"{source.path}:{line}: an adapter may not import {name}"


def _is_relative(source: Source, line: int) -> bool:
    """An adapter is loaded by path, under a name of the hub's choosing, so it can name its own modules only relatively."""
    return source.text.splitlines()[line - 1].lstrip().startswith("from .")


def test_rooms_import_lower_floors_only() -> None:
    assert "\n".join(broken_floors(REAL)) == ""


def test_spans_leave_by_one_room() -> None:
    assert "\n".join(told_elsewhere(REAL)) == ""


@pytest.mark.parametrize(
    "path", ["src/carehub/wiring/serving.py", "src/carehub/hub/spans.py", "src/carehub/api/app.py", "adapters/gp/collector.py"]
)
def test_a_planted_span_is_caught(tmp_path: Path, path: str) -> None:
    tree = plant(
        tmp_path, {path: "def f():\n    from opentelemetry import trace", "src/carehub/wiring/telemetry/a.py": "import opentelemetry"}
    )
    assert len(list(told_elsewhere(tree))) == 1


def test_adapters_import_only_what_they_are_given() -> None:
    assert "\n".join(broken_adapters(REAL)) == ""


@pytest.mark.parametrize(
    ("path", "text"),
    [
        ("terms/a.py", "import carehub.fhir.gate"),
        ("terms/a.py", "def f():\n    from carehub.hub import sweep"),
        ("fhir/gate.py", "from fhir.resources.R4B.patient import Patient"),
        ("fhir/gate.py", "import msgspec"),
        ("fhir/models.py", "import msgspec"),
        ("feeds/a.py", "from carehub.identity.links import Link"),
        ("feeds/adapter.py", "import pydantic"),
        ("careplan/reading/a.py", "from ...identity import links"),
        ("careplan/a.py", "from carehub import governance"),
        ("governance/a.py", "import rapidfuzz"),
        ("governance/a.py", "from carehub.kit import checks"),
        ("store/a.py", "import carehub.outside.http"),
        ("hub/a.py", "from carehub.store.memory import MemoryStore"),
        ("hub/a.py", "from carehub.outside import pds"),
        ("hub/a.py", "import sqlalchemy"),
        ("api/a.py", "from carehub.store.ports import Plans"),
        ("web/a.py", "from carehub.api.outcomes import STATUS"),
        ("workers/a.py", "import redis"),
        ("cupboard/a.py", ""),
    ],
)
def test_a_planted_import_is_caught(tmp_path: Path, path: str, text: str) -> None:
    assert len(list(broken_floors(plant(tmp_path, {f"src/carehub/{path}": text})))) == 1


def test_lower_floors_and_named_packages_pass(tmp_path: Path) -> None:
    tree = plant(
        tmp_path,
        {
            "src/carehub/fhir/canonical.py": "import json\nimport msgspec\nfrom carehub.terms.refs import RecordRef\nfrom carehub import __version__",
            "src/carehub/hub/sweep.py": "from carehub.store.ports import MessageLog\nfrom carehub.store import stored",
            "src/carehub/wiring/bootstrap.py": "import celery\nfrom carehub.store.memory import MemoryStore",
            "src/carehub/careplan/reading/a.py": "from . import b\nfrom ..plan import Entry",
        },
    )
    assert list(broken_floors(tree)) == []


@pytest.mark.parametrize(
    "text",
    [
        "from carehub.identity.links import Link",
        "import carehub.store.ports",
        "import httpx",
        "from ..acute import patient",
        "from ...src import carehub",
        "import adapters.gp.patient",
        "from adapters.gp import patient",
        "import pydantic",
    ],
)
def test_a_planted_adapter_import_is_caught(tmp_path: Path, text: str) -> None:
    assert len(list(broken_adapters(plant(tmp_path, {"adapters/gp/adapter.py": text})))) == 1


def test_an_adapter_may_use_the_three_rooms_and_itself(tmp_path: Path) -> None:
    text = "import csv\nfrom carehub.feeds.mapped import Mapped\nfrom . import patient\nfrom .patient import read"
    tree = plant(tmp_path, {"adapters/gp/adapter.py": text, "adapters/gp/collector.py": "import httpx"})
    assert list(broken_adapters(tree)) == []
