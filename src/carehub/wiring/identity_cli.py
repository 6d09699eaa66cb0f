"""`carehub identity`: what is asked and told about who is who."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import Annotated

import typer

from carehub.wiring.options import AsJson

identity = typer.Typer(no_args_is_help=True, help="Who is who.")


@identity.command("trace")
def identity_trace(
    number: Annotated[str, typer.Argument(help="An NHS number that a record here has.")] = "",
    record: Annotated[str, typer.Option(help="A patient record's id: ask whose number is this person's.")] = "",
    missing: Annotated[int, typer.Option(min=0, help="Ask for at most so many records without a verified NHS number.")] = 0,
    history: Annotated[bool, typer.Option("--history", help="Ask nobody; say what PDS told of the number so far.")] = False,
    as_json: AsJson = False,
) -> None:
    """Ask PDS; keep the answer as a message, and let it take effect. Exit 1 when a question had no answer that could be used."""
    from carehub.wiring.tracing import show_history, trace

    if sum(map(bool, (number, record, missing))) != 1 or (history and not number):
        raise typer.BadParameter("give a number, --record or --missing; --history goes with a number")
    if history:
        show_history(number, as_json=as_json)
        return
    sys.exit(0 if trace(number=number, record=record, missing=missing, as_json=as_json) else 1)


User = Annotated[str, typer.Option("--user", help="Who looks or rules; written down.")]
Role = Annotated[str, typer.Option("--role", help="identity-steward or senior-identity-steward.")]
Organisation = Annotated[str, typer.Option("--organisation", help="The code of who employs them.")]
Reason = Annotated[str, typer.Option("--reason", help="Why, in their words; kept with the ruling.")]
_STEWARD = "identity-steward"


@identity.command("explain")
def identity_explain(
    record: Annotated[str, typer.Argument(help="A patient record's id.")],
    other: Annotated[str, typer.Argument(help="Another; left out: whichever it is joined with.")] = "",
    *,
    user: User,
    organisation: Organisation,
    role: Role = _STEWARD,
    as_json: AsJson = False,
) -> None:
    """Why two records are one person's, or are not: field by field, with what would have changed the answer."""
    from carehub.wiring.stewarding import asking, show_explanation

    show_explanation(asking(user, role, organisation), record, other, as_json=as_json)


@identity.command("joined")
def identity_joined(
    person: Annotated[str, typer.Argument(help="A person's id, as in the address of their page.")],
    *,
    user: User,
    organisation: Organisation,
    role: Role = _STEWARD,
    as_json: AsJson = False,
) -> None:
    """Why the records of a person are joined: what holds each one, what was reported of it, and whose it has been."""
    from carehub.wiring.stewarding import asking, show_joined

    show_joined(asking(user, role, organisation), person, as_json=as_json)


@identity.command("history")
def identity_history(
    record: Annotated[str, typer.Argument(help="A patient record's id.")],
    *,
    user: User,
    organisation: Organisation,
    role: Role = _STEWARD,
    at: Annotated[str, typer.Option(help="Only whose it was at this instant, 2026-11-22T09:00:00Z.")] = "",
    as_json: AsJson = False,
) -> None:
    """Every person the record has belonged to."""
    from carehub.wiring.stewarding import asking, show_history

    show_history(asking(user, role, organisation), record, at, as_json=as_json)


@identity.command("reviews")
def identity_reviews(*, user: User, organisation: Organisation, role: Role = _STEWARD, as_json: AsJson = False) -> None:
    """The pairs of records that wait for a steward."""
    from carehub.wiring.stewarding import asking, show_reviews

    show_reviews(asking(user, role, organisation), as_json=as_json)


@identity.command("rule")
def identity_rule(
    answer: Annotated[str, typer.Argument(help="same, different, cannot-tell, link, unlink or never-link.")],
    record: Annotated[str, typer.Argument(help="A patient record's id.")],
    other: Annotated[str, typer.Argument(help="The other record; none for unlink.")] = "",
    *,
    user: User,
    organisation: Organisation,
    reason: Reason,
    role: Role = _STEWARD,
) -> None:
    """Rule on records. The ruling is a message in the log and stands over every rule until it is taken back."""
    from carehub.wiring.stewarding import asking, rule

    rule(asking(user, role, organisation), answer, record, other, reason)


@identity.command("take-back")
def identity_take_back(
    ruling: Annotated[str, typer.Argument(help="The ruling's id.")],
    *,
    user: User,
    organisation: Organisation,
    reason: Reason,
    role: Role = _STEWARD,
) -> None:
    """Take a ruling back: everything is then as if it had never been."""
    from carehub.wiring.stewarding import asking, take_back

    take_back(asking(user, role, organisation), ruling, reason)


@identity.command("dry-run")
def identity_dry_run(
    rules: Annotated[Path, typer.Argument(help="A rules file; its model lies beside it or is a shipped one.", exists=True, dir_okay=False)],
    examples: Annotated[int, typer.Option(min=0, help="At most so many pairs of records of each kind of change, by id.")] = 20,
    as_json: AsJson = False,
) -> None:
    """What other rules would change: links gained and lost, pairs to be asked about or no longer. Writes nothing. Exit 1 when they fail the gate."""
    from carehub.wiring.trying_rules import dry_run

    sys.exit(0 if dry_run(rules, examples=examples, as_json=as_json) else 1)


@identity.command("activate")
def identity_activate(
    rules: Annotated[
        Path | None,
        typer.Argument(help="A rules file; its model lies beside it or is a shipped one. Left out: that of the settings.", dir_okay=False),
    ] = None,
    *,
    user: Annotated[str, typer.Option("--user", help="Who puts them in force; kept in the log.")],
    reason: Annotated[str, typer.Option("--reason", help="Why; kept in the log.")],
    yes: Annotated[bool, typer.Option("--yes", help="Do not try them first, and do not ask.")] = False,
) -> None:
    """Put rules in force: say what would change, ask, then decide every person anew by them. Rulings stand. Exit 1 when they are not in force."""
    from carehub.wiring.activating import activate

    sys.exit(0 if activate(rules, by=user, reason=reason, sure=yes) else 1)


@identity.command("rules")
def identity_rules(as_json: AsJson = False) -> None:
    """Which rules are in force, since when, and what was decided by others. Exit 1 when something was."""
    from carehub.wiring.activating import show_rules

    sys.exit(0 if show_rules(as_json=as_json) else 1)


@identity.command("train")
def identity_train(
    out: Annotated[Path, typer.Argument(help="The folder to write the model and its rules file into.", file_okay=False)],
    name: Annotated[str, typer.Option("--name", help="The model's name: letters, digits, hyphens.")] = "local-1",
    records: Annotated[int, typer.Option(min=1, help="Learn from at most so many records; 1 kB of memory each.")] = 200_000,
) -> None:
    """Estimate a model from this site's records, without labels. Puts nothing in force. Exit 1 when the model is refused, saying why."""
    from carehub.wiring.training_model import train

    sys.exit(0 if train(name, out, records=records) else 1)
