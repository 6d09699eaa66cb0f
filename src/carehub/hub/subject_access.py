"""DOOR OUT for the person's own right of access (UK GDPR Article 15): a privacy officer is handed all that the hub holds about them, to look through and
give. Decided by policy and written down before anything is read."""

from __future__ import annotations

from dataclasses import dataclass

from carehub.governance.redaction import Disclosed
from carehub.governance.requester import Requester
from carehub.hub.held_about import Item, Line, Received, held_about
from carehub.hub.held_statements import statements
from carehub.hub.hub import Hub
from carehub.terms.moments import iso


@dataclass(frozen=True, slots=True)
class Export:
    """All of it. person: as the hub calls them now; ids: every id that it had for their records. at: ISO UTC. waiting: how many messages of anybody
    wait in quarantine as a whole, of which some may be about the person and say so to nobody."""

    person: str
    ids: tuple[str, ...]
    by: Requester
    at: str
    records: tuple[Item, ...]
    lines: tuple[Line, ...]
    statements: tuple[Item, ...]
    accesses: tuple[Item, ...]
    messages: tuple[Received, ...]
    waiting: int

    @property
    def all(self) -> tuple[Item | Received, ...]:
        """Each thing held, once; the lines say the same as the records in other words."""
        return (*self.records, *self.statements, *self.accesses, *self.messages)


@dataclass(frozen=True, slots=True)
class SubjectAccess:
    """The verb, over a hub."""

    hub: Hub

    def export(self, requester: Requester, person: str) -> Disclosed[Export]:
        """Everything about a person: every version kept of every record, withdrawn, withheld by an objection or an agreement, and hidden ones too; the
        hub's own statements; every access, this one included; and each message as it was received.

        Raises Refused, Missing for a person of whom nothing is held, and StoreBusy: where the audit entry cannot be written, nothing is read.
        """
        current = self.hub.store.links.current_person(person) or person

        def told() -> Export:
            now = self.hub.clock()
            held = held_about(self.hub, current, self.hub.disclosing.sharing.in_force(now), now)
            records = tuple(held.records())
            why = dict[str, list[str]]()
            for one in records:
                why.setdefault(f"{one.kind}/{one.id}", []).extend(one.reasons if one.current else ())
            counted = self.hub.store.records.counts()
            return Export(
                person=current,
                ids=held.ids,
                by=requester,
                at=iso(now),
                records=records,
                lines=tuple(held.lines(why)),
                statements=tuple(statements(held, why)),
                accesses=tuple(held.accesses()),
                messages=tuple(held.messages()),
                waiting=sum(many for _, _, verdict, many in counted if verdict == "rejected"),
            )

        return self.hub.disclosing.identity(requester, "export_subject_access", [current], "subject access export", told)
