"""What each source could say: the sources panel, and the state of every source in one section, so that nothing is ever blank."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass

from carehub.careplan.absence import CHECKING, TAGS
from carehub.careplan.plan import SectionState, SourceState
from carehub.hub.reading import PersonRecord
from carehub.terms.moments import show_time
from carehub.web.badges import Badge, Badges, source_badge, state_tag

# Section states in which nothing of a source can be in the list. In every other one its statements are there, however old or limited.
_NOT_SPEAKING = {
    "not_in_feed": "not part of what it shares",
    "no_record": "no record found",
    "no_agreement": "no sharing agreement",
    "not_connected": "not connected",
    "hidden_wrong": "hidden while checked",
    "objected": "person has objected",
    "role": "restricted",
}
# Source states in which something newer may exist that has not come.
_BEHIND = ("late", "stale", "failing")
# Gaps that the sources panel and the "not included" line say already.
_SAID_BY_PANEL = ("no_record", "checking", "no_agreement", "not_connected")


@dataclass(frozen=True, slots=True)
class SourceLine:
    """One source of the panel. behind: it may hold newer entries.

    recorded: "record as at"; last_entry: date of its newest statement; both "" when it did not say. feeds: in words.
    one_of_several: the organisation holds more than one record of the person, which only the feeds tell apart.
    """

    badge: Badge
    title: str
    behind: bool
    tag: Badge
    sentence: str
    holds_record: bool
    received: str
    recorded: str
    last_entry: str
    records: int
    withdrawn: int
    unreadable: int
    not_mapped: int
    linked_because: str
    merged: bool
    feeds: tuple[str, ...]
    one_of_several: bool
    warnings: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class StateLine:
    """One source in one section. mark: its badge where its name does not stand beside it.

    included: it could speak here. short: a few words for the "included" line. sentences: in full.
    """

    badge: Badge
    mark: Badge
    title: str
    included: bool
    short: str
    tag: Badge | None
    sentences: tuple[str, ...]


def source_lines(record: PersonRecord) -> tuple[SourceLine, ...]:
    """The panel in the order the record gives."""
    held = Counter(_identity(state) for state in record.source_states if state.report)
    return tuple(_source_line(state, held[_identity(state)] > 1) for state in record.source_states)


def _source_line(state: SourceState, one_of_several: bool) -> SourceLine:
    report = state.report
    return SourceLine(
        badge=source_badge(state.badge),
        title=state.title,
        behind=state.code in _BEHIND,
        tag=state_tag(state.code, state.tag),
        sentence=state.sentence,
        holds_record=report is not None,
        received=report.received if report else "",
        recorded=report.recorded if report else "",
        last_entry=report.last_entry if report else "",
        records=report.records if report else 0,
        withdrawn=report.withdrawn if report else 0,
        unreadable=report.unreadable if report else 0,
        not_mapped=report.not_mapped if report else 0,
        linked_because=report.linked_because if report else "",
        merged=bool(report and report.merged_into),
        feeds=state.feeds,
        one_of_several=one_of_several,
        warnings=_warnings(state),
    )


def _warnings(state: SourceState) -> tuple[str, ...]:
    """The source's own warnings that its sentence does not hold already."""
    warnings = state.report.warnings if state.report else ()
    return tuple(dict.fromkeys(warning.sentence for warning in warnings if warning.sentence not in state.sentence))


def state_lines(record: PersonRecord, key: str, badges: Badges | None = None) -> tuple[StateLine, ...]:
    """Every source's state in one section: the panel's sources in its order, then any that only the section names.

    badges: of the record's plan, from whoever asks for many sections of it.

    An organisation that holds two patient records of the person has one line, with the sentences of both.
    """
    badges = badges or Badges.of(record.plan)
    left = list(record.section_states.get(key, ()))
    grouped: dict[tuple[str, str, str], list[SourceState]] = {}
    for source in record.source_states:
        grouped.setdefault(_identity(source), []).append(source)
    lines = []
    for sources in grouped.values():
        mine = [state for state in left if _same(state, sources[0])]
        left = [state for state in left if state not in mine]
        lines.append(_state_line(sources, mine, badges))
    for organisation in dict.fromkeys(state.source for state in left):
        mine = [state for state in left if state.source == organisation]
        included = any(state.state not in _NOT_SPEAKING for state in mine)
        short = next((_NOT_SPEAKING[state.state] for state in mine if state.state in _NOT_SPEAKING), "see below")
        lines.append(
            StateLine(
                badges.kind_of(organisation),
                badges.of_source(organisation),
                organisation.title,
                included,
                short,
                None,
                _sentences(state.sentence for state in mine),
            )
        )
    return tuple(lines)


def _identity(source: SourceState) -> tuple[str, str, str]:
    told = source.report.source if source.report else None
    return (told.code, told.name, told.kind.value) if told else ("", source.title, source.badge)


def _same(state: SectionState, source: SourceState) -> bool:
    if source.report:
        return state.source == source.report.source
    return state.source.title == source.title and state.source.kind.badge == source.badge


def _state_line(sources: list[SourceState], mine: list[SectionState], badges: Badges) -> StateLine:
    first, report = sources[0], sources[0].report
    # A source with a record but no state for this section is not taken to have said nothing: only its own state is shown.
    included = report is not None and any(_speaks(state) for state in mine)
    # Age limits every section; what a source's own warning limits, the section's state says.
    limits = [source for source in sources if source.code in _BEHIND or (not mine and source.code != "current")]
    tags = {state.state: TAGS[state.state] for state in mine if state.state in TAGS}
    tags |= {source.code: source.tag for source in limits}
    tags.pop("current", None)
    words = [_lower(tag) for tag in tags.values()]
    if included and report:
        told = f"as at {show_time(report.recorded)}" if report.recorded else f"received {show_time(report.received)}"
        short = ", ".join([told, *words])
    else:
        silent = next((_NOT_SPEAKING[state.state] for state in mine if state.state in _NOT_SPEAKING), "")
        short = silent or ", ".join(words) or "nothing is known about this section"
    return StateLine(
        badge=source_badge(first.badge),
        mark=badges.of_source(report.source) if report else source_badge(first.badge),
        title=first.title,
        included=included,
        short=short,
        tag=state_tag(*next(iter(tags.items()))) if tags else None,
        sentences=_sentences(state.sentence for state in mine) if mine and not limits else _limited(mine, limits or sources),
    )


def _limited(mine: list[SectionState], sources: list[SourceState]) -> tuple[str, ...]:
    said = [state.sentence for state in mine]
    return _sentences([*said, *(sentence for source in sources for sentence in (_of_age(source) if mine else [source.sentence]))])


def _of_age(source: SourceState) -> list[str]:
    """The source's sentences, each by itself, without its own warnings, which belong to some sections only."""
    sentence = source.sentence
    for warning in source.report.warnings if source.report else ():
        sentence = sentence.replace(warning.sentence, "")
    age, checked, rest = sentence.partition(CHECKING)
    return [" ".join(words.split()) for words in (age, checked, rest)]


def _speaks(state: SectionState) -> bool:
    return state.state not in _NOT_SPEAKING


def _sentences(told: Iterable[str]) -> tuple[str, ...]:
    """Each sentence once, with its full stop; one that another already holds is left out."""
    said: list[str] = []
    for sentence in told:
        if sentence and not any(sentence in other for other in said):
            said.append(sentence if sentence.endswith(".") else f"{sentence}.")
    return tuple(said)


def _lower(tag: str) -> str:
    return tag[:1].lower() + tag[1:]


def gap_sentences(record: PersonRecord, section: str | None = None) -> tuple[tuple[str, str], ...]:
    """(source, sentence) of each gap that the panel does not show already; of one section and the whole record when a section is given."""
    shown = {(state.title, state.code) for state in record.source_states}
    shown |= {("", "checking")} if record.plan.reviews else set()
    gaps = [gap for gap in record.plan.gaps if section is None or gap.section in ("", section)]
    return tuple(
        dict.fromkeys((gap.source, gap.sentence) for gap in gaps if gap.code not in _SAID_BY_PANEL or (gap.source, gap.code) not in shown)
    )
