"""Users' apps (SMART App Launch 2.2): where a user consents to what one asks for, and where one is started from a person's record."""

from __future__ import annotations

from collections.abc import Mapping
from typing import NamedTuple
from urllib.parse import quote, urlencode, urlsplit

from starlette.datastructures import QueryParams
from starlette.requests import Request
from starlette.responses import RedirectResponse, Response
from starlette.routing import BaseRoute, Route

from carehub.governance.requester import Requester
from carehub.hub.reading import PersonQuery
from carehub.terms import nhs_number
from carehub.terms.errors import Missing, Rejected, Unauthenticated
from carehub.terms.issue_catalogue import issue
from carehub.tokens.access_asked import NAMES, AccessAsked, read_access_asked
from carehub.tokens.apps import App
from carehub.tokens.granting import Code, Granting
from carehub.tokens.scopes import parse
from carehub.web import screen
from carehub.web.door import Door
from carehub.web.headers import leading_to
from carehub.web.pages.people import HitRow, found

_LETTERS = {"c": "add", "r": "read", "u": "change", "d": "delete", "s": "search"}


class Covers(NamedTuple):
    """What one scope opens: what may be done, with which type of record, and whose."""

    does: str
    type: str
    whose: str


def routes(door: Door, granting: Granting) -> list[BaseRoute]:
    """GET and POST /oauth2/authorize, GET and POST /people/{person}/apps. Only where sessions are kept here, since a code must not outlive one."""
    startable = {id: app for id, app in granting.apps.items() if app.launch}

    def ask(request: Request) -> Response:
        asked = read_access_asked(request.query_params.multi_items(), granting)
        if isinstance(asked, str):
            return RedirectResponse(asked, 303)
        try:
            asking = door.requester(request)
        except Unauthenticated:
            return RedirectResponse(f"/sign-in?next={quote(f'{request.url.path}?{request.url.query}', safe='')}", 303)
        return _consent(door, request, asked, asking, granting, request.query_params)

    async def answer(request: Request) -> Response:
        fields = await door.form(request)
        asked = read_access_asked([(name, fields[name]) for name in NAMES if name in fields], granting)
        if isinstance(asked, str):
            return RedirectResponse(asked, 303)
        if fields.get("decision") == "refuse":
            return RedirectResponse(asked.answered(error="access_denied"), 303)
        asking, told = door.requester(request), QueryParams(fields)
        person = ""
        if asked.launch:
            person = granting.launched(asked.launch, asked.app.id, asking)
        elif asked.of_a_person:
            number = nhs_number.valid(fields.get("nhs_number", "").strip()[:100])
            if number is None:
                return _consent(door, request, asked, asking, granting, told, mistake="Enter an NHS number of 10 digits, like 999 123 4567")
            hits = found(door.hub.search_people(asking, PersonQuery(nhs_number=number)), door.clock())
            # Whom the reader was just shown, and nobody whose id somebody wrote into the form.
            person = next((hit.person for hit in hits if hit.person == fields.get("person")), "")
            if not person or fields.get("decision") != "allow":
                mistake = "Choose the person" if fields.get("decision") == "allow" else ""
                return _consent(door, request, asked, asking, granting, told, hits=hits, mistake=mistake)
        if fields.get("decision") != "allow":
            raise Rejected(issue("API-005"))
        session = door.sign_in.session_of(request)
        code = granting.code(Code(asked.app.id, asked.redirect, asked.challenge, asking, asked.scopes, person, session), asked.launch)
        return RedirectResponse(asked.answered(code=code), 303)

    def apps(request: Request) -> Response:
        asking = door.requester(request)
        frame = screen.frame(door.hub.person_record(asking, str(request.path_params["person"]), "apps"))
        headers = leading_to(app.launch for app in startable.values())
        return door.show(request, "person_apps.html", headers=headers, frame=frame, here="", apps=list(startable.values()))

    async def start(request: Request) -> Response:
        asking, fields = door.requester(request), await door.form(request)
        if (app := startable.get(fields.get("app", ""))) is None:
            raise Missing(issue("API-003"))
        person = screen.opened(door.hub.person_record(asking, str(request.path_params["person"]), f"started {app.name}")).plan.person
        told = {"iss": granting.fhir, "launch": granting.launch(app.id, asking, person)}
        return RedirectResponse(f"{app.launch}{'&' if urlsplit(app.launch).query else '?'}{urlencode(told)}", 303)

    return [
        Route("/oauth2/authorize", ask, methods=["GET"]),
        Route("/oauth2/authorize", answer, methods=["POST"]),
        Route("/people/{person}/apps", apps, methods=["GET"]),
        Route("/people/{person}/apps", start, methods=["POST"]),
    ]


def _consent(
    door: Door,
    request: Request,
    asked: AccessAsked,
    asking: Requester,
    granting: Granting,
    told: QueryParams,
    *,
    hits: tuple[HitRow, ...] | None = None,
    mistake: str = "",
) -> Response:
    """The page that asks. The person of a launch stands in the banner; without one, the user finds them by NHS number."""
    frame = None
    if asked.launch:
        person = granting.launched(asked.launch, asked.app.id, asking)
        frame = screen.frame(door.hub.person_record(asking, person, f"access for {asked.app.name}"))
    return door.show(
        request,
        "app_access_of_person.html" if frame else "app_access.html",
        status=422 if mistake else 200,
        headers=leading_to([asked.redirect]),
        frame=frame,
        here="",
        asked=asked,
        back=urlsplit(asked.redirect).hostname,
        covers=[covered(word) for word in asked.scopes if parse(word)],
        sent=[(name, told[name]) for name in NAMES if name in told],
        number=told.get("nhs_number", ""),
        hits=hits,
        mistake=mistake,
    )


def covered(scope: str) -> Covers:
    """A scope for data in words. Raises ValueError for what is none."""
    one = parse(scope)
    if one is None:
        raise ValueError("no scope for data")
    whose = "of this person only" if one.context == "patient" else "of everybody whose record you may see"
    return Covers(", ".join(_LETTERS[letter] for letter in one.letters), "every kind" if one.type == "*" else one.type, whose)


def offered(apps: Mapping[str, App]) -> bool:
    """Whether any app is started from a person's record."""
    return any(app.launch for app in apps.values())
