"""The attribution of a stored record: who said it, in which message, when."""

from __future__ import annotations

from collections.abc import Mapping

from carehub.store.stored import StoredRecord
from carehub.terms.attribution import Attribution


def attribution_of(stored: StoredRecord, recorded: Mapping[str, str] | None = None) -> Attribution:
    """recorded: the source's own time by message id, where known ("" when the source gave none); else the stored time is used."""
    return Attribution(
        stored.source,
        stored.feed,
        f"{stored.type}/{stored.id}",
        stored.version,
        stored.message,
        recorded.get(stored.message, stored.recorded) if recorded else stored.recorded,
        stored.received,
        stored.author,
        stored.adapter,
        stored.mapping_version,
    )
