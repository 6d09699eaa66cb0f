"""Request times of every process of a machine, in files that they share: each process writes its own, and whoever is asked adds them up."""

from __future__ import annotations

import os
import threading
import weakref
from bisect import bisect_left
from contextlib import suppress
from pathlib import Path
from typing import Any

from prometheus_client import CollectorRegistry
from prometheus_client.mmap_dict import MmapedDict, mmap_key
from prometheus_client.multiprocess import MultiProcessCollector

BOUNDS = (0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 5.0, 10.0, 30.0)
_NAME = "carehub_http_request_duration_seconds"
_WORDS = "How long requests took, by route, method and class of status, of all processes of this machine."
_LABELS = ["route", "method", "status"]
_BOUNDS = [*(str(bound) for bound in BOUNDS), "+Inf"]


class FileTimes:
    """carehub.api.request_times.Times, in files of prometheus-client's multiprocess form. folder: is made, for its owner only. A process that ends leaves its
    file, so that no count ever falls; the first one to start when none is left begins anew."""

    def __init__(self, folder: Path) -> None:
        folder.mkdir(parents=True, exist_ok=True)
        folder.chmod(0o700)
        self._folder = folder
        self._lock = threading.Lock()
        self._held: tuple[int, Any, dict[str, float]] | None = None
        self._keys: dict[tuple[str, str, str], tuple[str, list[str]]] = {}
        _forget_the_dead(folder)

    def observe(self, route: str, method: str, status: str, seconds: float) -> None:
        with self._lock:
            _, kept, values = self._mine()
            total, buckets = self._key(route, method, status)
            for key, more in ((total, seconds), (buckets[bisect_left(BOUNDS, seconds)], 1.0)):
                if key not in values:
                    values[key] = kept.read_value(key)[0]
                values[key] += more
                kept.write_value(key, values[key], 0.0)

    def told(self, registry: CollectorRegistry) -> None:
        MultiProcessCollector(registry, path=str(self._folder))  # type: ignore[no-untyped-call]

    def _mine(self) -> tuple[int, Any, dict[str, float]]:
        """The file of this process: another one after a fork."""
        if self._held is None or self._held[0] != os.getpid():
            path = self._folder / f"histogram_{os.getpid()}.db"
            kept: Any = MmapedDict(str(path))  # type: ignore[no-untyped-call]
            weakref.finalize(self, kept.close)
            self._held = os.getpid(), kept, {}
        return self._held

    def _key(self, *values: str) -> tuple[str, list[str]]:
        route, method, status = values
        found = self._keys.get((route, method, status))
        if found is None:
            total = mmap_key(_NAME, f"{_NAME}_sum", _LABELS, list(values), _WORDS)
            made = [mmap_key(_NAME, f"{_NAME}_bucket", [*_LABELS, "le"], [*values, bound], _WORDS) for bound in _BOUNDS]
            found = self._keys[route, method, status] = total, made
            _, kept, told = self._mine()
            told.update({key: kept.read_value(key)[0] for key in (total, *made)})  # so that each bucket is there from the first request on
        return found


def _forget_the_dead(folder: Path) -> None:
    files = {path: path.stem.partition("_")[2] for path in folder.glob("histogram_*.db")}
    if not any(pid.isdigit() and _lives(int(pid)) for pid in files.values()):
        for path in files:
            path.unlink(missing_ok=True)


def _lives(pid: int) -> bool:
    with suppress(PermissionError):
        try:
            os.kill(pid, 0)
        except ProcessLookupError:
            return False
    return True
