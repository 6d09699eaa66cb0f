"""Disclosed: a value that policy released. It can be made only here, so forgetting to ask is a type error and a run-time error."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass, replace
from typing import Any, Final, Generic, TypeVar

from carehub.careplan.absence import WITHHELD
from carehub.careplan.plan import Conflict, Entry, Section, SectionState, UnifiedCarePlan
from carehub.careplan.sections import ALERTING, BY_KEY
from carehub.careplan.ways_in import NOT_SHOWN, tells_way_in
from carehub.governance.decision import Decision
from carehub.terms.errors import Refused
from carehub.terms.issue_catalogue import issue

T = TypeVar("T")

_KEY: Final = object()


@dataclass(frozen=True, slots=True)
class Mask:
    """A section that policy took away. section: its key. title: its heading. entries: how many it holds, folded or not.

    rule: the sentence of the rule.
    """

    section: str
    title: str
    entries: int
    rule: str

    @property
    def count(self) -> str:
        """ "1 entry withheld", or "" for a section that holds none: nothing of it is withheld, and that it is empty is not told."""
        return f"{self.entries} {'entry' if self.entries == 1 else 'entries'} withheld" if self.entries else ""

    @property
    def sentence(self) -> str:
        """ "Medicines: 1 entry withheld. Your role (Link worker) cannot see this section. …" """
        return f"{self.title}: {f'{self.count}. ' if self.count else ''}{self.rule}"


@dataclass(frozen=True, slots=True)
class Disclosed(Generic[T]):
    """value: what may leave. masks: the sections held back. made_by is the private key; others raise TypeError."""

    value: T
    masks: tuple[Mask, ...]
    made_by: object

    def __post_init__(self) -> None:
        if self.made_by is not _KEY:
            raise TypeError("only governance.redaction may disclose")

    @property
    def withheld(self) -> tuple[str, ...]:
        """A sentence for each section held back, naming the rule."""
        return tuple(mask.sentence for mask in self.masks)


def disclose(value: T, decision: Decision) -> Disclosed[T]:
    """Release a value that has no sections to mask. Raises Refused (API-002) unless the decision permits."""
    if not decision.permitted:
        raise Refused(issue(decision.number))
    return Disclosed(value, (), _KEY)


def redact(plan: UnifiedCarePlan, decision: Decision) -> Disclosed[UnifiedCarePlan]:
    """Release a plan with the masked sections emptied, labelled entries taken out, and every withheld thing named. Raises Refused unless the
    decision permits.

    A masked section keeps its title and gets one state per source, "role", so that the page shows a placeholder and never silence. Its
    conflicts go with it, and so does every other that quotes an entry of it. Where an entry was taken out, its section says of its source that items
    are excluded (SCREENS 3.0.3, `withheld`), or that the role is not shown them.
    """
    if not decision.permitted:
        raise Refused(issue(decision.number))
    held_back = kept_back(plan, decision)
    sections = tuple(
        _masked(section, decision) if section.key in decision.masked_sections else _without(section, held_back, decision)
        for section in plan.sections
    )
    conflicts = tuple(conflict for conflict in plan.conflicts if may_be_told(conflict, decision, held_back))
    masks = tuple(
        Mask(section.key, section.title, _held(section), decision.mask_sentence)
        for section in plan.sections
        if section.key in decision.masked_sections
    )
    joint = plan.joint.without(decision.masked_sections, held_back)
    return Disclosed(replace(plan, sections=sections, conflicts=conflicts, joint=joint, ties=()), masks, _KEY)


def by_name_only(plan: UnifiedCarePlan) -> UnifiedCarePlan:
    """What a reader without a relationship is told of a person whom they found: name, date of birth, gender and NHS number. Neither who holds a record,
    where the person lives, nor whether they died."""
    told = plan.identity
    who = replace(told, values=(), died="", deceased="", nhs_number_verified=False)
    return UnifiedCarePlan(plan.person, who, (), (), (), (), (), 0, "")


def kept_back(plan: UnifiedCarePlan, decision: Decision) -> frozenset[str]:
    """The records ("Type/id") of a plan that this reader does not see wherever they stand: those on which their source put a security label, those
    that tell how to get into a home, and those whose words place them in a masked section of alerts, such as a referral about safeguarding. A Patient
    is none of them: where a restricted person lives is covered for everybody (careplan.protection)."""
    masked = decision.masked_sections.intersection(ALERTING)
    rows = ((section.key, row) for section in plan.sections for entry in section.entries for row in (entry, *entry.members))
    out = (row for key, row in rows if key in masked or not (decision.restricted or _open(row)))
    return frozenset(told.record for row in out for told in row.attributions if not told.record.startswith("Patient/"))


def _open(row: Entry) -> bool:
    return not row.labels and not tells_way_in(row)


def may_be_told(conflict: Conflict, decision: Decision, held_back: Collection[str]) -> bool:
    """Whether a reader may be told of a conflict: none of the sections that it quotes from is masked, and none of the records (kept_back) held back."""
    quoted = (statement.attribution.record for statement in conflict.statements)
    return decision.masked_sections.isdisjoint((conflict.section, *conflict.sections)) and not any(record in held_back for record in quoted)


def _held(section: Section) -> int:
    return sum(len(entry.members) or 1 for entry in section.entries)


def _without(section: Section, held_back: frozenset[str], decision: Decision) -> Section:
    out = [entry for entry in section.entries if not held_back.isdisjoint(told.record for told in entry.attributions)]
    if not out:
        return section
    said = dict.fromkeys((told.source, _why(entry, decision)) for entry in out for told in entry.attributions)
    states = (*section.states, *(SectionState(source, *why) for source, why in said))
    return replace(section, entries=tuple(entry for entry in section.entries if entry not in out), states=states)


def _why(entry: Entry, decision: Decision) -> tuple[str, str]:
    """State and sentence for an entry that was taken out: what a source labelled comes first, because that it told a way in would tell of it."""
    rows = (entry, *entry.members)
    if not decision.restricted and not all(map(_open, rows)):
        return ("withheld", WITHHELD) if any(row.labels for row in rows) else ("role", NOT_SHOWN)
    titles = ", ".join(BY_KEY[key].title for key in ALERTING if key in decision.masked_sections)
    return "role", f"What also belongs under {titles} is not shown to your role."


def _masked(section: Section, decision: Decision) -> Section:
    states = tuple(replace(state, state="role", sentence=decision.mask_sentence) for state in section.states)
    return replace(section, entries=(), states=states)


def carry(released: Disclosed[Any], value: T) -> Disclosed[T]:
    """Another value built only from what was released."""
    return Disclosed(value, released.masks, _KEY)
