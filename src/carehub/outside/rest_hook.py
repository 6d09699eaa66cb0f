"""Call a subscriber: a FHIR Bundle, signed after the Standard Webhooks scheme (https://www.standardwebhooks.com), to an address the site allows."""

from __future__ import annotations

import base64
import hashlib
import hmac
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime

from standardwebhooks import Webhook

from carehub.outside.http import OutsideClient, Patience, callable_address
from carehub.terms.errors import OutsideDown
from carehub.terms.issue_catalogue import issue

# One try: what was not taken waits in the outbox, which knows when to try again.
_ONCE = Patience(connect=3.0, read=5.0, whole=10.0, attempts=1)


@dataclass(frozen=True, slots=True)
class RestHook:
    """hosts: names that may be called. plain: on this machine http too. key: of the site, from which each subscription's secret is derived. clock:
    aware UTC now."""

    hosts: frozenset[str]
    plain: bool
    key: str
    clock: Callable[[], datetime]

    def may_call(self, endpoint: str) -> bool:
        """Whether the site allows it: https, a host that is named, no credential, no fragment."""
        return "#" not in endpoint and callable_address(endpoint, self.hosts, plain=self.plain)

    def secret(self, subscription: str) -> str:
        """What its receiver checks signatures with, as the scheme writes secrets."""
        return "whsec_" + base64.b64encode(hmac.digest(self.key.encode(), f"subscription {subscription}".encode(), hashlib.sha256)).decode()

    def call(self, endpoint: str, subscription: str, id: str, body: bytes) -> None:
        """Send one notification; done when it was taken with a 2xx. The receiver knows one that it had before by its webhook-id.

        Raises OutsideDown: OUT-004 for an address that is not allowed any more, OUT-005 for another answer, and as OutsideClient does.
        """
        if not self.may_call(endpoint):
            raise OutsideDown(issue("OUT-004"))
        now = self.clock()
        signature = Webhook(self.secret(subscription)).sign(id, now, body.decode())
        headers = {
            "Content-Type": "application/fhir+json",
            "webhook-id": id,
            "webhook-timestamp": str(int(now.timestamp())),
            "webhook-signature": signature,
        }
        client = OutsideClient(endpoint, hosts=self.hosts, plain=self.plain, patience=_ONCE, most_bytes=100_000)
        try:
            reply = client.send_repeatable("", body, headers)
        finally:
            client.close()
        if not 200 <= reply.status < 300:
            raise OutsideDown(issue("OUT-005"))
