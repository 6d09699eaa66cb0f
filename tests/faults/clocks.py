"""Programs whose clock is wrong: the time of day is another, and the clocks that only count are left alone, as on a computer whose clock was set wrong."""

from __future__ import annotations

import shutil
import subprocess
from pathlib import Path

import pytest

needs_wrong_clocks = pytest.mark.skipif(not shutil.which("gcc"), reason="needs a C compiler")


def wrong_by(seconds: int, folder: Path) -> dict[str, str]:
    """The settings of a program whose clock is ahead by so many seconds, or behind. folder: of this program's clock alone; `set_wrong` sets it while
    the program runs."""
    folder.mkdir(parents=True, exist_ok=True)
    library = folder / "wrong_clock.so"
    subprocess.run(["gcc", "-shared", "-fPIC", "-o", str(library), str(Path(__file__).with_name("wrong_clock.c")), "-ldl"], check=True)
    set_wrong(seconds, folder)
    return {"LD_PRELOAD": str(library), "WRONG_BY": str(folder / "wrong_by")}


def set_wrong(seconds: int, folder: Path) -> None:
    """At once, so that nobody reads half of it."""
    (folder / "new").write_text(str(seconds))
    (folder / "new").rename(folder / "wrong_by")
