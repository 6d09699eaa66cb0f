"""All that was told of a person, sorted into what leaves, what is held back and why, and what its sources withdrew."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterable, Mapping
from typing import NamedTuple

from carehub.careplan import absence
from carehub.careplan.plan import UnifiedCarePlan
from carehub.hub.reading import StoredBody
from carehub.hub.record_versions import served
from carehub.hub.sharing import Unshared
from carehub.hub.shielding import Shield
from carehub.store.stored import StoredRecord
from carehub.terms.remembered import Remembered

NOT_TO_ROLE = "Not shown to your role: its source labelled it, its section is not shown to you, or it tells how to get into a home."

SERVED: Remembered[str, Mapping[int, tuple[StoredRecord, StoredBody]]] = Remembered(12_000)
"""What was handed out of a person's long record, by the very object that it was made of. What may leave is asked anew each time."""


class Whole(NamedTuple):
    """plan: as it may be read. bodies: the records that leave, in the order given. withdrawn: ("Type/id", when the hub received that, ISO UTC) of
    records that their source took back and that would leave otherwise. held_back: a sentence for each reason, and how many records it keeps back."""

    plan: UnifiedCarePlan
    bodies: tuple[StoredBody, ...]
    withdrawn: tuple[tuple[str, str], ...]
    held_back: Mapping[str, int]


def sorted_out(
    plan: UnifiedCarePlan,
    records: Iterable[StoredRecord],
    unshared: Mapping[str, Unshared],
    leave: Callable[[StoredRecord], bool],
    shield: Shield,
) -> Whole:
    """plan: as it may be read. records: of the person, as they stand. unshared: what agreements and objections keep back, by patient record. leave:
    whether policy lets a record out. shield: what covers where a restricted person lives."""
    before = SERVED.get(plan.person) or {}
    handed: dict[int, tuple[StoredRecord, StoredBody]] = {}
    bodies, withdrawn, why = list[StoredBody](), list[tuple[str, str]](), Counter[str]()
    for record in records:
        kept = unshared.get(record.patient)
        if (kept is not None and kept.keeps(record)) or not leave(record):
            why[_reason(record, kept or Unshared())] += not record.withdrawn
        elif record.withdrawn:
            withdrawn.append((f"{record.type}/{record.id}", record.received))
        else:
            shown = shield(record)
            known = before.get(id(shown))
            handed[id(shown)] = known if known and known[0] is shown else (shown, served(shown))
            bodies.append(handed[id(shown)][1])
    SERVED.put(plan.person, handed, len(handed))
    return Whole(plan, tuple(bodies), tuple(withdrawn), +why)


def _reason(record: StoredRecord, kept: Unshared) -> str:
    if not kept.keeps(record):
        return NOT_TO_ROLE
    if kept.why:
        return absence.OBJECTED if kept.why == "objected" else absence.not_agreed(record.source.title)
    return " ".join(dict.fromkeys(kept.classes.values()))
