"""When a source's own time cannot be right: it lies after the receipt."""

from __future__ import annotations

from datetime import timedelta

from carehub.terms.moments import instant

ALLOWED = timedelta(minutes=5)
"""By which the clocks of two computers may differ before anybody is told: what Kerberos allows (RFC 4120, 3.2.3)."""


def ahead(recorded: str, received: str) -> bool:
    """Whether a source dates something (FHIR dateTime, "" for not at all) more than ALLOWED after the hub received it."""
    told, came = instant(recorded), instant(received)
    return bool(told and came and told - came > ALLOWED)
