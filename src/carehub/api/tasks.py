"""POST and PUT /fhir/R4/Task: actions that the team enters here. Reading and searching them is as for every record."""

from __future__ import annotations

from typing import Any
from urllib.parse import parse_qsl

from fastapi import APIRouter
from starlette.concurrency import run_in_threadpool
from starlette.requests import Request
from starlette.responses import Response

from carehub.api.body import capped_body
from carehub.api.negotiation import json_only, seen_version, written
from carehub.api.outcomes import FHIR_JSON
from carehub.api.requester import Credentials
from carehub.careplan.joint.team_action import TeamAction, Wanted
from carehub.fhir.gate import check, read_json
from carehub.fhir.resource import Resource, many, text
from carehub.hub.action_feed import IDENTIFIER
from carehub.hub.hub import Hub
from carehub.hub.team_actions import Kept, TeamActions
from carehub.terms.errors import NonConformant, Rejected
from carehub.terms.issue_catalogue import issue

_LIMIT = 100_000
# The hub's own to say; what a sender says there is left out.
_OURS = frozenset({"resourceType", "id", "meta", "text", "businessStatus", "authoredOn", "lastModified", "requester"})
_READ = frozenset(
    {"status", "statusReason", "intent", "priority", "description", "for", "owner", "contained", "restriction", "identifier", "note"}
)
_ANSWERS = ("reasonReference", "basedOn")


def task_routes(hub: Hub, credentials: Credentials) -> APIRouter:
    """Both take a credential, never a browser's session."""
    router, verbs = APIRouter(prefix="/fhir/R4", tags=["FHIR R4"]), TeamActions(hub)

    async def create(request: Request) -> Response:
        """A new action. An identifier names one action: with If-None-Exist (identifier=system|value, and the same in the Task) the one that is
        there is given back with 200, however many ask at once; without, a second one is refused with 409."""
        requester = credentials.sender(request)
        json_only(request)
        task = await _task(request)
        identifier, unless = _identifier(task), request.headers.get("if-none-exist")
        if unless is not None and (not identifier or parse_qsl(unless.removeprefix("?")) != [("identifier", identifier)]):
            raise Rejected(issue("API-005", at="If-None-Exist"))
        kind, _, person = text(task, "for", "reference").rpartition("/")
        if not person or kind.rpartition("/")[2] != "Patient":
            raise Rejected(issue("API-005", at="Task.for"))
        whose = await run_in_threadpool(_person, person)
        kept = await run_in_threadpool(verbs.enter, requester, whose, _wanted(task), identifier, unless_there=unless is not None)
        return written(request, kept.task, 201 if kept.entered else 200)

    async def update(request: Request, id: str) -> Response:
        """The next version of an action. If-Match: the ETag that was read; 428 without it, 412 where somebody was first. A note beyond those
        that stand says something about the change."""
        requester = credentials.sender(request)
        json_only(request)
        seen = seen_version(request)
        task = await _task(request)
        if task.get("id") != id:
            raise Rejected(issue("API-005", at="Task.id"))
        kept = await run_in_threadpool(_update, requester, id, task, seen)
        return written(request, kept.task, 200)

    def _update(requester: Any, id: str, task: Resource, seen: int) -> Kept:
        _, stands = verbs.one(requester, id)
        if "for" not in task or text(task, "for", "reference").rpartition("/")[2] != stands.record or _keys(task) != _keys_of(stands):
            raise Rejected(issue("ACT-007"))
        return verbs.change(requester, id, _wanted(task), _why(task, stands), seen)

    def _person(id: str) -> str:
        """Whose a source's Patient is; an id of a person is itself."""
        return hub.store.links.person_of([id]).get(id, id)

    options: dict[str, Any] = {"response_class": Response, "responses": {200: {"content": {FHIR_JSON: {}}}}}
    router.add_api_route("/Task", create, methods=["POST"], **options)
    router.add_api_route("/Task/{id}", update, methods=["PUT"], **options)
    return router


async def _task(request: Request) -> Resource:
    """The body as a Task of R4 that says nothing that would not be kept. Raises NonConformant, and Rejected (API-005)."""
    task = read_json(await capped_body(request, _LIMIT))
    if not isinstance(task, dict) or task.get("resourceType") != "Task":
        raise Rejected(issue("API-005", at="resourceType"))
    faults = [fault for fault in await run_in_threadpool(check, task) if fault.severity in ("error", "fatal")]
    if faults:
        raise NonConformant(*faults)
    unkept = sorted(task.keys() - _OURS - _READ - set(_ANSWERS))
    if unkept or text(task, "intent") != "order":
        raise Rejected(issue("API-005", at=f"Task.{unkept[0] if unkept else 'intent'}"))
    return task


def _wanted(task: Resource) -> Wanted:
    holder, organisation = _owner(task)
    answers = [one for name in _ANSWERS for one in many(task, name)]
    if len(answers) > 1:
        raise Rejected(issue("ACT-006"))
    return Wanted(
        text(task, "description"),
        holder,
        organisation,
        text(task, "restriction", "period", "end"),
        text(task, "status"),
        text(task, "priority") or "routine",
        text(answers[0], "reference") if answers else "",
    )


def _owner(task: Resource) -> tuple[str, str]:
    """The person and the organisation that a contained PractitionerRole names, which is how one Reference names both."""
    target = text(task, "owner", "reference")
    for part in many(task, "contained"):
        if isinstance(part, dict) and part.get("resourceType") == "PractitionerRole" and target == f"#{part.get('id')}":
            return text(part, "practitioner", "display"), text(part, "organization", "display")
    return "", ""


def _keys(task: Resource) -> list[str]:
    return [f"{text(one, 'system')}|{text(one, 'value')}" for one in many(task, "identifier")]


def _keys_of(action: TeamAction) -> list[str]:
    return [f"{IDENTIFIER}|{action.key}", *([action.identifier] if action.identifier else [])]


def _identifier(task: Resource) -> str:
    """The one identifier of a new action, or "". Raises Rejected (API-005) for several, for half of one, and for one of the hub's own system."""
    told = _keys(task)
    system, _, value = (told[0] if told else "|").rpartition("|")
    if len(told) > 1 or (told and not (system and value)) or "|" in system or system == IDENTIFIER or len(system) + len(value) > 500:
        raise Rejected(issue("API-005", at="Task.identifier"))
    return told[0] if told else ""


def _why(task: Resource, stands: TeamAction) -> str:
    """Words about the change: why it is cancelled, and the note that was added. Raises Rejected (ACT-007) where a note that stands is changed."""
    notes = [text(one, "text") for one in many(task, "note")]
    if notes[: len(stands.changes)] != [one.words for one in stands.changes][: len(notes)]:
        raise Rejected(issue("ACT-007", at="Task.note"))
    return ". ".join(dict.fromkeys(filter(None, (text(task, "statusReason", "text"), *notes[len(stands.changes) :]))))
