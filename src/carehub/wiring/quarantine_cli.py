"""`carehub quarantine`: what waits with its reason, and trying it again."""

from __future__ import annotations

from typing import Annotated

import typer

from carehub.wiring.options import AsJson

quarantine = typer.Typer(no_args_is_help=True, help="Messages and parts that wait with their reason.")
Feed = Annotated[str, typer.Option("--feed", help="Only this feed.")]
Reason = Annotated[str, typer.Option("--reason", help="Only this issue number.")]


@quarantine.command("list")
def quarantine_list(
    feed: Feed = "",
    reason: Reason = "",
    limit: Annotated[int, typer.Option(min=1, help="At most so many messages; the counts are of all.")] = 200,
    as_json: AsJson = False,
) -> None:
    """Rejected messages and quarantined parts: counts by reason, then message, feed, reasons."""
    from carehub.wiring.quarantining import list_waiting

    list_waiting(feed=feed, reason=reason, limit=limit, as_json=as_json)


@quarantine.command("show")
def quarantine_show(message: str, raw: Annotated[bool, typer.Option("--raw", help="Print the bytes as received.")] = False) -> None:
    """Why one message waits, or what closed its entry; with --raw, its bytes."""
    from carehub.wiring.quarantining import show_waiting

    show_waiting(message, raw=raw)


@quarantine.command("replay")
def quarantine_replay(
    messages: Annotated[list[str] | None, typer.Argument(help="Message ids; none means all that wait.")] = None,
    feed: Feed = "",
    reason: Reason = "",
    limit: Annotated[int, typer.Option(min=1, help="At most so many messages, the oldest first.")] = 100_000,
) -> None:
    """Try waiting messages again with the adapters as they are now."""
    from carehub.wiring.quarantining import replay_waiting

    replay_waiting(messages or [], feed=feed, reason=reason, limit=limit)
