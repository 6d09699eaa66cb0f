"""Who is asking: the sign-in protocol, and the demonstration's choice of personas."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Protocol

from itsdangerous import BadSignature, URLSafeSerializer
from starlette.requests import HTTPConnection, Request
from starlette.responses import Response

from carehub.governance.requester import Requester
from carehub.terms.moments import instant, iso
from carehub.tokens.sign_in_trail import SignInTrail
from carehub.web.forms import set_cookie

COOKIE = "carehub_persona"
LASTS = timedelta(hours=12)


@dataclass(frozen=True, slots=True)
class Ending:
    """When a session ends, aware UTC. final: whatever its user does."""

    at: datetime
    final: bool


class SignIn(Protocol):
    """How a browser is known."""

    def current(self, request: HTTPConnection) -> Requester | None:
        """The requester of this request, or None when nobody is signed in."""
        ...

    def session_of(self, request: HTTPConnection) -> str:
        """The digest of the session that what is given in it must not outlive; "" where sessions are kept by the browser alone."""
        ...

    def ends(self, request: HTTPConnection) -> Ending | None:
        """When the session of this request ends unless it is used again, so that its pages warn; None where nobody is signed in."""
        ...

    def go_on(self, request: Request, response: Response) -> None:
        """Let the session of this request go on, as far as it may."""
        ...


class PersonaSignIn:
    """Demonstration only: anyone may choose any persona. The choice is kept in a signed cookie for 12 hours.

    personas: who can be chosen; user and role together must be unique. secret: signs the cookie. clock: now, aware UTC.
    trail: where each choice and its end is written; None writes nothing.
    """

    def __init__(self, personas: Sequence[Requester], secret: str, clock: Callable[[], datetime], trail: SignInTrail | None = None) -> None:
        self._personas = {persona_key(persona): persona for persona in personas}
        if len(self._personas) != len(personas):
            raise ValueError("two personas have the same user and role")
        self._serializer = URLSafeSerializer(secret, salt="carehub.persona")
        self._clock = clock
        self._trail = trail

    def personas(self) -> list[Requester]:
        """Those who can be chosen, in the order given."""
        return list(self._personas.values())

    def current(self, request: HTTPConnection) -> Requester | None:
        """The chosen persona, or None: no cookie, a changed cookie, an old one, or a persona that is gone."""
        kept = self._kept(request)
        return self._personas.get(kept[0]) if kept else None

    def ends(self, request: HTTPConnection) -> Ending | None:
        """Twelve hours after the choice; None for one that is over or never was."""
        kept = self._kept(request)
        return Ending(kept[1] + LASTS, final=False) if kept and kept[0] in self._personas else None

    def go_on(self, request: Request, response: Response) -> None:
        """As if the same persona were chosen now."""
        if kept := self._kept(request):
            self._keep(kept[0], request, response)

    def _kept(self, request: HTTPConnection) -> tuple[str, datetime] | None:
        try:
            kept = self._serializer.loads(request.cookies.get(COOKIE, ""))
        except BadSignature:
            return None
        chosen = instant(kept["at"])
        if chosen is None or not timedelta(0) <= self._clock() - chosen <= LASTS:
            return None
        return str(kept["persona"]), chosen

    def session_of(self, request: HTTPConnection) -> str:
        """Nothing is kept of a persona's."""
        return ""

    def choose(self, key: str, request: Request, response: Response) -> bool:
        """Set the cookie on the response; False when there is no persona of this key. Raises StoreBusy where it cannot be written down."""
        if key not in self._personas:
            return False
        if self._trail:
            self._trail.signed_in(self._personas[key], "Signed in as a persona of the demonstration")
        self._keep(key, request, response)
        return True

    def _keep(self, key: str, request: Request, response: Response) -> None:
        set_cookie(response, request, COOKIE, str(self._serializer.dumps({"persona": key, "at": iso(self._clock())})))

    def leave(self, request: Request, response: Response) -> None:
        """Forget the choice."""
        response.delete_cookie(COOKIE, path="/")
        if self._trail and (one := self.current(request)):
            self._trail.signed_out(one, "Signed out")


def persona_key(persona: Requester) -> str:
    """What the sign-in form sends for a persona."""
    return f"{persona.user}|{persona.role}"
