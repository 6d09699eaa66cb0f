"""The attribution of a stored record: who said it, in which message, when."""

from __future__ import annotations

from collections.abc import Mapping

from carehub.store.stored import StoredRecord
from carehub.terms.attribution import Attribution


def attribution_of(stored: StoredRecord, recorded: Mapping[str, str] | None = None) -> Attribution:
    """recorded: the source's own time by message id, where known ("" when the source gave none); else the stored time is used."""
    return Attribution(
        source=stored.source,
        feed=stored.feed,
        record=f"{stored.type}/{stored.id}",
        record_version=stored.version,
        message=stored.message,
        recorded=(recorded or {}).get(stored.message, stored.recorded),
        received=stored.received,
        author=stored.author,
        adapter=stored.adapter,
        mapping_version=stored.mapping_version,
    )
