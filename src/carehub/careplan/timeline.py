"""What of a record has a date, by source: contacts, stays, medicines and plans; and where a source could not have told (SCREENS S5). Pure."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Literal

from carehub.careplan.absence import TAGS
from carehub.careplan.disputes import marked
from carehub.careplan.plan import Entry, Identity, SectionState, SourceState, UnifiedCarePlan
from carehub.careplan.sections import BY_KEY
from carehub.terms.moments import LONDON, days_of, instant, sort_key
from carehub.terms.organisations import SourceOrganisation

Kind = Literal["contact", "stay", "medicine", "plan"]

# In the order of the filter. The words stand on the page and in the API.
KINDS: dict[Kind, str] = {"contact": "contacts", "stay": "stays and packages", "medicine": "medicines", "plan": "plans and actions"}
MEDICINES = "medicines"

# Choices of how far back to look: words, and days; the last reaches back to the first event.
SPANS: dict[str, tuple[str, int]] = {"3m": ("3 months", 91), "12m": ("12 months", 365), "5y": ("5 years", 1826), "all": ("Whole record", 0)}

# Sections drawn in a source's lane; medicines have a lane of their own, because one course may be told by several sources.
_LANE_SECTIONS = tuple(key for key in ("encounters", "support", "immunisations", "plan") if key in BY_KEY)
_SECTIONS = (*_LANE_SECTIONS, MEDICINES)
# An encounter that lasts is drawn as a bar even on its first day.
_LASTING = frozenset({"Inpatient stay", "Observation stay", "Short stay", "Episode of care"})
_BEHIND = frozenset({"late", "stale", "failing"})
# Section states in which a source says nothing of a section, whether or not it holds anything.
_SILENT = frozenset({"not_in_feed", "no_record", "no_agreement", "not_connected", "hidden_wrong", "objected", "role"})


@dataclass(frozen=True, slots=True)
class Happening:
    """One thing with a date. lane: key of its lane. entry: key of its entry in the section.

    begins, ends: as told, ends "" when not given. lasts: drawn as a duration. goes_on: it has not ended as far as is known. known_until: where
    what is known of it ends, because its source stopped sending, an ISO instant; "" for now. planned: it lies ahead. untold: it was planned for a
    day that is over, and no source says whether it happened. died: the day of a confirmed death, for what would go on otherwise; it ends then.
    """

    kind: Kind
    lane: str
    entry: str
    section: str
    title: str
    status: str
    begins: str
    ends: str
    lasts: bool
    goes_on: bool
    known_until: str
    planned: bool
    untold: bool
    sources: tuple[SourceOrganisation, ...]
    died: str = ""


@dataclass(frozen=True, slots=True)
class Lane:
    """One agency. code, tag: the source's state. silent_from: an ISO instant since which nothing was received, or "".

    dark: why nothing at all could be told here, in a few words, or "". why: sentences that limit what the lane can show.
    """

    key: str
    title: str
    badge: str
    code: str
    tag: str
    silent_from: str
    dark: str
    why: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Timeline:
    """events: dated, in order. undated: without a date. left_off: (section title, entries) of what is never drawn here."""

    now: datetime
    lanes: tuple[Lane, ...]
    events: tuple[Happening, ...]
    undated: tuple[Happening, ...]
    left_off: tuple[tuple[str, int], ...]


@dataclass(frozen=True, slots=True)
class Shown:
    """A timeline between two days, and what it does not show. hidden: (words, count) of each kind that was not asked for.

    earlier: events over before the first day; later: events that begin after the last.
    """

    first: date
    last: date
    events: tuple[Happening, ...]
    earlier: int
    later: int
    hidden: tuple[tuple[str, int], ...]


def timeline(
    plan: UnifiedCarePlan, sources: Sequence[SourceState], sections: Mapping[str, Sequence[SectionState]], now: datetime
) -> Timeline:
    """Every dated thing of a disclosed plan. sources, sections: the states at the moment of reading; now: aware."""
    reader = _Reader(sources, now, plan.identity)
    found = [event for key in _SECTIONS for event in reader.events(key, _entries(plan, key))]
    dated = sorted((e for e in found if days_of(e.begins)), key=lambda e: (sort_key(e.begins), e.entry))
    lanes = [_lane(held, sections) for held in _by_agency(sources).values()]
    return Timeline(
        now=now,
        lanes=tuple(lanes),
        events=tuple(dated),
        undated=tuple(e for e in found if not days_of(e.begins)),
        left_off=tuple((s.title, len(s.entries)) for s in plan.sections if s.key not in _SECTIONS and s.entries),
    )


def shown(whole: Timeline, first: date, last: date, kinds: Collection[str]) -> Shown:
    """The part of a timeline between two days that the filter asks for, with what falls outside counted."""
    asked = [event for event in whole.events if event.kind in kinds]
    spans = [(event, *span_of(event, whole.now)) for event in asked]
    hidden = [(KINDS[kind], sum(e.kind == kind for e in (*whole.events, *whole.undated))) for kind in KINDS if kind not in kinds]
    return Shown(
        first=first,
        last=last,
        events=tuple(event for event, begin, end in spans if end >= first and begin <= last),
        earlier=sum(end < first for _, _, end in spans),
        later=sum(begin > last for _, begin, _ in spans),
        hidden=tuple((words, count) for words, count in hidden if count),
    )


def asked_for(span: str, kinds: Iterable[str]) -> tuple[str, frozenset[str]]:
    """The span and kinds that somebody asked for; what is unknown, or nothing at all, means twelve months and every kind."""
    chosen = frozenset(kind for kind in kinds if kind in KINDS)
    return (span if span in SPANS else "12m"), (chosen or frozenset(KINDS))


def window(whole: Timeline, span: str) -> tuple[date, date]:
    """First and last day of one of SPANS, up to today; where something is planned there is room for it, a sixth of the time. Raises KeyError."""
    today = _today(whole.now)
    begins = [span_of(event, whole.now)[0] for event in whole.events]
    ahead = [span_of(event, whole.now)[0] for event in whole.events if event.planned]
    days = SPANS[span][1] or max([30, *((today - begin).days for begin in begins)])
    return today - timedelta(days=days), today + timedelta(days=days // 6 if ahead else max(days // 40, 1))


def span_of(event: Happening, now: datetime) -> tuple[date, date]:
    """First and last day that a dated event covers, as far as is known; what goes on reaches today or the death, a date that is only a month its
    last day.

    Raises ValueError for an event without a date.
    """
    days = days_of(event.begins)
    if days is None:
        raise ValueError("an event without a date has no span")
    begin, vague = days
    if event.goes_on:
        return begin, max(begin, _today(now))
    end = days_of(event.died or event.ends) if event.lasts else None
    return begin, max(begin, end[1] if end else vague)


def _today(now: datetime) -> date:
    return now.astimezone(LONDON).date()


def _entries(plan: UnifiedCarePlan, key: str) -> Iterable[Entry]:
    """Medicines as they are folded; everything else as each source told it, so that each stands in the lane of who told it."""
    held = next((section.entries for section in plan.sections if section.key == key), ())
    told = held if key == MEDICINES else [one for entry in held for one in (entry.members or (entry,))]
    return [entry for entry in told if entry.kind == "statement"]


class _Reader:
    """Entries to events, knowing which sources have fallen silent, and whether the person has died."""

    def __init__(self, sources: Sequence[SourceState], now: datetime, who: Identity) -> None:
        self._now = now
        # A death that is not confirmed ends nothing: the living banner stays (careplan.identity).
        self._dead = bool(who.deceased) and who.deceased != "unconfirmed"
        self._died = who.died if self._dead else ""
        self._silent_from = {
            state.report.source: state.report.received for state in sources if state.report is not None and state.code in _BEHIND
        }

    def events(self, section: str, entries: Iterable[Entry]) -> Iterable[Happening]:
        for entry in entries:
            yield self._event(section, entry)

    def _event(self, section: str, entry: Entry) -> Happening:
        by = tuple(dict.fromkeys(told.source for told in entry.attributions))
        days, ends, today = days_of(entry.when), days_of(entry.ends), _today(self._now)
        kind = _kind(section, entry, bool(days and ends and ends[1] > days[1]))
        lasts = kind in ("stay", "medicine") or (kind == "plan" and (bool(ends) or entry.fact("Kind") == "Care plan"))
        ahead = bool(days and days[0] > today) or self._later(entry.when)
        over = bool(ends and ends[1] < today)
        unended = lasts and entry.active and not ahead and (not ends or (kind == "medicine" and over))
        goes_on, died, known = unended and not self._dead, self._died if unended else "", self._known_until(by)
        return Happening(
            kind=kind,
            lane=MEDICINES if section == MEDICINES else lane_key(by[0]),
            entry=entry.key,
            section=section,
            title=entry.title or "No words were sent",
            status=marked(entry.status or "Status not recorded", entry),
            begins=entry.when,
            ends=entry.ends,
            lasts=lasts and bool(goes_on or died or ends),
            goes_on=goes_on,
            known_until=known if goes_on or sort_key(known) < sort_key(died) else "",
            planned=ahead,
            untold=not ahead and bool(days) and kind in ("contact", "stay") and entry.active and entry.status.startswith("Planned"),
            sources=by,
            died=died,
        )

    def _later(self, when: str) -> bool:
        moment = instant(when)
        return bool(moment and moment > self._now)

    def _known_until(self, by: Sequence[SourceOrganisation]) -> str:
        """ "" when one of its sources is up to date; otherwise when the last of them was heard."""
        if any(source not in self._silent_from for source in by):
            return ""
        return max((self._silent_from[source] for source in by), default="")


def _kind(section: str, entry: Entry, for_days: bool) -> Kind:
    if section == MEDICINES:
        return "medicine"
    if section == "plan":
        return "plan"
    return "stay" if for_days or section == "support" or {entry.fact("Kind"), entry.title} & _LASTING else "contact"


def lane_key(source: SourceOrganisation) -> str:
    """One lane for an organisation, however many patient records it holds."""
    return f"{source.kind.value}/{source.code}"


def _by_agency(sources: Sequence[SourceState]) -> dict[str, list[SourceState]]:
    held: dict[str, list[SourceState]] = {}
    for state in sources:
        key = lane_key(state.report.source) if state.report else f"{state.badge}/{state.title}"
        held.setdefault(key, []).append(state)
    return held


def _lane(held: Sequence[SourceState], sections: Mapping[str, Sequence[SectionState]]) -> Lane:
    first, reports = held[0], [state.report for state in held if state.report]
    behind = [state.report.received for state in held if state.report and state.code in _BEHIND]
    # Where one of its records has gone silent, the lane has, from the earliest of them on: later entries may be missing.
    silent_from = min(behind, default="")
    if not reports:
        return Lane(f"{first.badge}/{first.title}", first.title, first.badge, first.code, first.tag, "", first.tag, (first.sentence,))
    source = reports[0].source
    quiet = [key for key in _LANE_SECTIONS if not _speaks(source, sections.get(key, ()))]
    limits = [] if all(state.code == "current" for state in held) else [state.sentence for state in held]
    told = {state.state for key in quiet for state in sections.get(key, ()) if state.source == source}
    dark = next((TAGS[code] for code in ("hidden_wrong", "objected", "no_agreement", "role") if code in told), "Not part of what it shares")
    if quiet:
        titles = ", ".join(BY_KEY[key].title.lower() for key in quiet)
        limits.append(f"{'Does not share' if told == {'not_in_feed'} else 'Nothing of this can be shown'}: {titles}.")
    return Lane(
        key=lane_key(source),
        title=first.title,
        badge=first.badge,
        code=first.code,
        tag=first.tag,
        silent_from=silent_from,
        dark=dark if len(quiet) == len(_LANE_SECTIONS) else "",
        why=tuple(dict.fromkeys(limits)),
    )


def _speaks(source: SourceOrganisation, states: Sequence[SectionState]) -> bool:
    return any(state.source == source and state.state not in _SILENT for state in states)
