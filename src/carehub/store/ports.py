"""The store's ports. One contract suite (tests/contracts/test_store.py) runs against every implementation.

Every write is one transaction, durable when the call returns. Any method may raise StoreBusy; then nothing was written.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from contextlib import AbstractContextManager
from typing import Protocol

from carehub.feeds.message import Message, Receipt
from carehub.identity.links import Link, Member, Review, StandingMerge
from carehub.identity.rulings import Report, Ruling, TakingBack
from carehub.store.auditing import AuditTrail
from carehub.store.disposing import Disposal
from carehub.store.editions import SaysEdition
from carehub.store.exporting import Exports
from carehub.store.passing import Passes
from carehub.store.planning import Plans
from carehub.store.proposing import SaysProposals
from carehub.store.rules_standing import InOrder, SaysClosed
from carehub.store.stepping import Steps
from carehub.store.stored import (
    Brief,
    Closing,
    Delivery,
    LaneBatch,
    LastTelling,
    MapOutcome,
    MappingBatch,
    MessageHead,
    Revisit,
    ScopedTelling,
    ScopeStamp,
    StoredRecord,
    Telling,
)
from carehub.store.streaming import Streams
from carehub.store.subscribing import Subscriptions
from carehub.store.tally import Tally
from carehub.store.trying import Tries


class MessageLog(Protocol):
    """The truth: what arrived, byte for byte, in one order. Appended to; nothing is changed but what is disposed of (store.disposing)."""

    def append(self, deliveries: Sequence[Delivery]) -> list[Receipt]:
        """Store submissions and their messages in one transaction (group commit); receipts in the same order, given after commit.

        A submission already stored gets its first receipt again and adds nothing. Raises Overtaken(FEED-003) when a delivery key was used
        before for other bytes; then nothing of the call is stored.
        """

    def receipt(self, submission: str) -> Receipt | None: ...

    def submission_body(self, submission: str) -> bytes | None:
        """The bytes of a submission exactly as received; b"" once they were destroyed."""

    def read(self, messages: Iterable[str]) -> dict[str, Message]:
        """Messages by id, with bodies. Unknown ids are absent."""

    def heads(self, after: int, limit: int) -> list[MessageHead]:
        """Messages with position > after, in order."""

    def position(self, message: str) -> int:
        """A message's place in the log, 0 when it is unknown."""

    def last_position(self) -> int:
        """The highest position, 0 when empty."""


class Records(Protocol):
    """Source records, derived from the log by mapping; and the outcome of every message: the queue of record of the map stage."""

    def tellings(self, records: Iterable[str]) -> dict[str, list[Telling]]:
        """All tellings of each record, in `Telling.order`, equal ones by message id."""

    def told_by(self, messages: Iterable[str]) -> dict[str, set[str]]:
        """For each message, the ids of the records it tells."""

    def apply(self, batch: MappingBatch) -> None:
        """Write one mapping step. A telling of a (record, message) pair already there is replaced.

        Raises Overtaken(STORE-004) when a record of `based_on` or a scope of `scopes` was written by someone else since it was read; then
        nothing is written.
        """

    def scoped(self, records: Iterable[str]) -> dict[str, list[ScopedTelling]]:
        """What was told of each record under a scope, in no order. Records never told under one are absent."""

    def scoped_by(self, messages: Iterable[str]) -> set[str]:
        """Records that any of these messages told of under a scope, or held in a part that could not be used."""

    def closings(self, scopes: Iterable[str], patients: Iterable[str], since: str = "") -> list[Closing]:
        """Closings of these scopes for all patients or any of these, told at `since` or later, in no order."""

    def closings_of(self, messages: Iterable[str]) -> list[Closing]:
        """What these messages closed, in no order."""

    def scope_stamps(self, scopes: Iterable[str]) -> dict[str, ScopeStamp]:
        """For `MappingBatch.scopes`. Scopes never written are absent."""

    def untold(self, closings: Sequence[Closing], *, settled: bool = False) -> set[str]:
        """Records ever told under a scope of one message's closings, of its patient if it has one, that its unit does not tell.
        Without those that an earlier closing has withdrawn already, unless `settled`."""

    def outcomes(self, messages: Iterable[str]) -> dict[str, MapOutcome]: ...

    def verdicts(self, messages: Iterable[str]) -> dict[str, str]:
        """The verdict of each message that has an outcome."""

    def outcomes_of(self, patients: Iterable[str]) -> dict[str, list[MapOutcome]]:
        """All outcomes of messages about each patient record, ordered by (told_at, sequence, message)."""

    def unsettled(self, verdict: str, after: int, limit: int, feed: str = "") -> list[MapOutcome]:
        """Outcomes of one verdict with position > after, in order, of one feed if given; for quarantine lists."""

    def how_many(self, verdict: str, first: int, last: int) -> int:
        """Outcomes of one verdict whose position is from first to last."""

    def tallies(self, since: str) -> list[Tally]:
        """What came on each day from `since` (YYYY-MM-DD) on, sorted by feed, source and day."""

    def marks(self) -> list[Tally]:
        """What ever came, one tally with day "" for each feed and source, sorted."""

    def dead_after(self, feed: str, position: int) -> int:
        """How many rejected messages of the feed have a higher position."""

    def counts(self) -> list[tuple[str, str, str, int]]:
        """(feed, source code, verdict, messages), sorted."""

    def record(self, type: str, id: str) -> StoredRecord | None: ...

    def current(self, ids: Iterable[str]) -> dict[str, StoredRecord]:
        """Records by id as they stand, withdrawn ones included. Unknown ids are absent."""

    def in_brief(self, ids: Iterable[str]) -> dict[str, Brief]:
        """The same records without their bodies."""

    def writes(self) -> int:
        """How many mapping steps were ever written; while it stays the same, nothing was."""

    def last_tellings(self, ids: Iterable[str]) -> dict[str, LastTelling]:
        """The newest telling of each record. Unknown ids are absent."""

    def of_patients(self, patients: Iterable[str], types: Sequence[str] | None = None) -> list[StoredRecord]:
        """Current records of patient records, ordered by (type, id)."""

    def totals(self) -> tuple[int, int]:
        """(patient records, records of all types), withdrawn ones included."""

    def version_count(self) -> int:
        """The sum of all records' version numbers: it does not move when nothing new was said."""

    def clear(self) -> None:
        """Drop every projection of the store (records, outcomes, links, plans). The log and the audit trail stay."""


class Lane(InOrder, SaysProposals, Protocol):
    """The identity lane while it is held: one holder at a time over all processes. Reads see the state as of the lane's position."""

    def position(self) -> int: ...

    def revisits(self, upto: int, limit: int) -> list[Revisit]:
        """Revisits of messages up to a position, in order of position, message and patient."""

    def members(self, patients: Iterable[str]) -> dict[str, Member]: ...

    def sharing(self, keys: Iterable[str]) -> list[Member]:
        """Members that carry any of these match keys or blocking keys, ordered by patient."""

    def bearing(self, keys: Iterable[int], most: int) -> dict[int, list[str]]:
        """Key → the first `most` patients, in order, whose members carry this near key. Keys that nobody carries are absent."""

    def neighbours(self, patients: Iterable[str]) -> dict[str, tuple[str, ...]]:
        """The records near each (identity.surroundings), sorted. Records near nobody are absent."""

    def of_persons(self, persons: Iterable[str]) -> list[Member]:
        """Members linked to these persons, ordered by patient."""

    def links(self, patients: Iterable[str]) -> dict[str, Link]:
        """The standing MATCH link of each patient record."""

    def merges(self, patients: Iterable[str]) -> list[StandingMerge]:
        """Standing merges in which any of these patient records takes part, on either side."""

    def founded(self, patients: Iterable[str]) -> dict[str, int]:
        """How many persons each patient record has founded so far: the first number n whose derived_id("person", patient, n) is unused."""

    def rulings(self, patients: Iterable[str]) -> list[Ruling]:
        """Every ruling that names any of these patient records, those taken back included, by position."""

    def commit(self, batch: LaneBatch) -> None:
        """Write and move the position, in one transaction, and let the lane go. The same batch again only marks its persons out of date anew.

        Commits are numbered, each higher than the one before and none lower than its position. Raises Overtaken(STORE-004) when the lane is
        already past batch.position.
        """


class Links(SaysClosed, SaysProposals, Protocol):
    """Who is who, derived from records by the identity lane."""

    def lane(self) -> AbstractContextManager[Lane]:
        """Hold the lane; others wait. Leaving without commit writes nothing."""

    def lane_position(self) -> int: ...

    def members(self, patients: Iterable[str]) -> dict[str, Member]:
        """As Lane.members."""

    def in_turn(self, after: str, limit: int) -> list[Member]:
        """The next members in order of patient, of those that come after this one."""

    def person_of(self, patients: Iterable[str]) -> dict[str, str]:
        """The person each patient record belongs to."""

    def current_person(self, person: str) -> str | None:
        """The person itself, or where a redirect leads; None when unknown."""

    def links_of(self, person: str) -> list[Link]:
        """Standing MATCH links of a person, ordered by patient."""

    def links_of_each(self, persons: Iterable[str]) -> dict[str, list[Link]]:
        """The same for each of several persons. Persons without links are absent."""

    def history(self, patient: str) -> list[tuple[int, str, Link]]:
        """Every link the patient record has had: (place in the log of the message that made it, when that was received, link), oldest first."""

    def reviews(self, patients: Iterable[str] | None = None) -> list[Review]:
        """Open reviews that touch any of these patient records, or all, sorted."""

    def merges_of(self, patients: Iterable[str]) -> list[StandingMerge]: ...

    def rulings(self, patients: Iterable[str] | None = None) -> list[Ruling]:
        """As Lane.rulings; all of them for None."""

    def put_reports(self, reports: Sequence[Report], lifted: Sequence[TakingBack]) -> None:
        """Keep reports, and which of them are taken back, in whatever order they come. They outlive Records.clear: what is hidden stays so
        while the log is replayed, which tells the same reports again."""

    def reports(self, records: Iterable[str] | None = None) -> list[Report]:
        """Reports of any of these patient records, or all, those taken back included, by position."""

    def persons(self) -> list[str]:
        """Live persons (at least one MATCH link), sorted."""

    def find(self, *, nhs_number: str = "", family_key: str = "", birth_date: str = "", postcode: str = "", limit: int = 50) -> list[str]:
        """Live persons with a member that agrees with every value given, sorted. With no value, nothing."""


class Store(SaysEdition, Protocol):
    """All ports of one store."""

    @property
    def log(self) -> MessageLog: ...

    @property
    def streams(self) -> Streams: ...

    @property
    def records(self) -> Records: ...

    @property
    def links(self) -> Links: ...

    @property
    def plans(self) -> Plans: ...

    @property
    def steps(self) -> Steps: ...

    @property
    def subscriptions(self) -> Subscriptions: ...

    @property
    def passes(self) -> Passes: ...

    @property
    def tries(self) -> Tries: ...

    @property
    def exports(self) -> Exports: ...

    @property
    def disposal(self) -> Disposal: ...

    @property
    def audit(self) -> AuditTrail: ...

    def ready(self) -> None:
        """Raise Unavailable unless the store can be read and written and its schema is current."""

    def try_writing(self) -> None:
        """Raise StoreBusy unless what arrives, and the record, can be written now."""

    def close(self) -> None: ...
