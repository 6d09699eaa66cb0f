"""Conflicts: statements that cannot both be true, and differences worth a look. Shown side by side with the words of SCREENS 3.0.6; nothing is settled."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Literal

from carehub.careplan.plan import Conflict, Statement
from carehub.terms.moments import show_time
from carehub.terms.refs import derived_id

Severity = Literal["high", "moderate", "low"]

_WHOLE_DAY = len("2026-11-18")
_WORST_FIRST = {"high": 0, "moderate": 1, "low": 2}


def conflict(
    type: str,
    section: str,
    severity: Severity,
    sentence: str,
    statements: Iterable[Statement],
    *,
    difference: bool = False,
    about: str = "",
) -> Conflict:
    """A conflict whose id follows from its type, section, the records concerned and what it is about, so that it is the same at every assembly."""
    told = tuple(sorted(statements, key=lambda s: (s.attribution.source, s.attribution.record, s.entry, s.text)))
    records = sorted({s.attribution.record for s in told})
    return Conflict(derived_id("conflict", type, section, about, *records), type, section, severity, sentence, told, difference)


def on(date: str) -> str:
    """ " on 18-Nov-2026", " in May-2020", or "" for a date not known: how a sentence names a day, month or year."""
    if not date:
        return ""
    return f" {'on' if len(date) >= _WHOLE_DAY else 'in'} {show_time(date)}"


def in_order(conflicts: Sequence[Conflict]) -> tuple[Conflict, ...]:
    """Conflicts before differences, worst first, then by type, section and sentence."""
    return tuple(sorted(conflicts, key=lambda c: (c.difference, _WORST_FIRST[c.severity], c.type, c.section, c.sentence, c.id)))
