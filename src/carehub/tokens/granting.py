"""Access for apps: codes for access tokens (RFC 6749 with PKCE, RFC 7636), tokens for backend clients, and what a token covers."""

from __future__ import annotations

import base64
import hashlib
import hmac
import re
from collections.abc import Mapping
from contextlib import suppress
from dataclasses import dataclass, replace
from datetime import timedelta

from carehub.governance.requester import Requester
from carehub.terms.errors import CarehubError, Rejected, Unauthenticated, Unavailable
from carehub.terms.issue_catalogue import issue
from carehub.terms.moments import iso
from carehub.tokens.apps import App
from carehub.tokens.assertion import TYPE, claimed, prove
from carehub.tokens.jose import untrusted
from carehub.tokens.scopes import granted
from carehub.tokens.short_lived import ShortLived
from carehub.tokens.sign_in_trail import NOBODY, SignInTrail

CODE_LASTS = timedelta(seconds=60)
LAUNCH_LASTS = timedelta(minutes=5)
BACKEND_LASTS = timedelta(minutes=5)
USER_LASTS = timedelta(minutes=15)
"""Of a user's app: there are no refresh tokens, so that the end of a session ends what was given in it."""

_VERIFIER = re.compile(r"^[A-Za-z0-9._~-]{43,128}$")


@dataclass(frozen=True, slots=True)
class Grant:
    """What a token stands for. requester: whom it speaks as. scopes: as given. patient: the person in context, "" for none. since, until: ISO UTC.
    session: the digest of the user's session, with which it ends; "" for a backend client."""

    app: str
    requester: Requester
    scopes: tuple[str, ...]
    patient: str
    since: str
    until: str
    session: str


@dataclass(frozen=True, slots=True)
class Code:
    """What a code stands for: given to one app, answered at one address, with the challenge of whoever began. session: the digest of the user's."""

    app: str
    redirect: str
    challenge: str
    requester: Requester
    scopes: tuple[str, ...]
    patient: str
    session: str


@dataclass(frozen=True, slots=True)
class Launch:
    """A person from whose record a user starts an app."""

    app: str
    user: str
    patient: str


class Granting:
    """apps: those registered. public: this hub's own address, without a slash at the end; what tokens for apps are made for and at.
    trail: where each token that is given or refused is written. users: whether there are sessions here in which a user can be asked for consent."""

    def __init__(self, short: ShortLived, apps: Mapping[str, App], public: str, trail: SignInTrail, *, users: bool = False) -> None:
        self.short, self._trail = short, trail
        self.apps = apps
        self.fhir = f"{public}/fhir/R4"
        self.authorize = f"{public}/oauth2/authorize" if users and any(app.kind == "user" for app in apps.values()) else ""
        self.token = f"{public}/oauth2/token"
        self.introspect = f"{public}/oauth2/introspect"
        self.revoke = f"{public}/oauth2/revoke"

    def app_of(self, form: Mapping[str, str]) -> App:
        """Who asks: by a signed assertion, or a public app by its id alone. Raises Unauthenticated (SIGN-008), once that is written down of an app that
        is registered."""
        try:
            return self._app_of(form)
        except CarehubError as error:
            self._turned_away(form, error)
            raise

    def _app_of(self, form: Mapping[str, str]) -> App:
        if "client_assertion" in form or "client_assertion_type" in form:
            if form.get("client_assertion_type") != TYPE:
                raise untrusted("SIGN-008")
            app = prove(form.get("client_assertion", ""), self.apps, self.token, self.short, self.short.clock())
            if form.get("client_id", app.id) != app.id:
                raise untrusted("SIGN-008")
            return app
        found = self.apps.get(form.get("client_id", ""))
        if found is None or found.keys is not None:
            raise untrusted("SIGN-008")
        return found

    def exchange(self, form: Mapping[str, str]) -> tuple[str, Grant]:
        """An access token and what it stands for, for a token request. Raises Unauthenticated (SIGN-008), and Rejected: SIGN-007, SIGN-009, SIGN-010,
        once that is written down of an app that is registered; StoreBusy where it cannot be, or where the token that is given cannot be."""
        try:
            return self._exchanged(form)
        except Rejected as error:
            self._turned_away(form, error)
            raise

    def _turned_away(self, form: Mapping[str, str], error: CarehubError) -> None:
        """Only what is registered is written, so that nobody else fills the trail or puts words into it."""
        app = self.apps.get(claimed(form.get("client_assertion", ""))) or self.apps.get(form.get("client_id", ""))
        if app and not isinstance(error, Unavailable):
            self._trail.refused(replace(app.requester or NOBODY, app=app.id), error)

    def _exchanged(self, form: Mapping[str, str]) -> tuple[str, Grant]:
        kind = form.get("grant_type", "")
        if kind not in ("client_credentials", "authorization_code"):
            raise Rejected(issue("SIGN-007", at="grant_type"))
        app = self.app_of(form)
        return self._for_backend(app, form) if kind == "client_credentials" else self._for_code(app, form)

    def _for_backend(self, app: App, form: Mapping[str, str]) -> tuple[str, Grant]:
        if app.requester is None:
            raise Rejected(issue("SIGN-007", at="grant_type"))
        scopes = granted(form.get("scope", ""), app.scopes, ("system",))
        if not scopes:
            raise Rejected(issue("SIGN-010"))
        return self._given(Grant(app.id, app.requester, scopes, "", "", "", ""), BACKEND_LASTS)

    def _for_code(self, app: App, form: Mapping[str, str]) -> tuple[str, Grant]:
        code = self.short.take("code", form.get("code", ""), Code)
        verifier = form.get("code_verifier", "")
        if code is None or code.app != app.id or form.get("redirect_uri") != code.redirect:
            raise Rejected(issue("SIGN-009"))
        if not _VERIFIER.match(verifier) or not hmac.compare_digest(challenge(verifier), code.challenge):
            raise Rejected(issue("SIGN-009"))
        speaks = replace(code.requester, app=app.id)
        return self._given(Grant(app.id, speaks, code.scopes, code.patient, "", "", code.session), USER_LASTS)

    def _given(self, grant: Grant, lasts: timedelta) -> tuple[str, Grant]:
        now = self.short.clock()
        grant = replace(grant, since=iso(now), until=iso(now + lasts))
        self._trail.signed_in(replace(grant.requester, app=grant.app), "An access token was given to the app")
        return self.short.make("token", grant, lasts), grant

    def grant_of(self, token: str) -> Grant | None:
        """What an access token stands for, or None. One of an app that is registered no longer, or of a session that has ended, stands for nothing.
        That one was sent that has ended is written once. Raises StoreBusy where it cannot be."""
        found = self.short.find("token", token, Grant)
        if found is None or found.app not in self.apps or (found.session and not self.short.stands("session", found.session)):
            if over := found or self.short.ran_out("token", token, Grant):
                self._trail.refused(replace(over.requester, app=over.app), Unauthenticated(issue("API-001")))
                with suppress(Unavailable):
                    self.short.end(token)
            return None
        return found

    def revoked(self, app: App, token: str) -> None:
        """A token of this app is good no longer; any other stays, and nobody is told which it was (RFC 7009)."""
        found = self.grant_of(token)
        if found and found.app == app.id:
            self.short.end(token)
            self._trail.signed_out(replace(found.requester, app=app.id), "The app gave its access token back")

    def launch(self, app: str, requester: Requester, patient: str) -> str:
        """A secret by which an app finds out whose record it was started from."""
        return self.short.make("launch", Launch(app, requester.user, patient), LAUNCH_LASTS)

    def launched(self, secret: str, app: str, requester: Requester) -> str:
        """The person of a launch; it is good until access is given. Raises Rejected (SIGN-009) for one of another app or user."""
        found = self.short.find("launch", secret, Launch)
        if found is None or (found.app, found.user) != (app, requester.user):
            raise Rejected(issue("SIGN-009"))
        return found.patient

    def code(self, code: Code, launch: str = "") -> str:
        """A code, good once and for a minute. Raises Rejected (SIGN-009) where the launch was used meanwhile, Unauthenticated without a session."""
        if not code.session:
            raise Unauthenticated(issue("API-001"))
        if launch and self.short.take("launch", launch, Launch) is None:
            raise Rejected(issue("SIGN-009"))
        return self.short.make("code", code, CODE_LASTS)


def challenge(verifier: str) -> str:
    """The S256 challenge of a verifier (RFC 7636 section 4.2)."""
    return base64.urlsafe_b64encode(hashlib.sha256(verifier.encode("ascii")).digest()).rstrip(b"=").decode()
