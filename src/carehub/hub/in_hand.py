"""What policy lets out of a plan in hand, worked out once for each decision. A plan is frozen: the same plan under an equal decision gives the same."""

from __future__ import annotations

from collections.abc import Callable, Hashable
from functools import lru_cache, wraps
from typing import TypeVar

from carehub.careplan.plan import UnifiedCarePlan
from carehub.fhir.canonical import known, restore
from carehub.governance import audit, redaction
from carehub.governance.decision import Decision
from carehub.governance.redaction import Disclosed

_MOST = 16

K = TypeVar("K", bound=Hashable)
V = TypeVar("V")


class _ThisPlan:
    """A plan that equals itself alone. It is held, so that no other can come to stand at its address."""

    __slots__ = ("plan",)

    def __init__(self, plan: UnifiedCarePlan) -> None:
        self.plan = plan

    def __hash__(self) -> int:
        return id(self.plan)

    def __eq__(self, other: object) -> bool:
        return isinstance(other, _ThisPlan) and other.plan is self.plan


def once_for_a_plan(made: Callable[[UnifiedCarePlan, K], V]) -> Callable[[UnifiedCarePlan, K], V]:
    """The same function, its latest answers kept by the very plan and the other argument: a plan made anew, or another decision, is never given what
    was worked out for one before it. made: of nothing but its arguments."""

    @lru_cache(maxsize=_MOST)
    def kept(this: _ThisPlan, by: K) -> V:
        return made(this.plan, by)

    @wraps(made)
    def again(plan: UnifiedCarePlan, by: K) -> V:
        return kept(_ThisPlan(plan), by)

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


@lru_cache(maxsize=_MOST)
def parsed(stored: bytes) -> UnifiedCarePlan:
    """A plan read back, kept by its very bytes: frozen, and before anything hidden, unshared or masked is taken out, which each read does anew."""
    return restore(stored, UnifiedCarePlan)


known(UnifiedCarePlan)
