"""Adult social care Client Level Data and care and support plans to R4 UK Core. The functions the hub calls: split, map_message, revise."""

from __future__ import annotations

from collections.abc import Iterator
from io import BytesIO
from typing import Any, BinaryIO

from carehub.feeds.adapter import overlay
from carehub.feeds.formats.tables import key, read_row
from carehub.feeds.mapped import Mapped
from carehub.feeds.message import Message
from carehub.fhir.resource import Resource
from carehub.terms.errors import Unmappable
from carehub.terms.issue_catalogue import issue
from carehub.terms.refs import RecordRef

from . import assessments, carers, person, provision, requests, support_plans
from .columns import fields, without
from .dates import end_of
from .draft import Draft
from .event import LINK_ADULT, LINK_PERSON, PERSON, Event, event, unknown_columns
from .source import council, speaker
from .submissions import END, read_last_part, split_submission
from .timing import readable, sequence

__all__ = ["fields", "map_message", "revise", "split", "split_stream", "without"]

_LINK = key(LINK_ADULT)
_EVENTS = {"request": requests.tell, "assessment": assessments.assessment, "service": provision.tell, "review": assessments.review}


def split(body: bytes) -> Iterator[bytes]:
    """A plan document is one message; a table is a message a row and a closing part."""
    return split_stream(BytesIO(body))


def split_stream(stream: BinaryIO) -> Iterator[bytes]:
    """The same. A table is read in bounded memory, a plan document whole."""
    start = stream.read(4096)
    stream.seek(0)
    if support_plans.is_document(start):
        yield stream.read()
    else:
        yield from split_submission(stream)


def map_message(message: Message) -> Mapped:
    """One part of a submission.

    Raises Rejected only: Unreadable MAP-001 or MAP-004 (not a row of Client Level Data, or a ragged one), Unmappable MAP-001 (which council,
    which period), MAP-002 (which person), MAP-008 (a carer's adult whom the file does not hold). An event that cannot be read costs only
    itself (MAP-004): what the row says of the person stands.
    """
    body = message.body
    if body.startswith(END):
        return _closing(body)
    if support_plans.is_document(body):
        return support_plans.map_document(body)
    row = read_row(body)
    told = event(row)
    if _LINK in row.header.places and (adult := row.text(LINK_ADULT)):
        return _link(told, adult, row.text(LINK_PERSON))
    source, recorded, begun = person.told(told[PERSON])
    draft = Draft(begun.patient, begun)
    kind = _event(draft, told, source)
    if carers.is_carer(told.client_type):
        carers.caring(draft, told)
    if extra := unknown_columns(row):
        draft.note("MAP-017", f"column {extra[0]}", "", len(extra))
    return Mapped(source, draft.patient, kind, recorded, draft.records(), sequence=sequence(told), issues=draft.issues())


def _link(row: Event, adult: str, who: str) -> Mapped:
    """A carer's row, told for one of the adults cared for: `adult` is which of them, `who` that person's number, "" where the file has none."""
    source, recorded = speaker(row.la_code, row.reporting_period_start_date, row.reporting_period_end_date)
    if not who:
        raise Unmappable(issue("MAP-008", at=f"Adult_{adult if adult in '123' else 'n'}_Linked_Person_ID"))
    draft = Draft(RecordRef(source.code, who, "Patient"))
    carers.related(draft, row, source)
    return Mapped(source, draft.patient, "carer-link", recorded, draft.records(), sequence="0", issues=draft.issues())


def _event(draft: Draft, row: Event, source: Any) -> str:
    kind = row.event_type.casefold()
    tell = _EVENTS.get(kind)
    if tell is None:
        draft.note("MAP-004", "Event_Type")
        return "event"
    if readable(row):
        tell(draft, row, source)
    else:
        draft.note("MAP-004", "Event_Start_Date")
    return kind


def _closing(body: bytes) -> Mapped:
    la, end, scopes = read_last_part(body)
    issues = () if scopes else (issue("MAP-040", at="Reporting_Period_End_Date"),)
    return Mapped(council(la), None, "end-of-submission", end_of(end), (), issues=issues, closes=scopes, closes_submission=True)


def revise(earlier: Resource, update: Resource, clears: tuple[str, ...]) -> Resource:
    """A link to a person adds the number it knows them by and leaves the others."""
    later = overlay(earlier, update, clears)
    if later.get("resourceType") == "Patient" and isinstance(earlier.get("identifier"), list):
        known = earlier["identifier"]
        later["identifier"] = [*known, *(new for new in update.get("identifier", ()) if new not in known)]
    return later
