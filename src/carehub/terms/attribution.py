"""Attribution: who said it, in which message, when. No statement exists without one."""

from __future__ import annotations

from dataclasses import dataclass

from carehub.terms.organisations import SourceOrganisation
from carehub.terms.quickly_made import quickly_made


@quickly_made
@dataclass(frozen=True, slots=True)
class Attribution:
    """Where one statement came from.

    record: "Type/id" of the source record as served. record_version: 1, 2, … as the source changed it.
    message: id of the message that first said it in this form. recorded: the source's own time for the message, an ISO 8601 instant
    in UTC, or "" when the source gave none. received: when the hub got that message, same form (left out of content hashes).
    author: the person who wrote it as the source names them, or "". adapter and mapping_version: the code that mapped it.
    """

    source: SourceOrganisation
    feed: str
    record: str
    record_version: int
    message: str
    recorded: str
    received: str
    author: str
    adapter: str
    mapping_version: int
