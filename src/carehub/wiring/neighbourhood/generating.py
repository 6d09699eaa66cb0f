"""Write a town with the generator of fixtures/generators/town, which an installed carehub carries with it."""

from __future__ import annotations

import importlib
import json
import sys
import time
from pathlib import Path

from carehub.wiring.identity_bench.labelled import neighbourhood_package
from carehub.wiring.progress import advancing
from carehub.wiring.settings import UnsafeSettings


def generate(folder: Path, *, people: int, complex: int, seed: int, as_json: bool) -> None:
    """Fill the folder and say what is in it. Progress goes to standard error when that is a terminal. Raises UnsafeSettings without the generator."""
    package = neighbourhood_package()
    if package is None:
        raise UnsafeSettings("this installation has no generators; use a checkout or the wheel")
    town = importlib.import_module(f"{package.__name__.rpartition('.')[0]}.town")
    began = time.perf_counter()
    with advancing("Residents, twice", 2 * people, quiet=not sys.stderr.isatty()) as advance:
        told = town.write(folder, people=people, complex=complex, seed=seed, advance=advance)
    told = {**told, "seconds": round(time.perf_counter() - began, 1)}
    if as_json:
        print(json.dumps(told))
        return
    print(f"{people:,} people, {told['complex']} complex, seed {seed}: {folder}, in {told['seconds']} s")
    for feed, messages in told["messages"].items():
        print(f"  {feed:<36}{messages:>10,} messages in {told['files'][feed]:,} files")
