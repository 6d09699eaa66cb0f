"""What of a record somebody may have asked to be told of: stays in hospital that began or ended, a confirmed death, sources that disagree."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from carehub.careplan.plan import Conflict, Entry, UnifiedCarePlan
from carehub.terms.organisations import SourceKind

# The words of careplan.reading.encounters for the stay of ActEncounterCode IMP, ACUTE, NONAC and SS.
_STAYS = ("Inpatient stay", "Short stay")
_NO_STAY = ("Planned", "Cancelled", "Entered in error")


@dataclass(frozen=True, slots=True)
class Occurrence:
    """topic: of governance.subscription.TOPICS. key: names it within its person for ever. stamp: changes when it happens anew, such as a second
    discharge after the first was taken back. received: when the newest message that tells it came, ISO UTC. focus: the resource, "Type/id"."""

    topic: str
    key: str
    stamp: str
    received: str
    focus: str


def occurrences(plan: UnifiedCarePlan) -> tuple[Occurrence, ...]:
    """Everything of the kinds above that a record tells, whenever it was; in no order that means anything."""
    return (*_stays(plan), *_death(plan), *map(_disagreement, (one for one in plan.conflicts if not one.difference)))


def _stays(plan: UnifiedCarePlan) -> Iterator[Occurrence]:
    for entry in plan.section("encounters").entries:
        for one in entry.members or (entry,):
            if is_stay(one):
                told = one.attributions[0]
                yield Occurrence("admitted", f"admitted:{told.record}", one.when, told.received, told.record)
                if one.status == "Finished":
                    yield Occurrence("discharged", f"discharged:{told.record}", one.ends, told.received, told.record)


def is_stay(entry: Entry) -> bool:
    """Whether an entry, not folded, is a stay in hospital that happened or is happening, told by that hospital."""
    return entry.fact("Kind") in _STAYS and entry.status not in _NO_STAY and entry.attributions[0].source.kind is SourceKind.ACUTE


def _death(plan: UnifiedCarePlan) -> Iterator[Occurrence]:
    if plan.identity.deceased.startswith("reported by"):
        received = max(report.received for report in plan.sources)
        yield Occurrence("died", "died", "", received, f"Patient/{plan.person}")


def _disagreement(conflict: Conflict) -> Occurrence:
    received = max((said.attribution.received for said in conflict.statements), default="")
    return Occurrence("conflict-opened", f"conflict:{conflict.id}", received, received, f"DetectedIssue/{conflict.id}")
