"""Who signed in and out, and who was turned away, written in the audit trail. A sign-in that cannot be written does not happen."""

from __future__ import annotations

import secrets
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from logging import getLogger
from typing import Literal

from carehub.fhir.canonical import dumps
from carehub.governance.audit_sign_in import sign_in_event
from carehub.governance.requester import Requester
from carehub.store.auditing import AuditTrail
from carehub.store.stored import AuditRow
from carehub.terms.errors import CarehubError, Unavailable
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

    def _write(self, who: Requester, what: Literal["login", "logout"], words: str, *, refused: bool = False) -> None:
        at = iso(self.clock())
        event = sign_in_event(who, what, words, refused=refused, at=at, request=secrets.token_hex(8))
        self.audit.append([AuditRow(event["id"], at, "", dumps(event))])
