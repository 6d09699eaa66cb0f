"""`carehub adapters`: what is loaded, beginning another, and holding them to their contract."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import Annotated

import typer

from carehub.wiring.options import AsJson

adapters = typer.Typer(no_args_is_help=True, help="The adapters that are loaded.")


@adapters.command("list")
def adapters_list(as_json: AsJson = False) -> None:
    """Adapters, feeds, versions and grades."""
    from carehub.wiring.kit_cli import list_adapters

    list_adapters(as_json=as_json)


@adapters.command("new")
def adapters_new(
    name: Annotated[str, typer.Argument(help="Lower-case letters, digits and underscores.")],
    place: Annotated[Path, typer.Option("--in", help="The folder to write it in.")] = Path(),
) -> None:
    """Write a folder for a new adapter that reaches bronze at once."""
    from carehub.wiring.kit_cli import new_adapter

    new_adapter(name, place)


@adapters.command("check")
def adapters_check(
    names: Annotated[list[str] | None, typer.Argument(help="Names or folders; none means all that are loaded.")] = None,
    strict: Annotated[bool, typer.Option("--strict", help="Ask for silver whatever is claimed.")] = False,
    measure: Annotated[bool, typer.Option("--measure", help="Also count which lines run, for gold.")] = False,
    as_json: AsJson = False,
) -> None:
    """Hold adapters to their contract: check, verdict, reason. Exit 1 when something claimed is not so."""
    from carehub.wiring.kit_cli import check_adapters

    sys.exit(0 if check_adapters(names or [], strict=strict, measure=measure, as_json=as_json) else 1)


@adapters.command("golden")
def adapters_golden(
    names: Annotated[list[str] | None, typer.Argument(help="Names or folders; none means all that are loaded.")] = None,
) -> None:
    """Write the golden files of every case from what the adapter does now; then read the difference."""
    from carehub.wiring.kit_cli import golden_files

    golden_files(names or [])
