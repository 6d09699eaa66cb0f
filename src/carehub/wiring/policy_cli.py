"""`carehub policy`: who would see what under a draft of the agreements or the policy."""

from __future__ import annotations

import sys
from datetime import datetime
from pathlib import Path
from typing import Annotated

import typer

policy = typer.Typer(no_args_is_help=True, help="Who may see what, and who would under a draft.")
User = Annotated[str, typer.Option("--user", help="Who asks; written down.")]
Organisation = Annotated[str, typer.Option("--organisation", help="The code of who employs them.")]
Draft = Annotated[Path | None, typer.Option(exists=True, dir_okay=False)]


@policy.command("simulate")
def simulate(
    person: Annotated[str, typer.Argument(help="A person's id.")],
    *,
    user: User,
    organisation: Organisation,
    agreements: Draft = None,
    table: Annotated[Path | None, typer.Option("--policy", exists=True, dir_okay=False, help="A matrix, as fixtures/policy.")] = None,
    day: Annotated[datetime | None, typer.Option(formats=["%Y-%m-%d"], help="In London; default today.")] = None,
    as_json: Annotated[bool, typer.Option("--json", help="Print one JSON object.")] = False,
) -> None:
    """Print each cell of role, purpose, source and section that a draft changes for a person, with what hides it. Nothing of the record is shown, and
    nothing is changed. Exit 1 when something would change."""
    from carehub.api.governance import of_simulation
    from carehub.fhir.canonical import dumps
    from carehub.governance import matrix
    from carehub.governance.requester import Requester
    from carehub.hub.simulating import Simulating
    from carehub.wiring.bootstrap import build_hub
    from carehub.wiring.settings import Settings
    from carehub.wiring.sharing_agreements import load_sharing

    draft = load_sharing(agreements).agreements if agreements else None
    other = matrix.read(table.read_text(encoding="utf-8")) if table else None
    who = Requester(user, user, "privacy-officer", organisation, organisation, "HCOMPL")
    told = Simulating(build_hub(Settings())).at(who, person, agreements=draft, policy=other, day=day.date() if day else None).value
    if as_json:
        print(dumps(of_simulation(told)).decode())
    else:
        print(f"Person {told.person} on {told.day}: {len(told.changed)} cells would change, over {told.sources} sources.")
        for one in told.changed:
            cell = one.cell
            print(f"{cell.role} {cell.purpose} at {cell.organisation} | {cell.source} | {cell.section}: {one.words}")
    sys.exit(1 if told.changed else 0)
