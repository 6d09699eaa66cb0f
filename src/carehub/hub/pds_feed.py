"""The hub's own feed of what PDS answered: a question and its answer as one message, and what it says in FHIR. Pure, so a rebuild asks nobody."""

from __future__ import annotations

from dataclasses import dataclass, field

from carehub.feeds.mapped import Mapped, MappedRecord, RecordMerge
from carehub.feeds.message import Message
from carehub.fhir.canonical import dumps, restore
from carehub.fhir.resource import Resource, many, text
from carehub.hub.own_feed import own_adapter, word_in
from carehub.identity.pds_answers import Answer, Search, Trace, read_answer
from carehub.identity.standardising import family_key, given_key, spelling_code
from carehub.identity.traced_numbers import PDS, nobody, number_key, record_key, void
from carehub.terms import nhs_number
from carehub.terms.errors import CarehubError, Unreadable
from carehub.terms.issue_catalogue import issue
from carehub.terms.refs import RecordRef

FEED = "pds/traces"


@dataclass(frozen=True, slots=True)
class AskedFor:
    """A patient record (its id) that PDS was asked for, and what it said then. trusted: its number counts without PDS."""

    record: str
    nhs_number: str
    trusted: bool
    birth_date: str
    family: str
    given: str


@dataclass(frozen=True, slots=True)
class Asked:
    """One question and its answer, as it is kept. at: when it was asked, ISO UTC. number: that was retrieved, "" for a search."""

    at: str
    number: str
    search: Search | None
    records: tuple[AskedFor, ...]
    status: int
    answer: Resource = field(repr=False)

    def trace(self) -> Trace:
        """The answer, understood. Raises as read_answer does."""
        return read_answer(self.status, self.answer, self.number)


def body_of(at: str, number: str, search: Search | None, records: tuple[AskedFor, ...], answer: Answer) -> bytes:
    """The message."""
    return dumps(Asked(at, number, search, records, answer.status, answer.body))


def map_message(message: Message) -> Mapped:
    """What PDS told: its Patient for the number it keeps, the record of a number that was replaced, and where every key that was asked leads.

    PDS's demographics are taken over only where a record that was asked for agrees with them; for a replaced number else only the numbers are.
    Raises Unreadable for a message that is none of ours.
    """
    try:
        asked = word_in(message.body, Asked)
        trace = asked.trace()
    except (CarehubError, ValueError):
        raise Unreadable(issue("MAP-001")) from None
    agreeing = [one for one in asked.records if _agrees(one, asked, trace)]
    disagreeing = trace.patient is not None and len(agreeing) < len(asked.records)
    records = tuple(_records(asked, trace, bool(agreeing)))
    return Mapped(
        source=PDS,
        patient=number_key(trace.number) if records else None,
        kind=f"trace-{trace.outcome}",
        recorded=asked.at,
        records=records,
        issues=tuple(issue(number, about="Patient") for number in (*trace.issues, *(["PDS-013"] if disagreeing else []))),
        merges=tuple(_leads(asked, trace, agreeing)),
    )


def named(body: bytes) -> list[RecordRef]:
    """The keys that the question of such a message named, whatever is made of its answer. Raises ValueError for a message that is none of ours."""
    asked = restore(body, Asked)
    return [*([number_key(asked.number)] if asked.number else []), *(_key(one) for one in asked.records if not one.trusted)]


def _key(one: AskedFor) -> RecordRef:
    return record_key(one.record, one.nhs_number, one.birth_date, given_key(one.given))


def _agrees(one: AskedFor, asked: Asked, trace: Trace) -> bool:
    """Never by the number alone: the full date of birth and the first name must be PDS's too (IDENTITY 6); in a search also the family name, and the
    match must be neither fuzzy nor less than whole."""
    patient = trace.patient
    if patient is None or len(one.birth_date) != 10 or text(patient, "birthDate") != one.birth_date:
        return False
    names = [name for name in many(patient, "name") if isinstance(name, dict)]
    first = {spelling_code(key) for name in names if (key := given_key(" ".join(str(g) for g in many(name, "given"))))}
    mine = given_key(one.given)
    if len(mine) < 2 or spelling_code(mine) not in first:
        return False
    if asked.search is None:
        return True
    families = {family_key(text(name, "family")) for name in names} - {""}
    return not asked.search.fuzzy and trace.score == 1.0 and family_key(one.family) in families


def _records(asked: Asked, trace: Trace, agreed: bool) -> list[MappedRecord]:
    replaced = trace.outcome == "superseded"
    if trace.patient is None or not (agreed or replaced):
        return []
    kept = number_key(trace.number)
    told = {**trace.patient} if agreed else {"identifier": trace.patient.get("identifier", [])}
    meta = trace.patient.get("meta")
    labels = meta.get("security") if isinstance(meta, dict) else None
    told.update({"resourceType": "Patient", "id": kept.id, **({"meta": {"security": labels}} if labels else {})})
    if not labels:
        told.pop("meta", None)
    died = told.get("deceasedDateTime")
    if isinstance(died, str) and died.endswith("T00:00:00+00:00"):
        told["deceasedDateTime"] = died[:10]  # PDS keeps a date and writes it as midnight
    records = [MappedRecord(kept, told, at="answer")]
    if replaced:
        gone = number_key(asked.number)
        records.append(
            MappedRecord(
                gone,
                {
                    "resourceType": "Patient",
                    "id": gone.id,
                    "identifier": [{"use": "old", "system": nhs_number.SYSTEM, "value": asked.number}],
                    "active": False,
                    "link": [{"other": {"reference": kept.reference}, "type": "replaced-by"}],
                },
                at="asked.number",
            )
        )
    return records


def _leads(asked: Asked, trace: Trace, agreeing: list[AskedFor]) -> list[RecordMerge]:
    """Where each key leads by this answer. The latest answer about a key is the one that counts, so a number that is live again says so."""
    kept = number_key(trace.number) if trace.number else None
    leads: dict[RecordRef, RecordRef] = {}
    if asked.number and kept is not None:
        leads[number_key(asked.number)] = kept
        leads[kept] = nobody(kept)
    if asked.number and trace.outcome == "invalidated":
        leads[number_key(asked.number)] = void(number_key(asked.number))
    for one in asked.records:
        if not one.trusted:
            key = _key(one)
            leads[key] = kept if kept is not None and one in agreeing else nobody(key)
    return [RecordMerge(surviving, subsumed) for subsumed, surviving in leads.items()]


ADAPTER = own_adapter(
    FEED,
    map_message,
    speaker="National demographics (PDS)",
    title="NHS number traces (PDS)",
    domain=nhs_number.SYSTEM,
    arrives="pull",
    messages=("trace-found", "trace-superseded", "trace-multiple", "trace-none", "trace-invalidated"),
    mapping_version=2,  # since 2 a number that is not valid is one that counts for nobody
)
