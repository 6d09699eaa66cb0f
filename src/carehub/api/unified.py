"""A person's unified CarePlan and CareTeam: one of each, made when they are asked for, of nothing but what policy has released. Pure."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence

from carehub.api.document import DISPUTED, line, narrative
from carehub.api.golden import GOLDEN_TAG, golden_patient
from carehub.careplan.disputes import said_of
from carehub.careplan.joint.joint_plan import Action, Owner
from carehub.careplan.plan import Entry, UnifiedCarePlan
from carehub.fhir.canonical import loads
from carehub.fhir.provenance import made_of
from carehub.fhir.resource import Resource, many
from carehub.governance.redaction import Disclosed
from carehub.hub.reading import PersonRecord, StoredBody
from carehub.terms.attribution import Attribution
from carehub.terms.moments import iso

UNIFIED = ("CarePlan", "CareTeam")
"""The types of which a person has one, beside those of the sources. Its id is the person's."""

_SYSTEM = "https://carehub.example/Id/unified-"
_CARE_PLAN = {"coding": [{"system": "http://snomed.info/sct", "code": "734163000", "display": "Care plan"}]}
_TEAM = {"system": "http://loinc.org", "code": "LA28865-6", "display": "Longitudinal care-coordination focused care team"}
_ACTIVITIES = ("Appointment", "DeviceRequest", "MedicationRequest", "ServiceRequest", "Task")
_MEMBERS = ("Practitioner", "PractitionerRole", "RelatedPerson", "Organization", "CareTeam")
_STATUSES = ("not-started", "scheduled", "in-progress", "on-hold", "completed", "cancelled", "stopped")


def unified(record: Disclosed[PersonRecord], bodies: Sequence[StoredBody]) -> Iterator[Resource]:
    """The golden Patient, the unified CarePlan, the unified CareTeam, and a Provenance for each of these two.

    bodies: the records that policy released; nothing refers to another. Neither has a version or a time of its own. What policy holds back and what is
    missing are sentences of the text; what the person disputes is an extension of the reference, as in the document of `$unified-care-plan`.
    """
    yield golden_patient(record.value.plan)
    held = {f"{body.type}/{body.id}": body for body in bodies}
    for made in (_care_plan(record, held), _care_team(record, set(held))):
        yield made
        yield made_of(made, iso(record.value.built_at))


def _care_plan(record: Disclosed[PersonRecord], held: Mapping[str, StoredBody]) -> Resource:
    plan = record.value.plan
    joint, references = plan.joint, _References(plan, set(held))
    notes = [held[one.told[0].record] for one in joint.notes if one.told[0].record in held]
    goals = {goal.key: references.of(goal.told, ("Goal",)) for goal in joint.goals}
    beside = [told for found in (*(one.told for one in joint.plans), *(one.told for one in joint.contingency)) for told in found]
    issues = [{"reference": f"DetectedIssue/{one.conflict.id}"} for one in record.value.progress if one.standing]
    live = any((*(one.active for one in joint.plans), *(one.active for one in joint.goals), *(one.open for one in joint.actions)))
    speaking = [*(one.told for one in joint.plans), *(one.told for one in joint.goals), *(one.told for one in joint.actions)]
    return _filled(
        {
            **_made(record, "CarePlan", "plan"),
            "status": "active" if live else "unknown",
            "intent": "plan",
            "category": [_CARE_PLAN],
            "title": "Unified care plan",
            "subject": {"reference": f"Patient/{plan.person}"},
            "contributor": _organisations(told for found in speaking for told in found),
            "careTeam": [{"reference": f"CareTeam/{plan.person}"}],
            "supportingInfo": [*references.of(beside), *issues],
            "goal": [one for found in goals.values() for one in found],
            "activity": [_activity(action, references, goals) for action in joint.actions],
            "note": [said for body in notes for said in many(loads(body.body), "note")],
        }
    )


def _care_team(record: Disclosed[PersonRecord], served: set[str]) -> Resource:
    plan = record.value.plan
    references = _References(plan, served)
    entries = [entry for entry in plan.section("care_team").entries if entry.active]
    return _filled(
        {
            **_made(record, "CareTeam", "care_team"),
            "status": "active" if entries else "",
            "category": [{"coding": [_TEAM]}],
            "name": "Everybody involved, as the sources name them",
            "subject": {"reference": f"Patient/{plan.person}"},
            "participant": [_participant(entry, references) for entry in entries],
        }
    )


def _made(record: Disclosed[PersonRecord], type_: str, section: str) -> Resource:
    view = record.value
    lines = [line(entry) for entry in view.plan.section(section).entries]
    lines += dict.fromkeys(state.sentence for state in view.section_states.get(section, ()))
    missing = dict.fromkeys(gap.sentence for gap in view.plan.gaps if gap.section in ("", section))
    lines += [sentence for sentence in missing if not any(told.endswith(sentence) for told in lines)]
    lines += [mask.sentence for mask in record.masks]
    name = "care-plan" if type_ == "CarePlan" else "care-team"
    return {
        "resourceType": type_,
        "id": view.plan.person,
        "meta": {"tag": [GOLDEN_TAG]},
        "text": narrative(lines or ["Nothing recorded in the sources carehub can see"]),
        "identifier": [{"system": f"{_SYSTEM}{name}", "value": view.plan.person}],
    }


class _References:
    """References to released records, with what the person disputes of each."""

    def __init__(self, plan: UnifiedCarePlan, served: set[str]) -> None:
        rows = [(entry, told.record) for section in plan.sections for entry in section.entries for told in entry.attributions]
        self._served, self._disputed = served, {record: said for entry, record in rows if (said := said_of(entry, record))}

    def of(self, told: Iterable[Attribution], types: Sequence[str] = ()) -> list[Resource]:
        """Of the records of these attributions that are released, each once; types: only these, () for any but the person."""
        records = dict.fromkeys(one.record for one in told if one.record in self._served)
        return [self._one(record) for record in records if _fits(record.partition("/")[0], types)]

    def _one(self, record: str) -> Resource:
        said = self._disputed.get(record, "")
        return {"reference": record, **({"extension": [{"url": DISPUTED, "valueString": said}]} if said else {})}


def _fits(type_: str, types: Sequence[str]) -> bool:
    return type_ in types if types else type_ != "Patient"


def _activity(action: Action, references: _References, goals: Mapping[str, list[Resource]]) -> Resource:
    """A record of its own by reference; what stands inside a source's plan in words, because FHIR allows one or the other."""
    progress = [{"text": action.status}] if action.status else []
    if found := references.of(action.told, _ACTIVITIES):
        return _filled({"reference": found[0], "progress": progress})
    code = action.status.partition(".")[0].casefold().replace(" ", "-")
    detail = {
        "goal": [one for key in action.goals for one in goals.get(key, ())],
        "status": code if code in _STATUSES else "unknown",
        "scheduledPeriod": {"end": action.due} if action.due else {},
        "scheduledString": "" if action.due else action.due_words,
        "performer": [{"display": _called(owner)} for owner in action.owners],
        "description": action.title,
    }
    return _filled({"progress": progress, "detail": _filled(detail)})


def _called(owner: Owner) -> str:
    return ", ".join(filter(None, (owner.words, owner.organisation)))


def _participant(entry: Entry, references: _References) -> Resource:
    """Whom an entry names. A contact that stands inside a source's Patient has no record of its own: then there is only the name."""
    role = entry.fact("Role") or entry.fact("Relationship")
    member = next(iter(references.of(entry.attributions, _MEMBERS)), {})
    return _filled(
        {
            "role": [{"text": role}] if role else [],
            "member": {**member, "display": entry.title},
            "period": _filled({"start": entry.when, "end": entry.ends}),
        }
    )


def _organisations(told: Iterable[Attribution]) -> list[Resource]:
    sources = dict.fromkeys((one.source.code, one.source.title) for one in told)
    return [{"type": "Organization", "identifier": {"value": code}, "display": title} for code, title in sources]


def _filled(resource: Resource) -> Resource:
    """Without what is empty, which FHIR does not allow."""
    return {name: value for name, value in resource.items() if value}
