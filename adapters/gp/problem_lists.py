"""A UKCore-List for each problem with what the practice linked to it: UK Core retired the extensions that hold these links.

The CareConnect extensions stay on the Condition as sent; the list says the same in a form that R4 readers follow.
"""

from __future__ import annotations

from collections.abc import Iterable

from carehub.feeds.mapped import MappedRecord
from carehub.fhir.resource import Resource, many, words
from carehub.terms.codes import ukcore
from carehub.terms.refs import RecordRef

from .known_extensions import short_name

_ROLES = {"RelatedClinicalContent": "", "ActualProblem": "The entry that the problem is about", "RelatedProblemHeader": "Related problem"}


def problem_lists(records: Iterable[MappedRecord], patient: RecordRef) -> list[MappedRecord]:
    """One list for each Condition that has links which can be followed, in the order they came; nothing is linked twice."""
    made = []
    for record in records:
        if record.ref.type != "Condition":
            continue
        entries = list(_entries(record.resource))
        if not entries:
            continue
        ref = patient.of_type("List", f"problem|{record.ref.local}")
        condition = record.resource
        resource: Resource = {
            "resourceType": "List",
            "id": ref.id,
            "meta": {**condition["meta"], "profile": [ukcore("List")]},
            "status": "current",
            "mode": "snapshot",
            "title": f"Linked to the problem: {words(condition.get('code')) or 'not named'}",
            "code": {"text": "Problem and what is linked to it"},
            "subject": {"reference": patient.reference},
            **({"date": condition["recordedDate"]} if "recordedDate" in condition else {}),
            "entry": [{"flag": {"text": "Problem"}, "item": {"reference": record.ref.reference}}, *entries],
        }
        made.append(MappedRecord(ref, resource, at=record.at, scope=record.scope))
    return made


def _entries(condition: Resource) -> Iterable[Resource]:
    seen = {f"Condition/{condition['id']}"}
    for item in many(condition, "extension"):
        role = _ROLES.get(short_name(item["url"]))
        if role is None:
            continue
        inner = {part["url"]: part for part in item.get("extension", ()) if "url" in part}
        link = item.get("valueReference") or inner.get("target", {}).get("valueReference")
        target = link.get("reference") if link else None
        if target is None or target in seen:
            continue
        seen.add(target)
        kind = inner.get("type", {}).get("valueCode")
        said = f"{role} ({kind})" if role and kind else role
        yield {**({"flag": {"text": said}} if said else {}), "item": link}
