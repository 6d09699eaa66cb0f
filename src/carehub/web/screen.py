"""A disclosed record becomes what the pages show. Pure: no clock, no template, no request. Takes only what the door out released."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta

from carehub.careplan.plan import Entry, IdentityValue, Section
from carehub.careplan.sections import BY_KEY, HEADINGS, Heading
from carehub.governance.redaction import Disclosed
from carehub.hub.reading import PersonRecord
from carehub.terms.moments import london_date, sort_key
from carehub.web.badges import Badge, Badges
from carehub.web.banner import Banner, banner
from carehub.web.dates import clock_time, today
from carehub.web.rows import Disagreement, Origin, Row, RowMaker, in_order, order_words
from carehub.web.source_lines import SourceLine, StateLine, gap_sentences, source_lines, state_lines

PAGE_ROWS = 200
NEWEST = 8
# Sections whose entries are things that last, so that what is over is kept in a list of its own (CUI MEDv-074).
_LASTING = ("alerts", "allergies", "medicines", "problems", "care_team", "plan")
_NOUNS = {
    "about": ("detail", "details"),
    "alerts": ("alert", "alerts"),
    "allergies": ("allergy", "allergies"),
    "medicines": ("medicine", "medicines"),
    "problems": ("condition", "conditions"),
    "results": ("result", "results"),
    "encounters": ("contact or visit", "contacts and visits"),
    "immunisations": ("vaccination", "vaccinations"),
    "care_team": ("person or team", "people and teams"),
    "plan": ("plan entry", "plan entries"),
}


@dataclass(frozen=True, slots=True)
class Frame:
    """What every page about a person carries. withheld: sentences for what policy held back. reviews: possible records under review."""

    person: str
    banner: Banner
    headings: tuple[Heading, ...]
    built_at: datetime
    built_clock: str
    withheld: tuple[str, ...]
    reviews: int


@dataclass(frozen=True, slots=True)
class Newest:
    """One line of the newest entries. planned: its date lies ahead."""

    when: str
    title: str
    status: str
    section: str
    section_title: str
    badges: tuple[Badge, ...]
    anchor: str


@dataclass(frozen=True, slots=True)
class SectionSummary:
    """One line of the overview's list of sections. count: words, never a bare number. states: every source's state there."""

    key: str
    title: str
    count: str
    disagreements: int
    states: tuple[StateLine, ...]


@dataclass(frozen=True, slots=True)
class Overview:
    """S4. alerts: rows of the alerts section. behind: (source, state words) of sources that may hold newer entries."""

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
    sections: tuple[SectionSummary, ...]


@dataclass(frozen=True, slots=True)
class Detail:
    """One demographic detail and who says it."""

    label: str
    value: str
    origins: tuple[Origin, ...]
    rule: str


@dataclass(frozen=True, slots=True)
class RowList:
    """One table. heading: "" when the page's own heading names it. empty: what to say when there are no rows."""

    heading: str
    rows: tuple[Row, ...]
    empty: str


@dataclass(frozen=True, slots=True)
class SectionView:
    """S4a. lists: current and past apart where that matters. statements: coded "none known" entries. unplaced: disagreements without a row."""

    frame: Frame
    heading: Heading
    count: str
    order: str
    fold: bool
    can_unfold: bool
    statements: tuple[Row, ...]
    lists: tuple[RowList, ...]
    unplaced: tuple[Disagreement, ...]
    details: tuple[Detail, ...]
    states: tuple[StateLine, ...]
    gaps: tuple[tuple[str, str], ...]
    first: int
    last: int
    total: int
    page: int
    pages: int


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
        withheld=record.withheld,
        reviews=held.plan.reviews,
    )


def overview(record: Disclosed[PersonRecord]) -> Overview:
    """S4, in its order: what can be seen, what disagrees, alerts, what is new, and each section with a count."""
    held = opened(record)
    plan = held.plan
    maker = RowMaker(Badges.of(plan), plan.conflicts)
    order = {"high": 0, "moderate": 1, "low": 2}
    found = sorted(map(maker.disagreement, plan.conflicts), key=lambda one: order[one.severity])
    lines = source_lines(held)
    alerts = [row for row in maker.rows(in_order("alerts", _entries(held, "alerts")), fold=True) if row.active and not row.stated_none]
    newest, planned = _newest(held)
    return Overview(
        frame=frame(record),
        sources=lines,
        gaps=gap_sentences(plan.gaps),
        disagreements=tuple(one for one in found if not one.difference),
        differences=tuple(one for one in found if one.difference),
        alerts=tuple(alerts),
        alert_states=state_lines(held, "alerts"),
        newest=newest,
        planned=planned,
        behind=tuple((line.title, line.tag.text) for line in lines if line.holds_record and not line.current),
        sections=tuple(_summary(held, heading) for heading in HEADINGS),
    )


def section(record: Disclosed[PersonRecord], key: str, *, fold: bool = True, page: int = 1) -> SectionView:
    """S4a for one section. page: from 1, of PAGE_ROWS rows each, only in sections that are one long list. Raises KeyError for an unknown key."""
    heading = BY_KEY[key]
    held = opened(record)
    entries = in_order(key, _entries(held, key))
    maker = RowMaker(Badges.of(held.plan), [conflict for conflict in held.plan.conflicts if conflict.section == key])
    rows = [row for row in maker.rows(entries, fold=fold) if not row.stated_none]
    statements = [row for row in maker.rows(entries, fold=fold) if row.stated_none]
    placed = {found for row in (*rows, *statements) for found in row.disagreements}
    unplaced = [maker.disagreement(conflict) for conflict in held.plan.conflicts if conflict.section == key]
    pages = 1 if key in _LASTING else max(1, -(-len(rows) // PAGE_ROWS))
    page = min(max(page, 1), pages)
    first = (page - 1) * PAGE_ROWS
    shown = rows if key in _LASTING else rows[first : first + PAGE_ROWS]
    return SectionView(
        frame=frame(record),
        heading=heading,
        count=_count(key, entries, fold=fold),
        order=order_words(key),
        fold=fold,
        can_unfold=any(entry.members for entry in entries),
        statements=tuple(statements),
        lists=_lists(key, shown),
        unplaced=tuple(found for found in unplaced if found not in placed),
        details=tuple(_detail(value, maker) for value in held.plan.identity.values) if key == "about" else (),
        states=state_lines(held, key),
        gaps=gap_sentences(held.plan.gaps, key),
        first=first + 1,
        last=first + len(shown),
        total=len(rows),
        page=page,
        pages=pages,
    )


def sheets(record: Disclosed[PersonRecord]) -> tuple[SectionView, ...]:
    """Every section whole, for paper: no paging."""
    return tuple(part for heading in HEADINGS for part in _all_pages(record, heading.key))


def _all_pages(record: Disclosed[PersonRecord], key: str) -> list[SectionView]:
    first = section(record, key)
    return [first, *(section(record, key, page=number) for number in range(2, first.pages + 1))]


def shares(record: Disclosed[PersonRecord]) -> tuple[tuple[Heading, tuple[StateLine, ...]], ...]:
    """Every section with every source's state in it, for the sources page."""
    held = opened(record)
    return tuple((heading, state_lines(held, heading.key)) for heading in HEADINGS)


def expires(built_at: datetime) -> str:
    """The day after which a printed sheet must not be relied on: the next day in London, "YYYY-MM-DD"."""
    return today(built_at + timedelta(days=1))


def _entries(held: PersonRecord, key: str) -> tuple[Entry, ...]:
    found: list[Section] = [section for section in held.plan.sections if section.key == key]
    return found[0].entries if found else ()


def _count(key: str, entries: list[Entry], *, fold: bool = True) -> str:
    """ "7 medicines from 12 entries"; words when there is nothing."""
    said = [entry for entry in entries if entry.kind == "statement"]
    if not said:
        return "No entries in the sources carehub can see"
    underlying = sum(len(entry.members) or 1 for entry in said)
    from_entries = f"{underlying} {'entry' if underlying == 1 else 'entries'}"
    if not fold:
        return f"{from_entries}, each shown by itself"
    one, many = _NOUNS[key]
    return f"{len(said)} {one if len(said) == 1 else many} from {from_entries}"


def _lists(key: str, rows: list[Row]) -> tuple[RowList, ...]:
    title = BY_KEY[key].title.lower()
    if key not in _LASTING:
        return (RowList("", tuple(rows), ""),) if rows else ()
    if not rows:
        return ()
    current = RowList(f"Current {title}", tuple(row for row in rows if row.active), f"No entry under {title} is marked as current.")
    past = RowList(f"Past {title}", tuple(row for row in rows if not row.active), "")
    return (current, past) if past.rows else (current,)


def _summary(held: PersonRecord, heading: Heading) -> SectionSummary:
    entries = list(_entries(held, heading.key))
    count = _count(heading.key, entries)
    none_stated = sum(entry.kind == "stated_none" for entry in entries)
    if none_stated:
        count += f"; {none_stated} {'statement' if none_stated == 1 else 'statements'} that none are known"
    if heading.key == "about":
        details = len(held.plan.identity.values)
        count = f"{details} {'detail' if details == 1 else 'details'}" if details else count
    disagreements = sum(conflict.section == heading.key and not conflict.difference for conflict in held.plan.conflicts)
    return SectionSummary(heading.key, heading.title, count, disagreements, state_lines(held, heading.key))


def _newest(held: PersonRecord) -> tuple[tuple[Newest, ...], tuple[Newest, ...]]:
    """The newest entries up to today, and what lies ahead, soonest first. A date ahead is never shown as having happened (hazard H14)."""
    badges = Badges.of(held.plan)
    maker = RowMaker(badges, ())
    day = today(held.built_at)
    dated = [
        (entry.when, heading, entry)
        for heading in HEADINGS
        for entry in _entries(held, heading.key)
        if entry.when and entry.kind == "statement"
    ]
    dated.sort(key=lambda item: sort_key(item[0]), reverse=True)

    def line(item: tuple[str, Heading, Entry]) -> Newest:
        when, heading, entry = item
        row = maker.row(entry)
        return Newest(when, row.title, row.status, heading.key, heading.title, row.badges, row.anchor)

    past = [item for item in dated if london_date(item[0]) <= day]
    ahead = [item for item in reversed(dated) if london_date(item[0]) > day]
    return tuple(map(line, past[:NEWEST])), tuple(map(line, ahead[:NEWEST]))


def _detail(value: IdentityValue, maker: RowMaker) -> Detail:
    return Detail(value.label, value.value, tuple(map(maker.origin, value.attributions)), value.rule)
