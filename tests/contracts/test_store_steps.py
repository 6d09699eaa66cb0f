"""The store's contract: steps about conflicts, by the patient records that speak in them."""

from __future__ import annotations

from dataclasses import replace

from carehub.careplan.disagreement.steps import Professional, Step
from carehub.careplan.plan import Conflict, Statement
from carehub.store.ports import Store
from carehub.terms.attribution import Attribution
from carehub.terms.organisations import SourceKind, SourceOrganisation
from contracts.stores import AT, named

GP, ACUTE, OTHER = (f"Patient/{named('patient', letter)}" for letter in "abc")
SAID = Attribution(SourceOrganisation("X99001", "Elmfield", SourceKind.GP), "gp/feed", "A/1", 1, "m", "", AT, "", "gp", 1)
SEEN = Conflict(
    "a.1", "C1", "allergies", "high", "Sources \x00 disagree.", (Statement("Penicillin", SAID),), about=("none",), patients=(GP, ACUTE)
)
JO = Professional("jo", "Jo Adeyemi", "gp", "X99001", "Elmfield")


def step(number: int, conflict: Conflict = SEEN) -> Step:
    return Step(
        "explained", "a.1", number, conflict, JO, AT, text="Two \x00 wards.", message=named("step", str(number)), position=10 - number
    )


def test_steps_are_found_by_every_record_that_speaks_each_once_in_order_of_the_log(store: Store) -> None:
    first, second, third = step(1), step(2), step(3, replace(SEEN, patients=(OTHER,)))
    assert store.steps.of_patients([GP, ACUTE]) == []
    store.steps.put([first, third])
    store.steps.put([second])
    assert store.steps.of_patients([GP, ACUTE]) == store.steps.of_patients([ACUTE]) == [second, first]
    assert store.steps.of_patients([OTHER, GP]) == [third, second, first]
    assert store.steps.of_patients([]) == store.steps.of_patients(["Patient/nobody"]) == []


def test_a_step_put_again_is_there_once_and_outlives_a_clearing(store: Store) -> None:
    store.steps.put([step(1)])
    store.steps.put([step(1)])
    store.records.clear()
    assert store.steps.of_patients([GP]) == [step(1)]
