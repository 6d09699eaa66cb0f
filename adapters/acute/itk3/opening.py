"""A document opened: its composition, its one patient, who speaks, and the records its references point at."""

from __future__ import annotations

import re
from dataclasses import dataclass, field

from carehub.feeds.formats.fhir_tree import EMPTY, Node
from carehub.terms import nhs_number
from carehub.terms.errors import Unmappable
from carehub.terms.issue_catalogue import issue
from carehub.terms.organisations import ODS_SYSTEM, SourceKind, SourceOrganisation

_UUID = "urn:uuid:"
_ODS_SITE = "https://fhir.nhs.uk/Id/ods-site-code"
_ODS = re.compile(r"[A-Z0-9]{3,12}\Z", re.ASCII)
# Identifiers that are made anew for each document: they tell nobody apart from anybody.
_THROWN_AWAY = ("rfc4122", "urn:ietf:rfc:3986", "uuid")
_MOST_INSIDE = 60


@dataclass(slots=True)
class Entry:
    """One resource of the document. place: "Bundle.entry[3].resource". local: the source's id for it, by which its record is known."""

    place: str
    node: Node
    url: str
    local: str = ""


@dataclass(slots=True)
class Opened:
    """header: the message's, empty for a document on its own. names: entries by every name a reference may use. mapped: "Type/id" by place.

    twice: places whose id another resource has too.
    """

    bundle: Node
    header: Node
    composition: Entry
    patient: Entry
    listed: list[Entry]
    names: dict[str, Entry] = field(default_factory=dict)
    mapped: dict[str, str] = field(default_factory=dict)
    twice: list[Entry] = field(default_factory=list)

    def entry(self, reference: Node) -> Entry | None:
        """The entry a Reference points at, by whatever name."""
        told = reference.text("reference")
        if not told:
            return None
        found = self.names.get(told)
        if found is None and "/_history/" in told:
            found = self.names.get(told.partition("/_history/")[0])
        if found is None and "://" in told:
            found = self.names.get("/".join(told.rsplit("/", 2)[-2:]))
        return found


def open_document(root: Node) -> Opened:
    """Raises Unmappable: MAP-011 for an error in place of a document, MAP-003 for what is no document, MAP-002 without a patient, MAP-013 with
    two."""
    if root.kind == "OperationOutcome":
        raise Unmappable(issue("MAP-011", about="OperationOutcome"))
    bundle, header, around = _document(root)
    listed = _entries(bundle, "Bundle.entry")
    compositions = [entry for entry in listed if entry.node.kind == "Composition"]
    if not compositions:
        raise Unmappable(issue("MAP-003", at="Bundle.entry[0]", about="Composition"))
    inside = list(listed)
    for entry in inside:
        listed += _contained(entry)
    names: dict[str, Entry] = {}
    kept, twice = _named(listed, names)
    _named(around, names)
    patients = [entry for entry in kept if entry.node.kind == "Patient"]
    if len(patients) > 1:
        raise Unmappable(issue("MAP-013", at=patients[1].place, about="Patient"))
    if not patients:
        raise Unmappable(issue("MAP-002", at="Composition.subject", about="Patient"))
    opened = Opened(bundle, header, compositions[0], patients[0], kept, names, twice=twice)
    _same_person(opened)
    return opened


def _document(root: Node) -> tuple[Node, Node, list[Entry]]:
    """(the document, the header of the message around it, the message's other resources)."""
    if root.kind == "Bundle" and root.text("type") == "document":
        return root, EMPTY, []
    if root.kind == "Bundle" and root.text("type") in ("message", "collection"):
        around = _entries(root, "Message.entry")
        found = [entry.node for entry in around if entry.node.kind == "Bundle" and entry.node.text("type") == "document"]
        header = next((entry.node for entry in around if entry.node.kind == "MessageHeader"), EMPTY)
        if len(found) == 1:
            return found[0], header, [entry for entry in around if entry.node.kind not in ("Bundle", "Patient")]
        if not found and any(entry.node.kind == "Composition" for entry in around):
            # A sender that leaves out the inner envelope.
            return root, header, []
        if not found and any(entry.node.kind == "OperationOutcome" for entry in around):
            raise Unmappable(issue("MAP-011", about="OperationOutcome"))
    raise Unmappable(issue("MAP-003", at="Bundle.type" if root.kind == "Bundle" else "", about="Bundle"))


def _entries(bundle: Node, place: str) -> list[Entry]:
    held = [(n, holder, holder.one("resource")) for n, holder in enumerate(bundle.all("entry"))]
    return [Entry(f"{place}[{n}].resource", node, holder.text("fullUrl")) for n, holder, node in held if node.kind]


def _contained(entry: Entry) -> list[Entry]:
    """The resources inside another, as entries of their own; the references to them inside it follow."""
    found = []
    stem = entry.url or entry.place
    for n, node in enumerate(entry.node.all("contained")):
        if node.kind and node.text("id"):
            found.append(Entry(f"{entry.place}.contained[{n}]", node, f"{stem}#{node.text('id')}"))
    if found:
        _point(entry.node, stem, 0)
    return found


def _point(node: Node, stem: str, depth: int) -> None:
    for name, children in node.children.items():
        for child in children:
            if name == "reference" and child.value.startswith("#"):
                child.value = f"{stem}{child.value}"
            elif depth < _MOST_INSIDE:
                _point(child, stem, depth + 1)


def _named(listed: list[Entry], names: dict[str, Entry]) -> tuple[list[Entry], list[Entry]]:
    """(entries, of these the ones whose id is another's too). The same resource a second time is one."""
    kept: list[Entry] = []
    twice: list[Entry] = []
    for entry in listed:
        known, inside = entry.node.text("id"), "#" in entry.url
        told = [entry.url, "" if inside or not known else f"{entry.node.kind}/{known}", "" if inside or not known else f"{_UUID}{known}"]
        if "://" in entry.url:
            told.append("/".join(entry.url.rsplit("/", 2)[-2:]))
        told = [name for name in told if name]
        before = next((names[name] for name in told if name in names and names[name].node.kind == entry.node.kind), None)
        if before is not None and before.node.same(entry.node):
            continue
        if before is not None:
            twice.append(entry)
        kept.append(entry)
        for name in told:
            names.setdefault(name, entry)
    return kept, twice


def _same_person(opened: Opened) -> None:
    """The composition and the Patient must not name two people."""
    told = opened.composition.node.one("subject")
    subject = opened.entry(told)
    if subject is not None and subject is not opened.patient:
        raise Unmappable(issue("MAP-002", at="Composition.subject", about="Patient"))
    here, there = _nhs([told]), _nhs([opened.patient.node])
    if here and there and here.isdisjoint(there):
        raise Unmappable(issue("MAP-013", at="Composition.subject", about="Patient"))


def _nhs(holders: list[Node]) -> set[str]:
    held = [n for holder in holders for n in holder.all("identifier") if n.text("system") == nhs_number.SYSTEM and n.text("use") != "old"]
    return {number for n in held if (number := nhs_number.valid(n.text("value")))}


def name_entries(opened: Opened, document: str) -> None:
    """Give every entry the source's id for it: its own identifier, which a later document repeats; else its id within this document."""
    taken: set[tuple[str, str]] = set()
    for entry in opened.listed:
        told = next((f"{n.text('system')}|{n.text('value')}" for n in entry.node.all("identifier") if n.text("value")), "")
        within = f"{document}|{entry.node.text('id') or entry.url or entry.place}"
        local = told or within
        if (entry.node.kind, local) in taken:
            local = f"{local}|{within}"
        if (entry.node.kind, local) in taken:
            local = f"{local}|{entry.place}"
        taken.add((entry.node.kind, local))
        entry.local = local


def patient_key(patient: Node) -> str:
    """The source's key: its own number for the patient, else the NHS number, else id with birth date and family name.

    Raises Unmappable MAP-002 when none of these is there. A number made for the document alone (a UUID) is no key.
    """
    spare = ""
    for held in patient.all("identifier"):
        space, value = held.text("system"), held.text("value")
        if value and "nhs-number" not in space.lower() and held.text("use") != "old":
            if space and not any(mark in space for mark in _THROWN_AWAY) and value.strip("0 -"):
                return f"{space}|{value}"
            spare = spare or f"{space}|{value}"
    numbers = _nhs([patient])
    if len(numbers) == 1:
        return f"nhs|{numbers.pop()}"
    born, family = patient.text("birthDate"), patient.text("name", "family").casefold()
    if born and family:
        # A number that fails its check is nobody's for certain; with the person's own day and names it still is the same one next time.
        unfit = next((n.text("value") for n in patient.all("identifier") if n.text("system") == nhs_number.SYSTEM), "")
        if len(set(unfit) - set(" -")) > 1:
            return "|".join(("unfit", unfit, born, family, patient.text("name", "given").casefold()))
        return f"{spare or patient.text('id')}|{born}|{family}"
    raise Unmappable(issue("MAP-002", at="Patient.identifier", about="Patient"))


def speaker(opened: Opened) -> SourceOrganisation:
    """The organisation that speaks: who keeps the document, wrote or attested it, gave the care or sent the message; the first with an ODS code.

    Without any, the first goes by its own number or name. Raises Unmappable MAP-002 when no organisation is named at all.
    """
    composition, header = opened.composition.node, opened.header
    encounter = opened.entry(composition.one("encounter"))
    told = [*composition.all("custodian"), *composition.all("author"), *composition.all("attester", "party")]
    told += encounter.node.all("serviceProvider") if encounter else []
    told += [*header.all("sender"), *header.all("responsible"), *header.all("author")]
    spare = ""
    for reference in told:
        organisation = _organisation(opened, reference, 0)
        for held in (*organisation.all("identifier"), *reference.all("identifier")):
            code = held.text("value").upper()
            if held.text("system") in (ODS_SYSTEM, _ODS_SITE) and _ODS.match(code):
                return SourceOrganisation(code, organisation.text("name") or reference.text("display"), SourceKind.ACUTE)
        spare = spare or organisation.text("identifier", "value") or organisation.text("name")
    if not spare:
        raise Unmappable(issue("MAP-002", at="Composition.custodian", about="Organization"))
    return SourceOrganisation(spare, "", SourceKind.ACUTE)


def _organisation(opened: Opened, reference: Node, depth: int) -> Node:
    entry = opened.entry(reference)
    if entry is None:
        return EMPTY
    if entry.node.kind == "Organization":
        return entry.node
    if entry.node.kind == "PractitionerRole" and depth == 0:
        return _organisation(opened, entry.node.one("organization"), 1)
    if entry.node.kind == "Practitioner" and depth == 0:
        roles = [e.node for e in opened.listed if e.node.kind == "PractitionerRole" and opened.entry(e.node.one("practitioner")) is entry]
        places = [_organisation(opened, role.one("organization"), 1) for role in roles]
        return places[0] if len(places) == 1 else EMPTY
    return EMPTY
