"""A resource as an adapter made it, held against R4 and UK Core: the last check before it is stored."""

from __future__ import annotations

from collections.abc import Collection

from carehub.fhir.gate import check
from carehub.fhir.references import rewrite
from carehub.fhir.resource import Resource
from carehub.fhir.ukcore import must_haves
from carehub.terms.issue import Issue


def faults(resource: Resource) -> tuple[Issue, ...]:
    """Why this resource may not be stored; empty when it may. Shape first: UK Core is asked only of a valid R4 resource."""
    found = check(resource)
    return found if found else must_haves(resource)


def without_references_to(resource: Resource, lost: Collection[str]) -> Resource:
    """The resource with references to quarantined records turned into words, so that no reference that cannot be followed is ever served."""

    def replacement(reference: str) -> Resource | None:
        return {"display": f"{reference.partition('/')[0]} received, not readable"} if reference in lost else None

    return rewrite(resource, replacement)
