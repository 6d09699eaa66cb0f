"""@medplum/hl7, an MLLP server for Node by another product (Apache-2.0): fetched with npm when first needed, and kept among the bench's results."""

from __future__ import annotations

import shutil
import subprocess
from pathlib import Path

from processes import NotAnswering

VERSION = "4.5.2"
_SERVER = Path(__file__).resolve().with_name("doorways_medplum.mjs")
_KEPT = _SERVER.parents[1] / "bench-results" / f"medplum-{VERSION}"


def server(port: int) -> list[str]:
    """The command that acknowledges on a loopback port. Raises NotAnswering, with the reason, where that cannot be had."""
    node = shutil.which("node")
    if node is None:
        raise NotAnswering("node is not installed")
    if not (_KEPT / "node_modules" / "@medplum" / "hl7" / "package.json").exists():
        _fetch()
    return [node, str(_SERVER), str(_KEPT), str(port)]


def _fetch() -> None:
    npm = shutil.which("npm")
    if npm is None:
        raise NotAnswering("npm is not installed, which fetches @medplum/hl7")
    _KEPT.mkdir(parents=True, exist_ok=True)
    options = ["--no-save", "--no-package-lock", "--ignore-scripts", "--no-audit", "--no-fund", "--silent", "--prefix", str(_KEPT)]
    packages = [f"@medplum/{name}@{VERSION}" for name in ("hl7", "core")]
    try:
        subprocess.run([npm, "install", *options, *packages], check=True, capture_output=True, timeout=120)
    except (subprocess.SubprocessError, OSError) as error:
        raise NotAnswering(f"npm could not fetch @medplum/hl7 {VERSION}") from error
