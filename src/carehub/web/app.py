"""create_web: the pages as one ASGI application."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime
from pathlib import Path

from starlette.applications import Starlette
from starlette.middleware import Middleware
from starlette.routing import Mount
from starlette.staticfiles import StaticFiles

from carehub.caseload.criteria import Criteria, shipped
from carehub.hub.caseload import Caseloads
from carehub.hub.disagreements import Disagreements
from carehub.hub.disputing import Disputing
from carehub.hub.emergency_access import EmergencyAccess
from carehub.hub.not_read import NotRead
from carehub.hub.operating import Operating
from carehub.hub.read_only import Halt
from carehub.hub.stewards import Stewards
from carehub.hub.team_actions import TeamActions
from carehub.hub.team_notes import TeamNotes
from carehub.hub.who_looked import WhoLooked
from carehub.hub.write_about_me import WriteAboutMe
from carehub.tokens.granting import Granting
from carehub.web.door import Disclosing, Door
from carehub.web.failures import Failures
from carehub.web.forms import FormTokens
from carehub.web.headers import SafeHeaders
from carehub.web.pages import (
    about_me,
    actions,
    app_access,
    caseload,
    disagreements,
    disputes,
    emergency,
    joined,
    not_read,
    notes,
    operations,
    pack,
    people,
    person,
    plan,
    provider_sign_in,
    reviews,
    session,
    sign_in,
    timeline,
    who_looked,
)
from carehub.web.pages import help as help_page
from carehub.web.provider_sign_in import ProviderSignIn
from carehub.web.rendering import STATIC, Pages
from carehub.web.sign_in import PersonaSignIn, SignIn

__all__ = ["Disclosing", "PersonaSignIn", "SignIn", "create_web"]


def create_web(
    hub: Disclosing,
    sign_in_by: SignIn,
    *,
    clock: Callable[[], datetime],
    demo: bool,
    secret: str,
    static: Path = STATIC,
    stewards: Stewards | None = None,
    halted: Callable[[], Halt | None] = lambda: None,
    meanwhile: Callable[[], str] = lambda: "",
    granting: Granting | None = None,
    criteria: Criteria | None = None,
) -> Starlette:
    """The pages, to be mounted at "/".

    hub: the door out. sign_in_by: who is asking. clock: now, aware UTC. demo: show the test-data strip, and serve the choice of personas when
    sign_in_by is a PersonaSignIn. secret: at least 16 characters, signs form tokens. static: folder of stylesheets.
    stewards: the identity desk; None leaves the stewards' pages out. halted: why the hub takes nothing in, or None; every page says so.
    meanwhile: a sentence for when nothing can be shown: what there is to read instead.
    granting: gives access to users' apps; only where sign_in_by keeps sessions. criteria: of the caseload; None for those that ship.
    Raises ValueError for personas outside a demonstration, and for a short secret.
    """
    if isinstance(sign_in_by, PersonaSignIn) and not demo:
        raise ValueError("personas may sign in only in a demonstration")
    may_sign_in = isinstance(sign_in_by, PersonaSignIn | ProviderSignIn)
    asks = granting if granting is not None and granting.authorize and isinstance(sign_in_by, ProviderSignIn) else None
    pages = Pages(demo=demo, personas=may_sign_in, apps=asks is not None and app_access.offered(asks.apps), static=static)
    door = Door(hub, sign_in_by, pages, FormTokens(secret), clock, halted)
    routes = [
        Mount("/static", StaticFiles(directory=static), name="static"),
        *people.routes(door),
        *(caseload.routes(door, Caseloads(stewards.hub, criteria or shipped())) if stewards else ()),
        *(joined.routes(door, stewards) if stewards else ()),
        *timeline.routes(door),
        *plan.routes(door),
        *(disagreements.routes(door, Disagreements(stewards.hub)) if stewards else ()),
        *(actions.routes(door, TeamActions(stewards.hub)) if stewards else ()),
        *(notes.routes(door, TeamNotes(stewards.hub)) if stewards else ()),
        *(about_me.routes(door, WriteAboutMe(stewards.hub)) if stewards else ()),
        *(who_looked.routes(door, WhoLooked(stewards.hub)) if stewards else ()),
        *(disputes.routes(door, Disputing(stewards.hub)) if stewards else ()),
        *(emergency.routes(door, EmergencyAccess(stewards.hub)) if stewards else ()),
        *(app_access.routes(door, asks) if asks else ()),
        *(not_read.routes(door, NotRead(stewards.hub)) if stewards else ()),
        *pack.routes(door),
        *person.routes(door),
        *help_page.routes(door),
        *(reviews.routes(door, stewards) if stewards else ()),
        *(operations.routes(door, Operating(stewards.hub)) if stewards else ()),
        *(session.routes(door) if may_sign_in else ()),
        *(sign_in.routes(door, sign_in_by) if isinstance(sign_in_by, PersonaSignIn) else ()),
        *(provider_sign_in.routes(door, sign_in_by) if isinstance(sign_in_by, ProviderSignIn) else ()),
    ]
    failures = Failures(door, sign_in_page=may_sign_in, meanwhile=meanwhile)
    return Starlette(routes=routes, middleware=[Middleware(SafeHeaders)], exception_handlers=failures.handlers())
