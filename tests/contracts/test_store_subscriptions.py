"""The store's contract: subscriptions, and the outbox of what waits to be told."""

from __future__ import annotations

from dataclasses import replace

from carehub.governance.requester import Requester
from carehub.governance.subscription import GREETING, Notification, Standing, Subscription
from carehub.store.ports import Store
from contracts.stores import AT

NURSE = Requester("jo", "Jo Adeyemi", "district-nurse", "X99001", "Northvale Community", "TREAT")
LATER = "2026-11-22T07:00:00.000Z"


def asked(id: str) -> Subscription:
    return Subscription(id, NURSE, "admitted", "p", "", "https://mdt.example/hook", "id-only", AT)


def note(id: str, of: str = "a", key: str = "admitted:Encounter/1", due: str = AT) -> Notification:
    return Notification(id, of, "p", key, "", "Encounter/1", "waiting", AT, due)


def listening(store: Store) -> list[str]:
    return [one.id for one in store.subscriptions.listening()]


def test_a_subscription_is_kept_as_requested_and_asking_again_changes_nothing(store: Store) -> None:
    store.subscriptions.put([asked("b"), asked("a")])
    store.subscriptions.set_state("a", "active")
    store.subscriptions.put([asked("a")])
    assert store.subscriptions.standing() == [Standing(asked("a"), "active"), Standing(asked("b"), "requested")]
    assert listening(store) == ["a", "b"]


def test_what_is_off_stays_off_and_what_is_in_error_does_not_listen(store: Store) -> None:
    store.subscriptions.put([asked("a"), asked("b")])
    store.subscriptions.set_state("a", "off")
    store.subscriptions.set_state("a", "active")
    store.subscriptions.set_state("b", "error", 12)
    assert [(one.state, one.failed) for one in store.subscriptions.standing()] == [("off", 0), ("error", 12)]
    assert listening(store) == []


def test_only_a_greeting_is_due_until_it_was_taken(store: Store) -> None:
    store.subscriptions.put([asked("a")])
    store.subscriptions.post([note("n2"), note("n1", key=GREETING), note("n3", due=LATER)])
    assert [one.id for one in store.subscriptions.due(AT, 9)] == ["n1"]
    store.subscriptions.set_state("a", "active")
    assert [one.id for one in store.subscriptions.due(AT, 9)] == ["n1", "n2"]
    assert [one.id for one in store.subscriptions.due(LATER, 9)] == ["n1", "n2", "n3"]
    assert [one.id for one in store.subscriptions.due(LATER, 1)] == ["n1"]


def test_one_of_two_that_want_the_same_notification_has_it(store: Store) -> None:
    store.subscriptions.put([asked("a")])
    store.subscriptions.set_state("a", "active")
    store.subscriptions.post([note("n1")])
    [found] = store.subscriptions.due(AT, 9)
    assert store.subscriptions.claim(found, LATER)
    assert not store.subscriptions.claim(found, LATER)
    assert store.subscriptions.due(AT, 9) == []
    assert store.subscriptions.due(LATER, 9) == [replace(note("n1", due=LATER), attempts=1)]


def test_what_was_told_is_counted_never_due_again_and_never_told_by_a_second_posting(store: Store) -> None:
    store.subscriptions.put([asked("a")])
    store.subscriptions.set_state("a", "active")
    store.subscriptions.post([note("n1"), note("n2"), note("n3"), note("hello", key=GREETING)])
    store.subscriptions.settle("n1", "sent")
    store.subscriptions.settle("n2", "withheld")
    store.subscriptions.settle("hello", "sent")
    store.subscriptions.post([note("n1"), note("n2")])
    assert [one.id for one in store.subscriptions.due(LATER, 9)] == ["n3"]
    [standing] = store.subscriptions.standing()
    assert (standing.sent, standing.waiting) == (1, 1)


def test_both_outlive_the_clearing_of_what_is_derived(store: Store) -> None:
    store.subscriptions.put([asked("a")])
    store.subscriptions.post([note("n1")])
    store.subscriptions.settle("n1", "sent")
    store.records.clear()
    [standing] = store.subscriptions.standing()
    assert standing.sent == 1
