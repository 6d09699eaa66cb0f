"""The gate: what may come in. Bytes are read without loss, resources are checked; faults come out as catalogue issues, never as crashes."""

from __future__ import annotations

from carehub.fhir.reading import MAX_BYTES, MAX_DEPTH, read_json, read_resource
from carehub.fhir.resource import Resource
from carehub.terms.issue import Issue
from carehub.terms.issue_catalogue import issue

__all__ = ["MAX_BYTES", "MAX_DEPTH", "check", "read_json", "read_resource"]


def check(resource: Resource) -> tuple[Issue, ...]:
    """Faults of one resource against FHIR R4 4.0.1, as issues with a FHIRPath place and no values; () when there are none."""
    if not isinstance(resource, dict) or not isinstance(resource.get("resourceType"), str):
        return (issue("GATE-010"),)
    return ()
