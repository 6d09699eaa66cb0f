"""UI-28, UI-29: every kind of disagreement in the words of the design, each with its fixture; days since a discharge by the clock."""

from __future__ import annotations

from datetime import datetime, timedelta

import pytest

from carehub.careplan.about_me import ELEMENTS, QUESTIONNAIRE, SPOKEN
from carehub.careplan.disagreement.discharge import GRACE, as_read
from carehub.careplan.disagreement.progress import agreed, same
from carehub.careplan.plan import Conflict, UnifiedCarePlan
from unit.careplan.told import (
    COMMUNITY,
    COUNCIL,
    GP,
    HOSPITAL,
    LATEX,
    NOW,
    PENICILLIN,
    allergy,
    concept,
    medicine,
    none_known,
    patient,
    plan,
    record,
    sentences,
    view,
)

STAY = {"status": "finished", "class": {"code": "IMP"}, "period": {"start": "2026-11-10", "end": "2026-11-18"}}


def stay(**more):
    return record(HOSPITAL, "Encounter", "e", {**STAY, **more})


def read(made: UnifiedCarePlan, now: datetime = NOW, grace: timedelta = GRACE) -> dict[str, list[Conflict]]:
    found: dict[str, list[Conflict]] = {}
    for one in as_read(made.conflicts, now, grace):
        found.setdefault(one.type, []).append(one)
    return found


def words(made: UnifiedCarePlan, type: str) -> list[str]:
    return [one.sentence for one in read(made).get(type, [])]


def contact(source, name: str):
    kin = {"relationship": [{"text": "Next of kin"}], "name": {"text": name}}
    return patient(source, contact=[kin])


def contingency(source, title: str, goal: str):
    category = [concept("736366004", "Advance care plan")]
    return record(
        source,
        "CarePlan",
        f"c-{source.code}",
        {"status": "active", "intent": "plan", "category": category, "title": title, "description": goal},
    )


def decision(source, code: str, display: str):
    return record(
        source, "Observation", f"d-{code}", {"status": "final", "code": concept(code, display), "effectiveDateTime": "2026-01-02"}
    )


DISCHARGED = plan(
    view(GP, medicine(GP, "g", "Ramipril 5mg capsules")),
    view(HOSPITAL, stay(), medicine(HOSPITAL, "h", "Apixaban 5mg tablets", effectiveDateTime="2026-11-17")),
)


@pytest.mark.parametrize(
    ("type", "sentence", "made"),
    [
        (
            "C1",
            "Sources disagree: Hospital records an allergy to penicillin; GP states no known allergies.",
            plan(view(GP, none_known()), view(HOSPITAL, allergy(HOSPITAL, "h", PENICILLIN))),
        ),
        (
            "C2",
            "Recorded by Community only.",
            plan(
                view(GP, allergy(GP, "g", PENICILLIN)),
                view(COMMUNITY, allergy(COMMUNITY, "c", PENICILLIN), allergy(COMMUNITY, "l", LATEX)),
            ),
        ),
        (
            "C3",
            "Dose differs: GP 2.5 mg; Hospital 5 mg (discharge 18-Nov-2026, 4 days ago).",
            plan(
                view(GP, medicine(GP, "g", "Bisoprolol 2.5mg tablets")),
                view(HOSPITAL, stay(), medicine(HOSPITAL, "h", "Bisoprolol 5mg tablets")),
            ),
        ),
        (
            "C4",
            "Hospital stopped this on 18-Nov-2026. GP list still shows it (GP list as at 22-Nov-2026).",
            plan(
                view(GP, medicine(GP, "g", "Amlodipine")),
                view(HOSPITAL, medicine(HOSPITAL, "h", "Amlodipine", status="stopped", effectivePeriod={"end": "2026-11-18"})),
            ),
        ),
        ("C5", "Not on GP list. Discharged 4 days ago.", DISCHARGED),
        (
            "C6",
            "Two different recommendations are held. Neither is assumed to be current.",
            plan(
                view(GP, decision(GP, "450476008", "Not for attempted CPR")),
                view(HOSPITAL, decision(HOSPITAL, "450475007", "For attempted CPR")),
            ),
        ),
        (
            "C7",
            "Address differs: GP 4 Elm Rd; Hospital 12 Oak St.",
            plan(
                view(GP, patient(GP, address=[{"use": "home", "text": "4 Elm Rd"}])),
                view(HOSPITAL, patient(HOSPITAL, address=[{"use": "home", "text": "12 Oak St"}])),
            ),
        ),
        (
            "C7",
            "Next of kin differs: GP Ann Smith; Hospital Bob Jones.",
            plan(view(GP, contact(GP, "Ann Smith")), view(HOSPITAL, contact(HOSPITAL, "Bob Jones"))),
        ),
        (
            "C8",
            "Died 14-Nov-2026, reported by hospital only, not confirmed by PDS or GP.",
            plan(view(GP, patient(GP)), view(HOSPITAL, patient(HOSPITAL, deceasedDateTime="2026-11-14"))),
        ),
    ],
    ids=lambda value: value if isinstance(value, str) and len(value) == 2 else "",
)
def test_ui_28_each_kind_of_conflict_in_its_words(type: str, sentence: str, made: UnifiedCarePlan) -> None:
    assert sentence in words(made, type)
    for found in read(made)[type]:
        assert len(found.statements) >= 1
        assert found.id == f"{found.patients[0].removeprefix('Patient/')}.{found.id.rpartition('.')[2]}"


def test_an_unconfirmed_death_is_a_conflict_and_the_living_banner_stays() -> None:
    made = plan(view(GP, patient(GP)), view(HOSPITAL, patient(HOSPITAL, deceasedDateTime="2026-11-14")))
    assert made.identity.deceased == "unconfirmed"


@pytest.mark.parametrize(
    ("days", "difference", "said"), [(0, True, "today"), (1, True, "1 day ago"), (7, True, "7 days ago"), (8, False, "8 days ago")]
)
def test_ui_29_what_only_the_hospital_lists_is_a_difference_within_the_grace_and_then_a_conflict(days, difference, said) -> None:
    [on_gp] = [
        one
        for one in read(DISCHARGED, datetime(2026, 11, 18, 12, tzinfo=NOW.tzinfo) + timedelta(days=days))["C5"]
        if "GP list." in one.sentence[:16]
    ]
    assert (on_gp.difference, on_gp.sentence) == (difference, f"Not on GP list. Discharged {said}.")


def test_the_grace_is_the_sites_to_set_and_the_record_itself_knows_no_clock() -> None:
    assert not read(DISCHARGED, grace=timedelta(days=3))["C5"][0].difference
    assert "Not on GP list. Discharged 18-Nov-2026." in sentences(DISCHARGED, "C5")
    assert all(one.difference for one in DISCHARGED.conflicts)


def test_a_dose_that_differs_is_a_conflict_on_the_day_of_discharge_too() -> None:
    made = plan(
        view(GP, medicine(GP, "g", "Bisoprolol 2.5mg tablets")), view(HOSPITAL, stay(), medicine(HOSPITAL, "h", "Bisoprolol 5mg tablets"))
    )
    [found] = read(made, datetime(2026, 11, 18, 12, tzinfo=NOW.tzinfo))["C3"]
    assert (found.difference, found.sentence) == (False, "Dose differs: GP 2.5 mg; Hospital 5 mg (discharge 18-Nov-2026, today).")


@pytest.mark.parametrize(
    "held",
    [
        stay(status="in-progress", period={"start": "2026-11-10"}),
        stay(**{"class": {"code": "AMB"}}),
        stay(period={"start": "2026-11-01", "end": "2026-11-02"}),
    ],
)
def test_without_a_discharge_that_explains_it_the_days_are_not_counted(held) -> None:
    made = plan(
        view(GP, medicine(GP, "g", "Ramipril")), view(HOSPITAL, held, medicine(HOSPITAL, "h", "Apixaban", effectiveDateTime="2026-11-17"))
    )
    assert "Not on GP list. On Hospital list, started 17-Nov-2026." in words(made, "C5")
    assert all(one.difference for one in read(made, NOW + timedelta(days=400))["C5"])


def written(said: str, id: str = "q", day: str = "2026-11-01"):
    item = {"linkId": SPOKEN[0][0], "answer": [{"valueString": said}]}
    form = {"status": "completed", "questionnaire": QUESTIONNAIRE, "authored": f"{day}T10:00:00Z", "item": [item]}
    return record(COUNCIL, "QuestionnaireResponse", id, form)


def about_me(said: str):
    return view(COUNCIL, written(said))


PEGGY = patient(GP, name=[{"use": "official", "family": "Smith", "given": ["Margaret"]}, {"use": "nickname", "given": ["Peggy"]}])


@pytest.mark.parametrize(
    ("said", "known", "found"),
    [
        ("I am allergic to plasters.", [], 1),
        ("Please remember that I'm allergic to latex and penicillin", [], 2),
        ("Allergic to plasters", [allergy(GP, "p", {"text": "Plaster allergy"})], 0),
        ("Allergic to penicillin tablets", [allergy(GP, "p", {"text": "Allergy to penicillin"})], 0),
        # A shared word is not the same thing.
        ("I am allergic to goat's milk", [allergy(GP, "p", {"text": "Cow's milk allergy"})], 1),
        ("I am allergic to nuts", [allergy(GP, "p", {"text": "Allergy to brazil nut"})], 1),
        ("I am not allergic to anything", [], 0),
        ("I have no allergy to nuts", [], 0),
        ("I like walking", [], 0),
    ],
)
def test_c9_what_the_person_says_and_no_clinical_record_holds(said: str, known: list, found: int) -> None:
    made = plan(view(GP, PEGGY, *known), about_me(said))
    assert words(made, "C9") == ["Said by Peggy; not in any clinical record."] * found
    assert all((one.section, one.statements[0].text) == ("about_me", said) for one in read(made).get("C9", []))


def test_c9_is_the_same_disagreement_when_the_person_writes_anew_and_says_it_still() -> None:
    first, anew = written("I am allergic to plasters."), written("I am allergic to plasters. I like tea.", "q2", "2026-11-02")
    [before] = [one for one in plan(view(GP, PEGGY), view(COUNCIL, first)).conflicts if one.type == "C9"]
    after = plan(view(GP, PEGGY), view(COUNCIL, first, anew))
    [now] = [one for one in after.conflicts if one.type == "C9"]
    assert same(before, now)
    assert agreed(after, [before], [], "2026-11-02T10:00:00.000Z") == []


def test_c9_what_a_source_wrote_down_is_not_called_the_persons_words() -> None:
    note = {"status": "active", "intent": "plan", "note": [{"text": f"{next(iter(ELEMENTS))}: She is allergic to plasters."}]}
    made = plan(view(GP, PEGGY), view(COUNCIL, record(COUNCIL, "CarePlan", "c", note)))
    assert words(made, "C9") == ["Written down by Social care; not in any clinical record."]


def test_an_id_follows_from_what_disagrees_and_not_from_the_order_or_the_records_own_ids() -> None:
    def made(id: str, *order: int):
        views = [view(GP, none_known(id=f"n{id}")), view(HOSPITAL, allergy(HOSPITAL, f"h{id}", PENICILLIN))]
        return [one.id for one in plan(*(views[n] for n in order)).conflicts]

    assert made("1", 0, 1) == made("1", 1, 0) == made("2", 0, 1)
