"""The pack for paper (S12): a sheet or two for a meeting, and a copy in plain words for the person. What could bring harm at home is on neither.

Safeguarding detail is never printed (hazard H17): a coercive partner may find the sheet, and a gap that looks like one says as much. So the
person's copy is made of a fixed choice of sections, and both leave out, without a mark in its place, whatever speaks of abuse.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass, replace

from carehub.careplan.freshness import plan_speakers
from carehub.careplan.joint.joint_plan import Action
from carehub.careplan.joint.standing import standing
from carehub.careplan.plan import Conflict, Entry, Fact, Section, SectionState
from carehub.careplan.sections import BY_KEY
from carehub.careplan.speakers import Speakers
from carehub.governance.redaction import Disclosed, carry
from carehub.hub.reading import PersonRecord
from carehub.terms.moments import show_date
from carehub.web.badges import Badge, Badges
from carehub.web.dates import long_words
from carehub.web.entries import entries_of
from carehub.web.rows import Disagreement, Row, RowMaker, in_order
from carehub.web.screen import Frame, frame, mask_of, opened
from carehub.web.source_lines import SourceLine, source_lines, state_lines

FOR_MEETING = (
    "contingency",
    "advance",
    "about_me",
    "alerts",
    "risks",
    "adjustments",
    "allergies",
    "medicines",
    "support",
    "care_team",
    "plan",
)
FOR_EMERGENCY = (
    "alerts",
    "allergies",
    "contingency",
    "advance",
    "adjustments",
    "risks",
    "medicines",
    "problems",
    "support",
    "care_team",
    "about_me",
    "plan",
)
FOR_PERSON = ("contingency", "about_me", "adjustments", "allergies", "medicines", "support", "care_team", "plan")
# Facts for whoever supplies or files, not for a meeting or the person; the full record has them. A relative's address is nobody's business there.
_LEFT_TO_THE_RECORD = frozenset(
    (
        "Started",
        "Last issued",
        "Kind of prescription",
        "Quantity",
        "Valid",
        "Recorded",
        "Type",
        "Category",
        "Address",
        "Verification",
        "Intent",
    )
)
# These have a heading of their own even when there is nothing under it.
ALWAYS = ("allergies", "medicines")
_FOR_PERSON_TITLES = {
    "contingency": "If things go wrong",
    "about_me": "What matters to you",
    "adjustments": "What helps you",
    "allergies": "Your allergies",
    "medicines": "Your medicines",
    "support": "Support at home",
    "care_team": "People who work with you",
    "plan": "Your plan",
}
# Broad on purpose: a harmless line too few on paper does no harm, one too many may. Words as services use them for abuse and for those who do it.
_HARM = re.compile(
    r"safeguard|child protection|protection plan|at risk adult|adult at risk|abus|neglect|coerci|controlling behaviou?r|domestic|violen"
    r"|perpetrat|marac\b|mappa\b|forced marriage|honour[- ]based|genital mutilation|\bfgm\b|traffick|modern slavery|exploit|grooming|stalk"
    r"|section 4[27]\b|looked[- ]after child|child in need|non-accidental|\bassault",
    re.IGNORECASE,
)


@dataclass(frozen=True, slots=True)
class Part:
    """One heading of the pack. rows: current entries. restricted: the rule that masks it, or "".

    limits: (source, why) of sources that hold a record and are not included here.
    """

    key: str
    title: str
    rows: tuple[Row, ...]
    statements: tuple[Row, ...]
    restricted: str
    limits: tuple[tuple[str, str], ...]

    @property
    def headed(self) -> bool:
        """Whether it has a heading of its own; what is empty is otherwise one line among others, and never left out."""
        return bool(self.rows or self.statements or self.restricted) or self.key in ALWAYS


@dataclass(frozen=True, slots=True)
class ToDo:
    """One open action. owner, due: in words, never blank. late: how late in words, or ""."""

    title: str
    status: str
    owner: str
    due: str
    late: str
    badges: tuple[Badge, ...]


@dataclass(frozen=True, slots=True)
class Pack:
    """S12. for_person: the copy in plain words. closed: why nothing is to be done any more, or "". unseen: (source, why) of what carehub cannot see."""

    frame: Frame
    for_person: bool
    sources: tuple[SourceLine, ...]
    unseen: tuple[tuple[str, str], ...]
    disagreements: tuple[Disagreement, ...]
    parts: tuple[Part, ...]
    actions: tuple[ToDo, ...]
    actions_restricted: str
    closed: str


def speaks_of_harm(entry: Entry) -> bool:
    """Whether an entry could tell a reader at home of a safeguarding concern: by its section or by any word in it or in what it was folded from."""
    words = [entry.title, entry.status, *(fact.value for fact in entry.facts), *(fact.label for fact in entry.facts)]
    return entry.section == "safeguarding" or _harmful(*words) or any(map(speaks_of_harm, entry.members))


NOT_ON_PAPER = (
    "No sheet holds the Safeguarding section, nor what speaks of abuse in any other section, whether there is any or not. See the screen."
)
"""Said on every full record on paper, in the same words for everybody."""


def for_paper(record: Disclosed[PersonRecord]) -> Disclosed[PersonRecord]:
    """The record without what is never printed: the safeguarding section, every entry and disagreement that speaks of harm, and what is missing of
    that section. Counts are of what is left, so that no number tells of it."""
    held = opened(record)
    sections = tuple(replace(one, entries=tuple(entry for entry in one.entries if not speaks_of_harm(entry))) for one in held.plan.sections)
    conflicts = tuple(one for one in held.plan.conflicts if not _conflict_of_harm(one))
    gaps = tuple(gap for gap in held.plan.gaps if gap.section != "safeguarding")
    plan = replace(held.plan, sections=sections, conflicts=conflicts, gaps=gaps)
    names = plan_speakers(held.plan)
    states = {
        key: tuple(_on_paper(state, names, plan.section(key)) for state in told) if key != "safeguarding" else ()
        for key, told in held.section_states.items()
    }
    return carry(record, replace(held, plan=plan, section_states=states))


def _on_paper(state: SectionState, names: Speakers, printed: Section) -> SectionState:
    """What a source says in a section, without a count of what is left out and without "nothing recorded" where only the sheet has nothing."""
    if state.state not in ("entries", "stated_none", "nothing_recorded"):
        return state
    return replace(state, sentence=f"{names[state.source]}: {'see the entries printed' if printed.entries else 'no entry is printed'}")


def _harmful(*words: str) -> bool:
    return any(_HARM.search(text) for text in words)


def pack(record: Disclosed[PersonRecord], *, for_person: bool, sections: Sequence[str] = FOR_MEETING) -> Pack:
    """The meeting's sheets, or those of other sections, or the person's copy. The copy also leaves out what a source marked as restricted, and who
    else is named."""
    held = opened(record)
    conflicts = [
        conflict for conflict in held.plan.conflicts if not _conflict_of_harm(conflict) and (not for_person or _for_person(conflict))
    ]
    badges = Badges.of(held.plan)
    maker = RowMaker(badges, conflicts)
    keys = [key for key in (FOR_PERSON if for_person else sections) if key in BY_KEY]
    plan_mask, stands = mask_of(record, "plan"), standing(held.plan, held.built_at)
    late = {one.what.key: one.days for one in stands.overdue}
    order = {"high": 0, "moderate": 1, "low": 2}
    return Pack(
        frame=frame(record),
        for_person=for_person,
        sources=source_lines(held),
        unseen=tuple(dict.fromkeys((line.title, line.tag.text) for line in source_lines(held) if not line.holds_record or line.behind)),
        disagreements=tuple(sorted(map(maker.disagreement, conflicts), key=lambda one: (one.difference, order[one.severity]))),
        parts=tuple(_part(record, key, maker, badges, for_person=for_person) for key in keys),
        actions=tuple(
            _to_do(action, late.get(action.key, 0), maker, for_person=for_person)
            for action in stands.open
            if _may_print_action(action, held, for_person=for_person)
        ),
        actions_restricted=plan_mask.rule if plan_mask else "",
        closed=stands.closed,
    )


def _conflict_of_harm(conflict: Conflict) -> bool:
    return conflict.section == "safeguarding" or _harmful(conflict.sentence, *(statement.text for statement in conflict.statements))


def _for_person(conflict: Conflict) -> bool:
    return conflict.section in ("allergies", "medicines")


def _part(record: Disclosed[PersonRecord], key: str, maker: RowMaker, badges: Badges, *, for_person: bool) -> Part:
    held, mask = opened(record), mask_of(record, key)
    holders = {source.title for source in held.source_states if source.report}
    actions = {action.key for action in held.plan.joint.actions if action.open}  # these have a table of their own
    kept = [
        entry
        for entry in in_order(key, entries_of(held, key))
        if entry.active and entry.key not in actions and _may_print(entry, for_person=for_person)
    ]
    brief = [replace(entry, facts=tuple(fact for fact in entry.facts if fact.label not in _LEFT_TO_THE_RECORD)) for entry in kept]
    rows = maker.rows(map(_in_plain_words, brief) if for_person else brief, fold=True)
    title = _FOR_PERSON_TITLES.get(key, BY_KEY[key].title) if for_person else BY_KEY[key].title
    return Part(
        key=key,
        title=title,
        rows=tuple(row for row in rows if not row.stated_none),
        statements=tuple(row for row in rows if row.stated_none),
        restricted=mask.rule if mask else "",
        limits=tuple((line.title, line.short) for line in state_lines(held, key, badges) if line.title in holders and not line.included),
    )


def _may_print(entry: Entry, *, for_person: bool) -> bool:
    if speaks_of_harm(entry):
        return False
    return not for_person or not (entry.labels or entry.key.startswith("RelatedPerson/") or any(one.labels for one in entry.members))


def _may_print_action(action: Action, held: PersonRecord, *, for_person: bool) -> bool:
    """As for the row of the record where it stands, and by every word of its own that is printed."""
    owners = (text for owner in action.owners for text in (owner.words, owner.organisation))
    if _harmful(action.title, action.status, action.due_words, *owners):
        return False
    rows = (entry for entry in entries_of(held, action.section) if action.entry in (entry.key, *(one.key for one in entry.members)))
    return all(_may_print(entry, for_person=for_person) for entry in rows)


def _in_plain_words(entry: Entry) -> Entry:
    """Dates with their month in full: paper for the person is read by eye and aloud (NHS service manual)."""
    return replace(entry, title=long_words(entry.title), facts=tuple(Fact(fact.label, long_words(fact.value)) for fact in entry.facts))


def _to_do(action: Action, days: int, maker: RowMaker, *, for_person: bool) -> ToDo:
    due = action.due_words or (show_date(action.due) if action.due else "No date given")
    return ToDo(
        title=action.title,
        status=action.status or "Status not recorded",
        owner="; ".join(_owner_words(owner.words, owner.organisation) for owner in action.owners) or "No owner named",
        due=long_words(due) if for_person else due,
        late=f"Overdue by {days} {'day' if days == 1 else 'days'}" if days else "",
        badges=tuple(dict.fromkeys(maker.origin(told).badge for told in action.told)),
    )


def _owner_words(words: str, organisation: str) -> str:
    return ", ".join(dict.fromkeys(part for part in (words, organisation) if part))
