"""NHS EDIFACT results: laboratory reports (MEDRPT NHS002 to NHS004) and radiology reports (NHSRSR)."""

from __future__ import annotations

from .acknowledge import Verdict, acknowledge
from .message import map_message, split

__all__ = ["Verdict", "acknowledge", "map_message", "split"]
