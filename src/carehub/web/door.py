"""What every page needs: the door out, who is asking, the templates, and the forms' tokens."""

from __future__ import annotations

from collections.abc import Callable, Collection
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Protocol

from starlette.requests import Request
from starlette.responses import HTMLResponse

from carehub.governance.redaction import Disclosed
from carehub.governance.requester import Requester
from carehub.hub.read_only import Halt
from carehub.hub.reading import EarlierRecord, PersonHit, PersonQuery, PersonRecord, PlanChanges
from carehub.terms.errors import Refused, Unauthenticated
from carehub.terms.issue_catalogue import issue
from carehub.web.dates import today
from carehub.web.done import DONE
from carehub.web.forms import COOKIE, FormTokens, read_form, set_cookie
from carehub.web.rendering import Pages
from carehub.web.sign_in import SignIn


class Disclosing(Protocol):
    """The one door out, as the pages use it. Each call decides, audits, redacts and releases, or raises Refused, Missing or Unavailable."""

    def search_people(self, requester: Requester, query: PersonQuery, /) -> Disclosed[tuple[PersonHit, ...]]:
        """People who agree with every value of the query."""
        ...

    def person_record(self, requester: Requester, person_id: str, page: str, /, present: Collection[str] = ()) -> Disclosed[PersonRecord]:
        """A person's record at this moment. page: which page asks, for the audit entry. present: roles of others who look at the same screen."""
        ...

    def record_then(self, requester: Requester, person_id: str, at: datetime, page: str, /) -> Disclosed[EarlierRecord]:
        """A person's record as it stood at an instant."""
        ...

    def changes(
        self, requester: Requester, person_id: str, since: datetime, until: datetime | None, page: str, /
    ) -> Disclosed[PlanChanges]:
        """What changed in a person's record between two instants; None: until now."""
        ...

    def as_sent(self, requester: Requester, person_id: str, record: str, /) -> Disclosed[bytes]:
        """The stored JSON of one source record of this person, "Type/id"."""
        ...


@dataclass(frozen=True, slots=True)
class Printed:
    """What stands at the foot of a sheet that is about nobody by name. expires: the day after which it must not be relied on, "YYYY-MM-DD"."""

    at: datetime
    expires: str


@dataclass(frozen=True, slots=True)
class Door:
    """Shared by all pages of one app. clock: now, aware UTC. halted: why nothing is taken in, or None."""

    hub: Disclosing
    sign_in: SignIn
    pages: Pages
    tokens: FormTokens
    clock: Callable[[], datetime]
    halted: Callable[[], Halt | None] = lambda: None

    def requester(self, request: Request) -> Requester:
        """Who asks. Raises Unauthenticated (API-001) when nobody is signed in, and Refused (API-010) without a purpose."""
        asking = self.sign_in.current(request)
        if asking is None:
            raise Unauthenticated(issue("API-001"))
        if not asking.purpose:
            raise Refused(issue("API-010"))
        return asking

    async def form(self, request: Request) -> dict[str, str]:
        """The fields of a form that this browser was sent, read once. Raises Refused (API-002) for any other, and as `read_form`."""
        fields: dict[str, str] | None = getattr(request.state, "fields", None)
        if fields is None:
            fields = request.state.fields = await read_form(request)
        if not self.tokens.check(request, fields):
            raise Refused(issue("API-002"))
        return fields

    def show(
        self, request: Request, template: str, *, status: int = 200, headers: dict[str, str] | None = None, **values: object
    ) -> HTMLResponse:
        """A page with its header, sign-out form and token, what was just done (UI-81), the warning that the session ends (UI-84), and what a sheet of
        paper says of who printed it and how long it holds."""
        viewer = self.sign_in.current(request)
        cookie, token = self.tokens.start(request)
        values |= {"viewer": viewer, "form_token": token, "halted": self.halted()}
        if viewer:
            now = self.clock()
            values["printed"] = Printed(now, today(now + timedelta(days=1)))
        if status == 200 and (done := DONE.get(request.query_params.get("done", ""))):
            values |= {"done": done, "result": ""}
        if ending := self.sign_in.ends(request):
            values |= {"ending": ending, "seconds_left": max(0, int((ending.at - self.clock()).total_seconds()))}
        response = self.pages.response(template, status=status, headers=headers, **values)
        if request.cookies.get(COOKIE) != cookie:
            set_cookie(response, request, COOKIE, cookie)
        return response
