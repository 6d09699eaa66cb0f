"""What is looked for in each new plan beside the one before it: disagreements that ended, and what somebody asked to be told of."""

from __future__ import annotations

from collections.abc import Callable

from carehub.careplan.plan import UnifiedCarePlan
from carehub.feeds.message import Submission
from carehub.hub.assemble_plan import Noticing
from carehub.hub.conflict_feed import notice
from carehub.hub.notice_occurrences import notice_occurrences
from carehub.store.ports import Store
from carehub.store.stored import StoredPlan


def noticing(store: Store, tell: Callable[[Submission], object]) -> Noticing:
    """For one batch of plans. tell: the door in for what is noticed."""
    listening = store.subscriptions.listening()

    def each(stored: StoredPlan, plan: UnifiedCarePlan, before: StoredPlan | None) -> None:
        notice(stored, plan, before, store, tell)
        if listening:
            notice_occurrences(stored, plan, before, store, listening)

    return each
