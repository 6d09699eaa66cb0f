"""C3: the dose differs. C4: current in one source, stopped in another. C5: on one list only. Compared by the product's name before its strength."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence

from carehub.careplan.conflicts import conflict, on
from carehub.careplan.disagreement.discharge import Stays, discharge_of, on_discharge, was_discharged
from carehub.careplan.disagreement.naming import named_alike, statement, terms
from carehub.careplan.plan import Conflict
from carehub.careplan.reading.dose_layout import laid
from carehub.careplan.reading.draft import Draft
from carehub.careplan.reading.wording import comparable
from carehub.careplan.speakers import CLINICAL, Speakers, listed
from carehub.terms.moments import london_date, show_date
from carehub.terms.organisations import SourceKind, SourceOrganisation

_Sided = dict[SourceOrganisation, list[Draft]]
_SPACE = re.compile(r"\s+")


def find(drafts: Sequence[Draft], names: Speakers, stays: Stays) -> Iterator[Conflict]:
    """All C3, C4 and C5 among the medicine drafts of clinical sources. stays: in their hospitals."""
    clinical = sorted((d for d in drafts if d.entry.attributions[0].source.kind in CLINICAL), key=lambda d: d.entry.key)
    lists = {d.entry.attributions[0].source for d in clinical}
    if len(lists) < 2:
        return
    for alike in named_alike(clinical):
        sides: _Sided = {}
        for draft in alike:
            sides.setdefault(draft.entry.attributions[0].source, []).append(draft)
        current = {s: live for s, told in sides.items() if (live := [d for d in told if d.traits.state == "active"])}
        if len(current) > 1:
            yield from _dose(current, names, stays)
        stopped = {s: told for s, told in sides.items() if s not in current and any(d.traits.state in ("stopped", "ended") for d in told)}
        contradicted = False
        for conflict_found in _stopped(current, stopped, names):
            contradicted = True
            yield conflict_found
        if current and not contradicted:
            yield from _one_list(current, lists - set(current), names, stays)


def _amounts(drafts: list[Draft]) -> list[str]:
    return sorted({_SPACE.sub(" ", laid(d.traits.amount).casefold()).strip() for d in drafts if d.traits.amount})


def _doses(drafts: list[Draft]) -> list[str]:
    return sorted({comparable(d.entry.fact("Dose")) for d in drafts})


def _dose(current: _Sided, names: Speakers, stays: Stays) -> Iterator[Conflict]:
    """One conflict a medicine, naming every source. Free text that differs in words only cannot be judged, so it is a difference, not a conflict."""
    amounts = {tuple(_amounts(held)) for held in current.values()}
    told = {source: " and ".join(dict.fromkeys(laid(d.traits.amount) for d in held if d.traits.amount)) for source, held in current.items()}
    frequencies = {tuple(sorted({comparable(d.traits.frequency) for d in held})) for held in current.values()}
    everybody = [d for held in current.values() for d in held]
    sides = [statement(d, f"{d.entry.title}: {d.entry.fact('Dose')}") for d in everybody]
    about = terms(everybody)
    if len(amounts) > 1 and all(told.values()) and _one_unit(everybody):
        sentence = "Dose differs: " + "; ".join(f"{names[s]} {told[s]}{_dated(current[s], stays)}" for s in sorted(current)) + "."
        discharged = max((discharge_of(d, stays) for d in everybody), default="")
        yield conflict("C3", "medicines", "high", sentence, sides, about=about, discharged=discharged)
    elif len(frequencies) > 1 and all(d.traits.frequency for d in everybody):
        said = "; ".join(f"{names[s]} {' and '.join(dict.fromkeys(d.traits.frequency for d in current[s]))}" for s in sorted(current))
        yield conflict("C3", "medicines", "high", f"Frequency differs: {said}.", sides, about=about)
    elif len({tuple(_doses(held)) for held in current.values()}) > 1:
        said = "; ".join(f"{names[s]} {' and '.join(_quoted(current[s]))}" for s in sorted(current))
        yield conflict("C3", "medicines", "moderate", f"Dose is written differently: {said}.", sides, about=about, difference=True)


_SPELLINGS = {"mcg": "microgram", "micrograms": "microgram", "µg": "microgram", "units": "unit", "iu": "unit", "nanograms": "nanogram"}


def _one_unit(drafts: list[Draft]) -> bool:
    """Whether all amounts are in one unit: "1 tablet" and "5 mg" cannot be held against each other."""
    units = [part.rpartition(" ")[2].casefold() for d in drafts for part in laid(d.traits.amount).split("; ") if part]
    return len({_SPELLINGS.get(unit, unit) for unit in units}) == 1


def _quoted(drafts: list[Draft]) -> list[str]:
    return list(dict.fromkeys(f"“{d.entry.fact('Dose')}”" for d in drafts))


def _dated(drafts: list[Draft], stays: Stays) -> str:
    discharged = max((discharge_of(d, stays) for d in drafts), default="")
    if discharged:
        return f" ({on_discharge(discharged)})"
    dates = [d.entry.when for d in drafts if d.entry.when]
    return f" ({show_date(max(dates))})" if dates else ""


def _stopped(current: _Sided, stopped: _Sided, names: Speakers) -> Iterator[Conflict]:
    """A stop contradicts a current entry unless it came before that one started. A course that ran its time is a difference only."""
    for stopper, held in sorted(stopped.items()):
        over = [d for d in held if d.traits.state in ("stopped", "ended")]
        last = max(over, key=lambda d: (d.traits.ends or d.entry.when, d.entry.key))
        ended = last.traits.ends or (last.entry.when if last.traits.state == "stopped" else "")
        for source, live in sorted(current.items()):
            still = [d for d in live if not (ended and d.traits.begins) or london_date(d.traits.begins) <= london_date(ended)]
            if not still:
                continue
            course_ended = last.traits.state == "ended"
            if course_ended and not last.traits.ends:
                continue
            when = on(last.traits.ends)
            did = f"{names[stopper]} course ended{when}" if course_ended else f"{names[stopper]} {_verb(last)} this{when}"
            as_at = still[0].entry.attributions[0].recorded
            dated = f" ({names[source]} list as at {show_date(as_at)})" if as_at else ""
            yield conflict(
                "C4",
                "medicines",
                "moderate" if course_ended else "high",
                f"{did}. {names[source]} list still shows it{dated}.",
                [
                    statement(last, f"{last.entry.title}: {last.entry.status}"),
                    *(statement(d, f"{d.entry.title}: {d.entry.status}") for d in still),
                ],
                about=terms([last, *still], stopper.code, source.code),
                difference=course_ended,
            )


def _verb(draft: Draft) -> str:
    return {"On hold": "put on hold", "Not taken": "recorded that the person does not take", "Cancelled": "cancelled"}.get(
        draft.entry.status, "stopped"
    )


def _one_list(current: _Sided, lacking: set[SourceOrganisation], names: Speakers, stays: Stays) -> Iterator[Conflict]:
    """A difference at first. What a hospital sent the person home with and the GP does not list becomes a conflict in time (discharge.as_read)."""
    drafts = [d for held in current.values() for d in held]
    starts = [d.traits.begins for d in drafts if d.traits.begins]
    holders = listed(names[s] for s in current)
    for source in sorted(lacking):
        discharged = max((discharge_of(d, stays) for d in drafts), default="") if source.kind is SourceKind.GP else ""
        alone = f"Not on {names[source]} list."
        if discharged:
            others = f" On {holders} list." if len(current) > 1 else ""
            sentence = f"{alone}{others} {was_discharged(discharged)}."
        else:
            sentence = f"{alone} On {holders} list{f', started {show_date(max(starts))}' if starts else ''}."
        yield conflict(
            "C5",
            "medicines",
            "moderate",
            sentence,
            [statement(d) for d in drafts],
            about=terms(drafts, source.code),
            difference=True,
            discharged=discharged,
        )
