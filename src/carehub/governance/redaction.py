"""Disclosed: a value that policy released. It can be made only here, so forgetting to ask is a type error and a run-time error."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Final, Generic, TypeVar

from carehub.careplan.plan import Entry, Section, UnifiedCarePlan
from carehub.governance.decision import Decision
from carehub.terms.errors import Refused
from carehub.terms.issue_catalogue import issue

T = TypeVar("T")

_KEY: Final = object()


@dataclass(frozen=True, slots=True)
class Disclosed(Generic[T]):
    """value: what may leave. withheld: a sentence for each thing held back, naming the rule. made_by is the private key; others raise TypeError."""

    value: T
    withheld: tuple[str, ...]
    made_by: object

    def __post_init__(self) -> None:
        if self.made_by is not _KEY:
            raise TypeError("only governance.redaction may disclose")


def disclose(value: T, decision: Decision) -> Disclosed[T]:
    """Release a value that has no sections to mask. Raises Refused (API-002) unless the decision permits."""
    if not decision.permitted:
        raise Refused(issue("API-002"))
    return Disclosed(value, (), _KEY)


def redact(plan: UnifiedCarePlan, decision: Decision) -> Disclosed[UnifiedCarePlan]:
    """Release a plan with the masked sections emptied and every withheld thing named. Raises Refused unless the decision permits.

    A masked section keeps its title and gets one state per source, "role", so that the page shows a placeholder and never silence. Its
    conflicts go with it.
    """
    if not decision.permitted:
        raise Refused(issue("API-002"))
    sections = tuple(_masked(section, decision) if section.key in decision.masked_sections else section for section in plan.sections)
    conflicts = tuple(conflict for conflict in plan.conflicts if conflict.section not in decision.masked_sections)
    withheld = tuple(
        f"{section.title}: {_count(section.entries)} withheld. {decision.mask_sentence}"
        for section in plan.sections
        if section.key in decision.masked_sections
    )
    return Disclosed(replace(plan, sections=sections, conflicts=conflicts), withheld, _KEY)


def _masked(section: Section, decision: Decision) -> Section:
    states = tuple(replace(state, state="role", sentence=decision.mask_sentence) for state in section.states)
    return replace(section, entries=(), states=states)


def _count(entries: tuple[Entry, ...]) -> str:
    return f"{len(entries)} {'entry' if len(entries) == 1 else 'entries'}"


def carry(released: Disclosed[UnifiedCarePlan], value: T) -> Disclosed[T]:
    """Another value built only from what was released."""
    return Disclosed(value, released.withheld, _KEY)
