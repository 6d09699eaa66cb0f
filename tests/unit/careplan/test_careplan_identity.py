"""The banner: each value with its sources and the rule that chose it; differences and deaths are conflicts (hazards H25, H-23)."""

from __future__ import annotations

import pytest

from carehub.terms import nhs_number
from carehub.terms.organisations import ODS_SYSTEM, SourceKind, SourceOrganisation
from unit.careplan.told import COMMUNITY, GP, HOSPITAL, concept, entries, only, patient, plan, record, sentences, view

NHS, OTHER = "9990000018", "9990000026"
PDS = SourceOrganisation("PDS", "Personal Demographics Service", SourceKind.NATIONAL)


def number(value, status="", **more):
    url = "https://fhir.hl7.org.uk/StructureDefinition/Extension-UKCore-NHSNumberVerificationStatus"
    told = {"system": nhs_number.SYSTEM, "value": value, **more}
    return told | ({"extension": [{"url": url, "valueCodeableConcept": concept(status, "")}]} if status else {})


def value(made, label):
    return next((v for v in made.identity.values if v.label == label), None)


def test_gp_s_value_stands_in_the_banner_and_says_why():
    made = plan(
        view(
            GP,
            patient(
                GP, address=[{"line": ["12 Oak Street"], "city": "Northvale", "postalCode": "ZZ1 1AA"}], identifier=[number(NHS, "01")]
            ),
        ),
        view(HOSPITAL, patient(HOSPITAL, address=[{"line": ["4 Elm Road"], "postalCode": "ZZ1 1AB"}])),
    )
    who = made.identity
    assert (who.family, who.given, who.prefix, who.birth_date, who.gender) == ("Smith", "Margaret", "Mrs", "1941-03-09", "female")
    assert (who.nhs_number, who.nhs_number_verified) == (NHS, True)
    chosen = value(made, "Address")
    assert (chosen.value, chosen.rule) == ("12 Oak Street, Northvale, ZZ1 1AA", "GP's value, because the practice keeps the registration")
    assert [a.source for a in chosen.attributions] == [GP]
    assert [a.source for a in value(made, "Born").attributions] == [GP, HOSPITAL]


def test_without_a_gp_the_most_recently_recorded_value_stands():
    older = patient(COMMUNITY, gender="male")
    made = plan(
        view(COMMUNITY, record(COMMUNITY, "Patient", "c", older.resource, recorded="2020-01-01T00:00:00.000Z")),
        view(HOSPITAL, patient(HOSPITAL)),
    )
    assert (value(made, "Gender").value, value(made, "Gender").rule) == (
        "Female",
        "Hospital's value, because it is the most recently recorded",
    )


def test_a_value_that_one_source_gives_says_so():
    made = plan(
        view(COMMUNITY, patient(COMMUNITY)), view(HOSPITAL, patient(HOSPITAL, telecom=[{"system": "phone", "value": "0113 496 0001"}]))
    )
    assert value(made, "Telephone").rule == "Hospital's value, because no other source gives one"


def test_address_lines_are_never_mixed_between_sources():
    made = plan(
        view(GP, patient(GP, address=[{"line": ["12 Oak Street"]}])), view(HOSPITAL, patient(HOSPITAL, address=[{"postalCode": "ZZ9 9ZZ"}]))
    )
    assert value(made, "Address").value == "12 Oak Street"


def test_parts_of_a_name_come_from_one_name():
    told = patient(
        GP,
        name=[
            {"use": "old", "family": "Jones", "given": ["Maggie"]},
            {"use": "official", "family": "Smith"},
            {"use": "nickname", "given": ["Peggy"]},
        ],
    )
    made = plan(view(GP, told), view(HOSPITAL, patient(HOSPITAL)))
    assert (made.identity.family, made.identity.given) == ("Smith", "")
    assert value(made, "Preferred name").value == "Peggy"
    assert [f.value for f in entries(made, "about")[1].facts if f.label == "Former name"] == ["Maggie Jones"]


def test_nobody_s_record_gives_an_empty_banner():
    who = plan(view(GP)).identity
    assert (who.family, who.birth_date, who.nhs_number, who.values) == ("", "", "", ())


@pytest.mark.parametrize("told", ["1234567890", "9999999999", "Test Harness"])
def test_a_placeholder_is_not_the_person_s_number_and_is_said_to_be_unusable(told):
    made = plan(view(GP, patient(GP, identifier=[number(told)])))
    assert made.identity.nhs_number == ""
    assert only(made, "about").fact("NHS number") == f"{told} (not a valid NHS number)"


def test_a_traced_number_stands_before_one_that_is_not_and_a_superseded_one_never():
    made = plan(
        view(GP, patient(GP, identifier=[number(OTHER, use="old"), number(NHS)])),
        view(HOSPITAL, patient(HOSPITAL, identifier=[number(OTHER, "01")])),
    )
    assert (made.identity.nhs_number, made.identity.nhs_number_verified) == (OTHER, True)
    assert sentences(made, "C7") == [f"NHS number differs: GP {nhs_number.display(NHS)}; Hospital {nhs_number.display(OTHER)}."]


def test_a_practice_named_by_its_code_is_no_second_doctor():
    practice = {"display": "Elmfield Surgery", "identifier": {"system": ODS_SYSTEM, "value": "X99002"}}
    made = plan(
        view(GP, patient(GP, generalPractitioner=[{"display": "Dr A Khan"}], managingOrganization={"display": "Elmfield Surgery"})),
        view(HOSPITAL, patient(HOSPITAL, generalPractitioner=[practice])),
    )
    assert sentences(made, "C7") == []
    assert {v.label: v.value for v in made.identity.values} | {"GP": "Dr A Khan", "GP practice": "Elmfield Surgery"} == {
        v.label: v.value for v in made.identity.values
    }


# ---- C7 ----


@pytest.mark.parametrize(
    ("gp", "hospital", "sentence"),
    [
        (
            {"address": [{"line": ["12 Oak St"]}]},
            {"address": [{"line": ["4 Elm Rd"]}]},
            "Address differs: GP 12 Oak St; Hospital 4 Elm Rd.",
        ),
        ({"birthDate": "1941-03-09"}, {"birthDate": "1941-09-03"}, "Date of birth differs: GP 09-Mar-1941; Hospital 03-Sep-1941."),
        ({"gender": "female"}, {"gender": "male"}, "Gender differs: GP Female; Hospital Male."),
        (
            {"telecom": [{"system": "phone", "value": "0113 496 0001"}]},
            {"telecom": [{"system": "phone", "value": "0113 496 0002"}]},
            "Telephone number differs: GP 0113 496 0001; Hospital 0113 496 0002.",
        ),
        (
            {"generalPractitioner": [{"display": "Dr A Khan"}]},
            {"generalPractitioner": [{"display": "Dr B Osei"}]},
            "GP differs: GP Dr A Khan; Hospital Dr B Osei.",
        ),
        (
            {"managingOrganization": {"display": "Elmfield Surgery"}},
            {"generalPractitioner": [{"reference": "Organization/o", "display": "Oakfield Surgery"}]},
            "GP practice differs: GP Elmfield Surgery; Hospital Oakfield Surgery.",
        ),
        (
            {"name": [{"family": "Smith", "given": ["Margaret"]}]},
            {"name": [{"family": "Jones", "given": ["Margaret"]}]},
            "Name differs: GP Margaret Smith; Hospital Margaret Jones.",
        ),
    ],
)
def test_each_detail_that_differs_is_a_conflict_with_its_words(gp, hospital, sentence):
    made = plan(view(GP, patient(GP, **gp)), view(HOSPITAL, patient(HOSPITAL, **hospital)))
    assert sentences(made, "C7") == [sentence]


@pytest.mark.parametrize(
    ("gp", "hospital"),
    [
        (
            {"address": [{"line": ["12, Oak Street"], "postalCode": "ZZ1 1AA"}]},
            {"address": [{"line": ["12 OAK STREET"], "city": "Northvale", "postalCode": "ZZ1 1AA"}]},
        ),
        (
            {"telecom": [{"system": "phone", "value": "0113 496 0001"}]},
            {"telecom": [{"system": "phone", "value": "+44 113 4960001"}, {"system": "phone", "value": "07700 900123"}]},
        ),
        ({"birthDate": "1941-03-09"}, {"birthDate": "1941-03"}),
        ({"name": [{"family": "O'Brien", "given": ["Ann", "Mary"]}]}, {"name": [{"family": "O BRIEN", "given": ["ANN"]}]}),
        ({"name": [{"family": "Pritchard", "given": ["Siân"]}]}, {"name": [{"family": "PRITCHARD", "given": ["Sian"]}]}),
        ({"gender": "female"}, {"gender": "unknown"}),
        ({}, {"telecom": [{"system": "email", "value": "a@example.org"}]}),
    ],
)
def test_case_punctuation_spacing_and_silence_are_no_difference(gp, hospital):
    assert sentences(plan(view(GP, patient(GP, **gp)), view(HOSPITAL, patient(HOSPITAL, **hospital))), "C7") == []


def test_a_record_its_source_merged_away_does_not_speak_for_the_person():
    old = view(HOSPITAL, patient(HOSPITAL, "old", active=False, birthDate="1900-01-01"), patient="Patient/old", merged_into="Patient/new")
    made = plan(old, view(HOSPITAL, patient(HOSPITAL, "new"), patient="Patient/new"))
    assert sentences(made, "C7") == []
    assert made.identity.birth_date == "1941-03-09"
    assert {e.status for e in entries(made, "about")} == {"", "Record no longer in use at the source"}
    alone = plan(old)
    assert alone.identity.birth_date == "1900-01-01"


# ---- death ----

DIED = {"deceasedDateTime": "2026-11-14"}


def test_a_death_from_two_sources_is_reported_with_both():
    made = plan(view(GP, patient(GP, **DIED)), view(HOSPITAL, patient(HOSPITAL, deceasedBoolean=True)))
    assert (made.identity.died, made.identity.deceased) == ("2026-11-14", "reported by GP and hospital")
    assert sentences(made, "C8") == []
    assert {e.title for e in entries(made, "alerts")} == {"Died 14-Nov-2026", "Died, date not given"}


def test_a_death_from_the_only_source_there_is_when_it_is_the_gp():
    made = plan(view(GP, patient(GP, **DIED)))
    assert (made.identity.deceased, sentences(made, "C8")) == ("reported by GP", [])


def test_a_death_from_one_source_of_several_is_unconfirmed_and_a_conflict():
    made = plan(view(GP, patient(GP)), view(HOSPITAL, patient(HOSPITAL, **DIED)))
    assert made.identity.deceased == "unconfirmed"
    assert sentences(made, "C8") == ["Died 14-Nov-2026, reported by hospital only, not confirmed by PDS or GP."]
    (found,) = [c for c in made.conflicts if c.type == "C8"]
    assert [(s.attribution.source, s.text) for s in found.statements] == [(GP, "Does not report a death"), (HOSPITAL, "Died 14-Nov-2026")]


def test_a_death_that_a_hospital_alone_reports_is_unconfirmed():
    made = plan(view(HOSPITAL, patient(HOSPITAL, deceasedBoolean=True)))
    assert made.identity.deceased == "unconfirmed"
    assert sentences(made, "C8") == ["Died, date not given, reported by hospital only, not confirmed by PDS or GP."]


def test_a_death_two_report_and_one_does_not():
    made = plan(view(GP, patient(GP, **DIED)), view(HOSPITAL, patient(HOSPITAL, **DIED)), view(COMMUNITY, patient(COMMUNITY)))
    assert made.identity.deceased == "reported by GP and hospital"
    assert sentences(made, "C8") == ["Died 14-Nov-2026, reported by GP and hospital; community does not report it."]
    silent_pair = plan(view(GP, patient(GP)), view(HOSPITAL, patient(HOSPITAL, **DIED)), view(COMMUNITY, patient(COMMUNITY)))
    assert sentences(silent_pair, "C8") == ["Died 14-Nov-2026, reported by hospital only, not confirmed by PDS, GP or community."]


def test_two_dates_of_death_are_a_conflict():
    made = plan(view(GP, patient(GP, **DIED)), view(HOSPITAL, patient(HOSPITAL, deceasedDateTime="2026-11-15T03:00:00Z")))
    assert sentences(made, "C7") == ["Date of death differs: GP 14-Nov-2026; Hospital 15-Nov-2026 03:00."]
    same_day = plan(view(GP, patient(GP, **DIED)), view(HOSPITAL, patient(HOSPITAL, deceasedDateTime="2026-11-14T03:00:00Z")))
    assert sentences(same_day, "C7") == []


def test_somebody_said_to_be_alive_is_not_dead():
    assert plan(view(GP, patient(GP, deceasedBoolean=False))).identity.deceased == ""


# ---- the section ----


def test_about_shows_each_source_s_own_picture():
    told = patient(
        GP,
        identifier=[number(NHS, "01"), {"system": "urn:carehub:X99001:mrn", "value": "77", "type": {"text": "Practice number"}}],
        telecom=[{"system": "email", "value": "peggy@example.org"}],
        address=[{"use": "temp", "text": "Care home", "period": {"start": "2026-11-18"}}],
        communication=[{"language": {"text": "Polish"}, "preferred": True}],
        maritalStatus={"text": "Widowed"},
        managingOrganization={"display": "Elmfield Surgery"},
        generalPractitioner=[{"display": "Dr A Khan"}],
        extension=[
            {
                "url": "https://fhir.hl7.org.uk/StructureDefinition/Extension-UKCore-EthnicCategory",
                "valueCodeableConcept": {"text": "Irish"},
            }
        ],
        deceasedBoolean=True,
    )
    entry = only(plan(view(GP, told)), "about")
    assert (entry.title, [(f.label, f.value) for f in entry.facts]) == (
        "Mrs Margaret Smith",
        [
            ("Born", "09-Mar-1941"),
            ("Gender", "Female"),
            ("NHS number", "999 000 0018"),
            ("Local number", "77 (Practice number)"),
            ("Address", "Care home (temp, from 18-Nov-2026)"),
            ("Email", "peggy@example.org"),
            ("GP or practice", "Dr A Khan"),
            ("Registered with", "Elmfield Surgery"),
            ("Died", "Date not given"),
            ("Language", "Polish (preferred)"),
            ("Marital status", "Widowed"),
            ("Ethnic category", "Irish"),
        ],
    )


def test_pds_gives_out_the_number_even_where_the_practice_still_has_the_old_one():
    """IDN-14: the replaced number is not in the banner, and the difference is still shown."""
    retired = patient(PDS, "p1", active=False, identifier=[number(NHS, "01", use="old")])
    kept = patient(PDS, "p2", identifier=[number(OTHER, "01")])
    made = plan(view(GP, patient(GP, identifier=[number(NHS, "01")])), view(PDS, retired), view(PDS, kept))
    assert (made.identity.nhs_number, made.identity.nhs_number_verified) == (OTHER, True)
    chosen = value(made, "NHS number")
    assert (chosen.value, chosen.rule) == ("999 000 0026", "PDS's value, because PDS gives out NHS numbers")
    assert [a.source for a in value(made, "Name").attributions] == [GP, PDS]
    assert any(sentence.startswith("NHS number differs") for sentence in sentences(made, "C7"))


def test_a_death_that_only_pds_reports_is_in_its_own_name():
    made = plan(view(GP, patient(GP)), view(PDS, patient(PDS, deceasedDateTime="2026-10-01")))
    assert sentences(made, "C8") == ["Died 01-Oct-2026, reported by PDS only, not confirmed by GP."]
    made = plan(view(GP, patient(GP, deceasedDateTime="2026-10-01")), view(PDS, patient(PDS)), view(HOSPITAL, patient(HOSPITAL)))
    assert sentences(made, "C8") == ["Died 01-Oct-2026, reported by GP only, not confirmed by PDS or hospital."]
