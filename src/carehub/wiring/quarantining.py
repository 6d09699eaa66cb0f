"""`carehub quarantine`: what waits with its reason, its bytes, and trying again."""

from __future__ import annotations

import json
import sys
from collections.abc import Iterator

from rich.console import Console
from rich.table import Table

from carehub.feeds.message import Verdict
from carehub.hub.hub import Hub
from carehub.store.stored import MapOutcome
from carehub.terms.errors import Missing
from carehub.terms.issue import Issue
from carehub.terms.issue_catalogue import issue
from carehub.wiring.bootstrap import build_hub
from carehub.wiring.settings import Settings

_PAGE = 500
_WAITING: tuple[Verdict, ...] = ("rejected", "partly_quarantined")


def waiting(hub: Hub) -> Iterator[MapOutcome]:
    """Every message that is rejected or partly quarantined, each verdict in log order."""
    for verdict in _WAITING:
        after = 0
        while page := hub.store.records.unsettled(verdict, after, _PAGE):
            yield from page
            after = page[-1].position


def list_waiting(*, as_json: bool) -> None:
    """One line per waiting message."""
    found = list(waiting(build_hub(Settings())))
    reasons = {o.message: sorted({i.number for i in _issues(o)}) for o in found}
    if as_json:
        fields = ("message", "feed", "verdict", "attempts")
        print(json.dumps([{**{f: getattr(o, f) for f in fields}, "reasons": reasons[o.message]} for o in found]))
        return
    table = Table("Message", "Feed", "Verdict", "Attempts", "Reasons")
    for o in found:
        table.add_row(o.message, o.feed, o.verdict, str(o.attempts), " ".join(reasons[o.message]))
    Console().print(table)


def show_waiting(message: str, *, raw: bool) -> None:
    """The reasons of one message, or its bytes on standard output. Raises Missing for an unknown message."""
    hub = build_hub(Settings())
    found = hub.log.read([message]).get(message)
    if found is None:
        raise Missing(issue("API-003"))
    if raw:
        sys.stdout.buffer.write(found.body)
        return
    outcome = hub.store.records.outcomes([message]).get(message)
    print(f"message {message}\nfeed {found.feed}\nreceived {found.received_at}\nverdict {outcome.verdict if outcome else 'waiting'}")
    for one in _issues(outcome) if outcome else ():
        print(f"  {one.number} {one.severity} {one.at or '(whole message)'} {one.about} {one.text}")


def replay_waiting(messages: list[str]) -> None:
    """Map the messages again (all that wait, when none is named), in log order, and say what changed."""
    hub = build_hub(Settings())
    ids = messages or [o.message for o in sorted(waiting(hub), key=lambda o: o.position)]
    before = {message: outcome.verdict for message, outcome in hub.store.records.outcomes(ids).items()}
    closed = 0
    for start in range(0, len(ids), 64):
        for outcome in hub.map(ids[start : start + 64], again=True).outcomes:
            closed += outcome.verdict == "accepted" and before.get(outcome.message) != "accepted"
    hub.settle()
    print(f"{len(ids)} messages tried again, {closed} now accepted")


def _issues(outcome: MapOutcome) -> tuple[Issue, ...]:
    return (*outcome.issues, *(found for part in outcome.quarantined for found in part.issues))
