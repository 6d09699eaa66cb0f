"""Acute hospitals to R4 UK Core: HL7 v2 ADT, ORU, MDM and SIU here, other feeds in packages. The functions the hub calls: split, map_message, revise."""

from __future__ import annotations

from collections.abc import Iterator

from carehub.feeds.formats.hl7v2 import Hl7Message, read, split_batch
from carehub.feeds.mapped import Mapped, RecordMerge
from carehub.feeds.message import Message
from carehub.terms.errors import Unmappable
from carehub.terms.issue_catalogue import issue
from carehub.terms.organisations import SourceOrganisation
from carehub.terms.refs import RecordRef

from . import (
    allergies,
    appointments,
    conditions,
    contacts,
    documents,
    edifact,
    encounters,
    itk3,
    labels,
    merges,
    moves,
    patient,
    portions,
    procedures,
    results,
)
from .counting import counts
from .draft import Draft
from .folding import revise
from .identity import Identity, identity
from .source import sender
from .timing import ahead, recorded, sequence

__all__ = ["counts", "map_message", "revise", "split"]

_EDIFACT = (b"UNA", b"UNB", b"UNH")

# A01 to A29 where they are about a person or a visit. Billing accounts (A41, A44), links (A24, A37), beds (A20) and queries are not.
_ADT = frozenset((*(f"A{number:02}" for number in (*range(1, 17), 21, 22, 23, *range(25, 30))), "A31", "A34", "A38", "A40", "A45", "A47"))
_ADT |= {"A52", "A53", "A60"}
_EVENTS = {"ADT": _ADT, "ORU": frozenset(("R01",)), "MDM": documents.EVENTS, "SIU": appointments.EVENTS}

_PERSON = frozenset(("MSH", "EVN", "PID", "PD1", "NK1", "AL1", "IAM", "DG1", "PR1", "ARV"))
_VISIT = _PERSON | {"PV1", "PV2"}
_MAPPED = {
    "ADT": _VISIT,
    "ORU": _VISIT | {"ORC", "OBR", "OBX", "NTE"},
    "MDM": _VISIT | {"TXA", "OBX"},
    "SIU": _PERSON | {"SCH", "TQ1", "RGS", "AIS", "AIG", "AIL", "AIP", "NTE"},
}
# The sender's software and who was signed in to it: nothing about the patient.
_NO_PLACE = frozenset(("SFT", "UAC"))


def split(body: bytes) -> Iterator[bytes]:
    """An EDIFACT interchange to its messages; a document is one; anything else as a batch of HL7 v2, of which a hand-over without any is one part."""
    if itk3.is_document(body):
        return iter((body,))
    return edifact.split(body) if body.removeprefix(b"\xef\xbb\xbf").lstrip()[:3] in _EDIFACT else split_batch(body)


def map_message(message: Message) -> Mapped:
    """One message of any feed to what it says of its patient. What follows is of HL7 v2; the other feeds' packages say theirs.

    Raises Rejected only: Unreadable MAP-001 (not HL7 v2), Unmappable MAP-003 (an event this feed does not carry), MAP-002 (no patient, or
    a merge or move that does not name both), MAP-013 (two different patients). A segment that cannot be read costs only itself (MAP-004).
    """
    if message.feed.endswith("/edifact-pathology"):
        return edifact.map_message(message)
    if message.feed.endswith("/itk3-documents"):
        return itk3.map_message(message)
    told = read(message.body)
    family, event = _kind(told)
    source = sender(told.header)
    who = _only_patient(told, source)
    draft = Draft(told, source, RecordRef(source.code, who.key, "Patient"))
    merged = _person(draft, who, family, event)
    came_from = moves.tell(draft, who) if event == "A45" else None
    pv1 = told.first("PV1")
    if pv1 and family != "SIU" and event != "A45":
        encounters.tell(draft, pv1, event)
    portions.tell(draft, allergies.tell, ("AL1", "IAM"))
    if event == "A60":
        allergies.whole_list(draft)
    if event == "A23":
        draft.closes.extend(scope for scope in (draft.scope_of_visit(),) if scope)
    else:
        portions.tell(draft, conditions.tell, ("DG1",), draft.encounter, draft.scope_of_visit())
        procedures.tell(draft)
    if family == "ORU":
        results.tell(draft)
    elif family == "MDM":
        documents.tell(draft, event)
    elif family == "SIU":
        appointments.tell(draft, event)
    _not_mapped(draft, _MAPPED[family] | {"MRG"} if merged or event in ("A45", "A47") else _MAPPED[family])
    return Mapped(
        source=source,
        patient=draft.patient,
        kind=f"{family}^{event}",
        recorded=recorded(told, event),
        records=draft.records(),
        sequence=sequence(told),
        issues=draft.issues(),
        merges=merged,
        closes=tuple(draft.closes),
        moved_from=came_from,
    )


def _person(draft: Draft, who: Identity, family: str, event: str) -> tuple[RecordMerge, ...]:
    """The patient with their contacts, and the records that became part of this one."""
    merging = event in merges.EVENTS or event == merges.RENUMBERING
    gone = merges.subsumed(draft, who, event) if merging else []
    superseded = moves.superseded(draft, who) if event == merges.RENUMBERING else []
    died, revived = event == "A03" and encounters.died(draft.message.first("PV1")), event == "A13"
    restricted = labels.of_patient(draft, visits=family == "ADT") if draft.message.first("ARV") else ()
    if gone or superseded:
        links = [merges.replaces(ref.reference) for ref, _, _ in gone]
        patient.tell(draft, patient.as_register(event), died, revived, restricted, links, superseded)
    else:
        portions.tell(draft, patient.tell, ("PID", "PD1"), patient.as_register(event), died, revived, restricted)
    portions.tell(draft, contacts.tell, ("NK1",))
    for number in (2, 6):
        if ahead(draft.message, number):
            draft.note("MAP-010", f"EVN-{number}")
    return merges.tell(draft, gone)


def _kind(message: Hl7Message) -> tuple[str, str]:
    """MSH-9. Where it names no event, EVN-1 does; where both do, MSH-9 counts."""
    family, event = message.header.text(9, 1).upper(), message.header.text(9, 2).upper()
    evn = message.first("EVN")
    if not event and evn:
        event = evn.text(1).upper()
    if event in _EVENTS.get(family, ()):
        return family, event
    raise Unmappable(issue("MAP-003", at="MSH-9"))


def _only_patient(message: Hl7Message, source: SourceOrganisation) -> Identity:
    """Whose the PID is. The same patient twice is one patient; two patients in one message are nobody's."""
    found: Identity | None = None
    for pid in message.all("PID"):
        who = identity(pid, source, message.delimiters)
        if not who.key:
            raise Unmappable(issue("MAP-002", at=f"{pid.place}-3"))
        if found and (who.key != found.key or (who.nhs and found.nhs and who.nhs != found.nhs)):
            raise Unmappable(issue("MAP-013", at=pid.place))
        found = found or who
    if not found:
        raise Unmappable(issue("MAP-002", at="PID"))
    return found


def _not_mapped(draft: Draft, mapped: frozenset[str]) -> None:
    for name, count in draft.message.counts():
        if name not in mapped:
            draft.note("MAP-014" if name in _NO_PLACE else "MAP-005", name, name, count)
    for place in draft.message.unreadable:
        draft.note("MAP-004", place)
