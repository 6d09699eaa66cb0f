"""/fhir/R4: metadata, Patient search and read, $unified-care-plan, $validate, and each source record by type and id."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any
from urllib.parse import parse_qsl, urlencode

from fastapi import APIRouter
from starlette.concurrency import run_in_threadpool
from starlette.requests import Request
from starlette.responses import Response

from carehub import __version__
from carehub.api.audit_events import SERVED as AUDIT_EVENTS
from carehub.api.body import capped_body
from carehub.api.capability import Served, capability_statement
from carehub.api.disagreements import SERVED as DISAGREEMENTS
from carehub.api.document import Part, plan_document
from carehub.api.golden import golden_patient
from carehub.api.groups import SERVED as GROUPS
from carehub.api.negotiation import base_of, fhir, json_only, versioned
from carehub.api.outcomes import FHIR_JSON
from carehub.api.requester import Credentials
from carehub.api.search import SERVED as RECORDS
from carehub.api.subscriptions import SERVED as SUBSCRIPTIONS
from carehub.api.unified_reads import UnifiedReads
from carehub.careplan.plan import UnifiedCarePlan
from carehub.fhir import bundles
from carehub.fhir.canonical import dumps
from carehub.fhir.gate import check, read_json
from carehub.fhir.outcome import operation_outcome
from carehub.fhir.resource import many, text
from carehub.fhir.search import Query, parse_query
from carehub.fhir.search_table import PARAMS
from carehub.governance.decision import has_a_place
from carehub.governance.requester import Requester
from carehub.hub.hub import Hub
from carehub.hub.reading import PersonQuery
from carehub.terms.errors import Missing, Refused, Rejected
from carehub.terms.issue_catalogue import issue
from carehub.terms.moments import iso
from carehub.terms.nhs_number import SYSTEM as NHS_NUMBER
from carehub.terms.refs import derived_id

_FORM_LIMIT, _VALIDATED = 20_000, 1_000_000
_PARAMS = (("identifier", "token"), ("family", "string"), ("given", "string"), ("birthdate", "date"), ("address-postalcode", "string"))
_NAMES = frozenset({name for name, _ in _PARAMS} | {"_id", "_count", "_format"})
_SOURCE_TYPES = frozenset(PARAMS) - {"Provenance"}

SERVED = (
    Served(
        "Patient",
        ("read", "vread", "history-instance", "search-type"),
        (*_PARAMS, ("_id", "token")),
        ("everything", "match", "summary", "unified-care-plan", "care-plan-note", "timeline", "validate"),
        note="A search gives one Patient a person (tagged golden-record); its links lead to each source's own Patient.",
    ),
    *RECORDS,
    AUDIT_EVENTS,
    DISAGREEMENTS,
    GROUPS,
    SUBSCRIPTIONS,
)


def fhir_routes(hub: Hub, credentials: Credentials, addresses: Mapping[str, str] | None = None) -> APIRouter:
    """The read API of this step. Every route but metadata asks who is asking before anything else. addresses: where apps get access."""
    router = APIRouter(prefix="/fhir/R4", tags=["FHIR R4"])
    door, unified = hub.disclosing, UnifiedReads(hub)

    def metadata(request: Request) -> Response:
        """What this server can do."""
        json_only(request)
        statement = capability_statement(SERVED, base=base_of(request), version=__version__, date="2026-11-25", addresses=addresses)
        return fhir(dumps(statement))

    def search(request: Request) -> Response:
        """Persons by NHS number, or by family name, given name, date of birth and postcode."""
        return _found(request, credentials.requester(request), list(request.query_params.multi_items()))

    async def search_by_post(request: Request) -> Response:
        """The same by form, so that NHS numbers stay out of addresses and logs."""
        requester = credentials.requester(request)
        body = await capped_body(request, _FORM_LIMIT)
        pairs = [*request.query_params.multi_items(), *parse_qsl(body.decode("utf-8", "replace"), keep_blank_values=True)]
        return await run_in_threadpool(_found, request, requester, pairs)

    def _found(request: Request, requester: Requester, pairs: list[tuple[str, str]]) -> Response:
        json_only(request)
        query = parse_query(pairs, _NAMES)
        plans = _search(requester, query)
        shown = plans[: query.count(50, 50)]
        entries = [bundles.Entry(f"{base_of(request)}/Patient/{plan.person}", dumps(golden_patient(plan)), "match") for plan in shown]
        public = [(name, value) for name, value in query.values if name != "identifier"]
        return fhir(bundles.searchset(entries, len(plans), f"{base_of(request)}/Patient?{urlencode(public)}"))

    def _search(requester: Requester, query: Query) -> tuple[UnifiedCarePlan, ...]:
        if "_id" in query:
            try:
                return (door.person_record(requester, query.text("_id"), "Patient search").value.plan,)
            except Missing:
                return ()
        number = ""
        for token in query.tokens("identifier"):
            if token.system != NHS_NUMBER:
                raise Rejected(issue("API-004", at="identifier"))
            number = token.code
        asked = PersonQuery(number, query.text("family"), query.text("given"), query.date("birthdate"), query.text("address-postalcode"))
        return door.match_people(requester, asked).value

    def read(request: Request, id: str) -> Response:
        """A person (the golden Patient), or one source's Patient by its own id."""
        requester = credentials.requester(request)
        json_only(request)
        try:
            plan = door.person_record(requester, id, "Patient read").value.plan
        except Missing:
            return _stored(request, requester, "Patient", id)
        return fhir(dumps(golden_patient(plan)))

    def read_source_record(request: Request, type: str, id: str) -> Response:
        """One source record, exactly as stored; by the id of a person, their unified CarePlan or CareTeam."""
        requester = credentials.requester(request)
        json_only(request)
        if type not in _SOURCE_TYPES:
            raise Missing(issue("API-003"))
        if unified.about(type, id):
            credentials.whole(request, requester)
            return fhir(dumps(unified.one(requester, type, id, f"unified {type} read")[0]))
        return _stored(request, requester, type, id)

    def _stored(request: Request, requester: Requester, type_: str, id: str) -> Response:
        body = door.resource(requester, type_, id).value
        return versioned(request, body.body, body.version)

    async def validate(request: Request, type: str) -> Response:
        """Whether a resource has the shape of FHIR R4 and the codes that R4 requires, as an OperationOutcome. Nothing of it is kept."""
        if not has_a_place(credentials.requester(request), door.policy):
            raise Refused(issue("API-002"))
        json_only(request)
        given = read_json(await capped_body(request, _VALIDATED))
        if isinstance(given, dict) and given.get("resourceType") == "Parameters" and type != "Parameters":
            given = next((one.get("resource") for one in many(given, "parameter") if text(one, "name") == "resource"), None)
        if not isinstance(given, dict) or given.get("resourceType") != type:
            raise Rejected(issue("API-005"))
        return fhir(dumps(operation_outcome(await run_in_threadpool(check, given))))

    def unified_care_plan(request: Request, id: str) -> Response:
        """The unified care plan as a document: sections with their sources, disagreements, and what is missing and why."""
        requester = credentials.requester(request)
        json_only(request)
        record = door.person_record(requester, id, "$unified-care-plan")
        _, bodies = door.everything(requester, id).value
        person = record.value.plan.person
        built = iso(record.value.built_at)
        return fhir(
            bundles.document(
                _entries(request, plan_document(record, bodies), None),
                id=derived_id("document", person, built),
                system="urn:carehub:document",
                value=derived_id("document", person, built),
                timestamp=built,
            )
        )

    options: dict[str, Any] = {"response_class": Response, "responses": {200: {"content": {FHIR_JSON: {}}}}}
    router.add_api_route("/metadata", metadata, methods=["GET"], **options)
    router.add_api_route("/Patient", search, methods=["GET"], **options)
    router.add_api_route("/Patient/_search", search_by_post, methods=["POST"], **options)
    router.add_api_route("/Patient/{id}", read, methods=["GET"], **options)
    router.add_api_route("/Patient/{id}/$unified-care-plan", unified_care_plan, methods=["GET"], **options)
    router.add_api_route("/{type}/$validate", validate, methods=["POST"], **options)
    router.add_api_route("/{type}/{id}", read_source_record, methods=["GET"], **options)
    return router


def _entries(request: Request, parts: Iterable[Part], mode: bundles.SearchMode | None) -> Iterable[bundles.Entry]:
    base = base_of(request)
    return (bundles.Entry(f"{base}/{reference}", body, mode) for reference, body in parts)
