"""One EDIFACT report to R4 UK Core: the patient, what was asked, the specimens, the results and the report over them.

Source: NHS EDIFACT MEDRPT NHS002, NHS003 and NHS004 (laboratories, bowel screening), NHSRSR NHS002 (radiology). The report's own number
(RFF+SRI) makes the record: the same number with a later date is the same report told again.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, cast

from carehub.feeds.formats.edifact import EdifactMessage, read, split_interchange
from carehub.feeds.mapped import Mapped
from carehub.feeds.message import Message
from carehub.terms.errors import Unmappable
from carehub.terms.issue_catalogue import issue
from carehub.terms.moments import instant, iso
from carehub.terms.organisations import SourceKind, SourceOrganisation
from carehub.terms.refs import RecordRef

from ..draft import Draft
from ..tables import table
from ..timing import moment
from . import parties, person
from .groups import Report
from .reports import tell

if TYPE_CHECKING:
    from carehub.feeds.formats.hl7v2 import Hl7Message

KINDS = frozenset(("MEDRPT^NHS002", "MEDRPT^NHS003", "MEDRPT^NHS004", "NHSRSR^NHS002"))
_SENDERS = table("edifact_senders")

split = split_interchange


def map_message(message: Message) -> Mapped:
    """One MEDRPT or NHSRSR to what it says of its patient.

    Raises Rejected only: Unreadable MAP-001 (not EDIFACT, not closed, or a trailer that does not agree), Unmappable MAP-003 (another kind of
    message), MAP-001 (nobody says who speaks), MAP-002 and MAP-013 (no patient, or two). What cannot be read of a result costs only itself.
    """
    told = read(message.body)
    if told.kind not in KINDS:
        raise Unmappable(issue("MAP-003", at="UNH-2"))
    report = Report(told)
    found = parties.parties(report)
    source = _source(told, found)
    houses = parties.of(found, parties.ANSWERED, parties.ORGANISATION) or parties.of(found, parties.ANSWERED, parties.DEPARTMENT)
    who = person.person(report, source, houses[0].code or houses[0].name if houses else source.code)
    draft = Draft(
        cast("Hl7Message", told), source, RecordRef(source.code, who.key, "Patient")
    )  # a draft carries its message and does not look into it
    for place in told.mended:
        draft.note("MAP-024", place)
    if not told.counted_right:
        draft.note("MAP-023", "UNT-1")
    person.tell(draft, report, who)
    tell(draft, report)
    return Mapped(
        source=source,
        patient=draft.patient,
        kind=told.kind,
        recorded=_recorded(told),
        records=draft.records(),
        sequence=_sequence(told),
        issues=draft.issues(),
    )


def _source(told: EdifactMessage, found: list[parties.Party]) -> SourceOrganisation:
    """Who speaks: the sender's mailbox (UNB-2), by codes/edifact_senders.csv where listed; without one, the laboratory's code or name."""
    houses = parties.of(found, parties.ANSWERED, parties.ORGANISATION) or parties.of(found, parties.ANSWERED, parties.DEPARTMENT)
    name = houses[0].name if houses else ""
    mailbox = told.interchange.text(2) if told.interchange else ""
    row = _SENDERS.get(mailbox)
    if row:
        return SourceOrganisation(row["code"], row["name"], SourceKind.ACUTE)
    code = mailbox or (houses[0].code if houses else "") or name
    if not code:
        raise Unmappable(issue("MAP-001", at="UNB-2"))
    return SourceOrganisation(code, name, SourceKind.ACUTE)


def _recorded(told: EdifactMessage) -> str:
    """When the message was made (DTM+137), else when the interchange was (UNB-4), as an instant in UTC; "" when neither says."""
    made = [one.text(1, 2) for one in told.segments if one.name == "DTM" and one.text(1) == "137"]
    if told.interchange:
        date, time = told.interchange.text(4), told.interchange.text(4, 2)
        made.append(f"{'20' if len(date) == 6 else ''}{date}{time}")
    for text in made:
        value = instant(moment(text))
        if value:
            return iso(value)
    return ""


def _sequence(told: EdifactMessage) -> str:
    """The interchange's and the message's control references, zero-padded so that they sort."""
    control = told.interchange.text(5) if told.interchange else ""
    return f"{control.zfill(14)}|{told.header.text(1).zfill(14)}"
