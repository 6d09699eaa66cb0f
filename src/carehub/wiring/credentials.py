"""The credential files to what the doors look up. A file that cannot be used stops the process at start."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

from carehub.api.requester import SourceCredential
from carehub.governance.requester import Requester
from carehub.tokens.apps import App, read_apps
from carehub.wiring.settings import UnsafeSettings


def read_sources(path: Path | None) -> dict[str, SourceCredential]:
    """{"sha256": {"name", "feeds": […]}} to source credentials; no file means nobody. Raises UnsafeSettings."""
    return {digest: SourceCredential(str(row["name"]), frozenset(row["feeds"])) for digest, row in _rows(path, {"name", "feeds"}).items()}


def read_clients(path: Path | None) -> dict[str, Requester]:
    """{"sha256": {"user", "name", "role", "organisation", "organisation_name", "purpose"}} to requesters. Raises UnsafeSettings."""
    keys = {"user", "name", "role", "organisation", "organisation_name", "purpose"}
    return {digest: Requester(**{key: str(row[key]) for key in keys}) for digest, row in _rows(path, keys).items()}


def read_registered(path: Path | None) -> dict[str, App]:
    """The apps that may get access tokens; no file means none. Raises UnsafeSettings."""
    if path is None:
        return {}
    try:
        return read_apps(json.loads(path.read_text(encoding="utf-8")))
    except (OSError, ValueError, AttributeError, TypeError) as error:
        # What is wrong is said without values: keys may stand there.
        raise UnsafeSettings(f"{path}: {error if type(error) is ValueError else type(error).__name__}") from error


def _rows(path: Path | None, keys: set[str]) -> dict[str, dict[str, Any]]:
    if path is None:
        return {}
    try:
        rows: dict[str, dict[str, Any]] = json.loads(path.read_text(encoding="utf-8"))
    except (OSError, ValueError) as error:
        raise UnsafeSettings(f"{path}: {type(error).__name__}") from error
    for digest, row in rows.items():
        if len(digest) != 64 or not isinstance(row, dict) or set(row) != keys:
            raise UnsafeSettings(f"{path}: every row is a SHA-256 in hex with exactly the keys {sorted(keys)}")
    return rows
