"""How old each source is when somebody reads: up to date, late, out of date or failing, and what its own warnings add."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from types import MappingProxyType

from carehub.careplan import absence
from carehub.careplan.plan import ExpectedSource, SourceReport, SourceState, UnifiedCarePlan
from carehub.careplan.speakers import Speakers, speakers
from carehub.terms.moments import duration, instant
from carehub.terms.organisations import SourceKind, SourceOrganisation

# Worst first: the tag a source shows when several apply. Every sentence is shown whichever gives the tag.
_WORST = (
    "objected",
    "no_agreement",
    "hidden_wrong",
    "failing",
    "stale",
    "late",
    "in_transfer",
    "withheld",
    "awaiting_filing",
    "checking",
    "current",
)

_KIND_OF_BADGE = {kind.badge: kind for kind in SourceKind}


@dataclass(frozen=True, slots=True)
class FeedClock:
    """A feed at the moment of reading, whoever its messages were about: when the last one came, and the last that could be read ("" for never).

    dead: messages that cannot be read and came after the last that could. expected_every, stale_after: as declared, ISO 8601 durations.
    title: what the feed is called in words.
    """

    feed: str
    last: str
    last_good: str
    dead: int
    expected_every: str
    stale_after: str
    title: str = ""


FeedClocks = Mapping[str, FeedClock]
UNWATCHED: FeedClocks = MappingProxyType({})


def organisation(expected: ExpectedSource) -> SourceOrganisation:
    """A connected feed that has told nothing of this person, as a source: its feed name stands for a code."""
    return SourceOrganisation(expected.feed, expected.title, _KIND_OF_BADGE.get(expected.badge, SourceKind.VOLUNTARY))


def silent(plan_expected: Iterable[ExpectedSource], heard: Iterable[str]) -> list[ExpectedSource]:
    """Expected feeds that no view came from, in order of name."""
    known = set(heard)
    return sorted((e for e in plan_expected if e.feed not in known), key=lambda e: (e.feed, e.title))


def silent_state(expected: ExpectedSource) -> tuple[str, str]:
    """(code, sentence) of a source that told nothing of the person: what is being checked comes before why nothing could come."""
    if expected.checking:
        return "checking", absence.CHECKING
    if expected.state == "no_agreement":
        return "no_agreement", absence.no_agreement(expected.title)
    if expected.state == "not_connected":
        return "not_connected", absence.not_connected(expected.title)
    return "no_record", absence.NO_RECORD


def plan_speakers(plan: UnifiedCarePlan) -> Speakers:
    """What every source of a plan is called, the silent ones included."""
    heard = {feed for report in plan.sources for feed in report.feeds}
    return speakers([*(r.source for r in plan.sources), *(organisation(e) for e in silent(plan.expected, heard))])


def freshness(report: SourceReport, now: datetime, feeds: FeedClocks = UNWATCHED) -> tuple[str, str]:
    """(code, sentence) of a source by the clock alone: current, late, stale or failing. now: aware.

    The worst of what its own last message says and of how each of its feeds stands: a source whose letters come on time may have stopped
    sending results. A limit that cannot be read counts as passed: what we cannot tell is never called up to date.
    """
    clocks = [feeds[feed] for feed in report.feeds if feed in feeds]
    dead = report.failing + sum(clock.dead for clock in clocks)
    if dead:
        good = max([report.received if instant(report.received) else "", *(clock.last_good for clock in clocks if clock.dead)])
        return "failing", absence.failing(dead, good)
    states = [clock_state(report.received, report.expected_every, report.stale_after, now)]
    states += [clock_state(clock.last, clock.expected_every, clock.stale_after, now) for clock in clocks if clock.last]
    return min(states, key=lambda state: _WORST.index(state[0]))


def clock_state(last: str, expected_every: str, stale_after: str, now: datetime) -> tuple[str, str]:
    """(code, sentence) by the newest receipt alone."""
    received = instant(last)
    if received is None:
        return "stale", absence.never_timed()
    ago = max(now - received, timedelta(0))
    every, limit = _span(expected_every), _span(stale_after)
    if limit is None or ago > limit:
        return "stale", absence.stale(last, ago, every)
    if every is None or ago > every:
        return "late", absence.late(last, ago, every)
    return "current", absence.current(last)


def _span(text: str) -> timedelta | None:
    try:
        return duration(text)
    except ValueError:
        return None


def source_states(plan: UnifiedCarePlan, now: datetime, feeds: FeedClocks = UNWATCHED) -> tuple[SourceState, ...]:
    """One state for every view, then one for every expected feed that no view came from. The tag is the worst that applies; the sentence has all."""
    states = []
    for report in plan.sources:
        code, sentence = freshness(report, now, feeds)
        codes = [code, *(w.state for w in report.warnings)]
        checked = being_checked(plan, report)
        sentences = [sentence, *(w.sentence for w in report.warnings), *([absence.CHECKING] if checked else [])]
        code = worst([*codes, *(["checking"] if checked else [])])
        titles = tuple(feeds[feed].title if feed in feeds else feed for feed in report.feeds)
        said = " ".join(dict.fromkeys(sentences))
        states.append(SourceState(report.source.title, report.source.kind.badge, code, absence.TAGS[code], said, report, titles))
    heard = {feed for report in plan.sources for feed in report.feeds}
    for expected in silent(plan.expected, heard):
        code, sentence = silent_state(expected)
        states.append(SourceState(expected.title, expected.badge, code, absence.TAGS[code], sentence))
    return tuple(states)


def being_checked(plan: UnifiedCarePlan, report: SourceReport) -> bool:
    """Whether another possible record of the person, from a feed of this source, awaits a steward."""
    return any(expected.checking and expected.feed in report.feeds for expected in plan.expected)


def worst(codes: Iterable[str]) -> str:
    """The code that matters most to a reader."""
    return min(codes, key=lambda code: _WORST.index(code) if code in _WORST else len(_WORST))
