"""Why a person's records are joined: what holds each one, whose it has been, who said so and why; and nothing of what is hidden."""

from __future__ import annotations

import pytest

from carehub.hub.settle_review import Given
from carehub.hub.stewards import Stewards
from carehub.identity.rulings import Answer
from carehub.terms.errors import Missing, Refused
from carehub.terms.refs import RecordRef
from hub.desk_cast import ACUTE, COUNCIL, GP, GRACE, NIA, NURSE, OMAR, answer, desk_hub, home, person, report
from hub.toy_hub import ada, submit


def joined(hub, who=NURSE, of: str = GP):
    return Stewards(hub).joined(who, person(hub, of)).value


def of(told, record: str):
    [found] = [one for one in (*told.records, *told.former) if one.record == record]
    return found


def ruled(hub, what: Answer, record: str, other: str = "", who=NIA) -> str:
    return Stewards(hub).rule(who, Given(what, record, other, "Her daughter says so.")).value.message


def test_every_record_says_what_holds_it_and_its_weights_sum_to_the_total() -> None:
    hub = desk_hub()
    told = joined(hub)
    assert {one.record for one in told.records} == {GP, ACUTE}
    hospital = of(told, ACUTE)
    assert (hospital.source.title, hospital.link.rule, hospital.decided_by, hospital.hidden) == ("acute", "agreement", "automatic", False)
    assert hospital.explanation.b == GP
    assert sum(one.weight or 0.0 for one in hospital.explanation.fields) == pytest.approx(hospital.explanation.total, abs=1e-9)
    assert [(hold.record, hold.source, hold.rule) for hold in hospital.holds] == [(GP, "gp", "agreement")]
    assert hospital.since == hub.store.links.history(ACUTE)[-1][1]
    assert (told.automatic, told.review) == (hub.scales.settings.zones.auto, hub.scales.settings.zones.review)


def test_a_record_that_stands_alone_has_nothing_to_be_compared_with() -> None:
    told = joined(desk_hub(weighs=False), of=COUNCIL)
    [alone] = told.records
    assert (alone.explanation, alone.holds, told.automatic) == (None, (), None)
    assert [turn.by for turn in alone.turns] == ["automatic"]


def test_what_stewards_undo_is_as_before_at_once_and_the_history_says_who_and_why() -> None:
    hub = desk_hub()
    before = hub.record_hash()
    plan = hub.disclosing.person_record(NURSE, person(hub), "overview").value.plan
    ruling = ruled(hub, Answer.LINK, COUNCIL, GP)
    made = of(joined(hub), COUNCIL)
    assert [(turn.by, turn.role, turn.reason, turn.here) for turn in made.turns[1:]] == [
        ("Nia Rees", "identity-steward", "Her daughter says so.", True)
    ]
    assert (made.decided_by, made.holds[0].rule) == ("Nia Rees", "steward")
    assert [one.id for one in joined(hub).rulings] == [ruling]
    Stewards(hub).take_back(OMAR, ruling, "It was her neighbour.")
    assert hub.record_hash() == before
    assert hub.disclosing.person_record(NURSE, person(hub), "overview").value.plan == plan
    told = joined(hub)
    assert {one.record for one in told.records} == {GP, ACUTE}
    assert told.rulings == ()
    gone = of(told, COUNCIL)
    assert [(turn.by, turn.reason, turn.here, turn.back) for turn in gone.turns] == [
        ("automatic", "", False, False),
        ("Nia Rees", "Her daughter says so.", True, False),
        ("Omar Diaz", "It was her neighbour.", False, True),
    ]
    assert gone.explanation is None
    assert gone.number == "", "whose it is now is not told here"


def test_history_is_the_same_after_a_rebuild() -> None:
    hub = desk_hub()
    Stewards(hub).take_back(OMAR, ruled(hub, Answer.LINK, COUNCIL, GP), "It was her neighbour.")
    told = joined(hub)
    hub.rebuild()
    assert joined(hub) == told


def test_a_blind_answer_that_does_not_count_is_told_to_nobody() -> None:
    hub = desk_hub()
    report(hub)
    id = Stewards(hub).reviews(NIA).value.pairs[0].id
    answer(hub, id, Answer.SAME, NIA)
    for who in (NURSE, OMAR, GRACE):
        assert "Nia Rees" not in repr(joined(hub, who))
    answer(hub, id, Answer.SAME, OMAR)
    assert of(joined(hub), ACUTE).decided_by == "Omar Diaz"
    assert of(joined(hub), ACUTE).reports[0].stands is False


def test_nothing_a_hidden_record_says_is_told_to_a_reader_and_a_steward_sees_it() -> None:
    hub = desk_hub()
    submit(hub, ada("acute", "A1", kind="acute", family="Okafor-Hidden", at="2026-11-21T08:00:00.000Z"))
    hub.drain()
    told = report(hub)
    for_reader = joined(hub)
    assert "Hidden" not in repr([(one.explanation, one.number, one.holds) for one in for_reader.records])
    hospital = of(for_reader, ACUTE)
    assert (hospital.hidden, hospital.explanation) == (True, None)
    assert [(one.id, one.by, one.saw, one.stands) for one in hospital.reports] == [(told, "Jo Adeyemi", "She was never in hospital.", True)]
    for pair in ((ACUTE,), (GP, ACUTE)):
        with pytest.raises(Refused) as caught:
            Stewards(hub).explain(NURSE, *pair)
        assert caught.value.issues[0].number == "IDN-009"
    assert "Okafor-Hidden" in repr(of(joined(hub, NIA), ACUTE).explanation)
    assert "Okafor-Hidden" in repr(Stewards(hub).explain(NIA, GP, ACUTE).value)
    Stewards(hub).lift(NURSE, told, "It is hers.")
    [lifted] = of(joined(hub), ACUTE).reports
    assert (lifted.stands, lifted.lifted_by, lifted.lifted_reason) == (False, "Jo Adeyemi", "It is hers.")


def test_an_old_address_leads_to_the_person_of_today_and_an_unknown_one_nowhere() -> None:
    hub = desk_hub(weighs=False)
    old = person(hub, COUNCIL)
    ruled(hub, Answer.SAME, COUNCIL, GP)
    assert Stewards(hub).joined(NURSE, old).value.person == person(hub, GP) == person(hub, COUNCIL)
    with pytest.raises(Missing):
        Stewards(hub).joined(NURSE, "nobody")


def test_a_link_that_is_only_weighed_anew_is_no_turn() -> None:
    hub = desk_hub()
    near = {"nhs": "", "given": "Ada", "extra": home(gender="female")}
    submit(hub, ada("hospice", "H1", kind="voluntary", **near))
    hub.drain()
    hospice = RecordRef("hospice", "H1", "Patient").id
    for n in range(3):
        at = f"2026-11-2{n + 1}T08:00:00.000Z"
        submit(hub, ada("hospice", "H1", kind="voluntary", at=at, **near | {"extra": home(gender=("female", "male")[n % 2])}))
        hub.drain()
    assert len({link.total for _, _, link in hub.store.links.history(hospice)}) > 1
    assert [(turn.rule, turn.here) for turn in of(joined(hub), hospice).turns] == [("evidence", True)]


def test_a_person_of_very_many_records_is_still_explained() -> None:
    hub = desk_hub(weighs=False)
    submit(hub, *(ada(f"ward{n}", "1", kind="acute") for n in range(31)))
    hub.drain()
    told = joined(hub)
    assert len(told.records) == 33
    assert all(one.explanation and not one.holds for one in told.records)
