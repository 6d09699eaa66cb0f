"""Where a person lives and how to reach them, kept out of the record of whoever a source marks as restricted (hazard H-26): words stand in their place.

As PDS does for a restricted patient: address, telecom and GP, of the person and of those near them, who may share the home; and what words tell
(protected_words). A practice that sends a record is still named as its source: a statement without its source is not safe.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import replace
from typing import Any

from carehub.careplan.plan import SourceRecord, SourceView
from carehub.careplan.protected_words import PRACTICE_PROTECTED, PROTECTED, Cover, cover_of
from carehub.fhir.resource import Resource, many, text
from carehub.terms.organisations import SourceKind

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


def covered(resource: Resource, cover: Cover, kind: SourceKind) -> Resource:
    """A resource of a restricted person as it may be shown; the same one where it tells nothing of where they live. kind: of its source.

    Of a Patient or RelatedPerson each address and way to reach somebody, and the GP and practice; of any, what its words tell (protected_words).
    """
    if resource.get("resourceType") in _PEOPLE:
        resource = _of_people(resource, kind)
    return cover.resource(resource)


def _of_people(resource: Resource, kind: SourceKind) -> Resource:
    told = _covered(resource)
    if contacts := many(resource, "contact"):
        told["contact"] = [_covered(one) if isinstance(one, dict) else one for one in contacts]
    if told.get("generalPractitioner"):
        told["generalPractitioner"] = [{"display": PRACTICE_PROTECTED}]
    if kind is SourceKind.GP:
        told.pop("managingOrganization", None)
    return told


def protect(views: Sequence[SourceView], *, closed: bool = False) -> list[SourceView]:
    """The views of one person, covered in every source where any source marks the person as restricted, even one that is hidden or not shared: an
    address that another source holds is the same address. closed: cover whatever they say."""
    marked = (record for view in views for record in view.records if record.resource.get("resourceType") == "Patient")
    if not closed and not any(is_closed(record.resource) for record in marked if not record.withdrawn):
        return list(views)
    told = [record.resource for view in views for record in view.records if record.resource.get("resourceType") in _PEOPLE]
    cover = cover_of(told)
    return [replace(view, records=tuple(_records(view, cover))) for view in views]


def _records(view: SourceView, cover: Cover) -> Iterable[SourceRecord]:
    for record in view.records:
        yield replace(record, resource=covered(record.resource, cover, view.source.kind))


def _covered(element: Resource) -> dict[str, Any]:
    told = dict(element)
    if told.get("address"):
        told["address"] = {"text": PROTECTED} if isinstance(told["address"], dict) else [{"text": PROTECTED}]
    if told.get("telecom"):
        told["telecom"] = [{"value": PROTECTED}]
    for beside in ("_address", "_telecom"):
        told.pop(beside, None)
    return told
