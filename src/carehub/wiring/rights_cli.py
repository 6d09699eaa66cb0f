"""`carehub rights`: what a person may ask of those who keep their record (UK GDPR)."""

from __future__ import annotations

import os
import secrets
from pathlib import Path
from typing import Annotated

import typer

from carehub.governance.requester import Requester

rights = typer.Typer(no_args_is_help=True, help="A person's rights over what is held about them (UK GDPR).")
User = Annotated[str, typer.Option("--user", help="Who asks; written down.")]
Organisation = Annotated[str, typer.Option("--organisation", help="The code of who employs them.")]


@rights.command("subject-access")
def subject_access(
    person: Annotated[str, typer.Argument(help="A person's id.")],
    *,
    out: Annotated[Path, typer.Option("--out", dir_okay=False, help="The ZIP to write; it must not be there yet.")],
    user: User,
    organisation: Organisation,
) -> None:
    """Write all that the hub holds about a person, for a privacy officer to look through and give. It is written down as a look first; the file is its
    owner's alone, and is there whole or not at all."""
    from carehub.api.subject_access import zipped
    from carehub.hub.subject_access import SubjectAccess
    from carehub.wiring.bootstrap import build_hub
    from carehub.wiring.settings import Settings

    if out.exists():
        raise typer.BadParameter(f"{out} is there already")
    told = SubjectAccess(build_hub(Settings())).export(_who(user, organisation), person).value
    _write(out, zipped(told))
    first = sum(bool(one.reasons) for one in told.all)
    print(f"{out}: {len(told.all)} things held, of which {first} are to be looked at before they are given. Read read-me-first.txt in it.")


@rights.command("dispute")
def dispute(
    person: Annotated[str, typer.Argument(help="A person's id.")],
    record: Annotated[str, typer.Argument(help='The source record that is disputed, "Type/id".')],
    *,
    words: Annotated[str, typer.Option("--words", help="What the person says, at least 15 letters.")],
    user: User,
    organisation: Organisation,
) -> None:
    """Write down for a person that they dispute an entry. Its readers are told from the next page on; what its source says stays. Prints its id."""
    from carehub.hub.disputing import Disputing
    from carehub.wiring.bootstrap import build_hub
    from carehub.wiring.settings import Settings

    print(Disputing(build_hub(Settings())).dispute(_who(user, organisation), person, record, words))


@rights.command("withdraw-dispute")
def withdraw_dispute(
    person: Annotated[str, typer.Argument(help="A person's id.")],
    dispute_id: Annotated[str, typer.Argument(metavar="DISPUTE", help="The dispute's id.")],
    *,
    words: Annotated[str, typer.Option("--words", help="Why, at least 15 letters.")],
    user: User,
    organisation: Organisation,
) -> None:
    """Write down for a person that they dispute an entry no more."""
    from carehub.hub.disputing import Disputing
    from carehub.wiring.bootstrap import build_hub
    from carehub.wiring.settings import Settings

    Disputing(build_hub(Settings())).withdraw(_who(user, organisation), person, dispute_id, words)
    print(f"{dispute_id}: withdrawn.")


def _who(user: str, organisation: str) -> Requester:
    return Requester(user, user, "privacy-officer", organisation, organisation, "HCOMPL")


def _write(out: Path, body: bytes) -> None:
    beside = out.with_name(f".{out.name}.{secrets.token_hex(8)}")
    try:
        with os.fdopen(os.open(beside, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "wb") as file:
            file.write(body)
            file.flush()
            os.fsync(file.fileno())
        os.link(beside, out)  # raises where the file has come to be there meanwhile
    finally:
        beside.unlink(missing_ok=True)
