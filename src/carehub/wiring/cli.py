"""The command line. `carehub --help` imports neither FHIR models nor the web framework; each verb imports what it needs."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import Annotated

import typer

from carehub.wiring.adapters_cli import adapters
from carehub.wiring.audit_cli import audit
from carehub.wiring.backup_cli import backup
from carehub.wiring.bench_cli import bench
from carehub.wiring.identity_cli import identity
from carehub.wiring.linkage_cli import linkage
from carehub.wiring.neighbourhood_cli import neighbourhood
from carehub.wiring.options import AsJson
from carehub.wiring.policy_cli import policy
from carehub.wiring.quarantine_cli import quarantine
from carehub.wiring.retention_cli import retention
from carehub.wiring.rights_cli import rights
from carehub.wiring.subscribers_cli import subscriptions
from carehub.wiring.summaries_cli import summaries

# Pretty tracebacks would print local variables, and those hold patient data.
app = typer.Typer(
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_enable=False,
    help="carehub: one honest, rebuildable shared care record.",
)
db = typer.Typer(no_args_is_help=True, help="The store's schema.")
overlay = typer.Typer(no_args_is_help=True, help="What this site changes about feeds.")
app.add_typer(db, name="db")
app.add_typer(adapters, name="adapters")
app.add_typer(overlay, name="overlay")
app.add_typer(quarantine, name="quarantine")
app.add_typer(identity, name="identity")
app.add_typer(bench, name="bench")
app.add_typer(linkage, name="linkage")
app.add_typer(audit, name="audit")
app.add_typer(policy, name="policy")
app.add_typer(rights, name="rights")
app.add_typer(retention, name="retention")
app.add_typer(neighbourhood, name="neighbourhood")
app.add_typer(subscriptions, name="subscriptions")
app.add_typer(summaries, name="summaries")
app.add_typer(backup, name="backup")


@app.command()
def demo(
    once: Annotated[bool, typer.Option("--once", help="Load, print the figures and end.")] = False,
    as_json: AsJson = False,
    port: Annotated[int | None, typer.Option(help="Where to serve; default CAREHUB_PORT, 8000.")] = None,
) -> None:
    """Load twenty invented people from all five sectors and serve their merged records."""
    from carehub.wiring.demo import run_demo

    run_demo(once=once, as_json=as_json, port=port)


@app.command()
def serve(
    listening: Annotated[int, typer.Option(hidden=True, help="File descriptor of a socket that others answer at too.")] = -1,
) -> None:
    """Serve the API and the pages; without CAREHUB_REDIS_URL the work is done in this process too."""
    from carehub.wiring.serving import serve_settings

    serve_settings(listening)


@app.command("development-provider")
def development_provider(port: Annotated[int, typer.Option(help="Where to serve, on this machine.")] = 8090) -> None:
    """A sign-in provider with invented people, to try CAREHUB_OIDC_ISSUER with; refused in production."""
    from carehub.wiring.development_provider import run_development_provider

    run_development_provider(port)


@app.command()
def worker(
    queues: Annotated[str, typer.Option(help="Queues to consume, comma separated.")] = "map,identity,assemble,notify,export",
    concurrency: Annotated[int, typer.Option(help="Processes.")] = 2,
    beat: Annotated[bool, typer.Option("--beat", help="Also run the schedule; for one worker only.")] = False,
) -> None:
    """A Celery worker on CAREHUB_REDIS_URL."""
    from carehub.wiring.entrypoints import run_worker

    run_worker(queues=queues, concurrency=concurrency, beat=beat)


@app.command()
def up(
    mappers: Annotated[int, typer.Option(min=1, help="Messages mapped at once.")] = 2,
    doors: Annotated[int, typer.Option(min=0, help="Processes of the API and the pages; 0: as many as processors.")] = 0,
    grace: Annotated[float, typer.Option(min=0.0, help="Seconds that processes have to end what is in hand.")] = 30.0,
) -> None:
    """Everything of production on this machine until stopped: PostgreSQL and Redis (named, or installed), API, workers, schedule."""
    from carehub.wiring.stack.running import run_up

    run_up(mappers=mappers, doors=doors, grace=grace)


@app.command()
def mllp(
    feed: Annotated[str, typer.Argument(help="A feed of HL7 v2: acute, or a full name such as acute/hl7v2.")],
    host: Annotated[str, typer.Option(help="Where to listen.")] = "127.0.0.1",
    port: Annotated[int, typer.Option(help="Where to listen.")] = 2575,
    sender: Annotated[str, typer.Option(help="Who is at the other end, for the log.")] = "mllp",
    allow: Annotated[list[str] | None, typer.Option(help="MSH-3|MSH-4 of who may send; again for more. None: anyone.")] = None,
    any_processing: Annotated[
        bool, typer.Option("--any-processing", help="In production too, take messages that MSH-11 marks as tests.")
    ] = False,
) -> None:
    """Take HL7 v2 over MLLP: stored, then acknowledged. Without CAREHUB_REDIS_URL the work is done in this process too."""
    from carehub.wiring.doors_cli import run_mllp

    run_mllp(feed, host=host, port=port, sender=sender, allow=allow or [], any_processing=any_processing)


@app.command()
def ingest(
    feed: Annotated[str, typer.Argument(help="A feed: gp, acute, or a full name such as gp/structured-record.")],
    paths: Annotated[list[Path], typer.Argument(help="Files, or folders whose files are all taken.", exists=True)],
    as_json: AsJson = False,
) -> None:
    """Hand files to a feed, do the work, and print what became of every message."""
    from carehub.wiring.ingesting import ingest_paths

    ingest_paths(feed, paths, as_json=as_json)


@app.command()
def watch(
    feed: Annotated[str, typer.Argument(help="A feed: local_authority, or a full name such as local_authority/client-level-data.")],
    folder: Annotated[Path, typer.Argument(help="Where files are dropped.", exists=True, file_okay=False, writable=True)],
    mesh: Annotated[bool, typer.Option("--mesh", help="The folder is a MESH inbox: X.dat beside X.ctl or X.json.")] = False,
    workflow: Annotated[list[str] | None, typer.Option(help="MESH: take this workflow; again for more. None: all.")] = None,
    sender: Annotated[str, typer.Option(help="Who drops files here, for the log.")] = "folder",
    settle: Annotated[float, typer.Option(min=0.0, help="Seconds a file must rest before it is taken for whole.")] = 5.0,
    every: Annotated[float, typer.Option(min=0.1, help="Seconds between two looks.")] = 2.0,
    once: Annotated[
        bool, typer.Option("--once", help="Take what is there, do the work and end; exit 1 when a file was set aside.")
    ] = False,
) -> None:
    """Take files dropped into a folder: stored, then moved to processed. Without CAREHUB_REDIS_URL the work is done in this process too."""
    from carehub.wiring.watching_folder import watch_folder

    sys.exit(
        0 if watch_folder(feed, folder, mesh=mesh, workflows=workflow or [], sender=sender, settle=settle, every=every, once=once) else 1
    )


@app.command()
def rebuild(as_json: AsJson = False) -> None:
    """Drop every projection, replay the log, and prove the same record comes out. Exit 1 when it does not."""
    from carehub.wiring.upkeep import rebuild_store

    sys.exit(0 if rebuild_store(as_json=as_json) else 1)


@app.command()
def sweep(as_json: AsJson = False) -> None:
    """Find every message without an outcome at the current mapping version, and do the work."""
    from carehub.wiring.upkeep import sweep_store

    sweep_store(as_json=as_json)


@db.command("upgrade")
def db_upgrade() -> None:
    """Bring the store's schema up to date."""
    from carehub.wiring.upkeep import upgrade_store

    upgrade_store()


@overlay.command("diff")
def overlay_diff(
    old: Annotated[Path, typer.Argument(exists=True, dir_okay=False)], new: Annotated[Path, typer.Argument(exists=True, dir_okay=False)]
) -> None:
    """What changes from one overlay file to another. Exit 1 when something does."""
    from carehub.wiring.overlaying import diff_overlays

    sys.exit(1 if diff_overlays(old, new) else 0)


@app.command()
def feeds(as_json: AsJson = False) -> None:
    """How each feed stands: late, failing, volume against usual, dead letters, unmapped codes. Exit 1 when one is not well."""
    from carehub.wiring.watching_feeds import show_feeds

    sys.exit(0 if show_feeds(as_json=as_json) else 1)


@app.command()
def doctor(as_json: AsJson = False) -> None:
    """How the whole installation stands: settings, adapters, queue, store, clocks, rules, work, feeds. Changes nothing. Exit 1 when a part is wrong."""
    from carehub.wiring.doctor import show

    sys.exit(0 if show(as_json=as_json) else 1)


@app.command()
def remap(
    feed: Annotated[str, typer.Argument(help="A feed: gp, acute, or a full name such as gp/structured-record.")],
    dry_run: Annotated[bool, typer.Option("--dry-run", help="Only say what would change.")] = False,
    as_json: AsJson = False,
) -> None:
    """Map a feed anew, in log order, with the adapter as it is now; say in counts and ids what changes. Exit 1 when interrupted."""
    from carehub.wiring.watching_feeds import remap_feed

    sys.exit(0 if remap_feed(feed, dry_run=dry_run, as_json=as_json) else 1)


@app.command()
def push(base: str, person: str, as_client: Annotated[str, typer.Option(prompt="Credential", hide_input=True)], bearer: str = "") -> None:
    """Load a person's record into the FHIR server at BASE, as one client of this hub may read it. Exit 1 unless it is read back equal."""
    from carehub.wiring.pushing import push

    sys.exit(0 if push(base, person, as_client, bearer) else 1)


@app.command()
def version() -> None:
    """Print the version."""
    from carehub import __version__

    typer.echo(__version__)


def main() -> None:
    """Run the command line: exit 0 for success, 1 for findings, 2 for wrong usage or settings, 3 when the store cannot be used."""
    from carehub.terms.errors import CarehubError, Unavailable
    from carehub.wiring.heap import seldom_collected

    seldom_collected()
    try:
        app()
    except CarehubError as error:
        for found in error.issues:
            typer.echo(f"{found.number} {found.text}", err=True)
        sys.exit(3 if isinstance(error, Unavailable) else 2)
    except ValueError as error:
        words = _about_settings(error)
        if not words:
            raise
        typer.echo(words, err=True)
        sys.exit(2)


def _about_settings(error: ValueError) -> str:
    """What to tell whoever started the program; "" for an error that is no fault of theirs."""
    from pydantic import ValidationError

    from carehub.caseload.criteria import BadCriteria
    from carehub.feeds.manifest import BadManifest
    from carehub.governance.clauses import BadAgreements
    from carehub.governance.matrix import BadPolicy
    from carehub.governance.retention import BadSchedule
    from carehub.identity.rule_file import BadRules
    from carehub.wiring.settings import Settings, UnsafeSettings, complaint

    if isinstance(error, ValidationError):
        return complaint(error) if error.title == Settings.__name__ else ""
    told = UnsafeSettings | BadManifest | BadRules | BadAgreements | BadPolicy | BadCriteria | BadSchedule
    return str(error) if isinstance(error, told) else ""
