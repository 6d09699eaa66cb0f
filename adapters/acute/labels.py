"""Confidentiality labels: what a message says must be protected, as meta.security.

Source: HL7 v2.5.1 and v2.8 chapter 3 (PD1-12, PV1-16, PV2-22, ARV) and chapter 6 (DG1-18); tables 0136, 0206 and 0717.
A label is easily put on and taken off only in so many words: what goes unsaid, or is said in a way not known here, leaves it.
"""

from __future__ import annotations

from typing import Any

from carehub.feeds.formats.hl7v2 import Field, Segment
from carehub.fhir.resource import Resource

from .draft import CONFIDENTIALITY, RESTRICTED, Draft, Label

# In `clears`: the sender says that the record is not to be protected any more.
CLEARED = "meta.security"
_RESTRICTIONS = "http://terminology.hl7.org/CodeSystem/v2-0717"
_KNOWN = frozenset(("ALL", "DEM", "DRG", "HIV", "LOC", "OI", "OO", "PID-7", "PID-17", "PSY", "SMD", "STD"))
_NO_RESTRICTION = "NO"
_ARV = frozenset((1, 2, 3))


def yes_or_no(draft: Draft, segment: Segment, number: int, about: str, clears: list[str]) -> list[Label]:
    """An indicator: Y, to be protected; N or `""`, not any more. Anything else is noted (MAP-006)."""
    sent = segment.text(number).upper()
    if sent == "N" or segment.deleted(number):
        clears.append(CLEARED)
    elif sent and sent != "Y":
        draft.note("MAP-006", f"{segment.name}-{number}", about)
    return [RESTRICTED] if sent == "Y" else []


def important(draft: Draft, pv1: Segment) -> list[Label]:
    """PV1-16, a list of each hospital's own of people whose stay is not to be talked of: kept as sent (MAP-006)."""
    code = pv1.text(16)
    if not code or code.upper() == "N":
        return []
    draft.note("MAP-006", "PV1-16", "Encounter")
    return [_own(draft, pv1.first(16), "vip")]


def of_patient(draft: Draft, *, visits: bool) -> tuple[Label, ...]:
    """What the ARV segments say of the patient: those before PV1 where the message can tell of visits, else all."""
    found: list[Segment] = []
    for segment in draft.message.segments:
        if segment.name == "PV1" and visits:
            break
        if segment.name == "ARV":
            found.append(segment)
    return _restrictions(draft, found, "Patient")


def of_visit(draft: Draft, pv1: Segment) -> tuple[Label, ...]:
    """What the ARV segments after this PV1 say of the visit."""
    found: list[Segment] = []
    inside = False
    for segment in draft.message.segments if draft.message.first("ARV") else ():
        if segment.name == "PV1":
            inside = segment is pv1
        elif segment.name == "ARV" and inside:
            found.append(segment)
    return _restrictions(draft, found, "Encounter")


def _restrictions(draft: Draft, segments: list[Segment], about: str) -> tuple[Label, ...]:
    """One that is taken away (action D) leaves its label on, as others may stand (MAP-017)."""
    found: list[Label] = []
    for arv in segments:
        draft.left_out(arv, _ARV, about)
        if arv.text(2).upper() == "D":
            draft.note("MAP-017", "ARV-2", about)
            continue
        for field in arv.repeats(3):
            code = field.text(1).upper()
            if code in _KNOWN:
                found += [RESTRICTED, Label(_RESTRICTIONS, code)]
            elif code and code != _NO_RESTRICTION:
                draft.note("MAP-006", "ARV-3", about)
                found += [RESTRICTED, _own(draft, field, "access-restriction")]
    return tuple(dict.fromkeys(found))


def _own(draft: Draft, field: Field, system: str) -> Label:
    coding = draft.local_coding(field.text(1), field.text(2), system)
    return Label(coding["system"], coding["code"], coding.get("display", ""))


def keep(state: Resource, earlier: Resource, update: Resource, clears: tuple[str, ...]) -> None:
    """Let the labels of the later state be those told now beside those told before. Pure in `earlier` and `update`.

    A code of confidentiality stands in the place of another. That nothing is to be protected takes no label away while a restriction by
    another name is known.
    """
    held: list[dict[str, Any]] = earlier.get("meta", {}).get("security", [])
    told: list[dict[str, Any]] = update.get("meta", {}).get("security", [])
    if not held and not told:
        return
    if CLEARED in clears and all(label.get("system") == CONFIDENTIALITY for label in held):
        held = []
    replaced = any(label.get("system") == CONFIDENTIALITY for label in told)
    kept = [label for label in held if label not in told and not (replaced and label.get("system") == CONFIDENTIALITY)]
    meta = {name: value for name, value in state.get("meta", {}).items() if name != "security"}
    if kept or told:
        meta["security"] = [*kept, *told]
    state["meta"] = meta
