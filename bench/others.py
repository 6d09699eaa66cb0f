"""fhirstarter, a FHIR framework over FastAPI by another project (MIT), and orjson, in a Python of their own: made with pip when first needed, and kept among
the bench's results. They want other versions of what carehub stands on."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from processes import NotAnswering, free_port, running, wait_ready

VERSION = "4.2.0"
_SERVER = Path(__file__).resolve().with_name("others_served.py")
_KEPT = _SERVER.parents[1] / "bench-results" / f"fhirstarter-{VERSION}"


@contextmanager
def served_beside(kind: str, file: Path) -> Iterator[int]:
    """The port of one of others_served.py's servers over a file, once it answers. Raises NotAnswering, with the reason, where that cannot be had."""
    port = free_port()
    with running([_python(), str(_SERVER), kind, str(file), str(port)]) as child:
        wait_ready(child, port, "/")
        yield port


def _python() -> str:
    python = _KEPT / "bin" / "python"
    whole = _KEPT / "whole"
    if not whole.exists():
        commands = (
            [sys.executable, "-m", "venv", str(_KEPT)],
            [str(python), "-m", "pip", "install", "-q", f"fhirstarter=={VERSION}", "orjson", "uvicorn[standard]"],
        )
        try:
            for command in commands:
                subprocess.run(command, check=True, capture_output=True, timeout=600)
        except (subprocess.SubprocessError, OSError) as error:
            raise NotAnswering(f"pip could not fetch fhirstarter {VERSION}") from error
        whole.touch()
    return str(python)
