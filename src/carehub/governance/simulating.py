"""Who would see what under other rules: each cell of role, purpose, reader's organisation, source and section, and what hides it. Pure; holds no data."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

from carehub.careplan import absence
from carehub.careplan.known_services import unshared_sentence
from carehub.careplan.plan import UnifiedCarePlan
from carehub.careplan.sections import HEADINGS
from carehub.governance.agreements import Agreements
from carehub.governance.decision import Decision, decide, in_relation
from carehub.governance.policy import Row
from carehub.governance.relationship import asks_for_one, relationship
from carehub.governance.requester import Requester

LABELLED = "labelled"
"""Stands beside the sections for the entries on which a source put a security label."""
ANY_OTHER = "any other"
"""Stands for every organisation that no clause names and that has no relationship with the person."""


@dataclass(frozen=True, slots=True)
class Source:
    """One source of a person. code, name: of the organisation. objected: the person has asked it not to share."""

    code: str
    name: str
    objected: bool = False


@dataclass(frozen=True, slots=True)
class Rules:
    """What decides: the policy table and the site's agreements."""

    table: Mapping[tuple[str, str], Row]
    agreements: Agreements


@dataclass(frozen=True, slots=True)
class Cell:
    """role, purpose, organisation: the reader. source: code of whose data. section: its key, or LABELLED."""

    role: str
    purpose: str
    organisation: str
    source: str
    section: str


@dataclass(frozen=True, slots=True)
class Changed:
    """A cell that would be shown and is hidden, or the other way round. before, after: "" where it is shown, else the sentence that hides it."""

    cell: Cell
    before: str
    after: str

    @property
    def words(self) -> str:
        """ "shown" or "hidden" to "shown" or "hidden", with the sentence of the one that hides."""
        return f"hidden -> shown (was: {self.before})" if self.before else f"shown -> hidden ({self.after})"


def changed(sources: Sequence[Source], now: Rules, draft: Rules, day: str, plan: UnifiedCarePlan) -> tuple[Changed, ...]:
    """Every cell of a person's sources that the draft would change, in the order of roles, sources and sections. day: "YYYY-MM-DD" in London.
    plan: the person's as stored, for who stands in a relationship with them. Emergency access is not worked out: it is somebody's, for an hour."""
    found: list[Changed] = []
    for cell in _cells(sources, now, draft, plan):
        source = next(one for one in sources if one.code == cell.source)
        before, after = (hidden_by(cell, source, rules, day, plan) for rules in (now, draft))
        if bool(before) != bool(after):
            found.append(Changed(cell, before, after))
    return tuple(found)


def hidden_by(cell: Cell, source: Source, rules: Rules, day: str, plan: UnifiedCarePlan) -> str:
    """The sentence of what hides a cell, "" where it is shown: first what shuts the whole record, then the role, then the clause, as at the door."""
    reader = Requester("simulated", "", cell.role, cell.organisation, "", cell.purpose)
    decision = _decided(reader, rules, day, plan)
    if not decision.permitted:
        return decision.reason
    if source.objected:
        return absence.OBJECTED
    if not rules.agreements.may_show(source.code, day):
        return unshared_sentence("no_agreement", source.name)
    if cell.section in decision.masked_sections:
        return decision.mask_sentence
    if cell.section == LABELLED:
        return "" if decision.restricted else absence.WITHHELD
    return rules.agreements.kept_back(source.code, reader, day).get(cell.section, "")


def _decided(reader: Requester, rules: Rules, day: str, plan: UnifiedCarePlan) -> Decision:
    decision = decide(reader, "read_record", "simulated", rules.table)
    if not (rules.agreements.relationship and asks_for_one(reader, "read_record")):
        return decision
    return in_relation(decision, relationship(reader, plan, rules.agreements, day), emergency=False)


def _related(rules: Rules, plan: UnifiedCarePlan) -> Iterator[str]:
    """Codes by which a reader's organisation may stand in a relationship, where the rules ask for one."""
    if rules.agreements.relationship:
        for one in rules.agreements.listed:
            yield from (one.code, *one.also)
        yield from (report.source.code for report in plan.sources if report.source.kind.value not in ("person", "team"))
        yield from (tie.organisation for tie in plan.ties if tie.organisation)


def _cells(sources: Sequence[Source], now: Rules, draft: Rules, plan: UnifiedCarePlan) -> Iterator[Cell]:
    both = (now, draft)
    readers = {key for rules in both for key in rules.table}
    named = {code for rules in both for one in rules.agreements.listed for clause in one.clauses for code in clause.organisations}
    named |= {code for rules in both for code in _related(rules, plan)}
    named |= {code for rules in both for one in named for code in rules.agreements.codes_of(one)}
    for role, purpose in sorted(readers):
        for organisation in (*sorted(named), ANY_OTHER):
            for source in sorted({one.code for one in sources}):
                for section in (*(heading.key for heading in HEADINGS), LABELLED):
                    yield Cell(role, purpose, organisation, source, section)
