"""The hot check beside the models: over published resources and over thousands of broken ones, the same verdict or a named reason."""

from __future__ import annotations

import copy
import random
from collections import Counter
from collections.abc import Iterator
from decimal import Decimal
from typing import Any

import pytest

from carehub.fhir.gate import check
from carehub.fhir.models import explain
from carehub.terms.issue import Issue

# What the check refuses and the models let through. The other way round there is nothing.
STRICTER = {
    "GATE-011": "a type that the hub does not hold",
    "GATE-012": "a code outside its required value set: the models do not look",
    "GATE-014": "something empty or blank, or a null: the models drop or ignore it",
    "GATE-015": "a reference that cannot be followed",
    "GATE-016": "an id longer than 64: the models allow 255",
}
# And of GATE-010 and GATE-018, only at a single value: the models turn "true" into True and 7 into a date, allow a blank inside a URI and
# any exponent in a number, and take a resource inside without a type for the bare Resource.


def named(resource: dict[str, Any], issues: tuple[Issue, ...]) -> bool:
    """Whether each fault that only the check sees is one of the named differences."""
    loose = {"GATE-010", "GATE-018"}
    return all(
        i.number in STRICTER or (i.number in loose and (_is_single(resource, i.at) or i.at.endswith(".resourceType"))) for i in issues
    )


def _is_single(resource: dict[str, Any], at: str) -> bool:
    value: Any = resource
    for step in at.replace("[", ".[").split(".")[1:]:
        try:
            value = value[int(step[1:-1])] if step.startswith("[") else value[step]
        except (KeyError, IndexError):
            return False
    return isinstance(value, (str, int, Decimal, bool))


@pytest.mark.real_feeds
def test_published_resources_get_the_same_verdict(
    json_resources: list[tuple[str, dict[str, Any]]], uk_core_examples: dict[str, dict[str, Any]]
) -> None:
    seen: Counter[tuple[bool, bool]] = Counter()
    for place, resource in [*json_resources, *uk_core_examples.items()]:
        ours, theirs = check(resource), explain(resource)
        seen[not ours, not theirs] += 1
        if bool(ours) != bool(theirs):
            assert ours, f"{place}: the models refuse what the check lets through, {theirs[0].number} at {theirs[0].at}"
            assert named(resource, ours), f"{place}: {[(i.number, i.at) for i in ours]}"
    assert seen[True, True] > 600
    assert seen[False, False] > 50


WRONG: list[Any] = [
    5, -1, 2**40, True, None, "", " ", "x", "true", "MALE", "a b", "not a date", "2020-02-30", "2021-13-01", "2020-01-01T10:00:00",
    "2020-01-01T25:00:00Z", "a" * 300, [], {}, [None], [[]], [{}], ["x"], {"x": 1}, {"reference": "x y"}, Decimal("1.5"), Decimal("1E+40"),
]  # fmt: skip


def _spots(value: Any) -> Iterator[tuple[Any, Any]]:
    """Every (holder, key) below a resource."""
    for key, part in list(value.items() if isinstance(value, dict) else enumerate(value)):
        if key not in ("resourceType", "div"):
            yield value, key
            if isinstance(part, (dict, list)):
                yield from _spots(part)


def _break(resource: dict[str, Any], dice: random.Random) -> None:
    """One fault, in place: an element dropped, unknown, given twice as a choice, or with a wrong value."""
    holder, key = dice.choice(list(_spots(resource)))
    way = dice.randrange(5)
    if way == 0:
        del holder[key]
    elif way == 1 and isinstance(holder, dict):
        holder["notAnElement"] = 1
    elif way == 2 and isinstance(holder, dict):
        holder["valueString"], holder["valueBoolean"] = "x", False
    else:
        holder[key] = copy.deepcopy(dice.choice(WRONG))


def _broken_verdicts(resources: list[dict[str, Any]], count: int) -> Counter[tuple[bool, bool]]:
    dice = random.Random(19)
    seen: Counter[tuple[bool, bool]] = Counter()
    for n in range(count):
        resource = copy.deepcopy(resources[n % len(resources)])
        before = copy.deepcopy(resource)
        _break(resource, dice)
        ours, theirs = check(resource), explain(resource)
        seen[not ours, not theirs] += 1
        if bool(ours) != bool(theirs):
            assert ours, f"{before['resourceType']}: only the models refuse, {[(i.number, i.at) for i in theirs]}"
            assert named(resource, ours), f"{before['resourceType']}: {[(i.number, i.at) for i in ours]}"
    return seen


OWN: list[dict[str, Any]] = [
    {
        "resourceType": "Patient",
        "id": "p1",
        "identifier": [{"system": "https://fhir.nhs.uk/Id/nhs-number", "value": "9990000018", "use": "official"}],
        "name": [{"use": "official", "family": "Example", "given": ["Ann", "B"]}],
        "telecom": [{"system": "phone", "value": "020 7946 0001"}],
        "gender": "female",
        "birthDate": "1944-05-01",
        "deceasedBoolean": False,
        "address": [{"line": ["1 Invented Road"], "period": {"start": "2001"}}],
    },
    {
        "resourceType": "Observation",
        "status": "final",
        "code": {"coding": [{"system": "http://snomed.info/sct", "code": "27113001", "display": "Body weight"}]},
        "subject": {"reference": "Patient/p1"},
        "effectiveDateTime": "2026-01-05T09:30:00+00:00",
        "valueQuantity": {"value": Decimal("71.50"), "unit": "kg", "system": "http://unitsofmeasure.org", "code": "kg"},
        "referenceRange": [{"low": {"value": 50}, "text": "50 to 90"}],
    },
    {
        "resourceType": "MedicationRequest",
        "status": "active",
        "intent": "order",
        "medicationCodeableConcept": {"text": "Amlodipine 5 mg tablets"},
        "subject": {"reference": "Patient/p1"},
        "dosageInstruction": [
            {"text": "One daily", "timing": {"repeat": {"frequency": 1, "period": 1, "periodUnit": "d"}}, "asNeededBoolean": False}
        ],
        "dispenseRequest": {"numberOfRepeatsAllowed": 2, "validityPeriod": {"start": "2026-01-01", "end": "2026-07-01"}},
        "substitution": {"allowedBoolean": True},
    },
]


@pytest.mark.parametrize("resource", OWN, ids=lambda r: r["resourceType"])
def test_our_own_resources_pass_both(resource: dict[str, Any]) -> None:
    assert check(resource) == ()
    assert explain(resource) == ()


def test_broken_resources_of_our_own_get_the_same_verdict() -> None:
    seen = _broken_verdicts(OWN, 900)
    assert seen[False, False] > 400
    assert seen[False, True] > 50


@pytest.mark.real_feeds
def test_broken_published_resources_get_the_same_verdict(
    json_resources: list[tuple[str, dict[str, Any]]], uk_core_examples: dict[str, dict[str, Any]]
) -> None:
    every = [*(resource for _, resource in json_resources), *uk_core_examples.values()]
    seen = _broken_verdicts([r for r in every if r["resourceType"] != "Bundle" and not check(r)], 6000)
    assert sum(seen.values()) == 6000
    assert seen[False, False] > 3000
