"""What waits for a steward: a reported record before all else, and its answer parts it or shows it again (hazard H-01)."""

from __future__ import annotations

import json

import pytest

from carehub.hub.settle_review import Given
from carehub.hub.shielding import PROTECTED
from carehub.hub.stewards import Stewards
from carehub.identity.rulings import Answer, Why
from carehub.terms.errors import Missing, Refused
from hub.desk_cast import ACUTE, COUNCIL, FLAG, GP, GP_DOCTOR, GRACE, LOU, NIA, NURSE, OMAR, answer, desk_hub, person, report
from hub.toy_hub import ada, submit


def together(hub, a: str, b: str) -> bool:
    return len(set(hub.store.links.person_of([a, b]).values())) == 1


def first(hub, who=NIA):
    return Stewards(hub).reviews(who).value.pairs[0]


def allergies(hub, of: str) -> list[str]:
    record = hub.disclosing.person_record(NURSE, of, "overview").value
    return [entry.title for entry in record.plan.section("allergies").entries]


def test_a_reported_record_waits_before_the_older_pairs_and_is_urgent() -> None:
    hub = desk_hub()
    before = Stewards(hub).reviews(NIA).value
    assert (before.total, before.urgent) == (len(before.pairs), 0)
    assert before.total > 0
    told = report(hub)
    after = Stewards(hub).reviews(NIA).value
    assert (after.total, after.urgent) == (before.total + 1, 1)
    waiting = after.pairs[0]
    assert {waiting.review.a, waiting.review.b} == {GP, ACUTE}
    assert (waiting.report.id, waiting.report.by.name, waiting.report.why) == (told, "Jo Adeyemi", Why.OTHER_PERSON)
    assert waiting.needs_two
    assert after.oldest == min(one.since for one in after.pairs)
    assert [one.id for one in after.pairs[1:]] == [one.id for one in before.pairs]


def test_two_stewards_who_say_different_part_it_and_the_hiding_ends_where_it_stands() -> None:
    hub = desk_hub()
    report(hub)
    id = first(hub).id
    answer(hub, id, Answer.DIFFERENT, NIA)
    assert together(hub, GP, ACUTE), "one answer changes nothing"
    assert allergies(hub, person(hub)) == []
    answer(hub, id, Answer.DIFFERENT, OMAR)
    assert not together(hub, GP, ACUTE)
    assert Stewards(hub).reviews(NIA).value.urgent == 0
    assert allergies(hub, person(hub)) == []
    assert allergies(hub, person(hub, ACUTE)) == ["Allergy to penicillin"]


def test_two_stewards_who_say_same_show_it_again() -> None:
    hub = desk_hub()
    report(hub)
    id = first(hub).id
    for who in (NIA, OMAR):
        answer(hub, id, Answer.SAME, who)
    assert together(hub, GP, ACUTE)
    assert allergies(hub, person(hub)) == ["Allergy to penicillin"]
    assert Stewards(hub).reviews(NIA).value.urgent == 0


@pytest.mark.parametrize("what", [Answer.SAME, Answer.DIFFERENT])
def test_an_answer_speaks_of_all_the_records_it_was_reported_beside(what: Answer) -> None:
    hub = desk_hub()
    submit(hub, ada("hospice", "H1", kind="voluntary"))
    hub.drain()
    hospice = next(link.patient for link in hub.store.links.links_of(person(hub)) if link.patient not in (GP, ACUTE))
    report(hub)
    id = first(hub).id
    for who in (NIA, OMAR):
        answer(hub, id, what, who)
    assert together(hub, GP, hospice), "the others stay one person"
    assert together(hub, ACUTE, GP) is (what is Answer.SAME)
    assert Stewards(hub).reviews(NIA).value.urgent == 0
    assert allergies(hub, person(hub, ACUTE)) == ["Allergy to penicillin"]


def test_a_record_hidden_by_several_reports_is_one_question_that_settles_them_all() -> None:
    hub = desk_hub()
    report(hub)
    report(hub, who=GP_DOCTOR, why=Why.NOT_SURE)
    found = Stewards(hub).reviews(NIA).value
    assert (found.urgent, found.pairs[0].report.by.name) == (1, "Amir Khan")
    for who in (NIA, OMAR):
        answer(hub, found.pairs[0].id, Answer.SAME, who)
    assert allergies(hub, person(hub)) == ["Allergy to penicillin"]


def test_a_report_taken_back_waits_no_more_and_its_pair_is_gone() -> None:
    hub = desk_hub()
    told = report(hub)
    id = first(hub).id
    Stewards(hub).lift(NURSE, told, "It is hers.")
    assert Stewards(hub).reviews(NIA).value.urgent == 0
    with pytest.raises(Missing):
        Stewards(hub).review(NIA, id)


def test_a_senior_who_gave_one_of_two_differing_answers_does_not_settle_them() -> None:
    hub = desk_hub()
    report(hub)
    id = first(hub).id
    own = answer(hub, id, Answer.SAME, GRACE)
    answer(hub, id, Answer.DIFFERENT, OMAR)
    barred = {who.user: Stewards(hub).review(who, id).value.waiting.barred for who in (GRACE, OMAR, LOU)}
    assert barred == {"grace": "IDN-011", "omar": "IDN-006", "lou": "IDN-006"}
    with pytest.raises(Refused) as caught:
        answer(hub, id, Answer.SAME, GRACE)
    assert caught.value.issues[0].number == "IDN-011"
    # Her own answer taken back, another steward's stands for hers.
    Stewards(hub).take_back(GRACE, own, "Somebody else should look.")
    assert Stewards(hub).review(LOU, id).value.waiting.stage == "second"


def test_next_is_the_following_pair_that_one_may_answer() -> None:
    hub = desk_hub()
    report(hub)
    desk = Stewards(hub)
    ids = [one.id for one in desk.reviews(NIA).value.pairs]
    assert len(ids) > 1
    assert [desk.next_after(NIA, id).value for id in ("", *ids)] == [*ids, ""]
    answer(hub, ids[0], Answer.SAME, NIA)
    assert desk.next_after(NIA, "").value == ids[1]
    assert desk.next_after(OMAR, "").value == ids[0]
    with pytest.raises(Refused):
        desk.next_after(NURSE, "")


def test_a_record_that_stands_alone_is_reported_and_closed_once_its_source_was_told() -> None:
    hub = desk_hub()
    told = report(hub, record=COUNCIL, why=Why.TWO_NUMBERS)
    found = Stewards(hub).reviews(NIA).value
    assert [one.id for one in found.alone] == [told]
    assert found.urgent == 0
    Stewards(hub).lift(NIA, told, "The council was told.")
    assert Stewards(hub).reviews(NIA).value.alone == ()


def test_a_pair_shows_who_else_is_at_the_address_and_is_written_down_for_them_too() -> None:
    hub = desk_hub()
    [waiting] = [one for one in Stewards(hub).reviews(NIA).value.pairs if COUNCIL in (one.review.a, one.review.b)]
    shown = Stewards(hub).review(NIA, waiting.id).value
    assert {(one.given, one.birth_date, one.same_birth_date) for side in shown.near for one in side} == {("Ben", "1938-02-11", False)}
    [brother] = {one.person for side in shown.near for one in side}
    event = json.loads(hub.store.audit.about(brother, 1)[0].event)
    assert event["entity"][0]["detail"][0]["valueString"] == f"review {waiting.id}"


def test_where_a_restricted_person_lives_is_shown_on_neither_side() -> None:
    hub = desk_hub(restricted=True)
    [waiting] = [one for one in Stewards(hub).reviews(NIA).value.pairs if COUNCIL in (one.review.a, one.review.b)]
    shown = Stewards(hub).review(NIA, waiting.id).value
    assert shown.protected
    assert shown.near == ((), ())
    fields = {one.field: (one.a, one.b, one.level) for one in shown.explanation.fields}
    assert fields["postcode"][:2] == fields["phone"][:2] == (PROTECTED, PROTECTED)
    assert fields["postcode"][2].startswith("agree")
    assert "Oak" not in repr(shown.explanation)
    assert "Oak" not in repr(Stewards(hub).explain(NURSE, GP, COUNCIL).value)
    assert "07700" not in repr(Stewards(hub).explain(NURSE, GP, COUNCIL).value)


def test_the_steward_who_settles_a_report_sees_who_opened_the_record() -> None:
    hub = desk_hub()
    hub.disclosing.person_record(GP_DOCTOR, person(hub), "overview")
    Stewards(hub).joined(LOU, person(hub))
    report(hub)
    looked = Stewards(hub).looked(NIA, first(hub).id).value
    assert [(one.name, one.role) for one in looked] == [("Amir Khan", "gp")]
    others = [one for one in Stewards(hub).reviews(NIA).value.pairs if one.report is None]
    assert Stewards(hub).looked(NIA, others[0].id).value == ()


def test_a_flag_that_shows_on_both_is_counted() -> None:
    hub = desk_hub()
    submit(hub, ada("council", "C1", nhs="", kind="local_authority", at="2026-11-21T08:00:00.000Z", records=[FLAG]))
    hub.drain()
    found = [one for one in Stewards(hub).reviews(NIA).value.pairs if COUNCIL in (one.review.a, one.review.b)]
    assert [(one.flags, one.needs_two) for one in found] == [(1, True)] * len(found)


def test_the_last_decision_is_told_when_nothing_waits() -> None:
    hub = desk_hub()
    assert Stewards(hub).reviews(NIA).value.decided == ""
    heard = Stewards(hub).rule(NIA, Given(Answer.NEVER_LINK, COUNCIL, GP, "Two women.")).value
    [ruling] = [one for one in hub.store.links.rulings() if one.id == heard.message]
    assert Stewards(hub).reviews(NIA).value.decided == ruling.at
