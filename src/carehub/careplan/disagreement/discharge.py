"""Discharge: what a hospital tells at the end of a stay takes days to reach other lists, so a difference is first only a difference (SCREENS F22)."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import replace
from datetime import date, datetime, timedelta

from carehub.careplan.conflicts import in_order
from carehub.careplan.plan import Conflict
from carehub.careplan.reading.draft import Draft
from carehub.terms.moments import LONDON, london_date, show_date
from carehub.terms.organisations import SourceKind, SourceOrganisation

GRACE = timedelta(days=7)
"""How long after a discharge a medicine that only the hospital lists is a difference: 12.5% of changes are not acted on by then (F22)."""

Stays = dict[SourceOrganisation, list[tuple[str, str]]]
"""By hospital: the days on which each stay began and ended, both YYYY-MM-DD; "" for a beginning not known, and for a stay that goes on."""

# ActEncounterCode of a stay in bed (http://terminology.hl7.org/CodeSystem/v3-ActCode).
_STAY = ("IMP", "ACUTE", "NONAC", "SS")


def stays(encounters: Iterable[Draft]) -> Stays:
    """The hospital stays among the drafts of contacts and visits, in order of their end; those that go on last."""
    found: Stays = {}
    for draft in encounters:
        source = draft.entry.attributions[0].source
        if source.kind is SourceKind.ACUTE and draft.traits.state in _STAY and draft.entry.status not in ("Planned", "Cancelled"):
            over = draft.entry.status == "Finished"
            ends = london_date(draft.traits.ends) if over else ""
            if _day(ends) or not over:
                found.setdefault(source, []).append((london_date(draft.traits.begins), ends))
    return {source: sorted(held, key=lambda stay: (stay[1] or "~", stay[0])) for source, held in found.items()}


def discharge_of(draft: Draft, held: Stays) -> str:
    """The day on which the stay that this entry was told in or after ended; "" when there is none, or the person is in hospital again."""
    told = draft.entry.attributions[0]
    of_source = held.get(told.source, [])
    if not of_source or not of_source[-1][1]:
        return ""
    begins, ends = of_source[-1]
    recorded = london_date(told.recorded)
    within = (not recorded or recorded >= begins) and (not draft.traits.begins or london_date(draft.traits.begins) <= ends)
    return ends if within else ""


def on_discharge(day: str) -> str:
    """ "discharge 18-Nov-2026", as a sentence names it before the clock is looked at."""
    return f"discharge {show_date(day)}"


def was_discharged(day: str) -> str:
    """ "Discharged 18-Nov-2026"."""
    return f"Discharged {show_date(day)}"


def as_read(conflicts: Sequence[Conflict], now: datetime, grace: timedelta) -> tuple[Conflict, ...]:
    """Conflicts as they stand at a moment: days since a discharge in words, and a medicine on the hospital's list alone a conflict once `grace`
    (whole days) is over."""
    today = now.astimezone(LONDON).date()
    return in_order([_as_read(one, today, grace) if one.discharged else one for one in conflicts])


def _as_read(one: Conflict, today: date, grace: timedelta) -> Conflict:
    day = _day(one.discharged)
    if day is None or day > today:
        return one
    days = (today - day).days
    ago = "today" if days == 0 else "1 day ago" if days == 1 else f"{days} days ago"
    sentence = one.sentence.replace(on_discharge(one.discharged), f"{on_discharge(one.discharged)}, {ago}")
    sentence = sentence.replace(was_discharged(one.discharged), f"Discharged {ago}")
    return replace(one, sentence=sentence, difference=days <= grace.days if one.type == "C5" else one.difference)


def _day(text: str) -> date | None:
    try:
        return date.fromisoformat(text)
    except ValueError:
        return None
