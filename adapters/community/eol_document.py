"""End of life care documents (EPaCCS; FHIR STU3 document bundles, also inside an ITK3 message) to R4 UK Core.

A source has one plan of a kind for a patient. A later document of that kind is the next version of it: it replaces the composition, and what an
earlier one told and this one does not is taken back by the source. Every section's narrative is kept whole in the Composition, and as text in the
care plan, so that nothing depends on the coded entries alone.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from carehub.feeds.formats.fhir_primitives import moment
from carehub.feeds.formats.fhir_tree import Node, read_document
from carehub.feeds.mapped import Mapped
from carehub.fhir.repair import repaired
from carehub.fhir.resource import Resource
from carehub.terms import moments
from carehub.terms.errors import Unmappable
from carehub.terms.issue_catalogue import issue
from carehub.terms.refs import RecordRef

from . import eol_people, eol_records
from .draft import Draft
from .eol_bundle import Entry, Opened, open_bundle, patient_key, speaker
from .eol_flags import flags
from .eol_plan import care_plan, plan_of_sections
from .eol_types import coding, concept, filled, identifiers

SCOPE = "end-of-life"
END_OF_LIFE = "736373009"
_Convert = Callable[[Node, Opened, Draft], Resource]
_CONVERT: dict[str, _Convert] = {
    "Organization": eol_people.organization,
    "Practitioner": eol_people.practitioner,
    "PractitionerRole": eol_people.practitioner_role,
    "RelatedPerson": eol_people.related_person,
    "CareTeam": eol_people.care_team,
    "Condition": eol_records.condition,
    "ClinicalImpression": eol_records.impression,
    "Observation": eol_records.observation,
    "QuestionnaireResponse": eol_records.form,
    "List": eol_records.list_,
    "Consent": eol_records.consent,
    "Flag": eol_records.flag,
    "MedicationStatement": eol_records.medication_statement,
    "MedicationRequest": eol_records.medication_request,
    "AllergyIntolerance": eol_records.allergy,
    "CarePlan": care_plan,
}
# Told inside the record that uses it.
_INSIDE = frozenset(("Medication", "Composition", "Patient"))
_OWNERS = ("subject", "patient")
_STATUSES = frozenset(("preliminary", "final", "amended", "entered-in-error"))


def map_document(body: bytes) -> Mapped:
    """One document. Raises Rejected: as read_document; Unmappable MAP-003 (no document), MAP-002 (no patient, no organisation that speaks),
    MAP-013 (two patients). An entry that cannot be read costs itself (MAP-004), one about somebody else is not filed (MAP-016)."""
    opened = open_bundle(read_document(body))
    composition = opened.composition.node
    source = speaker(opened)
    # A plan of another kind is not the next version of this one: a foot care plan takes no resuscitation decision back.
    scope = f"{SCOPE}|{_kind(composition)}"
    draft = Draft(source, patient_key(opened.patient.node), scope=scope)
    draft.labels = [label for node in (opened.bundle, composition) for label in labels(node)]
    status = composition.text("status")
    adds = any(n.text("code") == "appends" for n in composition.all("relatesTo"))
    _name_all(opened, draft)
    _tell(opened.patient, "", eol_people.patient, opened, draft)
    if not draft.has("Patient", ""):
        raise Unmappable(issue("MAP-002", at="Patient", about="Patient"))
    local = _document_name(composition, opened.bundle, adds)
    if status == "entered-in-error":
        draft.add("Composition", local, {}, at=opened.composition.place, change="withdrawn")
    else:
        _contents(opened, draft, local)
    return Mapped(
        source=source,
        patient=draft.patient,
        kind="end of life document",
        recorded=_instant(composition.text("date")),
        records=draft.records(),
        sequence=composition.text("meta", "versionId").zfill(10),
        issues=draft.issues(),
        closes=() if adds or status not in ("final", "amended", "entered-in-error") else (scope,),
    )


def _contents(opened: Opened, draft: Draft, local: str) -> None:
    composition = opened.composition.node
    for entry in opened.listed:
        kind = entry.node.kind
        if kind in _CONVERT:
            _tell(entry, entry.local, _CONVERT[kind], opened, draft)
        elif kind not in _INSIDE:
            draft.note("MAP-005", entry.place, kind)
    told = _composition(composition, opened, draft)
    if not any(entry.node.kind == "CarePlan" and entry.place in opened.mapped for entry in opened.listed):
        plan = draft.add("CarePlan", local, plan_of_sections(composition, opened, draft), at=opened.composition.place)
        for section in told.get("section", [])[:1]:
            # So that a reader of the record knows the document and the plan made of its sections for one thing.
            section.setdefault("entry", []).append({"reference": plan})
    draft.add("Composition", local, told, at=opened.composition.place)
    for name, told in flags(opened, draft):
        draft.add("Flag", name, told, at=opened.composition.place)


def _document_name(composition: Node, bundle: Node, adds: bool) -> str:
    """One plan of a kind for a patient; a document that only adds to another is one of its own."""
    kind = _kind(composition)
    if not adds:
        return f"document|{kind}"
    return f"document|{kind}|{bundle.text('identifier', 'value') or composition.text('id')}"


def _kind(composition: Node) -> str:
    """What kind of plan a document is: its code, else its title."""
    return composition.text("type", "coding", "code") or composition.text("title") or "document"


def _name_all(opened: Opened, draft: Draft) -> None:
    """Give every entry that will be a record its name, so that references can point forwards; those about somebody else get none."""
    opened.mapped[opened.patient.place] = draft.patient.reference
    for entry in opened.listed:
        kind = entry.node.kind
        if kind not in _CONVERT:
            continue
        owner = next((opened.entry(held) for name in _OWNERS for held in entry.node.all(name)), None)
        stated = any(entry.node.text(name, "reference") for name in _OWNERS)
        if stated and owner is not opened.patient:
            draft.note("MAP-016", entry.place, kind)
            continue
        opened.mapped[entry.place] = RecordRef(draft.source.code, draft.patient.patient, kind, entry.local).reference
    # A reference may only point at what will be kept: entries that cannot be said in R4 lose their names before anything points at them.
    for entry in opened.listed:
        if entry.place in opened.mapped and entry.node.kind in _CONVERT:
            trial = Draft(draft.source, draft.patient.patient)
            whole, _ = repaired({"resourceType": entry.node.kind, "id": "x"} | _CONVERT[entry.node.kind](entry.node, opened, trial))
            if whole is None:
                del opened.mapped[entry.place]
                draft.note("MAP-004", entry.place, entry.node.kind)


def _tell(entry: Entry, local: str, convert: _Convert, opened: Opened, draft: Draft) -> None:
    if entry.place not in opened.mapped:
        return
    kind = entry.node.kind
    whole, taken_out = repaired({"resourceType": kind, "id": "x"} | convert(entry.node, opened, draft))
    if whole is None:
        draft.note("MAP-004", entry.place, kind)
        return
    for place in taken_out:
        draft.note("MAP-021", f"{kind}.{place}", kind)
    elements: dict[str, Any] = {name: value for name, value in whole.items() if name not in ("resourceType", "id")}
    elements["security"] = labels(entry.node)
    draft.add(kind, local, elements, at=entry.place)


def labels(node: Node) -> list[Resource]:
    """The security labels of a resource."""
    return [label for held in node.all("meta", "security") if (label := coding(held))]


def _composition(node: Node, opened: Opened, draft: Draft) -> Resource:
    told = filled(identifier=identifiers(node)[0] if identifiers(node) else {})
    status = node.text("status")
    told["status"] = status if status in _STATUSES else "preliminary"
    told["type"] = concept(node.one("type")) or {"text": "End of life care plan"}
    told |= filled(category=[c] if (c := concept(node.one("class"))) else [])
    told["subject"] = draft.subject
    when = moment(node.text("date"))
    if when:
        told["date"] = when
    else:
        draft.note("MAP-010", "Composition.date", "Composition")
        told["_date"] = {"extension": [{"url": "http://hl7.org/fhir/StructureDefinition/data-absent-reason", "valueCode": "unknown"}]}
    told["author"] = opened.references(node.all("author"), draft, "Composition.author") or [{"display": "Author not stated"}]
    told["title"] = node.text("title") or "End of life care plan"
    attesters = []
    for n in node.all("attester"):
        mode = n.text("mode")
        held = {"mode": mode if mode in ("personal", "professional", "legal", "official") else "official"}
        attesters.append(held | filled(time=moment(n.text("time")), party=opened.reference(n.one("party"), draft, "Composition.attester")))
    told |= filled(attester=attesters, custodian=opened.reference(node.one("custodian"), draft, "Composition.custodian"))
    return told | filled(section=[s for n in node.all("section") if (s := _section(n, opened, draft, 0))])


def _section(node: Node, opened: Opened, draft: Draft, depth: int) -> Resource:
    """A section with its narrative. Entries that are no record of the message are left to the narrative."""
    told = filled(title=node.text("title"), code=concept(node.one("code")))
    narrative = node.one("text")
    if narrative.div:
        status = narrative.text("status")
        told["text"] = {
            "status": status if status in ("generated", "extensions", "additional", "empty") else "generated",
            "div": narrative.div,
        }
    entries = []
    for n in node.all("entry"):
        target = opened.entry(n)
        if target is not None and target.place in opened.mapped:
            entries.append({"reference": opened.mapped[target.place]})
        else:
            draft.note("MAP-008", "Composition.section.entry", "Composition")
    told |= filled(entry=entries)
    below = [s for n in node.all("section") if depth < 8 and (s := _section(n, opened, draft, depth + 1))]
    told |= filled(section=below)
    if not {"text", "entry", "section"} & told.keys():
        return {}  # cmp-1: a heading with nothing under it says nothing
    return told


def _instant(told: str) -> str:
    value = moments.instant(moment(told)) if moment(told) else None
    return moments.iso(value) if value else ""
