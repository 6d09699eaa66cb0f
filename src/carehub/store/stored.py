"""What the store holds, as frozen values. Pure data; shared by every implementation and by the hub's verbs."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import NamedTuple

from carehub.feeds.mapped import Change, RecordMerge
from carehub.feeds.message import Submission, Verdict
from carehub.identity.links import Link, Member, Review, StandingMerge
from carehub.identity.proposals import Proposal
from carehub.identity.rulings import Ruling
from carehub.store.brief import Brief as Brief
from carehub.store.rules_standing import DONE as DONE
from carehub.store.rules_standing import ClosedReview as ClosedReview
from carehub.store.rules_standing import RulesStanding as RulesStanding
from carehub.store.tally import Tally as Tally
from carehub.terms.issue import Issue
from carehub.terms.organisations import SourceOrganisation
from carehub.terms.quickly_made import quickly_made


@dataclass(frozen=True, slots=True)
class Delivery:
    """A submission with the bodies of its messages, ready to append."""

    submission: Submission
    parts: tuple[bytes, ...]


@dataclass(frozen=True, slots=True)
class MessageHead:
    """A message without its body."""

    position: int
    id: str
    feed: str


class Telling(NamedTuple):
    """What one message told of one record. body: JSON of the resource as fhir.meta.Written.told has it (b"" when withdrawn).

    told_at: the source's own time, else the receipt time, ISO UTC. Tellings of a record are ordered by (told_at, sequence, sha), never by
    arrival, so that the record is the same whatever the order of delivery.
    """

    record: str
    type: str
    patient: str
    message: str
    position: int
    told_at: str
    sequence: str
    change: Change
    clears: tuple[str, ...]
    sha: str
    body: bytes

    @property
    def order(self) -> tuple[str, str, str]:
        return (self.told_at, self.sequence, self.sha)


@quickly_made
@dataclass(frozen=True, slots=True)
class StoredRecord:
    """A source record as it stands now. body: the exact JSON served, meta included. content: hash of the resource without meta additions.

    version: how many different states the source has told, this one included. message: the first message that told this state.
    last_told: `Telling.order` of the newest telling. last_position: the highest log position of any telling.
    stamp: given by the store when read: the write that last touched the record, for `MappingBatch.based_on`. Ignored when written.
    kept: given by the store when read: how it keeps this very body. Handed back with the same body it saves working that out again; the hub
    does not look inside, and it counts for nothing when records are compared.
    """

    id: str
    type: str
    patient: str
    source: SourceOrganisation
    feed: str
    version: int
    message: str
    recorded: str
    received: str
    author: str
    adapter: str
    mapping_version: int
    withdrawn: bool
    content: str
    body: bytes
    last_told: tuple[str, str, str]
    last_position: int
    stamp: int = field(default=0, compare=False)
    kept: object = field(default=None, compare=False, repr=False)


class LastTelling(NamedTuple):
    """The newest telling of a record: enough to see that a message tells the same again, without reading the record.

    last_told: `Telling.order` of it; last_position: the highest log position of any telling; withdrawn: of the record. stamp and kept are the
    store's own, as in StoredRecord.
    """

    record: str
    last_told: tuple[str, str, str]
    last_position: int
    withdrawn: bool
    stamp: int = 0
    kept: object = None


@dataclass(frozen=True, slots=True)
class QuarantinedPart:
    """A part of a message that waits: where it is in the message, its type, why."""

    at: str
    about: str
    issues: tuple[Issue, ...]


class MapOutcome(NamedTuple):
    """How mapping one message ended. patient: the Patient record id, or "" when rejected before it was known. at: when, ISO UTC.

    touched: Patient records of other people whose records this message's closed scopes changed. A message that waited once keeps that here:
    failed_at and failed_with (issue numbers) of its first failure; closed_at and closed_by once it was accepted whole after all.
    """

    message: str
    position: int
    feed: str
    verdict: Verdict
    patient: str
    source: SourceOrganisation | None
    kind: str
    recorded: str
    told_at: str
    received: str
    sequence: str
    snapshot: bool
    issues: tuple[Issue, ...]
    quarantined: tuple[QuarantinedPart, ...]
    merges: tuple[RecordMerge, ...]
    records: int
    mapping_version: int
    attempts: int
    at: str
    touched: tuple[str, ...] = ()
    failed_at: str = ""
    failed_with: tuple[str, ...] = ()
    closed_at: str = ""
    closed_by: str = ""

    @property
    def patients(self) -> list[str]:
        """Patient record ids the message is about or changed, without repeats: its own, both sides of merges, and those its scopes touched."""
        if not self.merges and not self.touched:
            return [self.patient] if self.patient else []
        sides = [side.id for merge in self.merges for side in (merge.surviving, merge.subsumed)]
        return [id for id in dict.fromkeys([self.patient, *sides, *self.touched]) if id]


@dataclass(frozen=True, slots=True)
class ScopedTelling:
    """That a message told of a record under a scope, or held it in a part that could not be used. unit: the message's submission.

    scope: hash over feed, source and the scope's own name (hub.scoping).
    """

    record: str
    message: str
    scope: str
    unit: str


@dataclass(frozen=True, slots=True)
class Closing:
    """That a message told a scope completely: what was told of the scope before (told_at, sequence) and is not told here is withdrawn.

    patient: the Patient record whose scope it is, and then "here" is the message; None for all patients, and then "here" is the submission
    `unit`. Nothing is written on the records it withdraws but their state: that is worked out from tellings and closings together.
    """

    message: str
    scope: str
    patient: str | None
    unit: str
    told_at: str
    sequence: str
    position: int


@dataclass(frozen=True, slots=True)
class ScopeStamp:
    """The writes that last told a record under a scope, and last closed it for all patients; 0 for never, told -1 for whichever it was."""

    told: int = 0
    closed: int = 0

    def fits(self, held: ScopeStamp) -> bool:
        """Whether a scope read like this still stands as `held`."""
        return self.closed == held.closed and self.told in (-1, held.told)


@dataclass(frozen=True, slots=True)
class Revisit:
    """A message was mapped again: the identity lane, if it is past `position`, must look at this patient record once more.

    patient: "" when the message was about nobody before. stamp: given by the store when read.
    """

    message: str
    position: int
    patient: str
    stamp: int = 0


@dataclass(frozen=True, slots=True)
class MappingBatch:
    """Everything one mapping step writes, in one transaction.

    records: as they stand now. retold: records that were only told again as they stand, with their new last_told and last_position.
    remapped: messages mapped before, whose earlier tellings are dropped first. removed: records that no message tells any more.
    based_on: (record, stamp) of records as they were read to work this out, stamp 0 where there was none. When another worker has written
    one of them since, `apply` raises Overtaken and writes nothing: two workers can never undo each other's tellings. scopes: likewise for
    scopes, as they were read. as_of: Records.writes() before any of this was read; where that has not moved, nobody need look. scoped and
    closings of re-mapped messages are dropped first, as tellings are. revisits: of re-mapped messages.
    """

    tellings: tuple[Telling, ...]
    records: tuple[StoredRecord, ...]
    outcomes: tuple[MapOutcome, ...]
    remapped: tuple[str, ...] = ()
    removed: tuple[str, ...] = ()
    based_on: tuple[tuple[str, int], ...] = ()
    scoped: tuple[ScopedTelling, ...] = ()
    closings: tuple[Closing, ...] = ()
    scopes: tuple[tuple[str, ScopeStamp], ...] = ()
    revisits: tuple[Revisit, ...] = ()
    retold: tuple[LastTelling, ...] = ()
    as_of: int = -1


@dataclass(frozen=True, slots=True)
class LaneBatch:
    """What the identity lane writes in one transaction. moments: place in the log and receipt time of the message that made each link, () for
    position and at. reviews: the standing pairs of each patient in `reviewed`, replacing theirs. dirty: persons whose plan is out of date.
    redirects: (emptied, where to look). left: records nobody tells any more. revisited: as read; one written since stays. neighbours: of each.
    rules: by which everything is decided from here on, None for as before. closed: reviews that those ended. proposals: told now."""

    position: int
    members: tuple[Member, ...]
    links: tuple[Link, ...]
    reviewed: tuple[str, ...]
    reviews: tuple[Review, ...]
    merges: tuple[StandingMerge, ...]
    redirects: tuple[tuple[str, str], ...]
    dirty: tuple[str, ...]
    at: str
    left: tuple[str, ...] = ()
    revisited: tuple[Revisit, ...] = ()
    rulings: tuple[Ruling, ...] = ()
    moments: tuple[tuple[int, str], ...] = ()
    neighbours: tuple[tuple[str, tuple[str, ...]], ...] = ()
    rules: RulesStanding | None = None
    closed: tuple[ClosedReview, ...] = ()
    proposals: tuple[Proposal, ...] = ()


@dataclass(frozen=True, slots=True)
class StoredPlan:
    """A person's plan as assembled. plan: JSON of UnifiedCarePlan. position: the number of the lane commit it reflects, as `dirty` gave it.

    marks: what speaks for a place on a caseload, by rule and day (caseload.evidence); "" for nothing. It is kept beside the plan, to find it by, and
    `get` leaves it out.
    """

    person: str
    content_hash: str
    conflicts: int
    gaps: int
    position: int
    plan: bytes
    at: str
    marks: str = ""


@dataclass(frozen=True, slots=True)
class AuditRow:
    """One audit entry: event is FHIR AuditEvent JSON. at: ISO UTC."""

    id: str
    at: str
    person: str
    event: bytes
