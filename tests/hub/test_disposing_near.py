"""Nobody goes without whom somebody else's records would be linked otherwise: a twin far off, and who makes a key say nothing."""

from __future__ import annotations

from typing import Any

import pytest

from carehub.hub.disposal_due import can_go
from carehub.hub.hub import Hub
from carehub.hub.rules_feed import Activation
from carehub.hub.rules_in_force import scales_of
from carehub.terms.refs import RecordRef
from carehub.wiring.matching_rules import load_texts
from hub.disposing_cast import LATELY, OLD, retaining
from hub.toy_hub import ada, submit, toy_hub

_RULES, _TEXT, _MODEL = load_texts()
_OFF = _TEXT.replace("traced-number = true", 'traced-number = "The board of 3 May 2026: ask."')
_TWIN = RecordRef("acute", "T1", "Patient").id


def _said(source: str, patient: str, number: str, at: str, given: str = "", family: str = "", born: str = "1931-03-04") -> dict[str, Any]:
    verified = [{"url": "NHSNumberVerificationStatus", "valueCodeableConcept": {"coding": [{"code": "01"}]}}]
    identifier = {"system": "https://fhir.nhs.uk/Id/nhs-number", "value": number, "extension": verified}
    extra = {"identifier": [identifier], "gender": "female", "address": [{"postalCode": "ZB1 1AA"}]}
    return ada(source, patient, kind=source, nhs="", given=given, family=family, born=born, at=at, extra=extra)


def _hub(rules: str, *, born: str = "1931-03-04") -> Hub:
    hub = toy_hub()
    hub.scales = scales_of(Activation(rules, _MODEL, "", "", "").read())
    submit(hub, _said("gp", "G1", "9990000018", LATELY, "Grace", "Okafor"), _said("community", "N1", "9990000018", LATELY))
    submit(hub, _said("acute", "T1", "9990000026", OLD, "Miriam", "Okafor", born))
    hub.drain()
    return hub


def _goes(hub: Hub) -> list[Any]:
    held = retaining(hub)
    return [found for _, found in can_go(held, held.today(), hub.store.links.persons())]


def test_a_twin_stays_for_whose_sake_a_number_does_not_link() -> None:
    assert _goes(_hub(_TEXT)) == ["near"]


@pytest.mark.parametrize(("rules", "born"), [(_OFF, "1931-03-04"), (_TEXT, "1931-05-09")])
def test_who_could_not_be_meant_goes(rules: str, born: str) -> None:
    (found,) = _goes(_hub(rules, born=born))
    assert found.patients == (_TWIN,)


def test_who_makes_a_key_say_nothing_stays(monkeypatch: pytest.MonkeyPatch) -> None:
    hub = _hub(_OFF)
    monkeypatch.setattr("carehub.hub.disposal_due.CAP", 1)
    assert _goes(hub) == ["near"], "the birth date with the family name is borne by two, and by one without her"
