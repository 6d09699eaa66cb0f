"""Services that send nothing are told of with the reason; objections are read from what the source sent, and only those about sharing for care."""

from __future__ import annotations

import pytest

from carehub.careplan.freshness import source_states
from carehub.careplan.gaps import allergy_label, section_states
from carehub.careplan.known_services import KnownService, with_services
from carehub.careplan.plan import ExpectedSource
from carehub.careplan.reading.objections import in_force
from carehub.careplan.sections import HEADINGS
from carehub.terms.organisations import SourceKind
from unit.careplan.told import COUNCIL, GP, NOW, concept, doctor, none_known, plan, record, view

AGE_WELL = KnownService("X99010", "Age Well Northvale", SourceKind.VOLUNTARY, "no_agreement", "voluntary")
TRUST = KnownService("X99011", "Northvale Mental Health Trust", SourceKind.COMMUNITY, "not_connected")
SHARING = KnownService("X99012", "Northvale Befriending", SourceKind.VOLUNTARY, "", "voluntary")
VOLUNTARY = ExpectedSource("voluntary/referrals", "Voluntary sector", "Voluntary")
NO_AGREEMENT = "No data sharing agreement with Age Well Northvale, so nothing is received."
NOT_CONNECTED = "Northvale Mental Health Trust is not connected to carehub."


def said(made) -> list[tuple[str, str, str]]:
    return [(state.title, state.code, state.sentence) for state in source_states(made, NOW) if state.report is None]


def test_an_organisation_without_agreement_or_connection_is_told_of_in_every_section():
    made = with_services(plan(view(GP), expected=(VOLUNTARY,)), (AGE_WELL, TRUST))
    assert said(made) == [
        ("Age Well Northvale", "no_agreement", NO_AGREEMENT),
        ("Northvale Mental Health Trust", "not_connected", NOT_CONNECTED),
    ]
    for heading in HEADINGS:
        told = [state.sentence for state in section_states(made, heading.key, NOW)]
        assert told[1:] == [f"Voluntary: {NO_AGREEMENT}", f"Community: {NOT_CONNECTED}"]
    assert {(gap.source, gap.code) for gap in made.gaps} == {
        ("Age Well Northvale", "no_agreement"),
        ("Northvale Mental Health Trust", "not_connected"),
    }


def test_an_organisation_that_shares_stands_by_its_own_name_for_the_adapter_nobody_heard_from():
    made = with_services(plan(view(GP), expected=(VOLUNTARY,)), (SHARING,))
    assert [(title, code) for title, code, _ in said(made)] == [("Northvale Befriending", "no_record")]


def test_a_possible_record_that_is_being_checked_is_told_before_all_else():
    made = with_services(plan(view(GP), expected=(ExpectedSource("voluntary/referrals", "Voluntary sector", "Voluntary", 1),)), (SHARING,))
    assert [(title, code) for title, code, _ in said(made)] == [("Northvale Befriending", "checking")]


def test_a_service_that_the_record_names_is_told_of_and_another_is_not():
    team = record(COUNCIL, "CareTeam", "t", {"status": "active", "name": "Team", "participant": [{"member": {"display": TRUST.name}}]})
    known = KnownService(TRUST.code, TRUST.name, TRUST.kind, "not_connected", everyone=False)
    assert said(with_services(plan(view(COUNCIL, team)), (known,))) == [(TRUST.name, "not_connected", NOT_CONNECTED)]
    assert said(with_services(plan(view(COUNCIL)), (known,))) == []


def test_a_service_that_holds_a_record_is_not_told_of_as_missing():
    assert said(with_services(plan(view(GP)), (KnownService(GP.code, "Elmfield", GP.kind, "no_agreement"),))) == []
    branch = KnownService("X99013", "Elmfield", GP.kind, "no_agreement", also=frozenset({GP.code}))
    assert said(with_services(plan(view(GP)), (branch,))) == []


def test_without_a_file_nothing_changes():
    made = plan(view(GP), expected=(VOLUNTARY,))
    assert with_services(made, ()) is made


def test_a_service_that_sends_nothing_does_not_make_allergies_unavailable():
    made = with_services(plan(view(GP, doctor(), none_known())), (TRUST,))
    assert allergy_label(made, NOW) == "No known allergies (GP, 02-Feb-2019)"


DENY = {"status": "active", "scope": {"coding": [{"code": "patient-privacy"}]}, "provision": {"type": "deny"}}
# Refused and given for the local shared record, refused for the national one.
REFUSED, GIVEN, REFUSED_NATIONALLY = "416409005", "417528008", "416308001"


def objected(*told, day: str = "2026-11-22") -> bool:
    return in_force(plan(view(GP, *told)).sources[0].objections, day)


@pytest.mark.parametrize(
    ("elements", "expected"),
    [
        (DENY, True),
        ({**DENY, "status": "inactive"}, False),
        ({**DENY, "scope": {"coding": [{"code": "research"}]}}, False),
        ({**DENY, "provision": {"type": "permit"}}, False),
        ({**DENY, "provision": {"type": "deny", "class": [{"code": "x"}]}}, False),
        ({**DENY, "provision": {"type": "deny", "period": {"start": "2026-11-22"}}}, True),
        ({**DENY, "provision": {"type": "deny", "period": {"start": "2026-11-23"}}}, False),
        ({**DENY, "provision": {"type": "deny", "period": {"end": "2026-11-21"}}}, False),
        ({**DENY, "provision": {"type": "deny", "period": {"end": "2026-11"}}}, True),
        ({**DENY, "provision": {"type": "deny", "period": {"end": "2026"}}}, True),
        ({**DENY, "provision": {"type": "deny", "period": {"end": "2026-10"}}}, False),
        ({**DENY, "provision": {"type": "deny", "period": {"start": "2026-11"}}}, True),
        ({**DENY, "provision": {"type": "deny", "period": {"start": "some day"}}}, True),
        ({**DENY, "provision": {"type": "deny", "period": {"end": "some day"}}}, True),
        # 22 November in London
        ({**DENY, "provision": {"type": "deny", "period": {"start": "2026-11-21T23:30:00-02:00"}}}, True),
    ],
)
def test_a_consent_that_denies_is_an_objection_while_it_is_in_force(elements, expected):
    assert objected(record(GP, "Consent", "c", elements)) is expected


def word(code: str, date: str, id: str = "o", text: str = ""):
    told = {"text": text} if text else concept(code, "Consent")
    return record(GP, "Observation", id, {"status": "final", "code": told, "effectiveDateTime": date})


def test_the_newest_coded_word_counts_and_on_one_day_the_refusal():
    assert objected(word(REFUSED, "2026-01-01"))
    assert not objected(word(REFUSED, "2026-01-01"), word(GIVEN, "2026-02-01", "p"))
    assert objected(word(GIVEN, "2026-01-01", "p"), word(REFUSED, "2026-01-01"))
    assert objected(word("", "2026-01-01", text="Refused consent for upload to local shared electronic record"))


@pytest.mark.parametrize(
    ("refused", "given", "expected"),
    [
        ("", "2026-02-01", True),
        ("some day", "2026-02-01", True),
        ("2026-01-01", "", True),
        ("2026", "2026-05-01", True),
        ("2025", "2026-05-01", False),
        ("2026-05-01", "2026", True),
        ("2026-05-01", "2026-06", False),
    ],
)
def test_a_refusal_is_lifted_only_by_a_consent_that_is_certainly_later(refused, given, expected):
    assert objected(word(REFUSED, refused), word(GIVEN, given, "p")) is expected


def test_where_code_and_words_differ_the_refusal_counts():
    told = {**concept(GIVEN, "Consent"), "text": "Refused consent for upload to local shared electronic record"}
    assert objected(record(GP, "Observation", "o", {"status": "final", "code": told, "effectiveDateTime": "2026-01-01"}))


def test_a_refusal_of_the_national_record_neither_hides_the_local_one_nor_permits_it():
    assert not objected(word(REFUSED_NATIONALLY, "2026-01-01"))
    assert objected(word(REFUSED, "2026-01-01"), word(REFUSED_NATIONALLY, "2026-02-01", "p"))


def test_an_opt_out_from_research_hides_nothing_from_who_gives_care():
    """Hazard H-25."""
    assert not objected(word("", "2026-01-01", text="Dissent from secondary use of general practitioner patient identifiable data"))


def _opt_out(**elements):
    return objected(record(GP, "Consent", "c", {**DENY, **elements}))


def test_an_opt_out_from_research_is_told_apart_whatever_scope_it_is_filed_under():
    """Hazard H-25: the scope's first coding is not the whole of it, and the national data opt-out is for purposes beyond the person's own care."""
    privacy, research = {"code": "patient-privacy"}, {"code": "research"}
    assert not _opt_out(scope={"coding": [privacy, research]})
    assert not _opt_out(scope={"coding": [privacy], "text": "National Data Opt-out"})
    assert not _opt_out(category=[{"coding": [{"code": "research", "display": "Research information access"}]}])
    assert not _opt_out(category=[{"text": "Type 1 opt-out"}])
    assert not _opt_out(provision={"type": "deny", "purpose": [{"code": "HRESCH"}]})
    assert _opt_out(scope={"coding": [{"system": "urn:local", "code": "7"}, privacy]})


def test_an_objection_that_names_care_as_its_purpose_counts():
    assert _opt_out(provision={"type": "deny", "purpose": [{"code": "TREAT"}]})
    assert _opt_out(provision={"type": "deny", "purpose": [{"code": "HRESCH"}, {"code": "TREAT"}]})
    assert not _opt_out(provision={"type": "deny", "purpose": [{"code": "HRESCH"}, {"code": "PUBHLTH"}]})


@pytest.mark.parametrize(
    ("why", "sentence"),
    [
        ("objected", "The person has asked for this source not to be shared."),
        ("no_agreement", "No data sharing agreement with Elmfield Surgery, so nothing that it sent is shown."),
    ],
)
def test_a_source_that_may_not_be_shown_says_why_in_every_section_and_nothing_else(why, sentence):
    made = plan(view(GP, doctor(), none_known(), unshared=why), view(COUNCIL))
    assert next(state.code for state in source_states(made, NOW)) == why
    for heading in HEADINGS:
        assert made.section(heading.key).entries == ()
        assert section_states(made, heading.key, NOW)[0].sentence == f"GP: {sentence}"
    assert allergy_label(made, NOW) == "Allergies unavailable"
