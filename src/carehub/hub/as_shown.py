"""The record as one reader was shown it: worked out anew from the log for the instant of an audit entry, and compared with the hash kept there."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import datetime

from carehub.careplan.plan import UnifiedCarePlan
from carehub.fhir.canonical import loads, restore
from carehub.governance.audit import asked_by, decided_then, seen, shown_hash
from carehub.governance.decision import Decision, decide
from carehub.governance.redaction import Disclosed, redact
from carehub.governance.requester import Requester
from carehub.hub.as_it_stood import Then, limits, plan_then
from carehub.hub.hub import Hub
from carehub.hub.sharing import Unshared
from carehub.store.stored import AuditRow
from carehub.terms.errors import Missing, StoreBusy
from carehub.terms.issue_catalogue import issue


@dataclass(frozen=True, slots=True)
class AsShown:
    """entry: the audit entry's id. person: as the hub called them then. at: ISO UTC. role, organisation, page: who was shown what. name: "" where the
    reader is not told names. withheld: keys of the sections that policy held back. shown: the hash that was written down then, rebuilt: that of the
    record worked out anew; "" where there is none. limits: why the two may differ, in sentences. record: what was shown, less what this reader may
    not see; None where they may not read the record."""

    entry: str
    person: str
    at: str
    name: str
    role: str
    organisation: str
    page: str
    withheld: tuple[str, ...]
    shown: str
    rebuilt: str
    limits: tuple[str, ...]
    record: UnifiedCarePlan | None = None

    @property
    def same(self) -> bool:
        """Whether what was shown follows from the log."""
        return bool(self.shown) and self.shown == self.rebuilt


NOT_KEPT = "This entry does not say what was shown: it was a refusal, not a look at a whole record, or was written before that was kept."


@dataclass(frozen=True, slots=True)
class Shown:
    """The verb, over a hub."""

    hub: Hub

    def at(self, requester: Requester, entry: str) -> Disclosed[AsShown]:
        """What the reader of an audit entry was shown.

        Covers the statements, conflicts and what is said of sources; not how the feeds stood, which is not kept, nor the page's layout. Whoever may
        see who looked may ask; the record itself is told only to who may read it, and is then written down as their own look. Raises Refused,
        Missing for an unknown entry, StoreBusy.
        """
        row = self.hub.store.audit.entry(entry)
        about = row.person if row else ""
        return self.hub.disclosing.identity(
            requester,
            "see_who_looked",
            [about],
            f"as shown, audit entry {row.id if row else 'unknown'}",
            lambda: self._told(requester, row),
        )

    def _told(self, requester: Requester, row: AuditRow | None) -> AsShown:
        if row is None or not row.person:
            raise Missing(issue("API-003"))
        event = loads(row.event)
        entry, (shown, decision) = seen(event), decided_then(event)
        named = decide(requester, "see_who_looked_by_name", row.person, self.hub.disclosing.policy).permitted
        told = AsShown(
            entry=row.id,
            person=row.person,
            at=row.at,
            name=entry.name if named else "",
            role=entry.role,
            organisation=entry.organisation,
            page=entry.what,
            withheld=tuple(sorted(decision.masked_sections)) if decision else (),
            shown=shown,
            rebuilt="",
            limits=(NOT_KEPT,),
        )
        return self._rebuilt(requester, asked_by(event), told, decision) if decision else told

    def _rebuilt(self, requester: Requester, reader: Requester, told: AsShown, decision: Decision) -> AsShown:
        disclosing = self.hub.disclosing
        current = disclosing.links.current_person(told.person)
        stored = disclosing.plans.get(current) if current else None
        if stored is None:
            raise Missing(issue("API-003"))
        now, at = restore(stored.plan, UnifiedCarePlan), datetime.fromisoformat(told.at)
        then = self._then(told, now, {})
        shared = disclosing.sharing.as_shared(then.plan, at, reader, lambda _, unshared: self._then(told, now, unshared).plan)
        record = None
        if decide(requester, "read_record", told.person, disclosing.policy).permitted:
            record = redact(disclosing.record_then(requester, told.person, at, "as shown").value.plan, decision).value
        rebuilt = shown_hash(redact(shared.plan, decision).value) if shared else ""
        return replace(told, rebuilt=rebuilt, limits=tuple(limits(then, now)), record=record)

    def _then(self, told: AsShown, now: UnifiedCarePlan, unshared: Mapping[str, Unshared]) -> Then:
        """Held back is what was held back then; only the hash of it leaves here."""
        disclosing = self.hub.disclosing
        if disclosing.catalogue is None:
            raise StoreBusy(issue("STORE-001"))
        return plan_then(told.person, now, told.at, disclosing.records, disclosing.links, disclosing.catalogue, unshared)
