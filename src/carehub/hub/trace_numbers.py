"""Ask PDS whose number a record's is, and what became of a number. The answer becomes a message, then takes effect as every message does."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from typing import Protocol

from carehub.feeds.message import Receipt, Submission
from carehub.fhir.canonical import loads
from carehub.hub.pds_feed import FEED, AskedFor, body_of
from carehub.identity import demographics
from carehub.identity.demographics import Demographics
from carehub.identity.pds_answers import Answer, Search, Trace, read_answer
from carehub.identity.traced_numbers import PDS, key_of, number_key, void
from carehub.store.ports import Links, Records
from carehub.terms import nhs_number
from carehub.terms.errors import Missing, Rejected
from carehub.terms.issue_catalogue import issue

Receive = Callable[[Sequence[Submission]], list[Receipt]]


class Traces(Protocol):
    """PDS, or what stands for it."""

    def retrieve(self, number: str) -> Answer: ...

    def search(self, question: Search) -> Answer: ...


@dataclass(frozen=True, slots=True)
class Traced:
    """What came of one question: the message it is kept in, what PDS said, and how many records it was asked for."""

    message: str
    trace: Trace
    records: int


@dataclass(frozen=True, slots=True)
class Replacement:
    """PDS said at `at` that a number is now another; "" for `now`: that it was not replaced; void: that it is not valid. message: in which."""

    at: str
    number: str
    now: str
    message: str
    void: bool = False


def trace_record(record: str, *, pds: Traces, records: Records, receive: Receive, now: str) -> Traced:
    """Ask about one patient record (its id): by its number if it has a valid one, else by names, date of birth, gender and postcode, never fuzzily.

    now: ISO UTC. Raises Missing for an unknown record, Rejected PDS-005 when it says too little to ask with, and what the port raises; then
    nothing was kept.
    """
    told = _said([record], records).get(record)
    if told is None:
        raise Missing(issue("API-003"))
    if told.nhs_number:
        return _ask(told.nhs_number, None, {record: told}, pds, receive, now)
    given = told.given.split()
    question = Search(told.family, tuple(given[:1]), told.gender, born=told.birth_date, postcode=told.postcode)
    if not given or len(told.birth_date) != 10:
        raise Rejected(issue("PDS-005"))
    return _ask("", question, {record: told}, pds, receive, now)


def trace_number(number: str, *, pds: Traces, records: Records, links: Links, receive: Receive, now: str) -> Traced:
    """Ask what became of a number, for every patient record that bears it. Raises Missing PDS-015 when none does: the hub is no way to look people up."""
    usable = nhs_number.valid(number)
    if usable is None:
        raise Rejected(issue("MAP-009"))
    # Who bears a number that was replaced is found under the one that is kept.
    numbers = {usable} | {one.now for one in replacements(usable, records=records, links=links) if one.now}
    persons = {person for one in numbers for person in links.find(nhs_number=one)}
    patients = {link.patient for person in persons for link in links.links_of(person)}
    bearing = {record: d for record, d in _said(patients, records).items() if usable in (d.nhs_number, *d.superseded)}
    if not bearing:
        raise Missing(issue("PDS-015"))
    return _ask(usable, None, bearing, pds, receive, now)


def untraced(*, records: Records, links: Links) -> Iterator[str]:
    """Patient records whose NHS number is absent or not verified, and about which PDS was not yet asked as they stand, in order of person."""
    for person in links.persons():
        told = _said([link.patient for link in links.links_of(person)], records)
        keys = {record: key_of(record, d).id for record, d in told.items() if not (d.trusted and d.nhs_number)}
        answered = {merge.subsumed for merge in links.merges_of(keys.values())} if keys else set()
        yield from (record for record, key in sorted(keys.items()) if key not in answered)


def replacements(number: str, *, records: Records, links: Links) -> list[Replacement]:
    """All that PDS ever said of a number and of those that it became or was before, oldest first: which number was whose, when."""
    usable = nhs_number.valid(number)
    if usable is None:
        raise Rejected(issue("MAP-009"))
    found: dict[tuple[str, str], Replacement] = {}
    seen: set[str] = set()
    ahead = {usable}
    while ahead:
        seen |= ahead
        merges = links.merges_of([number_key(one).id for one in ahead])
        told = [(o, merge) for o in records.outcomes({merge.message for merge in merges}).values() for merge in o.merges]
        for outcome, merge in told:
            old, kept = merge.subsumed.patient, merge.surviving.patient
            if old.isdecimal() and not {old, kept}.isdisjoint(ahead):
                not_valid = merge.surviving == void(merge.subsumed)
                now = kept if kept.isdecimal() else ""
                found[outcome.message, old] = Replacement(outcome.told_at, old, now, outcome.message, not_valid)
        ahead = {one for r in found.values() for one in (r.number, r.now) if one} - seen
    return sorted(found.values(), key=lambda r: (r.at, r.message, r.number))


def _ask(number: str, search: Search | None, told: dict[str, Demographics], pds: Traces, receive: Receive, now: str) -> Traced:
    answer = pds.search(search) if search else pds.retrieve(number)
    asked = tuple(AskedFor(record, d.nhs_number, d.trusted, d.birth_date, d.family, d.given) for record, d in sorted(told.items()))
    body = body_of(now, number, search, asked, answer)
    receipt = receive([Submission(FEED, body, now, "carehub")])[0]
    return Traced(receipt.messages[0], read_answer(answer.status, answer.body, number), len(asked))


def _said(patients: Iterable[str], records: Records) -> dict[str, Demographics]:
    """What these Patient records say of themselves, without PDS's own."""
    found = {}
    for record, stored in records.current(patients).items():
        if stored.type == "Patient" and stored.source.code != PDS.code and not stored.withdrawn:
            found[record] = demographics.read(loads(stored.body), kind=stored.source.kind.value, source=stored.source.code)
    return found
