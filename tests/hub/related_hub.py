"""A hub that requires relationships: one person of whom OURS and a community service hold a record, and somebody of THEIRS who has none."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from typing import Any

import pytest

from carehub.governance.requester import Requester
from carehub.hub.hub import Hub
from carehub.terms.errors import CarehubError, Refused
from carehub.terms.organisations import ODS_SYSTEM
from hub.toy_hub import PENICILLIN, ada, required, submit, toy_hub

NUMBER = "9990000018"
OURS, THEIRS = "X99301", "X99302"
GP = Requester("u-gp", "Amir Khan", "gp", OURS, "Elmfield Surgery", "TREAT")
DOCTOR = Requester("u-doctor", "Sam Webb", "hospital-doctor", THEIRS, "Northvale General Hospital", "TREAT")
LINK = replace(DOCTOR, user="u-link", role="link-worker")
REASON = "Found confused at home, the record is needed now."


def hub_with(*records: dict[str, Any], days_after: int = 0) -> tuple[Hub, str]:
    made = toy_hub()
    submit(made, ada(OURS, records=[PENICILLIN, *records]), ada("X99304", "4", kind="community"))
    made.drain()
    required(made, days_after=days_after)
    return made, made.store.links.persons()[0]


def number_of(work: Callable[[], object]) -> str:
    with pytest.raises(CarehubError) as found:
        work()
    return found.value.issues[0].number


def may(hub: Hub, who: Requester, person: str) -> bool:
    try:
        hub.disclosing.person_record(who, person, "overview")
    except Refused:
        return False
    return True


def named(code: str = THEIRS, name: str = "") -> dict[str, Any]:
    told = {"identifier": {"system": ODS_SYSTEM, "value": code}} if code else {}
    return {**told, "display": name} if name else told


def referral(status: str = "active", **more: Any) -> dict[str, Any]:
    return {"type": "ServiceRequest", "id": "r1", "status": status, "intent": "order", "performer": [named()], **more}
