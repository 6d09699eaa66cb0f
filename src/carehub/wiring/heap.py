"""How often a long-lived process looks for garbage."""

from __future__ import annotations

import gc


def seldom_collected() -> None:
    """Let the collector of cycles run less often. For the entry points of processes that work through messages.

    Mapping makes many small dictionaries and no cycles to speak of, and each full collection walks the compiled schemas and code tables again:
    with Python's own thresholds an eighth of an ingest went into that.
    """
    gc.set_threshold(200_000, 20, 100)
