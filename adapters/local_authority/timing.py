"""When an event began and ended, after the rules that councils' data need (specification and DHSC methodology, steps 5 and 6)."""

from __future__ import annotations

from typing import Any, NamedTuple

from .dates import day
from .draft import Draft, standard_words
from .event import Event
from .tables import OUTCOME_RANKS

_OPEN = "9999-12-31"
_UNRANKED = 18


class Span(NamedTuple):
    """start: a whole date, always. end: a whole date not before start, or "". ended: an end was told, also one that cannot be written.

    sent_end: the date the source wrote, whole or "", which names the event. scope: what a later complete submission may take back.
    """

    start: str
    end: str
    ended: bool
    sent_end: str
    scope: str

    @property
    def period(self) -> dict[str, Any]:
        return {"start": self.start, "end": self.end} if self.end else {"start": self.start}


def span(draft: Draft, row: Event, about: str) -> Span:
    """The event's dates. The row's start must be readable (see `readable`).

    A date of death before the end, or without one, is the end. An end before the start is left out (MAP-010) and the event is over all the
    same: without its end it would look as if it were going on.
    """
    start, sent_end = day(row.event_start_date), day(row.event_end_date)
    ended = bool(row.event_end_date)
    if ended and not sent_end:
        draft.note("MAP-010", "Event_End_Date", about)
    end = sent_end
    died = day(row.date_of_death)
    if row.date_of_death:
        ended = True
        if died and (not end or died < end):
            end = died
    if end and end < start:
        draft.note("MAP-010", "Event_End_Date", about)
        end = ""
    return Span(start, end, ended, sent_end, f"cld {sent_end[:7]}" if sent_end else "")


def readable(row: Event) -> bool:
    """Whether the row has a start, without which its event has no name."""
    return bool(day(row.event_start_date))


def sequence(row: Event) -> str:
    """Orders rows of one submission about the same event as DHSC does (methodology, step 6.3): the last one is kept.

    An open one before any end, a later end before an earlier one, then the outcome that stands higher in the hierarchy. Of two open
    services the one that began first.
    """
    rank = OUTCOME_RANKS.get(standard_words("event_outcome", row.event_outcome), _UNRANKED)
    start = day(row.event_start_date) or "0000-00-00"
    return f"{day(row.event_end_date) or _OPEN} r{_UNRANKED - rank:02d} s{_backwards(start)}"


def _backwards(start: str) -> str:
    return f"{99_999_999 - int(start.replace('-', '')):08d}"
