"""What a search asks for beside its conditions: page, order, includes, parts; and what is done about a parameter that is not served."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from starlette.requests import Request

from carehub.fhir.models import summary_elements
from carehub.fhir.resource import Resource
from carehub.fhir.search import Query
from carehub.terms.errors import Rejected
from carehub.terms.issue_catalogue import issue

RESULT = ("_count", "_sort", "_include", "_revinclude", "_summary", "_elements", "_total", "_cursor", "_format")
"""The parameters of the answer; every other one is a condition."""

_PAGE, _MOST, _MOST_PARAMS, _MOST_VALUE = 50, 500, 40, 4000
_SUMMARIES = ("false", "true", "text", "data", "count")
_TOTALS = ("none", "estimate", "accurate")
# What any of the served types must have; a subset without it would be no resource.
_MANDATORY = frozenset(
    {
        *("resourceType", "id", "meta", "status", "intent", "code", "subject", "patient", "target", "recorded", "agent", "class", "scope"),
        *("category", "lifecycleStatus", "description", "vaccineCode", "medicationCodeableConcept", "medicationReference"),
        *("occurrenceDateTime", "content", "participant"),
    }
)
_SUBSETTED = {"system": "http://terminology.hl7.org/CodeSystem/v3-ObservationValue", "code": "SUBSETTED"}
Pairs = Sequence[tuple[str, str]]


@dataclass(frozen=True, slots=True)
class Asked:
    """conditions: in the order they came; several of one name must all hold. sort: as given. lenient: unknown parameters are left out, and told.
    given: all that was asked."""

    conditions: tuple[tuple[str, str], ...]
    count: int
    sort: str
    include: tuple[str, ...]
    revinclude: tuple[str, ...]
    summary: str
    elements: frozenset[str]
    total: bool
    cursor: str
    lenient: bool
    given: tuple[tuple[str, str], ...]

    @property
    def whole(self) -> bool:
        """Whether resources are asked for as they are."""
        return not self.elements and self.summary == "false"

    def answer(self) -> list[tuple[str, str]]:
        """The parameters of the answer as they were given, for links."""
        return [pair for pair in self.given if pair[0] in RESULT and pair[0] != "_cursor"]

    def part(self, resource: Resource) -> Resource:
        """The part of a resource that was asked for, tagged SUBSETTED as FHIR asks."""
        if self.elements:
            kept = {name: value for name, value in resource.items() if name in self.elements | _MANDATORY}
        elif self.summary == "true":
            named = summary_elements(resource["resourceType"]) | _MANDATORY
            kept = {name: value for name, value in resource.items() if name.removeprefix("_") in named}
        elif self.summary == "text":
            kept = {name: value for name, value in resource.items() if name in _MANDATORY | {"text"}}
        else:
            kept = {name: value for name, value in resource.items() if name != "text"}
        meta = kept.get("meta", {})
        return {**kept, "meta": {**meta, "tag": [*meta.get("tag", ()), _SUBSETTED]}}


def asked(request: Request, pairs: Pairs) -> Asked:
    """The search of a request. Strict unless Prefer says handling=lenient: leaving a condition out answers another question than was asked.

    Raises Rejected: API-005 for a value that cannot be read, API-004 for a result parameter's value that is not served.
    """
    if len(pairs) > _MOST_PARAMS or any(not value.strip() or len(value) > _MOST_VALUE for _, value in pairs):
        raise Rejected(issue("API-005"))
    said = {name: value.strip() for name, value in pairs if name in RESULT}
    summary, total = said.get("_summary", "false"), said.get("_total", "accurate")
    for name, value, known in (("_summary", summary, _SUMMARIES), ("_total", total, _TOTALS)):
        if value not in known:
            raise Rejected(issue("API-004", at=name))
    return Asked(
        tuple((name, value.strip()) for name, value in pairs if name not in RESULT),
        Query(tuple(said.items())).count(_PAGE, _MOST),
        said.get("_sort", ""),
        tuple(value for name, value in pairs if name == "_include"),
        tuple(value for name, value in pairs if name == "_revinclude"),
        summary,
        frozenset(filter(None, said.get("_elements", "").split(","))),
        total != "none",
        said.get("_cursor", ""),
        "handling=lenient" in request.headers.get("prefer", "").replace(" ", "").casefold(),
        tuple(pairs),
    )
