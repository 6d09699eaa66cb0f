"""`carehub policy`: who would see what under a draft of the agreements or the policy."""

from __future__ import annotations

import sys
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from carehub.governance.requester import Requester
from carehub.wiring.options import AsJson

if TYPE_CHECKING:
    from carehub.hub.changing_agreements import ChangingAgreements

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
    as_json: AsJson = False,
) -> None:
    """Print each cell of role, purpose, source and section that a draft changes for a person, with what hides it. Nothing of the record is shown, and
    nothing is changed. Exit 1 when something would change."""
    from carehub.api.governance import of_simulation
    from carehub.fhir.canonical import dumps
    from carehub.governance import matrix
    from carehub.hub.simulating import Simulating
    from carehub.wiring.bootstrap import build_hub
    from carehub.wiring.settings import Settings
    from carehub.wiring.sharing_agreements import load_sharing

    draft = load_sharing(agreements).agreements if agreements else None
    other = matrix.read(table.read_text(encoding="utf-8")) if table else None
    told = (
        Simulating(build_hub(Settings()))
        .at(_who(user, organisation), person, agreements=draft, policy=other, day=day.date() if day else None)
        .value
    )
    if as_json:
        print(dumps(of_simulation(told)).decode())
    else:
        print(f"Person {told.person} on {told.day}: {len(told.changed)} cells would change, over {told.sources} sources.")
        for one in told.changed:
            cell = one.cell
            print(f"{cell.role} {cell.purpose} at {cell.organisation} | {cell.source} | {cell.section}: {one.words}")
    sys.exit(1 if told.changed else 0)


@policy.command("show")
def show(*, user: User, organisation: Organisation) -> None:
    """Print the agreements in force, who made them so, and the proposals that wait."""
    told = _changing().show(_who(user, organisation)).value
    print(f"# In force by {f'proposal {told.by.id} of {told.by.approved}' if told.by else 'the file of the site'}.\n{told.text}")
    for one in told.proposals:
        if one.answered is None:
            print(f"# Waits: {one.id}, proposed {one.proposed.at} by {one.proposed.by.user}: {one.proposed.reason}")


@policy.command("record-of-processing")
def record_of_processing(*, user: User, organisation: Organisation) -> None:
    """Print the record of processing (UK GDPR Article 30) in Markdown, from the agreements and the policy in force today, and what it does not hold."""
    from carehub.governance.processing_record import processing_record

    changing = _changing()
    told = changing.show(_who(user, organisation)).value
    print(processing_record(told.agreements, changing.hub.disclosing.policy.values(), day=told.day), end="")


@policy.command("propose")
def propose(
    draft: Annotated[Path, typer.Argument(exists=True, dir_okay=False, help="The whole file, as it is to be.")],
    *,
    reason: Annotated[str, typer.Option("--reason", help="Why.")],
    user: User,
    organisation: Organisation,
) -> None:
    """Propose agreements. Nothing changes until somebody else approves them; prints the proposal's id."""
    print(_changing().propose(_who(user, organisation), draft.read_text(encoding="utf-8"), reason))


@policy.command("answer")
def answer(
    proposal: Annotated[str, typer.Argument(help="The proposal's id.")],
    verdict: Annotated[str, typer.Argument(help="approved or declined.")],
    *,
    words: Annotated[str, typer.Option("--words", help="Why; needed to decline.")] = "",
    user: User,
    organisation: Organisation,
) -> None:
    """Approve another's proposal, in force from the next reading on, or decline one."""
    _changing().answer(_who(user, organisation), proposal, verdict, words)
    print(f"{proposal}: {verdict}.")


def _who(user: str, organisation: str) -> Requester:
    return Requester(user, user, "privacy-officer", organisation, organisation, "HCOMPL")


def _changing() -> ChangingAgreements:
    from carehub.hub.changing_agreements import ChangingAgreements
    from carehub.wiring.bootstrap import build_hub
    from carehub.wiring.settings import Settings

    return ChangingAgreements(build_hub(Settings()))
