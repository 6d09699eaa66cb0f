"""What is looked for in each new plan while the one before it is still there: disagreements that ended, and what somebody asked to be told of."""

from __future__ import annotations

from collections.abc import Callable

from carehub.careplan.plan import UnifiedCarePlan
from carehub.feeds.message import Submission
from carehub.hub.conflict_feed import notice
from carehub.hub.notice_occurrences import notice_occurrences
from carehub.store.ports import Store
from carehub.store.stored import StoredPlan


def noticing(store: Store, tell: Callable[[Submission], object]) -> Callable[[StoredPlan, UnifiedCarePlan], None]:
    """For one batch of plans. tell: the door in for what is noticed."""
    listening = store.subscriptions.listening()

    def each(stored: StoredPlan, plan: UnifiedCarePlan) -> None:
        notice(stored, plan, store, tell)
        if listening:
            notice_occurrences(stored, plan, store, listening)

    return each
