"""Where the marks of a timeline stand in its drawing: numbers only, no markup (SCREENS S5; CUI timeline hazards MTI072 to MTI079).

Lengths are units of the drawing's view box. A point is a contact, a bar something that lasts, unbroken, with a cap at each end that is known.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime

from carehub.careplan.timeline import Happening, Lane, Timeline, span_of
from carehub.terms.moments import LONDON, days_of, instant, show_date

WIDTH = 960
ROW = 24
# About as wide as a letter of the drawing is, on the safe side: nothing on the server measures text.
LETTER = 7.6
NEAR = 6.0
MANY = 400
MOST_ROWS = 14
LONGEST_LABEL = 80


@dataclass(frozen=True, slots=True)
class Mark:
    """x, y: the middle of a point, or the left end of a bar. width: of a bar, 0 for a point. shape: its form by kind.

    capped: (left end known, right end known). unknown: width at its right end in which nobody can tell whether it still goes on.
    label stands at label_x, after the mark or ("end") before it, or inside a bar. count: how many events it stands for.
    """

    shape: str
    x: float
    y: float
    width: float
    label: str
    label_x: float
    anchor: str
    capped: tuple[bool, bool]
    unknown: float
    count: int
    planned: bool
    inside: bool = False


@dataclass(frozen=True, slots=True)
class Silence:
    """The part of a lane in which nothing was received: from x, this wide, with these words ending or beginning at words_x."""

    x: float
    width: float
    words: str
    words_x: float
    anchor: str


@dataclass(frozen=True, slots=True)
class Drawn:
    """One lane's drawing. undrawn: events for which there was no room, which the table has."""

    height: int
    marks: tuple[Mark, ...]
    silence: Silence | None
    dark: str
    undrawn: int


@dataclass(frozen=True, slots=True)
class Axis:
    """ticks: (x, words) of each month or year named. today: x of the today line."""

    ticks: tuple[tuple[float, str], ...]
    today: float


@dataclass(frozen=True, slots=True)
class Scale:
    """Days to x: proportional to time (CUI GTAB-014)."""

    first: date
    last: date

    def at(self, day: date, part: float = 0.0) -> float:
        """x of a day, or of a part of it (0 to 1), kept inside the drawing."""
        whole = (self.last - self.first).days + 1
        return round(min(max(((day - self.first).days + part) / whole, 0.0), 1.0) * WIDTH, 1)

    def moment(self, moment: datetime) -> float:
        """x of an aware instant, by London time."""
        local = moment.astimezone(LONDON)
        return self.at(local.date(), (local.hour * 60 + local.minute) / 1440)


def axis(scale: Scale, now: datetime) -> Axis:
    """Month or year names, as many as fit without running together."""
    months = (scale.last.year - scale.first.year) * 12 + scale.last.month - scale.first.month + 1
    room = WIDTH / (10 * LETTER)
    step = next((step for step in (1, 2, 3, 6, 12, 24, 60, 120, 240) if months / step <= room), 480)
    named = []
    for number in range(months + 1):
        year, month = divmod(scale.first.year * 12 + scale.first.month - 1 + number, 12)
        day = date(year, month + 1, 1)
        if scale.first <= day <= scale.last and (month % step == 0 if step <= 12 else month == 0 and year % (step // 12) == 0):
            named.append((scale.at(day), show_date(f"{year}-{month + 1:02d}") if step < 12 else str(year)))
    return Axis(tuple(one for one in named if one[0] < WIDTH - 9 * LETTER), scale.moment(now))


def lane(
    held: Lane | None,
    events: Sequence[Happening],
    scale: Scale,
    whole: Timeline,
    *,
    crowded: bool,
    named: Callable[[Happening], str],
    letters: Callable[[str], float] = len,
) -> Drawn:
    """One lane. held: None for the lane of medicines. crowded: points of one week become one mark. named: the words that stand by a bar.

    letters: how many letters of the common width words are as wide as."""
    near = max(NEAR, 7 * WIDTH / ((scale.last - scale.first).days + 1)) if crowded else NEAR
    points = [_point(event, scale, whole.now) for event in events if not _is_bar(event)]
    bars = [_bar(event, scale, whole.now, named(event)) for event in events if _is_bar(event)]
    marks, rows, undrawn = _placed([*_merged(points, near), *bars], letters)
    if held is None:
        return Drawn(rows * ROW + 6, marks, None, "" if marks else "No medicine with a date in this time", undrawn)
    silence = _silence(held, scale, whole.now)
    words = 0 if silence is None else 18
    return Drawn(rows * ROW + 6 + words, marks, silence, held.dark, undrawn)


def _is_bar(event: Happening) -> bool:
    """What lasts; and a date that is only a month or a year, which could be any day of it."""
    days = days_of(event.begins)
    return event.lasts or bool(days and days[0] != days[1])


def _point(event: Happening, scale: Scale, now: datetime) -> Mark:
    moment = instant(event.begins)
    x = scale.moment(moment) if moment else scale.at(span_of(event, now)[0], 0.5)
    label = "planned" if event.planned else ("outcome not told" if event.untold else "")
    shape = {"contact": "round", "stay": "square", "plan": "diamond", "medicine": "square"}[event.kind]
    return Mark(shape, x, 0, 0, label, 0, "start", (True, True), 0, 1, event.planned)


def _bar(event: Happening, scale: Scale, now: datetime, name: str) -> Mark:
    begin, end = span_of(event, now)
    left, right = scale.at(begin), scale.at(end, 1)
    if event.goes_on:
        right = max(left, scale.moment(now))
    unknown = 0.0
    if event.known_until and (moment := instant(event.known_until)):
        unknown = round(min(max(right - scale.moment(moment), 0.0), right - left), 1)
    vague = not event.lasts
    shape = "vague" if vague else {"medicine": "course", "plan": "plan"}.get(event.kind, "stay")
    # A name is whole or not there: half of a medicine's name could be another medicine (hazard H11).
    label = name if len(name) <= LONGEST_LABEL else "named in the table"
    if event.planned:
        label = f"planned: {label}"
    capped = (begin >= scale.first, not event.goes_on and end <= scale.last)
    return Mark(shape, left, 0, max(right - left, 3.0), label, 0, "start", capped, unknown, 1, event.planned)


def _merged(points: Iterable[Mark], near: float) -> list[Mark]:
    """Points too close to be told apart become one with a count; planned ones stay apart from what has been."""
    kept: list[Mark] = []
    for point in sorted(points, key=lambda mark: (mark.planned, mark.x)):
        before = kept[-1] if kept else None
        if before and before.planned == point.planned and point.x - before.x < near:
            shape = before.shape if before.shape == point.shape else "mixed"
            words = before.label if before.label == point.label else " ".join(filter(None, (before.label, point.label)))
            kept[-1] = replace(before, count=before.count + 1, shape=shape, label=words if len(words) < 30 else before.label)
        else:
            kept.append(point)
    return kept


def _placed(marks: Sequence[Mark], letters: Callable[[str], float]) -> tuple[tuple[Mark, ...], int, int]:
    """Marks in rows so that no two, words included, lie on each other: (marks, rows used, events left out for want of rows)."""
    rows: list[list[tuple[float, float]]] = []
    placed: list[Mark] = []
    left_out = 0
    for mark in sorted(marks, key=lambda mark: (mark.width > 0, mark.x)):
        words = " ".join(filter(None, (f"×{mark.count}" if mark.count > 1 else "", mark.label)))
        long = letters(words) * LETTER
        left, right = (mark.x, mark.x + mark.width) if mark.width else (mark.x - 7, mark.x + 7)
        inside = False
        if not words:
            label_x, anchor, extent = right, "start", (left, right)
        elif mark.width and long + 22 < mark.width - mark.unknown:
            # What began before the drawing or reaches today is named at its end, which is in view first where the drawing is wider than the screen.
            late = not all(mark.capped)
            label_x, anchor = (right - mark.unknown - 6, "end") if late else (left + (5 if mark.capped[0] else 14), "start")
            extent, inside = (left, right), True
        elif right + 11 + long < WIDTH:
            label_x, anchor, extent = right + 11, "start", (left, right + 11 + long)
        else:
            label_x, anchor, extent = max(left - 4, long), "end", (left - 4 - long, right)
        row = next((n for n, used in enumerate(rows) if all(extent[1] + 3 < a or extent[0] - 3 > b for a, b in used)), len(rows))
        if row == MOST_ROWS:
            left_out += mark.count
            continue
        if row == len(rows):
            rows.append([])
        rows[row].append(extent)
        placed.append(replace(mark, y=row * ROW + ROW // 2 + 3, label=words, label_x=round(label_x, 1), anchor=anchor, inside=inside))
    return tuple(placed), max(len(rows), 1), left_out


def _silence(held: Lane, scale: Scale, now: datetime) -> Silence | None:
    """From the last message to today: a gap there must not be read as no contact (hazard H13)."""
    moment = instant(held.silent_from)
    if moment is None:
        return None
    begin, end = scale.moment(moment), scale.moment(now)
    words = f"nothing received since {show_date(held.silent_from)}"
    fits = begin + len(words) * LETTER < WIDTH
    return Silence(begin, max(end - begin, 3.0), words, begin if fits else end, "start" if fits else "end")
