"""Accounts: every record that came in is shown, folded, withdrawn, or told of as a gap. Nothing is lost between reading and the page."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator

from carehub.careplan.plan import SourceView
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
from carehub.careplan.reading.shelf import Shelf

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


def read_view(view: SourceView) -> tuple[Shelf, list[Draft], Counter[str]]:
    """All drafts of one view, and the types and number of its live records that no entry stands for."""
    shelf = Shelf(view)
    drafts: list[Draft] = []
    for record in shelf.live:
        for read in _READERS.get(str(record.resource.get("resourceType")), ()):
            drafts.extend(_guarded(read(record, shelf)))
    claimed = {told.record for draft in drafts for told in draft.entry.attributions}
    unread = Counter(
        str(record.resource.get("resourceType") or "Resource")
        for record in shelf.live
        if record.attribution.record not in claimed and record.resource.get("resourceType") not in ARRANGING
    )
    return shelf, drafts, unread


def _guarded(drafts: Iterator[Draft]) -> list[Draft]:
    """A record whose shape defeats its reader costs that record's entry, which becomes a gap, never its neighbours'."""
    try:
        return list(drafts)
    except (AttributeError, IndexError, KeyError, TypeError, ValueError, RecursionError):
        return []
