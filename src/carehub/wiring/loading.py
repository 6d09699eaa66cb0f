"""Find adapter folders, import each by path, check its manifest. A bad one stops the process at start, naming file and key."""

from __future__ import annotations

import importlib
import importlib.util
import sys
from pathlib import Path
from types import ModuleType

from carehub.feeds.adapter import Adapter, overlay, whole
from carehub.feeds.catalogue import Catalogue
from carehub.feeds.manifest import BadManifest, read_manifest

_PACKAGE = Path(__file__).resolve().parents[1]


def shipped_adapters() -> Path:
    """The adapters folder inside the wheel, else the one beside src in a checkout."""
    inside = _PACKAGE / "_adapters"
    return inside if inside.is_dir() else _PACKAGE.parents[1] / "adapters"


def shipped_cast() -> Path:
    """The demo's invented people inside the wheel, else fixtures/cast in a checkout."""
    inside = _PACKAGE / "_cast"
    return inside if inside.is_dir() else _PACKAGE.parents[1] / "fixtures" / "cast"


def load_adapters(folder: Path | None = None) -> Catalogue:
    """Every adapter folder (one that has a manifest.toml) under `folder`, by default the shipped ones. Raises BadManifest."""
    root = folder or shipped_adapters()
    return Catalogue(load_adapter(path.parent) for path in sorted(root.glob("*/manifest.toml")))


def load_adapter(folder: Path) -> Adapter:
    """One adapter by path. Raises BadManifest when its manifest is wrong, its name is not its folder's, or map_message is missing."""
    path = folder / "manifest.toml"
    manifest = read_manifest(path.read_text(encoding="utf-8"), where=str(path))
    if manifest.name != folder.name:
        raise BadManifest(f"{path}: name: {manifest.name!r} is not the folder's name {folder.name!r}")
    module = _import(folder, manifest.name)
    if not callable(getattr(module, "map_message", None)):
        raise BadManifest(f"{folder / 'adapter.py'}: map_message: missing")
    optional = {name: getattr(module, name, None) for name in ("fields", "without", "counts")}
    return Adapter(manifest, module.map_message, getattr(module, "split", whole), getattr(module, "revise", overlay), **optional)


def _import(folder: Path, name: str) -> ModuleType:
    """Import folder/adapter.py as carehub_adapters.<name>.adapter, so that its relative imports and its tables work wherever it lies."""
    package = f"carehub_adapters.{name}"
    for loaded in [key for key in sys.modules if key == package or key.startswith(package + ".")]:
        del sys.modules[loaded]
    _package("carehub_adapters", folder.parent)
    _package(package, folder)
    try:
        return importlib.import_module(f"{package}.adapter")
    except ModuleNotFoundError as error:
        raise BadManifest(f"{folder / 'adapter.py'}: cannot be imported: no module {error.name}") from error


def _package(name: str, folder: Path) -> None:
    """A package over a folder, with or without an __init__.py in it."""
    spec = importlib.util.spec_from_file_location(name, folder / "__init__.py", submodule_search_locations=[str(folder)])
    if spec is None or spec.loader is None:
        raise BadManifest(f"{folder}: cannot be imported")
    package = importlib.util.module_from_spec(spec)
    sys.modules[name] = package
    if (folder / "__init__.py").is_file():
        spec.loader.exec_module(package)
