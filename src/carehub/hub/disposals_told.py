"""Which disposals there are and how far they came: what the log says."""

from __future__ import annotations

from dataclasses import dataclass, replace

from carehub.hub.disposal_feed import FEED, Approved, Begun, Done, Proposed, read
from carehub.store.ports import MessageLog, Records

_MOST = 1000


@dataclass(frozen=True, slots=True)
class Told:
    """One disposal. id: the message that proposed it."""

    id: str
    proposed: Proposed
    approved: Approved | None = None
    begun: Begun | None = None
    done: Done | None = None

    def state(self, at: str) -> str:
        """How far it is at an instant, ISO UTC."""
        if self.done or self.begun or self.approved:
            return "done" if self.done else "begun" if self.begun else "approved"
        return "expired" if self.proposed.expires <= at else "proposed"


def every_disposal(records: Records, log: MessageLog) -> list[Told]:
    """Every one there was, oldest first. An approval by who proposed it, or after it expired, counts for nothing, and neither does what follows it."""
    found, after = dict[str, Told](), 0
    while outcomes := records.unsettled("accepted", after, _MOST, FEED):
        bodies = log.read([outcome.message for outcome in outcomes])
        for outcome in outcomes:
            word = read(bodies[outcome.message].body)
            if word.proposed is not None:
                found[outcome.message] = Told(outcome.message, word.proposed)
            elif word.approved and (one := found.get(word.approved.of)) and _counts(one, word.approved):
                found[one.id] = replace(one, approved=word.approved)
            elif word.begun and (one := found.get(word.begun.of)) and one.approved and not one.begun:
                found[one.id] = replace(one, begun=word.begun)
            elif word.done and (one := found.get(word.done.of)) and one.begun:
                found[one.id] = replace(one, done=word.done)
        after = outcomes[-1].position
    return list(found.values())


def _counts(one: Told, approved: Approved) -> bool:
    return one.approved is None and approved.by.user != one.proposed.by.user and approved.at < one.proposed.expires
