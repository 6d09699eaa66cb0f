"""What PDS told, as the identity lane uses it: which NHS number stands for which, and whose number a record's is.

Everything that can be asked about has a key: an NHS number, or a patient record by the details it was traced with. An answer is a record merge
among PDS's own records, from the key to the record that PDS keeps (to nobody, or to nothing valid), so it is chained, checked for rings, taken
back by a later answer and kept with its time as all merges are (`identity.merging`). Nothing is written on the records themselves.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import replace
from typing import Protocol

from carehub.fhir.canonical import content_hash
from carehub.identity.demographics import Demographics
from carehub.identity.links import Member, StandingMerge
from carehub.identity.merging import in_force, roots
from carehub.terms.organisations import SourceKind, SourceOrganisation
from carehub.terms.refs import RecordRef

PDS = SourceOrganisation("PDS", "Personal Demographics Service", SourceKind.NATIONAL)

_NOBODY, _RECORD, _VOID = "nobody:", "record:", "void:"


class TracedReads(Protocol):
    """What of the lane is read here."""

    def members(self, patients: Iterable[str]) -> dict[str, Member]: ...

    def sharing(self, keys: Iterable[str]) -> list[Member]: ...

    def merges(self, patients: Iterable[str]) -> list[StandingMerge]: ...


def number_key(number: str) -> RecordRef:
    """PDS's record of an NHS number."""
    return RecordRef(PDS.code, number, "Patient")


def record_key(patient: str, number: str, birth_date: str, given_key: str) -> RecordRef:
    """A patient record (its id), as long as it says this number, birth date and first name: when it says another, the answer was about somebody else."""
    return RecordRef(PDS.code, f"{_RECORD}{patient}:{content_hash([number, birth_date, given_key])}", "Patient")


def nobody(key: RecordRef) -> RecordRef:
    """What a key leads to when PDS has no other record for it. Never a record, and one for each key, so that nothing is tied together by it."""
    return RecordRef(PDS.code, f"{_NOBODY}{key.patient}", "Patient")


def void(key: RecordRef) -> RecordRef:
    """What a number's key leads to when PDS has marked the number as not valid. Never a record, as `nobody`."""
    return RecordRef(PDS.code, f"{_VOID}{key.patient}", "Patient")


def keys_of(patient: str, d: Demographics) -> tuple[str, ...]:
    """The ids of all keys that may tell something of a record: the one it asks under, and its number, which may be not valid whoever trusts it."""
    mine = key_of(patient, d).id
    return (mine,) if d.trusted or not d.nhs_number else (mine, number_key(d.nhs_number).id)


def key_of(patient: str, d: Demographics) -> RecordRef:
    """The key under which a record asks what PDS told: its number, if it can be trusted without PDS, else itself."""
    return number_key(d.nhs_number) if d.trusted and d.nhs_number else record_key(patient, d.nhs_number, d.birth_date, d.given_key)


def resolved(
    told: Mapping[str, Demographics], merges: Sequence[StandingMerge], lane: TracedReads, gone: Collection[str] = ()
) -> dict[str, Demographics]:
    """Patient records with what they say of themselves, and with the number PDS gives them, verified; the number they told becomes an earlier one.
    One that PDS has marked as not valid is verified no more, whatever their source says, and is void.

    merges: what the message at hand says beside what stands; gone: records that nobody tells any more. PDS's own records, and records PDS told
    nothing about, stay as they are.
    """
    asking = {patient: keys_of(patient, d) for patient, d in told.items() if d.source != PDS.code}
    rows = _tied({key for mine in asking.values() for key in mine}, merges, lane)
    if not rows:
        return dict(told)
    members = lane.members({side for row in rows for side in (row.surviving, row.subsumed)})
    known = {key: member.demographics for key, member in members.items() if key not in gone}
    known |= {key: d for key, d in told.items() if d.source == PDS.code}
    into = {subsumed: merge.surviving for subsumed, merge in in_force(rows).items()}
    ends = roots((mine[0] for mine in asking.values()), rows, known).of
    found = dict(told)
    for patient, (key, *_) in asking.items():
        if ends[key] != key and (number := known[ends[key]].nhs_number):
            found[patient] = _with(told[patient], number, _passed(key, ends[key], into, known))
        if _is_void(number := found[patient].nhs_number, into):
            found[patient] = replace(
                found[patient], trusted=False, traced=False, superseded=tuple(sorted({*found[patient].superseded, number}))
            )
    return found


def concerned(merges: Sequence[StandingMerge], sides: Iterable[RecordRef], lane: TracedReads) -> set[str]:
    """The patient records, not PDS's own, that answers of PDS are about: those asked for, and those that bear a number of theirs.

    merges: what PDS told, or told once; sides: both sides of what it tells now.
    """
    told = [ref.patient for ref in sides if ref.source == PDS.code]
    members = lane.members({side for merge in merges for side in (merge.surviving, merge.subsumed)}).values()
    said = [member.demographics for member in members if member.demographics.source == PDS.code]
    numbers = {number for d in said for number in (d.nhs_number, *d.superseded)} | {key for key in told if key.isdecimal()}
    bearers = lane.sharing({f"nhs|{number}" for number in numbers if number}) if numbers else []
    asked = {key.removeprefix(_RECORD).partition(":")[0] for key in told if key.startswith(_RECORD)}
    return asked | {member.patient for member in bearers if member.demographics.source != PDS.code}


def _is_void(number: str, into: Mapping[str, str]) -> bool:
    key = number_key(number)
    return bool(number) and into.get(key.id) == void(key).id


def _with(d: Demographics, number: str, passed: set[str]) -> Demographics:
    earlier = {*d.superseded, d.nhs_number, *passed} - {"", number}
    return replace(d, nhs_number=number, trusted=True, traced=False, superseded=tuple(sorted(earlier)))


def _passed(key: str, end: str, into: Mapping[str, str], known: Mapping[str, Demographics]) -> set[str]:
    """The numbers between: a record bears them too, so that it is found when one of them comes to lead elsewhere."""
    numbers: set[str] = set()
    while key != end:
        numbers.update((known[key].nhs_number, *known[key].superseded) if key in known else ())
        key = into[key]
    return numbers


def _tied(keys: set[str], merges: Sequence[StandingMerge], lane: TracedReads) -> list[StandingMerge]:
    """Every merge that leads on from these keys, through `merges` as well."""
    rows = {row.key: row for row in merges}
    seen: set[str] = set()
    ahead = keys
    while ahead:
        seen |= ahead
        found = [row for row in lane.merges(ahead) if row.subsumed in ahead]
        rows.update({row.key: row for row in found if row.key not in rows})
        ahead = {row.surviving for row in (*found, *merges)} - seen
    return list(rows.values())
