"""Start-up and memory: the command line, the server, and an ingest, beside a bare FastAPI application."""

from __future__ import annotations

import subprocess
import sys
import time
from pathlib import Path

from hubs import folder
from processes import HERE, carehub, environment, free_port, running, wait_ready
from rounds import rotated
from table import Row

_HEAVY = ("fhir.resources", "fastapi", "sqlalchemy", "celery")
_HELP = """
import sys
sys.argv = ["carehub", "--help"]
from carehub.wiring.cli import app
try:
    app()
except SystemExit:
    pass
print("LOADED", [m for m in %r if m in sys.modules], file=sys.stderr)
"""
_INGEST = """
import os, sys
sys.path.insert(0, %r)
import feeds
from hubs import ACUTE, fresh_hub, ingest
from processes import resident
with fresh_hub() as hub:
    ingest(hub, ACUTE, feeds.adt_messages(%d, %d))
    hub.settle()
print(resident(os.getpid(), peak=True))
"""
_BARE = """
import os, sys
sys.path.insert(0, %r)
import fastapi
from processes import resident
print(resident(os.getpid(), peak=True))
"""


def start_rows(rounds: int) -> list[Row]:
    """Row 6."""
    with folder() as made:
        _serve(made)
        return _rows(made, rounds)


def _rows(made: Path, rounds: int) -> list[Row]:
    found = rotated(
        {
            "help": lambda: _took([carehub(), "--help"]),
            "import": lambda: _took([sys.executable, "-c", "import fastapi"]),
            "first": _first,
            "serve": lambda: _serve(made),
            "bare": _bare,
        },
        rounds,
    )
    loaded = help_loads()
    remark = "--help imports none of " + ", ".join(_HEAVY) if not loaded else "--help IMPORTS " + ", ".join(loaded)
    return [
        Row("carehub --help", "s", found["help"], "python -c 'import fastapi'", found["import"], "G17", (3, 2), "lower", remark=remark),
        Row("--help imports of heavy packages", "packages", [len(loaded)], goal="G17", limits=(0, 0), better="lower", on_ratio=False),
        Row("carehub serve to first /health/ready", "s", found["serve"], "bare FastAPI under uvicorn", found["bare"], "G17", (3, 2), "lower"),
        Row("the same, in an empty folder", "s", found["first"], "bare FastAPI under uvicorn", found["bare"], better="lower",
            remark="makes three databases first"),
    ]  # fmt: skip


def help_loads() -> list[str]:
    """Which heavy packages `carehub --help` imports."""
    done = subprocess.run([sys.executable, "-c", _HELP % (_HEAVY,)], capture_output=True, text=True, check=True)
    listed = done.stderr.rpartition("LOADED ")[2].strip()
    return [name for name in _HEAVY if repr(name) in listed]


def _took(command: list[str]) -> float:
    started = time.perf_counter()
    subprocess.run(command, stdout=subprocess.DEVNULL, check=True)
    return time.perf_counter() - started


def _first() -> float:
    with folder() as place:
        return _serve(place)


def _serve(place: Path) -> float:
    port = free_port()
    started = time.perf_counter()
    with running([carehub(), "serve"], environment(place, port)) as child:
        wait_ready(child, port, "/health/ready")
        return time.perf_counter() - started


def _bare() -> float:
    with folder() as place:
        port = free_port()
        started = time.perf_counter()
        with running([sys.executable, str(HERE / "served.py"), "bare", str(place), str(port)]) as child:
            wait_ready(child, port, "/health/ready")
            return time.perf_counter() - started


def ingest_memory_rows(messages: int) -> list[Row]:
    """The ingest's part of row 7: peak memory of a process that stores, maps, reconciles and assembles so many ADT messages."""
    ours = _printed(_INGEST % (str(HERE), messages, messages // 4))
    return [
        Row(f"Peak memory of an ingest of {messages:,} ADT", "MB", [ours], "import fastapi", [_printed(_BARE % str(HERE))], better="lower")
    ]


def _printed(program: str) -> float:
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=True)
    return float(done.stdout.strip().splitlines()[-1])
