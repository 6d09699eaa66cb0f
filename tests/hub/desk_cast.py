"""A hub with people that stewards have to do with, for the tests of the identity desk and of its pages."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from typing import Any

from carehub.governance.requester import Requester
from carehub.hub.hub import Hub
from carehub.hub.report_match import Doubt
from carehub.hub.settle_review import Given
from carehub.hub.stewards import Stewards
from carehub.identity.rulings import Answer, Why
from carehub.identity.scales import Scales
from carehub.terms.refs import RecordRef
from carehub.wiring.matching_rules import load_rules
from hub.toy_hub import PENICILLIN, ada, submit, toy_hub

NURSE = Requester("jo", "Jo Adeyemi", "district-nurse", "X99001", "Northvale Community", "TREAT")
GP_DOCTOR = replace(NURSE, user="amir", name="Amir Khan", role="gp")
NIA = Requester("nia", "Nia Rees", "identity-steward", "X99001", "Northvale Community", "PATADMIN")
OMAR = replace(NIA, user="omar", name="Omar Diaz", organisation="X99002", organisation_name="Elmfield Surgery")
LOU = replace(NIA, user="lou", name="Lou Marsh")
GRACE = replace(NIA, user="grace", name="Grace Lowe", role="senior-identity-steward")
GP, ACUTE, COUNCIL, BROTHER = (
    RecordRef(source, local, "Patient").id for source, local in (("gp", "1"), ("acute", "A1"), ("council", "C1"), ("gp", "2"))
)
FLAG = {"type": "Flag", "id": "f1", "status": "active", "code": {"text": "Key safe"}}


def home(**more: Any) -> dict[str, Any]:
    """Patient details of everybody at one address; more: elements beside it."""
    return {
        "address": [{"use": "home", "line": ["12 Oak Street"], "postalCode": "NV1 2AB"}],
        "telecom": [{"system": "phone", "value": "07700 900123"}],
        **more,
    }


def desk_hub(*, weighs: bool = True, restricted: bool = False, held: Sequence[dict[str, Any]] = ()) -> Hub:
    """Ada at her GP and in hospital, linked by rule; the council's record of an Ida, misspelt and without a number, which is asked about; and a
    brother at the same address. weighs: with the shipped model. restricted: the council marks its record so. held: records that
    the council keeps."""
    hub = toy_hub()
    if weighs:
        rules = load_rules("")
        hub.scales = Scales(rules.model, rules.settings, rules.version)
    label = {"meta": {"security": [{"code": "R"}]}} if restricted else {}
    submit(
        hub,
        ada("gp", extra=home(gender="female")),
        ada("acute", "A1", kind="acute", extra=home(gender="female"), records=[PENICILLIN]),
        ada("gp", "2", nhs="9990000026", given="Ben", born="1938-02-11", extra=home(gender="male")),
        ada(
            "council",
            "C1",
            nhs="",
            kind="local_authority",
            family="Okafour",
            given="Ida",
            extra=home(gender="female", **label),
            records=list(held),
        ),
    )
    hub.drain()
    return hub


def person(hub: Hub, record: str = GP) -> str:
    return hub.store.links.person_of([record])[record]


def report(hub: Hub, *, record: str = ACUTE, hide: bool = True, who: Requester = NURSE, why: Why = Why.OTHER_PERSON) -> str:
    """The nurse reports a record of Ada as another person's."""
    return Stewards(hub).report(who, Doubt(person(hub, record), record, why, "She was never in hospital.", hide)).value.message


def answer(hub: Hub, id: str, what: Answer, who: Requester) -> str:
    """A steward's answer to a review."""
    return Stewards(hub).decide(who, id, lambda a, b: Given(what, a, b, f"{who.name} has seen the letter.")).value.message
