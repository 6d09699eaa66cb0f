"""The care plan of a document, with every section's narrative as text beside it."""

from __future__ import annotations

from collections.abc import Iterator

from carehub.feeds.formats.fhir_primitives import moment
from carehub.feeds.formats.fhir_tree import Node
from carehub.fhir.resource import Resource

from .draft import Draft
from .eol_bundle import Opened
from .eol_types import concept, concepts, filled, identifiers, notes, period

_STATUSES = {"draft": "draft", "active": "active", "suspended": "on-hold", "completed": "completed", "cancelled": "revoked"}
_STATUSES |= {"entered-in-error": "entered-in-error", "on-hold": "on-hold", "revoked": "revoked"}
_ACTIVITY = frozenset(
    ("not-started", "scheduled", "in-progress", "on-hold", "completed", "cancelled", "stopped", "unknown", "entered-in-error")
)


def care_plan(node: Node, opened: Opened, draft: Draft) -> Resource:
    told = filled(identifier=identifiers(node))
    told["status"] = _STATUSES.get(node.text("status"), "unknown")
    told["intent"] = node.text("intent") if node.text("intent") in ("proposal", "plan", "order", "option") else "plan"
    told |= filled(category=concepts(node.all("category")), title=node.text("title"), description=node.text("description"))
    told["subject"] = draft.subject
    told |= filled(period=period(node.one("period")), created=moment(node.text("created")))
    authors = opened.references(node.all("author"), draft, "CarePlan.author")
    told |= filled(author=authors[0] if authors else {}, contributor=authors[1:])
    told |= filled(careTeam=opened.references(node.all("careTeam"), draft, "CarePlan.careTeam"))
    told |= filled(addresses=opened.references(node.all("addresses"), draft, "CarePlan.addresses"))
    told |= filled(supportingInfo=opened.references(node.all("supportingInfo"), draft, "CarePlan.supportingInfo"))
    activities = [a for n in node.all("activity") if (a := _activity(n, opened, draft))]
    return told | filled(activity=activities, note=[*notes(node), *section_notes(opened.composition.node)])


def _activity(node: Node, opened: Opened, draft: Draft) -> Resource:
    detail = node.one("detail")
    held: Resource = {}
    if detail:
        status = detail.text("status")
        held = filled(code=concept(detail.one("code")), reasonCode=concepts(detail.all("reasonCode")))
        held["status"] = status if status in _ACTIVITY else "unknown"
        held |= filled(
            performer=opened.references(detail.all("performer"), draft, "CarePlan.activity"), description=detail.text("description")
        )
        held |= filled(scheduledPeriod=period(detail.one("scheduledPeriod")), scheduledString=detail.text("scheduledString"))
        if "scheduledPeriod" in held:
            held.pop("scheduledString", None)
    told = filled(detail=held)
    if not told:
        told = filled(reference=opened.reference(node.one("reference"), draft, "CarePlan.activity"))
    progress = [filled(time=moment(n.text("time")), text=n.text("text")) for n in node.all("progress") if n.text("text")]
    return told | filled(progress=progress) if told else {}


def plan_of_sections(composition: Node, opened: Opened, draft: Draft) -> Resource:
    """A document without a CarePlan is a plan all the same."""
    kind = concept(composition.one("type"))
    told: Resource = {"status": "active", "intent": "plan"} | filled(category=[kind] if kind else [])
    told["title"] = composition.text("title") or "End of life care plan"
    told["subject"] = draft.subject
    when = moment(composition.text("date"))
    return told | filled(created=when, note=section_notes(composition))


def section_notes(composition: Node) -> list[Resource]:
    """Title and words of every section that has any, in order."""
    return [{"text": f"{title}: {words}" if title else words} for title, words in section_words(composition)]


def section_words(node: Node, depth: int = 0) -> Iterator[tuple[str, str]]:
    """(title, plain text of the narrative) of every section, those inside others too."""
    for section in node.all("section"):
        title = section.text("title") or section.text("code", "coding", "display")
        if words := section.one("text").words:
            yield title, words
        if depth < 8:
            yield from section_words(section, depth + 1)
