"""The hub's own feed of actions that the team enters: each version is a message, so its history stays and a rebuild has it (ADR 0006)."""

from __future__ import annotations

from typing import Any

from carehub.careplan.joint.team_action import PRIORITIES, STATUSES, TeamAction
from carehub.feeds.mapped import Mapped, MappedRecord
from carehub.feeds.message import Message, Submission, message_id, submission_id
from carehub.fhir.canonical import dumps
from carehub.fhir.resource import Resource
from carehub.hub.own_feed import own_adapter, word_in
from carehub.terms.errors import Unreadable
from carehub.terms.issue_catalogue import issue
from carehub.terms.moments import instant, valid_date
from carehub.terms.organisations import SourceKind, SourceOrganisation
from carehub.terms.refs import RecordRef

FEED = "team/actions"
SOURCE = SourceOrganisation("team", "The team, entered in carehub", SourceKind.TEAM)
BECAUSE = "Entered in carehub about this person, with the record beside it."
IDENTIFIER = "https://carehub.example/Id/team-action"
WAITING = "Requested, not accepted yet"


def message_of(action: TeamAction, user: str) -> Submission:
    """A version as the message that tells it. Its delivery key is its place among the versions, so of two at once the log takes one."""
    return Submission(FEED, dumps(action), action.at, user, f"{action.key}:{action.version}", content_type="application/json")


def first_message(key: str) -> str:
    """The id of the message by which the action with this key was entered, whether it was or not."""
    return message_id(submission_id(FEED, f"{key}:1", ""), 0)


def task_ref(action: TeamAction) -> RecordRef:
    """The Task's name: the same for every version."""
    return RecordRef(SOURCE.code, action.record, "Task", action.key)


def read(body: bytes) -> TeamAction:
    """An action from the bytes of its message. Raises ValueError for bytes that are none."""
    action = word_in(body, TeamAction)
    wanted = action.wanted
    whole = all((action.key, action.record, wanted.description, wanted.holder, wanted.organisation, action.by, instant(action.at)))
    if not (whole and valid_date(wanted.due) and action.version > 0 and wanted.status in STATUSES and wanted.priority in PRIORITIES):
        raise ValueError("an action lacks what it needs")
    return action


def map_message(message: Message) -> Mapped:
    """A Task, belonging to the Patient record it was written beside. Raises Unreadable for what is no action."""
    try:
        action = read(message.body)
    except ValueError:
        raise Unreadable(issue("MAP-001")) from None
    patient = RecordRef.known("Patient", action.record)
    task = MappedRecord(task_ref(action), _task(action, patient))
    return Mapped(SOURCE, patient, "action", action.at, (task,), sequence=f"{action.version:09d}")


def _task(action: TeamAction, patient: RecordRef) -> Resource:
    wanted = action.wanted
    role = {
        "resourceType": "PractitionerRole",
        "id": "owner",
        "practitioner": {"display": wanted.holder},
        "organization": {"display": wanted.organisation},
    }
    system, _, value = action.identifier.rpartition("|")
    more: dict[str, Any] = {}
    if wanted.status == "requested":
        more["businessStatus"] = {"text": WAITING}
    if action.reason:
        more["statusReason"] = {"text": action.reason}
    if wanted.answers:
        more["reasonReference"] = {"reference": wanted.answers}
    if action.changes:
        more["note"] = [{"authorString": one.by, "time": one.at, "text": one.words} for one in action.changes]
    return {
        "resourceType": "Task",
        "id": task_ref(action).id,
        "contained": [role],
        "identifier": [{"system": IDENTIFIER, "value": action.key}, *([{"system": system, "value": value}] if value else [])],
        "status": wanted.status,
        "intent": "order",
        "priority": wanted.priority,
        "description": wanted.description,
        "for": {"reference": patient.reference},
        "authoredOn": action.entered,
        "lastModified": action.at,
        "requester": {"display": action.by},
        "owner": {"reference": "#owner", "display": f"{wanted.holder}, {wanted.organisation}"},
        "restriction": {"period": {"end": wanted.due}},
        **more,
    }


ADAPTER = own_adapter(
    FEED,
    map_message,
    speaker="Actions that the team entered in carehub",
    title="Actions that the team entered in carehub",
    domain=IDENTIFIER,
    arrives="push",
    messages=("action",),
    kind=SourceKind.TEAM,
    produces=("Task",),
    sections=("plan",),
)
