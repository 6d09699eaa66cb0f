"""`carehub ingest`: files to a feed, with a progress bar and a closing table that accounts for every message."""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from contextlib import nullcontext
from dataclasses import dataclass, field
from itertools import islice
from pathlib import Path

from rich.console import Console
from rich.table import Table

from carehub.feeds.catalogue import HEAD
from carehub.feeds.message import Arrival, Receipt, Submission
from carehub.hub.hub import Hub
from carehub.hub.receive_stream import WHOLE
from carehub.store.stored import MapOutcome
from carehub.terms.errors import CarehubError
from carehub.terms.issue_catalogue import CATALOGUE
from carehub.terms.moments import iso
from carehub.wiring.bootstrap import build_hub, mapping_side_by_side
from carehub.wiring.progress import advancing
from carehub.wiring.settings import Settings

_GROUP = 32
_GROUP_BYTES = 16_000_000


@dataclass(slots=True)
class Ingested:
    """What became of an ingest. verdicts: messages by verdict; "unaccounted" must stay 0. reasons: rejected messages by first catalogue number.

    parts: quarantined parts by number. refused: files no message came of, by number. repeated: files delivered before. plan_failures:
    persons whose plan could not be made.
    """

    files: int = 0
    repeated: int = 0
    messages: int = 0
    verdicts: Counter[str] = field(default_factory=Counter)
    reasons: Counter[str] = field(default_factory=Counter)
    parts: Counter[str] = field(default_factory=Counter)
    notes: Counter[str] = field(default_factory=Counter)
    refused: Counter[str] = field(default_factory=Counter)
    plan_failures: int = 0
    records: int = 0
    new_versions: int = 0


def ingest_paths(feed: str, paths: Sequence[Path], *, as_json: bool) -> None:
    """Hand every file to the feed, do the work, print the account. With only an adapter named, each file goes to the feed it looks like.

    Raises Missing for an unknown feed.
    """
    settings = Settings()
    hub = build_hub(settings)
    first = hub.catalogue.full_name(feed)
    name = feed if feed in hub.catalogue.adapters else first
    files = [(hub.catalogue.feed_of(feed, _head(path)), path, "") for path in _files(paths)]
    done = ingest_files(hub, files, quiet=as_json, settings=settings)
    if as_json:
        print(json.dumps(_as_object(name, done)))
    else:
        _print(name, done)


def ingest_files(hub: Hub, files: Sequence[tuple[str, Path, str]], *, quiet: bool, settings: Settings | None = None) -> Ingested:
    """(feed, file, delivery key) each as one submission; then all waiting work. Small files are read one group at a time, large ones piece by piece.

    settings: of the hub, where a long backlog may be mapped in several processes.
    """
    done = Ingested()
    before = hub.store.records.version_count()
    receipts: dict[str, Receipt] = {}
    for group in _groups(files):
        received = _receive_large(hub, *group, done) if isinstance(group, tuple) else _receive(hub, _submissions(hub, group), done)
        receipts.update((receipt.submission, receipt) for receipt in received)
    done.messages = sum(len(receipt.messages) for receipt in receipts.values())
    several = mapping_side_by_side(settings, done.messages) if settings else nullcontext()
    with advancing("Mapping", done.messages, quiet=quiet) as advance, several as side_by_side:
        drained = hub.drain(progress=advance, side_by_side=side_by_side)
        advance(max(0, done.messages - drained.messages))  # the others were mapped before
        done.plan_failures = len(drained.failed)
    messages = (message for receipt in receipts.values() for message in receipt.messages)
    while ids := list(islice(messages, 500)):
        outcomes = hub.store.records.outcomes(ids)
        for message in ids:
            _count(outcomes.get(message), done)
    done.new_versions = hub.store.records.version_count() - before
    return done


def _submissions(hub: Hub, group: Sequence[tuple[str, bytes, str]]) -> list[Submission]:
    return [Submission(feed, body, iso(hub.clock()), "cli", delivery_key=key) for feed, body, key in group]


def _receive_large(hub: Hub, feed: str, path: Path, key: str, done: Ingested) -> list[Receipt]:
    """The receipt of a large file, or none if it is refused."""
    done.files += 1
    arrival = Arrival(feed, iso(hub.clock()), "cli", delivery_key=key)
    try:
        with path.open("rb") as file:
            receipt = hub.receive_stream(arrival, file)
    except CarehubError as error:
        done.refused[error.issues[0].number] += 1
        return []
    done.repeated += receipt.received_at != arrival.received_at
    return [receipt]


def _receive(hub: Hub, submissions: Sequence[Submission], done: Ingested) -> list[Receipt]:
    """Receipts of these submissions. A submission that is refused costs only itself."""
    done.files += len(submissions)
    # Before this run, or earlier among these: two files of the same bytes are one delivery.
    again = sum(bool(hub.log.receipt(s.id)) or s.id in {before.id for before in submissions[:n]} for n, s in enumerate(submissions))
    done.repeated += again
    try:
        receipts = hub.receive(submissions)
    except CarehubError as error:
        if len(submissions) == 1:
            done.refused[error.issues[0].number] += 1
            return []
        done.files -= len(submissions)
        done.repeated -= again
        return [receipt for one in submissions for receipt in _receive(hub, [one], done)]
    return receipts


def _count(outcome: MapOutcome | None, done: Ingested) -> None:
    if outcome is None:
        done.verdicts["unaccounted"] += 1
        return
    done.verdicts[outcome.verdict] += 1
    done.records += outcome.records
    if outcome.verdict == "rejected":
        done.reasons[outcome.issues[0].number] += 1
        return
    for part in outcome.quarantined:
        done.parts[part.issues[0].number] += 1
    for found in outcome.issues:
        done.notes[found.number] += found.count


def _files(paths: Iterable[Path]) -> Iterator[Path]:
    for path in paths:
        if path.is_dir():
            yield from (inner for inner in sorted(path.rglob("*")) if inner.is_file())
        else:
            yield path


def _head(path: Path) -> bytes:
    with path.open("rb") as file:
        return file.read(HEAD)


def _groups(files: Sequence[tuple[str, Path, str]]) -> Iterator[list[tuple[str, bytes, str]] | tuple[str, Path, str]]:
    """Small files in groups of their bytes; a large one by itself."""
    group: list[tuple[str, bytes, str]] = []
    size = 0
    for feed, path, key in files:
        if path.stat().st_size > WHOLE:
            yield feed, path, key
            continue
        body = path.read_bytes()
        if group and (len(group) == _GROUP or size + len(body) > _GROUP_BYTES):
            yield group
            group, size = [], 0
        group.append((feed, body, key))
        size += len(body)
    if group:
        yield group


def _as_object(name: str, done: Ingested) -> dict[str, object]:
    return {
        "feed": name,
        "files": done.files,
        "repeated_deliveries": done.repeated,
        "messages": done.messages,
        **{verdict: done.verdicts[verdict] for verdict in ("accepted", "partly_quarantined", "rejected", "unaccounted")},
        "rejected_by_reason": dict(sorted(done.reasons.items())),
        "quarantined_parts_by_reason": dict(sorted(done.parts.items())),
        "notes": dict(sorted(done.notes.items())),
        "refused_files_by_reason": dict(sorted(done.refused.items())),
        "plan_failures": done.plan_failures,
        "records": done.records,
        "new_resource_versions": done.new_versions,
    }


def _print(name: str, done: Ingested) -> None:
    table = Table("What", "Number", "Why", title=f"{name}: {done.files} files, {done.messages} messages")
    for verdict in ("accepted", "partly_quarantined", "rejected", "unaccounted"):
        table.add_row(verdict.replace("_", " "), str(done.verdicts[verdict]), "")
        for number, count in sorted(done.reasons.items()) if verdict == "rejected" else ():
            table.add_row("", str(count), f"{number} {CATALOGUE[number].text}")
        for number, count in sorted(done.parts.items()) if verdict == "partly_quarantined" else ():
            table.add_row("", f"{count} parts", f"{number} {CATALOGUE[number].text}")
    for number, count in sorted(done.notes.items()):
        table.add_row("noted", str(count), f"{number} {CATALOGUE[number].text}")
    for number, count in sorted(done.refused.items()):
        table.add_row("files refused", str(count), f"{number} {CATALOGUE[number].text}")
    if done.plan_failures:
        table.add_row("plans that could not be made", str(done.plan_failures), "Their records are kept; run `carehub sweep` after a fix.")
    table.add_row("records told", str(done.records), "")
    table.add_row("new resource versions", str(done.new_versions), "")
    table.add_row("files delivered before", str(done.repeated), "")
    Console().print(table)
