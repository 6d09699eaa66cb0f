"""Accounts: every record that came in is shown, folded, withdrawn, or told of as a gap. Nothing is lost between reading and the page."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping
from operator import is_
from typing import NamedTuple

from carehub.careplan.plan import SourceRecord, SourceView
from carehub.careplan.reading import (
    about,
    about_me,
    alerts,
    allergies,
    care_team,
    encounters,
    immunisations,
    medicines,
    plan,
    problems,
    results,
    support,
)
from carehub.careplan.reading.draft import Draft
from carehub.careplan.reading.shelf import Asked, Shelf
from carehub.terms.organisations import SourceOrganisation
from carehub.terms.remembered import WORTH, Remembered

_READ = {
    type: module.read
    # The last two take some records of a type and leave the others to the module that they name.
    for module in (about, alerts, allergies, care_team, encounters, immunisations, medicines, plan, problems, results, about_me, support)
    for type in module.TYPES
}

_ALSO = ((alerts.ALSO_TYPES, alerts.also_alert), (about_me.ALSO_TYPES, about_me.also_about_me))

_READERS = {type: (read, *(also for types, also in _ALSO if type in types)) for type, read in _READ.items()}

READABLE = frozenset(_READERS)
"""Resource types that some section reads."""

# Types that arrange, attribute or place other records and say nothing of the person by themselves. The warnings of lists are read
# (reading/lists.py); a place is shown with the contact or vaccination that happened there.
ARRANGING = frozenset({"List", "Provenance", "Location"})


class Reading(NamedTuple):
    """What was read of a record, and all that was asked of the shelf for it: it holds while both are the very same."""

    record: SourceRecord
    asked: tuple[Asked, ...]
    drafts: tuple[Draft, ...]


class _Read(NamedTuple):
    records: tuple[SourceRecord, ...]
    shelf: Shelf
    readings: dict[str, Reading]
    drafts: tuple[Draft, ...]
    unread: Counter[str]


READINGS: Remembered[tuple[SourceOrganisation, str], _Read] = Remembered(12_000)
"""What was read of the views of long records, by source and patient."""


def read_view(view: SourceView) -> tuple[Shelf, list[Draft], Counter[str]]:
    """All drafts of one view, and the types and number of its live records that no entry stands for.

    Only what changed since the last time is read: a record is known to be the same by being the same object, and so is what it refers to.
    """
    key = view.source, view.patient
    known = READINGS.get(key)
    if known is None or len(known.records) != len(view.records) or not all(map(is_, known.records, view.records)):
        known = _read(view, known.readings if known else {})
        READINGS.put(key, known, len(view.records))
    return known.shelf, list(known.drafts), Counter(known.unread)


def _read(view: SourceView, before: Mapping[str, Reading]) -> _Read:
    shelf = Shelf(view)
    long = len(view.records) >= WORTH
    readings: dict[str, Reading] = {}
    drafts: list[Draft] = []
    for record in shelf.live:
        reading = before.get(record.attribution.record)
        if reading is None or reading.record is not record or not shelf.answers(reading.asked):
            shelf.asked = [] if long else None
            told = [draft for read in _READERS.get(str(record.resource.get("resourceType")), ()) for draft in _guarded(read(record, shelf))]
            reading = Reading(record, tuple(shelf.asked or ()), tuple(told))
        readings[record.attribution.record] = reading
        drafts += reading.drafts
    shelf.asked = None
    claimed = {told.record for draft in drafts for told in draft.entry.attributions}
    unread = Counter(
        str(record.resource.get("resourceType") or "Resource")
        for record in shelf.live
        if record.attribution.record not in claimed and record.resource.get("resourceType") not in ARRANGING
    )
    return _Read(view.records, shelf, readings if long else {}, tuple(drafts), unread)


def _guarded(drafts: Iterator[Draft]) -> list[Draft]:
    """A record whose shape defeats its reader costs that record's entry, which becomes a gap, never its neighbours'."""
    try:
        return list(drafts)
    except (AttributeError, IndexError, KeyError, TypeError, ValueError, RecursionError):
        return []
