"""Conflicts: statements that cannot both be true, and differences worth a look. Shown side by side with the words of SCREENS 3.0.6; nothing is settled."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace
from typing import Literal

from carehub.careplan.plan import Conflict, Statement
from carehub.fhir.canonical import content_hash
from carehub.terms.moments import show_time

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
    about: Iterable[str],
    difference: bool = False,
    discharged: str = "",
) -> Conflict:
    """A conflict about something. about: terms that name it, which no other conflict of its type and section uses of one person."""
    told = tuple(sorted(statements, key=lambda s: (s.attribution.source, s.attribution.record, s.entry, s.text)))
    terms = tuple(sorted(set(about)))
    return Conflict("", type, section, severity, sentence, told, difference, about=terms, discharged=discharged)


def placed(
    found: Iterable[Conflict], row_of: Mapping[str, str], section_of: Mapping[str, str], patient_of: Mapping[str, str]
) -> tuple[Conflict, ...]:
    """Conflicts in order, each with its id, pointing at the row that holds each entry, which may be a folded one.

    row_of: entry key to the key of its row; section_of: to the section it stands in. patient_of: record to "Patient/<id>" of the patient record it
    belongs to. The id follows from what disagrees: the first of the patient records that speak, by which it is found again, and type, section
    and terms.
    """
    made = []
    for one in found:
        patients = tuple(sorted({patient_of[s.attribution.record] for s in one.statements}))
        statements = tuple(replace(s, entry=row_of.get(s.entry, s.entry)) for s in one.statements)
        sections = {one.section, *(section_of[s.entry] for s in one.statements if s.entry in section_of)}
        named = f"{patients[0].removeprefix('Patient/')}.{content_hash([one.type, one.section, one.about])[:16]}"
        made.append(replace(one, id=named, statements=statements, patients=patients, sections=tuple(sorted(sections))))
    return in_order(made)


def on(date: str) -> str:
    """ " on 18-Nov-2026", " in May-2020", or "" for a date not known: how a sentence names a day, month or year."""
    if not date:
        return ""
    return f" {'on' if len(date) >= _WHOLE_DAY else 'in'} {show_time(date)}"


def in_order(conflicts: Sequence[Conflict]) -> tuple[Conflict, ...]:
    """Conflicts before differences, worst first, then by type, section and sentence."""
    return tuple(sorted(conflicts, key=lambda c: (c.difference, _WORST_FIRST[c.severity], c.type, c.section, c.sentence, c.id)))
