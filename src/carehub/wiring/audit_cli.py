"""`carehub audit`: whether the trail of who looked is what was written."""

from __future__ import annotations

import json
import sys
from typing import Annotated

import typer

from carehub.wiring.options import AsJson

audit = typer.Typer(no_args_is_help=True, help="The trail of who looked.")

_WORDS = {
    "edited": "is not what was written",
    "removed": "is not there any more",
    "inserted": "was put in by something else than the hub",
    "moved": "stands where it was not written",
    "cut off": "and all after it are not there any more",
    "unsealed": "is the last, but the seal over it is missing or is not the hub's",
    "rolled back": "is not the row of the head that was noted: the trail was put back to an earlier state, or is another one",
}


@audit.command("verify")
def verify(
    noted: Annotated[str, typer.Option("--noted", help="A head that an earlier run printed and somebody kept elsewhere.")] = "",
    as_json: AsJson = False,
) -> None:
    """Walk the whole trail. Exit 1 when a row was edited, removed, put in or moved, or the end was cut off. Reads only; the hub may run meanwhile."""
    from carehub.governance.audit_chain import examine
    from carehub.wiring.bootstrap import open_store
    from carehub.wiring.settings import Settings

    settings = Settings()
    store = open_store(settings)
    head = store.audit.head()
    try:
        verdict = examine(store.audit.chain(), head, settings.audit_key, noted)
    except ValueError:
        raise typer.BadParameter("--noted is a head as this command prints it") from None
    if as_json:
        faults = [{"kind": fault.kind, "place": fault.place, "id": fault.id} for fault in verdict.faults]
        told = {"rows": verdict.rows, "earlier": verdict.earlier, "found": verdict.found, "faults": faults, "head": str(head or "")}
        print(json.dumps(told))
    else:
        for fault in verdict.faults:
            print(f"Row {fault.place}{f' ({fault.id})' if fault.id else ''} {_WORDS[fault.kind]}.")
        if verdict.found > len(verdict.faults):
            print(f"… and {verdict.found - len(verdict.faults)} more.")
        earlier = f" {verdict.earlier} rows before the chain are covered by its first link." if verdict.earlier else ""
        print(f"{verdict.rows} rows in the chain.{earlier}" + ("" if verdict.found else " Every one is what was written."))
        print(f"Head: {head or 'none'}. Keep it somewhere else, and give it as --noted next time.")
    sys.exit(1 if verdict.found else 0)


@audit.command("as-shown")
def as_shown(
    entry: Annotated[str, typer.Argument(help="The id of an entry of the trail, as `who looked` gives it.")],
    *,
    user: Annotated[str, typer.Option("--user", help="Who asks; written down.")],
    organisation: Annotated[str, typer.Option("--organisation", help="The code of who employs them.")],
    role: Annotated[str, typer.Option("--role", help="A role that policy lets see who looked.")] = "privacy-officer",
    purpose: Annotated[str, typer.Option("--purpose", help="Why, as a code of policy.")] = "HCOMPL",
    as_json: AsJson = False,
) -> None:
    """Work out anew what the reader of an entry was shown, and compare it with the hash written down then. Exit 1 when it differs or is not kept."""
    from carehub.api.looks import of_shown
    from carehub.fhir.canonical import dumps
    from carehub.governance.requester import Requester
    from carehub.hub.as_shown import Shown
    from carehub.wiring.bootstrap import build_hub
    from carehub.wiring.settings import Settings

    told = Shown(build_hub(Settings())).at(Requester(user, user, role, organisation, organisation, purpose), entry).value
    if as_json:
        print(dumps(of_shown(told)).decode())
    else:
        print(f"{told.at}: {told.page}, shown to {told.name or told.role} ({told.role}) of {told.organisation}, person {told.person}.")
        print(f"Held back by policy: {', '.join(told.withheld) or 'no section'}.")
        print("The record as it stood then has the hash that was written down." if told.same else "The hashes are not the same.")
        print(f"Written down: {told.shown or 'none'}\nWorked out:   {told.rebuilt or 'none'}")
        for limit in told.limits:
            print(limit)
    sys.exit(0 if told.same else 1)
