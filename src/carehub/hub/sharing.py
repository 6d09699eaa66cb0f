"""What may be shown of a record now: agreements in force and the person's own objections, asked at every reading, so that neither waits for anything."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import NamedTuple

from carehub.careplan.known_services import with_services
from carehub.careplan.plan import SourceReport, UnifiedCarePlan
from carehub.careplan.reading.objections import in_force
from carehub.governance.agreements import Agreements
from carehub.governance.compartment import permitted_types
from carehub.governance.requester import Requester
from carehub.hub.agreement_changes import AgreementChanges
from carehub.hub.asked import Answers
from carehub.store.stored import StoredRecord
from carehub.terms.moments import iso, london_date


@dataclass(frozen=True, slots=True)
class Unshared:
    """What of one patient record may not be shown to a reader. why: "objected" or "no_agreement", nothing of it; "" where only some is kept back.

    classes: the sections kept back by clauses, with their sentences. records: "Type/id" of what speaks in those sections.
    """

    why: str = ""
    classes: Mapping[str, str] = field(default_factory=dict)
    records: frozenset[str] = frozenset()

    def keeps(self, record: StoredRecord) -> bool:
        """Whether a record may not leave as its source told it. What is in no section, such as a List, may name anything: it fails closed."""
        types = permitted_types(self.classes)
        return bool(self.why) or (types is not None and record.type not in types) or f"{record.type}/{record.id}" in self.records


Again = Callable[[str, Mapping[str, Unshared]], UnifiedCarePlan | None]
"""Assembles a person's plan anew, without what may not be shown."""


class Shared(NamedTuple):
    """A plan as one reader may read it, and what of the person's records that reader may not be shown, by patient record id."""

    plan: UnifiedCarePlan
    unshared: Mapping[str, Unshared]

    def owners(self, linked: Iterable[str]) -> set[str]:
        """Of the patient records linked with the person, those that the plan knows. Of any other nobody has asked yet whether it may be shown."""
        return {_patient(report) for report in self.plan.sources}.intersection(linked)


@dataclass(frozen=True, slots=True)
class Sharing:
    """agreements: of the site's file; without one every source that sends is shown. changes: what was approved since, which stands instead."""

    agreements: Agreements
    changes: AgreementChanges | None = None

    def in_force(self, at: datetime, asked: Answers | None = None) -> Agreements:
        """The agreements at an instant. asked: where the changes that there were may be kept. Raises StoreBusy where they cannot be read."""
        if self.changes is None:
            return self.agreements
        told = asked.of("agreements", self.changes.all) if asked else self.changes.all()
        return self.changes.in_force(iso(at), told) or self.agreements

    def as_shared(
        self, plan: UnifiedCarePlan, now: datetime, reader: Requester, again: Again, agreed: Agreements | None = None
    ) -> Shared | None:
        """The plan as it may be read now, with what must be said of services that send nothing. now: aware. again: asked when something may not be
        shown, and once more for a record that was linked meanwhile, until every record in it was judged. agreed: in force now, None to ask.

        The plan must be one that was assembled with everything: what is not shown of a record does not say that the person objected to it.
        """
        day, agreements = london_date(iso(now)), agreed or self.in_force(now)
        unshared, shown = dict[str, Unshared](), plan
        while more := {key: why for key, why in _unshared(shown, agreements, day, reader).items() if key not in unshared}:
            unshared |= more
            if (anew := again(plan.person, unshared)) is None:
                return None
            shown = anew
        return Shared(with_services(shown, agreements.known(day)), unshared)


_NOBODYS = ("person",)


def _patient(report: SourceReport) -> str:
    return report.patient.removeprefix("Patient/")


def _unshared(plan: UnifiedCarePlan, agreements: Agreements, day: str, reader: Requester) -> dict[str, Unshared]:
    found: dict[str, Unshared] = {}
    for report in plan.sources:
        patient = _patient(report)
        if in_force(report.objections, day):
            found[patient] = Unshared("objected")
        elif report.source.kind.value in _NOBODYS:
            continue
        elif not agreements.may_show(report.source.code, day):
            found[patient] = Unshared("no_agreement")
        elif classes := agreements.kept_back(report.source.code, reader, day):
            found[patient] = Unshared("", classes, speaking(plan, classes, report.source.code))
    return found


def speaking(plan: UnifiedCarePlan, classes: Collection[str], source: str) -> frozenset[str]:
    """The records ("Type/id") of a source that speak in any of these sections of a plan."""
    entries = (row for key in classes for entry in plan.section(key).entries for row in (entry, *entry.members))
    return frozenset(told.record for row in entries for told in row.attributions if told.source.code == source)


EVERYTHING = Sharing(Agreements())
"""Where a site has no file of agreements: every source that sends is shown, objections apart."""
