"""What each source could say: the sources panel, and the state of every source in one section, so that nothing is ever blank."""

from __future__ import annotations

from dataclasses import dataclass

from carehub.careplan.plan import Gap, SectionState, SourceState
from carehub.hub.reading import PersonRecord
from carehub.terms.moments import show_time
from carehub.web.badges import Badge, Badges, source_badge, state_tag

# States in which a source's own statements are in the list, or would be if it had made any.
_SPEAKING = ("entries", "stated_none", "nothing_recorded", "unmapped")


@dataclass(frozen=True, slots=True)
class SourceLine:
    """One source of the panel. recorded: "record as at"; last_entry: date of its newest statement; both "" when it did not say."""

    badge: Badge
    title: str
    current: bool
    tag: Badge
    sentence: str
    holds_record: bool
    received: str
    recorded: str
    last_entry: str
    records: int
    unreadable: int
    not_mapped: int
    linked_because: str
    merged: bool
    feeds: tuple[str, ...]
    warnings: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class StateLine:
    """One source in one section. included: it could speak here. short: a few words for the "included" line. sentences: in full."""

    badge: Badge
    title: str
    included: bool
    short: str
    tag: Badge | None
    sentences: tuple[str, ...]


def source_lines(record: PersonRecord) -> tuple[SourceLine, ...]:
    """The panel in the order the record gives."""
    badges = Badges.of(record.plan)
    return tuple(_source_line(state, badges) for state in record.source_states)


def _source_line(state: SourceState, badges: Badges) -> SourceLine:
    report = state.report
    return SourceLine(
        badge=badges.of_source(report.source) if report else source_badge(state.badge),
        title=state.title,
        current=state.code == "current",
        tag=state_tag(state.code, state.tag),
        sentence=state.sentence,
        holds_record=report is not None,
        received=report.received if report else "",
        recorded=report.recorded if report else "",
        last_entry=report.last_entry if report else "",
        records=report.records if report else 0,
        unreadable=report.unreadable if report else 0,
        not_mapped=report.not_mapped if report else 0,
        linked_because=report.linked_because if report else "",
        merged=bool(report and report.merged_into),
        feeds=report.feeds if report else (),
        warnings=tuple(dict.fromkeys(warning.sentence for warning in report.warnings)) if report else (),
    )


def state_lines(record: PersonRecord, key: str) -> tuple[StateLine, ...]:
    """Every source's state in one section: those of the section first matched to the panel, then any the panel does not name."""
    badges = Badges.of(record.plan)
    left = list(record.section_states.get(key, ()))
    lines = []
    for source in record.source_states:
        mine = [state for state in left if _same(state, source)]
        left = [state for state in left if state not in mine]
        lines.append(_state_line(source, mine, badges))
    for organisation in dict.fromkeys(state.source for state in left):
        mine = [state for state in left if state.source == organisation]
        included = any(state.state in _SPEAKING for state in mine)
        sentences = tuple(dict.fromkeys(state.sentence for state in mine))
        lines.append(StateLine(badges.of_source(organisation), organisation.title, included, "", None, sentences))
    return tuple(lines)


def _same(state: SectionState, source: SourceState) -> bool:
    if source.report:
        return state.source == source.report.source
    return state.source.title == source.title and state.source.kind.badge == source.badge


def _state_line(source: SourceState, mine: list[SectionState], badges: Badges) -> StateLine:
    report = source.report
    spoken = [state for state in mine if state.state in _SPEAKING]
    # A source with a record but no state for this section is not taken to have said nothing: only its own state is shown.
    included = bool(spoken)
    sentences = [state.sentence for state in mine]
    if source.code != "current" or not sentences:
        sentences.append(source.sentence)
    if included and report:
        as_at = f"as at {show_time(report.recorded)}" if report.recorded else f"received {show_time(report.received)}"
        short = as_at if source.code == "current" else f"{as_at}, {_lower(source.tag)}"
    else:
        short = _lower(source.tag) if source.code != "current" else _NOT_SPEAKING.get(mine[0].state if mine else "", "see below")
    return StateLine(
        badge=badges.of_source(report.source) if report else source_badge(source.badge),
        title=source.title,
        included=included,
        short=short,
        tag=None if source.code == "current" else state_tag(source.code, source.tag),
        sentences=tuple(dict.fromkeys(sentences)),
    )


_NOT_SPEAKING = {
    "not_in_feed": "not shared here",
    "role": "restricted",
    "withheld": "withheld at source",
    "objected": "person has objected",
}


def _lower(tag: str) -> str:
    return tag[:1].lower() + tag[1:]


def gap_sentences(gaps: tuple[Gap, ...], section: str | None = None) -> tuple[tuple[str, str], ...]:
    """(source, sentence) of each gap; of one section and the whole record when a section is given."""
    return tuple(dict.fromkeys((gap.source, gap.sentence) for gap in gaps if section is None or gap.section in ("", section)))
