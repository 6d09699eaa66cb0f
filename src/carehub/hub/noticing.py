"""What is looked for in each new plan beside the one before it: disagreements that ended, and what somebody asked to be told of."""

from __future__ import annotations

from collections.abc import Callable, Sequence

from carehub.feeds.message import Submission
from carehub.governance.subscription import Subscription
from carehub.hub.assemble_plan import Made, Noticing
from carehub.hub.conflict_feed import notice
from carehub.hub.disclose import Disclosing
from carehub.hub.notice_occurrences import notice_occurrences
from carehub.store.ports import Store


def noticing(store: Store, tell: Callable[[Submission], object], door: Disclosing) -> Noticing:
    """For one batch of plans. tell: the door in for what is noticed. door: knows the agreements in force, by which an organisation goes by its codes.

    What comes back raises StoreBusy where somebody listens for a caseload and those agreements cannot be read: nobody is left out unsaid.
    """
    listening = store.subscriptions.listening()

    def notice_all(made: Sequence[Made]) -> None:
        steps = store.steps.of_patients([report.patient for one in made for report in one.plan.sources])
        codes = _codes(listening, door)
        for one in made:
            notice(one, steps, tell)
            if listening:
                notice_occurrences(one, store, listening, codes)

    return notice_all


def _codes(listening: Sequence[Subscription], door: Disclosing) -> dict[str, frozenset[str]]:
    caseloads = [one for one in listening if one.caseload]
    if not caseloads:
        return {}
    agreed = door.sharing.in_force(door.clock())
    return {one.id: agreed.codes_of(one.by.organisation) for one in caseloads}
