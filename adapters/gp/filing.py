"""Filing: which resources of a message become records, under which keys, and what references to them are called."""

from __future__ import annotations

from collections import Counter
from collections.abc import Container, Iterable
from dataclasses import dataclass, field

from carehub.fhir.canonical import content_hash
from carehub.fhir.resource import Resource, codings, text, words
from carehub.terms.errors import Unmappable
from carehub.terms.refs import RecordRef

from .bundle import Found
from .codes.stu3_types import STU3_TYPES
from .reading import odd

# STU3 types that are another type in R4.
R4_TYPES = {"ReferralRequest": "ServiceRequest", "ProcedureRequest": "ServiceRequest"}


@dataclass(slots=True)
class Entry:
    """One resource to be mapped.

    local: the source's key for it. filed_as: "Type/id" of its record. inside: its contained resources, "#id" to "Type/id" as filed.
    labels: resources around it whose security labels it takes on.
    """

    place: str
    type: str
    source: Resource
    local: str
    url: str = ""
    ref: RecordRef = field(default_factory=lambda: RecordRef("", "", ""))
    filed_as: str = ""
    inside: dict[str, str] = field(default_factory=dict)
    contained: list[tuple[str, Entry]] = field(default_factory=list)
    labels: tuple[Resource, ...] = ()


@dataclass(slots=True)
class Filed:
    """A message's resources, filed. targets: "Type/id" and fullUrl as sent to "Type/id" as filed. unmapped: how many of each type wait.

    reused: how many resources of a type share an id with a different one. unreadable: places whose contained resources are odd.
    """

    entries: list[Entry] = field(default_factory=list)
    targets: dict[str, str] = field(default_factory=dict)
    present: set[str] = field(default_factory=set)
    displays: dict[str, str] = field(default_factory=dict)
    unmapped: Counter[str] = field(default_factory=Counter)
    reused: Counter[str] = field(default_factory=Counter)
    unreadable: list[Entry] = field(default_factory=list)


def file_resources(found: Iterable[Found], patient: RecordRef, mapped: Container[str], bundle: Resource) -> Filed:
    """Give every resource of a mapped type its RecordRef under the patient, contained ones too.

    A resource told twice in equal words is one record. Different resources under one id are all kept, each under a key of its own, and
    references to that id are not followed, since either could be meant.
    """
    filed = Filed()
    drafts: list[Entry] = []
    for one in found:
        kind = one.resource["resourceType"]
        if kind not in mapped:
            filed.unmapped[kind] += 1
            filed.present.update(_names(one))
            continue
        entry = Entry(one.place, kind, one.resource, "" if kind == "Patient" else _local(one.resource), one.url, labels=(bundle,))
        try:
            inner = _contained(entry, mapped, filed)
        except Unmappable:
            filed.unreadable.append(entry)
            filed.present.update(_names(one))
            continue
        drafts.append(entry)
        drafts.extend(inner)
    _give_refs(drafts, patient, filed)
    for entry in filed.entries:
        entry.inside.update((name, held.filed_as) for name, held in entry.contained)
        for _, held in entry.contained:
            held.inside.update(entry.inside)
            held.inside["#"] = entry.filed_as
    _name(filed)
    return filed


def _names(one: Found) -> list[str]:
    sent = text(one.resource, "id")
    return [name.casefold() for name in (f"{one.resource['resourceType']}/{sent}" if sent else "", one.url) if name]


def _local(resource: Resource) -> str:
    """The source's key for a resource: its id; else its first identifier; else, for lists, what the list is of; else its content."""
    sent = text(resource, "id") or text(resource, "identifier", "value")
    if sent:
        return sent
    code = next(iter(codings(resource.get("code"))), None)
    if resource["resourceType"] == "List" and code is not None:
        # Titles can hold a person's words, so only their hash goes into the key.
        return f"list|{code[0]}|{code[1]}|{content_hash([resource.get('title'), resource.get('encounter')])}"
    # Its version at the source is no part of what it says.
    return f"content|{content_hash({key: value for key, value in resource.items() if key != 'meta'})}"


def _contained(entry: Entry, mapped: Container[str], filed: Filed) -> list[Entry]:
    """Contained resources as entries of their own. GP Connect puts ended allergies inside their list."""
    listed = entry.source.get("contained")
    if listed is None:
        return []
    if not isinstance(listed, list):
        raise odd()
    inner = []
    for position, resource in enumerate(listed):
        kind = resource.get("resourceType") if isinstance(resource, dict) else None
        if not isinstance(kind, str) or kind not in STU3_TYPES:
            raise odd()
        if kind == "Patient" or kind not in mapped:
            filed.unmapped[kind] += 1
            continue
        sent = text(resource, "id")
        key = text(resource, "identifier", "value") or f"{entry.local}#{sent or content_hash(resource)}"
        held = Entry(f"{entry.place}.resource.contained[{position}]", kind, resource, key, labels=(*entry.labels, entry.source))
        if sent:
            entry.contained.append((f"#{sent}", held))
        inner.append(held)
    return inner


def _give_refs(drafts: list[Entry], patient: RecordRef, filed: Filed) -> None:
    """Keys to RecordRefs, and names to references."""
    groups: dict[tuple[str, str], list[Entry]] = {}
    for entry in drafts:
        groups.setdefault((entry.type, entry.local), []).append(entry)
    alone = {key: len(group) == 1 for key, group in groups.items()}
    kept: dict[tuple[str, str, str], Entry] = {}
    for entry in drafts:
        if alone[entry.type, entry.local]:
            _file(entry, _ref(entry, patient))
            _point(entry, filed)
            filed.entries.append(entry)
            continue
        group = groups[entry.type, entry.local]
        shas = {content_hash(one.source) for one in group}
        sha = content_hash(entry.source)
        _file(entry, _ref(entry, patient, "" if len(shas) == 1 else f"~{sha}"))
        first = kept.setdefault((entry.type, entry.local, sha), entry)
        if len(shas) == 1:
            _point(entry, filed)
        elif first is entry:
            filed.reused[entry.type] += 1
            filed.present.update(_names(Found(entry.place, entry.source, entry.url)))
        if first is entry:
            filed.entries.append(entry)


def _ref(entry: Entry, patient: RecordRef, more: str = "") -> RecordRef:
    """The name of a record. Two STU3 types that become one R4 type keep their own numbering."""
    kind = R4_TYPES.get(entry.type)
    return patient.of_type(entry.type, entry.local + more) if kind is None else patient.of_type(kind, f"{entry.type}/{entry.local}{more}")


def _file(entry: Entry, ref: RecordRef) -> None:
    entry.ref, entry.filed_as = ref, ref.reference  # deriving the id is the dearest step, so it is done once


def _point(entry: Entry, filed: Filed) -> None:
    if ".contained[" in entry.place:
        return
    sent = text(entry.source, "id")
    if sent:
        filed.targets[f"{entry.type}/{sent}"] = entry.filed_as
    if entry.url:
        filed.targets[entry.url] = entry.filed_as


def _name(filed: Filed) -> None:
    """Words for the people, places and medicines that others refer to."""
    for entry in filed.entries:
        said = ""
        if entry.type == "Practitioner":
            said = _person(entry.source)
        elif entry.type in ("Organization", "Location", "HealthcareService"):
            said = text(entry.source, "name")
        elif entry.type == "Medication":
            said = words(entry.source.get("code"))
        if said:
            filed.displays[entry.filed_as] = said
    for entry in filed.entries:
        if entry.type == "PractitionerRole":
            person = filed.targets.get(text(entry.source, "practitioner", "reference"), "")
            if person in filed.displays:
                filed.displays[entry.filed_as] = filed.displays[person]


def _person(practitioner: Resource) -> str:
    """ "Dr Ann Example", from the first name that says something."""
    stated = text(practitioner, "name", "text")
    if stated:
        return stated
    return " ".join(part for part in (text(practitioner, "name", name) for name in ("prefix", "given", "family")) if part)
