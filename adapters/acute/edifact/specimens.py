"""Specimens (S16: SEQ, SPC, RFF+STI, QTY+SVO, DTM+SCO, DTM+SRI, FTX) to UK Core Specimen."""

from __future__ import annotations

from typing import Any, NamedTuple

from carehub.feeds.formats.edifact import Delimiters, Segment

from ..draft import Draft
from ..source import address
from .groups import Group, Report
from .words import concept, free_text, quantity, time, unit

_FASTING = {
    "F": ("F", "Patient was fasting prior to the procedure."),
    "NF": ("NF", "The patient indicated they did not fast prior to the procedure."),
}
_FASTING_SYSTEM = "http://terminology.hl7.org/CodeSystem/v2-0916"
_MAPPED = frozenset(("SEQ", "SPC", "RFF", "QTY", "DTM", "FTX"))


class Told(NamedTuple):
    """A specimen that is in the draft. collected: when it was taken, "" when nobody says."""

    reference: str
    collected: str


def tell(draft: Draft, report: Report, number: str) -> dict[str, Told]:
    """Put the specimens in; by their sequence number, which results point at. number: of the report, which names them with their own."""
    found: dict[str, Told] = {}
    for place, group in enumerate(report.named("S16"), 1):
        seq = group.first("SEQ")
        sequence = (seq.text(2) if seq else "") or str(place)
        if sequence in found:
            draft.note("MAP-018", f"S16[{place}]", "Specimen")
            sequence = f"{sequence}#{place}"
        found[sequence] = _specimen(
            draft, group, f"{number}|{group.reference('STI')}|{sequence}", f"S16[{place}]", report.message.delimiters
        )
    return found


def _specimen(draft: Draft, group: Group, local: str, at: str, marks: Delimiters) -> Told:
    told: dict[str, Any] = {"subject": draft.subject}
    collection: dict[str, Any] = {}
    notes: list[str] = []
    for segment in group.segments:
        qualifier = segment.text(1)
        if segment.name == "SPC":
            notes.append(_characteristic(draft, segment, told, collection))
        elif segment.name == "RFF":
            _number(draft, segment, told)
        elif segment.name == "QTY" and qualifier == "SVO":
            amount = quantity(segment.text(1, 2), "", unit(segment, 2), marks)
            if amount:
                collection["quantity"] = amount
            else:
                draft.note("MAP-021", "QTY-1", "Specimen")
        elif segment.name == "DTM" and qualifier == "SCO":
            _put(collection, "collectedDateTime", time(draft, segment, "Specimen"))
        elif segment.name == "DTM" and qualifier == "SRI":
            _put(told, "receivedTime", time(draft, segment, "Specimen"))
        elif segment.name == "FTX":
            notes.append(free_text(segment))
        elif segment.name not in ("SEQ", "GIS"):
            draft.note("MAP-017" if segment.name in _MAPPED else "MAP-005", segment.name, "Specimen")
    if collection:
        told["collection"] = collection
    if any(notes):
        told["note"] = [{"text": "\n".join(note for note in notes if note)}]
    return Told(draft.add("Specimen", local, told, at=at), str(collection.get("collectedDateTime", "")))


def _characteristic(draft: Draft, spc: Segment, told: dict[str, Any], collection: dict[str, Any]) -> str:
    """SPC: TSP its type, FS whether the patient was fasting. Of any other the words are given back, or the code, for a note."""
    kind, code, words = spc.text(1), spc.text(2), "".join(spc.parts(2)[3:]).strip()
    if kind == "TSP" and "type" not in told:
        _put(told, "type", concept(draft, code, spc.text(2, 2), words, "SPC-2", "Specimen"))
    elif kind == "FS":
        coded = _FASTING.get(code.upper())
        if coded:
            concept_of = {"coding": [{"system": _FASTING_SYSTEM, "code": coded[0], "display": coded[1]}], "text": words or coded[1]}
            collection["fastingStatusCodeableConcept"] = concept_of
        elif code or words:
            draft.note("MAP-006", "SPC-2", "Specimen")
            sent = {"coding": [draft.local_coding(code, "", "fasting")]} if code else {}
            collection["fastingStatusCodeableConcept"] = sent | {"text": words or code}
    elif words or code:
        draft.note("MAP-017", "SPC-1", "Specimen")
        return words or code
    return ""


def _number(draft: Draft, rff: Segment, told: dict[str, Any]) -> None:
    """RFF: STI is the laboratory's number of the sample; any other keeps its qualifier."""
    kind, value = rff.text(1), rff.text(1, 2)
    if not value:
        return
    if kind == "STI" and "accessionIdentifier" not in told:
        told["accessionIdentifier"] = {"system": address(draft.source, "sample"), "value": value}
    else:
        told.setdefault("identifier", []).append({"system": address(draft.source, "id", kind or "sample"), "value": value})


def _put(told: dict[str, Any], element: str, value: Any) -> None:
    if value:
        told[element] = value
