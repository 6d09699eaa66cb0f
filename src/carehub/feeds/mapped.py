"""Mapped: the only thing an adapter may return. Resources with names, changes with clocks, and what could not be said."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal, NamedTuple

from carehub.fhir.canonical import content_hash
from carehub.fhir.meta import Written, written
from carehub.fhir.resource import Resource
from carehub.terms.issue import Issue
from carehub.terms.once import once
from carehub.terms.organisations import SourceOrganisation
from carehub.terms.refs import RecordRef

Change = Literal["snapshot", "update", "withdrawn"]


class Said(NamedTuple):
    """What a MappedRecord says, as JSON: in pieces; as one text, b"" when withdrawn; and a hash of the text with how it is to be taken."""

    written: Written
    body: bytes
    sha: str


@dataclass(frozen=True, init=False)
class MappedRecord:
    """What one message says about one source record. Nothing of it may be changed once it is made: an adapter may hand it out again.

    resource: R4 JSON. Its "id" is ref.id and its references to records of the same message are "Type/id" with derived ids. No meta but
    profile, security and tag. change: "snapshot" says all there is; "update" says only some elements, so what is absent is unchanged
    (HL7 v2); "withdrawn" says the source took it back, and resource may hold only resourceType and id. clears: top-level element names,
    or "element.child", that the sender deleted ('""' in HL7 v2). at: place in the message, for issues.
    """

    ref: RecordRef
    resource: Resource
    change: Change = "snapshot"
    clears: tuple[str, ...] = ()
    at: str = ""
    scope: str = ""

    def __init__(
        self, ref: RecordRef, resource: Resource, change: Change = "snapshot", clears: tuple[str, ...] = (), at: str = "", scope: str = ""
    ) -> None:
        # Made several times a message; what a frozen dataclass writes for itself takes twice as long.
        own = self.__dict__
        own["ref"], own["resource"], own["change"], own["clears"], own["at"], own["scope"] = ref, resource, change, clears, at, scope

    @once
    def said(self) -> Said:
        """What it says, worked out once."""
        if self.change == "withdrawn":
            text, body = Written(b"", b"", b""), b""
        else:
            text = written(self.resource)
            body = text.told
        sha = content_hash(body)
        return Said(text, body, sha if self.change == "snapshot" else content_hash([sha, self.change, self.clears]))


@dataclass(frozen=True, slots=True)
class RecordMerge:
    """The source says that two of its patient records are one person: `subsumed` is now part of `surviving`. undone: it takes that back."""

    surviving: RecordRef
    subsumed: RecordRef
    undone: bool = False


@dataclass(frozen=True, slots=True)
class Mapped:
    """One message, mapped.

    source: the organisation that speaks. patient: the source's patient record this message is about. kind: the message's own kind
    ("ADT^A01", "collection"). recorded: when the source says it said it, ISO 8601 instant in UTC, or "" when it does not say.
    sequence: orders messages of one source with the same `recorded` (zero-padded control number), or "". snapshot: True when the message
    is all the source holds on the patient, so what an earlier message could not map no longer matters.

    closes: scopes that are told completely here. A record of that scope that was told earlier (by the source's own clock) and is not told
    here is taken as withdrawn by the source. With closes_submission False, "here" is this message and the scope is this patient's; with True,
    "here" is the whole submission, of which this is the last message, and the scope is the source organisation's over all its patients.
    Never close a scope that the source says is incomplete.

    moved_from: another patient record of the source, from which this message takes records back because they belong to this patient (HL7 v2
    A45). Only withdrawals may be told of it. patient is None only for a closing message that is about nobody.
    """

    source: SourceOrganisation
    patient: RecordRef | None
    kind: str
    recorded: str
    records: tuple[MappedRecord, ...]
    sequence: str = ""
    snapshot: bool = False
    issues: tuple[Issue, ...] = ()
    merges: tuple[RecordMerge, ...] = ()
    closes: tuple[str, ...] = ()
    closes_submission: bool = False
    moved_from: RecordRef | None = None
