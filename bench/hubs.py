"""A hub of its own in a folder of its own, on SQLite as it ships (WAL, synchronous FULL)."""

from __future__ import annotations

import shutil
import tempfile
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path

from carehub.feeds.message import Submission
from carehub.hub.hub import Hub
from carehub.terms.moments import iso
from carehub.wiring.bootstrap import build_hub
from carehub.wiring.settings import Settings

GROUP = 64
ACUTE, GP = "acute/hl7v2", "gp/structured-record"


@contextmanager
def folder() -> Iterator[Path]:
    """A folder that is gone afterwards."""
    made = Path(tempfile.mkdtemp(prefix="carehub-bench-"))
    try:
        yield made
    finally:
        shutil.rmtree(made, ignore_errors=True)


def settings_in(place: Path) -> Settings:
    """Settings for a hub in a folder, whatever the environment says."""
    return Settings(_env_file=None, env="demo", var=place, database_url="", redis_url="", adapters=None)


@contextmanager
def fresh_hub() -> Iterator[Hub]:
    """An empty hub."""
    with folder() as place:
        hub = build_hub(settings_in(place))
        try:
            yield hub
        finally:
            hub.store.close()


def submissions(hub: Hub, feed: str, bodies: Sequence[bytes]) -> list[Submission]:
    """Bodies as submissions received now."""
    return [Submission(feed, body, iso(hub.clock()), "bench") for body in bodies]


def receive(hub: Hub, feed: str, bodies: Sequence[bytes], group: int = GROUP) -> list[list[str]]:
    """Store bodies, `group` a commit; message ids, group by group."""
    stored = []
    for start in range(0, len(bodies), group):
        receipts = hub.receive(submissions(hub, feed, bodies[start : start + group]))
        stored.append([message for receipt in receipts for message in receipt.messages])
    return stored


def ingest(hub: Hub, feed: str, bodies: Sequence[bytes], group: int = GROUP) -> None:
    """Store, map and reconcile, a group at a time: stored, indexed, matched and durable. Raises RuntimeError unless all were accepted."""
    for start in range(0, len(bodies), group):
        [ids] = receive(hub, feed, bodies[start : start + group], group)
        accepted(hub.map(ids))
        while hub.reconcile().more:
            pass


def accepted(report: object) -> None:
    """Raise RuntimeError unless every outcome of a map report is "accepted": a bench of rejections would look fast."""
    verdicts = {outcome.verdict for outcome in report.outcomes}  # type: ignore[attr-defined]
    if verdicts - {"accepted"}:
        raise RuntimeError(f"the bench's own messages must be accepted, found {sorted(verdicts)}")
