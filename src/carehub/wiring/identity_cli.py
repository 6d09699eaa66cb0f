"""`carehub identity`: what is asked and told about who is who."""

from __future__ import annotations

import sys
from typing import Annotated

import typer

identity = typer.Typer(no_args_is_help=True, help="Who is who.")


@identity.command("trace")
def identity_trace(
    number: Annotated[str, typer.Argument(help="An NHS number that a record here has.")] = "",
    record: Annotated[str, typer.Option(help="A patient record's id: ask whose number is this person's.")] = "",
    missing: Annotated[int, typer.Option(min=0, help="Ask for at most so many records without a verified NHS number.")] = 0,
    history: Annotated[bool, typer.Option("--history", help="Ask nobody; say what PDS told of the number so far.")] = False,
    as_json: Annotated[bool, typer.Option("--json", help="Print one JSON object.")] = False,
) -> None:
    """Ask PDS; keep the answer as a message, and let it take effect. Exit 1 when a question had no answer that could be used."""
    from carehub.wiring.tracing import show_history, trace

    if sum(map(bool, (number, record, missing))) != 1 or (history and not number):
        raise typer.BadParameter("give a number, --record or --missing; --history goes with a number")
    if history:
        show_history(number, as_json=as_json)
        return
    sys.exit(0 if trace(number=number, record=record, missing=missing, as_json=as_json) else 1)
