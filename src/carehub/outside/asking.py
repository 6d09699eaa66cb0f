"""Whole addresses asked through the one HTTP client: for a service that tells its own addresses, such as an OpenID Connect provider."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from urllib.parse import urlencode, urlsplit

from carehub.outside.http import OutsideClient, Patience
from carehub.terms.errors import OutsideDown
from carehub.terms.issue_catalogue import issue

_PATIENCE = Patience(connect=3.0, read=5.0, whole=10.0, attempts=2, pausing=2.0)
_MOST_BYTES = 200_000


class OutsideAsking:
    """carehub.tokens.provider.Asking. hosts: names that may be called. plain: http on this machine too, for development. Nothing is kept open."""

    def __init__(self, hosts: frozenset[str], *, plain: bool = False) -> None:
        self._hosts, self._plain = hosts, plain

    def get(self, address: str, headers: Mapping[str, str]) -> tuple[int, bytes]:
        """Status and body. Raises OutsideDown, OUT-004 for a host that is not named."""
        with self._at(address) as (client, path):
            reply = client.get(path, headers=headers)
        return reply.status, reply.body

    def post(self, address: str, form: Mapping[str, str]) -> tuple[int, bytes]:
        """Status and body. A code that was used by a try that nobody answered is refused at the next, and the user signs in again."""
        with self._at(address) as (client, path):
            reply = client.send_repeatable(path, urlencode(form).encode(), {"Content-Type": "application/x-www-form-urlencoded"})
        return reply.status, reply.body

    @contextmanager
    def _at(self, address: str) -> Iterator[tuple[OutsideClient, str]]:
        parts = urlsplit(address)
        if parts.query or parts.fragment:
            raise OutsideDown(issue("OUT-004"))
        base = f"{parts.scheme}://{parts.netloc}"
        client = OutsideClient(base, hosts=self._hosts, plain=self._plain, patience=_PATIENCE, most_bytes=_MOST_BYTES)
        try:
            yield client, parts.path
        finally:
            client.close()
