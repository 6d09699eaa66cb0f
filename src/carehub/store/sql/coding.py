"""Rows and values: how outcomes, tellings and records are written in the columns of bytes, and read back."""

from __future__ import annotations

from functools import lru_cache
from typing import Any, Literal, NamedTuple, cast

from carehub.feeds.mapped import Change, RecordMerge
from carehub.feeds.message import Verdict
from carehub.fhir.canonical import dumps, loads
from carehub.store.stored import Brief, LastTelling, MapOutcome, QuarantinedPart, StoredRecord, Telling
from carehub.terms.issue import Issue
from carehub.terms.issue_catalogue import CATALOGUE
from carehub.terms.organisations import SourceKind, SourceOrganisation
from carehub.terms.refs import RecordRef

CHANGES: tuple[Change, ...] = ("snapshot", "update", "withdrawn")
CHANGE_NUMBERS = {change: number for number, change in enumerate(CHANGES)}
_WORTH_SHARING = 48

Origin = tuple[str, SourceOrganisation | None, str, int, str]
"""feed, source, adapter, mapping version, resource type."""


@lru_cache(maxsize=4096)
def origin_text(feed: str, source: SourceOrganisation | None, adapter: str, mapping_version: int, type: str = "") -> str:
    """What many records have in common, as one text."""
    said = [source.code, source.name, source.kind.value] if source else None
    return dumps([feed, said, adapter, mapping_version, type]).decode()


def feed_text(feed: str, source: SourceOrganisation | None) -> str:
    """A feed and who speaks over it, as an origin; whatever the organisation calls itself."""
    return origin_text(feed, SourceOrganisation(source.code, "", source.kind) if source else None, "", 0)


def type_text(type: str) -> str:
    """A resource type alone, as an origin."""
    return origin_text("", None, "", 0, type)


def origin(text: str) -> Origin:
    feed, said, adapter, mapping_version, type = loads(text)
    return feed, SourceOrganisation(said[0], said[1], SourceKind(said[2])) if said else None, adapter, mapping_version, type


def pack_sha(sha: str) -> bytes:
    """A hash in half its length: 1 and the bytes of lower-case hex, or 0 and any other text."""
    try:
        packed = bytes.fromhex(sha)
    except ValueError:
        packed = b""
    return b"\x01" + packed if packed.hex() == sha else b"\x00" + sha.encode()


def unpack_sha(packed: bytes) -> str:
    return packed[1:].hex() if packed[0] else packed[1:].decode()


def telling(row: Any, type: str) -> Telling:
    """From (record, type's number, patient, message, position, change, facts, sha, body)."""
    record, _, patient, message, position, change, facts, sha, body = row
    told_at, sequence, clears = loads(facts)
    return Telling(
        record, type, patient, message, position, told_at, sequence, CHANGES[change], tuple(clears), unpack_sha(sha), bytes(body)
    )


def record_facts(record: StoredRecord, state_sha: str | None) -> bytes:
    """The facts nobody searches by, without what can be read elsewhere: the state's hash, and the newest telling where it is the state."""
    return _facts((record.recorded, record.received, record.author), record.content, state_sha, record.last_told)


def _facts(said: tuple[str, str, str], content: str, state_sha: str | None, last_told: tuple[str, str, str]) -> bytes:
    told_at, sequence, sha = last_told
    same_time = None if told_at == said[0] else told_at
    return dumps((*said, None if content == state_sha else content, same_time, sequence, None if sha == content else sha))


def brief(row: Any, came_from: Origin) -> Brief:
    """From (id, origin, last_position, facts, state's sha)."""
    _, _, last_position, facts, state_sha = row
    content = loads(facts)[3]
    if content is None:
        content = unpack_sha(state_sha) if state_sha is not None else ""
    return Brief(_speaker(came_from), came_from[0], content, last_position)


def last_telling(row: Any) -> LastTelling:
    """From (id, withdrawn, last_position, stamp, facts, record's number, state's number, its sha, its size)."""
    id, withdrawn, last_position, stamp, facts, number, state, state_sha, size = row
    recorded, received, author, content, told_at, sequence, sha = loads(facts)
    sha_of_state = unpack_sha(state_sha) if state_sha is not None else None
    stands: str = sha_of_state or "" if content is None else content
    last_told = (recorded if told_at is None else told_at, sequence, stands if sha is None else sha)
    kept: Standing = (number, state, sha_of_state, size, (recorded, received, author), stands)
    return LastTelling(id, last_told, last_position, withdrawn == 1, stamp, kept)


Standing = tuple[int, int | None, str | None, int, tuple[str, str, str], str]
"""What `last_telling` keeps: the record's number; its state's number, hash and size; and what `retold_facts` writes again."""


def standing(again: LastTelling) -> Standing:
    return cast(Standing, again.kept)


def retold_facts(again: LastTelling) -> bytes:
    """`record_facts` of a record that was told again. again: from `last_telling`, with its new last_told."""
    _, _, sha_of_state, _, said, stands = standing(again)
    return _facts(said, stands, sha_of_state, again.last_told)


def _speaker(came_from: Origin) -> SourceOrganisation:
    if came_from[1] is None:
        raise AssertionError("a record has a source")
    return came_from[1]


class Kept(NamedTuple):
    """How the body of a record as it was read is kept: made from a state by these columns. StoredRecord.kept."""

    body: bytes
    state: int
    sha: str
    head: int
    tail: int
    middle: bytes
    short: int


# JSON has no bare control characters, so these bytes can stand for values that the row holds anyway.
_MESSAGE, _RECEIVED, _FEED, _ADDED = b"\x01", b"\x02", b"\x03", b"\x04"

# What the hub writes into meta (fhir.meta), beside what a source told there itself or as all of it.
_BESIDE = (b"", b","), (b',"meta":{', b"}")


def _added(version: int, received: str, feed: str, message: str) -> bytes:
    said = (version, received.encode(), feed.encode(), message.encode())
    return b'"versionId":"%d","lastUpdated":"%b","source":"urn:carehub:%b#%b"' % said


def kept_columns(record: StoredRecord, state: bytes) -> tuple[int, int, bytes, int] | None:
    """head, tail, middle, short: how the body served is made from a state; None if that is not worth it."""
    body = record.body
    added = _added(record.version, record.received, record.feed, record.message)
    at = body.find(added)
    if at >= 0:
        for before, after in _BESIDE:
            head = at - len(before)
            if body == b"".join((state[:head], before, added, after, state[head:])):
                return head, len(state) - head, before + _ADDED + after, 2
    same = shared(body, state)
    return same and (same[0], same[1], *shorten(same[2], record))


def shorten(middle: bytes, record: StoredRecord) -> tuple[bytes, int]:
    """The meta that was put in, with its message, time and feed left out: (bytes, 1); or (as it is, 0) if it holds control bytes itself."""
    if _MESSAGE in middle or _RECEIVED in middle or _FEED in middle:
        return middle, 0
    for value, stand_in in ((record.message, _MESSAGE), (record.received, _RECEIVED), (record.feed, _FEED)):
        if value:
            middle = middle.replace(value.encode(), stand_in)
    return middle, 1


def stored_record(row: Any, came_from: Origin) -> StoredRecord:
    """From (id, origin, patient, version, message, withdrawn, last_position, stamp, facts, head, tail, middle, short, state's number, state, its sha)."""
    id, _, patient, version, message, withdrawn, last_position, stamp, facts, head, tail, middle, short, number, state, state_sha = row
    recorded, received, author, content, told_at, sequence, sha = loads(facts)
    feed, _, adapter, mapping_version, type = came_from
    source = _speaker(came_from)
    sha_of_state = unpack_sha(state_sha) if state is not None else ""
    if content is None:
        content = sha_of_state
    columns = (head, tail, middle, short)
    if short == 2:
        middle = middle.replace(_ADDED, _added(version, received, feed, message))
    elif short:
        middle = middle.replace(_FEED, feed.encode()).replace(_RECEIVED, received.encode()).replace(_MESSAGE, message.encode())
    body = middle if state is None else b"".join((state[:head], middle, state[len(state) - tail :]))
    last_told = (recorded if told_at is None else told_at, sequence, content if sha is None else sha)
    return StoredRecord(
        id,
        type,
        patient,
        source,
        feed,
        version,
        message,
        recorded,
        received,
        author,
        adapter,
        mapping_version,
        withdrawn == 1,
        content,
        body,
        last_told,
        last_position,
        stamp,
        Kept(body, number, sha_of_state, *columns) if state is not None else None,
    )


def shared(body: bytes, state: bytes) -> tuple[int, int, bytes] | None:
    """How `body` can be made from `state`: (head, tail, middle) so that body = state[:head] + middle + state[-tail:]; None if not worth it.

    The body served is what the source told with a little meta put in, so storing it whole would store everything twice.
    """
    most = min(len(body), len(state))
    head = _agreeing(body[:most], state[:most], "little")
    left = most - head
    tail = _agreeing(body[len(body) - left :], state[len(state) - left :], "big")
    if head + tail < _WORTH_SHARING:
        return None
    return head, tail, body[head : len(body) - tail]


def _agreeing(a: bytes, b: bytes, order: Literal["little", "big"]) -> int:
    """How many bytes two values of equal length share at their beginning ("little") or at their end ("big").

    As one number each, what differs is their exclusive or; the byte with its lowest bit set is the nearest that is not shared.
    """
    differing = int.from_bytes(a, order) ^ int.from_bytes(b, order)
    return ((differing & -differing).bit_length() - 1) // 8 if differing else len(a)


def outcome_facts(outcome: MapOutcome) -> bytes:
    later = (outcome.touched, outcome.failed_at, outcome.failed_with, outcome.closed_at, outcome.closed_by)
    return dumps(
        (
            outcome.kind,
            outcome.recorded,
            outcome.told_at,
            outcome.received,
            outcome.sequence,
            outcome.snapshot,
            [_issue_list(i) for i in outcome.issues],
            [(part.at, part.about, [_issue_list(i) for i in part.issues]) for part in outcome.quarantined],
            [(_ref_list(m.surviving), _ref_list(m.subsumed), m.undone) for m in outcome.merges],
            outcome.records,
            outcome.attempts,
            outcome.at,
            *((later,) if any(later) else ()),
        )
    )


def map_outcome(message: str, position: int, verdict: Verdict, patient: str, came_from: Origin, facts: bytes) -> MapOutcome:
    kind, recorded, told_at, received, sequence, snapshot, issues, quarantined, merges, records, attempts, at, *later = loads(facts)
    touched, failed_at, failed_with, closed_at, closed_by = later[0] if later else ((), "", (), "", "")
    feed, source, _, mapping_version, _ = came_from
    return MapOutcome(
        message,
        position,
        feed,
        verdict,
        patient,
        source,
        kind,
        recorded,
        told_at,
        received,
        sequence,
        snapshot,
        tuple(map(_issue, issues)),
        tuple([QuarantinedPart(at_, about, tuple(map(_issue, found))) for at_, about, found in quarantined]),
        tuple([RecordMerge(RecordRef(*surviving), RecordRef(*subsumed), undone) for surviving, subsumed, undone in merges]),
        records,
        mapping_version,
        attempts,
        at,
        tuple(touched),
        failed_at,
        tuple(failed_with),
        closed_at,
        closed_by,
    )


def _issue_list(found: Issue) -> tuple[str, str, str, int]:
    return found.number, found.at, found.about, found.count


def _issue(said: list[Any]) -> Issue:
    number, at, about, count = said
    return Issue(CATALOGUE[number], at, about, count)


def _ref_list(ref: RecordRef) -> tuple[str, str, str, str]:
    return ref.source, ref.patient, ref.type, ref.local
