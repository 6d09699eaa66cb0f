"""Entries of a disclosed record by section: how many, in words, and which are newest."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from carehub.careplan.plan import Entry
from carehub.careplan.sections import BY_KEY, HEADINGS, Heading
from carehub.governance.redaction import Mask
from carehub.hub.reading import PersonRecord
from carehub.terms.moments import london_date, sort_key
from carehub.web.badges import Badge, Badges
from carehub.web.dates import today
from carehub.web.rows import RowMaker, anchor, in_order

NEWEST = 8
PAGE_ROWS = 200
# Sections whose entries are things that last, so that what is over is kept in a list of its own (CUI MEDv-074), and never parted into pages.
LASTING = frozenset(key for key in BY_KEY if key not in ("about", "about_me", "results", "encounters", "immunisations"))
NOUNS = {
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
    "safeguarding": ("safeguarding entry", "safeguarding entries"),
    "risks": ("risk", "risks"),
    "advance": ("advance care planning entry", "advance care planning entries"),
    "contingency": ("contingency plan", "contingency plans"),
    "adjustments": ("reasonable adjustment", "reasonable adjustments"),
    "about_me": ("thing the person said", "things the person said"),
    "support": ("service or piece of equipment", "services and pieces of equipment"),
}


@dataclass(frozen=True, slots=True)
class Newest:
    """One line of the newest entries. value: what a result says, with its unit, else ""."""

    when: str
    title: str
    status: str
    section: str
    section_title: str
    badges: tuple[Badge, ...]
    anchor: str
    value: str = ""


def entries_of(held: PersonRecord, key: str) -> tuple[Entry, ...]:
    """The entries of a section, or none when the plan has no such section."""
    found = [section for section in held.plan.sections if section.key == key]
    return found[0].entries if found else ()


def count_words(held: PersonRecord, key: str, entries: Sequence[Entry], *, fold: bool = True) -> str:
    """ "7 medicines from 12 entries"; words when there is nothing. entries: those of the section. fold: False when each is shown by itself."""
    said = [entry for entry in entries if entry.kind == "statement"]
    denials = len(entries) - len(said)
    parts = []
    if key == "about" and held.plan.identity.values:
        parts.append(_counted(len(held.plan.identity.values), "identity detail", "identity details"))
    if said:
        from_entries = _counted(sum(len(entry.members) or 1 for entry in said), "entry", "entries")
        parts.append(f"{_counted(len(said), *NOUNS[key])} from {from_entries}" if fold else f"{from_entries}, each shown by itself")
    if denials:
        parts.append(_counted(denials, "statement that none are known", "statements that none are known"))
    return "; ".join(parts) or "No entries in the sources carehub can see"


def places(held: PersonRecord) -> dict[tuple[str, str], str]:
    """(section, entry key) → where the entry's row is, from the person's own address on: "encounters?page=2#entry-…". Members lead to their row."""
    found: dict[tuple[str, str], str] = {}
    for heading in HEADINGS:
        rows = [entry for entry in in_order(heading.key, entries_of(held, heading.key)) if entry.kind == "statement"]
        for number, entry in enumerate(rows):
            page = 1 if heading.key in LASTING else number // PAGE_ROWS + 1
            place = f"{heading.key}{f'?page={page}' if page > 1 else ''}#{anchor(entry.key)}"
            for key in (entry.key, *(member.key for member in entry.members)):
                found[heading.key, key] = place
    return found


def mask_words(mask: Mask) -> str:
    """What stands in the place of a masked section: "Not shown to your role: 1 entry withheld". Never that it holds none."""
    return "Not shown to your role" + (f": {mask.count}" if mask.count else "")


def _counted(count: int, one: str, many: str) -> str:
    return f"{count} {one if count == 1 else many}"


def newest_and_planned(
    held: PersonRecord, badges: Badges, *, since: str = "", most: int = NEWEST
) -> tuple[tuple[Newest, ...], tuple[Newest, ...], int]:
    """The newest entries up to today, what lies ahead, soonest first, and how many more of the newest there are; at most so many of each.

    since: only entries that may be of this day, "YYYY-MM-DD", or later. A date ahead is never shown as having happened (hazard H14).
    """
    maker = RowMaker(badges, ())
    day = today(held.built_at)
    dated = [
        (entry.when, heading, entry)
        for heading in HEADINGS
        for entry in entries_of(held, heading.key)
        if entry.when and entry.kind == "statement"
    ]
    dated.sort(key=lambda item: sort_key(item[0]), reverse=True)

    def line(item: tuple[str, Heading, Entry]) -> Newest:
        when, heading, entry = item
        row = maker.row(entry)
        untold = heading.key == "encounters" and entry.status.startswith("Planned") and london_date(when) <= day
        status = f"{row.status}; no source says whether it happened" if untold else row.status
        return Newest(when, row.title, status, heading.key, heading.title, row.badges, row.anchor, entry.fact("Value"))

    past = [item for item in dated if london_date(item[0]) <= day and (not since or may_be_since(item[0], since))]
    ahead = [item for item in reversed(dated) if london_date(item[0]) > day]
    return tuple(map(line, past[:most])), tuple(map(line, ahead[:most])), max(len(past) - most, 0)


def may_be_since(when: str, since: str) -> bool:
    """Whether a date, which may be only a month or a year, can be of this day ("YYYY-MM-DD") or later."""
    told = london_date(when)
    return told >= since[: len(told)]
