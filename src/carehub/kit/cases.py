"""An adapter's folder as its contract sees it: manifest, words, and cases/<slug>/message.* with expected.json or rejected.json."""

from __future__ import annotations

from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from carehub.feeds.coverage import FieldUse, read_uses
from carehub.feeds.manifest import Manifest, read_manifest
from carehub.feeds.message import Message

# Case messages are mapped as if they came at this moment. It is never part of what a source said.
RECEIVED_AT = "2026-11-22T06:10:00.000Z"


class BadCase(ValueError):
    """A case folder that cannot be used. The message names the folder and what is wrong with it."""


@dataclass(frozen=True, slots=True)
class Case:
    """One message written for the adapter, and what becomes of it.

    slug: the folder's name. message: of the feed that feed.txt in the folder names, by default the adapter's first. golden: the text of
    expected.json (the Mapped, see golden.py) or of rejected.json; "" when neither is written yet. rejected: True when the adapter must
    refuse the message.
    """

    slug: str
    message: Message
    golden: str
    rejected: bool


@dataclass(frozen=True, slots=True)
class AdapterFolder:
    """One adapter's folder, read. readme and changes are "" where the file is absent.

    uses: the rows of fields.csv, None where there is none. modules: the adapter's Python files by path in the folder, with their text.
    """

    name: str
    manifest: Manifest
    readme: str
    changes: str
    cases: tuple[Case, ...]
    uses: tuple[FieldUse, ...] | None = None
    modules: tuple[tuple[str, str], ...] = ()


def adapter_folders(root: Path) -> list[Path]:
    """Folders below `root` that hold a manifest.toml, sorted by name."""
    return sorted(path.parent for path in root.glob("*/manifest.toml"))


def read_folder(folder: Path) -> AdapterFolder:
    """Read everything the contract needs. Raises BadManifest, BadCase, BadFields, or OSError when the folder is not there."""
    manifest = read_manifest(_text(folder / "manifest.toml"), where=str(folder / "manifest.toml"))
    cases = tuple(_case(path, manifest) for path in sorted(folder.glob("cases/*/")))
    listed = folder / "fields.csv"
    uses = read_uses(_text(listed), where=str(listed)) if listed.exists() else None
    modules = tuple((path.relative_to(folder).as_posix(), _text(path)) for path in sorted(folder.glob("**/*.py")))
    return AdapterFolder(folder.resolve().name, manifest, _text(folder / "README.md"), _text(folder / "CHANGES.md"), cases, uses, modules)


def message(
    manifest: Manifest, body: bytes, *, feed: str = "", name: str = "case", position: int = 1, received_at: str = RECEIVED_AT
) -> Message:
    """A message with this body, outside any log, of the feed called `feed` (without the adapter's name) or of the first one."""
    return Message(name, position, name, 0, f"{manifest.name}/{feed or manifest.feeds[0].name}", received_at, body)


def again(case: Case, body: bytes, **changes: Any) -> Message:
    """The case's message with another body, and on request another id, place in the log or time of receipt."""
    return replace(case.message, body=body, **changes)


def _case(folder: Path, manifest: Manifest) -> Case:
    bodies = sorted(folder.glob("message.*"))
    if len(bodies) != 1:
        raise BadCase(f"{folder}: {len(bodies)} files are called message.*; a case has one")
    expected, rejected = folder / "expected.json", folder / "rejected.json"
    if expected.exists() and rejected.exists():
        raise BadCase(f"{folder}: expected.json and rejected.json cannot both be right")
    feed = _text(folder / "feed.txt").strip()
    if feed and feed not in {one.name for one in manifest.feeds}:
        raise BadCase(f"{folder}: feed.txt names {feed!r}, which the manifest does not declare")
    told = message(manifest, bodies[0].read_bytes(), feed=feed, name=folder.name)
    return Case(folder.name, told, _text(expected) or _text(rejected), rejected.exists())


def _text(path: Path) -> str:
    return path.read_text(encoding="utf-8") if path.exists() else ""
