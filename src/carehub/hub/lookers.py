"""Who opened a person's record, for the steward who settles a report: they may have acted on what was another person's."""

from __future__ import annotations

from typing import NamedTuple

from carehub.fhir.canonical import loads
from carehub.governance.audit import seen
from carehub.store.auditing import AuditTrail

_MOST = 2000
# Looks at who is who, which show no statement of any source.
_IDENTITY = ("explanation of ", "history of ", "whose ", "why these records ")


class Looker(NamedTuple):
    """Somebody who was shown the record. last: when they last were, ISO UTC."""

    name: str
    role: str
    organisation: str
    last: str


def lookers(person: str, since: str, audit: AuditTrail) -> tuple[Looker, ...]:
    """Everybody who was shown the record of the person since (ISO UTC), the latest first; of the newest 2,000 entries about the person."""
    found: dict[tuple[str, str], Looker] = {}
    for row in audit.about(person, _MOST):
        event = loads(row.event)
        entry = seen(event)
        if row.at < since or entry.refused or event["action"] != "R" or entry.what.startswith(_IDENTITY):
            continue
        found.setdefault((entry.user, entry.role), Looker(entry.name, entry.role, entry.organisation, row.at))
    return tuple(found.values())
