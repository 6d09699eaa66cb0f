"""What every FHIR answer of this door has in common: its base address, JSON only, its ETag, the version that a change goes by."""

from __future__ import annotations

import re

from starlette.requests import Request
from starlette.responses import Response

from carehub.api.outcomes import FHIR_JSON
from carehub.hub.reading import StoredBody
from carehub.terms.errors import Rejected
from carehub.terms.issue_catalogue import issue

_TAG = re.compile(r'^(?:W/)?"([1-9][0-9]{0,8})"$')


def base_of(request: Request) -> str:
    """The FHIR base address as the client wrote it."""
    return f"{str(request.base_url).rstrip('/')}/fhir/R4"


def json_only(request: Request, asked_format: str = "") -> None:
    """Only JSON is served; a request that accepts nothing of the kind gets 406 rather than something it cannot read.

    asked_format: _format of a form, where there is one. Raises Rejected(API-007).
    """
    asked = asked_format or request.query_params.get("_format", "") or request.headers.get("accept", "*/*")
    if not any(kind in asked.casefold() for kind in ("json", "*/*", "application/*")):
        raise Rejected(issue("API-007"))


def fhir(body: bytes, headers: dict[str, str] | None = None) -> Response:
    """A FHIR answer."""
    return Response(body, media_type=FHIR_JSON, headers=headers)


def versioned(request: Request, body: bytes, version: int) -> Response:
    """A resource with its version as a weak ETag; 304 without a body when If-None-Match names that version."""
    tag = f'W/"{version}"'
    known = {one.strip() for one in request.headers.get("if-none-match", "").split(",")}
    return Response(status_code=304, headers={"ETag": tag}) if known & {tag, "*"} else fhir(body, {"ETag": tag})


def written(request: Request, record: StoredBody, status: int) -> Response:
    """The answer to who entered or changed a record here: the record as it stands, its ETag, and where this version is."""
    headers = {"ETag": f'W/"{record.version}"', "Location": f"{base_of(request)}/{record.type}/{record.id}/_history/{record.version}"}
    return Response(record.body, status_code=status, media_type=FHIR_JSON, headers=headers)


def seen_version(request: Request) -> int:
    """The version that If-Match names. Raises Rejected: ACT-004 without one, API-005 for a tag that was never given out."""
    tag = request.headers.get("if-match", "").strip()
    if not tag:
        raise Rejected(issue("ACT-004"))
    found = _TAG.match(tag)
    if found is None:
        raise Rejected(issue("API-005", at="If-Match"))
    return int(found[1])
