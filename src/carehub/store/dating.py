"""When each link of a batch took effect: one reckoning for every store."""

from __future__ import annotations

from carehub.identity.links import Link
from carehub.store.stored import LaneBatch


def dated(batch: LaneBatch) -> list[tuple[int, str, Link]]:
    """The links in order, each with the place in the log and the time at which it took effect."""
    moments = batch.moments or ((batch.position, batch.at),) * len(batch.links)
    return [(position, at, link) for (position, at), link in zip(moments, batch.links, strict=True)]
