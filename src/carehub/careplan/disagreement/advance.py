"""C6: two decisions about resuscitation, or two plans for when things go wrong, that differ. Each is shown in full; neither is assumed to be current."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from carehub.careplan.conflicts import conflict
from carehub.careplan.disagreement.naming import statement
from carehub.careplan.plan import Conflict, Statement
from carehub.careplan.reading.draft import Draft
from carehub.careplan.reading.wording import comparable
from carehub.terms.moments import show_date

RESUSCITATION = "resuscitation"
"""What a conflict of two decisions about resuscitation is about."""

_NUMBERS = {2: "Two", 3: "Three", 4: "Four", 5: "Five"}
# Who wrote it and when tell two copies of one plan apart and are no part of what it recommends.
_NOT_ITS_WORDS = ("Date", "Dates", "Recorded", "Last changed", "Set by", "Started", "Author", "Kind", "Intent", "Review due", "Location")


def resuscitation(drafts: Sequence[Draft]) -> Iterator[Conflict]:
    """One C6 when current records hold both decisions, also when one source holds both. Each is in full, with its date or that it has none."""
    decisions = [d for d in drafts if d.traits.state in ("for resuscitation", "not for resuscitation")]
    if len({d.traits.state for d in decisions}) == 2:
        yield _held(2, decisions[0].entry.section, [_decision(d) for d in decisions], RESUSCITATION)


def contingency(drafts: Sequence[Draft]) -> Iterator[Conflict]:
    """One C6 when sources hold current plans for when things go wrong that do not say the same. A source may hold several: those add up."""
    plans = [d for d in drafts if d.entry.active and d.entry.kind == "statement" and d.entry.attributions[0].record.startswith("CarePlan/")]
    told: dict[str, set[str]] = {}
    for draft in plans:
        told.setdefault(draft.entry.attributions[0].source.code, set()).add(_words(draft))
    differing = {tuple(sorted(said)) for said in told.values()}
    if len(differing) > 1:
        yield _held(len(differing), plans[0].entry.section, [statement(d, in_full(d)) for d in plans], "contingency plan")


def in_full(draft: Draft) -> str:
    """An entry's title, state and every detail, as one text."""
    facts = "; ".join(f"{fact.label}: {fact.value}" for fact in draft.entry.facts)
    return ". ".join(part for part in (draft.entry.title, draft.entry.status, facts) if part)


def _held(number: int, section: str, statements: list[Statement], about: str) -> Conflict:
    sentence = f"{_NUMBERS.get(number, str(number))} different recommendations are held. Neither is assumed to be current."
    if number > 2:
        sentence = sentence.replace("Neither", "None")
    return conflict("C6", section, "high", sentence, statements, about=[about])


def _decision(draft: Draft) -> Statement:
    dated = f"dated {show_date(draft.entry.when)}" if draft.entry.when else "date not recorded"
    return statement(draft, f"{in_full(draft)} ({dated})")


def _words(draft: Draft) -> str:
    facts = sorted(comparable(f"{fact.label} {fact.value}") for fact in draft.entry.facts if fact.label not in _NOT_ITS_WORDS)
    return "; ".join([comparable(draft.entry.title), *facts])
