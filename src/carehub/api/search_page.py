"""One page of a search as a searchset: matches in a stable order, what they include, and what a reader must know beside them."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from urllib.parse import urlencode

from starlette.requests import Request

from carehub.api.asked import Asked
from carehub.api.cursor import opened, sealed
from carehub.api.negotiation import base_of
from carehub.careplan.plan import UnifiedCarePlan
from carehub.careplan.reading.alerts import ALSO_TYPES, TYPES
from carehub.careplan.sections import ALERTING
from carehub.fhir import bundles
from carehub.fhir.canonical import dumps, loads
from carehub.fhir.outcome import operation_outcome
from carehub.fhir.provenance import provenance
from carehub.fhir.resource import Resource
from carehub.fhir.search_record import included, reference, reverse_included, sort_of
from carehub.governance.compartment import SECTIONS_OF_TYPE
from carehub.governance.redaction import Mask
from carehub.hub.reading import StoredBody
from carehub.terms.issue_catalogue import issue

Told = list[tuple[str, str]]
"""(catalogue number, further words), one for each thing that a reader must know."""


@dataclass(frozen=True, slots=True)
class Held:
    """A released record. resources: by "Type/id", in order; bodies: their exact JSON; person: whose, "" for what is about nobody."""

    resources: dict[str, Resource]
    bodies: dict[str, bytes]
    person: str

    @classmethod
    def of(cls, stored: Iterable[StoredBody], person: str = "", *, told_by: bool = True, made: Iterable[Resource] = ()) -> Held:
        """Stored records; told_by: with a Provenance for each. made: what the hub made of them besides."""
        bodies = {f"{one.type}/{one.id}": one for one in stored}
        told = [provenance(one.attribution) for one in bodies.values()] if told_by else []
        resources = {at: loads(one.body) for at, one in bodies.items()} | {reference(one): one for one in (*told, *made)}
        return cls(resources, {at: one.body for at, one in bodies.items()}, person)


def search_page(
    request: Request, type_: str, wanted: Asked, matches: list[Resource], held: Held, told: Told, seal: tuple[bytes, str]
) -> bytes:
    """The searchset as JSON. seal: the key of cursors, and who reads. Raises Rejected: API-004, API-005 for includes, order or cursor."""
    sort = sort_of(type_, wanted.sort)
    key, search = seal[0], [(type_, seal[1]), *wanted.conditions, ("_sort", wanted.sort)]
    after = opened(key, search, wanted.cursor) if wanted.cursor else None
    left = [pair for pair in sort.ordered(matches) if after is None or sort.compare(pair[0], after) > 0]
    # A link is written down by whoever follows it: a search by a person's number is answered whole, and its links leave the number out.
    spoken = [pair for pair in wanted.conditions if "identifier" not in pair[0]]
    unpaged = len(spoken) < len(wanted.conditions)
    shown = [] if wanted.summary == "count" else left if unpaged else left[: wanted.count]
    page = [resource for _, resource in shown]
    further = {reference(one): one for one in included(wanted.include, page, held.resources)}
    further |= {reference(one): one for one in reverse_included(wanted.revinclude, [*page, *further.values()], held.resources)}
    ours = {reference(one) for one in page}
    base = base_of(request)

    def entry(one: Resource, mode: bundles.SearchMode) -> bundles.Entry:
        at = reference(one)
        body = (held.bodies.get(at) or dumps(one)) if wanted.whole else dumps(wanted.part(one))
        return bundles.Entry(f"{base}/{at}", body, mode)

    entries = [entry(one, "match") for one in page]
    entries += [entry(one, "include") for at, one in further.items() if at not in ours]
    if told:
        entries.append(bundles.Entry("urn:carehub:outcome", dumps(outcome(told)), "outcome"))
    here = f"{base}/{type_}?{urlencode([*spoken, *wanted.answer()])}"
    more = f"{here}&_cursor={sealed(key, search, shown[-1][0])}" if shown and len(left) > len(shown) else ""
    return bundles.searchset(entries, len(matches) if wanted.total else None, here, more)


def beside(type_: str, plan: UnifiedCarePlan, masks: Iterable[Mask]) -> Told:
    """What policy withholds of records of a type ("" for all types), and what of the record is missing or may be.

    A type that is in no section may be in any: every section held back is told. So may one whose words can place it among the alerts.
    """
    sections = SECTIONS_OF_TYPE.get(type_)
    if sections is not None and type_ in (*TYPES, *ALSO_TYPES):
        sections = sections.union(ALERTING)
    told = [("API-013", mask.sentence) for mask in masks if sections is None or mask.section in sections]
    return told + [("API-014", gap.sentence) for gap in plan.gaps]


def outcome(told: Told) -> Resource:
    """What a reader must know as an OperationOutcome: catalogue number and fixed words, and the sentence that says which."""
    said = operation_outcome([issue(number) for number, _ in told])
    for one, (_, words) in zip(said["issue"], told, strict=True):
        if words:
            one["diagnostics"] = words
    return said
