"""One section of a disclosed record as a list (S4a), on screen and on paper."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import timedelta

from carehub.careplan.plan import Entry, IdentityValue
from carehub.careplan.section_state import NOT_READ
from carehub.careplan.sections import BY_KEY, HEADINGS, Heading
from carehub.careplan.support_at_home import support_at_home
from carehub.governance.redaction import Disclosed
from carehub.hub.reading import PersonRecord
from carehub.terms.moments import LONDON, days_of
from carehub.web.badges import Badges
from carehub.web.entries import LASTING, NOUNS, PAGE_ROWS, count_words, entries_of, mask_words
from carehub.web.rows import ALPHABETICAL, Disagreement, Origin, Row, RowMaker, in_order, order_words
from carehub.web.screen import Frame, frame, mask_of, opened
from carehub.web.source_lines import StateLine, gap_sentences, state_lines


@dataclass(frozen=True, slots=True)
class Detail:
    """One demographic detail and who says it."""

    label: str
    value: str
    origins: tuple[Origin, ...]
    rule: str


@dataclass(frozen=True, slots=True)
class RowList:
    """One table. heading: "" when the page's own heading names it. empty: what to say when there are no rows. place: its id in the page."""

    heading: str
    rows: tuple[Row, ...]
    empty: str
    place: str = ""


@dataclass(frozen=True, slots=True)
class Choice:
    """A way to look at the list. query: of its address, so that nothing is remembered. chosen: this page is it."""

    words: str
    query: str
    chosen: bool


@dataclass(frozen=True, slots=True)
class SectionView:
    """S4a. lists: current and past apart where that matters. statements: coded "none known" entries. unplaced: disagreements without a row.

    dated: whether its rows have a status and a date of their own; a source's details of the person have neither. restricted: the sentence of the
    rule that masks the section, or "". choices: other ways to look at the same entries. lately: medicines stopped in the last 30 days.
    not_read: whether a source sent what carehub could not read, which has a page of its own.
    """

    frame: Frame
    heading: Heading
    noun: str
    dated: bool
    restricted: str
    count: str
    order: str
    fold: bool
    view: str
    choices: tuple[Choice, ...]
    lately: int
    statements: tuple[Row, ...]
    lists: tuple[RowList, ...]
    unplaced: tuple[Disagreement, ...]
    details: tuple[Detail, ...]
    states: tuple[StateLine, ...]
    gaps: tuple[tuple[str, str], ...]
    not_read: bool
    summary: tuple[tuple[str, str], ...]
    first: int
    last: int
    total: int
    page: int
    pages: int


def section(record: Disclosed[PersonRecord], key: str, *, fold: bool = True, page: int = 1, view: str = "") -> SectionView:
    """S4a for one section. page: from 1, of PAGE_ROWS rows each, only in sections that are one long list. Raises KeyError for an unknown key.

    view: "source" for each source's own entries, unfolded, under its name; "date" for the newest first; anything else for the usual order.
    """
    return _page(*_whole(record, key, fold=fold, view=view), page)


def _whole(record: Disclosed[PersonRecord], key: str, *, fold: bool = True, view: str = "") -> tuple[SectionView, list[Row]]:
    """A section before one of its pages is chosen, and all its rows."""
    heading = BY_KEY[key]
    held, mask = opened(record), mask_of(record, key)
    told = entries_of(held, key)
    can = [name for name, useful in (("source", bool(told) and _fits(key, told)), ("date", key in ALPHABETICAL)) if useful and not mask]
    view = view if view in can else ""
    fold = fold and view != "source"
    entries = in_order("" if view == "date" else key, told)
    maker = RowMaker(Badges.of(held.plan), [conflict for conflict in held.plan.conflicts if conflict.section == key])
    made = maker.rows(entries, fold=fold)
    rows = [row for row in made if not row.stated_none]
    placed = {found for row in made for found in row.disagreements}
    unplaced = [maker.disagreement(conflict) for conflict in held.plan.conflicts if conflict.section == key]
    pages = 1 if key in LASTING else max(1, -(-len(rows) // PAGE_ROWS))
    states = state_lines(held, key)
    whole = SectionView(
        frame=frame(record),
        heading=heading,
        dated=key != "about",
        noun=NOUNS[key][0].capitalize(),
        restricted=mask.rule if mask else "",
        count=mask_words(mask) if mask else count_words(held, key, entries, fold=fold),
        order=order_words("" if view == "date" else key),
        fold=fold,
        view=view,
        choices=_choices(view, can, fold=fold, folded=any(entry.members for entry in entries)),
        lately=_lately(held, entries) if key == "medicines" else 0,
        statements=tuple(row for row in made if row.stated_none),
        lists=_by_source(rows, states) if view == "source" else (),
        unplaced=tuple(found for found in unplaced if found not in placed),
        details=tuple(_detail(value, maker) for value in held.plan.identity.values) if key == "about" and not mask else (),
        states=states,
        gaps=gap_sentences(held, key),
        not_read=any(NOT_READ in sentence for line in states for sentence in line.sentences),
        summary=support_at_home(held.plan, held.section_states) if key == "support" and not mask else (),
        first=1,
        last=len(rows),
        total=len(rows),
        page=1,
        pages=pages,
    )
    return whole, rows


def _page(whole: SectionView, rows: list[Row], page: int) -> SectionView:
    page = min(max(page, 1), whole.pages)
    first = (page - 1) * PAGE_ROWS
    shown = rows if whole.heading.key in LASTING else rows[first : first + PAGE_ROWS]
    lists = whole.lists or _lists(whole.heading.key, shown)
    return replace(whole, lists=lists, first=first + 1, last=first + len(shown), page=page)


def sheets(record: Disclosed[PersonRecord]) -> tuple[SectionView, ...]:
    """Every section whole, for paper: no paging."""
    return tuple(part for heading in HEADINGS for part in _all_pages(record, heading.key))


def _all_pages(record: Disclosed[PersonRecord], key: str) -> list[SectionView]:
    whole, rows = _whole(record, key)
    return [_page(whole, rows, number) for number in range(1, whole.pages + 1)]


def _lists(key: str, rows: list[Row]) -> tuple[RowList, ...]:
    title = BY_KEY[key].title.lower()
    if key not in LASTING:
        return (RowList("", tuple(rows), ""),) if rows else ()
    if not rows:
        return ()
    current = RowList(
        f"Current {title}", tuple(row for row in rows if row.active), f"No entry under {title} is marked as current.", "current"
    )
    past = RowList(f"Past {title}", tuple(row for row in rows if not row.active), "", "past")
    return (current, past) if past.rows else (current,)


def _fits(key: str, entries: Sequence[Entry]) -> bool:
    """Whether all of them stand on one page, each by itself."""
    return key in LASTING or sum(len(entry.members) or 1 for entry in entries) <= PAGE_ROWS


def _choices(view: str, can: Sequence[str], *, fold: bool, folded: bool) -> tuple[Choice, ...]:
    found = []
    if folded and view != "source":
        kept = f"view={view}" if view else ""
        found.append(Choice("Show every entry unfolded", "?" + "&".join(filter(None, (kept, "fold=off"))), not fold))
        if not fold:
            found.append(Choice("Fold repeated entries again", f"?{kept}" if kept else "", False))
    words = {"source": "View by source", "date": "View by date"}
    found.extend(Choice(words[name], f"?view={name}", name == view) for name in can)
    if view:
        found.append(Choice("Usual order", "", False))
    return tuple(found)


def _by_source(rows: Sequence[Row], states: Sequence[StateLine]) -> tuple[RowList, ...]:
    """Each source's entries under its name, the sources without one with what they could say."""
    lists, placed = [], set()
    for number, line in enumerate(states):
        mine = tuple(row for row in rows if row.members[0].origins[0].organisation == line.title and row.anchor not in placed)
        placed |= {row.anchor for row in mine}
        lists.append(RowList(f"{line.badge.text}: {line.title}", mine, " ".join(line.sentences), f"source-{number}"))
    rest = tuple(row for row in rows if row.anchor not in placed)
    return (*lists, RowList("Other sources", rest, "", "source-other")) if rest else tuple(lists)


def _lately(held: PersonRecord, entries: Sequence[Entry]) -> int:
    """Medicines that stopped in the last 30 days (CUI MEDv-146)."""
    day = held.built_at.astimezone(LONDON).date()
    ends = [days for entry in entries if not entry.active and (days := days_of(entry.ends))]
    return sum(day - timedelta(days=30) <= last <= day for _, last in ends)


def _detail(value: IdentityValue, maker: RowMaker) -> Detail:
    return Detail(value.label, value.value, tuple(map(maker.origin, value.attributions)), value.rule)
