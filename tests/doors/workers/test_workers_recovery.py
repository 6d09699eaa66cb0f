"""Every class of the error tree, as it is when loaded, has a recovery for the worker and a status for the caller."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

import pytest

from carehub.api.outcomes import STATUS, status_of
from carehub.terms.errors import CarehubError, Overtaken, Rejected, StoreBusy, Unavailable, Unreadable
from carehub.terms.issue_catalogue import issue
from carehub.workers.retrying import RECOVERY, recovery


def tree(base: type[CarehubError]) -> Iterator[type[CarehubError]]:
    """The class and all below it that are the project's own; a test may have planted others."""
    if base.__module__ == CarehubError.__module__:
        yield base
    for below in base.__subclasses__():
        yield from tree(below)


def absent(table: Mapping[type[CarehubError], object]) -> list[str]:
    """Classes of the tree that a table says nothing about."""
    return [kind.__name__ for kind in tree(CarehubError) if kind not in table]


def test_every_class_is_in_both_tables() -> None:
    assert len(list(tree(CarehubError))) >= 12
    assert absent(RECOVERY) == []
    assert absent(STATUS) == []


@pytest.mark.parametrize("table", [RECOVERY, STATUS])
def test_a_class_left_out_of_a_copy_is_noticed(table: dict[type[CarehubError], object]) -> None:
    copy = {kind: answer for kind, answer in table.items() if kind is not Unreadable}
    assert absent(copy) == ["Unreadable"]


def test_a_class_that_is_not_in_a_table_is_answered_by_its_nearest() -> None:
    class Locked(StoreBusy):
        """Planted."""

    assert recovery(Locked(issue("STORE-001"))) == "retry"
    assert status_of(Locked(issue("STORE-001"))) == 503


def test_what_passes_is_retried_and_what_never_works_is_not() -> None:
    assert all(RECOVERY[kind] == "retry" for kind in tree(Unavailable))
    assert all(RECOVERY[kind] == "dead-letter" for kind in tree(Rejected))
    assert RECOVERY[Overtaken] == "retry"


@pytest.mark.parametrize("bug", [KeyError("x"), RecursionError(), AssertionError(), OSError(28, "No space left on device")])
def test_anything_else_is_a_bug_and_raises_the_alarm(bug: Exception) -> None:
    assert recovery(bug) == "alarm"
