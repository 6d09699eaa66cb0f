"""Requester: who asks, in what role, for which organisation, and why."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Requester:
    """user: the person's or client's id. name: as shown. role: a role code of the policy table. organisation: code and name.

    purpose: purpose of use, an HL7 v3 PurposeOfUse code (https://terminology.hl7.org/CodeSystem-v3-ActReason.html), "TREAT" for direct care.
    app: the app that asks in the user's name, "" for none. patient: the one person whose record may be asked for, "" for any.
    """

    user: str
    name: str
    role: str
    organisation: str
    organisation_name: str
    purpose: str
    app: str = ""
    patient: str = ""
