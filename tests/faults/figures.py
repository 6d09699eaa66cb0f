"""What a fault test found, as figures: held to be nought, and told to whoever runs the tests (`tools/faults_release.py` makes a table of them)."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, fields

from carehub.store.ports import Store
from faults.stream import Sent, account, kept, undisturbed

TOLD: list[Figures] = []


@dataclass(frozen=True, slots=True)
class Figures:
    """lost: acknowledged messages that are not in the log byte for byte. duplicated: messages, states of records and persons beyond those that an
    undisturbed hub makes. unsettled: messages without an outcome."""

    kills: int
    messages: int
    lost: int = 0
    duplicated: int = 0
    unsettled: int = 0


def tell(figures: Figures) -> bool:
    """Have them told with the test's result; True, for it fails when anything was lost, done twice or left undone."""
    TOLD.append(figures)
    assert (figures.lost, figures.duplicated, figures.unsettled) == (0, 0, 0), figures
    return True


def as_if_nothing_had_been(store: Store, sent: Sequence[Sent], kills: int) -> bool:
    """True, for it fails unless nothing of what was sent is lost, and the hub holds what one holds that met no fault."""
    held, expected, lost = account(store), undisturbed(sent), kept(store, sent)
    more = (max(0, getattr(held, name) - getattr(expected, name)) for name in ("messages", "versions", "persons"))
    tell(Figures(kills, len(sent), len(lost), sum(more), held.messages - sum(count for _, count in held.verdicts)))
    assert lost == []
    assert held == expected
    return True


def as_properties(told: Sequence[Figures]) -> dict[str, int]:
    """The figures of one test together; nothing when it told none."""
    return {field.name: sum(getattr(one, field.name) for one in told) for field in fields(Figures)} if told else {}
