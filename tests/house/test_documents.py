"""Settings, verbs, routes, adapters and hazards are each written down, or the run fails."""

from __future__ import annotations

import ast
import re
import tomllib
from collections.abc import Iterator
from pathlib import Path

from house.tree import REAL, Source, Tree, plant

SETTINGS = "src/carehub/wiring/settings.py"
VERBS = "src/carehub/wiring/cli.py"
OPERATIONS = "docs/operations.md"
EXAMPLE = ".env.example"
ROUTES = "docs/api.md"
ADAPTERS = "docs/adapters.md"
HAZARDS = "docs/safety/hazard-log.md"

_VARIABLE = re.compile(r"CAREHUB_[A-Z][A-Z_]*[A-Z]")
_METHODS = {"get", "post", "put", "patch", "delete", "api_route"}
_TEST = re.compile(r"`(tests/[\w/]+\.py)::(\w+)`")


def settings(tree: Tree) -> set[str]:
    """Environment variables the settings class reads: CAREHUB_ and the field's name."""
    source = tree.source(SETTINGS)
    classes = (node for node in source.syntax.body if isinstance(node, ast.ClassDef)) if source else iter(())
    fields = (
        item.target.id
        for node in classes
        if any("BaseSettings" in ast.unparse(base) for base in node.bases)
        for item in node.body
        if isinstance(item, ast.AnnAssign) and isinstance(item.target, ast.Name) and item.target.id != "model_config"
    )
    return {f"CAREHUB_{field.upper()}" for field in fields}


def undocumented_settings(tree: Tree) -> Iterator[str]:
    """Settings missing from the operations page or the example file, and settings described there that nothing reads."""
    if tree.source(SETTINGS):
        read = settings(tree)
        for page in (OPERATIONS, EXAMPLE):
            described = {name for name in _VARIABLE.findall(tree.text(page)) if not name.startswith(("CAREHUB_TEST_", "CAREHUB_REQUIRE_"))}
            yield from (f"{page} does not describe {name}" for name in sorted(read - described))
            yield from (f"{page} describes {name}, which nothing reads" for name in sorted(described - read))


def undocumented_verbs(tree: Tree) -> Iterator[str]:
    """Verbs of the command line that the operations page does not show as `carehub verb`."""
    source = tree.source(VERBS)
    page = tree.text(OPERATIONS)
    for function in source.nodes if source else ():
        for call in _decorators(function, "command"):
            given = call.args[0].value if call.args and isinstance(call.args[0], ast.Constant) else ""
            verb = str(given or getattr(function, "name", "").replace("_", "-"))
            if not re.search(rf"`carehub (?:[a-z-]+ )?{re.escape(verb)}\b", page):
                yield f"{OPERATIONS} does not show carehub {verb}"


def undocumented_routes(tree: Tree) -> Iterator[str]:
    """Paths of the API that the API page does not name."""
    page = tree.text(ROUTES)
    for source in tree.python("src/carehub/api"):
        for path in _paths(source):
            if f"{path}`" not in page and f"{path} " not in page:
                yield f"{source.path}: {ROUTES} does not name {path}"


def _paths(source: Source) -> Iterator[str]:
    for node in source.nodes:
        for call in _decorators(node, *_METHODS):
            if call.args and isinstance(call.args[0], ast.Constant) and str(call.args[0].value).startswith("/"):
                yield str(call.args[0].value)
        if isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute) and node.func.attr in {"add_api_route", "add_route"}:
            yield from (str(a.value) for a in node.args[:1] if isinstance(a, ast.Constant))


def _decorators(node: ast.AST, *names: str) -> Iterator[ast.Call]:
    if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef):
        for call in node.decorator_list:
            if isinstance(call, ast.Call) and isinstance(call.func, ast.Attribute) and call.func.attr in names:
                yield call


def undocumented_adapters(tree: Tree) -> Iterator[str]:
    """Adapter folders without a manifest, without a README that names known gaps, or whose CHANGES stops short of the mapping version."""
    for name in sorted({path.parts[1] for path in tree.under("adapters") if len(path.parts) > 2}):
        folder = f"adapters/{name}"
        manifest = tree.text(f"{folder}/manifest.toml")
        if not manifest:
            yield f"{folder} has no manifest.toml"
            continue
        version = tomllib.loads(manifest).get("mapping_version")
        if not re.search(r"(?mi)^#+ .*known gaps", tree.text(f"{folder}/README.md")):
            yield f"{folder}/README.md has no heading on known gaps"
        entries = re.findall(r"(?m)^#+ \D*(\d+)", tree.text(f"{folder}/CHANGES.md"))
        if entries[:1] != [str(version)]:
            yield f"{folder}/CHANGES.md does not begin with mapping version {version}"
        if f"`{name}`" not in tree.text(ADAPTERS):
            yield f"{ADAPTERS} does not name the adapter `{name}`"


def unproved_hazards(tree: Tree) -> Iterator[str]:
    """Hazards that name no test, and tests named there that do not exist."""
    for line in tree.text(HAZARDS).splitlines():
        row = re.match(r"\| (H-\d+) ", line)
        if row:
            named = _TEST.findall(line)
            if not named:
                yield f"{HAZARDS}: {row[1]} names no test"
            for path, test in named:
                source = tree.source(path)
                if not source or not re.search(rf"(?m)^\s*(?:async )?def {test}\b", source.text):
                    yield f"{HAZARDS}: {row[1]} names {path}::{test}, which does not exist"


def test_every_setting_is_documented() -> None:
    assert "\n".join(undocumented_settings(REAL)) == ""


def test_every_verb_is_documented() -> None:
    assert "\n".join(undocumented_verbs(REAL)) == ""


def test_every_route_is_documented() -> None:
    assert "\n".join(undocumented_routes(REAL)) == ""


def test_every_adapter_is_documented() -> None:
    assert "\n".join(undocumented_adapters(REAL)) == ""


def test_every_hazard_names_its_test() -> None:
    assert has_hazards(REAL)
    assert "\n".join(unproved_hazards(REAL)) == ""


def has_hazards(tree: Tree) -> bool:
    return bool(re.search(r"(?m)^\| H-\d+ ", tree.text(HAZARDS)))


def test_planted_settings_and_verbs_are_caught(tmp_path: Path) -> None:
    tree = plant(
        tmp_path,
        {
            SETTINGS: "class Settings(BaseSettings):\n    model_config = 1\n    host: str = ''\n    port: int = 8000",
            VERBS: "@app.command()\ndef serve(): ...\n@db.command('upgrade')\ndef up(): ...\n@app.command()\ndef sweep(): ...",
            OPERATIONS: "`CAREHUB_HOST` `carehub serve` `carehub db upgrade`",
            EXAMPLE: "CAREHUB_HOST=\nCAREHUB_PORT=\nCAREHUB_GONE=",
        },
    )
    assert list(undocumented_settings(tree)) == [
        f"{OPERATIONS} does not describe CAREHUB_PORT",
        f"{EXAMPLE} describes CAREHUB_GONE, which nothing reads",
    ]
    assert list(undocumented_verbs(tree)) == [f"{OPERATIONS} does not show carehub sweep"]


def test_a_planted_route_is_caught(tmp_path: Path) -> None:
    code = "@router.get('/health/live')\ndef live(): ...\n@router.post('/feeds/{feed}')\nasync def post(): ...\napp.add_api_route('/x', f)"
    tree = plant(tmp_path, {"src/carehub/api/a.py": code, ROUTES: "| `GET /health/live` |"})
    assert [line.split()[-1] for line in undocumented_routes(tree)] == ["/feeds/{feed}", "/x"]


def test_planted_adapters_are_caught(tmp_path: Path) -> None:
    tree = plant(
        tmp_path,
        {
            "adapters/bare/adapter.py": "",
            "adapters/gp/manifest.toml": "mapping_version = 2",
            "adapters/gp/README.md": "# GP\n\nNo known gaps.",
            "adapters/gp/CHANGES.md": "# Changes\n\n## Mapping version 1\n",
        },
    )
    assert list(undocumented_adapters(tree)) == [
        "adapters/bare has no manifest.toml",
        "adapters/gp/README.md has no heading on known gaps",
        "adapters/gp/CHANGES.md does not begin with mapping version 2",
        f"{ADAPTERS} does not name the adapter `gp`",
    ]


def test_planted_hazards_are_caught(tmp_path: Path) -> None:
    log = "| H-01 | merged | `tests/a/test_a.py::test_real` |\n| H-02 | split | none |\n| H-03 | late | `tests/a/test_a.py::test_gone` |"
    tree = plant(tmp_path, {HAZARDS: log, "tests/a/test_a.py": "def test_real(): ..."})
    assert list(unproved_hazards(tree)) == [
        f"{HAZARDS}: H-02 names no test",
        f"{HAZARDS}: H-03 names tests/a/test_a.py::test_gone, which does not exist",
    ]
