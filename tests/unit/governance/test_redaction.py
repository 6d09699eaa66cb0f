"""What leaves of a plan, entry by entry: masked, labelled, a way into a home, or what quotes one of them."""

from __future__ import annotations

from dataclasses import replace

import pytest

from carehub.careplan.absence import WITHHELD
from carehub.careplan.assembly import assemble
from carehub.careplan.plan import Conflict, Entry, SectionState, Statement, UnifiedCarePlan
from carehub.careplan.sections import ALERTING, BY_KEY
from carehub.careplan.tie import Tie
from carehub.careplan.ways_in import NOT_SHOWN
from carehub.governance.compartment import permitted_types
from carehub.governance.decision import Decision
from carehub.governance.redaction import Disclosed, Mask, by_name_only, carry, disclose, kept_back, may_be_told, redact
from carehub.terms.attribution import Attribution
from carehub.terms.errors import Refused
from carehub.terms.organisations import SourceKind, SourceOrganisation

AT = "2026-11-22T09:00:00.000Z"
GP = SourceOrganisation("X99001", "Elmfield Surgery", SourceKind.GP)
OTHER = SourceOrganisation("X99002", "Northvale Community", SourceKind.COMMUNITY)
ALL = Decision(True, "", frozenset(), "Closed.", 1, restricted=True)
PLAIN = replace(ALL, restricted=False)
REFUSED = replace(ALL, permitted=False, number="GOV-006")
ALERT = ALERTING[-1]


def said(record: str, source: SourceOrganisation = GP) -> Attribution:
    return Attribution(source, "gp.feed", record, 1, "m1", AT, AT, "Dr A Khan", "gp", 1)


def entry(
    record: str, section: str = "problems", *, labels: tuple[str, ...] = (), title: str = "Asthma", source: SourceOrganisation = GP
) -> Entry:
    return Entry(record, section, "statement", title, "Active", True, "", (), (), (said(record, source),), labels=labels)


def folded(*members: Entry) -> Entry:
    told = tuple(one for member in members for one in member.attributions)
    return replace(members[0], attributions=told, folded_because="same", members=members, labels=())


def plan(*entries: Entry, conflicts: tuple[Conflict, ...] = ()) -> UnifiedCarePlan:
    bare = assemble("p", [], [], 0)
    sections = tuple(replace(one, entries=tuple(e for e in entries if e.section == one.key), states=()) for one in bare.sections)
    return replace(bare, sections=sections, conflicts=conflicts)


def conflict(*records: str, section: str = "problems", sections: tuple[str, ...] = ()) -> Conflict:
    return Conflict("c", "C1", section, "high", "", tuple(Statement("", said(one)) for one in records), sections=sections)


def left(whole: UnifiedCarePlan, decision: Decision, section: str = "problems") -> tuple[list[str], tuple[SectionState, ...]]:
    told = redact(whole, decision).value.section(section)
    return [one.key for one in told.entries], told.states


def test_a_refusal_is_raised_by_its_number_and_lets_nothing_out() -> None:
    for release in (lambda: redact(plan(), REFUSED), lambda: disclose("x", REFUSED)):
        with pytest.raises(Refused) as refused:
            release()
        assert [one.number for one in refused.value.issues] == ["GOV-006"]


def test_nobody_else_can_make_what_was_disclosed() -> None:
    with pytest.raises(TypeError):
        Disclosed("x", (), object())
    released = disclose("x", ALL)
    assert (released.value, released.masks) == ("x", ())
    assert carry(released, 1).value == 1


def test_a_labelled_entry_leaves_only_for_a_role_that_sees_labels() -> None:
    whole = plan(entry("Condition/1"), entry("Condition/2", labels=("R",)))
    assert left(whole, ALL) == (["Condition/1", "Condition/2"], ())
    assert left(whole, PLAIN) == (["Condition/1"], (SectionState(GP, "withheld", WITHHELD),))


def test_a_way_into_a_home_is_said_to_be_of_the_role() -> None:
    whole = plan(entry("Flag/1", title="Key safe code 1234 by the door"), entry("Condition/2"))
    assert left(whole, ALL)[0] == ["Flag/1", "Condition/2"]
    assert left(whole, PLAIN) == (["Condition/2"], (SectionState(GP, "role", NOT_SHOWN),))


def test_a_fold_with_one_labelled_member_is_taken_out_whole_and_each_source_is_told_once() -> None:
    one, labelled = entry("Condition/1"), entry("Condition/2", labels=("R",), source=OTHER)
    fold = folded(one, labelled)
    keys, states = left(plan(fold, entry("Condition/3", labels=("R",))), PLAIN)
    assert keys == []
    assert states == (SectionState(GP, "withheld", WITHHELD), SectionState(OTHER, "withheld", WITHHELD))
    assert kept_back(plan(fold), PLAIN) == {"Condition/2"}
    assert kept_back(plan(fold), ALL) == frozenset()


def test_a_label_is_told_before_a_way_in() -> None:
    fold = folded(entry("Flag/1", title="Key safe code 1234"), entry("Flag/2", labels=("R",)))
    assert left(plan(fold), PLAIN)[1] == (SectionState(GP, "withheld", WITHHELD),)


def test_what_also_stands_in_a_masked_section_of_alerts_is_held_back_everywhere() -> None:
    masked = replace(ALL, masked_sections=frozenset({ALERT, "results"}))
    whole = plan(entry("Flag/1", ALERT), entry("Observation/1", "results"), entry("Flag/1"), entry("Observation/1", "encounters"))
    assert kept_back(whole, masked) == {"Flag/1"}
    keys, states = left(whole, masked)
    assert keys == []
    assert states == (SectionState(GP, "role", f"What also belongs under {BY_KEY[ALERT].title} is not shown to your role."),)
    assert left(whole, masked, "encounters") == (["Observation/1"], ())


def test_several_masked_alerts_are_named_in_one_sentence() -> None:
    masked = replace(ALL, masked_sections=frozenset(ALERTING))
    titles = ", ".join(BY_KEY[key].title for key in ALERTING)
    assert left(plan(entry("Flag/1", ALERT), entry("Flag/1")), masked)[1] == (
        SectionState(GP, "role", f"What also belongs under {titles} is not shown to your role."),
    )


def test_a_patient_is_never_held_back() -> None:
    assert kept_back(plan(entry("Patient/1", labels=("R",)), entry("Condition/1", labels=("R",))), PLAIN) == {"Condition/1"}


def test_a_masked_section_is_emptied_and_counted_member_by_member() -> None:
    masked = replace(ALL, masked_sections=frozenset({"problems"}))
    whole = plan(entry("Condition/1"), folded(entry("Condition/2"), entry("Condition/3")))
    stated = tuple(replace(one, states=(SectionState(GP, "current", "As sent."),)) for one in whole.sections)
    released = redact(replace(whole, sections=stated), masked)
    assert released.value.section("problems").entries == ()
    assert released.value.section("problems").states == (SectionState(GP, "role", "Closed."),)
    assert released.value.section("results").states == (SectionState(GP, "current", "As sent."),)
    [mask] = released.masks
    assert mask == Mask("problems", BY_KEY["problems"].title, 3, "Closed.")
    assert carry(released, 1).masks == released.masks
    assert carry(released, 1).withheld == (f"{mask.title}: 3 entries withheld. Closed.",)


@pytest.mark.parametrize(
    ("entries", "words"),
    [(0, "Problems: Closed."), (1, "Problems: 1 entry withheld. Closed."), (2, "Problems: 2 entries withheld. Closed.")],
)
def test_the_words_of_a_mask(entries: int, words: str) -> None:
    assert Mask("problems", "Problems", entries, "Closed.").sentence == words


def test_a_conflict_is_told_where_no_part_of_it_is_masked_or_held_back() -> None:
    masked = replace(ALL, masked_sections=frozenset({"results"}))
    assert may_be_told(conflict("A/1", "A/2"), masked, {"A/3"})
    assert not may_be_told(conflict("A/1", "A/2"), masked, {"A/2"})
    assert not may_be_told(conflict("A/1", section="results"), masked, ())
    assert not may_be_told(conflict("A/1", sections=("problems", "results")), masked, ())


def test_conflicts_and_ties_of_what_is_held_back_do_not_leave() -> None:
    whole = plan(entry("Condition/1", labels=("R",)), conflicts=(conflict("Condition/1"), conflict("Condition/2")))
    released = redact(replace(whole, ties=(Tie("team", "X99001", "", "", "CareTeam/1"),)), PLAIN).value
    assert [one.statements[0].attribution.record for one in released.conflicts] == ["Condition/2"]
    assert released.ties == ()


def test_a_stranger_is_told_by_name_only() -> None:
    whole = plan(entry("Condition/1"), conflicts=(conflict("Condition/1"),))
    known = replace(
        whole.identity, family="Okafor", nhs_number="9990000018", nhs_number_verified=True, died="2026-01-01", deceased="reported"
    )
    told = by_name_only(replace(whole, identity=known, reviews=3, content_hash="h"))
    assert told == UnifiedCarePlan(
        "p", replace(known, values=(), died="", deceased="", nhs_number_verified=False), (), (), (), (), (), 0, ""
    )


@pytest.mark.parametrize(
    ("section", "types"),
    [
        ("about", {"Patient"}),
        ("alerts", {"Flag"}),
        ("allergies", {"AllergyIntolerance"}),
        ("medicines", {"Medication", "MedicationStatement", "MedicationRequest"}),
        ("problems", {"Condition"}),
        ("results", {"Observation", "DiagnosticReport", "Specimen"}),
        ("encounters", {"Encounter"}),
        ("immunisations", {"Immunization"}),
        ("care_team", {"Practitioner", "PractitionerRole", "Organization", "Location", "RelatedPerson"}),
        ("plan", {"CarePlan", "Goal", "ServiceRequest", "Task"}),
    ],
)
def test_a_mask_takes_the_types_of_its_section_and_no_other(section: str, types: set[str]) -> None:
    whole, held = permitted_types({"safeguarding"}), permitted_types({section})
    assert whole is not None
    assert held is not None
    assert len(whole) == 21
    assert whole - held == types
    assert permitted_types(()) is None


@pytest.mark.parametrize(("restricted", "labels"), [(True, ("R",)), (True, ()), (False, ())])
def test_an_entry_of_a_masked_alert_is_said_to_be_so_where_no_label_keeps_it_from_the_reader(
    restricted: bool, labels: tuple[str, ...]
) -> None:
    masked = replace(ALL, masked_sections=frozenset({ALERT}), restricted=restricted)
    whole = plan(entry("Flag/1", ALERT, labels=labels), entry("Flag/1", labels=labels))
    sentence = f"What also belongs under {BY_KEY[ALERT].title} is not shown to your role."
    assert left(whole, masked) == ([], (SectionState(GP, "role", sentence),))
