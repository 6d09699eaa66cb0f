"""`carehub bench`: measurements a user can repeat on their own machine and data."""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path
from typing import Annotated

import typer

bench = typer.Typer(no_args_is_help=True, help="Measure.")

_SETS = Path("../shared/data/match")
_GENERATED = 250_000


@bench.callback()
def _bench() -> None:
    """Measure."""


@bench.command("identity")
def bench_identity(
    sets: Annotated[Path, typer.Option("--sets", help="A folder of sets, or one set: records.csv and truth.csv.")] = _SETS,
    names: Annotated[list[str] | None, typer.Option("--set", help="Only this set of the folder; again for more.")] = None,
    generated: Annotated[
        int | None, typer.Option(min=0, help="Records of the invented neighbourhood; 0 for none. Default 250,000, with --set none.")
    ] = None,
    seed: Annotated[int, typer.Option(help="Of the invented neighbourhood and of --order shuffled.")] = 1,
    hazards: Annotated[
        bool, typer.Option(help="People easily taken for each other, 500 cases of six kinds; with --set only if asked.")
    ] = True,
    without: Annotated[list[str] | None, typer.Option("--without", help="Leave this field out, such as number; again for more.")] = None,
    columns: Annotated[Path | None, typer.Option(exists=True, dir_okay=False, help="A TOML file: [columns] name = field.")] = None,
    sweep: Annotated[bool, typer.Option("--sweep", help="Other thresholds too, the best chosen with the truth.")] = False,
    order: Annotated[str, typer.Option(help="file, or shuffled: file and another order, and how much they differ.")] = "file",
    versus: Annotated[str, typer.Option("--vs", help="splink: train and run Splink 5 on the same records in the same run.")] = "",
    speed: Annotated[
        bool, typer.Option("--speed", help="Latency of one new record, throughput, memory and growth, instead of the sets.")
    ] = False,
    size: Annotated[list[int] | None, typer.Option(help="With --speed: records in the index; again for more. Default 250,000.")] = None,
    store: Annotated[str, typer.Option(help="With --speed: the URL of an empty PostgreSQL database, measured beside SQLite.")] = "",
    clusters: Annotated[Path | None, typer.Option("--write-clusters", help="A folder for record_id,cluster_id of every set.")] = None,
    to: Annotated[Path | None, typer.Option("--json", help="Where to write the figures; default bench-results/identity-TIME.json.")] = None,
) -> None:
    """How well and how fast the matcher links, on sets whose truth is known. Models are trained on each set without its truth."""
    from carehub.wiring.identity_bench import run, splink_batch
    from carehub.wiring.identity_bench.columns import BadColumns, own_map
    from carehub.wiring.identity_bench.labelled import Wanted, found_sets

    if order not in ("file", "shuffled") or versus not in ("", "splink"):
        raise typer.BadParameter("--order is file or shuffled; --vs is splink")
    if versus and (why := splink_batch.absent()):
        raise typer.BadParameter(why)
    told = run.about()
    if speed:
        from carehub.wiring.identity_bench.speed import speeds

        told["speed"] = speeds(size or [_GENERATED], seed, typer.echo, store)
    else:
        try:
            own = own_map(columns) if columns else {}
        except BadColumns as error:
            raise typer.BadParameter(str(error)) from error
        left = tuple(without or ())
        named = f" without {', '.join(left)}" if left else ""
        wanted = [Wanted(f"{one.name}{named}", one.folder, without=left, own=own) for one in found_sets(sets, names or ())]
        if not wanted:
            typer.echo(f"{sets}: no sets there")
        size_made = (0 if names else _GENERATED) if generated is None else generated
        if size_made:
            wanted.append(Wanted(f"generated{named}", size=size_made, seed=seed, without=left))
        asked = run.Asked(sweep, seed if order == "shuffled" else None, bool(versus), clusters)
        told["sets"] = run.measured(wanted, asked, typer.echo)
        if hazards and not names:
            told["hazards"] = run.hazards(typer.echo)
    path = to or Path("bench-results") / f"identity-{datetime.now(UTC):%Y%m%dT%H%M%SZ}.json"
    run.write(path, told)
    typer.echo(str(path))
