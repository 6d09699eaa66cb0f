"""What a mask takes away with it, and what an audit event says."""

from __future__ import annotations

from dataclasses import replace

import pytest

from carehub.careplan.assembly import assemble
from carehub.careplan.plan import Entry, UnifiedCarePlan
from carehub.fhir.models import explain
from carehub.governance.audit import audit_event
from carehub.governance.compartment import SECTIONS_OF_TYPE, permitted_types
from carehub.governance.decision import decide
from carehub.governance.policy import TABLE
from carehub.governance.redaction import carry, disclose, redact
from carehub.governance.requester import Requester
from carehub.terms.attribution import Attribution
from carehub.terms.errors import Refused
from carehub.terms.organisations import SourceKind, SourceOrganisation
from unit.careplan.joint_records import care_plan, task, to
from unit.careplan.told import COMMUNITY, COUNCIL, record, view

NURSE = Requester("jo", "Jo Adeyemi", "district-nurse", "X99001", "Northvale Community", "TREAT")
PERSON = "00000000-0000-0000-0000-000000000001"
AT = "2026-11-22T09:00:00.000Z"

GP = SourceOrganisation("X99001", "Elmfield Surgery", SourceKind.GP)
SAID = Attribution(GP, "gp.feed", "MedicationStatement/1", 1, "m1", AT, AT, "Dr A Khan", "gp", 1)


@pytest.fixture
def plan() -> UnifiedCarePlan:
    return assemble(PERSON, [], [], 0)


def test_nothing_is_released_on_a_refusal(plan: UnifiedCarePlan) -> None:
    refused = decide(replace(NURSE, purpose="HMARKT"), "read_record", PERSON, TABLE)
    with pytest.raises(Refused):
        redact(plan, refused)
    with pytest.raises(Refused):
        disclose("anything", refused)


def test_a_masked_section_keeps_its_title_and_says_who_may_see_it(plan: UnifiedCarePlan) -> None:
    decision = decide(replace(NURSE, role="link-worker"), "read_record", PERSON, TABLE)
    released = redact(plan, decision)
    medicines = released.value.section("medicines")
    assert (medicines.title, medicines.entries) == ("Medicines", ())
    assert all(state.state == "role" for state in medicines.states)
    assert f"Medicines: {decision.mask_sentence}" in released.withheld
    assert not any("0 entries" in told for told in released.withheld)
    assert carry(released, 1).withheld == released.withheld


def test_a_conflict_that_quotes_a_masked_section_is_not_told_whatever_section_it_is_of() -> None:
    feeding = {"status": "active", "intent": "order", "medicationCodeableConcept": {"text": "Thickener, two scoops"}}
    eating = care_plan(COMMUNITY, "c", "Eating plan", activity=[{"reference": to("MedicationRequest", "m")}])
    full = assemble(
        PERSON,
        [
            view(COMMUNITY, record(COMMUNITY, "MedicationRequest", "m", feeding), eating),
            view(COUNCIL, task(COUNCIL, "t", "Offer thin fluids")),
        ],
        [],
        0,
    )
    assert [(one.section, one.sections) for one in full.conflicts] == [("plan", ("medicines", "plan"))]
    released = redact(full, decide(replace(NURSE, role="link-worker"), "read_record", PERSON, TABLE)).value
    assert "Thickener" not in repr(released)


def test_a_mask_counts_every_entry_of_its_section_folded_or_not(plan: UnifiedCarePlan) -> None:
    one = Entry("A/1", "medicines", "statement", "Paracetamol", "Active", True, "", (), (), (SAID,))
    folded = replace(one, folded_because="same product", members=(one, replace(one, key="A/2")))
    held = {"medicines": (one, folded), "results": (replace(one, section="results"),)}
    full = replace(plan, sections=tuple(replace(section, entries=held.get(section.key, ())) for section in plan.sections))
    decision = decide(replace(NURSE, role="link-worker"), "read_record", PERSON, TABLE)
    counts = {mask.section: mask.count for mask in redact(full, decision).masks}
    assert (counts["medicines"], counts["results"]) == ("3 entries withheld", "1 entry withheld")
    assert {count for section, count in counts.items() if section not in held} == {""}
    assert f"Results: 1 entry withheld. {decision.mask_sentence}" in redact(full, decision).withheld


def test_a_mask_takes_the_resources_of_its_section_and_every_type_of_no_section() -> None:
    allowed = permitted_types({"medicines"})
    assert allowed is not None
    assert allowed.isdisjoint({"Medication", "MedicationStatement", "MedicationRequest", "List", "Binary"})
    assert "AllergyIntolerance" in allowed
    assert permitted_types(()) is None
    assert permitted_types({section for sections in SECTIONS_OF_TYPE.values() for section in sections}) == frozenset()


@pytest.mark.parametrize(
    "action", ["search_people", "read_record", "read_operations", "match_people", "explain_links", "report_wrong_match", "settle_reviews"]
)
@pytest.mark.parametrize("asking", [NURSE, replace(NURSE, role="", purpose="", name="")])
@pytest.mark.parametrize("person", [PERSON, ""])
def test_an_audit_event_is_valid_r4_and_says_who_what_whom_and_how_it_ended(action: str, asking: Requester, person: str) -> None:
    decision = decide(asking, action, person, TABLE)  # type: ignore[arg-type]
    event = audit_event(asking, action, person, "overview", decision, at=AT, request="r1")
    assert explain(event) == ()
    assert event["outcome"] == ("0" if decision.permitted else "4")
    assert event["recorded"] == AT
    assert ("entity" in event) == bool(person or action in ("read_operations", "settle_reviews"))


def test_two_looks_in_one_millisecond_are_two_events() -> None:
    decision = decide(NURSE, "read_record", PERSON, TABLE)
    one, two = (audit_event(NURSE, "read_record", PERSON, "overview", decision, at=AT, request=r)["id"] for r in ("r1", "r2"))
    assert one != two
