"""Plan and actions: care plans, goals, referrals, recalls and tasks, with who owns them and when they are due."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from carehub.careplan.plan import Fact, SourceRecord
from carehub.careplan.reading.draft import Draft, Traits, draft
from carehub.careplan.reading.shelf import Shelf
from carehub.careplan.reading.wording import each, moment, notes, period, said, status_words, value_words
from carehub.fhir.resource import Resource, first, many, text, words
from carehub.terms.moments import show_date, show_time
from carehub.terms.organisations import SourceKind

TYPES = ("CarePlan", "Goal", "ServiceRequest", "Task", "CommunicationRequest", "NutritionOrder", "DeviceRequest", "RequestGroup")

STATUS: dict[str, tuple[str, bool]] = {
    "draft": ("Draft", True),
    "active": ("Active", True),
    "on-hold": ("On hold", True),
    "revoked": ("Withdrawn", False),
    "completed": ("Completed", False),
    "unknown": ("Status not known", True),
    "proposed": ("Proposed", True),
    "planned": ("Planned", True),
    "accepted": ("Accepted", True),
    "rejected": ("Rejected", False),
    "cancelled": ("Cancelled", False),
    "requested": ("Requested", True),
    "received": ("Received", True),
    "ready": ("Ready", True),
    "in-progress": ("In progress", True),
    "failed": ("Failed", False),
}

_INTENT = {"plan": "Plan", "order": "Order", "proposal": "Proposal", "directive": "Directive", "option": "Option"}


def read(record: SourceRecord, shelf: Shelf) -> Iterator[Draft]:
    """One entry for each. Plan entries are never folded: two agencies' actions are two actions."""
    resource = record.resource
    type = str(resource.get("resourceType"))
    code = text(resource, "lifecycleStatus") or text(resource, "status")
    shown, active = STATUS.get(code, (status_words(code, {}), True))
    title = (
        text(resource, "title")
        or words(resource.get("code"))
        or words(resource.get("description"))
        or text(resource, "description")
        or next((w for w in (words(c) for c in many(resource, "category")) if w), "")
        or words(first(resource, "reasonCode"))
    )
    yield draft(
        shelf,
        record,
        "plan",
        title or f"{_KIND.get(type, 'Plan entry')} without a description",
        status=shown,
        active=active,
        when=_date(resource),
        facts=_facts(resource, shelf, type, title),
        concepts=[resource.get("code"), *many(resource, "category")],
        traits=Traits(ends=text(resource, "period", "end") or text(resource, "occurrencePeriod", "end")),
    )


_KIND = {"CarePlan": "Care plan", "Goal": "Goal", "ServiceRequest": "Referral or request", "Task": "Action"}


def _date(resource: Resource) -> str:
    for path in (
        ("authoredOn",),
        ("created",),
        ("startDate",),
        ("period", "start"),
        ("occurrenceDateTime",),
        ("statusDate",),
        ("dateTime",),
    ):
        if told := text(resource, *path):
            return told
    return ""


def _facts(resource: Resource, shelf: Shelf, type: str, title: str) -> Iterator[Fact]:
    if type == "CarePlan" and shelf.source.kind is SourceKind.TEAM:
        yield from _signed(resource)
        return
    yield from said("Kind", _KIND.get(type, ""))
    yield from said("Intent", _INTENT.get(text(resource, "intent"), text(resource, "intent")))
    yield from said("Priority", status_words(text(resource, "priority"), {}) or words(resource.get("priority")))
    if text(resource, "description") != title:
        yield from said("Description", text(resource, "description"))
    yield from said("Due", value_words(resource, "occurrence"))
    for target in many(resource, "target"):
        if isinstance(target, dict):
            yield from said("Target", "; ".join(filter(None, (words(target.get("measure")), value_words(target, "detail")))))
            yield from said("Due", value_words(target, "due"))
    yield from said("Due", period(resource.get("executionPeriod")) or show_date(text(resource, "restriction", "period", "end")))
    yield from said("Dates", period(resource.get("period")))
    yield from said("Owner", shelf.called(resource.get("owner") or resource.get("expressedBy"), resource))
    yield from said("Performer", "; ".join(shelf.every(resource, "performer")))
    yield from said("Requested by", shelf.called(resource.get("requester"), resource))
    yield from each(resource, "Reason", "reasonCode")
    yield from said("Reason", "; ".join(shelf.every(resource, "reasonReference")))
    yield from said("Addresses", "; ".join(shelf.every(resource, "addresses")))
    yield from said("Goal", "; ".join(shelf.every(resource, "goal")))
    yield from said("Achievement", words(resource.get("achievementStatus")))
    yield from said("Care team", "; ".join(shelf.every(resource, "careTeam")))
    for activity in many(resource, "activity"):
        yield from _activity(activity, resource, shelf)
    yield from each(resource, "Detail", "orderDetail")
    for result in many(resource, "output"):
        if isinstance(result, dict):
            yield from said(words(result.get("type")) or "Outcome", value_words(result))
    yield from moment("Last changed", resource.get("lastModified"))
    yield from notes(resource, "note", "patientInstruction")


def _signed(resource: Resource) -> Iterator[Fact]:
    """What a member of the team wrote here, each version with who and when."""
    for note in (one for one in many(resource, "note") if isinstance(one, dict)):
        yield Fact("Note", f"{text(note, 'text')} – {text(note, 'authorString')}, {show_time(text(note, 'time'))}")


def _activity(activity: Any, plan: Resource, shelf: Shelf) -> Iterator[Fact]:
    if not isinstance(activity, dict):
        return
    detail = activity.get("detail")
    if isinstance(detail, dict):
        parts = [
            words(detail.get("code")) or text(detail, "description"),
            status_words(text(detail, "status"), {k: v for k, (v, _) in STATUS.items()}),
            value_words(detail, "scheduled"),
            "; ".join(shelf.every(detail, "performer")),
        ]
        yield from said("Action", ", ".join(part for part in parts if part))
    yield from said("Action", shelf.called(activity.get("reference"), plan))
    yield from notes(activity, "progress")
