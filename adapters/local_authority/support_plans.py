"""Care and support plans (Care Act 2014, sections 24 and 25): CarePlan, Goals, needs, actions, team and the next review.

The headings are those of the PRSB Personalised Care and Support Plan; the JSON that carries them is described in README.md, since there is no
published national format. A later version of a plan replaces the earlier one whole.
"""

from __future__ import annotations

from typing import Any

from carehub.feeds.mapped import Mapped
from carehub.fhir.gate import read_json
from carehub.terms.errors import Unmappable, Unreadable
from carehub.terms.issue_catalogue import issue
from carehub.terms.organisations import SourceOrganisation
from carehub.terms.refs import RecordRef

from .draft import Draft
from .person import SOCIAL, demographics, identifiers
from .plan_text import entries, moment, part, said, when
from .source import as_reference, council, person_key

_PLAN_STATUSES = {
    "draft": "draft",
    "active": "active",
    "on-hold": "on-hold",
    "completed": "completed",
    "ended": "completed",
    "revoked": "revoked",
}
_GONE = frozenset(("withdrawn", "entered-in-error"))
_GOAL_STATUSES = {"proposed": "proposed", "active": "active", "on-hold": "on-hold", "achieved": "completed", "cancelled": "cancelled"}
_TASK_STATUSES = {"planned": "requested", "in-progress": "in-progress", "done": "completed", "cancelled": "cancelled", "on-hold": "on-hold"}
_CONFIDENTIALITY = "http://terminology.hl7.org/CodeSystem/v3-Confidentiality"
_ACCESS = {"restricted": ("R", "restricted"), "very-restricted": ("V", "very restricted")}
# Key in "about", and the PRSB heading it is shown under.
_HEADINGS = (
    ("whatIsImportantToMe", "What is important to me"),
    ("peopleImportantToMe", "People who are important to me"),
    ("howAndWhenToSupportMe", "How and when to support me"),
    ("communication", "How I communicate and how to communicate with me"),
    ("wellness", "My wellness"),
    ("doAndDoNot", "Please do and please don't"),
    ("contingency", "Contingency plan"),
)


def is_document(body: bytes) -> bool:
    """Whether bytes are a JSON object rather than a table."""
    return body.lstrip(b"\xef\xbb\xbf \t\r\n")[:1] == b"{"


def map_document(body: bytes) -> Mapped:
    """One plan document. Raises Unreadable (not JSON, not this document), Unmappable MAP-001 (no council, plan id, version or date),
    MAP-002 (no person)."""
    document = read_json(body)
    if not isinstance(document, dict) or said(document, "document") != "care-and-support-plan":
        raise Unreadable(issue("MAP-001", at="document"))
    plan = part(document, "plan")
    source = council(said(document, "council"), "council")
    recorded = moment(said(plan, "written"))
    version = said(plan, "version")
    if not said(plan, "id") or not recorded or not (version.isascii() and version.isdigit() and len(version) < 9):
        raise Unmappable(issue("MAP-001", at="plan"))
    person = part(document, "person")
    key = person_key(said(person, "id"), said(person, "nhsNumber"))
    if not key:
        raise Unmappable(issue("MAP-002", at="person"))
    draft = Draft(RecordRef(source.code, key, "Patient"))
    scope = f"support plan {said(plan, 'id')}"
    _person(draft, person, source)
    _label(draft, said(plan, "access").casefold())
    gone = said(plan, "status").casefold() in _GONE
    if gone:
        draft.add("CarePlan", said(plan, "id"), {}, at="plan", scope=scope, change="withdrawn")
    else:
        _plan(draft, document, plan, source, scope)
    return Mapped(
        source=source,
        patient=draft.patient,
        kind="support-plan-withdrawn" if gone else "support-plan",
        recorded=recorded,
        records=draft.records(),
        sequence=f"{int(version):08d}",
        issues=draft.issues(),
        closes=(scope,),
    )


def _label(draft: Draft, access: str) -> None:
    """Who may see the plan, on every record of it. A word that is not known restricts: somebody meant something by it."""
    if access not in ("", "normal"):
        if access not in _ACCESS:
            draft.note("MAP-006", "plan.access", "CarePlan")
        code, words = _ACCESS.get(access, _ACCESS["restricted"])
        draft.security = {"system": _CONFIDENTIALITY, "code": code, "display": words}


def _person(draft: Draft, person: dict[str, Any], source: SourceOrganisation) -> None:
    """What the document says of the person is laid over what the council's other feed says: it is not all the council knows."""
    elements: dict[str, Any] = {"identifier": identifiers(draft, said(person, "id"), said(person, "nhsNumber"), source)}
    listed = person.get("given")
    given = [text for one in listed if isinstance(one, str) and (text := said({"g": one}, "g"))] if isinstance(listed, list) else []
    family = said(person, "family")
    if family or given:
        elements["name"] = [{"use": "official", **({"family": family} if family else {}), **({"given": given} if given else {})}]
    demographics(draft, elements, said(person, "gender"), said(person, "born"), said(person, "died"))
    if postcode := said(person, "postcode"):
        elements["address"] = [{"use": "home", "postalCode": postcode.upper()}]
    if phone := said(person, "phone"):
        elements["telecom"] = [{"system": "phone", "value": phone}]
    draft.add("Patient", "", elements, at="person", change="update")


def _plan(draft: Draft, document: dict[str, Any], plan: dict[str, Any], source: SourceOrganisation, scope: str) -> None:
    name = said(plan, "id")
    status = _PLAN_STATUSES.get(said(plan, "status").casefold(), "")
    if not status:
        draft.note("MAP-006", "plan.status", "CarePlan")
    team = _team(draft, document, name, scope, status)
    needs = [
        {"reference": _need(draft, e, f"{name}|{id}", place, scope)} for place, id, e in entries(draft, document, "needs", "Condition")
    ]
    goals = {id: _goal(draft, e, f"{name}|{id}", place, scope) for place, id, e in entries(draft, document, "goals", "Goal")}
    actions = [
        _action(draft, e, f"{name}|action|{id}", place, scope, goals) for place, id, e in entries(draft, document, "actions", "Task")
    ]
    period = {k: v for k, at in (("start", "start"), ("end", "end")) if (v := when(draft, plan, at, f"plan.{at}", "CarePlan"))}
    if period.get("end", "9999") < period.get("start", ""):
        draft.note("MAP-010", "plan.end", "CarePlan")
        del period["end"]
    review = when(draft, plan, "review", "plan.review", "Task")
    if review:
        actions.append(_review(draft, name, review, source, scope))
    told: dict[str, Any] = {
        "identifier": [{"type": {"text": "Care and support plan number"}, "value": name}],
        "status": status or "unknown",
        "intent": "plan",
        "category": [{"text": "Care and support plan (Care Act 2014)"}],
        "title": said(plan, "title") or "Care and support plan",
        "subject": draft.subject,
        "contributor": [as_reference(source)],
    }
    for element, value in (
        ("period", period),
        ("careTeam", [{"reference": team}] if team else []),
        ("addresses", needs),
        ("goal", [{"reference": goal} for goal in goals.values()]),
        ("activity", [{"reference": {"reference": action}} for action in actions]),
        ("note", _notes(document)),
    ):
        if value:
            told[element] = value
    draft.add("CarePlan", name, told, at="plan", scope=scope)


def _notes(document: dict[str, Any]) -> list[dict[str, str]]:
    about = part(document, "about")
    found = [{"text": f"{heading}: {text}"} for key, heading in _HEADINGS if (text := said(about, key))]
    agreed = part(document, "agreement")
    if who := said(agreed, "by"):
        on = said(agreed, "on")
        found.append({"text": f"Agreed with: {who}{f', {on}' if on else ''}"})
    return found


def _team(draft: Draft, document: dict[str, Any], plan: str, scope: str, status: str) -> str:
    members = []
    for _, _, entry in entries(draft, document, "team", "CareTeam"):
        member: dict[str, Any] = {"member": {"display": said(entry, "name") or said(entry, "description")}}
        if role := said(entry, "role"):
            member["role"] = [{"text": role}]
        if organisation := said(entry, "organisation"):
            member["onBehalfOf"] = {"display": organisation}
        if said(entry, "phone"):
            # A participant has no telephone; it stands with the name, where whoever needs it will look.
            member["member"]["display"] += f", {said(entry, 'phone')}"
        members.append(member)
    if not members:
        return ""
    told = {
        "status": "active" if status in ("active", "draft", "on-hold", "") else "inactive",
        "name": "Care and support team",
        "subject": draft.subject,
        "participant": members,
    }
    return draft.add("CareTeam", plan, told, at="team", scope=scope)


def _need(draft: Draft, entry: dict[str, Any], local: str, place: str, scope: str) -> str:
    told: dict[str, Any] = {
        "category": [{**SOCIAL, "text": "Care and support need"}],
        "code": {"text": said(entry, "description")},
        "subject": draft.subject,
    }
    if isinstance(entry.get("eligible"), bool):
        told["note"] = [{"text": "Eligible need under the Care Act" if entry["eligible"] else "Not an eligible need under the Care Act"}]
    return draft.add("Condition", f"need|{local}", told, at=place, scope=scope)


def _goal(draft: Draft, entry: dict[str, Any], local: str, place: str, scope: str) -> str:
    status = _GOAL_STATUSES.get(said(entry, "status").casefold(), "")
    if not status:
        draft.note("MAP-006", f"{place}.status", "Goal")
    told: dict[str, Any] = {
        "lifecycleStatus": status or "active",
        "description": {"text": said(entry, "description") or said(entry, "name")},
        "subject": draft.subject,
    }
    if target := when(draft, entry, "target", f"{place}.target", "Goal"):
        told["target"] = [{"dueDate": target}]
    if outcome := said(entry, "outcome"):
        told["note"] = [{"text": outcome}]
    return draft.add("Goal", local, told, at=place, scope=scope)


def _action(draft: Draft, entry: dict[str, Any], local: str, place: str, scope: str, goals: dict[str, str]) -> str:
    status = _TASK_STATUSES.get(said(entry, "status").casefold(), "")
    if not status:
        draft.note("MAP-006", f"{place}.status", "Task")
    told: dict[str, Any] = {
        "status": status or "requested",
        "intent": "plan",
        "description": said(entry, "description") or said(entry, "name"),
        "for": draft.subject,
    }
    if owner := said(entry, "owner"):
        told["owner"] = {"display": owner}
    if due := when(draft, entry, "due", f"{place}.due", "Task"):
        told["restriction"] = {"period": {"end": due}}
    if goal := said(entry, "goal"):
        if goal in goals:
            told["reasonReference"] = {"reference": goals[goal]}
        else:
            draft.note("MAP-008", f"{place}.goal", "Task")
    return draft.add("Task", local, told, at=place, scope=scope)


def _review(draft: Draft, plan: str, due: str, source: SourceOrganisation, scope: str) -> str:
    told = {
        "status": "requested",
        "intent": "plan",
        "description": "Review of the care and support plan",
        "for": draft.subject,
        "owner": as_reference(source),
        "restriction": {"period": {"end": due}},
    }
    return draft.add("Task", f"{plan}|review", told, at="plan.review", scope=scope)
