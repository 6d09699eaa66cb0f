"""A disclosed record as a timeline page: lanes drawn on the server, and a table of exactly the same events (SCREENS S5)."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import date, timedelta

from carehub.careplan.timeline import KINDS, MEDICINES, SPANS, Happening, Lane, Shown, Timeline, shown, timeline, window
from carehub.governance.redaction import Disclosed
from carehub.hub.reading import PersonRecord
from carehub.terms.moments import days_of, show_date
from carehub.web.badges import Badge, Badges, source_badge, state_tag
from carehub.web.entries import places
from carehub.web.medicine_names import drawn_length
from carehub.web.screen import Frame, frame, opened
from carehub.web.timeline_chart import MANY, WIDTH, Axis, Drawn, Scale, axis, lane

PAGE_ROWS = 300
_KIND_WORDS = {"contact": "Contact", "stay": "Stay or package", "medicine": "Medicine", "plan": "Plan or action"}


@dataclass(frozen=True, slots=True)
class LaneView:
    """One lane on the page. count: words for what is drawn. why: sentences that limit it."""

    title: str
    badge: Badge | None
    tag: Badge | None
    count: str
    why: tuple[str, ...]
    drawn: Drawn


@dataclass(frozen=True, slots=True)
class EventRow:
    """One line of the table. address: where its entry is. when: FHIR date or "". lasts: how long, in words."""

    when: str
    badges: tuple[Badge, ...]
    kind: str
    title: str
    status: str
    lasts: str
    address: str
    planned: bool


@dataclass(frozen=True, slots=True)
class TimelineView:
    """S5. span, kinds: what was asked for. left_off: (words, count) of entries that are never on a timeline. crowded: contacts grouped by week."""

    frame: Frame
    span: str
    spans: tuple[tuple[str, str], ...]
    kinds: tuple[tuple[str, str, bool], ...]
    first: str
    last: str
    width: int
    axis: Axis
    lanes: tuple[LaneView, ...]
    rows: tuple[EventRow, ...]
    total: int
    undated: tuple[EventRow, ...]
    earlier: int
    later: int
    hidden: tuple[tuple[str, int], ...]
    left_off: tuple[tuple[str, int], ...]
    crowded: bool
    page: int
    pages: int
    query: str


def whole_timeline(record: Disclosed[PersonRecord]) -> Timeline:
    """Every dated thing of the record, as it was disclosed."""
    held = opened(record)
    return timeline(held.plan, held.source_states, held.section_states, held.built_at)


def timeline_view(record: Disclosed[PersonRecord], span: str, kinds: Collection[str], page: int = 1) -> TimelineView:
    """S5 for one record. span: a key of SPANS. kinds: of KINDS. page: of the table, from 1."""
    held = opened(record)
    whole = whole_timeline(record)
    part = shown(whole, *window(whole, span), kinds)
    scale = Scale(part.first, part.last)
    badges = Badges.of(held.plan)
    address = places(held)
    rows = [_row(event, badges, address, part) for event in reversed(part.events)]
    pages = max(1, -(-len(rows) // PAGE_ROWS))
    page = min(max(page, 1), pages)
    crowded = len(part.events) > MANY
    chosen = "" if len(kinds) == len(KINDS) else "".join(f"&show={kind}" for kind in KINDS if kind in kinds)
    return TimelineView(
        frame=frame(record),
        span=span,
        spans=tuple((key, words) for key, (words, _) in SPANS.items()),
        kinds=tuple((kind, words, kind in kinds) for kind, words in KINDS.items()),
        first=part.first.isoformat(),
        last=part.last.isoformat(),
        width=WIDTH,
        axis=axis(scale, whole.now),
        lanes=tuple(_lanes(whole, part, scale, kinds, badges, crowded=crowded)),
        rows=tuple(rows[(page - 1) * PAGE_ROWS : page * PAGE_ROWS]),
        total=len(rows),
        undated=tuple(_row(event, badges, address, part) for event in whole.undated if event.kind in kinds),
        earlier=part.earlier,
        later=part.later,
        hidden=part.hidden,
        left_off=whole.left_off,
        crowded=crowded,
        page=page,
        pages=pages,
        query=f"?span={span}{chosen}",
    )


def _lanes(whole: Timeline, part: Shown, scale: Scale, kinds: Collection[str], badges: Badges, *, crowded: bool) -> list[LaneView]:
    lanes: list[Lane | None] = [*whole.lanes, *([None] if "medicine" in kinds else [])]
    made = []

    def named(event: Happening) -> str:
        by = ", ".join(badges.of_source(source).text for source in event.sources)
        return f"{event.title} – {by}" if event.lane == MEDICINES else event.title

    for held in lanes:
        mine = [event for event in part.events if event.lane == (held.key if held else MEDICINES)]
        drawn = lane(held, mine, scale, whole, crowded=crowded, named=named, letters=len if held else drawn_length)
        if held is None:
            made.append(LaneView("Medicines, from every source that shares them", None, None, _count(mine), (), drawn))
        else:
            count = "" if held.dark and not mine else _count(mine)
            made.append(LaneView(held.title, source_badge(held.badge), state_tag(held.code, held.tag), count, held.why, drawn))
    return made


def _count(events: Sequence[Happening]) -> str:
    if not events:
        return "Nothing with a date in this time, in what it has sent"
    return f"{len(events)} shown"


def _row(event: Happening, badges: Badges, address: dict[tuple[str, str], str], part: Shown) -> EventRow:
    return EventRow(
        when=event.begins,
        badges=tuple(badges.of_source(source) for source in event.sources),
        kind=_KIND_WORDS[event.kind],
        title=event.title,
        status=event.status,
        lasts=_lasts(event),
        address=address[event.section, event.entry],
        planned=event.planned,
    )


def _lasts(event: Happening) -> str:
    """How long it lasts, with the day it ended; whether that is known."""
    if event.planned:
        return f"Planned, not yet happened{f'; until {show_date(event.ends)}' if event.lasts and event.ends else ''}"
    if event.untold:
        return "Was planned; no source says whether it happened"
    if event.died:
        told = f"Its end was given as {show_date(event.ends)}" if event.ends else "No end was told"
        silent = f", and nothing received since {show_date(event.known_until)}" if event.known_until else ""
        return f"{told}{silent}; the person died {show_date(event.died)}"
    if event.goes_on:
        if event.known_until:
            return f"Cannot tell whether it still goes on: nothing received since {show_date(event.known_until)}"
        begins, ends = days_of(event.begins), days_of(event.ends)
        over = bool(ends and begins and event.kind == "medicine")
        return f"Continues, though its end was given as {show_date(event.ends)}" if over else "Continues"
    if event.lasts and event.ends:
        return f"{_length(event)}until {show_date(event.ends)}"
    if event.kind in ("stay", "medicine"):
        return "End not recorded"
    return "One date" if event.begins else "Date not recorded"


def _length(event: Happening) -> str:
    begins, ends = days_of(event.begins), days_of(event.ends)
    if not begins or not ends or begins[0] != begins[1] or ends[0] != ends[1]:
        return ""
    days = _days(begins[0], ends[0])
    if event.kind == "stay" and event.section == "encounters":
        return f"{days} {'night' if days == 1 else 'nights'}, " if days else "Same day, "
    if days >= 730:
        return f"over {days // 366} years, "
    if days >= 92:
        return f"over {days // 31} months, "
    return f"{days + 1} {'day' if days == 0 else 'days'}, "


def _days(first: date, last: date) -> int:
    return (last - first) // timedelta(days=1)
