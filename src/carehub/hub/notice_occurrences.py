"""What a new plan tells that the one before did not, put into the outbox of everybody who asked for it."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence

from carehub.careplan.occurrences import Occurrence, occurrences
from carehub.careplan.plan import UnifiedCarePlan
from carehub.fhir.canonical import restore
from carehub.governance.subscription import Notification, Subscription
from carehub.hub.assemble_plan import Made
from carehub.hub.feed_health import FeedHealth
from carehub.hub.own_people import own_reports
from carehub.store.ports import Store
from carehub.store.stored import StoredPlan
from carehub.terms.refs import derived_id


def notice_occurrences(made: Made, store: Store, listening: Sequence[Subscription], codes: Mapping[str, Collection[str]]) -> None:
    """listening: who wants to be told. codes: by subscription to a caseload, what its organisation goes by now (Agreements.codes_of).

    What the plan before told already, and what came before somebody asked, is nothing to tell; of the former it is kept that it is known, so that
    a rebuild, which begins without plans, tells it to nobody.
    """
    concerned = [one for one in listening if concerns(one, made.plan, store, codes)]
    told = occurrences(made.plan) if concerned else ()
    if not told:
        return
    before = {one.key for one in occurrences(restore(made.before.plan, UnifiedCarePlan))} if made.before else set()
    store.subscriptions.post([note for one in concerned for note in _notes(one, made.stored, told, before)])


def concerns(subscription: Subscription, plan: UnifiedCarePlan, store: Store, codes: Mapping[str, Collection[str]]) -> bool:
    """Whether a subscription is about this person: by any of their ids, or because the organisation that asked holds a record of them. codes: as above."""
    if subscription.caseload:
        return bool(own_reports(plan, codes[subscription.id]))
    if not subscription.person:
        return False
    named = {plan.person, *(report.patient.removeprefix("Patient/") for report in plan.sources)}
    return subscription.person in named or store.links.current_person(subscription.person) == plan.person


def notice_late_feeds(feeds: Iterable[FeedHealth], store: Store, now: str) -> None:
    """Of each feed and source that is late, once for what it brought last. now: ISO UTC."""
    listening = [one for one in store.subscriptions.listening() if one.topic == "feed-late"]
    late = [one for one in feeds if one.late_by] if listening else []
    notes = [_note(one, "", f"late:{feed.feed}:{feed.source}", feed.last, "", now, "waiting") for one in listening for feed in late]
    store.subscriptions.post(notes)


def _notes(one: Subscription, stored: StoredPlan, told: Sequence[Occurrence], before: set[str]) -> Iterator[Notification]:
    for occurrence in told:
        if occurrence.topic == one.topic and (occurrence.received >= one.at or occurrence.key in before):
            state = "known" if occurrence.key in before else "waiting"
            yield _note(one, stored.person, occurrence.key, occurrence.stamp, occurrence.focus, stored.at, state)


def _note(one: Subscription, person: str, key: str, stamp: str, focus: str, at: str, state: str) -> Notification:
    id = derived_id("notification", one.id, key if key != "died" else f"died:{person}", stamp)
    return Notification(id, one.id, person, key, stamp, focus, state, at, at)  # type: ignore[arg-type]
