"""Credentials to a Requester or a source, or 401. Credentials are looked up by their SHA-256; the files never hold them in clear."""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping
from dataclasses import dataclass, replace
from typing import NoReturn

from starlette.requests import Request

from carehub.api.scoped import covers_beside, narrowed, needed
from carehub.governance.requester import Requester
from carehub.terms.errors import Refused, Unauthenticated
from carehub.terms.issue_catalogue import issue
from carehub.tokens.granting import Grant
from carehub.tokens.scopes import reach
from carehub.tokens.short_lived import digest


@dataclass(frozen=True, slots=True)
class SourceCredential:
    """Who hands over submissions: a name for the log, and the full names of the feeds it may feed."""

    name: str
    feeds: frozenset[str]


@dataclass(frozen=True, slots=True)
class Credentials:
    """sources and clients by the SHA-256 (hex) of their bearer credential. session: the requester of a signed-in browser, or None. grant: what an
    access token stands for, or None. beyond: told, before it is refused, who asked for what with a token that does not cover it."""

    sources: Mapping[str, SourceCredential]
    clients: Mapping[str, Requester]
    session: Callable[[Request], Requester | None] = lambda request: None
    grant: Callable[[str], Grant | None] = lambda token: None
    beyond: Callable[[Requester, str, str], None] = lambda who, type_, letters: None

    def source(self, request: Request, feed: str) -> SourceCredential:
        """The source that may feed this feed. Raises Unauthenticated, or Refused for a feed that is not its own."""
        known = self.sources.get(_digest(request))
        if known is None:
            raise Unauthenticated(issue("API-001"))
        if feed not in known.feeds:
            raise Refused(issue("API-002"))
        return known

    def source_of(self, request: Request, feeds: Collection[str]) -> SourceCredential:
        """The source that may feed at least one of these feeds. Raises as `source` does."""
        known = self.sources.get(_digest(request))
        if known is None:
            raise Unauthenticated(issue("API-001"))
        if known.feeds.isdisjoint(feeds):
            raise Refused(issue("API-002"))
        return known

    def sender(self, request: Request) -> Requester:
        """Who sends something that changes anything: never a browser's session, by which another site's page could send it. As `requester`."""
        if not request.headers.get("authorization"):
            raise Unauthenticated(issue("API-001"))
        return self.requester(request)

    def requester(self, request: Request) -> Requester:
        """Who asks: an API client by its credential or access token, else the browser's session. Raises Unauthenticated, and Refused (SIGN-005)
        where a token's scopes do not cover the request.

        A client may state another purpose of use in the header X-Purpose-Of-Use; policy then decides on that one.
        """
        bearer, hashed = _bearer(request), _digest(request)
        found = self.clients.get(hashed) if hashed else self.session(request) if not request.headers.get("authorization") else None
        if found is None and bearer and (grant := self.grant(bearer)) is not None:
            request.state.grant = grant
            found = narrowed(grant, request) or self._refuse(grant, request)
        if found is None:
            raise Unauthenticated(issue("API-001"))
        return replace(found, purpose=request.headers.get("x-purpose-of-use", found.purpose).strip())

    def search(self, request: Request, names: Collection[str]) -> None:
        """Refuse (SIGN-005) a search by these parameters that reaches further than the access token of the request."""
        grant = getattr(request.state, "grant", None)
        if grant is not None and not covers_beside(grant, names):
            self._refuse(grant, request)

    def covers_whole(self, request: Request, requester: Requester) -> bool:
        """Whether the request's access token, where it is one, covers what is made from every type. requester: as `requester` gave it."""
        grant = getattr(request.state, "grant", None)
        context = reach(grant.scopes, "*", "rs") if grant is not None else "system"
        return context is not None and (context != "patient" or bool(requester.patient))

    def whole(self, request: Request, requester: Requester) -> None:
        """Refuse (SIGN-005) what is made from every type to an access token that does not cover it."""
        if not self.covers_whole(request, requester):
            self._refuse(request.state.grant, request)

    def _refuse(self, grant: Grant, request: Request) -> NoReturn:
        self.beyond(replace(grant.requester, app=grant.app), *needed(request))
        raise Refused(issue("SIGN-005"))


def _bearer(request: Request) -> str:
    scheme, _, credential = request.headers.get("authorization", "").partition(" ")
    return credential.strip() if scheme.casefold() == "bearer" else ""


def _digest(request: Request) -> str:
    bearer = _bearer(request)
    return digest(bearer) if bearer else ""
