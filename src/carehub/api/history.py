"""/fhir/R4/{type}/{id}/_history and its versions: all that a source ever said in a record, worked out from the log, governed as a read is."""

from __future__ import annotations

from fastapi import APIRouter
from starlette.requests import Request
from starlette.responses import Response

from carehub.api.golden import golden_patient
from carehub.api.negotiation import base_of, fhir, json_only, versioned
from carehub.api.requester import Credentials
from carehub.api.search_page import outcome
from carehub.api.unified_reads import UnifiedReads
from carehub.fhir import bundles
from carehub.fhir.canonical import dumps
from carehub.fhir.search import parse_query
from carehub.fhir.search_table import PARAMS
from carehub.governance.requester import Requester
from carehub.hub.hub import Hub
from carehub.hub.record_versions import Version
from carehub.terms.errors import Missing, Refused, Rejected
from carehub.terms.issue_catalogue import issue
from carehub.terms.moments import instant, iso, sort_key

_VERSIONED = frozenset(PARAMS) - {"Provenance"} | {"Patient"}
_MOST = 500


def history_routes(hub: Hub, credentials: Credentials) -> APIRouter:
    """Who asks is known, and the look is decided on and written down, before anything is worked out."""
    router, door, unified = APIRouter(prefix="/fhir/R4", tags=["FHIR R4"]), hub.disclosing, UnifiedReads(hub)

    @router.get("/{type}/{id}/_history", response_class=Response)
    def history(request: Request, type: str, id: str) -> Response:
        """Every version of one source record, the newest first; a version that policy holds back is there as a response of 403. `_since`: only versions
        received then or later; `_count`: so many at once. Of a person as the hub sees them, and of their unified CarePlan
        and CareTeam, there is one: it is made when it is asked for."""
        requester = credentials.requester(request)
        json_only(request)
        asked = parse_query(request.query_params.multi_items(), {"_since", "_count", "_before", "_format"})
        since, before = asked.text("_since"), asked.text("_before")
        if since and instant(since) is None:
            raise Rejected(issue("API-005", at="_since"))
        if before and not before.isdecimal():
            raise Rejected(issue("API-005", at="_before"))
        here = f"{base_of(request)}/{type}/{id}"
        if type == "Patient" and (person := _person(requester, id, here)) is not None:
            return fhir(bundles.history([person], 1, f"{here}/_history"))
        if unified.about(type, id):
            credentials.whole(request, requester)
            return fhir(bundles.history([_made(requester, type, id, here)], 1, f"{here}/_history"))
        found = _versions(requester, type, id)
        kept = [one for one in found if not since or sort_key(one.at) >= sort_key(since)]
        left = [one for one in kept if not before or one.number < int(before)]
        shown = left[: asked.count(_MOST, _MOST)]
        link = f"{here}/_history" + (f"?_since={since.replace('+', '%2B')}" if since else "")
        more = f"{link}{'&' if since else '?'}_count={len(shown)}&_before={shown[-1].number}" if shown and len(left) > len(shown) else ""
        return fhir(bundles.history([_past(one, here, f"{type}/{id}") for one in shown], len(kept), link, more))

    @router.get("/{type}/{id}/_history/{version}", response_class=Response)
    def read_version(request: Request, type: str, id: str, version: str) -> Response:
        """One version of one source record: 404 where it never had it, 410 where its source withdrew the record by it."""
        requester = credentials.requester(request)
        json_only(request)
        found = next((one for one in _versions(requester, type, id) if str(one.number) == version), None)
        if found is None:
            raise Missing(issue("API-003"))
        if found.held_back:
            raise Refused(issue("API-002"))
        if found.shown is None:
            raise Missing(issue("API-018"))
        return versioned(request, found.shown.body, found.number)

    def _versions(requester: Requester, type_: str, id: str) -> tuple[Version, ...]:
        if type_ not in _VERSIONED:
            raise Missing(issue("API-003"))
        return door.versions(requester, type_, id).value

    def _person(requester: Requester, id: str, here: str) -> bundles.Past | None:
        try:
            record = door.person_record(requester, id, "Patient history").value
        except Missing:
            return None
        made = {"status": "200", "lastModified": iso(record.built_at)}
        return bundles.Past(here, dumps(golden_patient(record.plan)), "PUT", f"Patient/{record.plan.person}", made)

    def _made(requester: Requester, type_: str, id: str, here: str) -> bundles.Past:
        made, at = unified.one(requester, type_, id, f"unified {type_} history")
        return bundles.Past(here, dumps(made), "PUT", f"{type_}/{made['id']}", {"status": "200", "lastModified": at})

    return router


def _past(one: Version, here: str, url: str) -> bundles.Past:
    answer = {"etag": f'W/"{one.number}"', "lastModified": one.at}
    if one.held_back:
        refused = {"status": "403", **answer, "outcome": outcome([("API-013", "")])}
        return bundles.Past(here, b"", "GET", f"{url}/_history/{one.number}", refused)
    if one.shown is None:
        return bundles.Past(here, b"", "DELETE", url, {"status": "204", **answer})
    return bundles.Past(here, one.shown.body, "PUT", url, {"status": "201" if one.number == 1 else "200", **answer})
