"""A property that is worked out when it is first asked for, and kept."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, Generic, Self, TypeVar, overload

T = TypeVar("T")


class _Once(Generic[T]):
    """functools.cached_property as it is from Python 3.12 on: before, each holder's first question waits for a lock, and small records are
    many. The holder has a __dict__ and never changes; two threads that ask at once both work out the same."""

    def __init__(self, work: Callable[[Any], T]) -> None:
        self._work = work
        self.__doc__ = work.__doc__

    def __set_name__(self, owner: type, name: str) -> None:
        self._name = name

    @overload
    def __get__(self, holder: None, owner: type) -> Self: ...
    @overload
    def __get__(self, holder: object, owner: type) -> T: ...
    def __get__(self, holder: object | None, owner: type) -> Self | T:
        if holder is None:
            return self
        value = holder.__dict__[self._name] = self._work(holder)
        return value


once = _Once
