"""The overview's short lists: what to know in an emergency, what matters, what changed, and who does what (SCREENS S4). Each leads to its section."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from datetime import date, timedelta

from carehub.careplan.joint.joint_plan import Action
from carehub.careplan.joint.standing import Late, standing
from carehub.careplan.plan import Entry, Fact
from carehub.careplan.sections import BY_KEY
from carehub.governance.redaction import Disclosed
from carehub.hub.reading import PersonRecord
from carehub.terms.moments import days_of, show_duration, sort_key
from carehub.web.badges import Badge, Badges
from carehub.web.dates import today
from carehub.web.entries import Newest, entries_of, newest_and_planned, places
from carehub.web.rows import Row, RowMaker, in_order
from carehub.web.screen import mask_of, opened
from carehub.web.source_lines import StateLine, state_lines

# The words of these are short and are what somebody opens the page for: shown whole, as told.
_WHOLE = ("contingency", "about_me")
# How far back "what changed" looks where nobody says since when: four weeks, about the time between two meetings.
LOOKS_BACK = timedelta(days=28)
_FACTS = {
    "medicines": ("DOSE", "Dosage", "Route"),
    "plan": ("Owner", "Performer", "Due", "Dates"),
    "advance": ("Place", "Review", "Location"),
    "support": ("Provider", "Organisation", "Started", "Ended", "How often", "Frequency"),
    "care_team": ("Role", "Telephone", "Phone", "Organisation"),
    "encounters": ("Place", "Seen by", "Ended"),
}


@dataclass(frozen=True, slots=True)
class Line:
    """One entry in few words. address: its row, from the person's own address on. disagreements: how many it is part of."""

    when: str
    title: str
    status: str
    facts: tuple[Fact, ...]
    badges: tuple[Badge, ...]
    address: str
    disagreements: int


@dataclass(frozen=True, slots=True)
class Block:
    """Lines of one section. empty: words when there are no lines. more: further lines that only its own page has.

    restricted: the rule that masks the section, or "". limits: (source, why) of those that are not whole here, but for those that speak nowhere.
    """

    key: str
    title: str
    lines: tuple[Line, ...]
    more: int
    empty: str
    restricted: str
    limits: tuple[tuple[str, str], ...]


@dataclass(frozen=True, slots=True)
class LastContact:
    """The newest contact a source has told of. goes_on: it has begun and has not ended, as far as was told.

    unsure: why later ones may be missing, or why nothing can be said; "" when it is up to date.
    """

    badge: Badge
    title: str
    when: str
    ago: str
    what: str
    goes_on: bool
    address: str
    unsure: str


@dataclass(frozen=True, slots=True)
class Overdue:
    """An open action whose day is past. owner: in words, never blank. due: FHIR date. days: how many days ago."""

    title: str
    owner: str
    due: str
    days: int
    badges: tuple[Badge, ...]


@dataclass(frozen=True, slots=True)
class Glance:
    """S4 below the sources and disagreements, in reading order. since: the day from which changes are listed.

    closed: why nothing of the plan is to be done any more, or "".
    """

    emergency: tuple[Block, ...]
    matters: Block | None
    since: str
    changes: tuple[Newest, ...]
    more_changes: int
    plan: Block
    overdue: tuple[Overdue, ...]
    closed: str
    medicines: Block
    contacts: tuple[LastContact, ...]
    contacts_restricted: str
    people: Block
    support: Block | None


def glance(record: Disclosed[PersonRecord], nowhere: tuple[tuple[str, str], ...] = ()) -> Glance:
    """The short lists of a disclosed record. nowhere: (source, why) of sources included in no section, which the page has said once."""
    held = opened(record)
    badges = Badges.of(held.plan)
    maker = RowMaker(badges, held.plan.conflicts)
    where = places(held)

    def block(key: str, title: str, empty: str, *, most: int = 8, keep: Callable[[Entry], bool] = lambda entry: entry.active) -> Block:
        mask = mask_of(record, key)
        kept = [entry for entry in in_order(key, entries_of(held, key)) if entry.kind == "statement" and keep(entry)]
        lines = tuple(_line(maker.row(entry), entry, where[key, entry.key]) for entry in kept[:most])
        return Block(
            key, title, lines, len(kept) - len(lines), empty, mask.rule if mask else "", limits_of(state_lines(held, key, badges), nowhere)
        )

    since = held.built_at - LOOKS_BACK
    changes, _, more = newest_and_planned(held, badges, since=today(since), most=10)
    encounters, stands = mask_of(record, "encounters"), standing(held.plan, held.built_at)
    return Glance(
        emergency=tuple(
            block(key, BY_KEY[key].title, f"No {words} is recorded in the sources carehub can see.{_elsewhere(held, key)}")
            for key, words in (("contingency", "contingency plan"), ("advance", "ReSPECT form, advance decision or power of attorney"))
            if key in BY_KEY
        ),
        matters=block("about_me", "What matters", "Nothing in the person’s own words has been received.") if "about_me" in BY_KEY else None,
        since=today(since),
        changes=changes,
        more_changes=more,
        plan=block("plan", "Plan and open actions", "No open plan or action is recorded in the sources carehub can see."),
        overdue=tuple(_overdue(late, maker) for late in stands.overdue),
        closed=stands.closed,
        medicines=block("medicines", "Current medicines", "No current medicine is recorded in the sources carehub can see.", most=30),
        contacts=() if encounters else tuple(_last_contacts(held, where, badges)),
        contacts_restricted=encounters.rule if encounters else "",
        people=block("care_team", "People involved", "Nobody involved is recorded in the sources carehub can see."),
        support=block("support", "Support at home", "No service or equipment at home is recorded in the sources carehub can see.")
        if "support" in BY_KEY
        else None,
    )


def _elsewhere(held: PersonRecord, key: str) -> str:
    """What the care plan page tells under "If things go wrong" though it stands in another section, so that both pages say the same."""
    titles = {one.title for one in held.plan.joint.contingency if one.section != key} if key == "contingency" else set()
    return f" In another section: {', '.join(sorted(titles))}." if titles else ""


def limits_of(states: Iterable[StateLine], nowhere: tuple[tuple[str, str], ...]) -> tuple[tuple[str, str], ...]:
    """(source, why) of the sources that are not included, or included with a limit."""
    limited = [(line.title, line.short) for line in states if not line.included or line.tag]
    return tuple(pair for pair in dict.fromkeys(limited) if pair not in nowhere)


def _line(row: Row, entry: Entry, address: str) -> Line:
    facts = tuple(fact for fact in row.facts if entry.section in _WHOLE or fact.label in _FACTS[entry.section])
    disputes = sum(not found.difference for found in row.disagreements)
    return Line(row.when, row.title, row.status, facts, row.badges, address, disputes)


def _overdue(late: Late, maker: RowMaker) -> Overdue:
    owners = late.what.owners if isinstance(late.what, Action) else ()
    named = "; ".join(", ".join(dict.fromkeys(part for part in (owner.words, owner.organisation) if part)) for owner in owners)
    due = late.what.due if isinstance(late.what, Action) else late.what.review
    badges = tuple(dict.fromkeys(maker.origin(told).badge for told in late.what.told))
    return Overdue(late.what.title, named or "no owner named", due, late.days, badges)


def _last_contacts(held: PersonRecord, where: dict[tuple[str, str], str], badges: Badges) -> Iterable[LastContact]:
    """One for each source of the panel, so that a source that has told of no contact is there with its reason (hazard H13)."""
    day = date.fromisoformat(today(held.built_at))
    told = [entry for entry in entries_of(held, "encounters") if entry.kind == "statement" and not entry.status.startswith("Planned")]
    states = {line.title: line for line in state_lines(held, "encounters", badges)}
    seen: set[str] = set()
    for source in held.source_states:
        if source.title in seen:
            continue
        seen.add(source.title)
        state = states.get(source.title)
        organisation = source.report.source if source.report else None
        mine = [entry for entry in told if any(by.source == organisation for by in entry.attributions)] if organisation else []
        dated = [entry for entry in mine if (days := days_of(entry.when)) and days[0] <= day]
        last = max(dated, key=lambda entry: (sort_key(entry.when), entry.key), default=None)
        badge = badges.of_source(organisation) if organisation else Badge(source.badge, "white")
        unsure = "" if source.code == "current" and state is not None and state.included else _unsure(state, source.sentence, last)
        yield LastContact(
            badge=badge,
            title=source.title,
            when=last.when if last else "",
            ago=_ago(last.when, day) if last else "",
            what=last.title if last else "",
            goes_on=bool(last and last.active and not last.ends),
            address=where["encounters", last.key] if last else "",
            unsure=unsure,
        )


def _unsure(state: StateLine | None, sentence: str, last: Entry | None) -> str:
    words = (state.short if state and (state.tag or not state.included) else sentence).removesuffix(".")
    return f"Later contacts may be missing: {words}" if last else f"Cannot tell: {words}"


def _ago(when: str, day: date) -> str:
    days = days_of(when)
    if not days or days[0] != days[1]:
        return ""
    return "today" if days[0] == day else f"{show_duration(day - days[0])} ago"
