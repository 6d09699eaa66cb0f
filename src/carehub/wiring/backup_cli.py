"""`carehub backup`: copies of the store for the day the machine is lost."""

from __future__ import annotations

import json
import sys
import time
from contextlib import nullcontext
from dataclasses import asdict
from pathlib import Path
from typing import Annotated

import typer

from carehub.wiring.options import AsJson

backup = typer.Typer(no_args_is_help=True, help="Copies of the store, for the day the machine is lost.")

# PostgreSQL takes a code up to 125 as "there is no such file", and goes into service with what it has (manual of version 15, 26.3.4).
_ENDS_A_RECOVERY = 126
_FIGURES = {"messages": "number of messages", "record": "hash over the record", "audit": "head of the audit trail"}


@backup.command("key")
def key(file: Annotated[Path, typer.Argument(help="Where the private half goes. Keep it away from the hub and from the backups.")]) -> None:
    """Make a key pair. Only its private half opens backups; the hub is told the public one as CAREHUB_BACKUP_RECIPIENT."""
    from carehub.wiring.backup.archive import new_key

    print(f"CAREHUB_BACKUP_RECIPIENT={new_key(file)}")


@backup.command("make")
def make(folder: Annotated[Path, typer.Argument(help="Where the file goes.", file_okay=False)], as_json: AsJson = False) -> None:
    """Write the whole store into one encrypted file, while the hub goes on working."""
    from carehub.wiring.backup.making import make_backup
    from carehub.wiring.settings import Settings

    begun = time.monotonic()
    made = make_backup(Settings(), folder)
    seconds = time.monotonic() - begun
    if as_json:
        print(json.dumps({"file": str(made.path), "bytes": made.size, "seconds": round(seconds, 1), **asdict(made.proof)}))
    else:
        print(f"{made.path}: {made.size:,} bytes in {seconds:.1f} s")
        print(f"{made.proof.messages} messages, record hash {made.proof.record}\nHead of the audit trail: {made.proof.audit or 'none'}")


@backup.command("restore")
def restore(
    file: Annotated[Path, typer.Argument(help="A backup.", exists=True, dir_okay=False)],
    private: Annotated[Path, typer.Option("--key", help="The private half of its key pair.", exists=True, dir_okay=False)],
    as_json: AsJson = False,
) -> None:
    """Fill the empty store that the settings name, and prove it. Exit 1 when the record or the audit trail is not the one that was copied."""
    from carehub.wiring.backup.restoring import restore_backup
    from carehub.wiring.settings import Settings

    begun = time.monotonic()
    done = restore_backup(Settings(), file, private)
    seconds = time.monotonic() - begun
    if as_json:
        told = {"made": done.made, "seconds": round(seconds, 1), "same": done.same, "audit_rows": done.audit.rows}
        print(json.dumps({**told, "differing": done.differing, "audit_faults": done.audit.found, **asdict(done.proof)}))
    else:
        print(f"Made {done.made}, restored in {seconds:.1f} s: {done.proof.messages} messages, {done.audit.rows} rows of the audit trail.")
        for figure in done.differing:
            print(f"THE {_FIGURES[figure].upper()} IS NOT THE ONE OF THE BACKUP.")
        if done.audit.found:
            print(
                f"THE AUDIT TRAIL HAS {done.audit.found} FAULTS: look with `carehub audit verify`. With another CAREHUB_SECRET_KEY every row is one."
            )
        if done.same:
            print(f"The same record came out ({done.proof.record}), and every row of the audit trail is what was written.")
        print(f"What was handed over after {done.made} may be missing: senders must send it again. Twice does no harm.")
    sys.exit(0 if done.same else 1)


@backup.command("keep")
def keep(
    file: Annotated[Path, typer.Argument(help="The file, or - for what comes in by the pipe.", dir_okay=False, allow_dash=True)],
    folder: Annotated[Path, typer.Argument(help="Where it is kept.", exists=True, file_okay=False)],
    recipient: Annotated[str, typer.Option(envvar="CAREHUB_BACKUP_RECIPIENT", help="The public key it is encrypted to.")],
    name: Annotated[str, typer.Option("--name", help="By which it is fetched; without, the file's own.")] = "",
) -> None:
    """Encrypt one file into a folder: PostgreSQL's archive command, or a base backup by a pipe. Exit 0 only when it is on the disk."""
    from carehub.wiring.backup.archive import recipient_of
    from carehub.wiring.backup.keeping import keep as keep_file

    public = recipient_of(recipient)
    if str(file) == "-":
        keep_file(sys.stdin.buffer, name, folder, public)
    else:
        with file.open("rb") as source:
            keep_file(source, name or file.name, folder, public)


@backup.command("fetch")
def fetch(
    folder: Annotated[Path, typer.Argument(help="Where it is kept.")],
    name: Annotated[str, typer.Argument(help="By which it was kept.")],
    private: Annotated[Path, typer.Option("--key", help="The private half of its key pair.")],
    to: Annotated[Path | None, typer.Option("--to", help="The file to write; without, it goes out by the pipe.")] = None,
) -> None:
    """Give one file back: PostgreSQL's restore command. Exit 1 when nothing of that name was kept; 126 when it cannot be had, which ends a recovery."""
    from carehub.wiring.backup.keeping import NotKept
    from carehub.wiring.backup.keeping import fetch as fetch_file

    code = 0
    try:
        with to.open("wb") if to else nullcontext(sys.stdout.buffer) as target:
            fetch_file(folder, name, private, target)
    except NotKept:
        code = 1
    except Exception as error:
        print(f"{name}: {error}", file=sys.stderr)
        code = _ENDS_A_RECOVERY
    if code and to:
        to.unlink(missing_ok=True)
    sys.exit(code)
