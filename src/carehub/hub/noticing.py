"""What is looked for in each new plan beside the one before it: disagreements that ended, and what somebody asked to be told of."""

from __future__ import annotations

from collections.abc import Callable, Sequence

from carehub.feeds.message import Submission
from carehub.hub.assemble_plan import Made, Noticing
from carehub.hub.conflict_feed import notice
from carehub.hub.notice_occurrences import notice_occurrences
from carehub.store.ports import Store


def noticing(store: Store, tell: Callable[[Submission], object]) -> Noticing:
    """For one batch of plans. tell: the door in for what is noticed."""
    listening = store.subscriptions.listening()

    def notice_all(made: Sequence[Made]) -> None:
        steps = store.steps.of_patients([report.patient for one in made for report in one.plan.sources])
        for one in made:
            notice(one, steps, tell)
            if listening:
                notice_occurrences(one, store, listening)

    return notice_all
