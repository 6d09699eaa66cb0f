"""Visits moved from one record to another (A45), and records that go by another number (A47).

Source: HL7 v2.5.1 chapter 3 (A45, A47, MRG).
"""

from __future__ import annotations

from typing import Any

from carehub.feeds.formats.hl7v2 import Segment
from carehub.terms.errors import Unmappable
from carehub.terms.issue_catalogue import issue
from carehub.terms.refs import RecordRef

from . import encounters
from .draft import Draft
from .identity import Identity, named

_MRG = frozenset((1, 5, 6))


def tell(draft: Draft, who: Identity) -> RecordRef | None:
    """A45: tell each visit (PV1) under this patient and take it back where it was (the MRG before it). Returns the record it comes from.

    What was told of the visit there does not come along, which is noted (MAP-022). Raises Unmappable: MAP-002 where an MRG does not say from
    whom, MAP-013 where visits come from two records: a move that cannot be read must not be half done.
    """
    came_from: RecordRef | None = None
    pairs = _pairs(draft)
    if not pairs:
        raise Unmappable(issue("MAP-002", at="MRG"))
    for mrg, pv1 in pairs:
        old = named(mrg.repeats(1), mrg.repeats(4), draft.source, authority=who.authority)
        if not old.key:
            raise Unmappable(issue("MAP-002", at=f"{mrg.place}-1"))
        record = RecordRef(draft.source.code, old.key, "Patient")
        if came_from not in (None, record):
            raise Unmappable(issue("MAP-013", at=mrg.place))
        came_from = record
        encounters.tell(draft, pv1, "A45")
        before = mrg.text(5) or mrg.text(6) or encounters.name(pv1)
        draft.left_out(mrg, _MRG, "Encounter")
        if before and draft.visit and (record != draft.patient or before != draft.visit):
            draft.withdraw("Encounter", before, at=mrg.place, patient=record)
            draft.note("MAP-022", mrg.place, "Encounter")
    return came_from if came_from != draft.patient else None


def _pairs(draft: Draft) -> list[tuple[Segment, Segment]]:
    """Each visit with the MRG before it."""
    found: list[tuple[Segment, Segment]] = []
    mrg: Segment | None = None
    for segment in draft.message.segments:
        if segment.name == "MRG":
            mrg = segment
        elif segment.name == "PV1" and mrg:
            found.append((mrg, segment))
    return found


def superseded(draft: Draft, who: Identity) -> list[dict[str, Any]]:
    """A47, where MRG-1 names the same record by a number it no longer has: that number, marked old.

    Where it names another record key, the record goes on under the new one: that is a merge (see merges). Raises Unmappable (MAP-002) when
    MRG names nobody, or nothing that the record has lost.
    """
    found: list[dict[str, Any]] = []
    held = {(str(each.get("system", "")), str(each.get("value", ""))) for each in who.identifiers}
    for mrg in draft.message.all("MRG"):
        old = named(mrg.repeats(1), mrg.repeats(4), draft.source, authority=who.authority)
        if not renumbers(old, who):
            lost = [each for each in old.identifiers if (str(each.get("system", "")), str(each.get("value", ""))) not in held]
            found.extend(_old(each, national=bool(old.nhs) and each.get("value") == old.nhs) for each in lost)
            if not old.identifiers:
                raise Unmappable(issue("MAP-002", at=f"{mrg.place}-1"))
    if not draft.message.all("MRG"):
        raise Unmappable(issue("MAP-002", at="MRG"))
    return found


def renumbers(old: Identity, who: Identity) -> bool:
    """True where the old number is another key of the hospital's own; an NHS number is an attribute of a record that has a hospital number."""
    return bool(old.key) and old.key != who.key and not (old.key.startswith("nhs|") and not who.key.startswith("nhs|"))


def _old(number: dict[str, Any], *, national: bool) -> dict[str, Any]:
    if national:
        return {"use": "old", "type": {"text": "NHS number, superseded"}, "value": number["value"]}
    return {"use": "old", **number}
