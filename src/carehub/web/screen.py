"""A disclosed record becomes what the pages show. Pure: no clock, no template, no request. Takes only what the door out released."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta

from carehub.careplan.sections import ALERTING, HEADINGS, Heading
from carehub.careplan.support_at_home import support_at_home
from carehub.governance.redaction import Disclosed, Mask
from carehub.hub.reading import EarlierRecord, PersonRecord
from carehub.web.badges import Badge, Badges
from carehub.web.banner import Banner, banner
from carehub.web.dates import clock_time, today
from carehub.web.entries import Newest, count_words, entries_of, mask_words, newest_and_planned
from carehub.web.rows import Disagreement, Row, RowMaker, in_order
from carehub.web.source_lines import SourceLine, StateLine, gap_sentences, source_lines, state_lines


@dataclass(frozen=True, slots=True)
class Frame:
    """What every page about a person carries. masks: the sections that policy held back. reviews: possible records under review.

    earlier: the record as it stood, where the page shows a moment that is past.
    emergency: the sentence of the reader's emergency access, "" without one.
    expires: the day after which what was printed must not be relied on, "YYYY-MM-DD".
    """

    person: str
    banner: Banner
    headings: tuple[Heading, ...]
    built_at: datetime
    built_clock: str
    expires: str
    masks: tuple[Mask, ...]
    reviews: int
    earlier: EarlierRecord | None = None
    emergency: str = ""


@dataclass(frozen=True, slots=True)
class SectionSummary:
    """One line of the overview's list of sections. count: words, never a bare number. masked: policy took it away.

    included: badges of the sources that could speak there. left_out: (source, why) of the others, but for those that speak nowhere.
    """

    key: str
    title: str
    count: str
    masked: bool
    disagreements: int
    included: tuple[Badge, ...]
    left_out: tuple[tuple[str, str], ...]


@dataclass(frozen=True, slots=True)
class Overview:
    """S4. alerts: rows of the alerts section. behind: (source, state words) of sources that may hold newer entries.

    nowhere: (source, why) of the sources that are included in no section.
    """

    frame: Frame
    sources: tuple[SourceLine, ...]
    gaps: tuple[tuple[str, str], ...]
    disagreements: tuple[Disagreement, ...]
    differences: tuple[Disagreement, ...]
    alerts: tuple[Row, ...]
    alert_states: tuple[StateLine, ...]
    newest: tuple[Newest, ...]
    planned: tuple[Newest, ...]
    behind: tuple[tuple[str, str], ...]
    nowhere: tuple[tuple[str, str], ...]
    sections: tuple[SectionSummary, ...]
    support: tuple[tuple[str, str], ...]


def opened(record: Disclosed[PersonRecord]) -> PersonRecord:
    """The record inside. Raises TypeError for anything that the door out did not release."""
    if not isinstance(record, Disclosed) or not isinstance(record.value, PersonRecord):
        raise TypeError("a page shows only what was disclosed")
    return record.value


def frame(record: Disclosed[PersonRecord]) -> Frame:
    """Banner, section links and the time of building."""
    held = opened(record)
    return Frame(
        person=held.plan.person,
        banner=banner(held),
        headings=HEADINGS,
        built_at=held.built_at,
        built_clock=clock_time(held.built_at),
        expires=today(held.built_at + timedelta(days=1)),
        masks=record.masks,
        reviews=held.plan.reviews,
        emergency=held.emergency,
    )


def overview(record: Disclosed[PersonRecord]) -> Overview:
    """S4, in its order: what can be seen, what disagrees, alerts, what is new, and each section with a count."""
    held = opened(record)
    plan = held.plan
    badges = Badges.of(plan)
    maker = RowMaker(badges, plan.conflicts)
    order = {"high": 0, "moderate": 1, "low": 2}
    found = sorted(map(maker.disagreement, plan.conflicts), key=lambda one: order[one.severity])
    panel = source_lines(held)
    told = [entry for key in ALERTING for entry in in_order(key, entries_of(held, key))]
    alerts = [row for row in maker.rows(told, fold=True) if row.active and not row.stated_none]
    past, planned, _ = newest_and_planned(held, badges)
    states = {heading.key: state_lines(held, heading.key, badges) for heading in HEADINGS}
    open_to_role = [states[heading.key] for heading in HEADINGS if not mask_of(record, heading.key)]
    speaking = {line.title for lines in states.values() for line in lines if line.included}
    # A source's reason can differ from section to section; one that is the same everywhere is said once.
    nowhere = tuple(
        pair
        for pair in dict.fromkeys((line.title, line.short) for lines in open_to_role[:1] for line in lines)
        if pair[0] not in speaking and all(pair in _left_out(lines) for lines in open_to_role)
    )
    return Overview(
        frame=frame(record),
        sources=panel,
        gaps=gap_sentences(held),
        disagreements=tuple(one for one in found if not one.difference),
        differences=tuple(one for one in found if one.difference),
        alerts=tuple(alerts),
        alert_states=states["alerts"],
        newest=past,
        planned=planned,
        behind=tuple((line.title, line.tag.text) for line in panel if line.behind),
        nowhere=nowhere,
        sections=tuple(_summary(record, heading, states[heading.key], nowhere) for heading in HEADINGS),
        support=support_at_home(plan, held.section_states),
    )


def shares(record: Disclosed[PersonRecord]) -> tuple[tuple[Heading, tuple[StateLine, ...]], ...]:
    """Every section with every source's state in it, for the sources page."""
    held = opened(record)
    badges = Badges.of(held.plan)
    return tuple((heading, state_lines(held, heading.key, badges)) for heading in HEADINGS)


def _left_out(lines: tuple[StateLine, ...]) -> tuple[tuple[str, str], ...]:
    return tuple((line.title, line.short) for line in lines if not line.included)


def mask_of(record: Disclosed[PersonRecord], key: str) -> Mask | None:
    """The mask of a section, or None where the reader may see it."""
    return next((mask for mask in record.masks if mask.section == key), None)


def _summary(
    record: Disclosed[PersonRecord], heading: Heading, states: tuple[StateLine, ...], nowhere: tuple[tuple[str, str], ...]
) -> SectionSummary:
    held, mask = opened(record), mask_of(record, heading.key)
    count = mask_words(mask) if mask else count_words(held, heading.key, entries_of(held, heading.key))
    disagreements = sum(conflict.section == heading.key and not conflict.difference for conflict in held.plan.conflicts)
    return SectionSummary(
        key=heading.key,
        title=heading.title,
        count=count,
        masked=mask is not None,
        disagreements=disagreements,
        included=tuple(dict.fromkeys(line.mark for line in states if line.included)),
        left_out=tuple(pair for pair in _left_out(states) if pair not in nowhere),
    )
