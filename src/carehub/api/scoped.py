"""What an access token covers of what is asked, by method and path. A path that is not in this table is covered by no token."""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import replace
from typing import NamedTuple

from starlette.requests import Request

from carehub.governance.requester import Requester
from carehub.tokens.granting import Grant
from carehub.tokens.scopes import parse, reach

_BASE = "/fhir/R4/"
_ON_TYPE = {"GET": "s", "POST": "c"}
_ON_ONE = {"GET": "r", "PUT": "u", "DELETE": "d"}
# What an operation on a person gives is made from every type.
_WHOLE = re.compile(r"^\$[a-z-]+$")
# Who is told of what happens, and a list of people, are never one person's own.
_NOT_IN_CONTEXT = frozenset({"Subscription", "Group"})


class Needed(NamedTuple):
    """type: the resource type that a request is about, "*" for all, "" for none. letters: those of "cruds" it needs; none where no scope speaks of it."""

    type: str
    letters: str


def narrowed(grant: Grant, request: Request) -> Requester | None:
    """The requester of a token, held to the person in context where its scopes are; None for what they do not cover."""
    if (exported := _exported(request)) is not None:
        return grant.requester if exported and all(_reads(grant, type_) for type_ in exported) else None
    type_, letters = needed(request)
    context = reach(grant.scopes, type_, letters) if letters else None
    if context is None or (context == "patient" and (not grant.patient or type_ in _NOT_IN_CONTEXT)):
        return None
    return replace(grant.requester, patient=grant.patient) if context == "patient" else grant.requester


def covers_beside(grant: Grant, names: Iterable[str]) -> bool:
    """Whether a token covers a search by these parameters: one that brings in, or is decided by, records of other types than its own needs every type."""
    brings = any(name.startswith(("_include", "_revinclude", "_has")) or "." in name for name in names)
    return not brings or reach(grant.scopes, "*", "rs") is not None


def needed(request: Request) -> Needed:
    """What a request needs a token to cover."""
    return Needed(*_needed(request.method, request.url.path))


def _needed(method: str, path: str) -> tuple[str, str]:
    parts = path.removeprefix(_BASE).split("/") if path.startswith(_BASE) else []
    match parts:
        case [type_] if type_[:1].isupper():
            return type_, _ON_TYPE.get(method, "")
        case [type_, "_search"]:
            return type_, "s" if method == "POST" else ""
        case ["Patient", "$match"]:
            return "Patient", "s" if method == "POST" else ""
        case [type_, "$validate"]:
            return type_, "r" if method == "POST" else ""
        case ["Patient", _, operation] if _WHOLE.match(operation):
            return "*", "rs" if method == "GET" or (method, operation) == ("POST", "$summary") else ""
        case [type_, id] if not id.startswith("$") and type_[:1].isupper():
            return type_, _ON_ONE.get(method, "")
        case [type_, _, "_history"] | [type_, _, "_history", _]:
            return type_, "r" if method == "GET" else ""
        case ["Group", _, "$export"] | ["$export", _] | ["$export", _, _]:
            return "*", "rs"
        case ["Subscription", _, "$status"]:
            return "Subscription", "r" if method == "GET" else ""
    return "", ""


def _exported(request: Request) -> set[str] | None:
    """The types of which an export, or a file of one, holds records, "" for any one; none where no scope speaks of it; None for what is no export.

    What is asked by POST stands in its body, which is read for a token that reads any type, and then asked as by GET."""
    method, path = request.method, request.url.path
    parts = path.removeprefix(_BASE).split("/") if path.startswith(_BASE) else []
    match parts:
        case ["Group", _, "$export"]:
            asked = {part.strip() for told in request.query_params.getlist("_type") for part in told.split(",")}
            return (asked or {"*"}) if method == "GET" else {""} if method == "POST" else set()
        case ["$export", _]:
            return {""} if method in ("GET", "DELETE") else set()
        case ["$export", _, file]:
            return {file.removesuffix(".ndjson") if file[:1].isupper() else ""} if method == "GET" else set()
    return None


def _reads(grant: Grant, type_: str) -> bool:
    """Whether a token reads a type ("*" for all, "" for any one) of everybody."""
    types = [type_] if type_ else [scope.type for word in grant.scopes if (scope := parse(word)) is not None]
    return any(reach(grant.scopes, one, "rs") in ("system", "user") for one in types)
