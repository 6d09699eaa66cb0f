"""What one source can say in one section: its entries, a stated none, nothing recorded, not in its feed, not readable; and each limit on that."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime

from carehub.careplan import absence
from carehub.careplan.freshness import UNWATCHED, FeedClocks, being_checked, freshness, plan_speakers
from carehub.careplan.plan import Entry, SectionState, UnifiedCarePlan
from carehub.terms.moments import show_date
from carehub.terms.organisations import SourceOrganisation


def stated_none_words(entry: Entry) -> str:
    """ "no known allergy, stated by Dr A Khan, 02-Feb-2019"; what is missing is said."""
    told = entry.attributions[0]
    title = entry.title if entry.title[:2].isupper() else entry.title[:1].lower() + entry.title[1:]
    return f"{title}, stated by {told.author or 'an author not named'}, {show_date(entry.when) if entry.when else 'date not given'}"


def told_state(source: SourceOrganisation, name: str, entries: list[Entry], shares: bool, unreadable: int) -> SectionState:
    """What one source says in one section, before any limit.

    entries: its own, unfolded. shares: the section is part of its feed. unreadable: entries that came and are not shown. A source that sent
    nothing here has "nothing recorded", never "none".
    """
    statements = [e for e in entries if e.kind == "statement"]
    parts = [f"{len(statements)} entr{'y' if len(statements) == 1 else 'ies'}"] if statements else []
    parts.extend(stated_none_words(e) for e in entries if e.kind == "stated_none")
    state = "entries" if statements else "stated_none"
    if unreadable:
        state = state if parts else "unmapped"
        entries_came = f"{unreadable} entr{'y' if unreadable == 1 else 'ies'} received"
        parts.append(f"{entries_came} {NOT_READ}, show {'it' if unreadable == 1 else 'them'} as sent")
    if parts:
        return SectionState(source, state, f"{name}: {'; '.join(parts)}")
    if not shares:
        return SectionState(source, "not_in_feed", f"{name}: this section is not part of what it shares")
    return SectionState(source, "nothing_recorded", f"{name}: nothing recorded")


NOT_READ = "that carehub could not read"


def section_states(plan: UnifiedCarePlan, key: str, now: datetime, feeds: FeedClocks = UNWATCHED) -> tuple[SectionState, ...]:
    """Every source in one section: first what it says there, then each limit on that as a state of its own, in the order of the sources.

    A source that is late, out of date or failing, or that withheld something, has those states with the exact sentence of SCREENS 3.0.3 after
    the source's name. now: aware. feeds: how each feed stands. Raises KeyError for an unknown key.
    """
    names = plan_speakers(plan)
    clock: dict[SourceOrganisation, list[tuple[str, str]]] = {}
    for report in plan.sources:
        limits = clock.setdefault(report.source, [])
        code, sentence = freshness(report, now, feeds)
        if code != "current":
            limits.append((code, sentence))
        if being_checked(plan, report):
            limits.append(("checking", absence.CHECKING))
    held: dict[SourceOrganisation, list[SectionState]] = {}
    for state in plan.section(key).states:
        held.setdefault(state.source, []).append(state)
    return tuple(state for source, states in held.items() for state in _limited(names[source], states, clock.get(source, [])))


def _limited(name: str, states: list[SectionState], clock: list[tuple[str, str]]) -> Iterator[SectionState]:
    told, warnings = states[0], states[1:]
    if told.state == "role":
        # Policy took the section away: its own sentence stands alone, once.
        yield told
        return
    if told.state in absence.TAGS:
        yield SectionState(told.source, told.state, f"{name}: {told.sentence}")
        return
    yield told
    if told.state != "not_in_feed":
        for code, sentence in dict.fromkeys([*clock, *((w.state, w.sentence) for w in warnings)]):
            yield SectionState(told.source, code, f"{name}: {sentence}")
