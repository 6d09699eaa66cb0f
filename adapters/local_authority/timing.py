"""When an event began and ended, after the rules that councils' data need (specification and DHSC methodology, steps 5 and 6)."""

from __future__ import annotations

from functools import lru_cache
from typing import NamedTuple

from .dates import day
from .draft import Draft, standard_words
from .event import Event
from .tables import OUTCOME_RANKS

_OPEN = "9999-12-31"
_UNRANKED = 18


class Span(NamedTuple):
    """start: a whole date, always. end: a whole date not before start, or "". ended: an end was told, also one that cannot be written.

    sent_end: the date the source wrote, whole or "", which names the event. scope: what a later complete submission may take back.
    period: start and end as a FHIR Period.
    """

    start: str
    end: str
    ended: bool
    sent_end: str
    scope: str
    period: dict[str, str]


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
    if row.date_of_death:
        ended, died = True, day(row.date_of_death)
        if died and (not end or died < end):
            end = died
    if end and end < start:
        draft.note("MAP-010", "Event_End_Date", about)
        end = ""
    period = {"start": start, "end": end} if end else {"start": start}
    return Span(start, end, ended, sent_end, f"cld {sent_end[:7]}" if sent_end else "", period)


def readable(row: Event) -> bool:
    """Whether the row has a start, without which its event has no name."""
    return bool(day(row.event_start_date))


def sequence(row: Event) -> str:
    """Orders rows of one submission about the same event as DHSC does (methodology, step 6.3): the last one is kept.

    An open one before any end, a later end before an earlier one, then the outcome that stands higher in the hierarchy. Of two open
    services the one that began first.
    """
    start = day(row.event_start_date) or "0000-00-00"
    return f"{day(row.event_end_date) or _OPEN} {_standing(row.event_outcome)} {_backwards(start)}"


@lru_cache(maxsize=1024)
def _standing(outcome: str) -> str:
    return f"r{_UNRANKED - OUTCOME_RANKS.get(standard_words('event_outcome', outcome), _UNRANKED):02d}"


@lru_cache(maxsize=4096)
def _backwards(start: str) -> str:
    return f"s{99_999_999 - int(start.replace('-', '')):08d}"
