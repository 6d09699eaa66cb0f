"""Asked: what the store said a moment ago, kept in this process for as long as nobody writes there. Whether anybody did is one small question."""

from __future__ import annotations

from collections.abc import Callable, Hashable
from typing import Any, TypeVar, cast

T = TypeVar("T")

_MOST, _MOST_PLANS = 2048, 16
_NOT_ASKED = object()


class Answers:
    """What the store said at one edition. Threads may share it: each step on a dictionary is whole, and what another thread was told is as good.

    An edition is taken before anything is asked, so what is written while somebody asks is found by whoever begins after that, whatever was kept.
    """

    __slots__ = ("_plans", "_told", "edition")

    def __init__(self, edition: Hashable | None) -> None:
        self.edition = edition
        self._told: dict[Hashable, Any] = {}
        self._plans: dict[str, Any] = {}

    def of(self, key: Hashable, ask: Callable[[], T], worth: Callable[[T], bool] = lambda told: True) -> T:
        """What was told under this key, else what is told now. worth: whether to keep it. Raises as `ask` does, and keeps nothing of that."""
        return _held(self._told, key, ask, worth, _MOST)

    def plan(self, person: str, ask: Callable[[], T]) -> T:
        """The same for a plan, of which few are kept: each may be long."""
        return _held(self._plans, person, ask, lambda told: True, _MOST_PLANS)


def _held(held: dict[Any, Any], key: Hashable, ask: Callable[[], T], worth: Callable[[T], bool], most: int) -> T:
    kept = held.get(key, _NOT_ASKED)
    if kept is not _NOT_ASKED:
        return cast(T, kept)
    told = ask()
    if worth(told):
        if len(held) >= most:
            held.clear()
        held[key] = told
    return told


class Asked:
    """edition: of the store (store.editions); where it cannot tell, None, what is told is kept for one look alone."""

    __slots__ = ("_edition", "_latest")

    def __init__(self, edition: Callable[[], Hashable | None] = lambda: None) -> None:
        self._edition = edition
        self._latest = Answers(None)

    def now(self) -> Answers:
        """The answers that hold now. Ask for them again after anything that takes time or was promised to come first, such as a row of the trail."""
        edition, latest = self._edition(), self._latest
        if edition is None:
            return Answers(None)
        if latest.edition != edition:
            self._latest = latest = Answers(edition)
        return latest
