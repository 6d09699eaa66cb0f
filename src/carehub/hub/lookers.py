"""Who opened a person's record, for the steward who settles a report: they may have acted on what was another person's."""

from __future__ import annotations

from typing import NamedTuple

from carehub.fhir.canonical import loads
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
        what = event["entity"][0]["detail"][0]["valueString"]
        if row.at < since or event["outcome"] != "0" or event["action"] != "R" or what.startswith(_IDENTITY):
            continue
        who, place = event["agent"]
        key = who["who"]["identifier"]["value"], who["type"]["text"]
        found.setdefault(key, Looker(who["who"]["display"], who["type"]["text"], place["who"]["display"], row.at))
    return tuple(found.values())
