"""The facts of the care plan's page by API: actions with owner and due date, what is overdue, as it stood, and what changed. As R4 Parameters."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime, timedelta

from fastapi import APIRouter
from starlette.requests import Request
from starlette.responses import Response

from carehub.api.outcomes import FHIR_JSON
from carehub.api.requester import Credentials
from carehub.careplan.changes import day_start
from carehub.careplan.joint.joint_plan import Action
from carehub.careplan.joint.standing import standing
from carehub.fhir.canonical import dumps
from carehub.fhir.resource import Resource
from carehub.hub.hub import Hub
from carehub.terms.attribution import Attribution
from carehub.terms.errors import Rejected
from carehub.terms.issue_catalogue import issue
from carehub.terms.moments import instant


def care_plan_routes(hub: Hub, credentials: Credentials) -> APIRouter:
    """`as-of`, `since` and `until` are instants or days; a day means its end, for `since` its beginning."""
    router, door = APIRouter(prefix="/fhir/R4", tags=["FHIR R4"]), hub.disclosing

    @router.get("/Patient/{id}/$care-plan", response_class=Response)
    def care_plan(request: Request, id: str) -> Response:
        """Every agency's goals and actions as one, with what is overdue and what each source could say of it; `as-of`: as it stood then."""
        requester, at = credentials.requester(request), request.query_params.get("as-of", "")
        then = _instant(at, "as-of", 1) if at else None
        record = (
            door.record_then(requester, id, then, "$care-plan").value if then else door.person_record(requester, id, "$care-plan").value
        )
        joint, stands = record.plan.joint, standing(record.plan, then or record.built_at)
        late = {one.what.key: one.days for one in stands.overdue}
        told = [_part("goal", goal.title, goal.told, status=goal.status, due=goal.due) for goal in joint.goals]
        told += [_part("action", action.title, action.told, **_action(action, late)) for action in joint.actions]
        told += [_part("contingency", one.title, one.told, text="\n".join(one.lines)) for one in joint.contingency]
        told += [_part("note", one.title, one.told, status=one.status, text="\n".join(one.lines)) for one in joint.notes]
        states = dict.fromkeys(state.sentence for state in record.section_states.get("plan", ()))
        return _parameters(
            [*told, *_said("closed", [stands.closed]), *_said("limit", getattr(record, "limits", ())), *_said("state", states)]
        )

    @router.get("/Patient/{id}/$changes", response_class=Response)
    def changes(request: Request, id: str) -> Response:
        """What changed since `since`, until `until` or now, the most important first."""
        requester, query = credentials.requester(request), request.query_params
        until = _instant(query["until"], "until", 1) if query.get("until") else None
        found = door.changes(requester, id, _instant(query.get("since", ""), "since", 0), until, "$changes").value
        told = [
            _part("change", one.title, one.told, kind=one.kind, about=one.about, section=one.section, when=one.when)
            for one in found.changes
        ]
        cannot = [f"{title}: {why}" for title, why in found.cannot_tell]
        return _parameters([*told, *_said("cannot-tell", cannot), *_said("limit", found.limits)])

    return router


def _instant(text: str, name: str, days: int) -> datetime:
    if found := instant(text):
        return found
    try:
        return day_start(text) + timedelta(days=days) - timedelta(milliseconds=days)
    except ValueError:
        raise Rejected(issue("API-005", at=name)) from None


def _action(action: Action, late: dict[str, int]) -> dict[str, str]:
    owner = "; ".join(", ".join(filter(None, (one.words, one.organisation))) for one in action.owners)
    overdue = f"{late[action.key]} days" if action.key in late else ""
    return {
        "status": action.status,
        "open": "yes" if action.open else "no",
        "due": action.due or action.due_words,
        "owner": owner,
        "overdue": overdue,
    }


def _part(name: str, title: str, told: Iterable[Attribution], **said: str) -> Resource:
    parts = [{"name": "title", "valueString": title}, *({"name": n, "valueString": v} for n, v in said.items() if v)]
    return {
        "name": name,
        "part": [*parts, *({"name": "source", "valueReference": {"reference": a.record, "display": a.source.title}} for a in told)],
    }


def _said(name: str, sentences: Iterable[str]) -> list[Resource]:
    return [{"name": name, "valueString": sentence} for sentence in sentences if sentence]


def _parameters(told: list[Resource]) -> Response:
    return Response(dumps({"resourceType": "Parameters", **({"parameter": told} if told else {})}), media_type=FHIR_JSON)
