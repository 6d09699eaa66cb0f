"""`carehub linkage`: all records' identities for a batch linkage elsewhere, and what it proposes."""

from __future__ import annotations

import json
import sys
from pathlib import Path
from typing import Annotated

import typer

from carehub.wiring.options import AsJson

linkage = typer.Typer(no_args_is_help=True, help="Linkage of all records at once by another tool, such as Splink.")
User = Annotated[str, typer.Option("--user", help="Who takes or brings it; written down.")]
Organisation = Annotated[str, typer.Option("--organisation", help="The code of who employs them.")]
Role = Annotated[str, typer.Option("--role", help="As the policy names it.")]
_ROLE = "senior-identity-steward"


@linkage.command("export")
def linkage_export(
    file: Annotated[Path, typer.Argument(help="The .parquet, .csv or .ndjson to write; it must not be there yet.", dir_okay=False)],
    *,
    user: User,
    organisation: Organisation,
    role: Role = _ROLE,
    with_fields: Annotated[list[str] | None, typer.Option("--with", help="Besides: phone, email, address, died. Once for each.")] = None,
    as_json: AsJson = False,
) -> None:
    """Write what every patient record says of who it is about, one row each, as the matcher reads it. It is written down before and after; the file is its
    owner's alone, and is there whole or not at all."""
    from carehub.hub.batch_linkage import FIELDS, OPTIONAL, BatchLinkage
    from carehub.wiring.bootstrap import build_hub
    from carehub.wiring.linkage_files import new_file, writer
    from carehub.wiring.settings import Settings
    from carehub.wiring.stewarding import asking

    fields = with_fields or []
    if strange := sorted(set(fields).difference(OPTIONAL)):
        raise typer.BadParameter(f"{', '.join(strange)}: --with takes {', '.join(OPTIONAL)}")
    if file.exists():
        raise typer.BadParameter(f"{file} is there already")
    write = writer(file, [*FIELDS, *(field for field in OPTIONAL if field in fields)])
    hub = BatchLinkage(build_hub(Settings()))
    with new_file(file) as beside:
        taken = hub.export(asking(user, role, organisation), fields, lambda rows: write(beside, rows)).value
    print(json.dumps({"records": taken, "file": str(file)}) if as_json else f"{file}: {taken} records. Remove it once it was used.")


@linkage.command("import")
def linkage_import(
    file: Annotated[Path, typer.Argument(help="Pairs as Splink writes them: .parquet, .csv or .ndjson.", exists=True, dir_okay=False)],
    *,
    tool: Annotated[str, typer.Option("--tool", help='What linked them, "Splink 5.0.0"; stewards are told.')],
    model: Annotated[str, typer.Option("--model", help="Which model, as its makers call it; stewards are told.")],
    user: User,
    organisation: Organisation,
    role: Role = _ROLE,
    least: Annotated[float, typer.Option("--least", min=0, max=1, help="Leave out pairs of a lower probability.")] = 0.5,
    as_json: AsJson = False,
) -> None:
    """Take the pairs that a batch linkage proposes. None is linked by that: what rules leave open is put before the stewards. Exit 1 when the file has
    pairs that are not usable, or of records that are unknown, gone or say something else since."""
    from carehub.hub.batch_linkage import VERDICTS, BatchLinkage
    from carehub.wiring.bootstrap import build_hub
    from carehub.wiring.linkage_files import pairs
    from carehub.wiring.settings import Settings
    from carehub.wiring.stewarding import asking

    told = pairs(file)
    found = BatchLinkage(build_hub(Settings())).propose(asking(user, role, organisation), told, tool, model, least).value
    if as_json:
        print(json.dumps({"read": found.read, "in_effect": found.in_effect, **found.counts, "records": found.strange}))
    else:
        print("\n".join(f"{found.counts[verdict]:>9}  {_WORDS[verdict]}" for verdict in VERDICTS if found.counts[verdict]))
        print("".join(f"not a record here now: {id}\n" for id in found.strange[:20]), end="")
        print("in effect" if found.in_effect else "stored; asked once the messages before it are read")
    sys.exit(1 if found.findings else 0)


_WORDS = {
    "proposed": "put before the stewards",
    "asked already": "not put: rules ask about them already",
    "proposed already": "not put: the same was proposed before",
    "together": "one person already",
    "answered": "not put: a steward has answered, or keeps them apart",
    "vetoed": "not put: a rule says that they can never be one person",
    "unlikely": "left out: less probable than --least",
    "unusable": "NOT USABLE: two different ids and a probability from 0 to 1 are wanted",
    "unknown": "OF A RECORD THAT NOBODY KNOWS HERE",
    "gone": "OF A RECORD THAT NO SOURCE TELLS ANY MORE",
    "changed": "OF A RECORD THAT SAYS SOMETHING ELSE SINCE THE EXPORT",
}
