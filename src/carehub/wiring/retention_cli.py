"""`carehub retention`: what would fall due by the retention schedule, legal holds, and disposal of what is due."""

from __future__ import annotations

from dataclasses import asdict
from datetime import datetime
from typing import TYPE_CHECKING, Annotated

import typer

from carehub.governance.requester import Requester
from carehub.wiring.options import AsJson

if TYPE_CHECKING:
    from carehub.governance.retention import Schedule
    from carehub.hub.disposals_told import Told
    from carehub.hub.disposing import Disposing
    from carehub.hub.holds_standing import Hold
    from carehub.hub.hub import Hub
    from carehub.hub.retaining import Retaining

retention = typer.Typer(no_args_is_help=True, help="How long records are kept, legal holds, and disposal by two people's word.")
User = Annotated[str, typer.Option("--user", help="Who asks; written down.")]
Organisation = Annotated[str, typer.Option("--organisation", help="The code of who employs them.")]
Reason = Annotated[str, typer.Option("--reason", help="Why.")]


@retention.command("report")
def report(
    *,
    user: User,
    organisation: Organisation,
    on: Annotated[datetime | None, typer.Option(formats=["%Y-%m-%d"], help="In London; default today.")] = None,
    as_json: AsJson = False,
) -> None:
    """Print which records are due on a day, why, and what holds them. Persons are named by id alone."""
    from carehub.fhir.canonical import dumps

    told = _retaining().report(_who(user, organisation), on.date() if on else None).value
    if as_json:
        print(dumps({**asdict(told), "holds": [_hold(one) for one in told.holds]}).decode())
        return
    print(f"Retention on {told.day}, schedule {told.version} ({told.source}). Nothing is destroyed by this.")
    for class_, state, number in told.counts:
        print(f"{class_}: {number} {state}")
    for one in told.falling:
        shared = f", {one.with_others} of them with others' records in their bytes" if one.with_others else ""
        print(
            f"{one.state.upper()} since {one.day} | person {one.person} | {one.source}, {one.patient} | {one.messages} messages{shared} | {one.why}"
        )
        for id in one.holds:
            print(f"  held by {id}")
    for hold in told.to_be_reviewed:
        print(f"REVIEW | hold {hold.id}, to be looked at since {hold.placed.review}: {hold.placed.holder}")


@retention.command("hold")
def hold(
    scope: Annotated[str, typer.Argument(help="person, feed or class.")],
    of: Annotated[str, typer.Argument(help="The person's id, the feed's full name, or the key of the class.")],
    *,
    holder: Annotated[str, typer.Option("--holder", help="Who asked for it, by name: a court, an inquiry, a claim.")],
    reason: Reason,
    review: Annotated[str, typer.Option("--review", help="The day on which it is looked at again, YYYY-MM-DD.")],
    user: User,
    organisation: Organisation,
) -> None:
    """Place a legal hold: nothing of it is disposed of, whatever the schedule says. Prints its id."""
    if scope not in ("person", "feed", "class"):
        raise typer.BadParameter("person, feed or class")
    print(_retaining().hold(_who(user, organisation), scope, of, holder=holder, reason=reason, review=review))  # type: ignore[arg-type]


@retention.command("lift")
def lift(
    hold_id: Annotated[str, typer.Argument(metavar="HOLD", help="The hold's id.")],
    *,
    reason: Reason,
    user: User,
    organisation: Organisation,
) -> None:
    """Lift a hold that another placed."""
    _retaining().lift(_who(user, organisation), hold_id, reason)
    print(f"{hold_id}: lifted.")


@retention.command("holds")
def holds(*, user: User, organisation: Organisation, as_json: AsJson = False) -> None:
    """Print every hold there was."""
    from carehub.fhir.canonical import dumps

    told = _retaining().holds(_who(user, organisation)).value
    if as_json:
        print(dumps([_hold(one) for one in told]).decode())
        return
    for one in told:
        over = (
            f"lifted {one.lifted.at} by {one.lifted.by.user}: {one.lifted.reason}" if one.lifted else f"stands, review {one.placed.review}"
        )
        print(f"{one.id} | {one.placed.scope} {one.placed.of} | {one.placed.holder}: {one.placed.reason} | {over}")


@retention.command("propose")
def propose(
    *,
    user: User,
    organisation: Organisation,
    reason: Reason,
    on: Annotated[datetime | None, typer.Option(formats=["%Y-%m-%d"], help="In London, today or before; default today.")] = None,
) -> None:
    """Propose to destroy what is due. Prints the proposal's id; nothing changes by it, and it expires after 30 days."""
    print(_disposing().propose(_who(user, organisation), reason, on.date() if on else None))


@retention.command("disposals")
def disposals(*, user: User, organisation: Organisation, as_json: AsJson = False) -> None:
    """Print every proposal and how far it came, in counts; with --json exactly what it names, by ids alone."""
    from carehub.fhir.canonical import dumps
    from carehub.hub.disposal_due import WHY
    from carehub.terms.moments import iso

    verbs = _disposing()
    told, now = verbs.disposals(_who(user, organisation)).value, iso(verbs.hub.clock())
    if as_json:
        print(dumps([{**asdict(one), "state": one.state(now)} for one in told]).decode())
        return
    for one in told:
        said, messages = one.proposed, sum(len(each.messages) for each in one.proposed.leaving)
        print(
            f"{one.id} | {one.state(now)} | due on {said.day}, schedule {said.version} | {said.by.user}: {said.reason} | until {said.expires}"
        )
        print(f"  {len(said.leaving)} persons, {messages} messages: {', '.join(f'{class_} {number}' for class_, number in said.counts)}")
        for why, number in said.left:
            print(f"  not proposed: {number} persons, because {WHY[why]}")
        _print_begun(one)


@retention.command("apply")
def apply(
    proposal: Annotated[str, typer.Argument(metavar="PROPOSAL", help="The proposal's id.")],
    *,
    user: User,
    organisation: Organisation,
) -> None:
    """Approve a proposal of another, and destroy what of it is still due. The same again goes on where it was ended."""
    told = _disposing().apply(_who(user, organisation), proposal)
    print(f"{told.id}: done.")
    _print_begun(told)


@retention.command("scrub")
def scrub(*, user: User, organisation: Organisation) -> None:
    """Give up the room that destroyed bytes had in the database: see docs/governance.md. On SQLite stop the hub first."""
    _disposing().scrub(_who(user, organisation))
    print("Done.")


def _print_begun(one: Told) -> None:
    from carehub.hub.disposal_due import WHY

    if one.begun is None:
        return
    gone = set(one.begun.persons)
    messages = sum(len(each.messages) for each in one.proposed.leaving if each.person in gone)
    print(f"  gone: {len(gone)} persons, {messages} messages; bytes destroyed of {len(one.begun.submissions)} submissions")
    if one.begun.kept:
        print(f"  {one.begun.kept} of the messages came in one file with others' that are not due: the file's bytes stay until they are")
    for person, why in one.begun.left:
        print(f"  left out: person {person}, because {WHY[why]}")


def _hold(one: Hold) -> dict[str, object]:
    told = {name: getattr(one.placed, name) for name in ("scope", "of", "holder", "reason", "review", "at")}
    lifted = {"at": one.lifted.at, "by": one.lifted.by.user, "reason": one.lifted.reason} if one.lifted else None
    return {"id": one.id, **told, "by": one.placed.by.user, "lifted": lifted}


def _who(user: str, organisation: str) -> Requester:
    return Requester(user, user, "privacy-officer", organisation, organisation, "HCOMPL")


def _retaining() -> Retaining:
    from carehub.hub.retaining import Retaining

    return Retaining(*_hub_and_schedule())


def _disposing() -> Disposing:
    from carehub.hub.disposing import Disposing

    return Disposing(*_hub_and_schedule())


def _hub_and_schedule() -> tuple[Hub, Schedule]:
    from carehub.wiring.bootstrap import build_hub
    from carehub.wiring.retention_schedule import load_schedule
    from carehub.wiring.settings import Settings

    settings = Settings()
    return build_hub(settings), load_schedule(settings.retention)
