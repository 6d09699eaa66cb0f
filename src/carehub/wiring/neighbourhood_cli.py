"""`carehub neighbourhood`: an invented neighbourhood of any size, put into a hub, and the hub held against its truth."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import Annotated

import typer

from carehub.wiring.options import AsJson

neighbourhood = typer.Typer(no_args_is_help=True, help="An invented neighbourhood with known truth.")

To = Annotated[Path | None, typer.Option("--write", help="Also write the figures to this file, as JSON.")]
_TOWN = Annotated[Path, typer.Argument(help="What generate made.", exists=True, file_okay=False)]


@neighbourhood.command("generate")
def neighbourhood_generate(
    folder: Annotated[Path, typer.Argument(help="Where to write; must be empty or not be there.", file_okay=False)],
    people: Annotated[int, typer.Option(min=1, max=1_000_000, help="Residents.")] = 45_000,
    complex: Annotated[int, typer.Option(min=0, help="Of them, those who should be on the caseload.")] = 300,
    seed: Annotated[int, typer.Option(min=0, help="The same seed and sizes give the same bytes.")] = 1,
    as_json: AsJson = False,
) -> None:
    """Write two years of five imperfect feeds in their real formats, and the truth beside them."""
    from carehub.wiring.neighbourhood.generating import generate

    if complex > people:
        raise typer.BadParameter("--complex is more than --people")
    if folder.is_dir() and any(folder.iterdir()):
        raise typer.BadParameter(f"{folder} is not empty")
    generate(folder, people=people, complex=complex, seed=seed, as_json=as_json)


@neighbourhood.command("load")
def neighbourhood_load(folder: _TOWN, as_json: AsJson = False, write: To = None) -> None:
    """Hand the feeds to the hub of the settings, month after month, and say what each month cost. Never where CAREHUB_ENV is production."""
    from carehub.wiring.neighbourhood.loading import load

    load(folder, as_json=as_json, write=write)


@neighbourhood.command("check")
def neighbourhood_check(
    truth: Annotated[Path, typer.Argument(help="truth.jsonl, or the folder it lies in.", exists=True)],
    as_json: AsJson = False,
    write: To = None,
) -> None:
    """Hold the hub of the settings against the truth: who is who, messages, merges, conflicts, caseload. Exit 1 when a message was lost."""
    from carehub.wiring.neighbourhood.checking import check

    sys.exit(0 if check(truth / "truth.jsonl" if truth.is_dir() else truth, as_json=as_json, write=write) else 1)
