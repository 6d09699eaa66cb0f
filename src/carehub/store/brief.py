"""A record without its body."""

from __future__ import annotations

from typing import NamedTuple

from carehub.terms.organisations import SourceOrganisation


class Brief(NamedTuple):
    """A record as it stands without its body: enough to see whether it still says what was read of it before. Fields as in store.stored.StoredRecord."""

    source: SourceOrganisation
    feed: str
    content: str
    last_position: int
