"""/fhir/R4/Subscription: who asked to be told what, after the Subscriptions R5 Backport for R4 (1.1.0). Those of one requester are nobody else's to see."""

from __future__ import annotations

from typing import Any
from urllib.parse import parse_qsl

from fastapi import APIRouter
from starlette.concurrency import run_in_threadpool
from starlette.requests import Request
from starlette.responses import Response

from carehub.api.body import capped_body
from carehub.api.capability import Served
from carehub.api.outcomes import FHIR_JSON
from carehub.api.requester import Credentials
from carehub.fhir import bundles
from carehub.fhir.canonical import dumps
from carehub.fhir.gate import read_json
from carehub.fhir.notification import status
from carehub.fhir.resource import Resource
from carehub.governance.requester import Requester
from carehub.governance.subscription import ADDRESS, TOPICS, Standing, Subscription
from carehub.hub.subscribing import Subscribing
from carehub.terms.errors import Rejected
from carehub.terms.issue_catalogue import issue
from carehub.terms.moments import instant, iso

_LIMIT = 20_000
_BACKPORT = "http://hl7.org/fhir/uv/subscriptions-backport/StructureDefinition/"
_FILTER, _PAYLOAD = f"{_BACKPORT}backport-filter-criteria", f"{_BACKPORT}backport-payload-content"
_NOBODY = Requester("", "", "", "", "", "")

SERVED = Served(
    "Subscription",
    ("create", "read", "delete", "search-type"),
    operations=("status",),
    note="A rest-hook that is called when somebody is admitted, is discharged or dies, when sources begin to disagree, or when a feed is late. One's own only.",
)


def subscription_routes(verbs: Subscribing, credentials: Credentials) -> APIRouter:
    """All of them need a credential: a subscriber is a system, not a browser."""
    router = APIRouter(prefix="/fhir/R4", tags=["FHIR R4"])

    async def create(request: Request) -> Response:
        """A subscription: 201, as it stands, with its address. 422 for an address the site does not allow or a topic that is not served."""
        requester = credentials.sender(request)
        wanted = _read(read_json(await capped_body(request, _LIMIT)))
        standing = await run_in_threadpool(verbs.ask, requester, wanted)
        where = f"{_base(request)}/{standing.subscription.id}"
        return Response(dumps(_resource(standing)), status_code=201, media_type=FHIR_JSON, headers={"Location": where})

    def search(request: Request) -> Response:
        """Every subscription of the requester, those that are off too."""
        base = _base(request)
        held = verbs.of(credentials.sender(request))
        entries = [bundles.Entry(f"{base}/{one.subscription.id}", dumps(_resource(one)), "match") for one in held]
        return Response(bundles.searchset(entries, len(entries), base), media_type=FHIR_JSON)

    def read(request: Request, id: str) -> Response:
        """One subscription as it stands."""
        return Response(dumps(_resource(verbs.one(credentials.sender(request), id))), media_type=FHIR_JSON)

    def state(request: Request, id: str) -> Response:
        """$status: how many notifications were taken so far."""
        one = verbs.one(credentials.sender(request), id)
        asked = one.subscription
        said = status(asked.id, ADDRESS + asked.topic, one.state, "query-status", one.sent)
        body = bundles.searchset([bundles.Entry(f"{_base(request)}/{id}/$status", dumps(said), "match")], 1, str(request.url))
        return Response(body, media_type=FHIR_JSON)

    def end(request: Request, id: str) -> Response:
        """It is off: nothing more is told."""
        verbs.end(credentials.sender(request), id)
        return Response(status_code=204)

    options: dict[str, Any] = {"response_class": Response, "responses": {200: {"content": {FHIR_JSON: {}}}}}
    router.add_api_route("/Subscription", create, methods=["POST"], **options)
    router.add_api_route("/Subscription", search, methods=["GET"], **options)
    router.add_api_route("/Subscription/{id}", read, methods=["GET"], **options)
    router.add_api_route("/Subscription/{id}/$status", state, methods=["GET"], **options)
    router.add_api_route("/Subscription/{id}", end, methods=["DELETE"], status_code=204, response_class=Response)
    return router


def _base(request: Request) -> str:
    return f"{str(request.base_url).rstrip('/')}/fhir/R4/Subscription"


def _read(told: object) -> Subscription:
    """What is asked for. Raises Rejected (SUB-002), which says no value."""
    if not isinstance(told, dict) or told.get("resourceType") != "Subscription":
        raise Rejected(issue("SUB-002"))
    channel = told.get("channel")
    topic = _text(told, "criteria").removeprefix(ADDRESS)
    about = dict(parse_qsl(_extension(told.get("_criteria"), _FILTER).partition("?")[2]))
    if (
        not isinstance(channel, dict)
        or channel.get("type") != "rest-hook"
        or topic not in TOPICS
        or not about.keys() <= {"patient", "caseload"}
    ):
        raise Rejected(issue("SUB-002", at="Subscription"))
    if _text(channel, "payload") not in ("", "application/fhir+json") or "header" in channel:
        raise Rejected(issue("SUB-002", at="Subscription.channel"))
    payload = _extension(channel.get("_payload"), _PAYLOAD) or "empty"
    if payload not in ("empty", "id-only"):
        raise Rejected(issue("SUB-002", at="Subscription.channel.payload"))
    ends = instant(_text(told, "end")) if told.get("end") else None
    if told.get("end") and ends is None:
        raise Rejected(issue("SUB-002", at="Subscription.end"))
    return Subscription(
        id="",
        by=_NOBODY,
        topic=topic,
        person=about.get("patient", "").removeprefix("Patient/"),
        caseload=about.get("caseload", ""),
        endpoint=_text(channel, "endpoint"),
        payload=payload,  # type: ignore[arg-type]
        at="",
        end=iso(ends) if ends else "",
        why=_text(told, "reason"),
    )


def _text(told: Resource, name: str) -> str:
    value = told.get(name, "")
    if not isinstance(value, str):
        raise Rejected(issue("SUB-002", at=f"Subscription.{name}"))
    return value


def _extension(told: object, url: str) -> str:
    """The value of the one extension of this kind, or ""."""
    held = told.get("extension") if isinstance(told, dict) else None
    found = [one for one in held if isinstance(one, dict) and one.get("url") == url] if isinstance(held, list) else []
    value = next((value for name, value in found[0].items() if name.startswith("value")), "") if len(found) == 1 else ""
    return value if isinstance(value, str) else ""


def _resource(one: Standing) -> Resource:
    asked = one.subscription
    about = f"Patient?patient=Patient/{asked.person}" if asked.person else f"Patient?caseload={asked.caseload}" if asked.caseload else ""
    return {
        "resourceType": "Subscription",
        "id": asked.id,
        "status": one.state,
        **({"end": asked.end} if asked.end else {}),
        "reason": asked.why or TOPICS[asked.topic],
        "criteria": ADDRESS + asked.topic,
        **({"_criteria": {"extension": [{"url": _FILTER, "valueString": about}]}} if about else {}),
        **({"error": f"No answer for {one.failed} tries; {one.waiting} waiting."} if one.failed else {}),
        "channel": {
            "type": "rest-hook",
            "endpoint": asked.endpoint,
            "payload": "application/fhir+json",
            "_payload": {"extension": [{"url": _PAYLOAD, "valueCode": asked.payload}]},
        },
    }
