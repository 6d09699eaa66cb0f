"""The source's own count of what a message holds, held by the contract kit against what came out: by segments and entries, whatever is mapped.

Whom and what every message names besides (the patient, the visit, clinicians, practices) is not counted.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator

from carehub.feeds.formats import edifact
from carehub.feeds.formats.fhir_tree import Node, read_document
from carehub.feeds.formats.hl7v2 import Hl7Message, read
from carehub.feeds.message import Message

# Every message may list these.
_LISTED = {"NK1": "RelatedPerson", "AL1": "AllergyIntolerance", "IAM": "AllergyIntolerance", "DG1": "Condition", "PR1": "Procedure"}
_OF_FAMILY = {
    "ORU": {"OBR": "DiagnosticReport", "OBX": "Observation"},
    "MDM": {"TXA": "DocumentReference"},
    "SIU": {"SCH": "Appointment"},
}
_WORDS = frozenset(("TX", "FT", "ST"))
# What goes with a visit that is deleted is not told.
_OF_A_VISIT = frozenset(("DG1", "PR1"))
_REPLACEMENTS = frozenset(("T09", "T10"))
_OF_AN_INVESTIGATION = frozenset(("INV", "SEQ", "REL", "RSL", "RFF", "STS", "FTX", "GIS", "DTM", "S20", "RND", "UNT", "UNZ"))
_ENTRIES = {"ProcedureRequest": "ServiceRequest", "ReferralRequest": "ServiceRequest"}
_ENTRIES |= {
    kind: kind
    for kind in (
        "AllergyIntolerance",
        "Appointment",
        "Condition",
        "DiagnosticReport",
        "Immunization",
        "List",
        "MedicationRequest",
        "MedicationStatement",
        "Observation",
        "Procedure",
        "Task",
    )
}


def counts(message: Message) -> dict[str, int]:
    """How many statements of each type."""
    if message.feed.endswith("/edifact-pathology"):
        return Counter(_of_report(edifact.read(message.body).segments))
    if message.feed.endswith("/itk3-documents"):
        return Counter(_of_document(read_document(message.body)))
    return Counter(_of_message(read(message.body)))


def _of_message(told: Hl7Message) -> Iterator[str]:
    family, event = told.header.text(9, 1).upper(), told.header.text(9, 2).upper()
    listed = _LISTED | _OF_FAMILY.get(family, {})
    lines: set[tuple[str, str, str]] = set()
    for segment in told.segments:
        if segment.name == "OBR":
            lines = set()
        kind = "" if event == "A23" and segment.name in _OF_A_VISIT else listed.get(segment.name, "")
        if kind == "Observation" and segment.text(2).upper() in _WORDS:
            # A further line of the same words, said to be as final as they.
            line = (segment.raw(3), segment.text(4), segment.text(11))
            kind = "" if line in lines else kind
            lines.add(line)
        if kind:
            yield kind
        if segment.name == "TXA" and event in _REPLACEMENTS and segment.text(13):
            yield kind


def _of_report(segments: list[edifact.Segment]) -> Iterator[str]:
    """An investigation is a result. Told as lost of one: a value that is not there, and what only other messages have there."""
    yield "DiagnosticReport"
    inside = False
    for segment in segments:
        inside = segment.name == "INV" or (
            inside and not (segment.name[:1] == "S" and segment.name[1:].isdigit() and segment.name != "S20")
        )
        if segment.name == "S16":
            yield "Specimen"
        unknown = inside and segment.name not in _OF_AN_INVESTIGATION
        empty = segment.name == "RSL" and max(segment.filled(), default=0) < 2
        if segment.name == "INV" or unknown or empty:
            yield "Observation"


def _of_document(root: Node) -> Iterator[str]:
    """The entries, of the document inside where it comes in a message. One that is told to be an error takes all back."""
    entries = [entry.one("resource") for entry in root.all("entry")]
    inner = [node for node in entries if node.kind == "Bundle"]
    if inner:
        entries = [entry.one("resource") for bundle in inner for entry in bundle.all("entry")]
    if any(node.kind == "Composition" and node.text("status") == "entered-in-error" for node in entries):
        return
    yield from (_ENTRIES[node.kind] for node in entries if node.kind in _ENTRIES)
