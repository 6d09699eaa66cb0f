"""/fhir/R4/{type}?…: a search within one person's merged record, by GET and by POST _search, over what policy has released and nothing else."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from typing import Any
from urllib.parse import parse_qsl

from fastapi import APIRouter
from starlette.concurrency import run_in_threadpool
from starlette.requests import Request
from starlette.responses import Response

from carehub.api.asked import Asked, Pairs, asked
from carehub.api.body import capped_body
from carehub.api.capability import Served
from carehub.api.cursor import key_of
from carehub.api.negotiation import fhir, json_only
from carehub.api.requester import Credentials
from carehub.api.search_page import Held, Told, beside, search_page
from carehub.api.unified import UNIFIED
from carehub.api.unified_reads import Released, UnifiedReads
from carehub.fhir.resource import Resource
from carehub.fhir.search_record import condition
from carehub.fhir.search_table import PARAMS
from carehub.fhir.search_values import Test
from carehub.governance.requester import Requester
from carehub.hub.hub import Hub
from carehub.terms.errors import Missing, Rejected
from carehub.terms.issue_catalogue import issue

_FORM_LIMIT = 20_000
_PERSON = ("patient", "subject", "patient:Patient", "subject:Patient")

# What the team may enter here beside what sources send.
_WRITTEN = {"Task": ("create", "update")}
_CHANGED = {"CarePlan": ("revise-note", "withdraw-note")}

_NOTE = (
    "One source's record as it was mapped, with where it came from in meta.source. A search names whose record: patient, subject or _id."
)
_ONE = "A person has one besides (tagged golden-record), made when it is asked for, whose id is the person's."

SERVED = tuple(
    Served(
        type_,
        ("search-type",) if type_ == "Provenance" else ("read", "vread", "history-instance", *_WRITTEN.get(type_, ()), "search-type"),
        tuple((name, param.kind) for name, param in params.items()),
        ("validate", *_CHANGED.get(type_, ())),
        note=f"{_NOTE} {_ONE if type_ in UNIFIED else ''}".strip(),
        links=tuple(f"{type_}:{name}" for name, param in params.items() if param.kind == "reference"),
        conditional_create=type_ in _WRITTEN,
    )
    for type_, params in PARAMS.items()
)


def search_routes(hub: Hub, credentials: Credentials) -> APIRouter:
    """A route for every type of the table. Who asks is known, and the look is decided on and written down, before anything is read."""
    router, door, unified = APIRouter(prefix="/fhir/R4", tags=["FHIR R4"]), hub.disclosing, UnifiedReads(hub)
    key = key_of(credentials.clients)

    def search(request: Request) -> Response:
        """Records of one type in one person's record."""
        return _found(request, credentials.requester(request), request.query_params.multi_items())

    async def search_by_post(request: Request) -> Response:
        """The same by form."""
        requester = credentials.requester(request)
        body = (await capped_body(request, _FORM_LIMIT)).decode("utf-8", "replace")
        pairs = [*request.query_params.multi_items(), *parse_qsl(body, keep_blank_values=True)]
        return await run_in_threadpool(_found, request, requester, pairs)

    def _found(request: Request, requester: Requester, pairs: Pairs) -> Response:
        json_only(request, dict(pairs).get("_format", ""))
        credentials.search(request, {name for name, _ in pairs})
        type_ = request.url.path.removesuffix("/_search").rpartition("/")[2]
        wanted, told = asked(request, pairs), Told()
        held = _held(request, requester, type_, wanted, told)
        tests = _tests(type_, wanted, held)
        if None in tests.values():
            told.append(("API-015", ""))
            wanted = replace(wanted, conditions=tuple(pair for pair, test in tests.items() if test is not None))
        matches = [
            one for one in held.resources.values() if one["resourceType"] == type_ and all(test(one) for test in tests.values() if test)
        ]
        return fhir(search_page(request, type_, wanted, matches, held, told, (key, requester.user)))

    def _held(request: Request, requester: Requester, type_: str, wanted: Asked, told: Told) -> Held:
        """The released record that is searched; an empty one when nobody is known by what was given."""
        names = (*_PERSON, "_id", *(("target",) if type_ == "Provenance" else ()))
        name, value = next(((n, v.split(",")[0]) for name in names for n, v in wanted.conditions if n == name), ("", ""))
        if not value:
            raise Rejected(issue("API-016"))
        named = value if name == "target" else f"{type_}/{value}" if name == "_id" else value.rpartition("/")[2]
        try:
            made, released = _released(request, requester, type_, named, wanted, told)
        except Missing:
            return _about_nobody(requester, type_, value) if name == "_id" else Held.of(())
        plan, bodies = released.value
        told.extend(beside(type_, plan, released.masks))
        told_by = any("Provenance" in part for part in (type_, *(p for pair in wanted.given for p in pair)))
        return Held.of(bodies, plan.person, told_by=told_by, made=made)

    def _released(
        request: Request, requester: Requester, type_: str, named: str, wanted: Asked, told: Told
    ) -> tuple[Sequence[Resource], Released]:
        """What the hub makes of the record that is named, where that is what is searched, and the record."""
        made_type, _, id = named.rpartition("/")
        if unified.about(made_type or type_, id):
            if made_type:
                credentials.whole(request, requester)
            if credentials.covers_whole(request, requester):
                return unified.made(requester, id, f"{type_} search")
            told.append(("API-013", f"The unified {type_} is made from every type of record, which this access does not cover."))
        types = None if _reaches_out(type_, wanted) else (type_,)
        return (), door.everything(requester, named, f"{type_} search", types)

    def _about_nobody(requester: Requester, type_: str, id: str) -> Held:
        try:
            return Held.of((door.resource(requester, type_, id).value,))
        except Missing:
            return Held.of(())

    def _tests(type_: str, wanted: Asked, held: Held) -> dict[tuple[str, str], Test | None]:
        """The test of each condition; None for a parameter that is not served and that the client would rather have left out."""
        tests, now = {}, hub.clock()
        for name, value in wanted.conditions:
            whole = held.person and name in _PERSON and value.rpartition("/")[2] == held.person
            tests[name, value] = test = _anything if whole else condition(type_, name, value, held.resources, now)
            if test is None and not wanted.lenient:
                raise Rejected(issue("API-004"))
        return tests

    options: dict[str, Any] = {"response_class": Response}
    for type_ in PARAMS:
        router.add_api_route(f"/{type_}", search, methods=["GET"], name=f"search_{type_}", **options)
        router.add_api_route(f"/{type_}/_search", search_by_post, methods=["POST"], name=f"search_{type_}_by_form", **options)
    return router


def _reaches_out(type_: str, wanted: Asked) -> bool:
    """Whether records of other types say which match, or go with those that do: a chain, _has, an _include, and every Provenance."""
    chained = any("." in name or name.startswith("_has") for name, _ in wanted.conditions)
    return chained or bool(wanted.include or wanted.revinclude) or type_ == "Provenance"


def _anything(resource: Resource) -> bool:
    """Everything in a person's record is about that person."""
    return True
