"""Transfer of Care documents (ITK3, FHIR STU3, as a document or inside a message, XML or JSON) to R4 UK Core.

A document is known by its own identifier. A later version of it, or a document that replaces it, tells all there is: what the earlier one told
and this one does not is taken back. A document in error is withdrawn with everything that it told.
"""

from __future__ import annotations

from typing import Any

from carehub.feeds.formats.fhir_primitives import date
from carehub.feeds.formats.fhir_tree import Node, read_document
from carehub.feeds.mapped import Mapped
from carehub.fhir import r4
from carehub.fhir.repair import repaired
from carehub.fhir.resource import Resource
from carehub.fhir.ukcore import must_haves
from carehub.terms.codes import ukcore
from carehub.terms.errors import Unmappable
from carehub.terms.issue_catalogue import issue

from ..tables import table
from . import changes, filing, patient
from .draft import Draft
from .finishing import finish
from .opening import Entry, Opened, name_entries, open_document, patient_key, speaker
from .reader import Reader
from .stu3 import instant

KIND = "transfer of care document"
_TYPES = {row["sent"]: row["type"] for row in table("itk3_entry_types").values()}
_ELSEWHERE = frozenset(("Composition", "Patient"))
# Told with what they belong to: the message's own envelope.
_ENVELOPE = frozenset(("MessageHeader",))
_OWNERS = ("subject", "patient", "for")
_ROUNDS = 6
_MARK = b"\xef\xbb\xbf"


def map_document(body: bytes) -> Mapped:
    """One document. Raises Rejected: as read_document; Unmappable MAP-003 (no document), MAP-002 (no patient, no organisation that speaks),
    MAP-011 (an error in its place), MAP-013 (two patients). An entry that cannot be read costs itself (MAP-004), one about somebody else is
    not filed (MAP-016)."""
    body = body.removeprefix(_MARK)
    opened = open_document(read_document(body))
    composition = opened.composition.node
    document = filing.own_name(opened)
    name_entries(opened, document)
    source, key, scope = speaker(opened), patient_key(opened.patient.node), _scope(document)
    opened.mapped[opened.patient.place] = Draft(source, key).patient.reference
    in_error = composition.text("status") == "entered-in-error"
    replaced = filing.related(opened, "replaces")
    draft = Draft(source, key, scope)
    if not in_error:
        _name_all(opened, draft)
        converted = _settled(opened, source, key, scope)
    else:
        # Its entries are not told, so the person does not point at them.
        for name in ("generalPractitioner", "managingOrganization"):
            opened.patient.node.children.pop(name, None)
    draft.labels = filing.document_labels(opened, Reader(opened, draft))
    _person(opened, draft)
    if in_error:
        for kind in ("Composition", "DocumentReference", "Binary"):
            draft.withdraw(kind, document, at=opened.composition.place)
    else:
        _contents(opened, draft, converted)
        _document(opened, draft, document, body)
        for name in replaced:
            _superseded(draft, name)
    closes = [scope, *(_scope(name) for name in replaced)]
    if draft.incomplete:
        draft.note("MAP-020", opened.composition.place, "Composition")
        closes = []
    version = composition.text("meta", "versionId") or opened.bundle.text("meta", "versionId")
    made = instant(opened.bundle.text("meta", "lastUpdated")) or instant(opened.header.text("timestamp"))
    return Mapped(
        source=source,
        patient=draft.patient,
        kind=KIND,
        recorded=instant(composition.text("date")) or made or instant(f"{date(composition.text('date'))}T00:00:00"),
        records=draft.records(),
        sequence=f"{version.zfill(10)}|{made}" if version or made else "",
        issues=draft.issues(),
        closes=tuple(closes),
    )


def _scope(document: str) -> str:
    return f"document|{document}"


def _kind_of(node: Node) -> str:
    """The R4 type of an entry that becomes a record of its own; "" for any other."""
    return _TYPES.get(node.kind, "")


def _name_all(opened: Opened, draft: Draft) -> None:
    """Give every entry that will be a record its name, so that references can point forwards; those about somebody else get none."""
    for entry in opened.listed:
        kind = _kind_of(entry.node)
        if not kind:
            if entry.node.kind not in _ELSEWHERE:
                draft.note("MAP-014" if entry.node.kind in _ENVELOPE else "MAP-005", entry.place, _safe(entry.node.kind))
            continue
        owners = [held for name in _OWNERS for held in entry.node.all(name) if held.text("reference")]
        if any(opened.entry(held) is not opened.patient for held in owners) and entry.node.kind not in ("CareTeam", "Device"):
            draft.note("MAP-016", entry.place, entry.node.kind)
            continue
        opened.mapped[entry.place] = draft.patient.of_type(kind, entry.local).reference
    for entry in opened.twice:
        draft.note("MAP-018", entry.place, _safe(entry.node.kind))


def _safe(kind: str) -> str:
    """A type as an issue may name it: a sender's own element could hold anything."""
    return kind if kind in r4.types() else "Resource"


def _settled(opened: Opened, source: Any, key: str, scope: str) -> dict[str, tuple[Resource | None, Draft]]:
    """Every entry's resource. One that cannot be said in R4 loses its name, and what points at it is told again without."""
    lost: list[str] = []
    for _ in range(_ROUNDS):
        said = changes.gather(opened)
        for place in said.folded:
            opened.mapped.pop(place, None)
        told: dict[str, tuple[Resource | None, Draft]] = {}
        for entry in opened.listed:
            if entry.place not in opened.mapped or entry is opened.patient:
                continue
            scratch = Draft(source, key, scope)
            resource = _converted(entry, opened, scratch, said)
            if resource is None:
                lost.append(entry.place)
            else:
                told[entry.place] = (resource, scratch)
        gone = [place for place in lost if opened.mapped.pop(place, None)]
        if not gone:
            break
    kinds = {entry.place: _kind_of(entry.node) for entry in opened.listed}
    for place in dict.fromkeys(lost):
        scratch = Draft(source, key, scope)
        scratch.note("MAP-004", place, kinds[place])
        told[place] = (None, scratch)
    return told


def _converted(entry: Entry, opened: Opened, scratch: Draft, said: changes.Said) -> Resource | None:
    kind = _kind_of(entry.node)
    reader = Reader(opened, scratch)
    told = reader.resource(entry.node, kind)
    for owner in ("subject", "patient"):
        if owner in r4.definitions()[kind]["properties"] and (owner in told or kind not in ("Device", "Group", "CareTeam", "Location")):
            told[owner] = scratch.subject
    finish(told, kind, entry, reader)
    flags = [(words, reader.concept(flag, f"{kind}.flag")) for words, flag in said.flags.get(entry.place, ())]
    summary = next((one for one in entry.node.all("extension") if "MedicationChange" in one.url), Node())
    notes = said.notes.get(entry.place, [])
    if "note" in r4.definitions()[kind]["properties"]:
        changes.tell(told, kind, flags, notes, summary)
    whole, taken_out = repaired({"resourceType": kind, "id": "x"} | told)
    for place in taken_out:
        scratch.note("MAP-021", f"{kind}.{place}", kind)
    if whole is not None and must_haves({**whole, "meta": {"profile": [ukcore(kind)]}}):
        return None
    return {name: value for name, value in whole.items() if name not in ("resourceType", "id")} if whole is not None else None


def _contents(opened: Opened, draft: Draft, converted: dict[str, tuple[Resource | None, Draft]]) -> None:
    for entry in opened.listed:
        if entry.place not in converted:
            continue
        told, scratch = converted[entry.place]
        for found in scratch.issues():
            draft.note(found.number, found.at, found.about, found.count)
        if told is not None:
            own = filing.labels(entry.node, Reader(opened, draft))
            draft.add(_kind_of(entry.node), entry.local, told, at=entry.place, labels=own)


def _person(opened: Opened, draft: Draft) -> None:
    told = patient.tell(opened.patient.node, Reader(opened, draft))
    whole, taken_out = repaired({"resourceType": "Patient", "id": "x"} | told)
    if whole is None:
        raise Unmappable(issue("MAP-002", at="Patient", about="Patient"))
    for place in taken_out:
        draft.note("MAP-021", f"Patient.{place}", "Patient")
    elements = {name: value for name, value in whole.items() if name not in ("resourceType", "id")}
    draft.add("Patient", "", elements, at=opened.patient.place, change="update")


def _document(opened: Opened, draft: Draft, document: str, body: bytes) -> None:
    place, reader = opened.composition.place, Reader(opened, draft)
    told = filing.composition(opened, reader)
    url = draft.add("Binary", document, filing.whole(body, reader), at=place, scoped=False)
    reference = filing.document_reference(opened, Reader(opened, Draft(draft.source, draft.patient.patient)), told, body, url)
    reference |= {"securityLabel": [{"coding": [label]} for label in draft.labels]} if draft.labels else {}
    filed = [("Composition", document, told), ("DocumentReference", document, reference)]
    for title, words in filing.plans(opened.composition.node):
        filed.append(("CarePlan", f"{document}|{title}", filing.plan(opened, reader, told, title, words)))
    for kind, local, elements in filed:
        whole, taken_out = repaired({"resourceType": kind, "id": "x"} | elements)
        if whole is None:
            draft.note("MAP-004", place, kind)
            continue
        for gone in taken_out:
            draft.note("MAP-021", f"{kind}.{gone}", kind)
        kept = {name: value for name, value in whole.items() if name not in ("resourceType", "id")}
        draft.add(kind, local, kept, at=place, scoped=kind != "DocumentReference")


def _superseded(draft: Draft, document: str) -> None:
    """The document that this one stands in the place of is superseded, told or not."""
    told = {"status": "superseded", "subject": draft.subject}
    draft.add("DocumentReference", document, told, at="Composition.relatesTo", change="update", scoped=False)


__all__ = ["KIND", "map_document"]
