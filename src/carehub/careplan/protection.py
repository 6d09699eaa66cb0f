"""Where a person lives and how to reach them, kept out of the record of whoever a source marks as restricted (hazard H-26): words stand in their place.

As PDS does for a restricted patient: address and telecom, of the person and of those near them, who may share the home. What is written in free
text, and the GP practice, cannot be told apart from the rest and stay.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import replace
from typing import Any

from carehub.careplan.plan import SourceRecord, SourceView
from carehub.fhir.resource import Resource, many, text

PROTECTED = "Address protected"
"""What stands in the place of an address (SCREENS S10), and of a telephone number or e-mail address."""

# HL7 v3 Confidentiality: restricted, very restricted. PDS marks a sensitive ("S-flagged") patient so.
_CLOSED = frozenset({"R", "V"})
_PEOPLE = ("Patient", "RelatedPerson")
_ORDINARY = frozenset({"", "N", "U", "L", "M"})


def is_closed(patient: Resource) -> bool:
    """Whether a Patient is marked as restricted by its source."""
    return any(text(label, "code") in _CLOSED for label in many(patient, "meta", "security") if isinstance(label, dict))


def labels(resource: Resource) -> tuple[str, ...]:
    """Security labels the source set, by their codes ("R", "V", "SENSITIVE"), in order; ordinary confidentiality (normal and less) is not a label."""
    codes = {text(label, "code") or text(label, "display") for label in many(resource, "meta", "security") if isinstance(label, dict)}
    return tuple(sorted(codes - _ORDINARY))


def covered(resource: Resource) -> Resource:
    """A Patient or RelatedPerson with words in the place of each address and way to reach somebody; any other resource as it is."""
    if resource.get("resourceType") not in _PEOPLE:
        return resource
    told = _covered(resource)
    if contacts := many(resource, "contact"):
        told["contact"] = [_covered(one) if isinstance(one, dict) else one for one in contacts]
    return told


def protect(views: Sequence[SourceView], *, closed: bool = False) -> list[SourceView]:
    """The views of one person, covered in every source where any source marks the person as restricted, even one that is hidden or not shared: an
    address that another source holds is the same address. closed: cover whatever they say."""
    patients = (record for view in views for record in view.records if record.resource.get("resourceType") == "Patient")
    if not closed and not any(is_closed(record.resource) for record in patients if not record.withdrawn):
        return list(views)
    return [replace(view, records=tuple(_records(view.records))) for view in views]


def _records(records: Iterable[SourceRecord]) -> Iterable[SourceRecord]:
    for record in records:
        yield replace(record, resource=covered(record.resource)) if record.resource.get("resourceType") in _PEOPLE else record


def _covered(element: Resource) -> dict[str, Any]:
    told = dict(element)
    if told.get("address"):
        told["address"] = {"text": PROTECTED} if isinstance(told["address"], dict) else [{"text": PROTECTED}]
    if told.get("telecom"):
        told["telecom"] = [{"value": PROTECTED}]
    for beside in ("_address", "_telecom"):
        told.pop(beside, None)
    return told
