"""Signing in and out as a FHIR AuditEvent: DICOM PS3.15 A.5.3.13 (User Authentication), in the shape of IHE BALP 1.1. Never a secret, nobody's data."""

from __future__ import annotations

from typing import Literal

from carehub.fhir.resource import Resource
from carehub.governance.audit import agents
from carehub.governance.requester import Requester
from carehub.terms.refs import derived_id

_DICOM = "http://dicom.nema.org/resources/ontology/DCM"
_SUBTYPES = {"login": ("110122", "Login"), "logout": ("110123", "Logout")}


def sign_in_event(
    who: Requester, what: Literal["login", "logout"], words: str, *, refused: bool, at: str, request: str, address: str = ""
) -> Resource:
    """An R4 AuditEvent about nobody. who: with "" for what is not known of them. words: what came of it; of a refusal, the catalogue's number and text.
    at: ISO UTC. request: an id that makes two of one millisecond two events. The outcome is 0, or 4 for a refusal.
    address: of the computer that asks, where that is all that is known."""
    [first, *others] = agents(who)
    network = {"network": {"address": address, "type": "2"}} if address else {}
    code, display = _SUBTYPES[what]
    return {
        "resourceType": "AuditEvent",
        "id": derived_id("audit", at, who.user, what, who.app, words, request),
        "type": {"system": _DICOM, "code": "110114", "display": "User Authentication"},
        "subtype": [{"system": _DICOM, "code": code, "display": display}],
        "action": "E",
        "recorded": at,
        "outcome": "4" if refused else "0",
        "outcomeDesc": words,
        "agent": [{**first, **network}, *others],
        "source": {"observer": {"display": "carehub"}},
    }
