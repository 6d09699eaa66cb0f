"""Patient merges (A34, A40): the surviving record from PID, the one that became part of it from MRG.

Source: HL7 v2.5.1 chapter 3 (A34, A40, MRG). Nothing is moved: both source keys are kept, so that a merge can be taken back.
"""

from __future__ import annotations

from typing import Any

from carehub.feeds.formats.hl7v2 import Segment
from carehub.feeds.mapped import RecordMerge
from carehub.terms.errors import Unmappable
from carehub.terms.issue_catalogue import issue
from carehub.terms.refs import RecordRef

from . import moves
from .draft import Draft
from .identity import Identity, named

EVENTS = frozenset(("A34", "A40"))
RENUMBERING = "A47"
_MRG = frozenset((1,))


def subsumed(draft: Draft, who: Identity, event: str) -> list[tuple[RecordRef, Identity, Segment]]:
    """Every record that MRG-1 names, with its segment. Of A47 only those that went by another number of the hospital's.

    A number without an authority belongs to that of the surviving number: a merge is within one index. Raises Unmappable (MAP-002) when
    an MRG names nobody, or the survivor itself: a merge that cannot be read must not be half done.
    """
    found: list[tuple[RecordRef, Identity, Segment]] = []
    for mrg in draft.message.all("MRG"):
        gone = named(mrg.repeats(1), mrg.repeats(4), draft.source, authority=who.authority)
        if event == RENUMBERING and not moves.renumbers(gone, who):
            continue
        if not gone.key or gone.key == who.key:
            raise Unmappable(issue("MAP-002", at=f"{mrg.place}-1"))
        draft.left_out(mrg, _MRG, "Patient")
        found.append((RecordRef(draft.source.code, gone.key, "Patient"), gone, mrg))
    if not found and event != RENUMBERING:
        raise Unmappable(issue("MAP-002", at="MRG"))
    return found


def replaces(reference: str) -> dict[str, Any]:
    """The survivor's link to a record that became part of it."""
    return {"other": {"reference": reference}, "type": "replaces"}


def tell(draft: Draft, gone: list[tuple[RecordRef, Identity, Segment]]) -> tuple[RecordMerge, ...]:
    """Put the subsumed Patients into the draft: their identifiers, not active, replaced by the survivor."""
    for ref, who, mrg in gone:
        if who.refused:
            draft.note("MAP-009", "MRG-1", "Patient", who.refused)
        told = {
            "identifier": who.identifiers,
            "active": False,
            "link": [{"other": draft.subject, "type": "replaced-by"}],
        }
        draft.add("Patient", "", told, at=mrg.place, change="update", patient=ref)
    return tuple(RecordMerge(draft.patient, ref) for ref, _, _ in gone)
