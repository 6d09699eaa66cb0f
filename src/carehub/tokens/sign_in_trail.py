"""Who signed in and out, who was turned away, and what was asked with a token that does not cover it, written in the audit trail. A sign-in that
cannot be written does not happen."""

from __future__ import annotations

import secrets
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from logging import getLogger
from typing import Literal

from carehub.fhir import r4
from carehub.fhir.canonical import dumps
from carehub.fhir.resource import Resource
from carehub.governance.audit import beyond_event
from carehub.governance.audit_sign_in import sign_in_event
from carehub.governance.requester import Requester
from carehub.store.auditing import AuditTrail
from carehub.store.stored import AuditRow
from carehub.terms.errors import CarehubError, Unavailable
from carehub.terms.issue_catalogue import issue
from carehub.terms.moments import iso

_logger = getLogger("carehub")
NOBODY = Requester("", "", "", "", "", "")
"""Whoever it was: they proved nothing."""


@dataclass(frozen=True, slots=True)
class SignInTrail:
    """clock: aware UTC now."""

    audit: AuditTrail
    clock: Callable[[], datetime]

    def signed_in(self, who: Requester, words: str) -> None:
        """Before it counts. Raises StoreBusy where it cannot be written."""
        self._write(who, "login", words)

    def refused(self, who: Requester, error: CarehubError) -> None:
        """Before it is told. Raises StoreBusy where it cannot be written: nobody is let in either way."""
        self._write(who, "login", "; ".join(f"{one.number}: {one.text}" for one in error.issues), refused=True)

    def signed_out(self, who: Requester, words: str) -> None:
        """After it has happened. A trail that takes nothing keeps nobody signed in: the hub's own log then says that a row is missing."""
        try:
            self._write(who, "logout", words)
        except Unavailable as error:
            _logger.error("the end of a session is not in the audit trail (%s)", error.issues[0].number)

    def besieged(self, address: str) -> None:
        """Many requests from an address (of a computer) could not prove who asks. A trail that takes nothing lets none of them in either: the hub's own
        log then says that a row is missing."""
        told = issue("API-019")
        words = f"{told.number}: {told.text}"
        try:
            self._write(NOBODY, "login", words, refused=True, address=address)
        except Unavailable as error:
            _logger.error("too many unproved requests from one address, which is not in the audit trail (%s)", error.issues[0].number)

    def beyond(self, who: Requester, type_: str, letters: str) -> None:
        """Before it is refused: a request that an access token does not cover (governance.audit.beyond_event). A type that is none of FHIR's is not
        written, because an address may hold anything. Raises StoreBusy where it cannot be written."""
        at, told = iso(self.clock()), issue("SIGN-005")
        named = type_ if type_ == "*" or type_ in r4.types() else ""
        self._append(beyond_event(who, named, letters, f"{told.number}: {told.text}", at=at, request=secrets.token_hex(8)))

    def _write(self, who: Requester, what: Literal["login", "logout"], words: str, *, refused: bool = False, address: str = "") -> None:
        at = iso(self.clock())
        self._append(sign_in_event(who, what, words, refused=refused, at=at, request=secrets.token_hex(8), address=address))

    def _append(self, event: Resource) -> None:
        self.audit.append([AuditRow(event["id"], event["recorded"], "", dumps(event))])
