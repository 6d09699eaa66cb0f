"""`carehub quarantine`: what waits with its reason, its bytes, and trying again."""

from __future__ import annotations

import json
import signal
import sys
from collections.abc import Callable

from rich.console import Console
from rich.table import Column, Table

from carehub.hub.settling import numbers, reasons
from carehub.store.stored import MapOutcome
from carehub.terms.errors import Missing
from carehub.terms.issue_catalogue import CATALOGUE, issue
from carehub.wiring.bootstrap import build_hub
from carehub.wiring.settings import Settings


def list_waiting(*, feed: str, reason: str, limit: int, as_json: bool) -> None:
    """Counts by feed and reason, then two lines for each waiting message, the oldest first. Raises Missing for an unknown feed."""
    hub = build_hub(Settings())
    found = hub.waiting(feed=hub.catalogue.full_name(feed) if feed else "", reason=reason, limit=limit)
    if as_json:
        counts = [{"feed": of, "reason": number, "messages": n} for (of, number), n in found.counts.items()]
        print(json.dumps({"counts": counts, "messages": [_line(o) for o in found.page], "more": bool(found.after)}))
        return
    by_reason = Table(Column("Feed", overflow="fold"), Column("Reason", no_wrap=True), Column("Messages", no_wrap=True), "What it means")
    for (of, number), n in found.counts.items():
        by_reason.add_row(of, number, str(n), CATALOGUE[number].text)
    console = Console()
    console.print(by_reason)
    for o in found.page:  # no table: an id that is cut cannot be asked about, nor a reason that is cut looked up
        print(f"{o.message}  {o.verdict}  {' '.join(numbers(o))}\n    {o.feed}, attempts {o.attempts}, first failed {o.failed_at or o.at}")
    if found.after:
        console.print(f"The oldest {len(found.page)} are shown; --limit shows more.")


def show_waiting(message: str, *, raw: bool) -> None:
    """The reasons of one message and what came of it, or its bytes on standard output. Raises Missing for an unknown message."""
    hub = build_hub(Settings())
    found = hub.log.read([message]).get(message)
    if found is None:
        raise Missing(issue("API-003"))
    if raw:
        sys.stdout.buffer.write(found.body)
        return
    outcome = hub.store.records.outcomes([message]).get(message)
    print(f"message {message}\nfeed {found.feed}\nreceived {found.received_at}\nverdict {outcome.verdict if outcome else 'waiting'}")
    if outcome is None:
        return
    for one in reasons(outcome):
        print(f"  {one.number} {one.severity} {one.at or '(whole message)'} {one.about} {one.text}")
    entry = hub.waiting_entry(message)
    if entry.state != "never waited":
        print(
            f"attempts {outcome.attempts}, first failed {outcome.failed_at or outcome.at} with {' '.join(outcome.failed_with or numbers(outcome))}"
        )
    if entry.state == "closed":
        print(f"closed {outcome.closed_at} by {outcome.closed_by}; it tells")
        for record in entry.result:
            print(f"  {record}")


def replay_waiting(messages: list[str], *, feed: str, reason: str, limit: int) -> None:
    """Map the messages again (all that wait, when none is named), in log order, and say what changed. The first interrupt ends it after a batch."""
    hub = build_hub(Settings())
    full = hub.catalogue.full_name(feed) if feed else ""
    go_on = until_interrupted()
    done = hub.replay(messages or None, feed=full, reason=reason, by="command line", limit=limit, go_on=go_on)
    print(f"{len(done.tried)} messages tried again, {len(done.closed)} now accepted")
    for message in done.bugs:
        print(f"adapter failed on message {message}", file=sys.stderr)
    if done.stopped:
        print("Some are left; run it again to go on.")


def until_interrupted() -> Callable[[], bool]:
    """True until the first interrupt; a second one ends the program as usual."""
    going = True

    def stop(number: int, frame: object) -> None:
        nonlocal going
        going = False
        signal.signal(signal.SIGINT, signal.default_int_handler)

    signal.signal(signal.SIGINT, stop)
    return lambda: going


def _line(outcome: MapOutcome) -> dict[str, object]:
    told: dict[str, object] = {field: getattr(outcome, field) for field in ("message", "feed", "verdict", "attempts")}
    return {**told, "first_failed": outcome.failed_at or outcome.at, "reasons": list(numbers(outcome))}
