"""A document bundle opened: its composition, its one patient, and the records its references point at."""

from __future__ import annotations

from dataclasses import dataclass, field

from carehub.feeds.formats.fhir_tree import Node
from carehub.fhir.resource import Resource
from carehub.terms import nhs_number
from carehub.terms.errors import Unmappable
from carehub.terms.issue_catalogue import issue
from carehub.terms.organisations import ODS_SYSTEM, SourceKind, SourceOrganisation

from .draft import Draft
from .naming import ods, uri

# References are followed by these names only; anything else in a reference is the sender's own.
_UUID = "urn:uuid:"


@dataclass(slots=True)
class Entry:
    """One resource of the document. place: "Bundle.entry[3].resource". local: the source's id for it, by which its record is known."""

    place: str
    node: Node
    url: str
    local: str = ""


@dataclass(slots=True)
class Opened:
    """composition: the document's own. entries: by every name a reference may use. draft: what they go into, once the patient is known."""

    bundle: Node
    composition: Entry
    patient: Entry
    listed: list[Entry]
    names: dict[str, Entry] = field(default_factory=dict)
    mapped: dict[str, str] = field(default_factory=dict)

    def entry(self, reference: Node) -> Entry | None:
        """The entry a Reference points at."""
        told = reference.text("reference")
        return self.names.get(told) if told else None

    def reference(self, node: Node, draft: Draft, about: str) -> Resource:
        """A Reference to a record of the message; otherwise its identifier and words, noted MAP-008. {} for an empty one."""
        if not node:
            return {}
        target = self.entry(node)
        words = node.text("display")
        if target is not None and target.place in self.mapped:
            told: Resource = {"reference": self.mapped[target.place]}
            return told | ({"display": words} if words else {})
        value, space = node.text("identifier", "value"), node.text("identifier", "system")
        told = {"identifier": {"value": value} | ({"system": uri(space)} if space else {})} if value else {}
        if not told or node.text("reference"):
            draft.note("MAP-008", about, about.partition(".")[0])
        words = words or value or (target.node.kind if target else "") or "Not in the document"
        return told | {"display": words}

    def references(self, nodes: list[Node], draft: Draft, about: str) -> list[Resource]:
        return [told for node in nodes if (told := self.reference(node, draft, about))]


def open_bundle(root: Node) -> Opened:
    """Raises Unmappable: MAP-011 for an error in place of a document, MAP-003 for what is no document, MAP-002 without a patient, MAP-013 with
    two."""
    if root.kind == "OperationOutcome":
        raise Unmappable(issue("MAP-011", about="OperationOutcome"))
    bundle = _document(root)
    if bundle is None:
        raise Unmappable(issue("MAP-003", at="Bundle.type" if root.kind == "Bundle" else "", about="Bundle"))
    listed: list[Entry] = []
    for n, holder in enumerate(bundle.all("entry")):
        node = holder.one("resource")
        if node.kind:
            listed.append(Entry(f"Bundle.entry[{n}].resource", node, holder.text("fullUrl")))
    compositions = [entry for entry in listed if entry.node.kind == "Composition"]
    if not compositions:
        raise Unmappable(issue("MAP-003", at="Bundle.entry[0]", about="Composition"))
    names: dict[str, Entry] = {}
    kept: list[Entry] = []
    for entry in listed:
        known = entry.node.text("id")
        mine = [name for name in (entry.url, f"{entry.node.kind}/{known}" if known else "", f"{_UUID}{known}" if known else "") if name]
        if any(name in names and names[name].node.kind == entry.node.kind for name in mine):
            continue  # the same resource a second time
        kept.append(entry)
        for name in mine:
            names.setdefault(name, entry)
    patients = [entry for entry in kept if entry.node.kind == "Patient"]
    if len(patients) > 1:
        raise Unmappable(issue("MAP-013", at=patients[1].place, about="Patient"))
    if not patients:
        raise Unmappable(issue("MAP-002", at="Composition.subject", about="Patient"))
    subject = names.get(compositions[0].node.text("subject", "reference"))
    if subject is not None and subject is not patients[0]:
        raise Unmappable(issue("MAP-002", at="Composition.subject", about="Patient"))
    opened = Opened(bundle, compositions[0], patients[0], kept, names)
    taken: set[tuple[str, str]] = set()
    for entry in kept:
        entry.local = _local(entry.node, entry)
        if (entry.node.kind, entry.local) in taken:
            entry.local = f"{entry.local}|{entry.node.text('id') or entry.place}"
        taken.add((entry.node.kind, entry.local))
    return opened


def _document(root: Node) -> Node | None:
    """The document: the bundle itself, or the one inside an ITK3 message."""
    if root.kind != "Bundle":
        return None
    if root.text("type") == "document":
        return root
    if root.text("type") == "message":
        inner = [node for node in root.all("entry", "resource") if node.kind == "Bundle" and node.text("type") == "document"]
        return inner[0] if len(inner) == 1 else None
    return None


def _local(node: Node, entry: Entry) -> str:
    """By the record's own identifier, which a later document repeats; else by its id in this one."""
    for held in node.all("identifier"):
        if held.text("value"):
            return f"{held.text('system')}|{held.text('value')}"
    return node.text("id") or entry.url or entry.place


def patient_key(patient: Node) -> str:
    """The source's key: its first number for the patient that is no NHS number, else the NHS number, else id with birth date and name.

    Raises Unmappable MAP-002 when none of these is there.
    """
    numbers = [(n.text("system"), n.text("value")) for n in patient.all("identifier") if n.text("value")]
    for space, value in numbers:
        if space and space != nhs_number.SYSTEM and "nhs-number" not in space.lower():
            return f"{space}|{value}"
    for space, value in numbers:
        usable = nhs_number.valid(value) if space == nhs_number.SYSTEM else None
        if usable:
            return f"nhs|{usable}"
    born, family = patient.text("birthDate"), patient.text("name", "family").casefold()
    if not (born and family):
        raise Unmappable(issue("MAP-002", at="Patient.identifier", about="Patient"))
    return f"{patient.text('id')}|{born}|{family}"


def speaker(opened: Opened) -> SourceOrganisation:
    """The organisation that speaks: who keeps the document, attested it, or wrote it, the first with an ODS code.

    Raises Unmappable MAP-002 when none has one: an unnamed sender's numbers could be anybody's.
    """
    composition = opened.composition.node
    for reference in (*composition.all("custodian"), *composition.all("attester", "party"), *composition.all("author")):
        entry = opened.entry(reference)
        if entry is None or entry.node.kind != "Organization":
            continue
        for held in entry.node.all("identifier"):
            if held.text("system") == ODS_SYSTEM and ods(held.text("value")):
                return SourceOrganisation(ods(held.text("value")), entry.node.text("name"), SourceKind.COMMUNITY)
    raise Unmappable(issue("MAP-002", at="Composition.custodian", about="Organization"))


__all__ = ["Entry", "Opened", "open_bundle", "patient_key", "speaker"]
