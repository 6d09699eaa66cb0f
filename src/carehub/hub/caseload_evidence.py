"""What of a plan speaks for a place on a caseload: its entries, handed to the pure room that knows the rules."""

from __future__ import annotations

from collections.abc import Iterator

from carehub.careplan.occurrences import is_stay
from carehub.careplan.plan import Entry, UnifiedCarePlan
from carehub.caseload.evidence import Evidence, evidence


def evidence_of(plan: UnifiedCarePlan) -> tuple[Evidence, ...]:
    """Every piece once, though an entry may stand in several sections. plan: as it is kept, or as a reader may see it."""
    rows = tuple(_each(plan))
    return tuple(dict.fromkeys(evidence((row for row in rows if is_stay(row)), rows)))


def _each(plan: UnifiedCarePlan) -> Iterator[Entry]:
    """Entries one by one: what was folded, each on its own."""
    for section in plan.sections:
        for entry in section.entries:
            yield from entry.members or (entry,)
