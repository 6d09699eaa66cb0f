"""The store's contract: rulings, by the patient records they name."""

from __future__ import annotations

from dataclasses import replace

from carehub.identity.rulings import Answer, Report, Ruling, Steward, TakingBack, Why
from carehub.store.ports import Store
from contracts.stores import AT, named, through_lane

A, B, C, D = sorted(named("patient", letter) for letter in "abcd")
JO = Steward("jo", "Jo \x00 Adeyemi", "identity-steward", "X9A01")


def ruling(number: int, answer: Answer, records: tuple[str, ...], others: tuple[str, ...], *left: str) -> Ruling:
    return Ruling(answer, records, others, JO, AT, "The same letter lay in both.", left, id=named("ruling", str(number)), position=number)


FIRST = ruling(1, Answer.SAME, (A,), (B, C))
SECOND = ruling(2, Answer.UNLINK, (D,), (), A)


def test_rulings_are_found_by_every_record_they_name_in_order_of_position(store: Store) -> None:
    with store.links.lane() as lane:
        assert lane.rulings([A]) == []
    assert store.links.rulings() == store.links.rulings([A]) == []
    through_lane(store, 2, rulings=(SECOND, FIRST))
    assert store.links.rulings() == [FIRST, SECOND]
    for patients, found in (([A], [FIRST, SECOND]), ([C], [FIRST]), ([D], [SECOND]), ([named("nobody")], []), ([], [])):
        assert store.links.rulings(patients) == found
        with store.links.lane() as lane:
            assert lane.rulings(patients) == found


def test_a_ruling_taken_back_is_still_there_and_says_so(store: Store) -> None:
    through_lane(store, 2, rulings=(FIRST, SECOND))
    back = replace(FIRST, taken_back=TakingBack(FIRST.id, FIRST.named, JO, AT, "A second look."))
    through_lane(store, 3, rulings=(back,))
    assert store.links.rulings() == [back, SECOND]
    assert store.links.rulings([B]) == [back]


def test_what_the_lane_was_left_without_is_not_there_and_clearing_drops_rulings(store: Store) -> None:
    through_lane(store, 1, rulings=(FIRST,))
    store.records.clear()
    assert store.links.rulings() == []
    with store.links.lane() as lane:
        assert lane.rulings([A]) == []


def test_reports_are_kept_in_any_order_of_their_words_and_outlive_a_clearing(store: Store) -> None:
    first = Report(A, (B,), Why.OTHER_PERSON, "Not \x00 hers.", True, JO, AT, named("report", "1"), 3)
    second = Report(B, (), Why.NOT_SURE, "Odd.", False, JO, AT, named("report", "2"), 5)
    back = TakingBack(first.id, (A, B), JO, AT, "It is hers.")
    assert store.links.reports() == store.links.reports([A]) == []
    store.links.put_reports([], [back])
    store.links.put_reports([second, first], [])
    lifted = replace(first, lifted=back)
    assert store.links.reports() == [lifted, second]
    assert store.links.reports([A, named("nobody")]) == [lifted]
    store.links.put_reports([first], [back])
    store.records.clear()
    assert store.links.reports() == [lifted, second]
