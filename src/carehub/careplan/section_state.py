"""What one source can say in one section: its entries, a stated none, nothing recorded, not in its feed, not readable; and each limit on that."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime

from carehub.careplan import absence
from carehub.careplan.freshness import being_checked, freshness, plan_speakers, worst
from carehub.careplan.plan import Entry, SectionState, UnifiedCarePlan
from carehub.terms.moments import show_date
from carehub.terms.organisations import SourceOrganisation


def stated_none_words(entry: Entry) -> str:
    """ "no known allergy, stated by Dr A Khan, 02-Feb-2019"; what is missing is said."""
    told = entry.attributions[0]
    title = entry.title if entry.title[:2].isupper() else entry.title[:1].lower() + entry.title[1:]
    return f"{title}, stated by {told.author or 'an author not named'}, {show_date(entry.when) if entry.when else 'date not given'}"


def told_state(source: SourceOrganisation, name: str, entries: list[Entry], shares: bool, unreadable: int) -> SectionState:
    """What one source says in one section, before any limit. entries: its own, unfolded. unreadable: entries received and not readable.
    A source that sent nothing here has "nothing recorded", never "none".
    """
    statements = [e for e in entries if e.kind == "statement"]
    negations = [e for e in entries if e.kind == "stated_none"]
    parts = []
    if statements:
        parts.append(f"{len(statements)} entr{'y' if len(statements) == 1 else 'ies'}")
    parts.extend(stated_none_words(e) for e in negations)
    unread = _unread(unreadable)
    if parts:
        sentence = f"{name}: {'; '.join(parts)}." + (f" {unread[:1].upper()}{unread[1:]}." if unread else "")
        return SectionState(source, "entries" if statements else "stated_none", sentence if unread or statements else sentence[:-1])
    if unread:
        return SectionState(source, "unmapped", f"{name}: {unread}")
    if not shares:
        return SectionState(source, "not_in_feed", f"{name}: this section is not part of what it shares")
    return SectionState(source, "nothing_recorded", f"{name}: nothing recorded")


def _unread(count: int) -> str:
    if not count:
        return ""
    return f"{count} entr{'y' if count == 1 else 'ies'} received that carehub could not read, show {'it' if count == 1 else 'them'} as sent"


def section_states(plan: UnifiedCarePlan, key: str, now: datetime) -> tuple[SectionState, ...]:
    """One state for every source in one section, in the order of the sources. The sentence starts with what the source says, then each limit on it.

    state: the worst limit (late, stale, failing, withheld, …) where one applies, else what the source says. Raises KeyError for an unknown key.
    """
    names = plan_speakers(plan)
    held: dict[SourceOrganisation, list[SectionState]] = {}
    for state in plan.section(key).states:
        held.setdefault(state.source, []).append(state)
    limits: dict[SourceOrganisation, list[tuple[str, str]]] = {}
    for report in plan.sources:
        code, sentence = freshness(report, now)
        if code != "current":
            limits.setdefault(report.source, []).append((code, sentence))
        if being_checked(plan, report):
            limits.setdefault(report.source, []).append(("checking", absence.CHECKING))
    return tuple(_limited(source, names, states, limits.get(source, [])) for source, states in held.items())


def _limited(
    source: SourceOrganisation, names: Mapping[SourceOrganisation, str], states: list[SectionState], clock: list[tuple[str, str]]
) -> SectionState:
    told, warnings = states[0], states[1:]
    extra = [*clock, *((w.state, w.sentence) for w in warnings)]
    if told.state in ("no_record", "checking"):
        return SectionState(source, told.state, f"{names[source]}: {told.sentence}")
    if not extra or told.state == "not_in_feed":
        return told
    first = told.sentence if told.sentence.endswith(".") else f"{told.sentence}."
    return SectionState(source, worst(code for code, _ in extra), " ".join([first, *dict.fromkeys(sentence for _, sentence in extra)]))
