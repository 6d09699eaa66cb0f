"""One service of a directory to HealthcareService, with its provider and its places."""

from __future__ import annotations

import re
from typing import Any

from carehub.feeds.adapter import overlay
from carehub.fhir.resource import Resource, many, text

from . import places, providers
from .contact_points import telecom, through_contacts
from .draft import Draft, filled
from .opening_hours import hours
from .plain_text import plain, web_address
from .shapes import part, parts, raw, said

# The words of Open Referral's service status. What is not listed is not said.
ACTIVE = {"active": True, "inactive": False, "defunct": False, "temporarily closed": False}
# A page often holds services without these; what it leaves out is not gone.
NESTED = ("service_at_locations", "schedules", "regular_schedules")
_LANGUAGE = re.compile(r"[a-z]{2,3}")
_TERM = re.compile(r"[A-Za-z0-9_.-]{1,60}")


def tell(draft: Draft, service: dict[str, Any], local: str, space: str, as_of: str, scope: str) -> None:
    """Put a service into the draft. local: its id as sent. space: the directory's address for its own ids. as_of: the day it speaks of.

    scope: of the service itself; its places and provider have the draft's.
    """
    references, at_places = places.tell(draft, service, local, as_of)
    provider = providers.tell(draft, service, local)
    unread: list[str] = []
    points = telecom(draft, service, "", "HealthcareService", web=("url",), unread=unread)
    through_contacts(draft, parts(service, "contacts"), points, "", "HealthcareService")
    held = hours(draft, service, "schedules", "HealthcareService", as_of)
    languages, other_languages = _languages(service)
    elements = filled(
        identifier=[{"system": f"{space}:service", "value": local}],
        active=_active(draft, service),
        providedBy=provider,
        type=_terms(service, space),
        location=references,
        name=said(service, "name"),
        comment=_comment(service),
        extraDetails="\n\n".join([*_details(service, other_languages), *(f"Contact as sent: {plain(sent)}" for sent in unread)]),
        telecom=points,
        coverageArea=[{"display": area} for one in parts(service, "service_areas") if (area := _area(one))],
        eligibility=_eligibility(service),
        program=_programs(service),
        communication=languages,
        availableTime=held.available(),
        availabilityExceptions="\n".join([*held.words, *at_places]),
    )
    draft.add(
        "HealthcareService",
        local,
        elements,
        at="service",
        scope=scope,
        change="snapshot" if is_nested(service) else "update",
        clears=() if "active" in elements else ("active",),
    )


def is_nested(service: dict[str, Any]) -> bool:
    """Whether the service is told with its places and hours, not only in outline."""
    return any(name in service for name in NESTED)


def revise(earlier: Resource, update: Resource, clears: tuple[str, ...]) -> Resource:
    """An outline laid over what was known: numbers and details that it has no room for stay."""
    later = overlay(earlier, update, clears)
    systems = {point.get("system") for point in many(update, "telecom")}
    points = [*many(update, "telecom"), *(point for point in many(earlier, "telecom") if point.get("system") not in systems)]
    told = _paragraphs(update)
    labels = {label for label, _ in told}
    details = [*told, *(pair for pair in _paragraphs(earlier) if pair[0] not in labels)]
    later.update(filled(telecom=points, extraDetails="\n\n".join(paragraph for _, paragraph in details)))
    return later


def _paragraphs(service: Resource) -> list[tuple[str, str]]:
    """The details with their labels; `plain` leaves no empty line inside one."""
    return [(paragraph.partition(":")[0], paragraph) for paragraph in text(service, "extraDetails").split("\n\n") if paragraph]


def _active(draft: Draft, service: dict[str, Any]) -> bool | None:
    status = raw(service, "status").casefold()
    if status not in ACTIVE:
        draft.note("MAP-006", "status", "HealthcareService")
    return ACTIVE.get(status)


def _comment(service: dict[str, Any]) -> str:
    """What a reader should see under the name: an alert first, a status that is not plain "active", then what the service is."""
    alias, alert, status = said(service, "alternate_name"), said(service, "alert"), said(service, "status")
    lines = [
        f"Alert: {alert}" if alert else "",
        f"Status: {status}" if status and status.casefold() != "active" else "",
        said(service, "description"),
        f"Also known as {alias}." if alias else "",
    ]
    return "\n".join(line for line in lines if line)


def _details(service: dict[str, Any], languages: list[str]) -> list[str]:
    labelled = [
        (label, told)
        for name, label in (
            ("application_process", "How to apply"),
            ("wait_time", "Waiting time"),
            ("fees_description", "Cost"),
            ("fees", "Fees"),
            ("interpretation_services", "Interpreting"),
            ("accreditations", "Accreditation"),
            ("assured_date", "Last checked"),
            ("attending_type", "How it is attended"),
            ("attending_access", "Access"),
            ("deliverable_type", "Kind of help"),
        )
        if (told := said(service, name))
    ]
    labelled += [("Cost", told) for one in parts(service, "cost_options") if (told := _cost(one))]
    labelled += [("Please bring", told) for one in parts(service, "required_documents") if (told := _document(one))]
    labelled += [
        (f"About {number}", told)
        for one in parts(service, "phones")
        if (number := said(one, "number")) and (told := said(one, "description"))
    ]
    if languages:
        labelled.append(("Languages", ", ".join(languages)))
    return [f"{label}: {told}" for label, told in labelled]


def _cost(one: dict[str, Any]) -> str:
    amount = " ".join(filter(None, (raw(one, "amount")[:30], raw(one, "currency").upper()[:10])))
    dates = " ".join(f"{label} {told}" for name, label in (("valid_from", "from"), ("valid_to", "to")) if (told := said(one, name)))
    return ", ".join(
        part for part in (said(one, "option"), amount if raw(one, "amount") else "", said(one, "amount_description"), dates) if part
    )


def _document(one: dict[str, Any]) -> str:
    link = web_address(raw(one, "uri"))
    return " ".join(filter(None, (said(one, "document"), f"({link})" if link else "")))


def _area(one: dict[str, Any]) -> str:
    return ". ".join(told.rstrip(".") for name in ("name", "service_area", "description") if (told := said(one, name)))


def _eligibility(service: dict[str, Any]) -> list[dict[str, Any]]:
    found = []
    for one in (service, *parts(service, "eligibilitys", "eligibilities")):
        low, high = raw(one, "minimum_age")[:20], raw(one, "maximum_age")[:20]
        ages = f"Ages {low} to {high}" if low and high else f"Ages {low} and over" if low else f"Up to age {high}" if high else ""
        comment = "\n".join(filter(None, (said(one, "eligibility_description", "eligibility"), ages)))
        if comment:
            found.append({"code": {"text": "Eligibility"}, "comment": comment})
    return found


def _programs(service: dict[str, Any]) -> list[dict[str, Any]]:
    program = part(service, "program")
    words = ". ".join(told.rstrip(".") for name in ("name", "alternate_name", "description") if (told := said(program, name)))
    return [{"text": words}] if words else []


def _languages(service: dict[str, Any]) -> tuple[list[dict[str, Any]], list[str]]:
    """Languages with a BCP 47 code, which FHIR requires here, and those that have only a name."""
    coded: list[dict[str, Any]] = []
    named: list[str] = []
    for one in parts(service, "languages"):
        name, code, note = said(one, "name", "language"), raw(one, "code").casefold(), said(one, "note")
        words = f"{name} ({note})" if name and note else name or note
        if _LANGUAGE.fullmatch(code):
            coded.append(filled(coding=[filled(system="urn:ietf:bcp:47", code=code, display=name)], text=words))
        elif words:
            named.append(words)
    return coded, named


def _terms(service: dict[str, Any], space: str) -> list[dict[str, Any]]:
    """Taxonomy terms with the source's own system; those of older directories too."""
    found: list[dict[str, Any]] = []
    terms = [part(one, "taxonomy_term") for one in parts(service, "attributes")]
    terms += [part(one, "taxonomy") for one in parts(service, "service_taxonomys", "service_taxonomies")]
    for term in terms:
        code, name = raw(term, "code", "id"), said(term, "name")
        vocabulary = raw(part(term, "taxonomy_detail"), "name") or raw(term, "taxonomy", "vocabulary")
        system = web_address(raw(part(term, "taxonomy_detail"), "uri")) or f"{space}:taxonomy:{vocabulary}"
        coded = _TERM.fullmatch(code) and (system.startswith("http") or _TERM.fullmatch(vocabulary))
        concept = filled(coding=[filled(system=system, code=code, display=name)] if coded else [], text=said(term, "description") or name)
        if concept and concept not in found:
            found.append(concept)
    return found
