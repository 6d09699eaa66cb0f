"""The generators of fixtures/, which lie outside the package: imported from the repository's root."""

from __future__ import annotations

import sys
from collections.abc import Callable
from importlib import import_module
from pathlib import Path
from typing import Any

ROOT = Path(__file__).resolve().parents[3]
if str(ROOT) not in sys.path:
    sys.path.append(str(ROOT))

GENERATORS: dict[str, Callable[..., Any]] = import_module("fixtures.generators.__main__").GENERATORS
