"""One section of a disclosed record as a list (S4a), on screen and on paper."""

from __future__ import annotations

from dataclasses import dataclass

from carehub.careplan.plan import IdentityValue
from carehub.careplan.sections import BY_KEY, HEADINGS, Heading
from carehub.governance.redaction import Disclosed
from carehub.hub.reading import PersonRecord
from carehub.web.badges import Badges
from carehub.web.entries import LASTING, NOUNS, PAGE_ROWS, count_words, entries_of, mask_words
from carehub.web.rows import Disagreement, Origin, Row, RowMaker, in_order, order_words
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
    """One table. heading: "" when the page's own heading names it. empty: what to say when there are no rows."""

    heading: str
    rows: tuple[Row, ...]
    empty: str


@dataclass(frozen=True, slots=True)
class SectionView:
    """S4a. lists: current and past apart where that matters. statements: coded "none known" entries. unplaced: disagreements without a row.

    dated: whether its rows have a status and a date of their own; a source's details of the person have neither. restricted: the sentence of the
    rule that masks the section, or "".
    """

    frame: Frame
    heading: Heading
    noun: str
    dated: bool
    restricted: str
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


def section(record: Disclosed[PersonRecord], key: str, *, fold: bool = True, page: int = 1) -> SectionView:
    """S4a for one section. page: from 1, of PAGE_ROWS rows each, only in sections that are one long list. Raises KeyError for an unknown key."""
    heading = BY_KEY[key]
    held, mask = opened(record), mask_of(record, key)
    entries = in_order(key, entries_of(held, key))
    maker = RowMaker(Badges.of(held.plan), [conflict for conflict in held.plan.conflicts if conflict.section == key])
    made = maker.rows(entries, fold=fold)
    rows = [row for row in made if not row.stated_none]
    placed = {found for row in made for found in row.disagreements}
    unplaced = [maker.disagreement(conflict) for conflict in held.plan.conflicts if conflict.section == key]
    pages = 1 if key in LASTING else max(1, -(-len(rows) // PAGE_ROWS))
    page = min(max(page, 1), pages)
    first = (page - 1) * PAGE_ROWS
    shown = rows if key in LASTING else rows[first : first + PAGE_ROWS]
    return SectionView(
        frame=frame(record),
        heading=heading,
        dated=key != "about",
        noun=NOUNS[key][0].capitalize(),
        restricted=mask.rule if mask else "",
        count=mask_words(mask) if mask else count_words(held, key, entries, fold=fold),
        order=order_words(key),
        fold=fold,
        can_unfold=any(entry.members for entry in entries),
        statements=tuple(row for row in made if row.stated_none),
        lists=_lists(key, shown),
        unplaced=tuple(found for found in unplaced if found not in placed),
        details=tuple(_detail(value, maker) for value in held.plan.identity.values) if key == "about" and not mask else (),
        states=state_lines(held, key),
        gaps=gap_sentences(held, key),
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


def _lists(key: str, rows: list[Row]) -> tuple[RowList, ...]:
    title = BY_KEY[key].title.lower()
    if key not in LASTING:
        return (RowList("", tuple(rows), ""),) if rows else ()
    if not rows:
        return ()
    current = RowList(f"Current {title}", tuple(row for row in rows if row.active), f"No entry under {title} is marked as current.")
    past = RowList(f"Past {title}", tuple(row for row in rows if not row.active), "")
    return (current, past) if past.rows else (current,)


def _detail(value: IdentityValue, maker: RowMaker) -> Detail:
    return Detail(value.label, value.value, tuple(map(maker.origin, value.attributions)), value.rule)
