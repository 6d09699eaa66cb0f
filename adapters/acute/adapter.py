"""HL7 v2 ADT and ORU from acute hospitals to R4 UK Core. The functions the hub calls: split, map_message, revise."""

from __future__ import annotations

from carehub.feeds.formats.hl7v2 import Hl7Message, Segment, read, split_batch
from carehub.feeds.mapped import Mapped
from carehub.feeds.message import Message
from carehub.terms.errors import Unmappable
from carehub.terms.issue_catalogue import issue
from carehub.terms.organisations import SourceOrganisation
from carehub.terms.refs import RecordRef

from . import allergies, conditions, contacts, encounters, merges, patient, results
from .draft import Draft
from .folding import revise
from .identity import Identity, identity
from .source import sender
from .timing import recorded, sequence

__all__ = ["map_message", "revise", "split"]

split = split_batch

_ADT = frozenset(("A01", "A02", "A03", "A04", "A08", "A11", "A12", "A13", "A28", "A31", "A34", "A40"))
_MAPPED = frozenset(("MSH", "EVN", "PID", "PD1", "NK1", "PV1", "PV2", "AL1", "IAM", "DG1"))
# The sender's software and who was signed in to it: nothing about the patient.
_NO_PLACE = frozenset(("SFT", "UAC"))
_MAPPED_RESULTS = _MAPPED | {"ORC", "OBR", "OBX", "NTE"}


def map_message(message: Message) -> Mapped:
    """One HL7 v2 message to what it says of its patient.

    Raises Rejected only: Unreadable MAP-001 (not HL7 v2), Unmappable MAP-003 (an event this feed does not carry), MAP-002 (no patient, or
    a merge that does not name both), MAP-013 (two different patients). A segment that cannot be read costs only itself (MAP-004).
    """
    told = read(message.body)
    family, event = _kind(told)
    source = sender(told.header)
    pid, who = _only_patient(told, source)
    draft = Draft(told, source, RecordRef(source.code, who.key, "Patient"))
    gone = merges.subsumed(draft, who) if event in merges.EVENTS else []
    pv1 = told.first("PV1")
    patient.tell(
        draft,
        pid,
        who,
        event,
        died=event == "A03" and encounters.died(pv1),
        revived=event == "A13",
        links=[merges.replaces(ref.reference) for ref, _, _ in gone],
    )
    contacts.tell(draft)
    if pv1:
        encounters.tell(draft, pv1, event)
    allergies.tell(draft)
    conditions.tell(draft)
    if family == "ORU":
        results.tell(draft)
    _not_mapped(draft, _MAPPED_RESULTS if family == "ORU" else _MAPPED | {"MRG"} if gone else _MAPPED)
    merged = merges.tell(draft, gone)
    return Mapped(
        source=source,
        patient=draft.patient,
        kind=f"{family}^{event}",
        recorded=recorded(told),
        records=draft.records(),
        sequence=sequence(told),
        issues=draft.issues(),
        merges=merged,
    )


def _kind(message: Hl7Message) -> tuple[str, str]:
    family, event = message.header.text(9, 1).upper(), message.header.text(9, 2).upper()
    evn = message.first("EVN")
    if family == "ADT" and not event and evn:
        event = evn.text(1).upper()
    if (family == "ADT" and event in _ADT) or (family == "ORU" and event == "R01"):
        return family, event
    raise Unmappable(issue("MAP-003", at="MSH-9"))


def _only_patient(message: Hl7Message, source: SourceOrganisation) -> tuple[Segment, Identity]:
    """The PID and whose it is. The same patient twice is one patient; two patients in one message are nobody's."""
    found: tuple[Segment, Identity] | None = None
    for pid in message.all("PID"):
        who = identity(pid.repeats(3), pid.repeats(2), source, status=pid.text(32))
        if not who.key:
            raise Unmappable(issue("MAP-002", at=f"{pid.place}-3"))
        if found and (who.key != found[1].key or (who.nhs and found[1].nhs and who.nhs != found[1].nhs)):
            raise Unmappable(issue("MAP-013", at=pid.place))
        found = found or (pid, who)
    if not found:
        raise Unmappable(issue("MAP-002", at="PID"))
    return found


def _not_mapped(draft: Draft, mapped: frozenset[str]) -> None:
    for name, count in draft.message.counts():
        if name not in mapped:
            draft.note("MAP-014" if name in _NO_PLACE else "MAP-005", name, name, count)
    for place in draft.message.unreadable:
        draft.note("MAP-004", place)
