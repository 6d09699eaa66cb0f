"""/fhir/R4/Patient/{id}/$timeline: what the timeline page shows, as FHIR Parameters. Same person, same reader, same address: same events."""

from __future__ import annotations

from collections.abc import Iterator

from fastapi import APIRouter
from starlette.requests import Request
from starlette.responses import Response

from carehub.api.outcomes import FHIR_JSON
from carehub.api.requester import Credentials
from carehub.careplan.timeline import Happening, Lane, Shown, Timeline, asked_for, shown, timeline, window
from carehub.fhir.canonical import dumps
from carehub.fhir.resource import Resource
from carehub.hub.hub import Hub


def timeline_routes(hub: Hub, credentials: Credentials) -> APIRouter:
    """The one operation. span: 3m, 12m, 5y or all; show: contact, stay, medicine or plan, once for each; without them 12m and every kind."""
    router = APIRouter(prefix="/fhir/R4", tags=["FHIR R4"])

    def person_timeline(request: Request, id: str) -> Response:
        """Every dated thing about a person by source, with where a source could not have told."""
        record = hub.disclosing.person_record(credentials.requester(request), id, "$timeline").value
        whole = timeline(record.plan, record.source_states, record.section_states, record.built_at)
        span, kinds = asked_for(request.query_params.get("span", ""), request.query_params.getlist("show"))
        parts = list(_parts(whole, shown(whole, *window(whole, span), kinds), kinds))
        return Response(dumps({"resourceType": "Parameters", "parameter": parts}), media_type=FHIR_JSON)

    router.add_api_route(
        "/Patient/{id}/$timeline",
        person_timeline,
        methods=["GET"],
        response_class=Response,
        responses={200: {"content": {FHIR_JSON: {}}}},
    )
    return router


def _parts(whole: Timeline, part: Shown, kinds: frozenset[str]) -> Iterator[Resource]:
    yield {"name": "first", "valueDate": part.first.isoformat()}
    yield {"name": "last", "valueDate": part.last.isoformat()}
    yield {"name": "earlier", "valueInteger": part.earlier}
    yield {"name": "later", "valueInteger": part.later}
    for words, count in part.hidden:
        yield {"name": "hidden", "part": [{"name": "kind", "valueString": words}, {"name": "count", "valueInteger": count}]}
    for title, count in whole.left_off:
        yield {"name": "not-on-timeline", "part": [{"name": "section", "valueString": title}, {"name": "count", "valueInteger": count}]}
    yield from ({"name": "lane", "part": list(_lane(lane))} for lane in whole.lanes)
    yield from ({"name": "event", "part": list(_event(event))} for event in part.events)
    yield from ({"name": "undated", "part": list(_event(event))} for event in whole.undated if event.kind in kinds)


def _lane(lane: Lane) -> Iterator[Resource]:
    told = (("key", lane.key), ("title", lane.title), ("badge", lane.badge), ("state", lane.code), ("nothing-told", lane.dark))
    yield from ({"name": name, "valueString": words} for name, words in told if words)
    if lane.silent_from:
        yield {"name": "nothing-received-since", "valueInstant": lane.silent_from}
    yield from ({"name": "limit", "valueString": sentence} for sentence in lane.why)


def _event(event: Happening) -> Iterator[Resource]:
    told = (
        ("kind", event.kind),
        ("lane", event.lane),
        ("section", event.section),
        ("entry", event.entry),
        ("title", event.title),
        ("status", event.status),
    )
    yield from ({"name": name, "valueString": words} for name, words in told)
    for name, when in (("begins", event.begins), ("ends", event.ends), ("known-until", event.known_until), ("died", event.died)):
        if when:
            yield {"name": name, "valueDateTime": when}
    for name, true in (("goes-on", event.goes_on), ("planned", event.planned), ("outcome-not-told", event.untold)):
        if true:
            yield {"name": name, "valueBoolean": True}
    yield from ({"name": "source", "valueString": source.title} for source in event.sources)
