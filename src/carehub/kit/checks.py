"""The contract, one small function a clause: what is wrong, in sentences; none when the clause is met."""

from __future__ import annotations

from collections.abc import Iterator
from io import BytesIO

from carehub.feeds.adapter import Adapter
from carehub.feeds.mapped import Mapped
from carehub.fhir.resource import many
from carehub.kit import clocks, rough, speaking
from carehub.kit.cases import Case, again
from carehub.kit.golden import differences, outcome, text
from carehub.kit.resources import declared_types, ids_are_derived, own_meta, references_resolve, uk_core, valid_by_models, valid_r4
from carehub.kit.results import Clause
from carehub.terms.errors import Rejected
from carehub.terms.issue import Issue
from carehub.terms.issue_catalogue import CATALOGUE
from carehub.terms.moments import instant, iso
from carehub.terms.refs import RecordRef

# A message is cut at this many places, evenly over its length.
CUTS = 150
# Values shorter than this are in every text ("M", "1"); longer ones in an issue would be the patient's.
_TELLING = 4


def same_twice(adapter: Adapter, case: Case) -> Iterator[str]:
    """The same message gives the same result, twice."""
    if text(outcome(adapter, case.message)) != text(outcome(adapter, case.message)):
        yield "the same message gave two results"


def arrival_does_not_matter(adapter: Adapter, case: Case) -> Iterator[str]:
    """The result depends on the bytes alone: not on when they came, nor on the id and place they got in the log."""
    later = again(case, case.message.body, id="other", submission="other", position=900, received_at="2031-01-01T00:00:00.000Z")
    if text(outcome(adapter, case.message)) != text(outcome(adapter, later)):
        yield "the result changes with the time of receipt or the place in the log"


def equals_golden(adapter: Adapter, case: Case) -> Iterator[str]:
    """The result is the golden file's."""
    result = outcome(adapter, case.message)
    if not case.golden:
        yield "there is no expected.json or rejected.json yet: make golden writes it"
    elif isinstance(result, Rejected) != case.rejected:
        yield f"the message is {'rejected' if isinstance(result, Rejected) else 'accepted'}, and the golden file says otherwise"
    else:
        yield from differences(case.golden, result)


def one_patient(adapter: Adapter, case: Case) -> Iterator[str]:
    """Every record is the patient's of the message, or of the other patient its merge or move names, or nobody's; each is told once."""
    for mapped in _mapped(adapter, case):
        named = [mapped.patient] if mapped.patient else [RecordRef(mapped.source.code, "", "Patient")]
        named += [mapped.moved_from] if mapped.moved_from else []
        patients = {*named, *(ref for merge in mapped.merges for ref in (merge.surviving, merge.subsumed))}
        keys = {(ref.source, ref.patient) for ref in patients}
        yield from (f"{r.ref.type} {r.at}: belongs to another patient" for r in mapped.records if (r.ref.source, r.ref.patient) not in keys)
        refs = [record.ref for record in mapped.records]
        yield from (f"{ref.type} is told more than once" for ref in sorted(set(refs)) if refs.count(ref) > 1)
        if mapped.patient and mapped.patient.type != "Patient":
            yield "the message's patient is not a Patient"
        taken = [record for record in mapped.records if mapped.moved_from and record.ref.patient == mapped.moved_from.patient]
        yield from (f"{r.ref.type} {r.at}: told of the record it was moved from" for r in taken if r.change != "withdrawn")


def source_time(adapter: Adapter, case: Case) -> Iterator[str]:
    """`recorded` is an instant in UTC in the hub's own form, or "" when the source did not say."""
    for mapped in _mapped(adapter, case):
        moment = instant(mapped.recorded)
        if mapped.recorded and (moment is None or iso(moment) != mapped.recorded):
            yield "recorded is not an instant like 2026-11-22T06:10:00.000Z"


def catalogue_issues(adapter: Adapter, case: Case) -> Iterator[str]:
    """Every issue is a row of the catalogue, unchanged."""
    for found in _issues(adapter, case):
        if CATALOGUE.get(found.number) != found.entry:
            yield f"{found.number} is not the catalogue's"


def no_patient_values(adapter: Adapter, case: Case) -> Iterator[str]:
    """No issue repeats a name, a date of birth, an identifier, an address or a telephone number of the patient."""
    values = {value for mapped in _mapped(adapter, case) for value in _patient_values(mapped)}
    for found in _issues(adapter, case):
        if any(value in spoken for value in values for spoken in (found.at.casefold(), found.about.casefold())):
            yield f"{found.number} repeats a value of the patient"


def truncation_is_safe(adapter: Adapter, case: Case) -> Iterator[str]:
    """A message cut short maps or is Rejected; nothing else comes out."""
    body = case.message.body
    for cut in range(0, len(body), max(1, len(body) // CUTS)):
        try:
            outcome(adapter, again(case, body[:cut]))
        except Exception as error:
            yield f"cut after {cut} bytes: {type(error).__name__}"


def split_gives_messages(adapter: Adapter, case: Case) -> Iterator[str]:
    """Splitting the case as a submission gives at least one message, and each maps or is Rejected."""
    try:
        parts = list(adapter.split(case.message.body))
    except Rejected:
        return  # the hub keeps what cannot be split as one message, and mapping says why
    if adapter.split_stream and list(adapter.split_stream(BytesIO(case.message.body))) != parts:
        yield "split_stream gives other messages than split"
    if not parts:
        yield "split gives no message, so the submission would vanish"
    for part in parts:
        try:
            outcome(adapter, again(case, part))
        except Exception as error:
            yield f"a part of the submission: {type(error).__name__}"


CLAUSES: tuple[Clause, ...] = (
    same_twice,
    arrival_does_not_matter,
    equals_golden,
    one_patient,
    source_time,
    catalogue_issues,
    no_patient_values,
    truncation_is_safe,
    split_gives_messages,
    ids_are_derived,
    references_resolve,
    declared_types,
    own_meta,
    valid_r4,
    valid_by_models,
    uk_core,
    *speaking.CLAUSES,
    *rough.CLAUSES,
    *clocks.CLAUSES,
)


def _mapped(adapter: Adapter, case: Case) -> Iterator[Mapped]:
    """The result when the message is accepted; nothing when it is refused."""
    result = outcome(adapter, case.message)
    if not isinstance(result, Rejected):
        yield result


def _issues(adapter: Adapter, case: Case) -> tuple[Issue, ...]:
    return outcome(adapter, case.message).issues


def _patient_values(mapped: Mapped) -> Iterator[str]:
    for record in mapped.records:
        if record.ref.type == "Patient":
            paths = (("name", "family"), ("name", "given"), ("birthDate",), ("identifier", "value"), ("telecom", "value"))
            for path in (*paths, ("address", "line"), ("address", "postalCode")):
                yield from (str(v).casefold() for v in many(record.resource, *path) if len(str(v)) >= _TELLING)
