"""Group/{id}/$export and what follows it, after FHIR Bulk Data Access 2.0 (https://hl7.org/fhir/uv/bulkdata/STU2/): asked for, looked at until it is
done, fetched file by file, deleted. It is for systems: a browser's session is not taken."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from email.utils import format_datetime
from typing import Any, BinaryIO
from urllib.parse import urlencode

from fastapi import APIRouter
from starlette.concurrency import run_in_threadpool
from starlette.requests import Request
from starlette.responses import JSONResponse, Response, StreamingResponse

from carehub.api.body import json_object
from carehub.api.negotiation import base_of, json_only
from carehub.api.outcomes import FHIR_JSON, outcome_response
from carehub.api.requester import Credentials
from carehub.fhir.canonical import dumps
from carehub.fhir.outcome import operation_outcome
from carehub.fhir.resource import Resource
from carehub.fhir.search_table import PARAMS
from carehub.governance.export import Export, ExportStanding
from carehub.governance.requester import Requester
from carehub.hub.exporting import Exporting
from carehub.hub.run_export import DELETED, ERRORS
from carehub.terms.errors import Rejected
from carehub.terms.issue_catalogue import issue
from carehub.terms.moments import instant, iso

NDJSON = "application/fhir+ndjson"
_FORMATS = frozenset({NDJSON, "application/ndjson", "ndjson"})
_KINDS = {"_outputFormat": "valueString", "_since": "valueInstant", "_type": "valueString"}
_NAMES = tuple(_KINDS)
_TYPES = frozenset({"Patient", *PARAMS})
# Only words are said back.
_NAME = re.compile(r"^_?[A-Za-z]{1,40}$")
_NOBODY = Requester("", "", "", "", "", "")
_LOOK_AGAIN, _PIECE, _MOST_PARAMS, _MOST_BYTES = "5", 65_536, 40, 20_000
_OF_FILE = {DELETED: "Bundle", ERRORS: "OperationOutcome"}


def export_routes(verbs: Exporting, credentials: Credentials) -> APIRouter:
    """Who asks is known before anything else."""
    router = APIRouter(prefix="/fhir/R4", tags=["FHIR R4"])

    def ask(request: Request, id: str) -> Response:
        """Ask for the records of everybody on a caseload, as files: 202, and in Content-Location the address at which to look how it stands.

        `Prefer: respond-async` is needed. _type: only these types; _since (an instant): only records that were received then or later; _outputFormat:
        newline-delimited JSON. Another parameter is refused, or with `Prefer: handling=lenient` left out and told.
        """
        return _asked(request, request, id)

    async def ask_by_post(request: Request, id: str) -> Response:
        """The same, the parameters in a Parameters resource: `_type` and `_outputFormat` as valueString, `_since` as valueInstant."""
        credentials.sender(request)
        told = await json_object(request, _MOST_BYTES, ("resourceType", "id", "meta", "parameter"))
        query = urlencode([*request.query_params.multi_items(), *_parameters(told)])
        as_by_get = Request({**request.scope, "method": "GET", "query_string": query.encode()})
        return await run_in_threadpool(_asked, as_by_get, request, id)

    def _asked(request: Request, kicked_off: Request, id: str) -> Response:
        """request: with every parameter in its query. kicked_off: as it came; its address is what the manifest tells."""
        requester = credentials.sender(request)
        json_only(request)
        asked = verbs.ask(requester, replace(_wanted(request, id), request=str(kicked_off.url)))
        told = [issue("API-015", at=name) for name in asked.left_out]
        body = dumps(operation_outcome(told))
        where = {"Content-Location": f"{base_of(request)}/$export/{asked.id}"}
        return Response(body, 202, media_type=FHIR_JSON, headers=where)

    def look(request: Request, job: str) -> Response:
        """How an export stands: 202 with X-Progress while it is made, 200 with its manifest, 500 where it could not be made."""
        one = verbs.standing(credentials.sender(request), job)
        if one.state == "failed":
            return outcome_response([issue("EXP-003")], 500)
        if one.state == "waiting":
            told = f"{one.progress.done} of {one.progress.of} people" if one.progress.begun else "not begun yet"
            return Response(status_code=202, headers={"X-Progress": told, "Retry-After": _LOOK_AGAIN})
        until = instant(one.until)
        headers = {"Expires": format_datetime(until, usegmt=True)} if until else {}
        return JSONResponse(_manifest(one, f"{base_of(request)}/$export/{job}"), headers=headers)

    def cancel(request: Request, job: str) -> Response:
        """It is made no further, and its files are gone."""
        verbs.cancel(credentials.sender(request), job)
        return Response(status_code=202)

    def fetch(request: Request, job: str, file: str) -> Response:
        """One file of an export that is done, as newline-delimited JSON."""
        found = verbs.fetch(credentials.sender(request), job, file).value
        return StreamingResponse(_pieces(found.file), media_type=NDJSON, headers={"Content-Length": str(found.size)})

    options: dict[str, Any] = {"response_class": Response}
    router.add_api_route("/Group/{id}/$export", ask, methods=["GET"], status_code=202, **options)
    router.add_api_route("/Group/{id}/$export", ask_by_post, methods=["POST"], status_code=202, **options)
    router.add_api_route("/$export/{job}", look, methods=["GET"], **options)
    router.add_api_route("/$export/{job}", cancel, methods=["DELETE"], status_code=202, **options)
    router.add_api_route("/$export/{job}/{file}", fetch, methods=["GET"], **options)
    return router


def _wanted(request: Request, group: str) -> Export:
    """What is asked for. Raises Rejected: EXP-002 without the preference, API-004, API-005 for a parameter, which say no value."""
    preferred = {part.strip().casefold() for line in request.headers.getlist("prefer") for part in line.replace(";", ",").split(",")}
    if "respond-async" not in preferred:
        raise Rejected(issue("EXP-002", at="Prefer"))
    lenient = "handling=lenient" in {part.replace(" ", "") for part in preferred}
    pairs = request.query_params.multi_items()
    if len(pairs) > _MOST_PARAMS:
        raise Rejected(issue("API-005"))
    unknown = tuple(sorted({name for name, _ in pairs} - {*_NAMES, "_format"}))
    if unknown and not lenient:
        raise Rejected(issue("API-004", at=unknown[0] if _NAME.match(unknown[0]) else ""))
    types, since, formats = ([value for name, value in pairs if name == one] for one in ("_type", "_since", "_outputFormat"))
    if len(since) > 1 or len(formats) > 1:
        raise Rejected(issue("API-005", at="_since" if len(since) > 1 else "_outputFormat"))
    if formats and formats[0].replace(" ", "+") not in _FORMATS:
        raise Rejected(issue("API-004", at="_outputFormat"))
    return Export(
        id="",
        by=_NOBODY,
        group=group,
        types=_types(types, lenient=lenient),
        since=_since(since[0]) if since else "",
        request=str(request.url),
        at="",
        left_out=tuple(name for name in unknown if _NAME.match(name)),
    )


def _parameters(told: Mapping[str, Any]) -> list[tuple[str, str]]:
    """Name and value of each parameter as a query would hold them; of one that is not served only its name. Raises Rejected (API-005) for what is no
    Parameters, or a value of another kind."""
    given = told.get("parameter", [])
    if told.get("resourceType") != "Parameters" or not isinstance(given, list) or len(given) > _MOST_PARAMS:
        raise Rejected(issue("API-005"))
    pairs = []
    for one in given:
        name = one.get("name") if isinstance(one, dict) else None
        if not isinstance(name, str):
            raise Rejected(issue("API-005", at="parameter"))
        value = one.get(_KINDS[name]) if name in _KINDS else ""
        if not isinstance(value, str) or (name in _KINDS and one.keys() != {"name", _KINDS[name]}):
            raise Rejected(issue("API-005", at=name))
        pairs.append((name, value))
    return pairs


def _types(told: Sequence[str], *, lenient: bool) -> tuple[str, ...]:
    asked = {part.strip() for value in told for part in value.split(",")}
    known = asked & _TYPES
    if (asked - known and not lenient) or (told and not known):
        raise Rejected(issue("API-004", at="_type"))
    return tuple(sorted(known))


def _since(told: str) -> str:
    found = instant(told.strip().replace(" ", "+"))  # a plus sign that was not encoded is read as a space
    if found is None:
        raise Rejected(issue("API-005", at="_since"))
    return iso(found)


def _manifest(one: ExportStanding, here: str) -> Resource:
    asked, progress = one.export, one.progress
    entries = {
        name: {"type": _OF_FILE.get(name, name.removesuffix(".ndjson")), "url": f"{here}/{name}", "count": size.lines}
        for name, size in sorted(progress.files.items())
    }
    return {
        "transactionTime": progress.begun,
        "request": asked.request,
        "requiresAccessToken": True,
        "output": [entry for name, entry in entries.items() if name not in _OF_FILE],
        "deleted": [entries[DELETED]] if DELETED in entries else [],
        "error": [entries[ERRORS]] if ERRORS in entries else [],
    }


def _pieces(file: BinaryIO) -> Iterator[bytes]:
    with file:
        while piece := file.read(_PIECE):
            yield piece
