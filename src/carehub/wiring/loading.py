"""Find adapter folders, import each by path, check its manifest. A bad one stops the process at start, naming file and key."""

from __future__ import annotations

import importlib
import importlib.util
import os
import sys
from collections.abc import Iterator
from importlib.metadata import EntryPoint, entry_points
from pathlib import Path
from types import ModuleType

from carehub.feeds.adapter import Adapter, overlay, whole
from carehub.feeds.catalogue import Catalogue
from carehub.feeds.manifest import BadManifest, read_manifest

_PACKAGE = Path(__file__).resolve().parents[1]

# An installed package offers its adapter under this group: name = "package.of.the.folder", whose last part is the adapter's name.
GROUP = "carehub.adapters"
# What a list of folders may hold beside folders, and what it is when nobody says.
SHIPPED, INSTALLED = "shipped", "installed"
# What an adapter.py may define beyond map_message, and what stands in for it.
_OPTIONAL = ("split_stream", "fields", "without", "counts")


def shipped_adapters() -> Path:
    """The adapters folder inside the wheel, else the one beside src in a checkout."""
    inside = _PACKAGE / "_adapters"
    return inside if inside.is_dir() else _PACKAGE.parents[1] / "adapters"


def shipped_cast() -> Path:
    """The demo's invented people inside the wheel, else fixtures/cast in a checkout."""
    inside = _PACKAGE / "_cast"
    return inside if inside.is_dir() else _PACKAGE.parents[1] / "fixtures" / "cast"


def shipped_caseload() -> Path:
    """The people of the demonstration's caseload inside the wheel, else fixtures/demo in a checkout."""
    inside = _PACKAGE / "_demo"
    return inside if inside.is_dir() else _PACKAGE.parents[1] / "fixtures" / "demo"


def load_adapters(places: Path | str | None = None) -> Catalogue:
    """Every adapter in the places listed, by default the shipped ones and those of installed packages. Raises BadManifest.

    places: folders parted as in PATH, each an adapter's own or one that holds adapters; the words "shipped" and "installed" stand for the
    defaults, so "shipped:installed:/srv/adapters" adds to them. Two adapters of one name are refused.
    """
    folders = list(dict.fromkeys(adapter_places(places)))
    try:
        return Catalogue(load_adapter(folder) for folder in folders)
    except ValueError as error:
        if isinstance(error, BadManifest):
            raise
        raise BadManifest(f"{' '.join(str(folder.parent) for folder in folders)}: {error}") from error


def adapter_places(places: Path | str | None = None) -> Iterator[Path]:
    """The adapter folders in the places listed (see load_adapters). Raises BadManifest for a place that is not there."""
    for place in str(places or f"{SHIPPED}{os.pathsep}{INSTALLED}").split(os.pathsep):
        if place == INSTALLED:
            yield from (_installed(entry) for entry in sorted(entry_points(group=GROUP), key=lambda entry: entry.name))
            continue
        folder = shipped_adapters() if place == SHIPPED else Path(place)
        if not folder.is_dir():
            raise BadManifest(f"{folder}: there is no such folder of adapters")
        yield from [folder] if (folder / "manifest.toml").is_file() else sorted(path.parent for path in folder.glob("*/manifest.toml"))


def load_adapter(folder: Path) -> Adapter:
    """One adapter by path. Raises BadManifest when its manifest is wrong, its name is not its folder's, or map_message is missing."""
    folder = folder.resolve()
    path = folder / "manifest.toml"
    if not path.is_file():
        raise BadManifest(f"{path}: there is no such file")
    manifest = read_manifest(path.read_text(encoding="utf-8"), where=str(path))
    if manifest.name != folder.name:
        raise BadManifest(f"{path}: name: {manifest.name!r} is not the folder's name {folder.name!r}")
    module = _import(folder, manifest.name)
    if not callable(getattr(module, "map_message", None)):
        raise BadManifest(f"{folder / 'adapter.py'}: map_message: missing")
    optional = {name: getattr(module, name) for name in _OPTIONAL if hasattr(module, name)}
    return Adapter(manifest, module.map_message, getattr(module, "split", whole), getattr(module, "revise", overlay), **optional)


def _installed(entry: EntryPoint) -> Path:
    """The folder of an installed package's adapter, found without running the package."""
    spec = importlib.util.find_spec(entry.module)
    where = next(iter(spec.submodule_search_locations or ()), None) if spec else None
    if where is None:
        raise BadManifest(f"entry point {entry.name} of {GROUP}: {entry.value} is no package")
    return Path(where)


def _import(folder: Path, name: str) -> ModuleType:
    """Import folder/adapter.py as carehub_adapters.<name>.adapter, so that its relative imports and its tables work wherever it lies."""
    package = f"carehub_adapters.{name}"
    for loaded in [key for key in sys.modules if key == package or key.startswith(package + ".")]:
        del sys.modules[loaded]
    _package("carehub_adapters", folder.parent)
    _package(package, folder)
    importlib.invalidate_caches()
    try:
        return importlib.import_module(f"{package}.adapter")
    except ModuleNotFoundError as error:
        raise BadManifest(f"{folder / 'adapter.py'}: cannot be imported: no module {error.name}") from error
    except ImportError as error:
        raise BadManifest(f"{folder / 'adapter.py'}: cannot be imported: {error.msg}") from error
    except SyntaxError as error:
        raise BadManifest(f"{error.filename}: line {error.lineno}: {error.msg}") from error


def _package(name: str, folder: Path) -> None:
    """A package over a folder, with or without an __init__.py in it."""
    spec = importlib.util.spec_from_file_location(name, folder / "__init__.py", submodule_search_locations=[str(folder)])
    if spec is None or spec.loader is None:
        raise BadManifest(f"{folder}: cannot be imported")
    package = importlib.util.module_from_spec(spec)
    sys.modules[name] = package
    if (folder / "__init__.py").is_file():
        spec.loader.exec_module(package)
