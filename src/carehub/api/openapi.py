"""What GET /openapi.json says beyond the routes' signatures: search parameters, bodies, who may ask, and that every refusal is an OperationOutcome."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from carehub.api.asked import RESULT
from carehub.api.outcomes import FHIR_JSON
from carehub.fhir.search_table import PARAMS

_FHIR = "/fhir/R4"
# No bearer credential: what anybody may read, and where an app proves itself in the form that it sends.
_OPEN = ("/health/live", "/health/ready", f"{_FHIR}/metadata", f"{_FHIR}/.well-known/smart-configuration")
_PROOF = ("client_assertion_type", "client_assertion")
_FORMS = {
    "/oauth2/token": ("grant_type", "scope", "code", "redirect_uri", "code_verifier", *_PROOF),
    "/oauth2/introspect": ("token", *_PROOF),
    "/oauth2/revoke": ("token", *_PROOF),
}
_ANY_RESOURCE: dict[str, Any] = {
    "type": "object",
    "properties": {"resourceType": {"type": "string"}, "id": {"type": "string"}},
    "required": ["resourceType"],
}
_PATIENT = ("_id", "identifier", "family", "given", "birthdate", "address-postalcode", "_count", "_format")

# By the end of "method path"; the first that fits. Names of the query.
_QUERIES: tuple[tuple[str, tuple[str, ...]], ...] = (
    (f"get {_FHIR}/Patient", _PATIENT),
    ("get /fhir/R4/AuditEvent", ("patient", "date", "_count", "_cursor", "_format")),
    ("get /fhir/R4/DetectedIssue", ("patient", "status", "code", "_format")),
    ("get /fhir/R4/Group", ("_id", "identifier", "type", "actual", "member", "_format")),
    ("$everything", ("_type", "_since", "_count", "_cursor", "_format")),
    ("$export", ("_type", "_since", "_outputFormat")),
    ("$timeline", ("span", "show")),
    ("$care-plan", ("as-of",)),
    ("$changes", ("since", "until")),
    ("/_history", ("_since", "_count", "_before", "_format")),
    ("/looks", ("first", "last", "organisation", "purpose", "refused", "page")),
)
# The same, with the names of a JSON body's texts; a name that ends in "?" is a truth value, in "{}" an object, in "[]" a list of texts.
_BODIES: tuple[tuple[str, tuple[str, ...]], ...] = (
    ("$about-me", ("told{}", "supportedBy")),
    ("$emergency-access", ("kind", "reason")),
    ("post /operations/emergency-access/{id}", ("answer", "words")),
    ("$assign", ("owner", "organisation", "due", "text")),
    ("$explain", ("text",)),
    ("/trial", ("messages[]",)),
    ("/replay", ("messages[]", "feed", "reason", "limit")),
    ("post /identity/reviews/{id}", ("answer", "reason", "opened?")),
    ("/rulings", ("answer", "record", "other", "reason")),
    ("/taking-back", ("reason",)),
    ("/reports", ("person", "record", "why", "saw", "hide?")),
    ("/simulate", ("person", "agreements", "policy", "day")),
    ("/agreements", ("agreements", "reason")),
    ("/agreements/{id}", ("answer", "words")),
)
_HEADERS = {
    "$export": "Prefer",
    "$assign": "If-Match",
    "$explain": "If-Match",
    "$about-me": "If-Match",
    "put /fhir/R4/Task/{id}": "If-Match",
    "post /fhir/R4/Task": "If-None-Exist",
}


def described(document: dict[str, Any]) -> dict[str, Any]:
    """The document of the routes, completed in place and given back. document: as FastAPI makes it (OpenAPI 3.1)."""
    document.setdefault("components", {})["securitySchemes"] = {"bearer": {"type": "http", "scheme": "bearer"}}
    document["components"].pop("schemas", None)
    for path, verbs in document["paths"].items():
        for method, operation in verbs.items():
            _operation(f"{method} {path}", operation)
    return document


def _operation(route: str, operation: dict[str, Any]) -> None:
    responses = operation["responses"]
    responses.pop("422", None)
    responses["default"] = {"description": "Refused: an OperationOutcome with a catalogue number", "content": {FHIR_JSON: {}}}
    if route.partition(" ")[2] not in (*_OPEN, *_FORMS):
        operation["security"] = [{"bearer": []}]
    told = operation.setdefault("parameters", [])
    told += [{"name": name, "in": "query", "schema": {"type": "string"}} for name in _query(route)]
    if header := next((name for end, name in _HEADERS.items() if route.endswith(end)), ""):
        told.append({"name": header, "in": "header", "schema": {"type": "string"}})
    if body := _body(route):
        operation["requestBody"] = {"content": body, "required": True}


def _query(route: str) -> tuple[str, ...]:
    type_ = route.removeprefix(f"get {_FHIR}/")
    if type_ in PARAMS:
        return (*PARAMS[type_], *RESULT)
    return next((names for end, names in _QUERIES if route.endswith(end)), ())


def _body(route: str) -> dict[str, Any]:
    method, _, path = route.partition(" ")
    if method not in ("post", "put"):
        return {}
    if path.endswith("/submissions"):
        return {"application/octet-stream": {"schema": {"type": "string", "format": "binary"}}}
    if path.endswith("/_search"):
        type_ = path.removeprefix(f"{_FHIR}/").removesuffix("/_search")
        return _form((*PARAMS[type_], *RESULT) if type_ in PARAMS else _PATIENT)
    if path in _FORMS:
        return _form(_FORMS[path])
    names = next((names for end, names in _BODIES if route.endswith(end)), ())
    if names:
        properties = dict(map(_property, names))
        return {"application/json": {"schema": {"type": "object", "properties": properties, "additionalProperties": False}}}
    return {FHIR_JSON: {"schema": _ANY_RESOURCE}} if path.startswith(_FHIR) else {}


def _form(names: Iterable[str]) -> dict[str, Any]:
    return {"application/x-www-form-urlencoded": {"schema": {"type": "object", "properties": {name: {"type": "string"} for name in names}}}}


def _property(name: str) -> tuple[str, dict[str, Any]]:
    if name.endswith("?"):
        return name[:-1], {"type": "boolean"}
    if name.endswith("{}"):
        return name[:-2], {"type": "object", "additionalProperties": {"type": "string"}}
    if name.endswith("[]"):
        return name[:-2], {"type": "array", "items": {"type": "string"}}
    return name, {"type": "integer" if name == "limit" else "string"}
