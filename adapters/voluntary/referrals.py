"""Social prescribing referrals: a row of the list to Patient, ServiceRequest, Task, Goal and Communication; a withdrawn consent to Consent.

A row tells the referral as it stands. Where the list has a column for what matters or for notes, an empty cell says that there is none now; where
it has no such column, it says nothing of it.
"""

from __future__ import annotations

import re
from functools import lru_cache
from typing import Any

from carehub.feeds.formats.tables import read_row
from carehub.feeds.mapped import Mapped
from carehub.terms.codes import SNOMED
from carehub.terms.errors import Unmappable
from carehub.terms.issue_catalogue import issue
from carehub.terms.organisations import ODS_SYSTEM, SourceKind, SourceOrganisation
from carehub.terms.refs import RecordRef

from . import person
from .draft import Draft, filled
from .moment import Moment, moment
from .referral_row import Referral, referral, unread_columns
from .tables import UNKNOWN, WITHDRAWN, Status, consent_of, status_of

_ORGANISATION = re.compile(r"[A-Z0-9](?:[A-Z0-9-]{0,28}[A-Z0-9])")
_ODS = re.compile(r"(?=.*[A-Z])[A-Z0-9]{3,6}")
_NO_NUMBER = frozenset(("", "0", "-", "unknown", "null", "none", "n/a", "na", "nil", "tbc"))
_SOCIAL_PRESCRIBING: dict[str, Any] = {
    "coding": [{"system": SNOMED, "code": "871731000000106", "display": "Referral to social prescribing service"}],
    "text": "Referral to social prescribing service",
}
_SCOPE = {
    "coding": [{"system": "http://terminology.hl7.org/CodeSystem/consentscope", "code": "patient-privacy", "display": "Privacy Consent"}]
}
_CATEGORY = {
    "coding": [{"system": "http://loinc.org", "code": "59284-0"}],
    "text": "Consent to social prescribing withdrawn",
}
_POLICY = {"text": "The person has withdrawn consent to social prescribing and to sharing this referral."}


def map_row(body: bytes) -> Mapped:
    """One row under its header.

    Raises Unreadable (not a row: MAP-001, MAP-004), Unmappable: MAP-001 at Organisation, MAP-002 at Referral_ID, MAP-004 at Updated, when
    without a date nothing says whether the row is older than what is known (a withdrawn consent is taken all the same), and at Status or Consent
    where words about consent cannot be told from a refusal: the row waits, and shares nothing.
    """
    row = read_row(body)
    told = referral(row)
    source = organisation(told.organisation)
    if told.referral.casefold() in _NO_NUMBER:
        raise Unmappable(issue("MAP-002", at="Referral_ID"))
    status = _status(told.status, told.consent)
    taken_back = status.kind in ("consent-withdrawn", "entered-in-error")
    when = moment(told.updated)
    if when is None and not taken_back:
        raise Unmappable(issue("MAP-004", at="Updated"))
    draft = Draft(RecordRef(source.code, f"referral:{told.referral}", "Patient"))
    if status is UNKNOWN:
        draft.note("MAP-006", "Status", "Task")
    if when is None:
        draft.note("MAP-010", "Updated", "Consent")
    if status.kind == "entered-in-error":
        _all_wrong(draft, told)
    elif taken_back:
        _consent_withdrawn(draft, told, source, when)
    elif when:
        _as_it_stands(draft, told, source, status, when)
    if unread := unread_columns(row):
        draft.note("MAP-017", f"column {unread[0]}", "", len(unread))
    recorded = "" if when is None else when.ends if taken_back else when.begins
    return Mapped(
        source=source,
        patient=draft.owner,
        kind=status.kind,
        recorded=recorded,
        records=draft.records(),
        sequence=str(status.rank),
        issues=draft.issues(),
        closes=_closes(told, status),
    )


@lru_cache(maxsize=1024)
def _status(sent: str, consent: str) -> Status:
    """What the two cells say together."""
    status, agreed = status_of(sent), consent_of(consent)
    if status is not None and status.kind == "entered-in-error":
        return status
    if agreed == "none":
        return WITHDRAWN
    if status is None or not agreed:
        raise Unmappable(issue("MAP-004", at="Status" if status is None else "Consent"))
    return status


@lru_cache(maxsize=1024)
def organisation(code: str) -> SourceOrganisation:
    """The organisation that speaks, by its ODS code or its number in a register ("GB-CHC-…"). Raises Unmappable MAP-001."""
    code = code.upper()
    if not _ORGANISATION.fullmatch(code):
        raise Unmappable(issue("MAP-001", at="Organisation"))
    return SourceOrganisation(code, f"Voluntary organisation {code}", SourceKind.VOLUNTARY)


def _scope(told: Referral, part: str) -> str:
    return f"referral {told.referral} {part}"


def _closes(told: Referral, status: Status) -> tuple[str, ...]:
    """What this row tells completely: everything it could take back, but for columns that the list does not have."""
    if status.kind == "entered-in-error":
        return _scope(told, "what matters"), _scope(told, "notes"), _scope(told, "consent")
    if status.kind == "consent-withdrawn":
        return _scope(told, "what matters"), _scope(told, "notes")
    closed = [_scope(told, "what matters")] if told.has_what_matters else []
    if told.has_notes:
        closed.append(_scope(told, "notes"))
    if status.kind != "referral-updated":  # A status that nobody knows says nothing of consent.
        closed.append(_scope(told, "consent"))
    return tuple(closed)


def _as_it_stands(draft: Draft, told: Referral, source: SourceOrganisation, status: Status, when: Moment) -> None:
    person.tell(draft, told)
    subject = {"reference": draft.owner.reference}
    request = draft.add(
        "ServiceRequest",
        told.referral,
        _request(told, source, status, when, subject),
        at="Referral_ID",
        change="update",
        clears=("note",) if status.task else (),
    )
    if status.task:
        task = {
            "status": status.task,
            "businessStatus": {"text": told.status},
            "intent": "order",
            "code": _SOCIAL_PRESCRIBING,
            "focus": request,
            "for": subject,
            "lastModified": when.said,
            "owner": _as_reference(source.code),
        }
        draft.add("Task", told.referral, task, at="Status")
    else:
        # What became of it is not known any more; an earlier status would look as if it still held.
        draft.take_back("Task", told.referral, at="Status")
    if told.what_matters:
        goal = {
            "lifecycleStatus": status.goal,
            "description": {"text": told.what_matters},
            "subject": subject,
            "statusDate": when.day,
            "expressedBy": subject,
            "addresses": [request],
        }
        draft.add("Goal", told.referral, goal, at="What_Matters", scope=_scope(told, "what matters"))
    if told.notes:
        note = {
            "basedOn": [request],
            "status": "completed",
            "category": [{"text": "Note with a social prescribing referral"}],
            "subject": subject,
            "sent": when.said,
            "payload": [{"contentString": told.notes}],
        }
        draft.add("Communication", told.referral, note, at="Notes", scope=_scope(told, "notes"))


def _request(told: Referral, source: SourceOrganisation, status: Status, when: Moment, subject: dict[str, str]) -> dict[str, Any]:
    request: dict[str, Any] = {
        "identifier": [person.referral_number(source.code, told.referral)],
        "status": status.request,
        "intent": "order",
        "code": _SOCIAL_PRESCRIBING,
        "subject": subject,
        "performer": [_as_reference(source.code)],
    }
    if status.kind == "referral-received":  # The day it was received stays when a later row tells another status.
        request["authoredOn"] = when.said
    if told.referrer:
        request["requester"] = {"display": told.referrer}
    if not status.task:
        request["note"] = [{"text": f"Status as sent: {told.status or 'none'}"}]
    return request


def _consent_withdrawn(draft: Draft, told: Referral, source: SourceOrganisation, when: Moment | None) -> None:
    """Everything of the referral is taken back, and a Consent says why. Of the person stands what was known, and what this row tells."""
    person.tell(draft, told)
    for type, at in (("ServiceRequest", "Referral_ID"), ("Task", "Status")):
        draft.take_back(type, told.referral, at=at)
    draft.take_back("Goal", told.referral, at="What_Matters", scope=_scope(told, "what matters"))
    draft.take_back("Communication", told.referral, at="Notes", scope=_scope(told, "notes"))
    consent = filled(
        status="active",
        scope=_SCOPE,
        category=[_CATEGORY],
        patient={"reference": draft.owner.reference},
        dateTime=when.said if when else "",
        organization=[_as_reference(source.code)],
        policyRule=_POLICY,
        provision={"type": "deny"},
    )
    draft.add("Consent", told.referral, consent, at="Status", scope=_scope(told, "consent"))


def _all_wrong(draft: Draft, told: Referral) -> None:
    """The source says that there never was such a referral of this person."""
    for type, at in (("Patient", "Referral_ID"), ("ServiceRequest", "Referral_ID"), ("Task", "Status")):
        draft.take_back(type, told.referral, at=at)
    for type, at, part in (("Goal", "What_Matters", "what matters"), ("Communication", "Notes", "notes"), ("Consent", "Status", "consent")):
        draft.take_back(type, told.referral, at=at, scope=_scope(told, part))


@lru_cache(maxsize=1024)
def _as_reference(code: str) -> dict[str, Any]:
    """The organisation as a logical reference: no Organization of it is in the message."""
    system = ODS_SYSTEM if _ODS.fullmatch(code) else "urn:carehub:organisation"
    return {"identifier": {"system": system, "value": code}, "display": organisation(code).title}
