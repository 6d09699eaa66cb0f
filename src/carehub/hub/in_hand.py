"""What policy lets out of a plan in hand, worked out once for each decision. A plan is frozen: the same plan under an equal decision gives the same."""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Callable, Hashable
from functools import wraps
from typing import TypeVar

from carehub.careplan.plan import UnifiedCarePlan
from carehub.governance import audit, redaction
from carehub.governance.decision import Decision
from carehub.governance.redaction import Disclosed

_MOST = 16

K = TypeVar("K", bound=Hashable)
V = TypeVar("V")


def once_for_a_plan(made: Callable[[UnifiedCarePlan, K], V]) -> Callable[[UnifiedCarePlan, K], V]:
    """The same function, its latest answers kept by the very plan and the other argument: a plan made anew, or another decision, is never given what
    was worked out for one before it. made: of nothing but its arguments."""
    kept: OrderedDict[tuple[int, K], tuple[UnifiedCarePlan, V]] = OrderedDict()

    @wraps(made)
    def again(plan: UnifiedCarePlan, by: K) -> V:
        # What is kept holds its plan, so that no other can come to stand at its address.
        found = kept.get((id(plan), by))
        if found is None or found[0] is not plan:
            found = kept[id(plan), by] = plan, made(plan, by)
            while len(kept) > _MOST:
                kept.popitem(last=False)
        return found[1]

    return again


@once_for_a_plan
def kept_back(plan: UnifiedCarePlan, decision: Decision) -> frozenset[str]:
    """governance.redaction.kept_back."""
    return redaction.kept_back(plan, decision)


@once_for_a_plan
def redacted(plan: UnifiedCarePlan, decision: Decision) -> tuple[Disclosed[UnifiedCarePlan], str]:
    """governance.redaction.redact, with the hash of what it lets out (governance.audit.shown_hash). Raises Refused."""
    released = redaction.redact(plan, decision)
    return released, audit.shown_hash(released.value)
