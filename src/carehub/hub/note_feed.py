"""The hub's own feed of notes to the care plan: each version is a message, so its history stays and a rebuild has it (ADR 0006)."""

from __future__ import annotations

from carehub.careplan.joint.team_note import TeamNote
from carehub.feeds.mapped import Mapped, MappedRecord
from carehub.feeds.message import Message, Submission, message_id, submission_id
from carehub.fhir.canonical import dumps, known
from carehub.fhir.resource import Resource
from carehub.hub.action_feed import SOURCE
from carehub.hub.own_feed import own_adapter, word_in
from carehub.terms.errors import Unreadable
from carehub.terms.issue_catalogue import issue
from carehub.terms.moments import instant
from carehub.terms.organisations import SourceKind
from carehub.terms.refs import RecordRef

FEED = "notes/care-plan"
BECAUSE = "Written in carehub about this person, with the record beside it."
IDENTIFIER = "https://carehub.example/Id/care-plan-note"
TITLE = "Note of the team"
WITHDRAWN = "Withdrawn: "


def message_of(note: TeamNote) -> Submission:
    """A version as the message that tells it. Its delivery key is its place among the versions, so of two at once the log takes one."""
    user, key = note.said[-1].by.user, f"{note.key}:{note.version}"
    return Submission(FEED, dumps(note), note.at, user, key, content_type="application/json")


def first_message(key: str) -> str:
    """The id of the message by which the note with this key was written, whether it was or not."""
    return message_id(submission_id(FEED, f"{key}:1", ""), 0)


def note_ref(note: TeamNote) -> RecordRef:
    """The name of its record: the same for every version."""
    return RecordRef(SOURCE.code, note.record, "CarePlan", note.key)


def read(body: bytes) -> TeamNote:
    """A note from the bytes of its message. Raises ValueError for bytes that are none."""
    note = word_in(body, TeamNote)
    whole = note.key and note.record and len(note.said) > note.withdrawn
    if not whole or not all(one.words and one.by.name and one.by.organisation and instant(one.at) for one in note.said):
        raise ValueError("a note lacks what it needs")
    return note


def map_message(message: Message) -> Mapped:
    """A CarePlan that holds the note, belonging to the Patient record it was written beside. Raises Unreadable for what is no note."""
    try:
        note = read(message.body)
    except ValueError:
        raise Unreadable(issue("MAP-001")) from None
    patient = RecordRef.known("Patient", note.record)
    record = MappedRecord(note_ref(note), _care_plan(note, patient))
    return Mapped(SOURCE, patient, "note", note.at, (record,), sequence=f"{note.version:09d}")


def _care_plan(note: TeamNote, patient: RecordRef) -> Resource:
    """FHIR R4 keeps notes on a plan as annotations of it, each with its author and time; every version is one."""
    last = note.said[-1] if note.withdrawn else None
    return {
        "resourceType": "CarePlan",
        "id": note_ref(note).id,
        "identifier": [{"system": IDENTIFIER, "value": note.key}],
        "status": "revoked" if note.withdrawn else "active",
        "intent": "plan",
        "title": TITLE,
        "subject": {"reference": patient.reference},
        "created": note.said[0].at,
        "author": {"display": note.said[0].who},
        "note": [
            {"authorString": one.who, "time": one.at, "text": f"{WITHDRAWN}{one.words}" if one is last else one.words} for one in note.said
        ],
    }


ADAPTER = own_adapter(
    FEED,
    map_message,
    speaker="Notes to the care plan that the team wrote in carehub",
    title="Notes to the care plan that the team wrote in carehub",
    domain=IDENTIFIER,
    arrives="push",
    messages=("note",),
    kind=SourceKind.TEAM,
    produces=("CarePlan",),
    sections=("plan",),
)

known(TeamNote)
