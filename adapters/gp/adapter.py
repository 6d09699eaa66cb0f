"""GP Connect Access Record Structured 1.6 (FHIR STU3 Bundle) to R4 UK Core resources."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace

from carehub.feeds.mapped import Mapped, MappedRecord
from carehub.feeds.message import Message
from carehub.fhir.canonical import content_hash
from carehub.fhir.resource import Resource, text
from carehub.terms import moments
from carehub.terms.errors import Unmappable
from carehub.terms.issue_catalogue import issue
from carehub.terms.refs import RecordRef

from . import who
from .areas import areas
from .bundle import Found, Opened, open_bundle
from .concepts import coding
from .extract.document import open_extract
from .filing import R4_TYPES, Entry, Filed, file_resources
from .mappings import MAPPINGS
from .problem_lists import problem_lists
from .reading import Reading, odd
from .requested import requested
from .shapes import fill, many
from .source_fields import fields, without

__all__ = ["fields", "map_message", "without"]

# What a message holds beside the record: other copies of the patient, warnings about the answer, the question it answers.
_BESIDE = ("Patient", "OperationOutcome", "Parameters")

# What may stand before the first "<" of an XML document: a byte order mark (also of UTF-16) and white space.
_BEFORE_XML = b"\xef\xbb\xbf\xfe\xff\x00 \t\r\n"

# Where a resource says when it was written down, for bundles whose lists carry no date.
_WRITTEN = ("assertedDate", "issued", "authoredOn", "dateAsserted")

_labels = many(coding)


def map_message(message: Message) -> Mapped:
    """One structured record to R4 UK Core records of one patient.

    Raises Rejected only: Unreadable for bytes that are not a JSON resource; Unmappable for an error answer (MAP-011), another kind of
    message (MAP-003), no recognisable patient (MAP-002) or several patients (MAP-013). Anything odd inside one entry costs that entry.
    """
    extract = message.body.lstrip(_BEFORE_XML)[:1] == b"<"
    opened = open_extract(message.body) if extract else open_bundle(message.body)
    subject = _the_patient(opened)
    source = who.practice(subject.resource, [one.resource for one in opened.found])
    ref = RecordRef(source.code, who.patient_key(subject.resource, subject.place), "Patient")
    found = [one for one in opened.found if one is subject or one.resource["resourceType"] not in _BESIDE]
    filed = file_resources(found, ref, MAPPINGS, opened.bundle)
    if any(entry.type == "Patient" for entry in filed.unreadable):
        raise Unmappable(issue("MAP-002", at=subject.place, about="Patient"))
    records, reading, lost = _map(filed, subject, ref)
    for place in opened.unreadable:
        reading.count("MAP-004", at=place)
    for kind, number in opened.unmapped.items():
        reading.count("MAP-005", at=kind if kind.isascii() and kind.isalpha() else "", times=number)
    for kind, number in filed.unmapped.items():
        reading.count("MAP-005", about=kind, times=number)
    for kind, number in filed.reused.items():
        reading.count("MAP-018", at=kind, about=kind, times=number)
    caveats = opened.of_type("OperationOutcome")
    for caveat in caveats:
        reading.count("MAP-030", at=caveat.place, about="OperationOutcome")
    told = areas(filed)
    asked = requested(one.resource for one in opened.of_type("Parameters"))
    complete = opened.complete and not caveats and not opened.unreadable
    closes = (
        told.closed({record.ref.reference for record in records}, lost | filed.reused.keys(), asked) if complete and not extract else ()
    )
    records = [replace(record, scope=told.scopes.get(record.ref.reference, "")) for record in records]
    return Mapped(
        source=source,
        patient=ref,
        kind=opened.kind,
        recorded=_instant(opened.recorded) or _recorded(one.resource for one in opened.found),
        records=(*records, *problem_lists(records, ref)),
        snapshot=complete and (extract or (told.whole and asked is None)),
        issues=reading.issues(),
        closes=closes,
    )


def _the_patient(opened: Opened) -> Found:
    """The one Patient of the message. The same Patient sent twice in equal words is one."""
    patients = {content_hash(one.resource): one for one in reversed(opened.of_type("Patient"))}
    if not patients:
        raise Unmappable(issue("MAP-002", at="Bundle.entry"))
    if len(patients) > 1:
        raise Unmappable(issue("MAP-013", at="Bundle.entry", about="Patient", count=len(patients)))
    return next(iter(patients.values()))


def _map(filed: Filed, subject: Found, ref: RecordRef) -> tuple[list[MappedRecord], Reading, set[str]]:
    """Every entry that can be mapped, and the types of those that cannot; the rest is then mapped once more without references to them."""
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
            return records, reading, {filed.entries[n].type for n in lost} | {entry.type for entry in filed.unreadable}
        lost |= failed


def _pass(filed: Filed, reading: Reading, lost: dict[int, Unmappable], gone: set[str]) -> tuple[list[MappedRecord], dict[int, Unmappable]]:
    """One go at all entries that are not lost: the records, and the entries that failed with the reason."""
    records: list[MappedRecord] = []
    failed: dict[int, Unmappable] = {}
    for position, entry in enumerate(filed.entries):
        inside = {name: target for name, target in entry.inside.items() if target not in gone} if gone else entry.inside
        reading.begin(entry.place, entry.ref.type, inside)
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
        reading.begin(entry.place, R4_TYPES.get(entry.type, entry.type), {})
        reading.discard("MAP-004")
    return records, failed


def _resource(entry: Entry, reading: Reading) -> Resource:
    """One entry as an R4 resource. Raises Unmappable when it is odd or about somebody else."""
    mapping = MAPPINGS[entry.type]
    out: Resource = {"resourceType": entry.ref.type, "id": entry.filed_as.partition("/")[2], "meta": _meta(entry, mapping.profile, reading)}
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
