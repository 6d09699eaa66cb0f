"""A disclosed plan as a FHIR document: Composition, golden Patient, every source record it rests on, conflicts, provenance. Pure."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from html import escape

from carehub.api.detected_issue import detected_issue
from carehub.api.golden import golden_patient
from carehub.careplan.disputes import said_of
from carehub.careplan.plan import Entry, Section, SectionState
from carehub.careplan.support_at_home import support_at_home
from carehub.fhir.canonical import dumps
from carehub.fhir.resource import Resource
from carehub.governance.redaction import Disclosed
from carehub.hub.reading import PersonRecord, StoredBody
from carehub.terms.moments import iso, show_time
from carehub.terms.refs import derived_id

DISPUTED = "https://carehub.example/StructureDefinition/disputed-by-the-person"
_EMPTY_REASONS = "http://terminology.hl7.org/CodeSystem/list-empty-reason"
_WITHHELD = ("role", "withheld", "objected")
_NARRATIVE = '<div xmlns="http://www.w3.org/1999/xhtml">{}</div>'

Part = tuple[str, bytes]
"""("Type/id", exact JSON)."""


def plan_document(record: Disclosed[PersonRecord], bodies: Sequence[StoredBody]) -> Iterator[Part]:
    """The entries of the document Bundle in order: the Composition first, as FHIR asks of a document. bodies: what policy released."""
    plan = record.value.plan
    served = {f"{body.type}/{body.id}" for body in bodies}
    issues = [detected_issue(one, plan.person, served) for one in record.value.progress if one.standing]
    composition = _composition(record, issues, served)
    yield f"Composition/{composition['id']}", dumps(composition)
    yield f"Patient/{plan.person}", dumps(golden_patient(plan))
    for found in issues:
        yield f"DetectedIssue/{found['id']}", dumps(found)
    yield from source_parts(bodies)


def source_parts(bodies: Sequence[StoredBody]) -> Iterator[Part]:
    """Stored records exactly as they are, then a Provenance for each: source, message and adapter version."""
    for body in bodies:
        yield f"{body.type}/{body.id}", body.body
    yield from map(provenance_part, bodies)


def provenance_part(body: StoredBody) -> Part:
    """Where a stored record came from: source, message and adapter version."""
    id, told = body.provenance
    return f"Provenance/{id}", told


def _composition(record: Disclosed[PersonRecord], issues: Sequence[Resource], served: set[str]) -> Resource:
    view = record.value
    plan = view.plan
    sections: list[Resource] = [sources_section(record)]
    if issues:
        sections.append(disagreements_section(issues))
    for section in plan.sections:
        above = [f"{label}: {words}" for label, words in support_at_home(plan, view.section_states)] if section.key == "support" else []
        sections.append(_section(section, view.section_states.get(section.key, section.states), served, above))
    return {
        "resourceType": "Composition",
        "id": derived_id("composition", plan.person),
        "status": "final",
        "type": {"text": "Unified care plan"},
        "subject": {"reference": f"Patient/{plan.person}"},
        "date": iso(view.built_at),
        "author": [{"display": "carehub, from the sources named in each entry"}],
        "title": "Unified care plan",
        "section": sections,
    }


def disagreements_section(issues: Sequence[Resource]) -> Resource:
    """A section that points at each DetectedIssue; there is at least one."""
    return {
        "title": "Disagreements between sources",
        "text": narrative([issue["detail"] for issue in issues]),
        "entry": [{"reference": f"DetectedIssue/{issue['id']}"} for issue in issues],
    }


def sources_section(record: Disclosed[PersonRecord]) -> Resource:
    """A section of words: how each source stands, what is missing, and what is withheld by which rule."""
    lines = [f"{state.title}: {state.tag}. {state.sentence}" for state in record.value.source_states]
    lines += [gap.sentence for gap in record.value.plan.gaps]
    lines += list(record.withheld)
    return {"title": "Sources, and what is missing", "text": narrative(lines)}


def _section(section: Section, states: Sequence[SectionState], served: set[str], above: Sequence[str]) -> Resource:
    lines = [*above, *(line(entry) for entry in section.entries), *dict.fromkeys(state.sentence for state in states)]
    references = [_reference(entry, a.record) for entry in section.entries for a in entry.attributions if a.record in served]
    result: Resource = {"title": section.title, "text": narrative(lines or ["Nothing recorded in the sources carehub can see"])}
    if references:
        result["entry"] = list({reference["reference"]: reference for reference in references}.values())
    else:
        result["emptyReason"] = empty_reason(states)
    return result


def _reference(entry: Entry, record: str) -> Resource:
    """A record of an entry; what the person disputes of it, as an extension."""
    said = said_of(entry, record)
    return {"reference": record, **({"extension": [{"url": DISPUTED, "valueString": said}]} if said else {})}


def empty_reason(states: Sequence[SectionState]) -> Resource:
    """Why a section is empty, in the sources' own states. "Nothing recorded" is no code of the list: it gets words only, never "nil known"."""
    said = {"text": "; ".join(dict.fromkeys(state.sentence for state in states)) or "No source is connected"}
    if any(state.state in _WITHHELD for state in states):
        return {"coding": [{"system": _EMPTY_REASONS, "code": "withheld"}], **said}
    if all(state.state != "nothing_recorded" for state in states):
        return {"coding": [{"system": _EMPTY_REASONS, "code": "unavailable"}], **said}
    return said


def line(entry: Entry) -> str:
    """An entry in one line: title, status, time, details and the badges of its sources."""
    badges = ", ".join(dict.fromkeys(a.source.kind.badge for a in entry.attributions))
    facts = "; ".join(f"{fact.label}: {fact.value}" for fact in entry.facts)
    return " – ".join(part for part in (entry.title, entry.status, show_time(entry.when), facts, badges) if part)


def narrative(lines: Sequence[str]) -> Resource:
    """A generated Narrative: a list of these lines."""
    return {"status": "generated", "div": _NARRATIVE.format("<ul>" + "".join(f"<li>{escape(line)}</li>" for line in lines) + "</ul>")}
