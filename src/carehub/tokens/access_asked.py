"""What a user's app asks for before its user consents: the authorization request of OAuth 2.0 with PKCE (RFC 6749 section 4.1.1, RFC 7636) as
SMART App Launch 2.2 narrows it."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from urllib.parse import urlencode

from carehub.terms.errors import Rejected
from carehub.terms.issue_catalogue import issue
from carehub.tokens.apps import App
from carehub.tokens.granting import Granting
from carehub.tokens.scopes import LAUNCH, granted, parse

NAMES = (
    "response_type",
    "client_id",
    "redirect_uri",
    "scope",
    "state",
    "aud",
    "code_challenge",
    "code_challenge_method",
    "launch",
)
_CHALLENGE = re.compile(r"^[A-Za-z0-9_-]{43}$")


@dataclass(frozen=True, slots=True)
class AccessAsked:
    """scopes: those of the asked ones that this app can be given. launch: the secret of a start from a person's record, "" for none."""

    app: App
    redirect: str
    state: str
    challenge: str
    scopes: tuple[str, ...]
    launch: str

    @property
    def of_a_person(self) -> bool:
        """Whether one person must be known: for a launch scope, or one that reaches that person's record alone."""
        return any(word in LAUNCH or ((one := parse(word)) is not None and one.context == "patient") for word in self.scopes)

    def answered(self, **told: str) -> str:
        """The app's address with an answer; state is the one it sent."""
        return f"{self.redirect}{'&' if '?' in self.redirect else '?'}{urlencode(told | {'state': self.state})}"


def read_access_asked(told: Sequence[tuple[str, str]], granting: Granting) -> AccessAsked | str:
    """What is asked; or the app's own address with what is wrong, where the app and its address are known. Other names than NAMES are passed over.

    Raises Rejected (SIGN-007) where they are not, or a name comes twice: then nobody is sent anywhere.
    """
    named = [(name, value) for name, value in told if name in NAMES]
    said = dict(named)
    app, redirect = granting.apps.get(said.get("client_id", "")), said.get("redirect_uri", "")
    if len(said) != len(named) or app is None or app.kind != "user" or redirect not in app.redirects:
        raise Rejected(issue("SIGN-007"))
    launch, state = said.get("launch", ""), said.get("state", "")
    scopes = granted(said.get("scope", ""), app.scopes, ("patient", "user"))
    asked = AccessAsked(app, redirect, state, said.get("code_challenge", ""), scopes, launch)
    meant = bool(state) and said.get("aud", "").rstrip("/") == granting.fhir
    proved = said.get("code_challenge_method") == "S256" and _CHALLENGE.match(asked.challenge)
    wrong = ""
    if said.get("response_type") != "code":
        wrong = "unsupported_response_type"
    elif not (meant and proved):
        wrong = "invalid_request"
    elif not set(scopes) - LAUNCH or bool(launch) != ("launch" in scopes):
        wrong = "invalid_scope"
    return asked.answered(error=wrong) if wrong else asked
