"""Sign-in by an OpenID Connect provider: a session is a random value in a cookie, kept here only as a digest, with who its bearer is."""

from __future__ import annotations

import hmac
from collections.abc import Mapping
from contextlib import suppress
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Any

from starlette.requests import HTTPConnection, Request
from starlette.responses import Response

from carehub.governance.requester import Requester
from carehub.terms.errors import Refused, Rejected, Unauthenticated, Unavailable
from carehub.terms.issue_catalogue import issue
from carehub.terms.moments import instant, iso
from carehub.tokens.id_token import TooWeak
from carehub.tokens.jose import untrusted
from carehub.tokens.provider import SignInProvider
from carehub.tokens.roles import RoleMap
from carehub.tokens.short_lived import ShortLived, digest
from carehub.tokens.sign_in_trail import NOBODY, SignInTrail
from carehub.web.sign_in import Ending

IDLE, WHOLE = timedelta(minutes=30), timedelta(hours=10)
"""A session ends so long after the last request, and so long after it began, whatever happens."""
_RENEWED = timedelta(minutes=1)
_STATE, _MOST_STATES = "carehub_state", 4
"""So many pages of one browser may be on their way to the provider and back at once: tabs that are opened again together in the morning."""


@dataclass(frozen=True, slots=True)
class Session:
    """requester: who is signed in; None until one of several roles is chosen. offered: the roles that may be chosen. until: ISO UTC, at the latest.
    owner: digest of the provider's name for the user, by which it ends all of theirs."""

    requester: Requester | None
    offered: tuple[Requester, ...]
    until: str
    owner: str


@dataclass(frozen=True, slots=True)
class _Known:
    """Whose session at the provider this is, for a logout token that says only the session. user: their name there."""

    owner: str
    user: str = ""


class ProviderSignIn:
    """carehub.web.sign_in.SignIn. secure: the hub is reached by https, so cookies are for https only. trail: where each sign-in, refusal and end of a
    session is written."""

    def __init__(self, provider: SignInProvider, roles: RoleMap, short: ShortLived, trail: SignInTrail, *, secure: bool) -> None:
        self.provider, self._roles, self._short, self._trail, self._secure = provider, roles, short, trail, secure
        self._prefix = "__Host-" if secure else ""

    def current(self, request: HTTPConnection) -> Requester | None:
        """Who is signed in, or None. A request makes the session last longer, up to its end."""
        found = self.session(request)
        return found.requester if found else None

    def session(self, request: HTTPConnection) -> Session | None:
        """The session of a request; looked up once for each."""
        found = self._found(request)
        return found[0] if found else None

    def ends(self, request: HTTPConnection) -> Ending | None:
        """Thirty minutes from now at most; final when its ten hours are nearly over."""
        found = self._found(request)
        if found is None or found[0].requester is None:
            return None
        last = instant(found[0].until)
        return Ending(found[1], final=last is None or last - found[1] <= _RENEWED)

    def go_on(self, request: Request, response: Response) -> None:
        """Every request lets a session go on: to look it up is enough."""
        self.session(request)

    def session_of(self, request: HTTPConnection) -> str:
        """The digest of the session's secret, for what must not outlive it."""
        return digest(self._secret(request)) if self.session(request) else ""

    def begin(self, request: Request, response: Response, onward: str) -> str:
        """The provider's address; this browser alone can come back from it."""
        address, state = self.provider.begin(onward)
        self._keep_states(response, [*self._states(request), state][-_MOST_STATES:])
        return address

    def finish(self, request: Request, response: Response) -> tuple[Session, str]:
        """Sign the browser in that comes back from the provider; (session, path to go on to). Raises as SignInProvider.finish and RoleMap.offered do,
        once that is written down, and StoreBusy where that or the sign-in cannot be."""
        known = dict[str, Any]()
        try:
            return self._finished(request, response, known)
        except Refused as error:
            user = error.user if isinstance(error, TooWeak) else known.get("sub", "")
            self._trail.refused(replace(NOBODY, user=user, name=user), error)
            raise

    def _finished(self, request: Request, response: Response, known: dict[str, Any]) -> tuple[Session, str]:
        """known: takes the claims as soon as they are proved."""
        told = request.query_params
        state = told.get("state", "")
        brought = self._states(request)
        known_here = [one for one in brought if hmac.compare_digest(state.encode(), one.encode())]
        self._keep_states(response, [one for one in brought if one not in known_here])
        if not known_here or told.get("iss", self.provider.relying.issuer) != self.provider.relying.issuer:
            raise untrusted("SIGN-001")
        claims, onward = self.provider.finish(state, told.get("code", ""))
        known |= claims
        offered = tuple(self._roles.offered(claims))
        return self._started(request, response, offered, claims), onward

    def choose(self, request: Request, response: Response, number: str) -> None:
        """Go on as the one of the offered roles with this number. Raises Rejected (API-005) for another number, Unauthenticated without a session."""
        found = self.session(request)
        if found is None:
            raise untrusted("API-001")
        offered = {str(place): one for place, one in enumerate(found.offered)}
        if number not in offered:
            raise Rejected(issue("API-005"))
        self._made(request, response, replace(found, requester=offered[number]))

    def leave(self, request: Request, response: Response) -> None:
        """End the session, and what was given to apps in it."""
        found = self.session(request)
        self._short.end(self._secret(request))
        self._drop(response, "carehub_session")
        if found:
            self._trail.signed_out(_speaks(found), "Signed out")

    def logged_out(self, token: str) -> None:
        """The provider has ended a user's sign-in: every session of theirs here ends. Raises as SignInProvider.logged_out."""
        self.provider.logged_out(token, self._end)

    def _end(self, sid: str, sub: str) -> None:
        known = self._short.find("provider-session", sid, _Known) if sid else None
        for owner in {self._owner(sub) if sub else "", known.owner if known else ""} - {""}:
            self._short.end_of(owner)
        if user := sub or (known.user if known else ""):
            self._trail.signed_out(
                replace(NOBODY, user=user, name=user), "The provider ended the sign-in, and with it every session of this user"
            )

    def _started(self, request: Request, response: Response, offered: tuple[Requester, ...], claims: Mapping[str, Any]) -> Session:
        now, owner = self._short.clock(), self._owner(claims["sub"])
        session = Session(offered[0] if len(offered) == 1 else None, offered, iso(now + WHOLE), owner)
        if isinstance(sid := claims.get("sid"), str) and sid:
            self._short.note("provider-session", sid, _Known(owner, claims["sub"]), WHOLE)
        self._made(request, response, session)
        return session

    def _made(self, request: Request, response: Response, session: Session) -> None:
        """A new secret each time: one that was there before a sign-in or a change of role is good for nothing after it."""
        self._trail.signed_in(_speaks(session), "Signed in" if session.requester else "Signed in; which role is still to be chosen")
        self._short.end(self._secret(request))
        secret = self._short.make("session", session, self._lasts(session), session.owner)
        self._set(response, "carehub_session", secret)

    def _found(self, request: HTTPConnection) -> tuple[Session, datetime] | None:
        kept = request.scope.setdefault("carehub.session", [])
        if not kept:
            # None first: where the store does not answer, the page that says so is shown to nobody, and asks it nothing.
            kept.append(None)
            kept[0] = self._looked_up(request)
        found: tuple[Session, datetime] | None = kept[0]
        return found

    def _looked_up(self, request: HTTPConnection) -> tuple[Session, datetime] | None:
        """The session and until when it lasts now."""
        secret = self._secret(request)
        found = self._short.timed("session", secret, Session)
        if found is None:
            if over := self._short.ran_out("session", secret, Session):
                self._turned_away(over, secret)
            return None
        session, until = self._as_the_table_is_now(found[0]), instant(found[1])
        if session is None:
            self._turned_away(found[0], secret)
            return None
        wanted = self._short.clock() + self._lasts(session)
        # Written at most once a minute, not with every request.
        if until is None or wanted - until > _RENEWED:
            # A store that takes no writes makes no session longer; it can still be read in until it ends.
            with suppress(Unavailable):
                self._short.renew("session", secret, wanted)
                until = wanted
        return (session, until) if until else None

    def _turned_away(self, session: Session, secret: str) -> None:
        """Written once, since what has ended is then forgotten; where it cannot be written now, at the next request."""
        with suppress(Unavailable):
            self._trail.refused(_speaks(session), Unauthenticated(issue("API-001")))
            self._short.end(secret)

    def _as_the_table_is_now(self, session: Session) -> Session | None:
        offered = tuple(one for one in session.offered if self._roles.holds(one))
        chosen = session.requester if session.requester in offered else None
        return replace(session, requester=chosen, offered=offered) if offered else None

    def _lasts(self, session: Session) -> timedelta:
        until = instant(session.until)
        left = until - self._short.clock() if until else timedelta(0)
        return min(IDLE, left)

    def _owner(self, sub: str) -> str:
        return digest(f"{self.provider.relying.issuer}\0{sub}")

    def _states(self, request: HTTPConnection) -> list[str]:
        """What this browser may bring back from the provider, oldest first."""
        return [one for one in request.cookies.get(self._prefix + _STATE, "").split(".") if one]

    def _keep_states(self, response: Response, states: list[str]) -> None:
        if states:
            self._set(response, _STATE, ".".join(states))
        else:
            self._drop(response, _STATE)

    def _secret(self, request: HTTPConnection) -> str:
        return request.cookies.get(f"{self._prefix}carehub_session", "")

    def _set(self, response: Response, name: str, value: str) -> None:
        response.set_cookie(self._prefix + name, value, path="/", httponly=True, samesite="lax", secure=self._secure)

    def _drop(self, response: Response, name: str) -> None:
        response.delete_cookie(self._prefix + name, path="/", httponly=True, samesite="lax", secure=self._secure)


def _speaks(session: Session) -> Requester:
    """Who is signed in, of whom no role and place is said until they are chosen."""
    one = session.requester or session.offered[0]
    return one if session.requester else replace(one, role="", organisation="", organisation_name="")
