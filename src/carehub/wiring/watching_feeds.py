"""`carehub feeds` and `carehub remap`: how each feed stands, and mapping one anew with a report of what changes."""

from __future__ import annotations

import json
from dataclasses import asdict

from rich.console import Console
from rich.table import Table

from carehub.hub.remap import Changes
from carehub.store.memory import MemoryStore
from carehub.terms.moments import show_time
from carehub.wiring.bootstrap import build_hub
from carehub.wiring.quarantining import until_interrupted
from carehub.wiring.settings import Settings

_HEADINGS = (
    "Feed",
    "Source",
    "State",
    "Last message",
    "Today / usual",
    "Yesterday / usual",
    "Dead letters",
    "Unreadable",
    "Unmapped codes",
)


def show_feeds(*, as_json: bool) -> bool:
    """One line per feed and source; whether all is well."""
    lines = build_hub(Settings()).feed_health()
    well = all(line.well for line in lines)
    if as_json:
        print(json.dumps({"well": well, "feeds": [asdict(line) for line in lines]}))
        return well
    table = Table(*_HEADINGS)
    for line in lines:
        usual = ["-" if one is None else f"{one:g}" for one in (line.usual_today, line.usual_yesterday)]
        table.add_row(
            line.feed,
            line.source or "(not told)",
            line.standing,
            show_time(line.last) if line.last else "never",
            f"{line.today} / {usual[0]}",
            f"{line.yesterday} / {usual[1]}",
            str(line.dead),
            f"{line.unreadable_share:.1%}",
            str(line.untranslated),
        )
    Console().print(table)
    for sentence in dict.fromkeys(f"{line.feed}: {line.sentence}" for line in lines if line.state != "current"):
        print(sentence)
    return well


def remap_feed(feed: str, *, dry_run: bool, as_json: bool) -> bool:
    """Say what mapping a feed anew changes, and do it unless `dry_run`; whether all of it was done. Raises Missing for an unknown feed."""
    hub = build_hub(Settings())
    name = hub.catalogue.full_name(feed)
    changes = hub.trial(name, MemoryStore().records)
    done = dry_run or hub.remap(name, by="command line", go_on=until_interrupted())
    if as_json:
        print(json.dumps({"feed": name, "dry_run": dry_run, "done": done, **_as_object(changes)}))
    else:
        _print(name, changes)
        print("Nothing was written." if dry_run else "Done." if done else "Some are left; run it again to go on.")
    return done


def _as_object(changes: Changes) -> dict[str, object]:
    verdicts = [{"before": before, "after": after, "messages": n} for (before, after), n in sorted(changes.verdicts.items())]
    counted = {kind: dict(sorted(getattr(changes, kind).items())) for kind in ("added", "removed", "changed", "withdrawn", "paths")}
    return {"messages": changes.messages, **counted, "verdicts": verdicts, "ids": changes.ids}


def _print(feed: str, changes: Changes) -> None:
    table = Table("What", "Of", "Records", title=f"{feed}: {changes.messages} messages mapped anew")
    for kind in ("added", "removed", "changed", "withdrawn"):
        for type_, n in sorted(getattr(changes, kind).items()):
            table.add_row("withdrawn or given back" if kind == "withdrawn" else kind, type_, str(n))
    for path, n in sorted(changes.paths.items()):
        table.add_row("element", path, str(n))
    for (before, after), n in sorted(changes.verdicts.items()):
        table.add_row("verdict", f"{before} to {after}", f"{n} messages")
    Console().print(table)
    for kind, ids in sorted(changes.ids.items()):
        for id in ids:
            print(f"{kind} {id}")
