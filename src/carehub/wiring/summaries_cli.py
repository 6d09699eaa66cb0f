"""`carehub summaries`: what is read and printed while carehub is away."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

summaries = typer.Typer(no_args_is_help=True, help="Emergency summaries, for when carehub is away.")


@summaries.command("write")
def write(
    folder: Annotated[Path | None, typer.Argument(help="Where to; default CAREHUB_SUMMARIES_FOLDER.")] = None,
    people: Annotated[
        Path | None, typer.Option(exists=True, dir_okay=False, help="NHS numbers, one a line; default CAREHUB_SUMMARIES_PEOPLE.")
    ] = None,
    organisation: Annotated[str, typer.Option(help="Code of whom they are for; default CAREHUB_SUMMARIES_ORGANISATION.")] = "",
    role: Annotated[str, typer.Option(help="In whose role they are read; default CAREHUB_SUMMARIES_ROLE.")] = "",
) -> None:
    """Write a printable summary of each person on the list. Policy decides, and each is written down as a look."""
    from carehub.wiring.bootstrap import build_hub
    from carehub.wiring.settings import Settings, UnsafeSettings
    from carehub.wiring.summaries import requester_of, write_summaries

    settings = Settings()
    asked = {"summaries_organisation": organisation, "summaries_role": role}
    settings = settings.model_copy(update={name: value for name, value in asked.items() if value})
    to, whom = folder or settings.summaries_folder, people or settings.summaries_people
    if to is None or whom is None:
        raise UnsafeSettings("name a folder and a file of NHS numbers, or set CAREHUB_SUMMARIES_FOLDER and CAREHUB_SUMMARIES_PEOPLE")
    done = write_summaries(build_hub(settings), to, whom, requester_of(settings), demo=settings.env == "demo")
    print(f"{done.people} summaries in {done.folder}; nothing found under {done.unknown} NHS numbers")
