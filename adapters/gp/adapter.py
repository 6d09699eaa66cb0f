"""GP Connect Access Record Structured 1.6 (FHIR STU3 Bundle) to R4 UK Core resources."""

from __future__ import annotations

from collections.abc import Iterable
from typing import NamedTuple

from carehub.feeds.mapped import Mapped, MappedRecord
from carehub.feeds.message import Message
from carehub.fhir.canonical import content_hash
from carehub.fhir.resource import Resource, text
from carehub.terms import moments
from carehub.terms.codes import ukcore
from carehub.terms.errors import Unmappable
from carehub.terms.issue_catalogue import issue
from carehub.terms.refs import RecordRef

from . import (
    allergies,
    encounters,
    immunisations,
    lists,
    medications,
    observations,
    organisations,
    patient,
    practitioners,
    prescriptions,
    problems,
    who,
)
from .bundle import Found, Opened, open_bundle
from .concepts import coding
from .filing import Entry, Filed, file_resources
from .primitives import code
from .reading import Reading, odd
from .shapes import Finish, Rules, fill, many, own


class _Mapping(NamedTuple):
    rules: Rules
    finish: Finish | None
    profile: str


def _mapping(kind: str, rules: Rules, finish: Finish | None = None) -> _Mapping:
    return _Mapping({**own("resourceType id meta contained"), "language": ("language", code), **rules}, finish, ukcore(kind))


MAPPINGS = {
    "AllergyIntolerance": _mapping("AllergyIntolerance", allergies.RULES, allergies.finish),
    "Condition": _mapping("Condition", problems.RULES, problems.finish),
    "Encounter": _mapping("Encounter", encounters.RULES, encounters.finish),
    "Immunization": _mapping("Immunization", immunisations.RULES, immunisations.finish),
    "List": _mapping("List", lists.RULES, lists.finish),
    "Location": _mapping("Location", organisations.LOCATION),
    "Medication": _mapping("Medication", medications.MEDICATION),
    "MedicationRequest": _mapping("MedicationRequest", prescriptions.RULES, prescriptions.finish),
    "MedicationStatement": _mapping("MedicationStatement", medications.STATEMENT, medications.finish_statement),
    "Observation": _mapping("Observation", observations.RULES, observations.finish),
    "Organization": _mapping("Organization", organisations.ORGANISATION),
    "Patient": _mapping("Patient", patient.RULES, patient.finish),
    "Practitioner": _mapping("Practitioner", practitioners.PRACTITIONER),
    "PractitionerRole": _mapping("PractitionerRole", practitioners.ROLE),
}

# Where a resource says when it was written down, for bundles whose lists carry no date.
_WRITTEN = ("assertedDate", "issued", "authoredOn", "dateAsserted")

_labels = many(coding)


def map_message(message: Message) -> Mapped:
    """One structured record to R4 UK Core records of one patient.

    Raises Rejected only: Unreadable for bytes that are not a JSON resource; Unmappable for an error answer (MAP-011), another kind of
    message (MAP-003), no recognisable patient (MAP-002) or several patients (MAP-013). Anything odd inside one entry costs that entry.
    """
    opened = open_bundle(message.body)
    subject = _the_patient(opened)
    source = who.practice(subject.resource, [one.resource for one in opened.found])
    ref = RecordRef(source.code, who.patient_key(subject.resource, subject.place), "Patient")
    found = [one for one in opened.found if one.resource["resourceType"] != "Patient" or one is subject]
    filed = file_resources(found, ref, MAPPINGS, opened.bundle)
    if any(entry.type == "Patient" for entry in filed.unreadable):
        raise Unmappable(issue("MAP-002", at=subject.place, about="Patient"))
    records, reading = _map(filed, subject, ref)
    for place in opened.unreadable:
        reading.count("MAP-004", at=place)
    for kind, number in filed.unmapped.items():
        reading.count("MAP-005", about=kind, times=number)
    for kind, number in filed.reused.items():
        reading.count("MAP-018", at=kind, about=kind, times=number)
    return Mapped(
        source=source,
        patient=ref,
        kind="collection",
        recorded=_recorded(one.resource for one in opened.found),
        records=tuple(records),
        snapshot=opened.bundle["type"] == "collection" and _whole(one.resource for one in opened.of_type("List")),
        issues=reading.issues(),
    )


def _the_patient(opened: Opened) -> Found:
    """The one Patient of the message. The same Patient sent twice in equal words is one."""
    patients = {content_hash(one.resource): one for one in reversed(opened.of_type("Patient"))}
    if not patients:
        raise Unmappable(issue("MAP-002", at="Bundle.entry"))
    if len(patients) > 1:
        raise Unmappable(issue("MAP-013", at="Bundle.entry", about="Patient", count=len(patients)))
    return next(iter(patients.values()))


def _map(filed: Filed, subject: Found, ref: RecordRef) -> tuple[list[MappedRecord], Reading]:
    """Every entry that can be mapped. When some cannot, the rest is mapped once more without references to them."""
    sent = text(subject.resource, "id")
    names = [name for name in (f"Patient/{sent}" if sent else "", subject.url) if name]
    known = frozenset((*names, *(name.casefold() for name in names)))
    lost: dict[int, Unmappable] = {}
    present = filed.present
    while True:
        gone = {filed.entries[position].filed_as for position in lost}
        reading = Reading(ref, known, who.current_number(subject.resource))
        reading.targets = {name: target for name, target in filed.targets.items() if target not in gone}
        reading.present = present | {name.casefold() for name, target in filed.targets.items() if target in gone}
        reading.displays = filed.displays
        records, failed = _pass(filed, reading, lost, gone)
        if not failed:
            return records, reading
        lost |= failed


def _pass(filed: Filed, reading: Reading, lost: dict[int, Unmappable], gone: set[str]) -> tuple[list[MappedRecord], dict[int, Unmappable]]:
    """One go at all entries that are not lost: the records, and the entries that failed with the reason."""
    records: list[MappedRecord] = []
    failed: dict[int, Unmappable] = {}
    for position, entry in enumerate(filed.entries):
        inside = {name: target for name, target in entry.inside.items() if target not in gone} if gone else entry.inside
        reading.begin(entry.place, entry.type, inside)
        known = lost.get(position)
        if known is not None:
            reading.discard(known.issues[0].number)
            continue
        try:
            resource = _resource(entry, reading)
        except Unmappable as error:
            if entry.type == "Patient":
                raise Unmappable(issue("MAP-002", at=entry.place, about="Patient")) from None
            failed[position] = error
            continue
        reading.keep()
        records.append(MappedRecord(entry.ref, resource, at=entry.place))
    for entry in filed.unreadable:
        reading.begin(entry.place, entry.type, {})
        reading.discard("MAP-004")
    return records, failed


def _resource(entry: Entry, reading: Reading) -> Resource:
    """One entry as an R4 resource. Raises Unmappable when it is odd or about somebody else."""
    mapping = MAPPINGS[entry.type]
    out: Resource = {"resourceType": entry.type, "id": entry.filed_as.partition("/")[2], "meta": _meta(entry, mapping.profile, reading)}
    fill(entry.source, out, mapping.rules, mapping.finish, reading)
    return out


def _meta(entry: Entry, profile: str, reading: Reading) -> Resource:
    """The UK Core profile, the tags, and all security labels: of the resource, of what contains it and of the message."""
    meta: Resource = {"profile": [profile]}
    for outer in (*entry.labels, entry.source):
        sent = outer.get("meta")
        if sent is None:
            continue
        if not isinstance(sent, dict):
            raise odd()
        for name in ("security", "tag"):
            if sent.get(name) is None or (name == "tag" and outer is not entry.source):
                continue
            for label in _labels(sent[name], reading) or ():
                if label not in meta.setdefault(name, []):
                    meta[name].append(label)
    return meta


def _recorded(resources: Iterable[Resource]) -> str:
    """When the source says it said this, ISO UTC: the newest date with a time of a list, else of anything written down, else ""."""
    listed: list[str] = []
    written: list[str] = []
    for resource in resources:
        if resource["resourceType"] == "List":
            listed.append(_instant(resource.get("date")))
        else:
            written.extend(_instant(resource.get(name)) for name in _WRITTEN)
            written.append(_instant(text(resource, "meta", "lastUpdated")))
    return max(listed, default="") or max(written, default="")


def _instant(value: object) -> str:
    if not isinstance(value, str) or "T" not in value or value < "1800":
        return ""
    try:
        read = moments.instant(value.strip())
    except OverflowError:
        return ""
    return moments.iso(read) if read else ""


def _whole(found: Iterable[Resource]) -> bool:
    """True when the message has a list for each of the ten areas, so it is the whole record and not an answer to a narrower question."""
    areas = {text(resource, "code", "coding", "code") for resource in found}
    return areas >= lists.AREAS
